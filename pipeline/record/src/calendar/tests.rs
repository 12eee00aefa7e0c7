//! The reporting calendar at the edges where it is easy to be wrong.

use super::*;

#[track_caller]
fn check(zone: &str, week_start: Weekday, instant: &str, date: &str, week: &str) {
    let calendar = Calendar::new(TimeZone::get(zone).unwrap(), week_start);
    let micros = instant.parse::<Timestamp>().unwrap().as_microsecond();
    let day = calendar.date(micros);
    assert_eq!(date_of(day).to_string(), date);
    assert_eq!(date_of(calendar.week(day)).to_string(), week);
}

#[test]
fn a_late_evening_in_utc_is_the_next_day_in_madrid() {
    check("Europe/Madrid", Weekday::Monday, "2026-11-15T23:30:00Z", "2026-11-16", "2026-11-16");
    check("UTC", Weekday::Monday, "2026-11-15T23:30:00Z", "2026-11-15", "2026-11-09");
}

#[test]
fn weeks_may_start_on_sunday() {
    check("UTC", Weekday::Sunday, "2026-11-14T00:00:00Z", "2026-11-14", "2026-11-08");
    check("UTC", Weekday::Sunday, "2026-11-15T00:00:00Z", "2026-11-15", "2026-11-15");
}

#[test]
fn the_day_clocks_go_back_is_one_day() {
    check("Europe/Madrid", Weekday::Monday, "2026-10-24T22:00:00Z", "2026-10-25", "2026-10-19");
    check("Europe/Madrid", Weekday::Monday, "2026-10-25T22:59:59Z", "2026-10-25", "2026-10-19");
    check("Europe/Madrid", Weekday::Monday, "2026-10-25T23:00:00Z", "2026-10-26", "2026-10-26");
}

#[test]
fn before_the_epoch_days_are_negative() {
    assert_eq!(utc_day(-1), -1);
    check("UTC", Weekday::Monday, "1969-12-31T23:59:59Z", "1969-12-31", "1969-12-29");
}
