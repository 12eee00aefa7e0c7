//! `refrain issues fit` and `relabel`: a new set of issues, mapped to the ids of the one before.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Write;

use anyhow::Context;
use arrow::array::{AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use clap::Args;
use futures::StreamExt;
use rayon::prelude::*;
use refrain_metrics::{Engine, MetricsError, Partitions};
use refrain_record::calendar::{EpochDay, date_of, utc_day};
use refrain_record::table::TableVersion;
use refrain_text::{Boilerplate, Fitted, IssueChange, IssueSet, Previous};
use sha2::{Digest, Sha256};

use super::files;
use crate::build;
use crate::cli::Common;
use crate::config::ConfigError;
use crate::plan::RunPlan;
use crate::progress::Stage;

/// Arguments of `fit`.
#[derive(Args)]
pub struct Fit {
    #[command(flatten)]
    common: Common,
    /// At most so many contacts are read, chosen evenly by a hash of their id
    #[arg(long, default_value_t = 200_000, value_name = "N")]
    sample: usize,
    /// Read contacts of the last so many weeks only; without it, all
    #[arg(long, value_name = "WEEKS")]
    weeks: Option<u32>,
    /// Let the new issues hold for all history, not only from now on
    #[arg(long)]
    relabel: bool,
}

/// A contact counts when so much was said.
const LEAST_CHARACTERS: usize = 20;
/// Contacts with text that a fit needs.
const LEAST_CONTACTS: usize = 100;

/// Fits issues and puts them in force.
pub async fn run(arguments: &Fit) -> anyhow::Result<()> {
    let plan = RunPlan::resolve(&arguments.common)?;
    let models = &plan.models;
    let stage = Stage::start("fit", 4);
    stage.step("read the customers' words");
    let Contacts { turns, issues } = read(&plan, arguments).await?;
    let contact_count = turns.len();
    if contact_count < LEAST_CONTACTS {
        return Err(ConfigError::BadValue {
            key: "contacts with text in the lake".to_owned(),
            value: contact_count.to_string(),
            reason: format!("at least {LEAST_CONTACTS} are needed; run `refrain pull` first"),
        }
        .into());
    }
    stage.step("learn set phrases");
    let detect = |text: &str| super::language(&models.language, text);
    let languages: Vec<String> = turns.par_iter().map(|turns| detect(turns)).collect();
    let boilerplate = Boilerplate::learn(&turns, &languages, &models.encoder)?;
    let statements: Vec<String> = turns
        .into_par_iter()
        .zip(&languages)
        .map(|(turns, language)| boilerplate.statement(&turns, language).problem)
        .collect();
    stage.step("cluster");
    let of_text: HashMap<&str, &str> = statements
        .iter()
        .map(String::as_str)
        .zip(&languages)
        .map(|(text, language)| (text, language.as_str()))
        .collect();
    let language = |text: &str| of_text.get(text).map_or_else(|| detect(text), |found| (*found).to_owned());
    let mut fitted = fit(&plan, &issues, &statements, &language).context("cluster")?;
    fitted.set.boilerplate = boilerplate;
    fitted.set.embedding_hash.clone_from(&models.fingerprints.encoder);
    stage.step("write");
    let day = utc_day(plan.as_of);
    let mut history = models.history.clone();
    let folder = history.free_folder();
    files::write_set(models, &folder, &fitted.set)?;
    history.put(folder, day);
    if arguments.relabel || models.foreign.is_some() {
        history.relabel();
    }
    history
        .events
        .extend(fitted.events.iter().cloned().map(|event| refrain_text::IssueEvent { day, ..event }));
    files::write_history(models, &history)?;
    let seconds = stage.finish();
    tell(&fitted, &history, contact_count, seconds)
}

fn tell(
    fitted: &Fitted,
    history: &refrain_text::IssueHistory,
    contact_count: usize,
    seconds: f64,
) -> anyhow::Result<()> {
    let count = |change| fitted.events.iter().filter(|event| event.change == change).count();
    let (born, split) = (count(IssueChange::Born), count(IssueChange::Split));
    let (merged, retired) = (count(IssueChange::Merged), count(IssueChange::Retired));
    tracing::info!(
        stage = "fit",
        contacts = contact_count,
        issues = fitted.set.issues.len(),
        set_phrases = fitted.set.boilerplate.phrase_count(),
        continued = fitted.continued_count,
        born,
        split,
        merged,
        retired,
        seconds
    );
    let from = history.sets.last().and_then(|set| set.from);
    let from =
        from.map_or_else(|| "all contacts".to_owned(), |day| format!("contacts from {} on", date_of(day)));
    writeln!(
        std::io::stdout(),
        "fitted {} issues on {contact_count} contacts in {seconds:.1} s: {} go on, {born} born, {split} split off, \
         {merged} merged, {retired} retired; they label {from}",
        fitted.set.issues.len(),
        fitted.continued_count,
    )?;
    Ok(())
}

fn fit(
    plan: &RunPlan,
    issues: &[Option<String>],
    statements: &[String],
    language: &(dyn Fn(&str) -> String + Sync),
) -> anyhow::Result<Fitted> {
    let models = &plan.models;
    let parameters = &plan.config.issues.clusters;
    let mut used_ids: BTreeSet<String> = models.history.ids().into_iter().map(str::to_owned).collect();
    used_ids.extend(models.issues.known().map(|issue| issue.id.clone()));
    used_ids.extend(models.issues.known().filter_map(|issue| issue.parent_id.clone()));
    let locked = models.issues.edits().locked();
    let previous_set = models.foreign.as_ref().or_else(|| models.issues.newest());
    let Some(set) = previous_set else {
        return Ok(IssueSet::fit(statements, language, &models.encoder, parameters, None)?);
    };
    let places: HashMap<&str, usize> =
        set.issues.iter().enumerate().map(|(place, issue)| (issue.id.as_str(), place)).collect();
    let labels: HashMap<&str, usize> = statements
        .iter()
        .zip(issues)
        .filter_map(|(text, issue)| Some((text.trim(), *places.get(issue.as_deref()?)?)))
        .collect();
    let label = |text: &str| labels.get(text).copied();
    let previous = Previous {
        set,
        labels: models.foreign.is_some().then_some(&label),
        used_ids: &used_ids,
        locked: &locked,
    };
    Ok(IssueSet::fit(statements, language, &models.encoder, parameters, Some(&previous))?)
}

/// Lets the newest set hold for all history.
pub fn relabel(plan: &RunPlan) -> anyhow::Result<()> {
    let mut history = plan.models.history.clone();
    if history.sets.is_empty() {
        return Err(ConfigError::BadValue {
            key: "issues".to_owned(),
            value: "none".to_owned(),
            reason: "there is nothing to label with; `refrain issues fit` finds issues".to_owned(),
        }
        .into());
    }
    history.relabel();
    files::write_history(&plan.models, &history)?;
    writeln!(
        std::io::stdout(),
        "the newest issues hold for all history; the next run labels every contact again"
    )?;
    Ok(())
}

/// What customers said, a contact an entry, and the issue it has now.
struct Contacts {
    turns: Vec<String>,
    issues: Vec<Option<String>>,
}

/// Days that are read at a time: the engine holds what was said in them.
const DAYS_AT_A_TIME: usize = 7;

/// Reads contacts; a hash of the id is an even and repeatable choice, and their order.
async fn read(plan: &RunPlan, arguments: &Fit) -> anyhow::Result<Contacts> {
    let engine = plan.engine()?;
    let tables = build::raw_tables(&plan.lake).await?;
    let query = plan.queries.get("label_turns").context("queries have no label_turns")?;
    let last = utc_day(plan.as_of);
    let days_back = |weeks| i32::try_from(weeks).unwrap_or(i32::MAX).saturating_mul(7);
    let first = arguments.weeks.map_or(EpochDay::MIN, |weeks: u32| last.saturating_sub(days_back(weeks)));
    let legs = tables.get("raw_leg").map_or(&[][..], |table| &table.files);
    let days: BTreeSet<EpochDay> =
        legs.iter().filter_map(|file| file.day).filter(|day| (first..last).contains(day)).collect();
    let days: Vec<EpochDay> = days.into_iter().collect();
    let mut chosen = Chosen { rows: Vec::new(), most: arguments.sample, below: u64::MAX };
    for days in days.chunks(DAYS_AT_A_TIME) {
        let outputs = Partitions::Days(days.iter().copied().collect());
        let mut batches = engine.run(&plan.queries, query, &tables, &outputs, plan.as_of).await?;
        while let Some(batch) = batches.next().await {
            let batch = batch.map_err(|source| MetricsError::Failed {
                query: query.contract.name.clone(),
                source: Box::new(source),
            })?;
            chosen.take(&batch)?;
        }
    }
    let rows = chosen.finish();
    let issues = if plan.models.foreign.is_some() {
        labels(plan, &engine, tables, &rows).await?
    } else {
        vec![None; rows.len()]
    };
    Ok(Contacts { turns: rows.into_iter().map(|(_, turns)| turns).collect(), issues })
}

/// The contacts whose hashes are the least: place in that order, and what was said.
struct Chosen {
    rows: Vec<(u64, String)>,
    most: usize,
    /// Contacts from this place on are too many.
    below: u64,
}

impl Chosen {
    fn take(&mut self, batch: &RecordBatch) -> anyhow::Result<()> {
        let text = |name| anyhow::Ok(cast(batch.column_by_name(name).context(name)?, &DataType::Utf8)?);
        let (ids, turns) = (text("contact_id")?, text("turns")?);
        let said = ids.as_string::<i32>().iter().zip(turns.as_string::<i32>());
        self.rows.extend(said.filter_map(|(id, turns)| {
            let turns = turns.filter(|turns| turns.chars().nth(LEAST_CHARACTERS - 1).is_some())?;
            let place = place(id?);
            (place < self.below).then(|| (place, turns.to_owned()))
        }));
        if self.rows.len() >= self.most.saturating_add(self.most / 4) {
            self.cut();
            self.below = self.rows.get(self.most.saturating_sub(1)).map_or(u64::MAX, |row| row.0);
        }
        Ok(())
    }

    /// A contact of more than a day may come twice, once from the days to either side of a cut: it counts once.
    fn cut(&mut self) {
        self.rows.sort_unstable();
        self.rows.dedup_by_key(|row| row.0);
        self.rows.truncate(self.most);
    }

    fn finish(mut self) -> Vec<(u64, String)> {
        self.cut();
        self.rows
    }
}

/// The place of a contact in the order of hashes.
fn place(id: &str) -> u64 {
    Sha256::digest(id).first_chunk().copied().map_or(0, u64::from_be_bytes)
}

/// The issue that each of the chosen contacts has now, people's own word apart.
async fn labels(
    plan: &RunPlan,
    engine: &Engine,
    mut tables: BTreeMap<String, TableVersion>,
    rows: &[(u64, String)],
) -> anyhow::Result<Vec<Option<String>>> {
    let mut labels = vec![None; rows.len()];
    let Some(spec) = plan.queries.get("label_contact").map(|query| query.contract.table()) else {
        return Ok(labels);
    };
    let Some(version) = plan.lake.version(&spec, None).await? else { return Ok(labels) };
    tables.insert(spec.name, version);
    let statement =
        "select contact_id, issue_id from label_contact where not is_given and issue_id is not null";
    let (_, batches) = engine.select(&plan.queries, &tables, statement, plan.as_of).await?;
    for batch in batches {
        let columns = batch.columns().iter().map(|column| cast(column, &DataType::Utf8));
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        let [ids, issues] = [0, 1].map(|column: usize| columns[column].as_string::<i32>().iter().flatten());
        for (id, issue) in ids.zip(issues) {
            if let Ok(row) = rows.binary_search_by_key(&place(id), |row| row.0) {
                labels[row] = Some(issue.to_owned());
            }
        }
    }
    Ok(labels)
}
