//! Arguments and configuration become a checked plan, once; after this nothing is guessed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use refrain_intake::Pseudonyms;
use refrain_lake::{Lake, Location};
use refrain_metrics::{Engine, EngineOptions, QuerySet};
use refrain_record::Calendar;

use crate::cli::Common;
use crate::config::{Config, ConfigError, SourceConfig};
use crate::models::Models;

/// The environment variable that may hold the pseudonym key instead of a file.
const KEY_VARIABLE: &str = "REFRAIN_PSEUDONYM_KEY";
/// A shorter key could be guessed, and with it whose pseudonym is whose.
const LEAST_KEY_BYTES: usize = 16;

/// Everything a command needs, resolved and checked.
pub struct RunPlan {
    /// The configuration file, for messages.
    pub config_path: PathBuf,
    /// As written.
    pub config: Config,
    /// The lake.
    pub lake: Lake,
    /// The reporting calendar.
    pub calendar: Calendar,
    /// The instant that is described, microseconds UTC.
    pub as_of: i64,
    /// The queries.
    pub queries: QuerySet,
    /// Hash of each model and rule that labels depend on.
    pub models: Arc<Models>,
    /// The sources with their folders.
    pub sources: Vec<(SourceConfig, Location)>,
    /// Which engine runs queries.
    pub engine: EngineOptions,
}

impl RunPlan {
    /// Reads the configuration and everything it names.
    pub fn resolve(common: &Common) -> anyhow::Result<Self> {
        let config_path = common.config.clone();
        let config = Config::read(&config_path)?;
        let base = std::path::absolute(&config_path)
            .ok()
            .and_then(|path| path.parent().map(Path::to_owned))
            .unwrap_or_default();
        let zone = TimeZone::get(&config.reporting_zone).map_err(|_| ConfigError::BadValue {
            key: "reporting_zone".to_owned(),
            value: config.reporting_zone.clone(),
            reason: "which is not in the time zone database; Europe/Madrid is an example".to_owned(),
        })?;
        let calendar = Calendar::new(zone.clone(), weekday(&config.week_start)?);
        let as_of = instant(common.as_of.as_deref().or(config.as_of.as_deref()), &zone)?;
        let queries = read_queries(&base.join(&config.queries))?;
        let encoder = config.issues.encoder.as_ref().map(|folder| base.join(folder));
        let models = Arc::new(Models::read(&base.join(&config.models), encoder.as_deref())?);
        let location = Location::open(common.lake.as_deref().unwrap_or(&config.lake), &base, &config.store)
            .context("open the lake")?;
        let mut sources = Vec::new();
        for source in config.sources(&config_path)? {
            let folder = Location::open(&source.path, &base, &config.store)
                .with_context(|| format!("open source {}", source.source.name))?;
            if let Some(local) = folder.local_path().filter(|path| !path.is_dir()) {
                return Err(ConfigError::BadValue {
                    key: format!("path of source {}", source.source.name),
                    value: local.display().to_string(),
                    reason: "which is not a folder".to_owned(),
                }
                .into());
            }
            sources.push((source, folder));
        }
        let threads = match config.engine.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        let engine = EngineOptions {
            engine: common.engine.clone().unwrap_or_else(|| config.engine.url.clone()),
            memory_bytes: config.engine.memory_mb << 20,
            threads,
        };
        Ok(Self {
            config_path,
            config,
            lake: Lake::new(location),
            calendar,
            as_of,
            queries,
            models,
            sources,
            engine,
        })
    }

    /// The engine, allowed to read the lake's store only.
    pub fn engine(&self) -> anyhow::Result<Engine> {
        let location = self.lake.location();
        let stores = [(location.store_url(), location.store())];
        let functions = crate::functions::all(&self.models);
        Ok(Engine::new(self.engine.clone(), functions, &stores)?)
    }

