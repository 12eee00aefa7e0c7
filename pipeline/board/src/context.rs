//! What a page says about its own run: when, from which sources, with which doubts.
//!
//! The caller fills it from the published run; nothing here is computed from the marts.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// What a page says about its own run.
#[derive(Debug, Clone)]
pub struct PageContext {
    /// Whose contacts these are; stands above the headline.
    pub organisation: String,
    /// The instant the run describes; decides which week is still running.
    pub as_of: Timestamp,
    /// Number of the published run, so that two printed pages can be told apart.
    pub run_number: i64,
    /// Zone in which weeks and days were cut. A loaded zone and not a name: finding a zone by name
    /// would read the zone database.
    pub reporting_zone: TimeZone,
    /// Findings of the checks that did not stop the run, one sentence each.
    pub warnings: Vec<String>,
    /// What became of every record read, by source.
    pub source_ledger: Vec<SourceLine>,
    /// Columns of the marts with their meanings, from the headers of the queries.
    pub glossary: Vec<(String, String)>,
}

/// What became of the records of one source: read = kept + merged + duplicate + rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLine {
    /// Name of the source in the configuration.
    pub source: String,
    /// Records read.
    pub read: i64,
    /// Records that became rows.
    pub kept: i64,
    /// Records folded into another row of the same delivery.
    pub merged: i64,
    /// Records delivered before.
    pub duplicate: i64,
    /// Records that could not be read.
    pub rejected: i64,
}

impl SourceLine {
    /// Records that are in none of the four groups; 0 unless rows were lost or doubled.
    pub fn difference(&self) -> i64 {
        let parts = [self.kept, self.merged, self.duplicate, self.rejected];
        parts.iter().fold(self.read, |rest, part| rest.saturating_sub(*part))
    }
}

impl PageContext {
    /// The meaning of a column, when the headers give one.
    pub(crate) fn meaning(&self, column: &str) -> &str {
        self.glossary.iter().find(|(name, _)| name == column).map_or("", |(_, meaning)| meaning.as_str())
    }
}
