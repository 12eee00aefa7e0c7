//! JSON lines and scalars.

use super::*;
use crate::fixture;
use crate::{Format, Reader};

#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow, default)]
    a: Scalar<'a>,
}

/// Shows `a` of every record with its position, and the rejects.
#[track_caller]
fn check(text: &[u8], expect: &str) {
    let source = fixture::source(Format::Zendesk);
    let (calendar, pseudonyms) = (fixture::calendar(), fixture::pseudonyms());
    let reader =
        Reader { source: &source, calendar: &calendar, pseudonyms: &pseudonyms, redact: &fixture::redact };
    let mut intake = Intake::new(&reader);
    let document = Document { name: "x", index: 1, text, is_cut: false };
    let found: Vec<Found<Record<'_>>> = records(&mut intake, &document);
    let mut shown: Vec<String> = found
        .iter()
        .map(|found| format!("{}:{}", found.position, found.record.a.text().unwrap_or("-")))
        .collect();
    shown.extend(intake.rejects.iter().map(|reject| format!("{}!{}", reject.position, reject.reason)));
    assert_eq!(shown.join(" "), expect);
    assert_eq!(intake.read_count, (found.len() + intake.rejects.len()) as i64);
}

#[test]
fn scalars_of_all_types_are_text() {
    check(br#"{"a":" x "}"#, "1:x");
    check(br#"{"a":12}{"a":-3}{"a":true}{"a":1.5}"#, "1:12 1:-3 1:true 1:1.5");
    check(br#"{"a":null}{"a":""}{"a":[1,{"b":2}]}{"a":{"b":1}}{}"#, "1:- 1:- 1:- 1:- 1:-");
    check(br#"{"a":"A\u00f1"}"#, "1:A\u{f1}");
}

#[test]
fn bad_lines_are_rejected_alone() {
    check(b"{\"a\":1}\n\n{\"a\":\n{\"a\":3}\n", "1:1 4:3 3!malformed");
    check(b"{\"a\":1,\"a\":2}\n{\"a\":3,\"new\":{}}", "2:3 1!malformed");
    check(b"{\"a\":\"\xFF\"}\n{\"a\":1}", "2:1 1!bad_encoding");
    check(b"{\"a\":1}{\"a\":", "1:1 1!malformed");
    check(br#"{"a":"\ud800"}"#, "1!malformed");
    check(b"", "");
}
