//! The fits of issues: which set is in force on which day, and what became of every issue.
//!
//! In: JSON that only Refrain writes. Out: folders of sets with their first day, and the events of every fit. A set holds
//! from its day until the next one's, so a refit changes no label of an earlier day; ids that were given stay given.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::TextError;

#[cfg(test)]
mod tests;

/// The layout version that is written.
const VERSION: u32 = 1;

/// Days since 1970-01-01.
type EpochDay = i32;

/// All fits, the oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssueHistory {
    /// Version of the layout.
    pub version: u32,
    /// The sets in force, by their first day; the first has none and holds from the beginning.
    pub sets: Vec<SetInForce>,
    /// What each fit found, the oldest first.
    pub events: Vec<IssueEvent>,
}

/// One set and the contacts it holds for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetInForce {
    /// Its folder, a number.
    pub folder: String,
    /// The first day, UTC, of the contacts that it labels; none is the beginning.
    pub from: Option<EpochDay>,
}

/// What a fit did to an issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssueEvent {
    /// The day that the fit described, UTC.
    pub day: EpochDay,
    /// The issue.
    pub issue: String,
    /// Its name at that time.
    pub name: String,
    /// What happened.
    pub change: IssueChange,
    /// The issue it split off from, or was merged into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<String>,
}

/// What can happen to an issue in a fit. One that goes on unchanged has no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IssueChange {
    /// It was not there before.
    Born,
    /// It came out of another issue, which goes on.
    Split,
    /// It went into another issue.
    Merged,
    /// It has no cluster any more.
    Retired,
}

impl IssueChange {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Born => "born",
            Self::Split => "split",
            Self::Merged => "merged",
            Self::Retired => "retired",
        }
    }
}

impl Default for IssueHistory {
    fn default() -> Self {
        Self { version: VERSION, sets: Vec::new(), events: Vec::new() }
    }
}

impl IssueHistory {
    /// Reads the file.
    ///
    /// # Errors
    /// When it is not the JSON we expect, or its sets are not in order.
    pub fn from_bytes(json: &[u8]) -> Result<Self, TextError> {
        let history: Self = serde_json::from_slice(json)
            .map_err(|source| TextError::ModelJson { file: "history.json", source })?;
        let days: Vec<Option<EpochDay>> = history.sets.iter().map(|set| set.from).collect();
        if history.version != VERSION || days.first().is_some_and(Option::is_some) || !days.is_sorted() {
            return Err(TextError::Parameter {
                name: "history.json",
                reason: format!("must be of version {VERSION}, with sets in order of their days"),
            });
        }
        Ok(history)
    }

    /// The file's bytes.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>, TextError> {
        serde_json::to_vec_pretty(self)
            .map_err(|source| TextError::ModelJson { file: "history.json", source })
    }

    /// Puts a new set in force from a day on. Sets that would begin on or after it no longer hold.
    pub fn put(&mut self, folder: String, from: EpochDay) {
        self.sets.retain(|set| set.from.is_none_or(|day| day < from));
        let from = (!self.sets.is_empty()).then_some(from);
        self.sets.push(SetInForce { folder, from });
    }

    /// Lets the newest set hold for all history.
    pub fn relabel(&mut self) {
        if let Some(newest) = self.sets.pop() {
            self.sets = vec![SetInForce { from: None, ..newest }];
        }
    }

    /// A folder name that no set has.
    pub fn free_folder(&self) -> String {
        let highest = self.sets.iter().filter_map(|set| set.folder.parse::<u32>().ok()).max().unwrap_or(0);
        format!("{:04}", highest + 1)
    }

    /// Every id that a fit ever gave.
    pub fn ids(&self) -> BTreeSet<&str> {
        self.events.iter().map(|event| event.issue.as_str()).collect()
    }
}
