//! The configuration file: one TOML file, every key known, mistakes answered with a hint.
//!
//! `refrain init` writes it with every key explained; that text is `init.toml` beside this file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use refrain_intake::Source;
use refrain_text::IssueParameters;
use serde::Deserialize;

/// Why a configuration or argument cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not there or not readable.
    #[error("configuration {path} cannot be read")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not TOML, or a key is unknown, missing or of the wrong type.
    #[error("configuration {path} is not valid: {reason}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong and where.
        reason: String,
    },
    /// A value is of the right type but cannot be.
    #[error("{key} is {value}, {reason}")]
    BadValue {
        /// The key or argument.
        key: String,
        /// What was given.
        value: String,
        /// What it must be.
        reason: String,
    },
}

impl ConfigError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unreadable { .. } => Some("`refrain init` writes a commented configuration".to_owned()),
            Self::Invalid { reason, .. } => nearest_key(reason)
                .or_else(|| Some("`refrain init --stdout` prints every key with its meaning".to_owned())),
            Self::BadValue { .. } => None,
        }
    }
}

/// The file, as written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Shown on the page.
    #[serde(default = "organisation")]
    pub organisation: String,
    /// Where the tables live.
    pub lake: String,
    /// The folder of the queries.
    pub queries: String,
    /// The folder of the fitted models.
    pub models: String,
    /// The zone in which days and weeks are reported.
    pub reporting_zone: String,
    /// The first day of a reporting week.
    #[serde(default = "week_start")]
    pub week_start: String,
    /// The instant that a run describes.
    #[serde(default)]
    pub as_of: Option<String>,
    /// Where the key of the pseudonyms is.
    pub pseudonym_key_file: Option<String>,
    /// Above this share of rejected records the run fails a check.
    #[serde(default = "max_reject_rate")]
    pub max_reject_rate: f64,
    /// Options of the object store of the lake and of `s3://` sources.
    #[serde(default)]
    pub store: BTreeMap<String, String>,
    /// The engine.
    #[serde(default)]
    pub engine: EngineConfig,
    /// How `refrain issues fit` fits.
    #[serde(default)]
    pub issues: IssuesConfig,
    /// The sources, as tables that are checked one by one.
    #[serde(default, rename = "source")]
    pub sources: Vec<toml::Table>,
}

/// Table `[engine]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EngineConfig {
    /// `local`, or a scheduler as `df://host:port`.
    pub url: String,
    /// Megabytes that sorts, joins and aggregates may hold before they spill.
    pub memory_mb: usize,
    /// Threads; 0 is one per core.
    pub threads: usize,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self { url: "local".to_owned(), memory_mb: 768, threads: 0 }
    }
}

/// Table `[issues]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IssuesConfig {
    /// Folder of the embedding, in Model2Vec's layout; none is the one that the binary carries.
    pub encoder: Option<String>,
    /// How vectors become issues.
    pub clusters: IssueParameters,
}

/// One `[[source]]`: where its files are, and how they are read.
#[derive(Debug, Clone)]
pub struct SourceConfig {
    /// Folder, relative to the configuration file, or URL.
    pub path: String,
    /// How its files are read.
    pub source: Source,
}

impl Config {
    /// Reads and parses a configuration file.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        toml::from_str(&text).map_err(|error| ConfigError::Invalid {
            path: path.to_owned(),
            reason: error.to_string().trim().to_owned(),
        })
    }

    /// The sources, each checked.
    pub fn sources(&self, path: &Path) -> Result<Vec<SourceConfig>, ConfigError> {
        let invalid = |reason: String| ConfigError::Invalid { path: path.to_owned(), reason };
        let mut sources: Vec<SourceConfig> = Vec::new();
        for table in &self.sources {
            let mut table = table.clone();
            let folder = table.remove("path");
            let Some(folder) = folder.as_ref().and_then(|value| value.as_str()) else {
                return Err(invalid("a [[source]] has no path".to_owned()));
            };
            let source: Source = table.try_into().map_err(|error: toml::de::Error| {
                invalid(format!("[[source]] with path {folder}: {}", error.to_string().trim()))
            })?;
            if let Err(error) = source.check() {
                return Err(invalid(error.to_string()));
            }
            let is_plain =
                |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
            if source.name.is_empty() || !source.name.chars().all(is_plain) {
                return Err(invalid(format!(
                    "source name {:?} may hold only letters, digits, - and _",
                    source.name
                )));
            }
            if sources.iter().any(|other| other.source.name == source.name) {
                return Err(invalid(format!("two sources are named {}", source.name)));
            }
            sources.push(SourceConfig { path: folder.to_owned(), source });
        }
        Ok(sources)
    }
}

/// "unknown field `lak`, expected one of `lake`, `queries`" → "did you mean `lake`?"
fn nearest_key(reason: &str) -> Option<String> {
    let (_, rest) = reason.split_once("unknown field `")?;
    let (wrong, rest) = rest.split_once('`')?;
    let known = rest.split('`').skip(1).step_by(2);
    let best = known.max_by(|left, right| {
        strsim::jaro_winkler(left, wrong).total_cmp(&strsim::jaro_winkler(right, wrong))
    })?;
    Some(format!("did you mean `{best}`?"))
}

fn organisation() -> String {
    "Customer support".to_owned()
}

fn week_start() -> String {
    "monday".to_owned()
}

fn max_reject_rate() -> f64 {
    0.02
}
