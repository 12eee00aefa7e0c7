//! Labels that people gave.

use refrain_record::Table;

use crate::Format;
use crate::fixture::{counts, read, rejects, show, source};

#[track_caller]
fn check(text: &str, expect: &str, expect_rejects: &str, expect_counts: &str) {
    let delivery = read(&source(Format::GivenLabelsCsv), "given-labels.csv", text);
    assert_eq!(show(&delivery, Table::RawGivenLabel, "contact_id language issue_id is_complaint"), expect);
    assert_eq!(rejects(&delivery), expect_rejects);
    assert_eq!(counts(&delivery), expect_counts);
}

#[test]
fn labels_are_typed() {
    check(
        "contact_id,language,issue,is_complaint\nzendesk:1,en,battery,true\nzendesk:2,,,\n,en,,true\nzendesk:3,en,x,perhaps\n",
        "zendesk:1|en|battery|true\nzendesk:2|||",
        "4|missing_id|contact_id\n5|malformed|is_complaint",
        "5 1 2",
    );
    check("issue,contact_id\nbattery,zendesk:1\n", "zendesk:1||battery|", "", "2 1 0");
}
