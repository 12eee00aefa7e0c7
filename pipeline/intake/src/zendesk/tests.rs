//! Tickets and their comments.

use refrain_record::Table;

use crate::Format;
use crate::fixture::{counts, read, rejects, show, source};

const FULL: &str = r#"{"id":35436,"via":{"channel":"email","source":{}},"created_at":"2026-09-14T10:00:00Z","updated_at":"2026-09-15T10:00:00Z","status":"solved","requester_id":501,"assignee_id":7,"group_id":20,"group_name":"bikes","requester":{"id":501,"name":"Joana","email":"Joana@Example.org","phone":null},"custom_fields":[{"id":360001,"value":"Velo City"},{"id":360002,"value":4711},{"id":360003,"value":["a"]}],"satisfaction_rating":{"score":"bad"},"metric_set":{"reopens":0,"replies":1,"solved_at":"2026-09-15T09:00:00Z"},"comments":[{"id":1,"author_id":501,"public":true,"body":"It is SECRET\nbroken","created_at":"2026-09-14T10:00:00Z"},{"id":2,"author_id":7,"public":false,"body":"note","created_at":"2026-09-14T11:00:00Z"},{"id":3,"author_id":7,"public":true,"body":"Sorry","created_at":"2026-09-14T12:00:00Z"}],"tags":[]}"#;

#[track_caller]
fn check(text: &str, table: Table, columns: &str, expect: &str) {
    let delivery = read(&source(Format::Zendesk), "tickets-2026-09-15.ndjson", text);
    assert_eq!(show(&delivery, table, columns), expect);
}

#[test]
fn a_ticket_is_a_leg() {
    check(
        FULL,
        Table::RawLeg,
        "contact_id leg_id channel direction queue product order_id is_handled is_abandoned is_survey_resolved wait_seconds",
        "zendesk:35436|zendesk:35436|email|inbound|bikes|Velo City|4711|true|false||",
    );
    check(
        FULL,
        Table::RawLeg,
        "leg_date updated_at started_at answered_at ended_at end_date",
        "2026-09-14|2026-09-15T10:00:00Z|2026-09-14T10:00:00Z|2026-09-14T12:00:00Z|2026-09-15T09:00:00Z|2026-09-15",
    );
}

#[test]
fn comments_are_turns() {
    check(
        FULL,
        Table::RawTurn,
        "leg_id turn_id turn_index speaker offset_seconds text redaction_count",
        "zendesk:35436|1|0|customer|0.0|It is [X]\nbroken|1\nzendesk:35436|2|1|agent|3600.0|note|0\n\
         zendesk:35436|3|2|agent|7200.0|Sorry|0",
    );
}

#[test]
fn an_open_ticket_says_nothing_of_its_end() {
    let open = FULL
        .replace("\"solved\"", "\"open\"")
        .replace("\"2026-09-15T09:00:00Z\"", "null")
        .replace("\"replies\":1", "\"replies\":0")
        .replace("\"author_id\":7", "\"author_id\":501");
    check(&open, Table::RawLeg, "is_open is_handled ended_at end_date answered_at", "true||||");
    let missed = open.replace("\"open\"", "\"solved\"").replace("\"replies\":1", "\"replies\":0");
    let missed = missed.replace("\"tags\":[]", "\"tags\":[\"missed_chat\"]");
    check(&missed, Table::RawLeg, "is_handled is_abandoned", "false|true");
    let bare = r#"{"id":"1","created_at":"2026-09-14T10:00:00Z"}"#;
    check(bare, Table::RawLeg, "leg_id customer_key updated_at", "zendesk:1||2026-09-14T10:00:00Z");
    check(bare, Table::RawTurn, "text", "");
}

#[test]
fn phone_before_mail_before_number_of_the_requester() {
    let key = |text: &str| {
        let delivery = read(&source(Format::Zendesk), "x.ndjson", text);
        show(&delivery, Table::RawLeg, "customer_key")
    };
    let phone = FULL.replace("\"phone\":null", "\"phone\":\"612 345 678\"");
    assert_eq!(key(&phone), "v1_ZVJQPDDVYWUITPX7B7XTANTKYM");
    let mail = key(FULL);
    assert_eq!(mail, key(&FULL.replace("Joana@Example.org", "joana@example.ORG")));
    assert_eq!(mail, key(&FULL.replace("\"phone\":null", "\"phone\":\"8.6E+11\"")));
    let crm = key(&FULL.replace("\"Joana@Example.org\"", "null"));
    assert!(crm.starts_with("v1_") && crm != mail);
}

#[test]
fn a_comment_has_one_hash_in_all_versions_of_its_ticket() {
    let later = FULL.replace("2026-09-15T10:00:00Z", "2026-09-16T10:00:00Z");
    let delivery = read(&source(Format::Zendesk), "x.ndjson", format!("{FULL}\n{later}"));
    let hashes = show(&delivery, Table::RawTurn, "turn_id record_hash");
    let hashes: Vec<&str> = hashes.lines().collect();
    assert_eq!(hashes[..3], hashes[3..]);
    let legs = show(&delivery, Table::RawLeg, "record_hash");
    assert_ne!(legs.lines().next(), legs.lines().last());
}

#[test]
fn dirt_is_rejected() {
    let text = [
        FULL.replace("35436", "null"),
        FULL.replace("\"created_at\":\"2026-09-14T10:00:00Z\",\"up", "\"created_at\":\"\",\"up"),
        FULL.replace("2026-09-15T10:00:00Z", "15/09/2026"),
        FULL.replace("2026-09-15T09:00:00Z", "2026-09-13T09:00:00Z"),
        FULL[..FULL.len() - 5].to_owned(),
    ];
    let delivery = read(&source(Format::Zendesk), "x.ndjson", text.join("\n"));
    assert_eq!(
        rejects(&delivery),
        "5|malformed|\n1|missing_id|contact_id\n2|missing_time|started_at\n3|bad_time|updated_at\n\
         4|ends_before_start|ended_at"
    );
    assert_eq!(counts(&delivery), "5 0 5");
}
