//! What holds for every format: records are conserved, and nobody's identity comes out.

use proptest::prelude::*;
use refrain_record::Table;

use crate::fixture::{self, batch, gzip, row_count, show, source, tar};
use crate::{Delivery, Format, Source};

/// Kept records of a delivery: the rows of the record-bearing table, or members with a turn.
fn kept(delivery: &Delivery, is_transcript: bool) -> i64 {
    if is_transcript {
        let positions = show(delivery, Table::RawTurn, "position");
        let mut positions: Vec<&str> = positions.lines().collect();
        positions.dedup();
        return positions.len() as i64;
    }
    let tables = [Table::RawLeg, Table::RawOrder, Table::RawProduct, Table::RawGivenLabel];
    tables.iter().map(|table| row_count(delivery, *table)).sum()
}

#[track_caller]
fn check(delivery: &Delivery, is_transcript: bool) {
    let accounted = kept(delivery, is_transcript) + delivery.merged_count + delivery.rejected_count;
    assert_eq!(delivery.read_count, accounted);
}

/// Lines of which most are good, for each format that has lines.
const LINES: [(Format, &str, &[&str]); 7] = [
    (
        Format::Asterisk,
        "queue_log",
        &[
            "1789380000|1789380000.7|bikes|NONE|ENTERQUEUE||612345678|1",
            "1789380030|1789380000.7|bikes|Local/2001|CONNECT|30|1789380020.8|5",
            "1789380090|1789380000.7|bikes|Local/2001|BLINDTRANSFER|6004|from-internal|30|60|1",
            "1789380090|1789380000.7|second-line|NONE|ENTERQUEUE||612345678|1",
            "1789380190|1789380100.8|parcels|NONE|ABANDON|1|1|90",
            "1789380000|NONE|NONE|NONE|QUEUESTART|",
            "1789380030|1789380000.7|bikes|Local/2001|CONNECT|x|1789380020.8|5",
            "1789380030||bikes|Local/2001|CONNECT|1|1789380020.8|5",
        ],
    ),
    (
        Format::Asterisk,
        "Master.csv",
        &[
            "\"\",\"612345678\",\"6001\",\"from-trunk\",\"\"\"J\"\" <1>\",\"a\",\"b\",\"Queue\",\"x\",\"2026-09-14 12:00:00\",\"\",\"2026-09-14 12:01:00\",1,1,\"A\",\"D\",\"1789380000.7\",\"\"",
            "\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"2026-09-14 12:00:00\",\"\",\"\",1,1,\"A\",\"D\",\"1789380100.9\"",
            "\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"2026-02-31 12:00:00\",\"\",\"\",1,1,\"A\",\"D\",\"1789380100.9\"",
            "\"open,",
        ],
    ),
    (
        Format::AmazonConnect,
        "records.ndjson",
        &[
            r#"{"ContactId":"c","InitiationTimestamp":"2026-09-14T10:00:00Z","CustomerEndpoint":{"Address":"+34612345678"}}"#,
            r#"{"ContactId":"d","InitiationTimestamp":"2026-09-14T10:00:00Z"}{"ContactId":"e"}"#,
            r#"{"ContactId":"f","InitiationTimestamp":"2026-09-14T10:00:00Z","DisconnectTimestamp":"2026-09-13T10:00:00Z"}"#,
            r#"{"ContactId":"g","InitiationTimestamp":"2026-09-1"#,
        ],
    ),
    (
        Format::Zendesk,
        "tickets.ndjson",
        &[
            r#"{"id":1,"created_at":"2026-09-14T10:00:00Z","requester":{"phone":"612345678"},"comments":[{"id":1,"body":"x"}]}"#,
            r#"{"id":1,"created_at":"2026-09-14T10:00:00Z","updated_at":"2026-09-15T10:00:00Z"}"#,
            r#"{"id":null,"created_at":"2026-09-14T10:00:00Z"}"#,
            r#"[1,2]"#,
        ],
    ),
    (
        Format::CallLogCsv,
        "call-log.csv",
        &[
            "Call ID,Master ID,Start,End,Wait,Customer said",
            "1,1,14/09/2026 18:00:00,14/09/2026 18:01:00,00:10,\"said, so\"",
            "2,1,31/02/2026 18:00:00,,,",
            "3,1,14/09/2026 18:00:00,,,\"torn",
            "Total,2,,,,",
            "Report of the day",
        ],
    ),
    (
        Format::OrdersCsv,
        "orders.csv",
        &[
            "order_id,ordered_at,customer_phone,product,units,country",
            "1,2026-09-14T10:00:00Z,+34612345678,Velo E,1,ES",
            "2,2026-09-14T10:00:00Z,,Velo E,many,ES",
            "3,\"2026-09-14T10:00:00Z",
        ],
    ),
    (
        Format::GivenLabelsCsv,
        "labels.csv",
        &["contact_id,language,issue,is_complaint", "zendesk:1,en,x,true", ",en,x,true", "zendesk:2,en,x,so"],
    ),
];

