//! WebVTT captions.

use refrain_record::Table;

use crate::Format;
use crate::fixture::{counts, read, rejects, show, source, tar};

#[track_caller]
fn check(text: &str, expect: &[&str]) {
    let archive = tar(&[("captions/1789380000.7.vtt", text.as_bytes())]);
    let delivery = read(&source(Format::Asterisk), "captions/captions-2026-09-14.tar", archive);
    let columns = "turn_id turn_index speaker offset_seconds text redaction_count";
    assert_eq!(show(&delivery, Table::RawTurn, columns), expect.join("\n"));
}

#[test]
fn a_voice_span_is_a_turn() {
    check(
        "WEBVTT\n\nNOTE\nrecording 1.wav\n\n1\n00:00:01.500 --> 00:00:04.000\n<v Customer>My <i>bike</i> &amp; I\n\n\
         NOTE Confidence: 0.7\n\n00:04.000 --> 00:09.000 align:start\n<v Agent Marta>Call SECRET\nplease\n",
        &["1|0|customer|1.5|My bike & I|0", "2|1|agent|4.0|Call [X] please|1"],
    );
}

#[test]
fn several_voices_in_a_cue_and_none() {
    check(
        "WEBVTT - x\r\n\r\n00:01.000 --> 00:02.000\r\n<v.loud Caller>One</v> <v Bot>Two\r\n\r\n00:03.000 --> 00:04.000\r\n\
         Three\r\n\r\n01:00:05.000 --> 01:00:06.000\r\n<v Peter>x &lt; y <z",
        &["1|0|customer|1.0|One|0", "1-2|1|bot|1.0|Two|0", "2|2|bot|3.0|Three|0", "3|3|agent|3605.0|x < y|0"],
    );
    check("WEBVTT\n\n00:01.000 --> 00:02.000\nNo voice at all", &["1|0|customer|1.0|No voice at all|0"]);
}

#[test]
fn members_are_counted_and_unreadable_cues_apart() {
    let cue = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Customer>One";
    let archive = tar(&[
        ("1789380000.1.vtt", cue.as_bytes()),
        ("1789380000.2.vtt", b"WEBVTT\n"),
        ("1789380000.3.vtt", b"1\n00:00:01,000 --> 00:00:02,000\nsubtitles, not captions"),
        ("1789380000.4.vtt", [cue, "\n\n00:xx.000 --> 00:09.000\nlost"].concat().as_bytes()),
        ("1789380000.5.vtt", b"WEBVTT\n\n00:xx.000 --> 00:09.000\nlost"),
        ("recording.vtt", cue.as_bytes()),
        (".vtt", cue.as_bytes()),
        ("1789380000.6.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\n\xFF"),
        ("1789380000.7.vtt", b""),
    ]);
    let delivery = read(&source(Format::Asterisk), "captions.tar", archive);
    assert_eq!(
        rejects(&delivery),
        "3|bad_transcript|\n4|bad_transcript|\n5|bad_transcript|\n6|bad_time|leg_date\n7|missing_id|leg_id\n\
         8|bad_encoding|\n9|bad_transcript|"
    );
    assert_eq!(counts(&delivery), "10 1 7");
    let turns = show(&delivery, Table::RawTurn, "leg_id leg_date position");
    assert_eq!(turns, "asterisk:1789380000.1|2026-09-14|1\nasterisk:1789380000.4|2026-09-14|4");
}
