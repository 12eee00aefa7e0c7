//! Stage `board`: the marts of the published run onto the page and into the terminal table.

use std::collections::BTreeMap;

use anyhow::{Context, anyhow};
use arrow::array::{AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::Int64Type;
use bytes::Bytes;
use jiff::Timestamp;
use refrain_board::{Alerts, Marts, PageContext, SourceLine, fcr_table, weekly_alerts, weekly_page};
use refrain_lake::RunRow;
use refrain_metrics::{Engine, Finding};
use refrain_record::table::TableVersion;
use refrain_record::{Table, TableSpec};

use crate::config::ConfigError;
use crate::nightly::shown;
use crate::plan::RunPlan;
use crate::progress::Stage;

/// The page within the lake.
const PAGE: &str = "page/index.html";

/// Beside it, the number of the run that it shows; written after the page.
const DRAWN: &str = "page/run";

/// Whether the page is of this run; a run that was stopped after publishing leaves the one before.
pub async fn is_of(plan: &RunPlan, run_number: i64) -> anyhow::Result<bool> {
    let drawn = plan.lake.location().get(DRAWN).await?;
    Ok(drawn.is_some_and(|text| *text == *run_number.to_string().as_bytes()))
}

/// Writes the page of the published run; returns where it is.
///
/// `warnings` are what the run's own checks found; without them the checks run again.
pub async fn write(plan: &RunPlan, engine: &Engine, warnings: Option<Vec<String>>) -> anyhow::Result<String> {
    let stage = Stage::start("board", 1);
    let (run, tables) = published(plan).await?;
    let marts = read_marts(plan, engine, &tables).await?;
    let context = page_context(plan, engine, &run, &tables, warnings).await?;
    let page = weekly_page(&marts, &context).context("draw the page")?;
    let bytes = page.len();
    plan.lake.location().put(PAGE, Bytes::from(page)).await.context("write the page")?;
    plan.lake.location().put(DRAWN, Bytes::from(run.number.to_string())).await.context("mark the page")?;
    let seconds = stage.finish();
    tracing::info!(stage = "board", bytes, seconds);
    Ok(shown(plan.lake.location(), PAGE))
}

/// The weekly table for the terminal.
pub async fn table(plan: &RunPlan, engine: &Engine) -> anyhow::Result<String> {
    let (_, tables) = published(plan).await?;
    Ok(fcr_table(&read_marts(plan, engine, &tables).await?))
}

/// The issues that rise in the published run, and the marts they were read from.
pub async fn alerts(
    plan: &RunPlan,
    engine: &Engine,
) -> anyhow::Result<(RunRow, BTreeMap<String, TableVersion>, Alerts)> {
    let (run, tables) = published(plan).await?;
    let marts = read_marts(plan, engine, &tables).await?;
    let context = page_context(plan, engine, &run, &tables, Some(Vec::new())).await?;
    let alerts = weekly_alerts(&marts, &context).context("test the issues")?;
    Ok((run, tables, alerts))
}

/// The newest published run with the table versions that it pins.
pub async fn published(plan: &RunPlan) -> anyhow::Result<(RunRow, BTreeMap<String, TableVersion>)> {
    let run = plan.lake.newest_run().await?.ok_or_else(|| ConfigError::BadValue {
        key: "lake".to_owned(),
        value: plan.lake.location().url().to_string(),
        reason: "which has no published run yet; `refrain run` makes one".to_owned(),
    })?;
    let mut tables = BTreeMap::new();
    for (name, version) in &run.tables {
        let raw = Table::INTAKE.into_iter().find(|table| table.name() == name).map(TableSpec::from);
        let spec = raw.or_else(|| plan.queries.get(name).map(|query| query.contract.table()));
        // A table of a query that no longer exists is of no use to anybody.
        let Some(spec) = spec else { continue };
        let table = plan.lake.version(&spec, Some(*version)).await?;
        tables
            .insert(name.clone(), table.ok_or_else(|| anyhow!("table {name} of the published run is gone"))?);
    }
    let runs = plan.lake.version(&TableSpec::from(Table::Run), None).await?;
    tables.extend(runs.map(|runs| (runs.table.name.clone(), runs)));
    for table in Table::INTAKE {
        let spec = TableSpec::from(table);
        let url = plan.lake.location().child(&spec.name).url().to_string();
        tables.entry(spec.name.clone()).or_insert(TableVersion {
            table: spec,
            version: 0,
            url,
            files: Vec::new(),
        });
    }
    Ok((run, tables))
}

async fn read_marts(
    plan: &RunPlan,
    engine: &Engine,
    tables: &BTreeMap<String, TableVersion>,
) -> anyhow::Result<Marts> {
    let mut marts = BTreeMap::new();
    for query in plan.queries.queries().iter().filter(|query| query.folder == "marts") {
        let name = &query.contract.name;
        if !tables.contains_key(name) {
            continue;
        }
        let statement = format!("select * from {name} order by {}", query.contract.grain.join(", "));
        let (schema, batches) = engine.select(&plan.queries, tables, &statement, plan.as_of).await?;
        marts.insert(name.clone(), concat_batches(&schema, &batches)?);
    }
    Ok(Marts { tables: marts })
}

/// A finding in one line.
pub fn sentence(finding: &Finding) -> String {
    format!("{}: {} rows", finding.check, finding.row_count)
}

async fn page_context(
    plan: &RunPlan,
    engine: &Engine,
    run: &RunRow,
    tables: &BTreeMap<String, TableVersion>,
    warnings: Option<Vec<String>>,
) -> anyhow::Result<PageContext> {
    let statement = "select source, sum(read_count), sum(kept_count), sum(merged_count), sum(duplicate_count), \
                     sum(rejected_count) from ledger group by source order by source";
    let (_, batches) = engine.select(&plan.queries, tables, statement, plan.as_of).await?;
    let warnings = match warnings {
        Some(warnings) => warnings,
        None => engine.check(&plan.queries, tables, run.as_of).await?.iter().map(sentence).collect(),
    };
    let glossary = plan.queries.queries().iter().filter(|query| query.folder == "marts").flat_map(|query| {
        query.contract.columns.iter().map(|column| (column.name.clone(), column.meaning.clone()))
    });
    Ok(PageContext {
        organisation: plan.config.organisation.clone(),
        as_of: Timestamp::from_microsecond(run.as_of)?,
        run_number: run.number,
        reporting_zone: plan.calendar.zone().clone(),
        warnings,
        source_ledger: batches.iter().flat_map(source_lines).collect(),
        glossary: glossary.collect::<BTreeMap<_, _>>().into_iter().collect(),
    })
}

fn source_lines(batch: &RecordBatch) -> Vec<SourceLine> {
    let text = arrow::compute::cast(batch.column(0), &arrow::datatypes::DataType::Utf8);
    let Ok(names) = text else { return Vec::new() };
    let names = names.as_string::<i32>();
    let count = |column: usize, row: usize| {
        batch.column(column).as_primitive_opt::<Int64Type>().map_or(0, |counts| counts.value(row))
    };
    (0..batch.num_rows())
        .map(|row| SourceLine {
            source: names.value(row).to_owned(),
            read: count(1, row),
            kept: count(2, row),
            merged: count(3, row),
            duplicate: count(4, row),
            rejected: count(5, row),
        })
        .collect()
}
