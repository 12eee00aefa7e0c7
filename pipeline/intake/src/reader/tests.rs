//! Whole files: empty, damaged, not what they should be.

use refrain_record::Table;

use crate::Format;
use crate::fixture::{counts, gzip, read, rejects, show, source, tar};

const FORMATS: [(Format, &str); 8] = [
    (Format::Asterisk, "queue_log-2026-09-14"),
    (Format::Asterisk, "Master-2026-09-14.csv"),
    (Format::Asterisk, "captions.tar"),
    (Format::AmazonConnect, "contact-records.ndjson"),
    (Format::Zendesk, "tickets.ndjson"),
    (Format::CallLogCsv, "call-log.csv"),
    (Format::OrdersCsv, "orders.csv"),
    (Format::GivenLabelsCsv, "given-labels.csv"),
];

#[track_caller]
fn check(format: Format, path: &str, bytes: &[u8], expect: &str) {
    assert_eq!(counts(&read(&source(format), path, bytes)), expect, "{path}");
}

#[test]
fn an_empty_file_holds_no_record() {
    for (format, path) in FORMATS {
        check(format, path, b"", "0 0 0");
        check(format, path, b"\xEF\xBB\xBF", if path.ends_with(".tar") { "1 0 1" } else { "0 0 0" });
    }
}

#[test]
fn a_file_that_is_something_else_is_rejects() {
    for (format, path) in FORMATS {
        let delivery = read(&source(format), path, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xFF\xFE".as_slice());
        let unkept = delivery.merged_count + delivery.rejected_count;
        assert!(delivery.read_count == unkept && delivery.rejected_count > 0, "{path}");
    }
}

#[test]
fn a_damaged_stream_gives_its_readable_lines() {
    let lines: String = (0..2000)
        .map(|number| {
            format!("{{\"id\":{number},\"created_at\":\"2026-09-14T10:00:00Z\",\"x\":{}}}\n", number * 7919)
        })
        .collect();
    let mut bytes = gzip(lines.as_bytes());
    bytes.truncate(bytes.len() * 3 / 4);
    let delivery = read(&source(Format::Zendesk), "tickets.ndjson.gz", bytes);
    let kept = delivery.read_count - 1;
    assert!((500..2000).contains(&kept), "{kept}");
    assert_eq!(rejects(&delivery), format!("{}|damaged_archive|", kept + 1));
}

#[test]
fn a_cut_archive_gives_its_whole_members() {
    let cue = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Customer>One".as_bytes();
    let archive = tar(&[("1789380000.1.vtt", cue), ("1789380000.2.vtt", cue)]);
    let delivery = read(&source(Format::Asterisk), "captions.tar", &archive[..1024 + 512 + 10]);
    assert_eq!(show(&delivery, Table::RawTurn, "leg_id"), "asterisk:1789380000.1");
    assert_eq!(rejects(&delivery), "2|damaged_archive|");
    assert_eq!(counts(&delivery), "2 0 1");
}

#[test]
fn every_row_names_its_delivery() {
    let ticket = r#"{"id":1,"created_at":"2026-09-14T10:00:00Z","comments":[{"id":1,"body":"x"}]}"#;
    let delivery = read(&source(Format::Zendesk), "a/t.ndjson", format!("\n{ticket}\n{{"));
    assert_eq!(show(&delivery, Table::RawLeg, "source batch source_file position"), "zendesk|7|a/t.ndjson|2");
    assert_eq!(
        show(&delivery, Table::RawTurn, "source batch source_file position"),
        "zendesk|7|a/t.ndjson|2"
    );
    assert_eq!(show(&delivery, Table::Reject, "source batch source_file position"), "zendesk|7|a/t.ndjson|3");
}

#[test]
fn debug_shows_no_content() {
    let file = crate::SourceFile { path: "a.csv".to_owned(), bytes: bytes::Bytes::from_static(b"612345678") };
    assert_eq!(format!("{file:?}"), "SourceFile(a.csv, 9 bytes)");
}
