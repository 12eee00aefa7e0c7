//! Folding of queue_log lines into leg fragments.

use refrain_record::Table;

use crate::Format;
use crate::fixture::{counts, read, rejects, show, source};

const WHAT: &str = "leg_id queue wait_seconds talk_seconds is_handled is_abandoned is_transferred";
const WHEN: &str = "leg_id started_at queued_at answered_at ended_at updated_at";

#[track_caller]
fn check(text: &str, columns: &str, expect: &[&str]) {
    let delivery = read(&source(Format::Asterisk), "queue_log/queue_log-2026-09-14", text);
    assert_eq!(show(&delivery, Table::RawLeg, columns), expect.join("\n"));
}

const CALL: &str = "\
1789380000|1789380000.7|bikes|NONE|ENTERQUEUE||612345678|1
1789380030|1789380000.7|bikes|Local/2001@from-internal/n|CONNECT|30|1789380020.8|5
1789380130|1789380000.7|bikes|Local/2001@from-internal/n|COMPLETECALLER|30|100|1
";

#[test]
fn a_call_is_one_fragment() {
    check(CALL, WHAT, &["asterisk:1789380000.7|bikes|30|100|true|false|false"]);
    check(
        CALL,
        WHEN,
        &["asterisk:1789380000.7|2026-09-14T10:00:00Z|2026-09-14T10:00:00Z|2026-09-14T10:00:30Z|\
           2026-09-14T10:02:10Z|2026-09-14T10:02:10Z"],
    );
    check(
        CALL,
        "contact_id leg_date channel direction site site_model tier site_hour end_date end_week position",
        &["asterisk:1789380000.7|2026-09-14|voice|inbound|madrid|in_house|1|12|2026-09-14|2026-09-14|1"],
    );
    let delivery = read(&source(Format::Asterisk), "queue_log", CALL);
    assert_eq!(counts(&delivery), "3 2 0");
    let keys = show(&delivery, Table::RawLeg, "customer_key agent_key");
    assert!(keys.starts_with("v1_ZVJQPDDVYWUITPX7B7XTANTKYM|v1_"), "{keys}");
}

#[test]
fn the_fragments_of_two_days_fit_together() {
    let lines: Vec<&str> = CALL.lines().collect();
    check(lines[0], WHAT, &["asterisk:1789380000.7|bikes|||||"]);
    check(&lines[1..].join("\n"), WHAT, &["asterisk:1789380000.7|bikes|30|100|true|false|false"]);
    check(
        &lines[1..].join("\n"),
        WHEN,
        &[
            "asterisk:1789380000.7|2026-09-14T10:00:00Z||2026-09-14T10:00:30Z|2026-09-14T10:02:10Z|2026-09-14T10:02:10Z",
        ],
    );
}

#[test]
fn a_transfer_opens_a_leg_of_its_own() {
    let text = "\
1789380000|1789380000.7|bikes|NONE|ENTERQUEUE||612345678|1
1789380030|1789380000.7|bikes|Local/2001|CONNECT|30|1.8|5
1789380130|1789380000.7|bikes|Local/2001|BLINDTRANSFER|6004|from-internal|30|100|1
1789380130|1789380000.7|second-line|NONE|ENTERQUEUE||612345678|1
1789380140|1789380000.7|second-line|NONE|ABANDON|1|1|10
";
    let expect = [
        "asterisk:1789380000.7|bikes|30|100|true|false|true",
        "asterisk:1789380000.7/second-line|second-line|10||false|true|false",
    ];
    check(text, WHAT, &expect);
    // Every line delivered twice: the second transfer is no transfer of the second leg.
    check(&text.lines().flat_map(|line| [line, "\n", line, "\n"]).collect::<String>(), WHAT, &expect);
    check(&[text, text].concat(), WHAT, &expect);
    check(&text.replace("BLINDTRANSFER|6004|from-internal", "ATTENDEDTRANSFER|BRIDGE|b1"), WHAT, &expect);
    check(&text.replace("BLINDTRANSFER|6004|from-internal", "TRANSFER|6004|from-internal"), WHAT, &expect);
    check(
        text,
        "contact_id leg_date tier started_at",
        &[
            "asterisk:1789380000.7|2026-09-14|1|2026-09-14T10:00:00Z",
            "asterisk:1789380000.7|2026-09-14|2|2026-09-14T10:02:10Z",
        ],
    );
}