/// Members of transcripts.
const MEMBERS: [&str; 6] = [
    "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Customer>One\n\n00:02.000 --> 00:03.000\n<v Agent A>Two",
    "WEBVTT",
    "no captions",
    "WEBVTT\n\n00:01.000 --> 00:02.000\nOne\n\n00:xx.000 --> 00:03.000\nlost",
    r#"{"CustomerMetadata":{"ContactId":"c"},"Transcript":[{"Content":"One","BeginOffsetMillis":5},{"Content":"x","BeginOffsetMillis":"y"}]}"#,
    r#"{"CustomerMetadata":{"ContactId":"c"},"Transcript":[]}"#,
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn records_of_lines_are_conserved(
        file in 0..LINES.len(),
        picks in prop::collection::vec((any::<prop::sample::Index>(), prop::option::of(0usize..60)), 0..25),
        noise in prop::collection::vec(any::<u8>(), 0..12),
        cut in prop::option::of(1usize..60),
    ) {
        let (format, path, lines) = LINES[file];
        let mut text = Vec::new();
        for (number, (pick, torn)) in picks.iter().enumerate() {
            let line = lines[if number == 0 { 0 } else { pick.index(lines.len()) }];
            text.extend_from_slice(&line.as_bytes()[..torn.filter(|_| number > 0).unwrap_or(line.len()).min(line.len())]);
            text.push(b'\n');
        }
        text.extend_from_slice(&noise);
        let source = source(format);
        check(&fixture::read(&source, path, text.clone()), false);
        let mut compressed = gzip(&text);
        compressed.truncate(compressed.len() - cut.unwrap_or(0).min(compressed.len()));
        check(&fixture::read(&source, &format!("{path}.gz"), compressed), false);
    }

    #[test]
    fn members_of_transcripts_are_conserved(
        picks in prop::collection::vec((0..MEMBERS.len(), any::<bool>()), 0..12),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let (mut captions, mut analyses) = (Vec::new(), Vec::new());
        for (number, (pick, is_named)) in picks.iter().enumerate() {
            let name = if *is_named { format!("1789380000.{number}.vtt") } else { "x.vtt".to_owned() };
            captions.push((name, MEMBERS[*pick].as_bytes()));
            let name = if *is_named { "c_analysis_2026-09-14T10:12:13Z.json" } else { "c_analysis_.json" };
            analyses.push((name.to_owned(), MEMBERS[*pick].as_bytes()));
        }
        for (format, members) in [(Format::Asterisk, captions), (Format::AmazonConnect, analyses)] {
            let members: Vec<(&str, &[u8])> = members.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
            let mut archive = tar(&members);
            if let Some(cut) = cut {
                archive.truncate(cut.index(archive.len()));
            }
            check(&fixture::read(&source(format), "x.tar", archive), true);
        }
    }
}

/// Values that no output may hold; each stands in every field that may name a person.
const CANARIES: [&str; 6] =
    ["612345678", "612 345 678", "canary@example.org", "Canaria", "canary-agent", "4242001"];

#[track_caller]
fn check_privacy(source: &Source, path: &str, bytes: impl Into<Vec<u8>>) {
    let delivery = fixture::read(source, path, bytes);
    assert!(delivery.read_count > delivery.rejected_count, "{path}: nothing was kept");
    for table in Table::INTAKE {
        let Some(batch) = batch(&delivery, table) else { continue };
        let columns: Vec<String> = batch.schema().fields().iter().map(|field| field.name().clone()).collect();
        let shown = show(&delivery, table, &columns.join(" ")).to_lowercase();
        let debug = format!("{batch:?}").to_lowercase();
        for canary in CANARIES.map(str::to_lowercase) {
            assert!(
                !shown.contains(&canary) && !debug.contains(&canary),
                "{canary} in {}: {shown}",
                table.name()
            );
        }
    }
}

