//! A synthetic cross-border support operation, written as its vendors would deliver it, with its truth.
//!
//! In: a size, a window, a seed. Out: files of five sources by delivery day, and beside them what
//! really happened and what was planted. The generator streams: it holds the contacts that will come
//! back or be delivered in the next days, never the past. It reads no clock and no file.

mod behaviour;
mod bytes;
mod calendar;
mod catalogue;
mod contact;
mod conversation;
mod files;
mod operation;
mod people;
mod personal;
mod phrases;
mod plan;
mod random;
mod truth;
mod vendors;

use std::path::{Path, PathBuf};

use jiff::civil::Date;

pub use crate::phrases::Phrases;

/// Most contacts that one sample may have.
pub const MAX_CONTACT_COUNT: u64 = 100_000_000;

/// What to generate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleParameters {
    /// Contacts in the whole window, follow-ups and redials included (met within 3 %).
    pub contact_count: u64,
    /// Length of the window in weeks.
    pub weeks: u32,
    /// The day after the last one; the planted weeks are counted from the window's first day.
    pub until: Date,
    /// Another seed is another operation.
    pub seed: u64,
    /// Which half of the phrase books the texts are made of.
    pub phrases: Phrases,
    /// Whether the files of the sources are compressed (`.gz`); the truth is not.
    pub compress: bool,
    /// Whether `truth/given-labels.csv` is written.
    pub write_labels: bool,
    /// Write only the deliveries of this many first days. `contact_count` stays that of the whole window.
    pub days: Option<u32>,
}

impl Default for SampleParameters {
    fn default() -> Self {
        Self {
            contact_count: 3_000,
            weeks: 10,
            until: jiff::civil::date(2026, 11, 23),
            seed: 1,
            phrases: Phrases::Train,
            compress: false,
            write_labels: false,
            days: None,
        }
    }
}

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Contacts, each a row of the truth.
    pub contact_count: u64,
    /// Their legs.
    pub leg_count: u64,
    /// Orders placed.
    pub order_count: u64,
    /// Personal values planted in texts.
    pub personal_count: u64,
    /// Files of the sources.
    pub file_count: u64,
    /// Bytes of the sources' files, as they lie on disk.
    pub byte_count: u64,
    /// Days written.
    pub day_count: u32,
}

/// Why a sample could not be generated.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The window is empty, too long or before 1970.
    #[error("a window of {weeks} weeks until {until} cannot be generated")]
    Window {
        /// Length asked for.
        weeks: u32,
        /// End asked for.
        until: Date,
    },
    /// No contacts, or more than [`MAX_CONTACT_COUNT`].
    #[error("{contact_count} contacts were asked for, 1 to {most} are possible")]
    ContactCount {
        /// Contacts asked for.
        contact_count: u64,
        /// Most that are possible.
        most: u64,
    },
    /// The time zone database lacks a site's zone.
    #[error("time zone {zone} is not known")]
    ZoneMissing {
        /// IANA name.
        zone: &'static str,
        /// What the database said.
        #[source]
        source: jiff::Error,
    },
    /// A phrase book is not valid TOML of the expected layout.
    #[error("phrase book {language} cannot be read")]
    PhraseBookSyntax {
        /// BCP-47 tag of the file.
        language: &'static str,
        /// The parser's position and reason.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A phrase book is filed under another language.
    #[error("phrase book {language} says that its language is {found}")]
    PhraseBookLanguage {
        /// BCP-47 tag of the file.
        language: &'static str,
        /// What the file says.
        found: String,
    },
    /// A list of a phrase book is missing or empty.
    #[error("phrase book {language} has no phrases under [{section}] {key}")]
    PhraseMissing {
        /// BCP-47 tag of the file.
        language: &'static str,
        /// TOML table.
        section: String,
        /// List within it.
        key: String,
    },
    /// A phrase has an unknown or unclosed slot.
    #[error("phrase book {language} has an unknown slot under [{section}] {key}, phrase {position}")]
    PhraseSlot {
        /// BCP-47 tag of the file.
        language: &'static str,
        /// TOML table.
        section: String,
        /// List within it.
        key: String,
        /// Position in the list, from 0.
        position: usize,
    },
    /// A statement stands in both halves.
    #[error("phrase book {language} repeats a statement of the other half under [{section}] {key}")]
    PhraseShared {
        /// BCP-47 tag of the file.
        language: &'static str,
        /// TOML table.
        section: String,
        /// List within it.
        key: String,
    },
    /// A file could not be written.
    #[error("cannot write {}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The truth's Parquet file could not be written.
    #[error("cannot write the truth to {}", .path.display())]
    Truth {
        /// The file.
        path: PathBuf,
        /// What the writer said.
        #[source]
        source: Box<parquet::errors::ParquetError>,
    },
}

/// Generates a sample into a folder, which is created when missing.
///
/// `progress` is told the number of contacts so far after each simulated hour.
///
/// # Errors
/// [`SampleError`], each with the parameter, phrase book or file that it is about.
///
/// # Determinism
/// The same parameters give the same bytes on one platform. With `days`, the files of the sources are
/// the same as those of the first days of the whole; the truth holds the contacts of these days.
pub fn generate(
    parameters: &SampleParameters,
    out: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<Summary, SampleError> {
    let contact_count = parameters.contact_count;
    if contact_count == 0 || contact_count > MAX_CONTACT_COUNT {
        return Err(SampleError::ContactCount { contact_count, most: MAX_CONTACT_COUNT });
    }
    let books = phrases::books(parameters.phrases)?;
    let plan = plan::Plan::new(parameters)?;
    let written_until = match parameters.days {
        Some(days) => plan.end_day.min(plan.first_day + i64::from(days)),
        None => plan.end_day,
    };
    let mut summary = Summary::default();
    summary.byte_count += vendors::shop::write_products(out, parameters.compress)?;
    summary.file_count += 1;
    let mut truth = truth::Truth::create(out, written_until * calendar::DAY, parameters.write_labels)?;
    let mut operation = operation::Operation::new(&plan, &books);
    for day in plan.first_day..written_until {
        operation.run_day(day, out, parameters.compress, &mut truth, &mut summary, progress)?;
        summary.day_count += 1;
    }
    summary.personal_count = truth.finish(out, &plan, operation.planted())?;
    Ok(summary)
}

#[cfg(test)]
mod tests;
