//! The door of intake: a file of a source goes in, a delivery comes out, whatever the file holds.
//!
//! In: [`SourceFile`]. Out: [`Delivery`]. What cannot be read becomes rejects, never an error; the
//! formats themselves are in their own files, and what all of them share about rows is in `legs.rs`.

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use bytes::Bytes;
use refrain_record::{Calendar, RejectReason, Table};

use crate::container::{self, MAXIMUM_INFLATED_BYTES, Member};
use crate::legs::Intake;
use crate::pseudonyms::Pseudonyms;
use crate::rows::{self, Origin, Reject};
use crate::source::{Format, Source};
use crate::{amazon_connect, asterisk, call_log_csv, contact_lens, given_labels, orders_csv, zendesk};

/// A file as it was delivered. Its `Debug` form shows nothing of the content.
#[derive(Clone)]
pub struct SourceFile {
    /// Path relative to the source's folder: what table `ledger` and every row name.
    pub path: String,
    /// Content, still compressed.
    pub bytes: Bytes,
}

impl std::fmt::Debug for SourceFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SourceFile({}, {} bytes)", self.path, self.bytes.len())
    }
}

/// What a file gave.
///
/// `read_count` = records kept + `merged_count` + `rejected_count`; the crate's documentation says
/// what a record is in each format.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// At most one batch per table, none empty, each with exactly the schema that `record` declares.
    pub tables: Vec<(Table, RecordBatch)>,
    /// Records the file held.
    pub read_count: i64,
    /// Records that say more of another record of the file, or nothing of any.
    pub merged_count: i64,
    /// Records that could not be kept; as many as rows of table `reject`.
    pub rejected_count: i64,
}

/// What intake needs to know to read the files of one source. Shared freely between threads.
pub struct Reader<'a> {
    /// The source.
    pub source: &'a Source,
    /// The reporting calendar.
    pub calendar: &'a Calendar,
    /// The pseudonyms of this lake.
    pub pseudonyms: &'a Pseudonyms,
    /// Takes personal values out of a text: the new text and how many values were taken out, or none
    /// when there is nothing to take out and the text may stand as it is.
    pub redact: &'a (dyn Fn(&str) -> Option<(String, i32)> + Send + Sync),
}

impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reader({})", self.source.name)
    }
}

/// One text inside a source file, in UTF-8 except where it could not be decoded.
pub(crate) struct Document<'a> {
    /// Path or name inside the archive.
    pub(crate) name: &'a str,
    /// 1-based index inside the archive.
    pub(crate) index: i64,
    /// Content.
    pub(crate) text: &'a [u8],
    /// Whether the last line may be torn.
    pub(crate) is_cut: bool,
}

impl Reader<'_> {
    /// Reads one file of the source.
    ///
    /// # Determinism
    /// The result is a function of the arguments and of what the reader was made of.
    pub fn read(&self, batch: i64, file: &SourceFile) -> Delivery {
        let opened = container::open(&file.path, &file.bytes, MAXIMUM_INFLATED_BYTES);
        let mut intake = Intake::new(self);
        for (index, member) in (1i64..).zip(&opened.members) {
            self.read_member(&mut intake, index, member, opened.is_cut);
        }
        if let Some(member) = opened.damaged_member {
            intake.reject_one(member, RejectReason::DamagedArchive, None);
        }
        let origin = Origin { source: &self.source.name, batch, source_file: &file.path };
        deliver(intake, origin).unwrap_or_else(|_| unreadable(origin))
    }

    fn read_member(&self, intake: &mut Intake<'_>, index: i64, member: &Member, is_cut: bool) {
        let text = self.source.encoding.decode(&member.bytes);
        let document = Document { name: &member.name, index, text: &text, is_cut };
        match self.source.format {
            Format::Asterisk => asterisk::read(intake, &document),
            Format::AmazonConnect if contact_lens::is_transcript(&document) => {
                contact_lens::read(intake, &document);
            }
            Format::AmazonConnect => amazon_connect::read(intake, &document),
            Format::Zendesk => zendesk::read(intake, &document),
            Format::CallLogCsv => call_log_csv::read(intake, &document),
            Format::OrdersCsv => orders_csv::read(intake, &document),
            Format::GivenLabelsCsv => given_labels::read(intake, &document),
        }
        if is_cut {
            intake.reject_one(container::torn_line(&text), RejectReason::DamagedArchive, None);
        }
    }
}

fn deliver(intake: Intake<'_>, origin: Origin<'_>) -> Result<Delivery, ArrowError> {
    let mut tables = Vec::new();
    if intake.legs.len() > 0 {
        tables.push(intake.legs.finish(origin)?);
    }
    if intake.turns.len() > 0 {
        tables.push(intake.turns.finish(origin)?);
    }
    if intake.orders.len() > 0 {
        tables.push(intake.orders.finish(origin)?);
    }
    if intake.products.len() > 0 {
        tables.push(intake.products.finish(origin)?);
    }
    if intake.given_labels.len() > 0 {
        tables.push(intake.given_labels.finish(origin)?);
    }
    if !intake.rejects.is_empty() {
        tables.push(rows::reject_batch(&intake.rejects, origin)?);
    }
    Ok(Delivery {
        tables,
        read_count: intake.read_count,
        merged_count: intake.merged_count,
        rejected_count: intake.rejects.len() as i64,
    })
}

/// A file whose rows did not make a batch (a required column was null: a fault of ours) counts as one
/// rejected record, so that the run goes on and the file is seen.
fn unreadable(origin: Origin<'_>) -> Delivery {
    let reject = Reject { position: 0, reason: RejectReason::Malformed, field: None };
    let tables = rows::reject_batch(&[reject], origin).into_iter().collect();
    Delivery { tables, read_count: 1, merged_count: 0, rejected_count: 1 }
}

#[cfg(test)]
mod tests;
