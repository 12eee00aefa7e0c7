//! Stages `label` and `metrics`: every query whose inputs changed, for the partitions they reach.
//!
//! Each table's newest commit notes the versions of its inputs, the query's hash and the `as_of`
//! it was built from. What is to do follows from comparing that note with what stands now, so a
//! crash between two tables needs no repair, and the stages can be run alone or together.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::DataType;
use futures::StreamExt;
use refrain_lake::{Change, Lake};
use refrain_metrics::{Engine, Keeping, Partitions, Query, affected};
use refrain_record::calendar::{EpochDay, utc_day};
use refrain_record::table::TableVersion;
use refrain_record::{Table, TableSpec};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::functions;
use crate::plan::RunPlan;
use crate::progress::Stage;

/// What a table was built from, kept with its commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct BuildNote {
    /// Hash of the query, of the views it reads and, for labels, of the models that it calls.
    fingerprint: String,
    /// The instant it describes, microseconds UTC.
    as_of: i64,
    /// Version of each stored table that it read.
    inputs: BTreeMap<String, u64>,
    /// The issue sets in force, by their first day, for queries whose rows depend on them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    sets: Vec<(Option<EpochDay>, String)>,
    /// The encoder whose vectors the table holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    encoder: Option<String>,
}

/// One table that a build looked at.
#[derive(Debug, Clone, Serialize)]
pub struct Built {
    /// The table.
    pub table: String,
    /// How many partitions were written again; none for tables without partitions.
    pub partition_count: Option<usize>,
    /// Rows written.
    pub row_count: u64,
}

/// What stands after a build.
pub struct Standing {
    /// The current version of every stored table, raw and built.
    pub tables: BTreeMap<String, TableVersion>,
    /// The tables that were written.
    pub built: Vec<Built>,
}

/// The current versions of the raw tables; those that do not exist yet are empty.
pub async fn raw_tables(lake: &Lake) -> anyhow::Result<BTreeMap<String, TableVersion>> {
    let mut tables = BTreeMap::new();
    for table in Table::INTAKE {
        let spec = TableSpec::from(table);
        let version = lake.version(&spec, None).await?.unwrap_or_else(|| empty(lake, spec));
        tables.insert(table.name().to_owned(), version);
    }
    Ok(tables)
}

/// Builds the tables of the chosen folders.
pub async fn build(
    plan: &RunPlan,
    engine: &Engine,
    folders: &[&str],
    stage_name: &'static str,
) -> anyhow::Result<Standing> {
    if folders.contains(&"label") {
        plan.models.check_issues()?;
    }
    let mut tables = raw_tables(&plan.lake).await?;
    let queries: Vec<&Query> =
        plan.queries.queries().iter().filter(|query| query.contract.keeping == Keeping::Table).collect();
    let stage = Stage::start(stage_name, queries.len() as u64);
    let mut built = Vec::new();
    for query in queries {
        let name = &query.contract.name;
        let seconds_before = stage.seconds();
        stage.step(name);
        let spec = query.contract.table();
        let standing = plan.lake.version_with_note(&spec).await.with_context(|| format!("look at {name}"))?;
        if !folders.contains(&query.folder.as_str()) {
            let version = standing.map_or_else(|| empty(&plan.lake, spec), |(version, _)| version);
            tables.insert(name.clone(), version);
            continue;
        }
        let (version, done) = build_one(plan, engine, query, standing, &tables)
            .await
            .with_context(|| format!("build {name}"))?;
        tables.insert(name.clone(), version);
        if let Some(done) = done {
            let seconds = stage.seconds() - seconds_before;
            tracing::info!(stage = stage_name, table = %name, rows = done.row_count, seconds);
            built.push(done);
        }
    }
    let seconds = stage.finish();
    let row_count: u64 = built.iter().map(|table| table.row_count).sum();
    tracing::info!(stage = stage_name, tables = built.len(), rows = row_count, seconds);
    Ok(Standing { tables, built })
}

/// The partitions of a query that would be built now; what `refrain plan` shows.
pub async fn outlook(plan: &RunPlan) -> anyhow::Result<Vec<(String, Partitions)>> {
    let mut tables = raw_tables(&plan.lake).await?;
    let mut due = Vec::new();
    for query in plan.queries.queries().iter().filter(|query| query.contract.keeping == Keeping::Table) {
        let spec = query.contract.table();
        let standing = plan.lake.version_with_note(&spec).await?;
        let partitions = stale(plan, query, &standing, &tables).await?;
        due.push((query.contract.name.clone(), partitions));
        let version = standing.map_or_else(|| empty(&plan.lake, spec), |(version, _)| version);
        tables.insert(query.contract.name.clone(), version);
    }
    Ok(due)
}

