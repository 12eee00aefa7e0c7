//! The spine: the one place that knows the order of the stages.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Context;
use refrain_lake::RunRow;
use refrain_metrics::{Engine, Finding, Severity};
use refrain_record::table::TableVersion;

use crate::board;
use crate::build::{self, Built, Standing};
use crate::exit::CheckFailed;
use crate::plan::RunPlan;
use crate::progress::Stage;
use crate::pull::{self, Pulled};

/// What a run did; its JSON form is the last line on stdout.
#[derive(Debug, Default, serde::Serialize)]
pub struct Outcome {
    /// `published`, `nothing new` or the stage that was run alone.
    pub result: String,
    /// The published run.
    pub run_number: Option<i64>,
    /// The instant it describes.
    pub as_of: String,
    /// What came in.
    pub pulled: Pulled,
    /// What was written again.
    pub built: Vec<Built>,
    /// Checks that found rows but do not stop a run.
    pub warnings: Vec<String>,
    /// Where the page is.
    pub page: Option<String>,
}

/// All stages, in order.
pub async fn nightly(plan: &RunPlan) -> anyhow::Result<Outcome> {
    let engine = plan.engine()?;
    let pulled = pull::pull(plan).await?;
    let labelled = build::build(plan, &engine, &["label"], "label").await?;
    let mut outcome = metrics(plan, &engine).await?;
    outcome.pulled = pulled;
    outcome.built.splice(0..0, labelled.built);
    if outcome.result == "published" {
        outcome.page = Some(board::write(plan, &engine, Some(outcome.warnings.clone())).await?);
    } else if !board::is_of(plan, outcome.run_number.unwrap_or_default()).await? {
        outcome.page = Some(board::write(plan, &engine, None).await?);
    }
    Ok(outcome)
}

/// Stage and mart queries, checks, publish.
pub async fn metrics(plan: &RunPlan, engine: &Engine) -> anyhow::Result<Outcome> {
    let last = plan.lake.newest_run().await.context("read the last published run")?;
    let standing = build::build(plan, engine, &["intermediate", "marts"], "metrics").await?;
    let fingerprint = plan.models.fingerprints.whole();
    let versions: BTreeMap<String, u64> = versions(&standing.tables);
    if let Some(last) = &last
        && last.tables == versions
        && last.as_of == plan.as_of
    {
        return Ok(Outcome {
            result: "nothing new".to_owned(),
            run_number: Some(last.number),
            as_of: as_of(plan),
            ..Outcome::default()
        });
    }
    let warnings = check(plan, engine, &standing).await?;
    let run = RunRow {
        number: last.map_or(1, |last| last.number + 1),
        as_of: plan.as_of,
        published_at: now(),
        fingerprint,
        encoder_sha256: plan.models.fingerprints.encoder.clone(),
        tables: versions,
    };
    plan.lake.publish(&run).await.context("publish")?;
    tracing::info!(stage = "publish", run = run.number, tables = run.tables.len());
    Ok(Outcome {
        result: "published".to_owned(),
        run_number: Some(run.number),
        as_of: as_of(plan),
        built: standing.built,
        warnings,
        ..Outcome::default()
    })
}

/// Runs the checks; findings that fail stop the run here.
async fn check(plan: &RunPlan, engine: &Engine, standing: &Standing) -> anyhow::Result<Vec<String>> {
    let stage = Stage::start("checks", plan.queries.checks().len() as u64);
    let mut findings =
        engine.check(&plan.queries, &standing.tables, plan.as_of).await.context("run the checks")?;
    findings.extend(check_reject_rate(plan, engine, &standing.tables).await?);
    let seconds = stage.finish();
    let (failed, warned): (Vec<Finding>, Vec<Finding>) =
        findings.into_iter().partition(|finding| finding.severity == Severity::Fail);
    tracing::info!(stage = "checks", failed = failed.len(), warned = warned.len(), seconds);
    for finding in failed.iter().chain(&warned) {
        let sample = finding.sample.iter().cloned().collect::<Vec<_>>();
        let rows = arrow::util::pretty::pretty_format_batches(&sample)?;
        tracing::warn!(check = %finding.check, rows = finding.row_count, "check found rows\n{rows}");
    }
    if !failed.is_empty() {
        let names = failed.iter().map(|finding| finding.check.clone()).collect::<Vec<_>>().join(", ");
        return Err(CheckFailed { check_count: failed.len(), names }.into());
    }
    Ok(warned.iter().map(board::sentence).collect())
}

/// The share of rejected records per source against `max_reject_rate`.
async fn check_reject_rate(
    plan: &RunPlan,
    engine: &Engine,
    tables: &BTreeMap<String, TableVersion>,
) -> anyhow::Result<Option<Finding>> {
    let statement = format!(
        "select source, sum(rejected_count) as rejected_count, sum(read_count) as read_count from ledger \
         group by source having sum(rejected_count) > {} * sum(read_count) order by source",
        plan.config.max_reject_rate
    );
    let (_, rows) = engine.select(&plan.queries, tables, &statement, plan.as_of).await?;
    let row_count = rows.iter().map(arrow::array::RecordBatch::num_rows).sum();
    let sample = rows.into_iter().next();
    let check = "fail_max_reject_rate".to_owned();
    Ok((row_count > 0).then_some(Finding { check, severity: Severity::Fail, row_count, sample }))
}

fn versions(tables: &BTreeMap<String, TableVersion>) -> BTreeMap<String, u64> {
    let exist = tables.iter().filter(|(_, table)| !(table.files.is_empty() && table.version == u64::MAX));
    exist.map(|(name, table)| (name.clone(), table.version)).collect()
}

/// The `as_of` of a plan as text.
pub fn as_of(plan: &RunPlan) -> String {
    jiff::Timestamp::from_microsecond(plan.as_of)
        .map_or_else(|_| String::new(), |instant| instant.to_string())
}

#[expect(clippy::disallowed_methods, reason = "the one place that asks the clock when a run was published")]
fn now() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}

/// Prints the table for people and the summary for schedulers.
pub fn print(outcome: &Outcome, table: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if outcome.result == "nothing new" {
        writeln!(out, "nothing new since run {}", outcome.run_number.unwrap_or_default())?;
    }
    if !table.is_empty() {
        writeln!(out, "{table}")?;
    }
    if let Some(page) = &outcome.page {
        writeln!(out, "page: {page}")?;
    }
    writeln!(out, "{}", serde_json::to_string(outcome)?)?;
    Ok(())
}

/// A path that people can open, or a URL.
pub fn shown(location: &refrain_lake::Location, name: &str) -> String {
    match location.local_path() {
        Some(folder) => folder.join(name).display().to_string(),
        None => location.object_url(name),
    }
}
