//! Casts and the rejects they give.

use super::*;

/// Types one column; shows each value, or reason of the record's reject.
#[track_caller]
fn check(kind: Kind, text: &[&str], expect: &str) {
    let values = text.iter().map(|text| (!text.is_empty()).then_some(*text)).collect();
    let positions: Vec<i64> = (1..=text.len() as i64).collect();
    let typed = super::check(&positions, &[Field::required("value", kind)], vec![values]);
    let shown: Vec<String> = positions
        .iter()
        .map(|position| match typed.rejects.iter().find(|reject| reject.position == *position) {
            Some(reject) => reject.reason.to_string(),
            None => {
                let place = typed.rows.iter().position(|row| *row as i64 + 1 == *position).unwrap();
                typed.column("value").get(place).copied().flatten().map_or("text".into(), |v| v.to_string())
            }
        })
        .collect();
    assert_eq!(shown.join(" "), expect);
}

fn civil(pattern: &str, zone: &str) -> Kind {
    Kind::Civil { pattern: pattern.to_owned(), zone: TimeZone::get(zone).unwrap() }
}

#[test]
fn durations_in_three_spellings() {
    check(Kind::Seconds, &["75", "01:15", "1:02:03", "0", "00:00:09.8", "75.0"], "75 75 3723 0 9 75");
    let bad = ["-5", "1:60", "a", "1:2:3:4", "", ":", "1.", "1e3", "99999999999"];
    check(Kind::Seconds, &bad, &["bad_number"; 9].join(" "));
}

#[test]
fn counts_and_answers() {
    check(Kind::Count, &["3", "0", "-1", "2.5", "x"], "3 0 bad_number bad_number bad_number");
    check(Kind::YesNo, &["true", "No", "1", "maybe"], "1 0 1 malformed");
    check(Kind::Id, &["a", ""], "text missing_id");
}

#[test]
fn instants_and_epochs() {
    let ten = "1789380610000000";
    check(Kind::Instant, &["2026-09-14T10:10:10Z", "2026-09-14T12:10:10+02:00"], &[ten, ten].join(" "));
    check(Kind::Instant, &["2026-09-14T10:10:10.25Z"], "1789380610250000");
    check(
        Kind::Instant,
        &["2026-02-31T10:10:10Z", "2026-09-14 10:10", "1970-01-01T00:00:00Z", ""],
        "bad_time bad_time bad_time missing_time",
    );
    check(
        Kind::Epoch,
        &["1789380610", "0", "1789380610000", "x", "-1"],
        &format!("{ten} bad_time bad_time bad_time bad_time"),
    );
}

#[test]
fn local_times_follow_their_pattern() {
    let pattern = "%d/%m/%Y %H:%M:%S";
    check(
        civil(pattern, "Asia/Manila"),
        &["14/09/2026 18:10:10", "14/9/2026 18:10:10"],
        "1789380610000000 1789380610000000",
    );
    check(
        civil(pattern, "Asia/Manila"),
        &["31/02/2026 10:00:00", "14/09/2026 25:00:00", "2026-09-14 18:10:10", "14/09/2026", ""],
        "bad_time bad_time bad_time bad_time missing_time",
    );
    check(civil("%F %T", "Europe/Madrid"), &["2026-10-25 02:30:00"], "1792888200000000");
    check(civil("%F %T", "Europe/Madrid"), &["2026-03-29 02:30:00"], "1774747800000000");
    check(civil("%m/%d/%Y %I:%M:%S %p", "UTC"), &["09/14/2026 10:10:10 AM"], "1789380610000000");
}

#[test]
fn ends_lie_after_starts_even_when_clocks_go_back() {
    let fields = [
        Field::optional("id", Kind::Epoch),
        Field::required("start", civil("%F %T", "Europe/Madrid")).ordered(Order::Near("id")),
        Field::optional("end", civil("%F %T", "Europe/Madrid")).ordered(Order::NotBefore("start")),
    ];
    // 02:50 the first time, 02:10 the second: twenty minutes.
    let rows = [
        [None, Some("2026-10-25 02:50:00"), Some("2026-10-25 02:10:00")],
        // The id says that it began at 02:20 the second time.
        [Some("1792891200"), Some("2026-10-25 02:20:00"), Some("2026-10-25 02:30:00")],
        [None, Some("2026-09-14 10:00:00"), Some("2026-09-14 09:00:00")],
        [None, Some("2026-09-14 10:00:00"), None],
    ];
    let text = (0..3).map(|column| rows.iter().map(|row| row[column]).collect()).collect();
    let typed = super::check(&[1, 2, 3, 4], &fields, text);
    assert_eq!(typed.rows, [0, 1, 3]);
    let seconds = |name: &str| -> Vec<Option<i64>> {
        typed.column(name).iter().map(|value| value.map(|value| value / 1_000_000)).collect()
    };
    assert_eq!(seconds("start"), [Some(1_792_889_400), Some(1_792_891_200), Some(1_789_372_800)]);
    assert_eq!(seconds("end"), [Some(1_792_890_600), Some(1_792_891_800), None]);
    let reject = Reject { position: 3, reason: RejectReason::EndsBeforeStart, field: Some("end") };
    assert_eq!(typed.rejects, [reject]);
}

#[test]
fn patterns_are_tried_before_they_are_used() {
    for pattern in ["%d/%m/%Y %H:%M:%S", "%Y-%m-%d %H:%M", "%m/%d/%y %I:%M:%S %p"] {
        assert!(is_usable_pattern(pattern), "{pattern}");
    }
    for pattern in ["", "%H:%M:%S", "%Q", "%Y-%m-%d %I:%M"] {
        assert!(!is_usable_pattern(pattern), "{pattern}");
    }
}

#[test]
fn the_first_fault_in_the_order_of_the_fields_is_given() {
    let fields = [Field::required("a", Kind::Count), Field::required("b", Kind::Count)];
    let typed = super::check(&[9], &fields, vec![vec![Some("x")], vec![None]]);
    assert_eq!(typed.rejects[0].field, Some("a"));
}
