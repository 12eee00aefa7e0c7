//! What the tests of all formats share: a source, a reader, and tables as text.
//!
//! The redactor of the tests replaces each `SECRET` by `[X]`; nulls are shown as nothing.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::TimestampMicrosecondType;
use arrow::util::display::array_value_to_string;
use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use refrain_record::{Calendar, Table};

use crate::{Delivery, Format, Pseudonyms, Reader, Source, SourceFile};

/// A source of the sample: Madrid for Asterisk and Zendesk, Manila for the call log, Virginia for Connect.
pub(crate) fn source(format: Format) -> Source {
    let (name, site, site_model, zone, country) = match format {
        Format::Asterisk => ("asterisk", "madrid", "in_house", "Europe/Madrid", "ES"),
        Format::Zendesk => ("zendesk", "madrid", "in_house", "Europe/Madrid", "ES"),
        Format::CallLogCsv => ("outsourcer", "manila", "outsourced", "Asia/Manila", "PH"),
        Format::AmazonConnect => ("connect", "virginia", "hosted", "America/New_York", "US"),
        Format::OrdersCsv => ("shop", "", "", "UTC", "ES"),
        Format::GivenLabelsCsv => ("labels", "", "", "UTC", ""),
    };
    let mut source = Source::new(name, format);
    source.site = Some(site.to_owned()).filter(|site| !site.is_empty());
    source.site_model = Some(site_model.to_owned()).filter(|model| !model.is_empty());
    source.zone = TimeZone::get(zone).unwrap();
    source.country = country.to_owned();
    source.tiers.insert("second-line".to_owned(), 2);
    source.unresolved_dispositions = vec!["no solution".to_owned(), "call-back promised".to_owned()];
    source
}

pub(crate) fn calendar() -> Calendar {
    Calendar::new(TimeZone::get("Europe/Madrid").unwrap(), Weekday::Monday)
}

pub(crate) fn redact(text: &str) -> Option<(String, i32)> {
    let count = text.matches("SECRET").count() as i32;
    (count > 0).then(|| (text.replace("SECRET", "[X]"), count))
}

pub(crate) fn pseudonyms() -> Pseudonyms {
    Pseudonyms::new(b"key")
}

/// Reads a file as the source would, and checks what holds for every delivery.
#[track_caller]
pub(crate) fn read(source: &Source, path: &str, bytes: impl Into<Vec<u8>>) -> Delivery {
    let (calendar, pseudonyms) = (calendar(), pseudonyms());
    let reader = Reader { source, calendar: &calendar, pseudonyms: &pseudonyms, redact: &redact };
    let file = SourceFile { path: path.to_owned(), bytes: Bytes::from(bytes.into()) };
    let delivery = reader.read(7, &file);
    for (table, batch) in &delivery.tables {
        assert_eq!(batch.schema(), table.schema(), "{}", table.name());
        assert!(batch.num_rows() > 0, "{} is empty", table.name());
    }
    assert_eq!(delivery.rejected_count, row_count(&delivery, Table::Reject));
    delivery
}

pub(crate) fn batch(delivery: &Delivery, table: Table) -> Option<&RecordBatch> {
    delivery.tables.iter().find(|(known, _)| *known == table).map(|(_, batch)| batch)
}

pub(crate) fn row_count(delivery: &Delivery, table: Table) -> i64 {
    batch(delivery, table).map_or(0, |batch| batch.num_rows() as i64)
}

/// Columns of a table as text: cells between bars, rows on lines.
#[track_caller]
pub(crate) fn show(delivery: &Delivery, table: Table, columns: &str) -> String {
    let Some(batch) = batch(delivery, table) else { return String::new() };
    let columns: Vec<_> =
        columns.split_whitespace().map(|name| batch.column_by_name(name).unwrap()).collect();
    let rows = (0..batch.num_rows()).map(|row| {
        let cells: Vec<String> = columns.iter().map(|column| cell(column, row)).collect();
        cells.join("|")
    });
    rows.collect::<Vec<_>>().join("\n")
}

/// A cell as text. Arrow shows times in a zone only with a feature that nothing else here needs.
fn cell(column: &ArrayRef, row: usize) -> String {
    match column.as_primitive_opt::<TimestampMicrosecondType>() {
        Some(times) if times.is_null(row) => String::new(),
        Some(times) => Timestamp::from_microsecond(times.value(row)).unwrap().to_string(),
        None => array_value_to_string(column, row).unwrap(),
    }
}

/// Position, reason and field of every reject.
pub(crate) fn rejects(delivery: &Delivery) -> String {
    show(delivery, Table::Reject, "position reason field")
}

/// `read merged rejected`.
pub(crate) fn counts(delivery: &Delivery) -> String {
    format!("{} {} {}", delivery.read_count, delivery.merged_count, delivery.rejected_count)
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}
