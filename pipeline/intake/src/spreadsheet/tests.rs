//! Sheets as people export them.

use super::*;
use crate::fixture;
use crate::{Format, Reader};

/// Shows the cells of every row with its position, the rejects, and how many rows were merged.
#[track_caller]
fn check(text: &[u8], layout: &Layout<'_>, expect: &str) {
    let source = fixture::source(Format::CallLogCsv);
    let (calendar, pseudonyms) = (fixture::calendar(), fixture::pseudonyms());
    let reader =
        Reader { source: &source, calendar: &calendar, pseudonyms: &pseudonyms, redact: &fixture::redact };
    let mut intake = Intake::new(&reader);
    let sheet = read(&mut intake, &Document { name: "x", index: 1, text, is_cut: false }, b',', layout);
    let mut shown: Vec<String> = sheet
        .rows
        .iter()
        .map(|row| format!("{}:{}", row.position, row.cells.iter().collect::<Vec<_>>().join("/")))
        .collect();
    shown.extend(intake.rejects.iter().map(|reject| format!("{}!{}", reject.position, reject.reason)));
    shown.push(format!("+{}", intake.merged_count));
    assert_eq!(shown.join(" "), expect);
    let accounted = sheet.rows.len() as i64 + intake.merged_count + intake.rejects.len() as i64;
    assert_eq!(intake.read_count, accounted);
}

const HEADER: Layout<'_> = Layout::Header(&["id", "start"]);

#[test]
fn titles_header_and_totals_are_merged() {
    check(b"Report\n\nfor \"you\"\n ID ,Start,x\n1,a,b\n2,c,d\nTotal,,9\n", &HEADER, "5:1/a/b 6:2/c/d +4");
    check(b"id,start\n1,a\nid,start\n2,b\nGrand total: 2,\n", &HEADER, "2:1/a 4:2/b +3");
    check(b"id,start\nTotalled-1,a\ntotal,b\n", &HEADER, "2:Totalled-1/a 3:total/b +1");
    check(b"id,start\r\n1,a\r\n\r\n,\r\n2,b\r\n", &HEADER, "2:1/a 5:2/b +1");
}

#[test]
fn rows_of_another_width_are_malformed() {
    check(b"id,start\n1\n2,b\n3,c,d\n4,e,\n", &HEADER, "3:2/b 5:4/e/ 2!malformed 4!malformed +1");
    check(b"a,b\nc\nd,e,f\n", &Layout::Width(2, 3), "1:a/b 3:d/e/f 2!malformed +0");
}

#[test]
fn quotes_span_lines_and_a_torn_one_costs_a_line() {
    check(b"id,start\n1,\"a\nb\"\n2,\"say \"\"hi\"\"\"\n", &HEADER, "2:1/a\nb 4:2/say \"hi\" +1");
    check(b"id,start\n1,\"a\n2,b\n3,c\n", &HEADER, "3:2/b 4:3/c 2!malformed +1");
    check(b"id,start\n1,\"a\n2,b\n3,\"c\"\n", &HEADER, "3:2/b 4:3/c 2!malformed +1");
    check(b"id,start\n1,\"a\n\n2,\"b, \"\"c\"\"\nd\"\n", &HEADER, "4:2/b, \"c\"\nd 2!malformed +1");
}

#[test]
fn a_sheet_without_its_header_is_one_reject() {
    check(b"a,b\n1,2\n", &HEADER, "1!malformed +0");
    check(b"", &HEADER, "+0");
    check(b"\n\n", &HEADER, "+0");
}

#[test]
fn undecodable_rows_are_rejected_alone() {
    check(b"id,start\n1,\xFF\n2,b\n", &HEADER, "3:2/b 2!bad_encoding +1");
}
