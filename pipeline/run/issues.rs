//! `refrain issues`: fit issues on the contacts of the lake, look at them, decide about them.

use std::collections::BTreeMap;
use std::io::Write;

use clap::{Args, Subcommand};
use comfy_table::{Cell, Table, presets::UTF8_BORDERS_ONLY};
use refrain_record::calendar::date_of;
use refrain_text::{Issue, KnownIssue, LanguageDetector};

use crate::cli::Common;
use crate::config::ConfigError;
use crate::models::Models;
use crate::plan::RunPlan;

mod cluster;
mod edit;
mod files;
mod fit;

/// What can be done with issues.
#[derive(Subcommand)]
pub enum Command {
    /// Fit issues on what customers said, for contacts from now on; those that go on keep their ids
    Fit(fit::Fit),
    /// Let the newest issues hold for all history, with the next run
    Relabel(Common),
    /// Cluster the texts of any CSV or NDJSON file, and print one line per row
    Cluster(cluster::Cluster),
    /// List the issues, each below its parent
    List(Common),
    /// Show one issue: its terms, quotes, threshold and history
    Show(One),
    /// What each fit found: issues born, split, merged, retired
    History(Common),
    /// Give an issue a name of your own
    Rename {
        #[command(flatten)]
        one: One,
        /// The name
        name: String,
    },
    /// Count the contacts of an issue to another one
    Merge {
        #[command(flatten)]
        one: One,
        /// The issue that takes them
        into: String,
    },
    /// Deal the contacts of an issue out to parts, by the nearest example
    Split {
        #[command(flatten)]
        one: One,
        /// A part: its name, =, and a typical text; give two or more, and a name again for further texts
        #[arg(long = "part", value_name = "NAME=TEXT", required = true)]
        parts: Vec<String>,
    },
    /// Keep an issue through refits
    Lock(Switch),
    /// Take an issue for none: small talk, a test
    Hide(Switch),
    /// Make an issue of your own, or add to it, from phrases, patterns or examples
    Rule(edit::Rule),
}

/// One issue.
#[derive(Args)]
pub struct One {
    #[command(flatten)]
    common: Common,
    /// The issue's id, or the beginning of it
    issue: String,
}

/// Something that is on or off.
#[derive(Args)]
pub struct Switch {
    #[command(flatten)]
    one: One,
    /// Take it back
    #[arg(long)]
    off: bool,
}

/// Runs a command on issues.
pub async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Fit(fit) => fit::run(&fit).await,
        Command::Relabel(common) => fit::relabel(&RunPlan::resolve(&common)?),
        Command::Cluster(arguments) => cluster::run(&arguments),
        Command::List(common) => list(&RunPlan::resolve(&common)?.models),
        Command::Show(one) => show(&RunPlan::resolve(&one.common)?.models, &one.issue),
        Command::History(common) => history(&RunPlan::resolve(&common)?.models),
        Command::Rename { one, name } => edit::rename(&one, &name),
        Command::Merge { one, into } => edit::merge(&one, &into),
        Command::Split { one, parts } => edit::split(&one, &parts),
        Command::Lock(switch) => edit::lock(&switch.one, !switch.off),
        Command::Hide(switch) => edit::hide(&switch.one, !switch.off),
        Command::Rule(rule) => edit::rule(&rule),
    }
}

/// The language of a text, or nothing.
fn language(detector: &LanguageDetector, text: &str) -> String {
    detector.detect(text).map_or_else(String::new, |found| found.language.to_owned())
}

/// The one issue that an id, or its beginning, means.
fn one<'a>(models: &'a Models, id: &str) -> Result<&'a KnownIssue, ConfigError> {
    let found: Vec<&KnownIssue> = models.issues.known().filter(|issue| issue.id.starts_with(id)).collect();
    if let Some(exact) = found.iter().find(|issue| issue.id == id) {
        return Ok(exact);
    }
    let [issue] = found.as_slice() else {
        let reason = match models.issues.known().next() {
            None => "and there are no issues yet; `refrain issues fit` finds them".to_owned(),
            Some(_) => {
                format!("which is the beginning of {} issues; `refrain issues list` has them", found.len())
            }
        };
        return Err(ConfigError::BadValue { key: "issue".to_owned(), value: id.to_owned(), reason });
    };
    Ok(issue)
}