#[test]
fn a_second_leg_is_known_without_its_beginning() {
    // The transfer was before midnight, in the file of the day before.
    let after_midnight = "1789430405|1789430000.7|second-line|Local/2001|CONNECT|10|1.8|5";
    check(after_midnight, WHAT, &["asterisk:1789430000.7/second-line|second-line|10||true|false|"]);
    let first_line = "1789430405|1789430000.7|bikes|Local/2001|CONNECT|10|1.8|5";
    check(first_line, WHAT, &["asterisk:1789430000.7|bikes|10||true|false|"]);
    let same_day = "1789380405|1789380000.7|second-line|NONE|ENTERQUEUE||612345678|1";
    check(same_day, WHAT, &["asterisk:1789380000.7|second-line|||||"]);
}

#[test]
fn overflow_is_neither_answer_nor_abandonment() {
    let text = "1789380100|1789380000.7|bikes|NONE|EXITWITHTIMEOUT|1|1|90";
    check(text, WHAT, &["asterisk:1789380000.7|bikes|90||false|false|false"]);
    let text = "1789380100|1789380000.7|bikes|NONE|EXITWITHKEY|1|1|1|80";
    check(text, WHAT, &["asterisk:1789380000.7|bikes|80||false|false|false"]);
}

#[test]
fn older_versions_shift_the_caller() {
    let shifted = "1789380000|1789380000.7|bikes|NONE|ENTERQUEUE|612345678|1";
    check(shifted, "customer_key", &["v1_ZVJQPDDVYWUITPX7B7XTANTKYM"]);
    let anonymous = "1789380000|1789380000.7|bikes|NONE|ENTERQUEUE||anonymous|1";
    check(anonymous, "customer_key", &[""]);
    let named = "1789380000|asterisk01-1789380000.7|bikes|NONE|ENTERQUEUE||612345678|1";
    check(named, "leg_id started_at", &["asterisk:asterisk01-1789380000.7|2026-09-14T10:00:00Z"]);
}

#[test]
fn noise_is_merged_and_dirt_is_rejected() {
    let text = "\
1789380000|NONE|NONE|NONE|QUEUESTART|

1789380001|NONE|bikes|Local/2001@from-internal/n|PAUSE|Lunch
1789380002|REALTIME|bikes|Local/2001|ADDMEMBER|
1789380003|1789380000.7|bikes|Local/2001|RINGNOANSWER|15000
\u{fffd}|~~~ log rotated by cron ~~~
17890||bikes
x|1789380000.7|bikes|NONE|ENTERQUEUE||1|1
1789380003||bikes|NONE|ENTERQUEUE||1|1
1789380003|call-7|bikes|NONE|ENTERQUEUE||1|1
1789380003|1789380000.7|bikes|Local/2001|CONNECT|soon|1.8|5
1789380003|1789380000.7|bikes|Local/2001|COMPLETEAGENT|30|-5|1
";
    let delivery = read(&source(Format::Asterisk), "queue_log", text);
    assert_eq!(
        rejects(&delivery),
        "6|malformed|\n7|malformed|\n8|bad_time|updated_at\n9|missing_id|contact_id\n10|bad_time|started_at\n\
         11|bad_number|wait_seconds\n12|bad_number|talk_seconds"
    );
    assert_eq!(counts(&delivery), "11 4 7");
    let delivery =
        read(&source(Format::Asterisk), "queue_log", b"1789380003|1789380000.7|\xFF|x|CONNECT|1\n");
    assert_eq!(rejects(&delivery), "1|bad_encoding|");
}
