//! What people decide about issues: `rename`, `merge`, `split`, `lock`, `hide`, `rule`.
//!
//! Each adds to `edits.toml` in the folder of the issues and takes effect, for all history, with the next run.

use std::collections::BTreeSet;
use std::io::Write;

use clap::Args;
use refrain_text::{Edit, Part, new_issue_id};

use super::{One, files, one};
use crate::cli::Common;
use crate::config::ConfigError;
use crate::models::Models;
use crate::plan::RunPlan;

/// Arguments of `rule`.
#[derive(Args)]
pub struct Rule {
    #[command(flatten)]
    common: Common,
    /// The issue's name; a rule that has it already is added to
    name: String,
    /// An issue that is there, to which what matches is to count
    #[arg(long, value_name = "ID")]
    issue: Option<String>,
    /// Words that must stand in the problem statement, whole and in any case
    #[arg(long = "phrase", value_name = "WORDS")]
    phrases: Vec<String>,
    /// A regular expression, in any case
    #[arg(long = "pattern", value_name = "REGEX")]
    patterns: Vec<String>,
    /// A text that the problem statement must be near to in meaning, in whatever language
    #[arg(long = "example", value_name = "TEXT")]
    examples: Vec<String>,
}

/// Gives an issue a name.
pub fn rename(arguments: &One, name: &str) -> anyhow::Result<()> {
    let plan = RunPlan::resolve(&arguments.common)?;
    let issue = one(&plan.models, &arguments.issue)?.id.clone();
    let message = format!("{issue} is named {name}");
    add(&plan.models, Edit::Rename { issue, name: name.to_owned() }, &message)
}

/// Counts an issue's contacts to another.
pub fn merge(arguments: &One, into: &str) -> anyhow::Result<()> {
    let plan = RunPlan::resolve(&arguments.common)?;
    let issue = one(&plan.models, &arguments.issue)?.id.clone();
    let into = one(&plan.models, into)?.id.clone();
    let message = format!("contacts of {issue} count to {into}");
    add(&plan.models, Edit::Merge { issue, into }, &message)
}

/// Deals an issue's contacts out to parts.
pub fn split(arguments: &One, parts: &[String]) -> anyhow::Result<()> {
    let plan = RunPlan::resolve(&arguments.common)?;
    let issue = one(&plan.models, &arguments.issue)?.id.clone();
    let mut used = used_ids(&plan.models);
    let mut into: Vec<Part> = Vec::new();
    for part in parts {
        let (name, example) = part.split_once('=').ok_or_else(|| ConfigError::BadValue {
            key: "part".to_owned(),
            value: part.clone(),
            reason: "write a name, = and a typical text".to_owned(),
        })?;
        let (name, example) = (name.trim().to_owned(), example.trim().to_owned());
        match into.iter_mut().find(|part| part.name == name) {
            Some(part) => part.examples.push(example),
            None => into.push(Part {
                issue: new_issue_id(&format!("{issue}{name}"), &mut used),
                name,
                examples: vec![example],
            }),
        }
    }
    let ids =
        into.iter().map(|part| format!("{} ({})", part.issue, part.name)).collect::<Vec<_>>().join(", ");
    let message = format!("contacts of {issue} are dealt out to {ids}");
    add(&plan.models, Edit::Split { issue, into }, &message)
}

/// Keeps an issue through refits.
pub fn lock(arguments: &One, on: bool) -> anyhow::Result<()> {
    let plan = RunPlan::resolve(&arguments.common)?;
    let issue = one(&plan.models, &arguments.issue)?.id.clone();
    let message =
        if on { format!("{issue} stays through refits") } else { format!("{issue} is left to refits") };
    add(&plan.models, Edit::Lock { issue, on }, &message)
}

/// Takes an issue for none.
pub fn hide(arguments: &One, on: bool) -> anyhow::Result<()> {
    let plan = RunPlan::resolve(&arguments.common)?;
    let issue = one(&plan.models, &arguments.issue)?.id.clone();
    let message =
        if on { format!("contacts of {issue} have no issue") } else { format!("{issue} counts again") };
    add(&plan.models, Edit::Hide { issue, on }, &message)
}

/// Makes an issue of people's own.
pub fn rule(arguments: &Rule) -> anyhow::Result<()> {
    let plan = RunPlan::resolve(&arguments.common)?;
    let models = &plan.models;
    let same_name = |edit: &Edit| match edit {
        Edit::Rule { issue, name, .. } if *name == arguments.name => Some(issue.clone()),
        _ => None,
    };
    let issue = match &arguments.issue {
        Some(id) => one(models, id)?.id.clone(),
        None => models
            .issues
            .edits()
            .edits
            .iter()
            .find_map(same_name)
            .unwrap_or_else(|| new_issue_id(&arguments.name, &mut used_ids(models))),
    };
    let edit = Edit::Rule {
        issue: issue.clone(),
        name: arguments.name.clone(),
        phrases: arguments.phrases.clone(),
        patterns: arguments.patterns.clone(),
        examples: arguments.examples.clone(),
    };
    add(models, edit, &format!("{issue} ({}) takes what matches", arguments.name))
}

fn used_ids(models: &Models) -> BTreeSet<String> {
    let known = models.issues.known().map(|issue| issue.id.clone());
    known.chain(models.history.ids().into_iter().map(str::to_owned)).collect()
}

/// Adds an edit, checks the whole, and writes it.
fn add(models: &Models, edit: Edit, message: &str) -> anyhow::Result<()> {
    let mut edits = models.issues.edits().clone();
    edits.edits.push(edit);
    edits.check()?;
    files::write_edits(models, &edits)?;
    writeln!(std::io::stdout(), "{message}; the next run applies it to all history")?;
    Ok(())
}
