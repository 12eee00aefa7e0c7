//! What people decided about issues: names, merges, splits, locks, rules. It outlives every refit.
//!
//! In: a small TOML file, read top to bottom. Out: the edits, checked. An edit names issues by their permanent ids and says
//! what it means in texts, never in vectors, so it holds for any fit and any encoder. Applying them is in `model.rs`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::TextError;

#[cfg(test)]
mod tests;

/// The layout version that is written.
const VERSION: u32 = 1;

/// All edits, the oldest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edits {
    /// Version of the layout.
    pub version: u32,
    /// The edits; a later one wins over an earlier one.
    #[serde(default, rename = "edit")]
    pub edits: Vec<Edit>,
}

impl Default for Edits {
    fn default() -> Self {
        Self { version: VERSION, edits: Vec::new() }
    }
}

/// One decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Edit {
    /// Gives an issue a name.
    Rename {
        /// The issue's id.
        issue: String,
        /// The name.
        name: String,
    },
    /// Counts the contacts of one issue to another.
    Merge {
        /// The issue that is no more.
        issue: String,
        /// The issue that takes its contacts.
        into: String,
    },
    /// Deals the contacts of an issue out to parts, each to the part whose examples are nearest.
    Split {
        /// The issue that is no more.
        issue: String,
        /// At least two.
        into: Vec<Part>,
    },
    /// Keeps an issue through refits, whatever clusters they find.
    Lock {
        /// The issue's id.
        issue: String,
        /// Off takes an earlier lock away.
        on: bool,
    },
    /// Takes an issue for no issue at all: small talk, a test.
    Hide {
        /// The issue's id.
        issue: String,
        /// Off takes an earlier hiding away.
        on: bool,
    },
    /// Makes an issue of people's own, or adds to it. What matches wins over what was fitted.
    Rule {
        /// The issue's id.
        issue: String,
        /// Its name.
        name: String,
        /// Words that a problem statement must hold, whole and in any case.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        phrases: Vec<String>,
        /// Regular expressions, in any case.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        patterns: Vec<String>,
        /// Texts that a problem statement must be near to in meaning, nearer than to any other issue.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        examples: Vec<String>,
    },
}

/// A part of a split issue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The new issue's id.
    pub issue: String,
    /// Its name.
    pub name: String,
    /// Texts that are typical of it.
    pub examples: Vec<String>,
}

impl Edits {
    /// Reads and checks the file.
    ///
    /// # Errors
    /// When it is not the TOML we expect, a pattern is no regular expression, a merge runs in a circle, a split has fewer
    /// than two parts, or a part or rule has nothing to go by.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let edits: Self =
            toml::from_str(text).map_err(|source| TextError::EditsFile { source: Box::new(source) })?;
        if edits.version != VERSION {
            return Err(bad(format!("version must be {VERSION}, found {}", edits.version)));
        }
        edits.check()?;
        Ok(edits)
    }

    /// The file's text.
    ///
    /// # Errors
    /// When it cannot be written as TOML.
    pub fn to_text(&self) -> Result<String, TextError> {
        let head = "# What people decided about issues. `refrain issues` writes it; it may be edited by hand, and is read\n\
                    # from top to bottom. It holds for all history and outlives every refit.\n\n";
        let body = toml::to_string(self).map_err(|source| bad(format!("cannot be written: {source}")))?;
        Ok(format!("{head}{body}"))
    }

    /// Checks the edits among themselves.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn check(&self) -> Result<(), TextError> {
        for edit in &self.edits {
            match edit {
                Edit::Split { issue, into }
                    if into.len() < 2 || into.iter().any(|part| part.examples.is_empty()) =>
                {
                    return Err(bad(format!(
                        "the split of {issue} needs two parts or more, each with an example"
                    )));
                }
                Edit::Rule { issue, phrases, patterns, examples, .. }
                    if phrases.is_empty() && patterns.is_empty() && examples.is_empty() =>
                {
                    return Err(bad(format!("the rule of {issue} has no phrase, pattern or example")));
                }
                Edit::Rule { issue, phrases, patterns, .. } => {
                    if phrases.iter().any(|phrase| !phrase.chars().any(char::is_alphanumeric)) {
                        return Err(bad(format!("a phrase of {issue} has no letter")));
                    }
                    self::patterns(patterns)
                        .map_err(|reason| bad(format!("a pattern of {issue}: {reason}")))?;
                }
                _ => {}
            }
        }
        self.merged().map(|_| ())
    }

    /// Where each merged issue's contacts go in the end.
    ///
    /// # Errors
    /// When merges run in a circle.
    pub fn merged(&self) -> Result<BTreeMap<&str, &str>, TextError> {
        let mut into: BTreeMap<&str, &str> = BTreeMap::new();
        for edit in &self.edits {
            if let Edit::Merge { issue, into: target } = edit {
                into.insert(issue, target);
            }
        }
        let mut ends = BTreeMap::new();
        for &issue in into.keys() {
            let mut end = issue;
            for _ in 0..=into.len() {
                let Some(next) = into.get(end) else { break };
                end = next;
            }
            if into.contains_key(end) {
                return Err(bad(format!("the merges of {issue} run in a circle")));
            }
            ends.insert(issue, end);
        }
        Ok(ends)
    }

    /// The issues that are locked.
    pub fn locked(&self) -> BTreeSet<String> {
        let mut locked = BTreeSet::new();
        for edit in &self.edits {
            match edit {
                Edit::Lock { issue, on: true } => locked.insert(issue.clone()),
                Edit::Lock { issue, on: false } => locked.remove(issue),
                _ => false,
            };
        }
        locked
    }

    /// The issues that count as none.
    pub fn hidden(&self) -> BTreeSet<&str> {
        let mut hidden = BTreeSet::new();
        for edit in &self.edits {
            match edit {
                Edit::Hide { issue, on: true } => hidden.insert(issue.as_str()),
                Edit::Hide { issue, on: false } => hidden.remove(issue.as_str()),
                _ => false,
            };
        }
        hidden
    }

    /// The names that people gave, the last of each issue.
    pub fn names(&self) -> BTreeMap<&str, &str> {
        let mut names = BTreeMap::new();
        for edit in &self.edits {
            match edit {
                Edit::Rename { issue, name } | Edit::Rule { issue, name, .. } => {
                    names.insert(issue.as_str(), name.as_str());
                }
                Edit::Split { into, .. } => {
                    names.extend(into.iter().map(|part| (part.issue.as_str(), part.name.as_str())));
                }
                _ => {}
            }
        }
        names
    }
}

/// Regular expressions that ignore case; the error has no text of a customer, patterns are the user's own.
pub(super) fn patterns(patterns: &[String]) -> Result<Vec<regex::Regex>, String> {
    patterns
        .iter()
        .map(|pattern| {
            regex::RegexBuilder::new(pattern)
                .case_insensitive(true)
                .build()
                .map_err(|error| error.to_string())
        })
        .collect()
}

fn bad(reason: String) -> TextError {
    TextError::Parameter { name: "edits of issues", reason }
}
