//! `refrain issues cluster`: the issues of any file of texts, found by the code of the nightly run.
//!
//! In: CSV or NDJSON with a column of texts. Out: NDJSON on standard output, one line per row of the file, in its order.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use refrain_text::{IssueParameters, IssueSet, LanguageDetector, TextError};
use serde::Serialize;

use crate::config::ConfigError;
use crate::models::read_encoder;
use crate::progress::Stage;

/// Arguments of `cluster`.
#[derive(Args)]
pub struct Cluster {
    /// File of texts: .csv with a header, or .ndjson/.jsonl
    file: PathBuf,
    /// Column or key that holds the text
    #[arg(long, value_name = "FIELD")]
    text: String,
    /// Column or key that holds an id; without it rows are numbered from 1
    #[arg(long, value_name = "FIELD")]
    id: Option<String>,
    /// Folder of an embedding in Model2Vec's layout or of a BERT- or XLM-R-style sentence transformer, instead of the
    /// embedding that comes with Refrain
    #[arg(long, value_name = "FOLDER")]
    encoder: Option<PathBuf>,
    /// Two groups of texts with a lower mean cosine are never one issue; raise it where issues come out too wide
    #[arg(long, default_value_t = IssueParameters::default().cohesion, value_name = "COSINE")]
    cohesion: f32,
    /// Texts that an issue must have; fewer stay outliers
    #[arg(long, default_value_t = IssueParameters::default().minimum_size, value_name = "N")]
    minimum_size: usize,
}

/// What to do about a file in another encoding.
const NOT_UTF8: &str = "which is not UTF-8; convert it first, as `iconv -f GBK -t UTF-8` does";

/// One line of the output.
#[derive(Serialize)]
struct Line<'a> {
    /// The row's id.
    id: &'a str,
    /// The nearest issue; null for a row without known words.
    issue: Option<&'a str>,
    /// Its name.
    name: Option<&'a str>,
    /// Cosine to its centre, -1..1.
    similarity: Option<f32>,
    /// Whether the row is too far from it to belong to it.
    is_outlier: bool,
}

/// Clusters a file.
pub fn run(arguments: &Cluster) -> anyhow::Result<()> {
    let stage = Stage::start("cluster", 4);
    stage.step("read");
    let (ids, texts) = read(arguments)?;
    let (encoder, _) = read_encoder(arguments.encoder.as_deref())?;
    stage.step("fit");
    let detector = LanguageDetector::new();
    let parameters = IssueParameters {
        cohesion: arguments.cohesion,
        minimum_size: arguments.minimum_size,
        ..IssueParameters::default()
    };
    let language = |text: &str| super::language(&detector, text);
    let fitted = IssueSet::fit(&texts, &language, &encoder, &parameters, None);
    let set = fitted.map_err(|error| too_few(&arguments.file, error))?.set;
    stage.step("assign");
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut outlier_count = 0_usize;
    let (mut encode_seconds, mut assign_seconds) = (0.0, 0.0);
    for (ids, texts) in ids.chunks(BLOCK).zip(texts.chunks(BLOCK)) {
        let borrowed: Vec<&str> = texts.iter().map(|text| text.trim()).collect();
        let started = stage.seconds();
        let vectors = encoder.encode(&borrowed)?;
        let encoded = stage.seconds();
        let nearest = set.nearest(&vectors)?;
        encode_seconds += encoded - started;
        assign_seconds += stage.seconds() - encoded;
        for (id, found) in ids.iter().zip(nearest) {
            let issue = found.and_then(|near| set.issues.get(near.issue as usize));
            let is_outlier = !found.is_some_and(|near| set.is_within(&near));
            outlier_count += usize::from(is_outlier);
            let line = Line {
                id,
                issue: issue.map(|issue| issue.id.as_str()),
                name: issue.map(|issue| issue.name.as_str()),
                similarity: found.map(|near| near.cosine),
                is_outlier,
            };
            serde_json::to_writer(&mut out, &line)?;
            out.write_all(b"\n")?;
        }
    }
    out.flush()?;
    let seconds = stage.finish();
    let (rows, issues) = (texts.len(), set.issues.len());
    tracing::info!(
        stage = "cluster",
        rows,
        issues,
        outliers = outlier_count,
        seconds,
        encode_seconds,
        assign_seconds
    );
    Ok(())
}