/// What an issue's contacts count to, in words; nothing when that is itself.
fn standing(models: &Models, id: &str) -> String {
    let mut words = Vec::new();
    match models.issues.target(id) {
        None => words.push("hidden".to_owned()),
        Some(target) if target.id != id => words.push(format!("merged into {}", target.id)),
        Some(_) => {}
    }
    if models.issues.edits().locked().contains(id) {
        words.push("locked".to_owned());
    }
    words.join(", ")
}

fn list(models: &Models) -> anyhow::Result<()> {
    let fitted: BTreeMap<&str, &Issue> = models
        .issues
        .newest()
        .map(|set| set.issues.iter().map(|issue| (issue.id.as_str(), issue)).collect())
        .unwrap_or_default();
    let size = |issue: &KnownIssue| fitted.get(issue.id.as_str()).map_or(0, |fitted| fitted.size);
    let mut families: BTreeMap<&str, (u64, Vec<&KnownIssue>)> = BTreeMap::new();
    for issue in models.issues.known() {
        let family = families.entry(issue.parent_id.as_deref().unwrap_or(&issue.id)).or_default();
        family.0 += size(issue);
        family.1.push(issue);
    }
    let mut families: Vec<(u64, Vec<&KnownIssue>)> = families.into_values().collect();
    families.sort_by_key(|(size, issues)| (std::cmp::Reverse(*size), issues[0].id.clone()));
    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY).set_header(["issue", "texts", "languages", "name", "standing"]);
    for (family_size, mut issues) in families {
        issues.sort_by_key(|issue| (std::cmp::Reverse(size(issue)), issue.id.clone()));
        let parent =
            issues.first().and_then(|issue| Some((issue.parent_id.clone()?, issue.parent_name.clone()?)));
        let indent = if parent.is_some() { "  " } else { "" };
        if let Some((id, name)) = parent {
            table.add_row([Cell::new(id), Cell::new(family_size), Cell::new(""), Cell::new(name)]);
        }
        for issue in issues {
            let languages = fitted.get(issue.id.as_str()).map_or(0, |fitted| fitted.terms.len());
            table.add_row([
                Cell::new(format!("{indent}{}", issue.id)),
                Cell::new(size(issue)),
                Cell::new(languages),
                Cell::new(format!("{indent}{}", issue.name)),
                Cell::new(standing(models, &issue.id)),
            ]);
        }
    }
    writeln!(std::io::stdout(), "{table}")?;
    Ok(())
}

fn show(models: &Models, id: &str) -> anyhow::Result<()> {
    let known = one(models, id)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}  {}", known.id, known.name)?;
    if let (Some(id), Some(name)) = (&known.parent_id, &known.parent_name) {
        writeln!(out, "part of {id}  {name}")?;
    }
    let standing = standing(models, &known.id);
    if !standing.is_empty() {
        writeln!(out, "{standing}")?;
    }
    let newest = models.issues.newest();
    if let Some(issue) = newest.and_then(|set| set.issues.iter().find(|issue| issue.id == known.id)) {
        writeln!(
            out,
            "fitted on {} texts; a contact belongs to it from certainty {:.3}",
            issue.size, issue.threshold
        )?;
        for (language, terms) in &issue.terms {
            writeln!(out, "{language:>8}  {}", terms.join(", "))?;
        }
        for (language, quote) in &issue.quotes {
            writeln!(out, "{language:>8}  “{quote}”")?;
        }
    }
    for event in models.history.events.iter().filter(|event| event.issue == known.id) {
        writeln!(out, "{}", sentence(event))?;
    }
    Ok(())
}

fn history(models: &Models) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    for event in &models.history.events {
        writeln!(out, "{}", sentence(event))?;
    }
    for set in &models.history.sets {
        let from = set.from.map_or_else(|| "the beginning".to_owned(), |day| date_of(day).to_string());
        writeln!(out, "set {} labels contacts from {from} on", set.folder)?;
    }
    Ok(())
}

fn sentence(event: &refrain_text::IssueEvent) -> String {
    let day = date_of(event.day);
    let other = event.other.as_deref().unwrap_or_default();
    let change = match event.change {
        refrain_text::IssueChange::Born => "was born".to_owned(),
        refrain_text::IssueChange::Split => format!("split off from {other}"),
        refrain_text::IssueChange::Merged => format!("merged into {other}"),
        refrain_text::IssueChange::Retired => "retired".to_owned(),
    };
    format!("{day}  {} {change}: {}", event.issue, event.name)
}
