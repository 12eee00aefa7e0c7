//! Call logs of the outsourcer and of others.

use refrain_record::Table;

use crate::fixture::{counts, read, rejects, show, source};
use crate::{Format, Source};

const HEADER: &str = "Call ID,Master ID,Direction,Queue,Agent,Caller,Start,Answered,End,Wait,Talk,Hold,Wrap-up,\
                      Outcome,Product,Order,Customer said\n";

#[track_caller]
fn check(rows: &str, columns: &str, expect: &str) {
    let delivery = read(&source(Format::CallLogCsv), "call-log-2026-09-14.csv", [HEADER, rows].concat());
    assert_eq!(show(&delivery, Table::RawLeg, columns), expect);
}

const ROW: &str = "MNL-2,MNL-1,inbound,bikes,mnl0101,0917 123 4567,14/09/2026 18:00:00,14/09/2026 18:00:50,\
                   14/09/2026 18:05:00,00:00:50,03:20,40,\"30\",call-back promised,Velo City,77,\"It is SECRET, \"\"really\"\"\"\n";

#[test]
fn a_row_is_a_leg() {
    check(
        ROW,
        "contact_id leg_id channel direction queue wait_seconds talk_seconds hold_seconds wrap_up_seconds is_handled \
         is_abandoned is_transferred disposition is_marked_unresolved product order_id",
        "outsourcer:MNL-1|outsourcer:MNL-2|voice|inbound|bikes|50|200|40|30|true|false|false|call-back promised|true|\
         Velo City|77",
    );
    check(
        ROW,
        "leg_date started_at answered_at ended_at updated_at site_hour site end_week",
        "2026-09-14|2026-09-14T10:00:00Z|2026-09-14T10:00:50Z|2026-09-14T10:05:00Z|2026-09-14T10:05:00Z|18|manila|2026-09-14",
    );
    let delivery = read(&source(Format::CallLogCsv), "x.csv", [HEADER, ROW].concat());
    let said = show(&delivery, Table::RawTurn, "leg_id turn_id speaker text redaction_count");
    assert_eq!(said, "outsourcer:MNL-2|said|customer|It is [X], \"really\"|1");
}

#[test]
fn unanswered_and_passed_on_legs() {
    let columns =
        "contact_id direction is_handled is_abandoned is_transferred is_marked_unresolved customer_key";
    let row = "M-3,,outbound,bikes,,withheld,14/09/2026 18:00:00,,14/09/2026 18:01:00,60,,,,abandoned,,,\n";
    check(row, columns, "outsourcer:M-3|outbound|false|true|false|false|");
    check(
        &row.replace("abandoned", "transferred"),
        columns,
        "outsourcer:M-3|outbound|false|false|true|false|",
    );
}

#[test]
fn titles_and_totals_are_merged_and_dirt_is_rejected() {
    let start = "14/09/2026 18:00:00";
    let row = |id: &str, start: &str, end: &str, wait: &str| {
        format!("{id},,inbound,bikes,a,,{start},,{end},{wait},,,,solved,,,\n")
    };
    let text = [
        "Detailed call log - Customer Care Manila\nGenerated 15/09/2026 07:59:59 (Asia/Manila)\n".to_owned(),
        HEADER.to_owned(),
        row("", start, start, "1"),
        "M-1,M-1,inbound,bikes,mnl0101,0917\n".to_owned(),
        row("M-2", "31/02/2026 27:00:00", start, "1"),
        row("M-3", start, start, "n/a s"),
        row("M-4", start, "14/09/2026 17:00:00", "1"),
        row("M-5", "", start, "1"),
        row("M-6", start, start, "1"),
        "Total,7,,,,,,,,,00:10:00,,,,,,\n".to_owned(),
    ];
    let delivery = read(&source(Format::CallLogCsv), "x.csv", text.concat());
    assert_eq!(
        rejects(&delivery),
        "5|malformed|\n4|missing_id|leg_id\n6|bad_time|started_at\n7|bad_number|wait_seconds\n\
         8|ends_before_start|ended_at\n9|missing_time|started_at"
    );
    assert_eq!(counts(&delivery), "11 4 6");
}

#[test]
fn another_vendor_is_another_mapping() {
    let source: Source = serde_json::from_str(
        r#"{"name":"acd","format":"call_log_csv","zone":"Asia/Shanghai","country":"CN","encoding":"gbk",
            "call_log":{"delimiter":";","time_pattern":"%Y-%m-%d %H:%M:%S","call_id":"通话编号","started_at":"开始时间",
            "ended_at":"结束时间","outcome":"结果","abandoned_outcomes":["放弃"]}}"#,
    )
    .unwrap();
    source.check().unwrap();
    let text = "呼叫报表\n通话编号;开始时间;结束时间;结果\n1;2026-09-14 18:00:00;2026-09-14 18:01:00;放弃\n合计;;;\n";
    let (mut bytes, _, _) = encoding_rs::GBK.encode(text);
    bytes.to_mut().extend_from_slice(b"2;2026-09-14 18:00:00;\xFF;\n");
    let delivery = read(&source, "x.csv", bytes.into_owned());
    let shown = show(&delivery, Table::RawLeg, "leg_id started_at is_abandoned disposition site");
    assert_eq!(shown, "acd:1|2026-09-14T10:00:00Z|true|放弃|");
    assert_eq!(rejects(&delivery), "5|bad_encoding|");
    assert_eq!(counts(&delivery), "5 3 1");
}

#[test]
fn utf_16_and_windows_line_ends_are_read() {
    let text = [HEADER, ROW].concat().replace('\n', "\r\n");
    let bytes: Vec<u8> =
        std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let delivery = read(&source(Format::CallLogCsv), "x.csv", bytes);
    assert_eq!(show(&delivery, Table::RawLeg, "leg_id position"), "outsourcer:MNL-2|2");
}
