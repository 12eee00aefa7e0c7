//! `refrain issues fit` and `relabel`: a new set of issues, mapped to the ids of the one before.

use std::collections::{BTreeSet, HashMap};
use std::io::Write;

use anyhow::Context;
use arrow::array::{Array, AsArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use clap::Args;
use futures::StreamExt;
use rayon::prelude::*;
use refrain_record::calendar::{date_of, utc_day};
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

/// Reads contacts; a hash of the id is an even and repeatable choice. The engine neither sorts nor cuts, and hands over a batch
/// at a time: it would hold all that they said while it does.
async fn read(plan: &RunPlan, arguments: &Fit) -> anyhow::Result<Contacts> {
    let engine = plan.engine()?;
    let mut tables = build::raw_tables(&plan.lake).await?;
    let labels = plan.queries.get("label_contact").map(|query| query.contract.table());
    let mut join = ("cast(null as text)", "");
    if plan.models.foreign.is_some()
        && let Some(spec) = labels
        && let Some(version) = plan.lake.version(&spec, None).await?
    {
        tables.insert(spec.name.clone(), version);
        join = (
            "label.issue_id",
            "left join (select contact_id, issue_id from label_contact where not is_given) as label \
             on label.contact_id = label_turns.contact_id",
        );
    }
    let last = utc_day(plan.as_of);
    let first = arguments
        .weeks
        .map(|weeks| format!(" and label_turns.contact_date >= date '{}'", date_of(last - 7 * weeks as i32)));
    let spoken = format!(
        "length(label_turns.turns) >= 20 and label_turns.contact_date < date '{}'{}",
        date_of(last),
        first.unwrap_or_default()
    );
    let count = format!("select count(*) from label_turns where {spoken}");
    let (_, counted) = engine.select(&plan.queries, &tables, &count, plan.as_of).await?;
    let count = counted.first().map_or(0, |batch| batch.column(0).as_primitive::<Int64Type>().value(0));
    let statement = format!(
        "select label_turns.contact_id, label_turns.turns, {} as issue_id \
         from label_turns {} where {spoken}{}",
        join.0,
        join.1,
        chosen(arguments.sample, count as usize)
    );
    let mut batches = engine.stream(&plan.queries, &tables, &statement, plan.as_of).await?;
    let mut rows = Vec::new();
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        let columns = batch.columns().iter().map(|column| cast(column, &DataType::Utf8));
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        let [ids, turns, issues] = [0, 1, 2].map(|column: usize| columns[column].as_string::<i32>());
        let text = |column: &StringArray, row| column.is_valid(row).then(|| column.value(row).to_owned());
        rows.extend((0..batch.num_rows()).filter_map(|row| {
            let place = Sha256::digest(ids.value(row)).first_chunk().copied().map(u64::from_be_bytes);
            Some((place, text(turns, row)?, text(issues, row)))
        }));
    }
    rows.sort_unstable();
    rows.truncate(arguments.sample);
    let (turns, issues) = rows.into_iter().map(|(_, turns, issue)| (turns, issue)).unzip();
    Ok(Contacts { turns, issues })
}

/// A condition that about `sample` of `count` contacts meet; none when all are wanted.
fn chosen(sample: usize, count: usize) -> String {
    if sample >= count {
        return String::new();
    }
    let below = (sample as f64 / count as f64 * f64::from(u32::MAX)) as u32;
    format!(" and substr(encode(sha256(label_turns.contact_id), 'hex'), 1, 8) < '{below:08x}'")
}
