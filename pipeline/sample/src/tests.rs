//! Whole samples: same bytes, first days, conservation, and each planted effect counted by brute force.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::Path;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Date32Type, Int64Type, TimestampMicrosecondType};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;

mod delivery;
mod effects;

/// A row of the truth, as far as the tests need it.
#[derive(Debug, Clone)]
struct Row {
    source: String,
    native_id: String,
    site: String,
    queue: Option<String>,
    issue: Option<String>,
    product: Option<String>,
    order_id: Option<String>,
    language: Option<String>,
    channel: String,
    customer: Option<i64>,
    number: i64,
    previous: Option<i64>,
    started_at: i64,
    wait_seconds: Option<i64>,
    is_handled: bool,
    is_abandoned: bool,
    is_resolved: bool,
    is_complaint: bool,
    is_follow_up: bool,
    is_redial: bool,
    is_outbound: bool,
    is_escalated: bool,
    is_delivered: bool,
    has_text: bool,
    delivered_on: Option<i32>,
}

fn rows(out: &Path) -> Vec<Row> {
    let file = fs::File::open(out.join("truth.parquet")).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    reader.flat_map(|batch| rows_of(&batch.unwrap())).collect()
}

fn rows_of(batch: &RecordBatch) -> Vec<Row> {
    let text = |name: &str, row: usize| {
        let column = batch.column_by_name(name).unwrap().as_string::<i32>();
        column.is_valid(row).then(|| column.value(row).to_owned())
    };
    let number = |name: &str, row: usize| {
        let column = batch.column_by_name(name).unwrap().as_primitive::<Int64Type>();
        column.is_valid(row).then(|| column.value(row))
    };
    let flag = |name: &str, row: usize| batch.column_by_name(name).unwrap().as_boolean().value(row);
    let started = batch.column_by_name("started_at").unwrap().as_primitive::<TimestampMicrosecondType>();
    let delivered = batch.column_by_name("delivered_on").unwrap().as_primitive::<Date32Type>();
    (0..batch.num_rows())
        .map(|row| Row {
            source: text("source", row).unwrap(),
            native_id: text("native_id", row).unwrap(),
            site: text("site", row).unwrap(),
            queue: text("queue", row),
            issue: text("issue", row),
            product: text("product", row),
            order_id: text("order_id", row),
            language: text("language", row),
            channel: text("channel", row).unwrap(),
            customer: number("customer", row),
            number: number("contact_number", row).unwrap(),
            previous: number("previous_contact_number", row),
            started_at: started.value(row) / 1_000_000,
            wait_seconds: number("wait_seconds", row),
            is_handled: flag("is_handled", row),
            is_abandoned: flag("is_abandoned", row),
            is_resolved: flag("is_resolved", row),
            is_complaint: flag("is_complaint", row),
            is_follow_up: flag("is_follow_up", row),
            is_redial: flag("is_redial", row),
            is_outbound: flag("is_outbound", row),
            is_escalated: flag("is_escalated", row),
            is_delivered: flag("is_delivered", row),
            has_text: flag("has_text", row),
            delivered_on: delivered.is_valid(row).then(|| delivered.value(row)),
        })
        .collect()
}

/// All files below a folder: relative path to content, decompressed.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let mut bytes = fs::read(&path).unwrap();
            if path.extension().is_some_and(|extension| extension == "gz") {
                let mut plain = Vec::new();
                flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut plain).unwrap();
                bytes = plain;
            }
            found.insert(path.strip_prefix(folder).unwrap().to_string_lossy().into_owned(), bytes);
        }
    }
    found
}

/// Generates a sample into a new folder.
fn sample(change: impl FnOnce(&mut SampleParameters)) -> (tempfile::TempDir, Summary) {
    let mut parameters = SampleParameters::default();
    change(&mut parameters);
    let folder = tempfile::tempdir().unwrap();
    let summary = generate(&parameters, folder.path(), &mut |_| ()).unwrap();
    (folder, summary)
}

#[track_caller]
fn check(change: impl FnOnce(&mut SampleParameters), expect: &str) {
    let mut parameters = SampleParameters::default();
    change(&mut parameters);
    let folder = tempfile::tempdir().unwrap();
    let error = generate(&parameters, folder.path(), &mut |_| ()).unwrap_err();
    assert_eq!(error.to_string(), expect);
}

#[test]
fn impossible_requests_are_refused() {
    check(
        |parameters| parameters.contact_count = 0,
        "0 contacts were asked for, 1 to 100000000 are possible",
    );
    check(|parameters| parameters.weeks = 0, "a window of 0 weeks until 2026-11-23 cannot be generated");
}
