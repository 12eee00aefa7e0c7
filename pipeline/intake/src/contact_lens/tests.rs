//! Contact Lens transcripts.

use refrain_record::Table;

use crate::Format;
use crate::fixture::{counts, read, rejects, show, source, tar};

const NAME: &str = "c-1_analysis_2026-09-14T10:12:13Z.json";
const FULL: &str = r#"{"Version":"1.1.0","Channel":"VOICE","LanguageCode":"en-US","CustomerMetadata":{"ContactId":"c-1"},"Participants":[{"ParticipantId":"A","ParticipantRole":"AGENT"},{"ParticipantId":"C","ParticipantRole":"CUSTOMER"}],"Categories":{"MatchedCategories":[]},"Transcript":[{"Id":"t1","ParticipantId":"C","Content":"My number is SECRET","BeginOffsetMillis":1500,"EndOffsetMillis":2000,"LoudnessScore":[1.5]},{"Id":"t2","ParticipantId":"A","Content":" ","BeginOffsetMillis":2500},{"ParticipantRole":"SYSTEM","Content":"Hello \"you\"","BeginOffsetMillis":"3000"}]}"#;

#[track_caller]
fn check(members: &[(&str, &str)], expect_turns: &[&str], expect_rejects: &str, expect_counts: &str) {
    let members: Vec<(&str, &[u8])> = members.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    let delivery =
        read(&source(Format::AmazonConnect), "contact-lens/contact-lens-2026-09-14.tar", tar(&members));
    let columns = "leg_date leg_id turn_id turn_index speaker offset_seconds text redaction_count";
    assert_eq!(show(&delivery, Table::RawTurn, columns), expect_turns.join("\n"));
    assert_eq!(rejects(&delivery), expect_rejects);
    assert_eq!(counts(&delivery), expect_counts);
}

#[test]
fn a_member_gives_its_turns() {
    check(
        &[(NAME, FULL)],
        &[
            "2026-09-14|connect:c-1|t1|0|customer|1.5|My number is [X]|1",
            "2026-09-14|connect:c-1|2|1|bot|3.0|Hello \"you\"|0",
        ],
        "",
        "1 0 0",
    );
}

#[test]
fn members_without_speech_are_merged_and_unreadable_ones_rejected() {
    let silent = r#"{"CustomerMetadata":{"ContactId":"c-2"},"JobStatus":"FAILED"}"#;
    let odd_offset = FULL.replace("\"BeginOffsetMillis\":1500", "\"BeginOffsetMillis\":\"soon\"");
    let nameless = FULL.replace(r#""ContactId":"c-1""#, r#""x":1"#);
    check(
        &[
            ("c-2_analysis_2026-09-14T10:12:13Z.json", silent),
            (NAME, &FULL[..300]),
            (NAME, &odd_offset),
            ("c-1_analysis_yesterday.json", FULL),
            ("_analysis_2026-09-14T10:12:13Z.json", &nameless),
        ],
        &["2026-09-14|connect:c-1|2|0|bot|3.0|Hello \"you\"|0"],
        "2|malformed|\n3|bad_transcript|\n4|bad_time|leg_date\n5|missing_id|leg_id",
        "6 1 4",
    );
    check(
        &[("c-9_analysis_redacted_2026-09-14T10_12_13Z.json", &nameless.replace("SECRET", "1"))],
        &[
            "2026-09-14|connect:c-9|t1|0|customer|1.5|My number is 1|0",
            "2026-09-14|connect:c-9|2|1|bot|3.0|Hello \"you\"|0",
        ],
        "",
        "1 0 0",
    );
}
