//! `refrain issues`: fit issues on the contacts of the lake, and look at the fitted ones.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Context;
use arrow::array::AsArray;
use clap::{Args, Subcommand};
use comfy_table::{Cell, Table, presets::UTF8_BORDERS_ONLY};
use refrain_text::{Issue, IssueSet, LanguageDetector};

use crate::build;
use crate::cli::Common;
use crate::config::ConfigError;
use crate::models::{ISSUE_FILES, ISSUE_FOLDER};
use crate::plan::RunPlan;
use crate::progress::Stage;

mod cluster;

/// What can be done with issues.
#[derive(Subcommand)]
pub enum Command {
    /// Fit issues on the customers' words in the lake and write them to the models folder
    Fit(Fit),
    /// Cluster the texts of any CSV or NDJSON file, and print one line per row
    Cluster(cluster::Cluster),
    /// List the fitted issues
    List(Common),
    /// Show one issue: its terms, examples and threshold
    Show {
        #[command(flatten)]
        common: Common,
        /// The issue's id, or the beginning of it
        id: String,
    },
}

/// Arguments of `fit`.
#[derive(Args)]
pub struct Fit {
    #[command(flatten)]
    common: Common,
    /// At most so many contacts are read, chosen evenly by a hash of their id
    #[arg(long, default_value_t = 60_000, value_name = "N")]
    sample: usize,
}

/// Runs a command on issues.
pub async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Fit(fit) => self::fit(&fit).await,
        Command::Cluster(arguments) => cluster::run(&arguments),
        Command::List(common) => list(&RunPlan::resolve(&common)?),
        Command::Show { common, id } => show(&RunPlan::resolve(&common)?, &id),
    }
}

/// The customers' first two turns, a contact a row, as `label_contact` reads them. `md5` of the id is an even and repeatable choice.
const TEXTS: &str = "
    select contact_id, text from (
        select contact_id, substr(string_agg(text, ' ' order by place), 1, 2000) as text
        from (
            select leg.contact_id, turn.text,
                row_number() over (partition by leg.contact_id order by turn.leg_id, turn.turn_index, turn.turn_id) as place
            from (select leg_id, turn_index, turn_id, max(text) as text from raw_turn where speaker = 'customer'
                  group by leg_id, turn_index, turn_id) as turn
            inner join (select leg_id, min(contact_id) as contact_id from raw_leg group by leg_id) as leg
                on leg.leg_id = turn.leg_id
        )
        where place <= 2
        group by contact_id
    )
    where length(text) >= 20
    order by md5(contact_id), contact_id
    limit ";

async fn fit(arguments: &Fit) -> anyhow::Result<()> {
    let plan = RunPlan::resolve(&arguments.common)?;
    let engine = plan.engine()?;
    let stage = Stage::start("fit", 3);
    stage.step("read the customers' words");
    let tables = build::raw_tables(&plan.lake).await?;
    let statement = format!("{TEXTS}{}", arguments.sample);
    let (_, batches) = engine.select(&plan.queries, &tables, &statement, plan.as_of).await?;
    let mut texts = Vec::new();
    for batch in &batches {
        let column = arrow::compute::cast(batch.column(1), &arrow::datatypes::DataType::Utf8)?;
        texts.extend(column.as_string::<i32>().iter().flatten().map(str::to_owned));
    }
    if texts.len() < 100 {
        return Err(ConfigError::BadValue {
            key: "contacts with text in the lake".to_owned(),
            value: texts.len().to_string(),
            reason: "at least 100 are needed; run `refrain pull` first".to_owned(),
        }
        .into());
    }
    stage.step("cluster");
    let parameters = &plan.config.issues.clusters;
    let models = &plan.models;
    let mut issues =
        IssueSet::fit(&texts, &|text| language(&models.language, text), &models.embedding, parameters)
            .context("cluster")?;
    issues.embedding_hash.clone_from(&models.embedding_hash);
    stage.step("write");
    let (description, centroids) = issues.to_bytes()?;
    let folder = plan.models.folder.join(ISSUE_FOLDER);
    write_files(&folder, &[description, centroids])?;
    let seconds = stage.finish();
    tracing::info!(stage = "fit", texts = texts.len(), issues = issues.issues.len(), seconds);
    writeln!(
        std::io::stdout(),
        "fitted {} issues on {} contacts in {seconds:.1} s: {}",
        issues.issues.len(),
        texts.len(),
        folder.display()
    )?;
    Ok(())
}

/// Writes a model beside the old one and then puts it in its place, so that no run reads half of it.
#[expect(
    clippy::disallowed_methods,
    reason = "models are files beside the configuration, not tables of the lake"
)]
fn write_files(folder: &std::path::Path, contents: &[Vec<u8>; 2]) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    let partial = |name: &str| folder.join(format!("{name}.partial"));
    for (name, bytes) in ISSUE_FILES.iter().zip(contents) {
        std::fs::write(partial(name), bytes).with_context(|| format!("write {name}"))?;
    }
    for name in ISSUE_FILES {
        std::fs::rename(partial(name), folder.join(name)).with_context(|| format!("put {name} in place"))?;
    }
    Ok(())
}

/// The language of a text, or nothing.
fn language(detector: &LanguageDetector, text: &str) -> String {
    detector.detect(text).map_or_else(String::new, |found| found.language.to_owned())
}

fn fitted(plan: &RunPlan) -> anyhow::Result<&IssueSet> {
    let issues = plan.models.issues.as_ref().ok_or_else(|| ConfigError::BadValue {
        key: "models".to_owned(),
        value: plan.models.folder.display().to_string(),
        reason: "which holds no issues yet; `refrain issues fit` makes them".to_owned(),
    })?;
    Ok(issues)
}

fn list(plan: &RunPlan) -> anyhow::Result<()> {
    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY).set_header(["issue", "texts", "languages", "name"]);
    for issue in &fitted(plan)?.issues {
        let languages = issue.terms.keys().cloned().collect::<Vec<_>>().join(" ");
        table.add_row([
            Cell::new(&issue.id),
            Cell::new(issue.size),
            Cell::new(languages),
            Cell::new(&issue.name),
        ]);
    }
    writeln!(std::io::stdout(), "{table}")?;
    Ok(())
}

fn show(plan: &RunPlan, id: &str) -> anyhow::Result<()> {
    let issues: Vec<&Issue> = fitted(plan)?.issues.iter().filter(|issue| issue.id.starts_with(id)).collect();
    let [issue] = issues.as_slice() else {
        return Err(ConfigError::BadValue {
            key: "issue".to_owned(),
            value: id.to_owned(),
            reason: format!(
                "which is the beginning of {} issues; `refrain issues list` has them",
                issues.len()
            ),
        }
        .into());
    };
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}  {}", issue.id, issue.name)?;
    writeln!(
        out,
        "fitted on {} texts; a contact belongs to it from cosine {:.3}",
        issue.size, issue.threshold
    )?;
    let terms: &BTreeMap<String, Vec<String>> = &issue.terms;
    for (language, terms) in terms {
        writeln!(out, "{language:>8}  {}", terms.join(", "))?;
    }
    for example in &issue.examples {
        writeln!(out, "  “{example}”")?;
    }
    Ok(())
}
