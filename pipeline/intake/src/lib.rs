//! Intake: one file of one vendor format in, typed, redacted, pseudonymised Arrow batches out.
//!
//! In: a file's path and bytes, what the configuration says of its source, the reporting calendar,
//! the pseudonym key and the redactor. Out: a [`Delivery`] with batches of exactly the schemas of
//! [`refrain_record::Table`], and counts for which `read = kept + merged + rejected` always holds.
//! No IO, no clock, no environment, and nothing is known of other files: the result does not depend
//! on their order. Polars lives here and only here. No raw identity leaves this crate.
//!
//! # What counts as a record
//!
//! | format | record (read) | kept | merged |
//! |---|---|---|---|
//! | queue_log | line that is not blank | leg fragment | further lines of a fragment; noise lines |
//! | Asterisk CDR | row | leg fragment | further rows of a `uniqueid` |
//! | captions, Contact Lens | archive member; unreadable cue or turn | member with a turn | member without speech |
//! | contact records | JSON object | leg fragment | none |
//! | Zendesk | JSON object (ticket) | leg fragment | none |
//! | call log | row that is not blank | leg fragment | title rows, header, totals rows |
//! | orders, products, given labels | row that is not blank | row | title rows, header, totals rows |
//!
//! A damaged archive or compressed file adds one record, rejected as `damaged_archive`.

mod amazon_connect;
mod asterisk;
mod call_log_csv;
mod contact_lens;
mod container;
mod encoding;
#[cfg(test)]
mod fixture;
mod given_labels;
mod identity;
mod json_record;
mod legs;
mod orders_csv;
mod pseudonyms;
mod reader;
mod rows;
mod source;
mod spreadsheet;
mod typing;
mod zendesk;
mod zone;

pub use container::MAXIMUM_INFLATED_BYTES;
pub use encoding::TextEncoding;
pub use identity::Identity;
pub use pseudonyms::Pseudonyms;
pub use reader::{Delivery, Reader, SourceFile};
pub use source::{CallLogMapping, Format, IntakeError, Source};

#[cfg(test)]
mod tests;
