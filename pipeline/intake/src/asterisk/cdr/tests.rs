//! Call detail records in local time.

use refrain_record::Table;

use crate::Format;
use crate::fixture::{counts, read, rejects, show, source};

const COLUMNS: &str = "leg_id direction customer_key started_at ended_at product updated_at";

fn row(src: &str, clid: &str, start: &str, end: &str, tail: &str) -> String {
    format!(
        "\"\",\"{src}\",\"6001\",\"from-trunk\",{clid},\"PJSIP/trunk-1\",\"Local/2001@from-internal-1\",\"Queue\",\
         \"bikes,t\",\"{start}\",\"\",\"{end}\",130,100,\"ANSWERED\",\"DOCUMENTATION\"{tail}\n"
    )
}

#[track_caller]
fn check(text: &str, expect: &[&str]) {
    let delivery = read(&source(Format::Asterisk), "cdr/Master-2026-09-14.csv", text);
    assert_eq!(show(&delivery, Table::RawLeg, COLUMNS), expect.join("\n"));
}

const TAIL: &str = ",\"1789380000.7\",\"product=Velo City\"";
const KEY: &str = "v1_ZVJQPDDVYWUITPX7B7XTANTKYM";

#[test]
fn a_row_says_who_called_and_about_what() {
    let clid = "\"\"\"Joana\"\" <612345678>\"";
    let (start, end) = ("2026-09-14 12:00:00", "2026-09-14 12:02:10");
    let times = "2026-09-14T10:00:00Z|2026-09-14T10:02:10Z";
    let expect = format!("asterisk:1789380000.7|inbound|{KEY}|{times}|Velo City|2026-09-14T10:02:10Z");
    check(&row("612345678", clid, start, end, TAIL), &[&expect]);
    check(&row("", clid, start, end, TAIL), &[&expect]);
    let nobody = format!("asterisk:1789380000.7|inbound||{times}|Velo City|2026-09-14T10:02:10Z");
    check(&row("anonymous", clid, start, end, TAIL), &[&nobody]);
    check(&row("", "\"\"\"Anonymous\"\" <anonymous>\"", start, end, TAIL), &[&nobody]);
    let no_product = format!("asterisk:1789380000.7|inbound|{KEY}|{times}||2026-09-14T10:02:10Z");
    check(&row("612345678", clid, start, end, ",1789380000.7"), &[&no_product]);
    let outbound = row("2001", clid, start, end, TAIL)
        .replace("\"6001\",\"from-trunk\"", "\"+34612345678\",\"from-internal\"");
    check(&outbound, &[&expect.replace("inbound", "outbound")]);
}

#[test]
fn an_outbound_call_is_known_from_here_alone() {
    let text = row("2001", "x", "2026-09-14 12:00:00", "2026-09-14 12:02:10", TAIL)
        .replace("from-trunk", "from-internal")
        .replace("\"\",\"2026-09-14 12:02:10\"", "\"2026-09-14 12:00:30\",\"2026-09-14 12:02:10\"");
    let delivery = read(&source(Format::Asterisk), "Master.csv", text.as_str());
    let columns = "answered_at talk_seconds is_handled is_abandoned";
    assert_eq!(show(&delivery, Table::RawLeg, columns), "2026-09-14T10:00:30Z|100|true|false");
    let unanswered = text.replace("\"2026-09-14 12:00:30\"", "\"\"");
    let delivery = read(&source(Format::Asterisk), "Master.csv", unanswered);
    assert_eq!(show(&delivery, Table::RawLeg, columns), "||false|false");
}

#[test]
fn nothing_that_the_queue_log_knows_better_is_said() {
    let text = row("612345678", "x", "2026-09-14 12:00:00", "2026-09-14 12:02:10", TAIL);
    let delivery = read(&source(Format::Asterisk), "Master.csv", text);
    let columns = "queue tier agent_key queued_at answered_at wait_seconds talk_seconds hold_seconds is_handled \
                   is_abandoned is_transferred disposition is_marked_unresolved order_id";
    assert_eq!(show(&delivery, Table::RawLeg, columns), "|".repeat(13));
}

#[test]
fn the_rows_of_a_call_are_one_fragment() {
    let text = [
        row("612345678", "x", "2026-09-14 12:00:00", "2026-09-14 12:02:10", ",\"1789380000.7\",\"\""),
        row("", "", "2026-09-14 12:02:10", "2026-09-14 12:09:10", TAIL),
    ];
    check(
        &text.concat(),
        &[&format!(
            "asterisk:1789380000.7|inbound|{KEY}|2026-09-14T10:00:00Z|2026-09-14T10:09:10Z|Velo City|2026-09-14T10:09:10Z"
        )],
    );
}

#[test]
fn the_id_tells_which_hour_is_meant_when_clocks_go_back() {
    // 2026-10-25T01:20:00Z is the second time that Madrid's clocks show 02:20.
    let tail = ",\"1792891200.1\",\"\"";
    let text = row("", "", "2026-10-25 02:20:00", "2026-10-25 02:30:00", tail);
    check(
        &text,
        &["asterisk:1792891200.1|inbound||2026-10-25T01:20:00Z|2026-10-25T01:30:00Z||2026-10-25T01:30:00Z"],
    );
    let tail = ",\"1792887600.1\",\"\"";
    let text = row("", "", "2026-10-25 02:20:00", "2026-10-25 02:10:00", tail);
    check(
        &text,
        &["asterisk:1792887600.1|inbound||2026-10-25T00:20:00Z|2026-10-25T01:10:00Z||2026-10-25T01:10:00Z"],
    );
}

#[test]
fn dirt_is_rejected() {
    let good = "2026-09-14 12:00:00";
    let text = [
        row("", "", "", good, TAIL),
        row("", "", "2026-02-30 25:61:00", good, TAIL),
        row("", "", good, "2026-09-14 11:59:00", TAIL),
        row("", "", good, good, ""),
        row("", "", good, good, ",\"linkedid\",\"\""),
        "\"\",\"612345678\",\"6001\"\n".to_owned(),
        row("", "", good, good, TAIL),
    ];
    let delivery = read(&source(Format::Asterisk), "Master.csv", text.concat());
    assert_eq!(
        rejects(&delivery),
        "6|malformed|\n1|missing_time|started_at\n2|bad_time|started_at\n3|ends_before_start|ended_at\n\
         4|missing_id|contact_id\n5|bad_time|leg_date"
    );
    assert_eq!(counts(&delivery), "7 0 6");
}