async fn build_one(
    plan: &RunPlan,
    engine: &Engine,
    query: &Query,
    standing: Option<(TableVersion, Option<String>)>,
    tables: &BTreeMap<String, TableVersion>,
) -> anyhow::Result<(TableVersion, Option<Built>)> {
    let note = note(plan, query, tables);
    let partitions = stale(plan, query, &standing, tables).await?;
    if partitions.is_empty()
        && let Some((version, Some(text))) = &standing
        && *text == serde_json::to_string(&note)?
    {
        return Ok((version.clone(), None));
    }
    let spec = query.contract.table();
    let mut row_count = 0;
    let mut files = Vec::new();
    if !partitions.is_empty() {
        keep_vectors(plan, engine, query, &standing, tables, &partitions).await?;
        let mut writer = plan.lake.writer(&spec);
        let mut rows = engine.run(&plan.queries, query, tables, &partitions, plan.as_of).await?;
        while let Some(batch) = rows.next().await {
            let batch = batch.map_err(|source| refrain_metrics::MetricsError::Failed {
                query: spec.name.clone(),
                source: Box::new(source),
            })?;
            row_count += batch.num_rows() as u64;
            writer.write(&batch).await?;
        }
        files = writer.finish().await?;
        plan.models.encoder.forget();
    }
    let (change, partition_count) = match partitions {
        Partitions::All => (Change::ReplaceAll, None),
        Partitions::Days(days) => {
            let count = days.len();
            (Change::ReplacePartitions(days), Some(count))
        }
    };
    let text = serde_json::to_string(&note)?;
    let version = plan.lake.commit(&spec, &change, &files, None, &text).await?;
    let built =
        (partition_count != Some(0)).then_some(Built { table: spec.name, partition_count, row_count });
    Ok((version, built))
}

/// Takes the vectors that the table holds into memory before it is built again, so that only new texts are encoded.
async fn keep_vectors(
    plan: &RunPlan,
    engine: &Engine,
    query: &Query,
    standing: &Option<(TableVersion, Option<String>)>,
    tables: &BTreeMap<String, TableVersion>,
    partitions: &Partitions,
) -> anyhow::Result<()> {
    let Some((version, Some(text))) = standing else { return Ok(()) };
    let Ok(note) = serde_json::from_str::<BuildNote>(text) else { return Ok(()) };
    let models = &plan.models;
    if !models.encoder.is_slow() || note.encoder.as_ref() != Some(&models.fingerprints.encoder) {
        return Ok(());
    }
    let name = &query.contract.name;
    let mut version = version.clone();
    version.files.retain(|file| partitions.holds(file.day));
    let mut tables = tables.clone();
    tables.insert(name.clone(), version);
    let mut kept = 0_usize;
    for (text, vector) in functions::STORED_VECTORS {
        let statement = format!("select {text}, {vector} from {name} where {vector} is not null");
        let (_, batches) = engine.select(&plan.queries, &tables, &statement, plan.as_of).await?;
        for batch in &batches {
            let texts = cast(batch.column(0), &DataType::Utf8)?;
            let vectors = cast(batch.column(1), &DataType::Binary)?;
            let rows = texts.as_string::<i32>().iter().zip(vectors.as_binary::<i32>());
            for (text, vector) in rows.filter_map(|(text, vector)| text.zip(vector)) {
                models.encoder.keep(text, vector);
                kept += 1;
            }
        }
    }
    tracing::info!(stage = "label", vectors_kept = kept);
    Ok(())
}

