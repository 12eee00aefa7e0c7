//! Tests of the number formats.

use super::*;

#[track_caller]
fn check(found: String, expect: &str) {
    assert_eq!(found.replace('\u{a0}', " "), expect);
}

#[test]
fn numbers_read_as_people_write_them() {
    check(percent(Some(0.914)), "91.4 %");
    check(percent(Some(-0.0001)), "0.0 %");
    check(percent(Some(182.0 / 224.0)), "81.3 %");
    check(percent(None), "–");
    check(percent(Some(f64::NAN)), "–");
    check(percent_range(Some(0.8694), Some(0.894)), "86.9 – 89.4 %");
    check(points(-0.014), "1.4 points");
    check(points(0.01), "1.0 point");
    check(count(1204), "1,204");
    check(count(-1_234_567), "−1,234,567");
    check(count(i64::MIN), "−9,223,372,036,854,775,808");
    check(short_count(45_200.0), "45 k");
    check(short_count(3_200_000.0), "3.2 M");
    check(short_count(9.2e18), "9,200,000 T");
    check(duration(Some(108.0)), "1 m 48 s");
    check(duration(Some(48.4)), "48 s");
    check(duration(Some(3900.0)), "1 h 05 m");
    check(duration(None), "–");
    check(times(3.42), "3.4 times");
    check(per_thousand(3.13), "3.1");
    check(per_thousand(31.4), "31");
}

#[test]
fn days_and_words() {
    let monday = refrain_record::calendar::epoch_day(jiff::civil::date(2026, 11, 9));
    check(day(monday), "9 Nov");
    check(long_day(monday), "9 Nov 2026");
    check(weekday(monday + 2).to_owned(), "Wednesday");
    check(weekday(i32::MIN).to_owned(), weekday(i32::MIN + 7));
    check(list(&["a".to_owned(), "b".to_owned(), "c".to_owned()]), "a, b and c");
    check(readable("restarts_after_update"), "Restarts after update");
    check(readable(""), "(no name)");
    check(language("zh-Hant"), "Chinese, traditional");
    check(language("xx"), "xx");
    check(weeks(4), "four weeks");
    check(weeks(1), "one week");
}
