//! Conversions around the change of the clocks in Madrid, 2026-03-29 and 2026-10-25, both 01:00 UTC.

use super::*;

fn micros(utc: &str) -> i64 {
    utc.parse::<Timestamp>().unwrap().as_microsecond()
}

#[track_caller]
fn check(civil: &str, reading: Reading, expect: &str) {
    let mut clock = ZoneClock::new(TimeZone::get("Europe/Madrid").unwrap());
    let civil = micros(&format!("{civil}Z"));
    assert_eq!(clock.instant(civil, reading), micros(expect));
    assert_eq!(clock.instant(civil, reading), micros(expect), "the second time, from memory");
}

#[test]
fn civil_times_become_instants() {
    check("2026-01-10T12:07:09.5", Reading::Earlier, "2026-01-10T11:07:09.5Z");
    check("2026-07-10T12:07:09", Reading::Later, "2026-07-10T10:07:09Z");
    // Shown twice.
    check("2026-10-25T02:30:00", Reading::Earlier, "2026-10-25T00:30:00Z");
    check("2026-10-25T02:30:00", Reading::Later, "2026-10-25T01:30:00Z");
    check("2026-10-25T03:00:00", Reading::Earlier, "2026-10-25T02:00:00Z");
    // Never shown: shifted forward.
    check("2026-03-29T02:30:00", Reading::Earlier, "2026-03-29T01:30:00Z");
    check("2026-03-29T02:30:00", Reading::Later, "2026-03-29T01:30:00Z");
}

#[test]
fn instants_become_civil_times() {
    let mut clock = ZoneClock::new(TimeZone::get("Europe/Madrid").unwrap());
    assert_eq!(clock.hour(micros("2026-10-25T00:59:59Z")), 2);
    assert_eq!(clock.hour(micros("2026-10-25T01:00:00Z")), 2);
    assert_eq!(clock.hour(micros("2026-03-29T00:59:59Z")), 1);
    assert_eq!(clock.hour(micros("2026-03-29T01:00:00Z")), 3);
    assert_eq!(clock.day(micros("2026-07-10T22:30:00Z")), clock.day(micros("2026-07-11T12:00:00Z")));
}

#[test]
fn half_hour_changes_fall_on_a_quarter() {
    let mut clock = ZoneClock::new(TimeZone::get("Australia/Lord_Howe").unwrap());
    for utc in
        ["2026-04-04T14:59:59Z", "2026-04-04T15:00:00Z", "2026-10-03T15:29:59Z", "2026-10-03T15:30:00Z"]
    {
        let instant = micros(utc);
        let zone = TimeZone::get("Australia/Lord_Howe").unwrap();
        let offset = zone.to_offset(Timestamp::from_microsecond(instant).unwrap()).seconds();
        assert_eq!(clock.civil(instant) - instant, i64::from(offset) * SECOND, "{utc}");
    }
}
