//! Exit codes, which schedulers rely on, and the form in which an error reaches the operator.

use std::process::ExitCode;

use refrain_intake::IntakeError;
use refrain_lake::LakeError;
use refrain_metrics::MetricsError;
use refrain_sample::SampleError;
use refrain_text::TextError;

use crate::config::ConfigError;

/// Published, or nothing new: the run says which.
pub const DONE: u8 = 0;
/// Refrain is at fault: a broken promise of its own code.
pub const OUR_BUG: u8 = 1;
/// The request is at fault: an argument, the configuration, a query, a model file.
pub const BAD_REQUEST: u8 = 2;
/// A check found rows that must not be: nothing was published, the last run stays visible.
pub const CHECK_FAILED: u8 = 3;
/// The world is at fault: a store, a source, the cluster. Safe to run again.
pub const WORLD: u8 = 4;

/// `refrain alerts --exit-code` found alerts.
pub const ALERTS: u8 = 5;

/// Issues rise, and the caller asked to be told by the exit code.
#[derive(Debug, thiserror::Error)]
#[error("alerts: {issue_count}")]
pub struct AlertsRaised {
    /// Issues that rise.
    pub issue_count: usize,
}

/// A check that stops the run found rows.
#[derive(Debug, thiserror::Error)]
#[error("failed checks: {check_count}, nothing was published: {names}")]
pub struct CheckFailed {
    /// How many.
    pub check_count: usize,
    /// Which.
    pub names: String,
}

/// Prints an error with its causes and a hint, and turns it into an exit code.
pub fn report(result: anyhow::Result<()>) -> ExitCode {
    let Err(error) = result else { return ExitCode::from(DONE) };
    if is_closed_pipe(&error) {
        return ExitCode::from(DONE);
    }
    let (code, hint) = judge(&error);
    eprintln!("error: {}", chain(&error));
    if let Some(hint) = hint {
        eprintln!("\nhint: {hint}");
    }
    ExitCode::from(code)
}

/// The error and its causes; an engine's error that already tells its cause does not tell it twice.
fn chain(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.ends_with(&cause) {
            continue;
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&cause);
    }
    text
}

/// Somebody read as much of our output as they wanted, as `head` does.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

fn judge(error: &anyhow::Error) -> (u8, Option<String>) {
    for cause in error.chain() {
        if let Some(config) = cause.downcast_ref::<ConfigError>() {
            return (BAD_REQUEST, config.hint());
        }
        if cause.is::<AlertsRaised>() {
            return (ALERTS, None);
        }
        if let Some(failed) = cause.downcast_ref::<CheckFailed>() {
            let hint = format!(
                "the log above shows the first rows; queries/checks says what {} looks for",
                failed.names
            );
            return (CHECK_FAILED, Some(hint));
        }
        if let Some(lake) = cause.downcast_ref::<LakeError>() {
            return match lake {
                LakeError::BadLocation { .. } => {
                    (BAD_REQUEST, Some("a location is a path, file:///… or s3://bucket/prefix".to_owned()))
                }
                LakeError::SchemaMismatch { .. } => (OUR_BUG, None),
                _ => (WORLD, Some("nothing was lost; run the same command again".to_owned())),
            };
        }
        if let Some(metrics) = cause.downcast_ref::<MetricsError>() {
            return judge_metrics(metrics);
        }
        if cause.is::<IntakeError>() || cause.is::<TextError>() {
            return (BAD_REQUEST, None);
        }
        if let Some(sample) = cause.downcast_ref::<SampleError>() {
            return (if matches!(sample, SampleError::Write { .. }) { WORLD } else { BAD_REQUEST }, None);
        }
        if cause.is::<std::io::Error>() || cause.is::<reqwest::Error>() {
            return (WORLD, None);
        }
    }
    (OUR_BUG, Some("this is a defect of Refrain; please report it with the message above".to_owned()))
}

fn judge_metrics(error: &MetricsError) -> (u8, Option<String>) {
    match error {
        MetricsError::BadStatement { source } => {
            let text = source.to_string();
            let hint = if text.contains("No field named") {
                "`refrain queries TABLE` lists its columns with their meaning"
            } else if text.contains("not found") {
                "`refrain queries` lists the tables"
            } else {
                "only one SELECT is allowed"
            };
            (BAD_REQUEST, Some(hint.to_owned()))
        }
        MetricsError::NoEngine { .. } => {
            (WORLD, Some("is the scheduler running and the address right?".to_owned()))
        }
        MetricsError::Failed { source, .. } if is_out_of_memory(source) => {
            (WORLD, Some("raise engine.memory_mb in the configuration".to_owned()))
        }
        MetricsError::Failed { .. } => {
            (WORLD, Some("nothing was published; run the same command again".to_owned()))
        }
        _ => (BAD_REQUEST, Some("queries/README.md has the rules for queries".to_owned())),
    }
}

fn is_out_of_memory(error: &datafusion::error::DataFusionError) -> bool {
    matches!(error.find_root(), datafusion::error::DataFusionError::ResourcesExhausted(_))
}