/// Rows that are encoded at a time.
const BLOCK: usize = 1 << 16;

/// Ids and texts of a file; a row without the text field is an error that names it.
fn read(arguments: &Cluster) -> Result<(Vec<String>, Vec<String>), ConfigError> {
    let path = arguments.file.as_path();
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    match extension {
        "csv" => read_csv(arguments, path),
        "ndjson" | "jsonl" => read_ndjson(arguments, path),
        _ => Err(bad_file(path, "whose name must end in .csv, .ndjson or .jsonl".to_owned())),
    }
}

fn bad_file(path: &Path, reason: String) -> ConfigError {
    ConfigError::BadValue { key: "file".to_owned(), value: path.display().to_string(), reason }
}

/// Says which file has too few texts; other errors stay as they are.
fn too_few(path: &Path, error: TextError) -> anyhow::Error {
    match error {
        TextError::TooFewTexts { needed, found, .. } => {
            let reason =
                format!("of whose texts {found} differ and have words; clustering needs at least {needed}");
            bad_file(path, reason).into()
        }
        other => anyhow::Error::new(other).context("cluster"),
    }
}

fn read_csv(arguments: &Cluster, path: &Path) -> Result<(Vec<String>, Vec<String>), ConfigError> {
    let unreadable = |error: csv::Error| match error.kind() {
        csv::ErrorKind::Utf8 { .. } => bad_file(path, NOT_UTF8.to_owned()),
        _ => bad_file(path, format!("which cannot be read: {error}")),
    };
    let mut reader = csv::Reader::from_path(path).map_err(unreadable)?;
    let headers = reader.headers().map_err(unreadable)?.clone();
    if headers.is_empty() {
        return Err(bad_file(path, "which is empty; a CSV begins with the names of its columns".to_owned()));
    }
    let place = |field: &str| {
        headers.iter().position(|header| header == field).ok_or_else(|| ConfigError::BadValue {
            key: "field".to_owned(),
            value: field.to_owned(),
            reason: format!(
                "which {} has not; it has {}",
                path.display(),
                headers.iter().collect::<Vec<_>>().join(", ")
            ),
        })
    };
    let text = place(&arguments.text)?;
    let id = arguments.id.as_deref().map(place).transpose()?;
    let (mut ids, mut texts) = (Vec::new(), Vec::new());
    for (number, record) in reader.records().enumerate() {
        let record = record.map_err(unreadable)?;
        texts.push(record.get(text).unwrap_or_default().to_owned());
        ids.push(id.and_then(|id| record.get(id)).map_or_else(|| (number + 1).to_string(), str::to_owned));
    }
    Ok((ids, texts))
}

fn read_ndjson(arguments: &Cluster, path: &Path) -> Result<(Vec<String>, Vec<String>), ConfigError> {
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::InvalidData => bad_file(path, NOT_UTF8.to_owned()),
        _ => bad_file(path, format!("which cannot be read: {error}")),
    };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let (mut ids, mut texts) = (Vec::new(), Vec::new());
    for (number, line) in BufReader::new(file).lines().enumerate() {
        let row = || format!("line {} of {}", number + 1, path.display());
        let line = line.map_err(unreadable)?;
        if line.trim().is_empty() {
            continue;
        }
        let object: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&line).map_err(|error| {
                bad_file(path, format!("of which line {} is no JSON object: {error}", number + 1))
            })?;
        let field = |name: &str| match object.get(name) {
            Some(serde_json::Value::String(value)) => Ok(value.clone()),
            Some(serde_json::Value::Null) => Ok(String::new()),
            Some(value @ (serde_json::Value::Number(_) | serde_json::Value::Bool(_))) => {
                Ok(value.to_string())
            }
            _ => Err(ConfigError::BadValue {
                key: "field".to_owned(),
                value: name.to_owned(),
                reason: format!(
                    "which {} has not as a value; it has {}",
                    row(),
                    object.keys().cloned().collect::<Vec<_>>().join(", ")
                ),
            }),
        };
        texts.push(field(&arguments.text)?);
        ids.push(match &arguments.id {
            Some(id) => field(id)?,
            None => (number + 1).to_string(),
        });
    }
    Ok((ids, texts))
}