    /// The key that turns identities into pseudonyms.
    pub fn pseudonyms(&self) -> anyhow::Result<Pseudonyms> {
        if let Ok(key) = std::env::var(KEY_VARIABLE)
            && !key.is_empty()
        {
            if key.len() < LEAST_KEY_BYTES {
                return Err(ConfigError::BadValue {
                    key: KEY_VARIABLE.to_owned(),
                    value: "set".to_owned(),
                    reason: format!("but holds fewer than {LEAST_KEY_BYTES} bytes"),
                }
                .into());
            }
            return Ok(Pseudonyms::new(key.as_bytes()));
        }
        let Some(file) = &self.config.pseudonym_key_file else {
            return Err(ConfigError::BadValue {
                key: "pseudonym_key_file".to_owned(),
                value: "missing".to_owned(),
                reason: format!("name a file with at least {LEAST_KEY_BYTES} bytes, or set {KEY_VARIABLE}"),
            }
            .into());
        };
        let path = self.config_path.parent().unwrap_or(Path::new("")).join(file);
        let key = std::fs::read(&path).map_err(|_| ConfigError::BadValue {
            key: "pseudonym_key_file".to_owned(),
            value: path.display().to_string(),
            reason: "which cannot be read; make one with `head -c 32 /dev/urandom | base64 > FILE`"
                .to_owned(),
        })?;
        // An editor's newline at the end is not part of the key, so that file and variable agree.
        let key = key.trim_ascii_end();
        if key.len() < LEAST_KEY_BYTES {
            return Err(ConfigError::BadValue {
                key: "pseudonym_key_file".to_owned(),
                value: path.display().to_string(),
                reason: format!("which holds fewer than {LEAST_KEY_BYTES} bytes"),
            }
            .into());
        }
        Ok(Pseudonyms::new(key))
    }
}

fn read_queries(folder: &Path) -> anyhow::Result<QuerySet> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| ConfigError::Unreadable { path, source }
    };
    let mut texts = Vec::new();
    for sub in ["label", "staging", "intermediate", "marts", "checks"] {
        let path = folder.join(sub);
        for entry in std::fs::read_dir(&path).map_err(unreadable(&path))? {
            let file = entry.map_err(unreadable(&path))?.path();
            if file.extension().is_some_and(|extension| extension == "sql") {
                let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
                texts.push((
                    format!("{sub}/{name}"),
                    std::fs::read_to_string(&file).map_err(unreadable(&file))?,
                ));
            }
        }
    }
    texts.sort();
    Ok(QuerySet::parse(&texts)?)
}

fn weekday(name: &str) -> Result<Weekday, ConfigError> {
    Ok(match name {
        "monday" => Weekday::Monday,
        "sunday" => Weekday::Sunday,
        "saturday" => Weekday::Saturday,
        _ => {
            return Err(ConfigError::BadValue {
                key: "week_start".to_owned(),
                value: name.to_owned(),
                reason: "use monday, sunday or saturday".to_owned(),
            });
        }
    })
}

/// The instant described: as given, or the start of today in the reporting zone.
#[expect(clippy::disallowed_methods, reason = "the one place that asks the clock which day it is")]
fn instant(text: Option<&str>, zone: &TimeZone) -> Result<i64, ConfigError> {
    let Some(text) = text else {
        let now = Zoned::now().with_time_zone(zone.clone());
        let start = now.start_of_day().map_or(now.timestamp(), |start| start.timestamp());
        return Ok(start.as_microsecond());
    };
    let bad = || ConfigError::BadValue {
        key: "as_of".to_owned(),
        value: text.to_owned(),
        reason: "use 2026-11-23T00:00:00Z, or 2026-11-23 for its start in the reporting zone".to_owned(),
    };
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Ok(timestamp.as_microsecond());
    }
    let date: jiff::civil::Date = text.parse().map_err(|_| bad())?;
    let start = date.to_zoned(zone.clone()).map_err(|_| bad())?;
    Ok(start.timestamp().as_microsecond())
}