/// The partitions of a query's table that no longer follow from its inputs.
async fn stale(
    plan: &RunPlan,
    query: &Query,
    standing: &Option<(TableVersion, Option<String>)>,
    tables: &BTreeMap<String, TableVersion>,
) -> anyhow::Result<Partitions> {
    let Some((_, Some(text))) = standing else { return Ok(Partitions::All) };
    let Ok(old) = serde_json::from_str::<BuildNote>(text) else { return Ok(Partitions::All) };
    let new = note(plan, query, tables);
    if old.fingerprint != new.fingerprint || old.as_of > new.as_of {
        return Ok(Partitions::All);
    }
    let mut changed = BTreeMap::new();
    for (input, table) in stored_inputs(plan, query) {
        let Some(current) = tables.get(&table) else { return Ok(Partitions::All) };
        let before = old.inputs.get(&table).copied();
        let partitions = match before {
            Some(version) if Some(&version) == new.inputs.get(&table) => continue,
            Some(version) if version != NEVER => {
                let before = plan.lake.version(&current.table, Some(version)).await?;
                before.map_or(Partitions::All, |before| difference(&before, current))
            }
            _ => difference(&empty(&plan.lake, current.table.clone()), current),
        };
        changed.entry(input).or_insert_with(Partitions::none).extend(partitions);
    }
    let mut reached = Partitions::none();
    if old.sets != new.sets {
        let Some(first) = first_difference(&old.sets, &new.sets) else { return Ok(Partitions::All) };
        reached.extend(Partitions::Days(days_from(plan, query, tables, first)));
    }
    let matured: Option<BTreeSet<EpochDay>> = query
        .contract
        .matures_days
        .filter(|_| old.as_of < new.as_of)
        .map(|days| (utc_day(old.as_of) - days..=utc_day(new.as_of)).collect());
    reached.extend(affected(&query.contract, &changed, matured.as_ref(), &plan.calendar));
    Ok(reached)
}

/// The first day on which another issue set is in force; none is the beginning.
fn first_difference(
    old: &[(Option<EpochDay>, String)],
    new: &[(Option<EpochDay>, String)],
) -> Option<EpochDay> {
    let same = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    if same == 0 {
        return None;
    }
    let next = |sets: &[(Option<EpochDay>, String)]| sets.get(same).and_then(|set| set.0);
    next(old).into_iter().chain(next(new)).min()
}

/// The partitions from a day on that the inputs of a query have rows for.
fn days_from(
    plan: &RunPlan,
    query: &Query,
    tables: &BTreeMap<String, TableVersion>,
    first: EpochDay,
) -> BTreeSet<EpochDay> {
    let inputs = stored_inputs(plan, query);
    let files = inputs.iter().filter_map(|(_, table)| tables.get(table)).flat_map(|table| &table.files);
    // A contact's day is that of its first leg, which may be the day before another leg's.
    let days = files.filter_map(|file| file.day).flat_map(|day| [day - 1, day]);
    days.filter(|day| *day >= first).collect()
}

/// The version of a table that does not exist.
const NEVER: u64 = u64::MAX;

fn note(plan: &RunPlan, query: &Query, tables: &BTreeMap<String, TableVersion>) -> BuildNote {
    let mut hash = Sha256::new();
    hash.update(&query.sql);
    for view in views(plan, query) {
        hash.update(&view.sql);
    }
    let models = &plan.models.fingerprints;
    hash.update(functions::fingerprint(&query.sql, models));
    let fingerprint = hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let inputs = stored_inputs(plan, query)
        .into_iter()
        .filter_map(|(_, table)| tables.get(&table).map(|version| (table, version.version)))
        .collect();
    let sets = if functions::depends_on_day(&query.sql) { models.sets.clone() } else { Vec::new() };
    let encoder = functions::stores_vectors(&query.sql).then(|| models.encoder.clone());
    BuildNote { fingerprint, as_of: plan.as_of, inputs, sets, encoder }
}

fn views<'a>(plan: &'a RunPlan, query: &'a Query) -> Vec<&'a Query> {
    let mut found = Vec::new();
    for input in &query.inputs {
        if let Some(view) = plan.queries.get(input).filter(|query| query.contract.keeping == Keeping::View) {
            found.push(view);
            found.extend(views(plan, view));
        }
    }
    found
}

/// The stored tables beneath a query: (the input as the query names it, the table).
fn stored_inputs(plan: &RunPlan, query: &Query) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for input in &query.inputs {
        match plan.queries.get(input).filter(|query| query.contract.keeping == Keeping::View) {
            Some(view) => {
                found.extend(stored_inputs(plan, view).into_iter().map(|(_, table)| (input.clone(), table)))
            }
            None => found.push((input.clone(), input.clone())),
        }
    }
    found
}

/// The partitions in which two versions of a table hold different files.
fn difference(before: &TableVersion, after: &TableVersion) -> Partitions {
    let old: BTreeSet<_> = before.files.iter().collect();
    let new: BTreeSet<_> = after.files.iter().collect();
    let mut days = BTreeSet::new();
    for file in old.symmetric_difference(&new) {
        match file.day {
            Some(day) => days.insert(day),
            None => return Partitions::All,
        };
    }
    Partitions::Days(days)
}

fn empty(lake: &Lake, table: TableSpec) -> TableVersion {
    let url = lake.location().child(&table.name).url().to_string();
    TableVersion { table, version: NEVER, url, files: Vec::new() }
}
