//! Contact records.

use refrain_record::Table;

use crate::Format;
use crate::fixture::{counts, read, rejects, show, source};

const FULL: &str = r#"{"AWSAccountId":"1","ContactId":"c-1","InitialContactId":null,"NextContactId":null,"Channel":"VOICE","InitiationMethod":"INBOUND","InitiationTimestamp":"2026-09-14T10:00:00Z","DisconnectTimestamp":"2026-09-14T10:05:00Z","LastUpdateTimestamp":"2026-09-14T10:06:00Z","DisconnectReason":null,"CustomerEndpoint":{"Address":"+34612345678","Type":"TELEPHONE_NUMBER"},"Agent":{"Username":"mia","ConnectedToAgentTimestamp":"2026-09-14T10:01:00Z","AgentInteractionDuration":200,"CustomerHoldDuration":"40","AfterContactWorkDuration":30},"Queue":{"Name":"electronics","EnqueueTimestamp":"2026-09-14T10:00:10Z","Duration":50},"Attributes":{"product":"Halo Watch","order_id":"77","survey_resolved":"no","disposition":"no solution","other":"x"},"NewField":{"a":[1]}}"#;

#[track_caller]
fn check(text: &str, columns: &str, expect: &str) {
    let delivery = read(&source(Format::AmazonConnect), "contact-records/x.ndjson", text);
    assert_eq!(show(&delivery, Table::RawLeg, columns), expect);
}

#[test]
fn a_record_is_a_leg() {
    check(
        FULL,
        "contact_id leg_id channel direction queue tier customer_key wait_seconds talk_seconds hold_seconds \
         wrap_up_seconds is_handled is_abandoned is_transferred disposition is_marked_unresolved is_survey_resolved \
         product order_id",
        "connect:c-1|connect:c-1|voice|inbound|electronics|1|v1_ZVJQPDDVYWUITPX7B7XTANTKYM|50|200|40|30|true|false|\
         false|no solution|true|false|Halo Watch|77",
    );
    check(
        FULL,
        "leg_date started_at queued_at answered_at ended_at updated_at site_hour",
        "2026-09-14|2026-09-14T10:00:00Z|2026-09-14T10:00:10Z|2026-09-14T10:01:00Z|2026-09-14T10:05:00Z|\
         2026-09-14T10:06:00Z|6",
    );
}

#[test]
fn keys_may_begin_with_a_small_letter() {
    let small = FULL
        .replace("\"ContactId\"", "\"contactId\"")
        .replace("\"InitiationTimestamp\"", "\"initiationTimestamp\"")
        .replace("\"Agent\"", "\"agent\"")
        .replace("\"AgentInteractionDuration\"", "\"agentInteractionDuration\"");
    check(&small, "leg_id talk_seconds", "connect:c-1|200");
}

#[test]
fn abandoned_passed_on_and_live_legs_differ() {
    let columns = "contact_id leg_id is_handled is_abandoned is_transferred";
    let abandoned = r#"{"ContactId":"c","InitiationTimestamp":"2026-09-14T10:00:00Z","DisconnectTimestamp":"2026-09-14T10:05:00Z","Queue":{"EnqueueTimestamp":"2026-09-14T10:00:10Z","Duration":50},"Agent":null}"#;
    check(abandoned, columns, "connect:c|connect:c|false|true|false");
    check(
        &abandoned.replace("\"Agent\":null", "\"NextContactId\":\"d\""),
        columns,
        "connect:c|connect:c|false|false|true",
    );
    check(
        &abandoned.replace("\"DisconnectTimestamp\":\"2026-09-14T10:05:00Z\",", ""),
        columns,
        "connect:c|connect:c|||",
    );
    check(
        &abandoned.replace("\"Agent\":null", "\"InitialContactId\":\"b\""),
        columns,
        "connect:b|connect:c|false|true|false",
    );
    let before_the_queue = r#"{"ContactId":"c","InitiationTimestamp":"2026-09-14T10:00:00Z","DisconnectTimestamp":"2026-09-14T10:00:05Z"}"#;
    check(before_the_queue, columns, "connect:c|connect:c|false|false|false");
}

#[test]
fn copies_have_one_hash_and_versions_two() {
    let later = FULL.replace("10:06:00Z", "10:09:00Z");
    let text = format!("{FULL}\n{FULL} \r\n{later}\n");
    let delivery = read(&source(Format::AmazonConnect), "x.ndjson", text);
    let hashes = show(&delivery, Table::RawLeg, "record_hash");
    let hashes: Vec<&str> = hashes.lines().collect();
    assert!(hashes[0] == hashes[1] && hashes[1] != hashes[2]);
    assert_eq!(counts(&delivery), "3 0 0");
}

#[test]
fn dirt_is_rejected() {
    let with = |from: &str, to: &str| format!("{}\n", FULL.replace(from, to));
    let text = [
        with("\"ContactId\":\"c-1\"", "\"ContactId\":\" \""),
        with("\"ContactId\":\"c-1\",", ""),
        with("\"InitiationTimestamp\":\"2026-09-14T10:00:00Z\"", "\"InitiationTimestamp\":null"),
        with("2026-09-14T10:00:00Z", "2026-02-31T10:00:00Z"),
        with("2026-09-14T10:05:00Z", "2026-09-14T09:05:00Z"),
        with("\"AgentInteractionDuration\":200", "\"AgentInteractionDuration\":-1"),
        format!("{}\n", &FULL[..200]),
        with("\"ContactId\":\"c-1\"", "\"ContactId\":\"c-1\",\"ContactId\":\"c-2\""),
    ];
    let delivery = read(&source(Format::AmazonConnect), "x.ndjson", text.concat());
    assert_eq!(
        rejects(&delivery),
        "7|malformed|\n8|malformed|\n1|missing_id|contact_id\n2|missing_id|contact_id\n3|missing_time|started_at\n\
         4|bad_time|started_at\n5|ends_before_start|ended_at\n6|bad_number|talk_seconds"
    );
    assert_eq!(counts(&delivery), "8 0 8");
}
