//! Derived columns and the ends of texts.

use refrain_record::Table;

use crate::Format;
use crate::fixture::{read, show, source};

#[track_caller]
fn check(disposition: &str, expect: &str) {
    let record = format!(
        r#"{{"ContactId":"c","InitiationTimestamp":"2026-09-14T10:00:00Z","DisconnectTimestamp":"2026-09-20T22:30:00Z","Queue":{{"Name":"second-line"}},"Attributes":{{"disposition":"{disposition}"}}}}"#
    );
    let delivery = read(&source(Format::AmazonConnect), "x.ndjson", record);
    let columns = "disposition is_marked_unresolved tier end_date end_week";
    assert_eq!(show(&delivery, Table::RawLeg, columns), expect);
}

#[test]
fn dispositions_are_redacted_and_compared_as_written() {
    check("No Solution", "No Solution|true|2|2026-09-21|2026-09-21");
    check("solved for SECRET", "solved for [X]|false|2|2026-09-21|2026-09-21");
    check(" ", "||2|2026-09-21|2026-09-21");
}

#[test]
fn agents_of_two_sources_are_two_agents() {
    let mut other = source(Format::AmazonConnect);
    other.name = "other".to_owned();
    let record =
        r#"{"ContactId":"c","InitiationTimestamp":"2026-09-14T10:00:00Z","Agent":{"Username":"mia"}}"#;
    let key = |source| show(&read(&source, "x.ndjson", record), Table::RawLeg, "agent_key");
    assert_ne!(key(other), key(source(Format::AmazonConnect)));
}