#[test]
fn no_identity_comes_out() {
    let queue_log = "\
1789380000|1789380000.7|bikes|NONE|ENTERQUEUE||612345678|1
1789380030|1789380000.7|bikes|canary-agent|CONNECT|30|1789380020.8|5
1789380030|1789380000.8|bikes|canary-agent|CONNECT|612345678x|1789380020.8|5
";
    check_privacy(&source(Format::Asterisk), "queue_log", queue_log);
    let call = "\"canary-agent\",\"612345678\",\"612345678\",\"from-trunk\",\"\"\"Canaria\"\" <612345678>\",\"canary-agent\",\
                \"canary-agent\",\"Queue\",\"612345678\",\"2026-09-14 12:00:00\",\"\",\"\",1,1,\"A\",\"D\",\"1789380000.7\",\"phone=612345678\"\n";
    check_privacy(&source(Format::Asterisk), "Master.csv", call);
    let captions =
        "WEBVTT\n\nNOTE Canaria 612345678\n\n00:01.000 --> 00:02.000\n<v Agent Canaria>Hello SECRET";
    check_privacy(&source(Format::Asterisk), "x.tar", tar(&[("1789380000.7.vtt", captions.as_bytes())]));
    let record = r#"{"ContactId":"c","InitiationTimestamp":"2026-09-14T10:00:00Z","CustomerEndpoint":{"Address":"612345678"},"TransferredToEndpoint":{"Address":"612345678"},"Agent":{"ARN":"canary-agent","Username":"canary-agent"},"Attributes":{"customer_name":"Canaria","email":"canary@example.org"}}"#;
    check_privacy(&source(Format::AmazonConnect), "x.ndjson", record);
    let ticket = r#"{"id":1,"created_at":"2026-09-14T10:00:00Z","requester_id":4242001,"submitter_id":4242001,"assignee_id":"canary-agent","recipient":"canary@example.org","via":{"channel":"email","source":{"from":{"address":"canary@example.org","name":"Canaria"}}},"requester":{"id":4242001,"name":"Canaria","email":"canary@example.org","phone":"612 345 678"},"comments":[{"id":9,"author_id":4242001,"body":"Hello","metadata":{"name":"Canaria"}}]}"#;
    check_privacy(&source(Format::Zendesk), "x.ndjson", ticket);
    check_privacy(
        &source(Format::Zendesk),
        "x.ndjson",
        ticket.replace(r#""phone":"612 345 678""#, r#""phone":null"#),
    );
    check_privacy(
        &source(Format::Zendesk),
        "x.ndjson",
        ticket
            .replace(r#""phone":"612 345 678""#, r#""phone":null"#)
            .replace(r#""email":"canary@example.org","#, ""),
    );
    let call_log = "Call ID,Agent,Caller,Start,Customer said\n1,canary-agent,612 345 678,14/09/2026 18:00:00,SECRET\n\
                    2,canary-agent,612345678,31/02/2026 18:00:00,Canaria\n";
    check_privacy(&source(Format::CallLogCsv), "x.csv", call_log);
    let orders = "order_id,ordered_at,customer_phone,product,units,country\n1,2026-09-14T10:00:00Z,612345678,Velo E,1,ES\n\
                  2,2026-09-14T10:00:00Z,612345678,Velo E,612345678x,ES\n";
    check_privacy(&source(Format::OrdersCsv), "x.csv", orders);
}

#[test]
fn configuration_is_checked() {
    let mut source = source(Format::CallLogCsv);
    source.check().unwrap();
    source.country = "XX".to_owned();
    assert_eq!(
        source.check().unwrap_err().to_string(),
        "source outsourcer has country XX, which has no numbering plan"
    );
    source.country.clear();
    source.call_log.time_pattern = "%H:%M".to_owned();
    assert!(source.check().is_err());
    let unknown = serde_json::from_str::<Source>(r#"{"name":"a","format":"zendesk","zone":"Mars/Base"}"#);
    assert!(unknown.unwrap_err().to_string().starts_with("time zone Mars/Base is not known"));
}
