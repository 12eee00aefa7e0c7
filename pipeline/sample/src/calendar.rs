//! Dates, instants and local times: arithmetic on whole seconds, and how vendors write them.
//!
//! In: seconds since 1970 (UTC) and IANA zone names. Out: fields and bytes. The zone rules are asked
//! once per hour of the window, not once per contact; no clock is read.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::SampleError;
use crate::bytes::{push_number, push_padded};

/// Seconds of a day.
pub(crate) const DAY: i64 = 86_400;

/// Year, month and day of a day number (days since 1970-01-01).
///
/// # Source
/// `civil_from_days`, Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
pub(crate) fn civil(day: i64) -> (u64, u64, u64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year as u64, month as u64, day_of_month as u64)
}

/// The weekday of a day number, Monday = 0.
pub(crate) fn weekday(day: i64) -> usize {
    (day + 3).rem_euclid(7) as usize
}

/// Appends `2026-09-14`.
pub(crate) fn push_date(out: &mut Vec<u8>, day: i64) {
    let (year, month, day) = civil(day);
    push_padded(out, year, 4);
    out.push(b'-');
    push_padded(out, month, 2);
    out.push(b'-');
    push_padded(out, day, 2);
}

/// Appends `10:12:13` for a number of seconds (more than 24 h stay hours).
pub(crate) fn push_clock(out: &mut Vec<u8>, seconds: i64) {
    let seconds = seconds.max(0) as u64;
    push_padded(out, seconds / 3_600, 2);
    out.push(b':');
    push_padded(out, seconds / 60 % 60, 2);
    out.push(b':');
    push_padded(out, seconds % 60, 2);
}

/// Appends `2026-09-14T10:12:13Z`.
pub(crate) fn push_instant(out: &mut Vec<u8>, seconds: i64) {
    push_date(out, seconds.div_euclid(DAY));
    out.push(b'T');
    push_clock(out, seconds.rem_euclid(DAY));
    out.push(b'Z');
}

/// Appends `2026-09-14 10:12:13`.
pub(crate) fn push_local(out: &mut Vec<u8>, local_seconds: i64) {
    push_date(out, local_seconds.div_euclid(DAY));
    out.push(b' ');
    push_clock(out, local_seconds.rem_euclid(DAY));
}

/// Appends `14/09/2026 10:12:13`.
pub(crate) fn push_day_first(out: &mut Vec<u8>, local_seconds: i64) {
    let (year, month, day) = civil(local_seconds.div_euclid(DAY));
    push_padded(out, day, 2);
    out.push(b'/');
    push_padded(out, month, 2);
    out.push(b'/');
    push_number(out, year);
    out.push(b' ');
    push_clock(out, local_seconds.rem_euclid(DAY));
}

/// The offsets of one zone, hour by hour over a window.
#[derive(Debug)]
pub(crate) struct Offsets {
    first_hour: i64,
    seconds: Vec<i32>,
}

impl Offsets {
    /// Asks the zone's rules for every hour in `from..until`.
    ///
    /// # Errors
    /// [`SampleError::ZoneMissing`] when the time zone database does not know the zone.
    pub(crate) fn new(zone: &'static str, from: i64, until: i64) -> Result<Self, SampleError> {
        let rules = TimeZone::get(zone).map_err(|source| SampleError::ZoneMissing { zone, source })?;
        let first_hour = from.div_euclid(3_600);
        let mut seconds = Vec::with_capacity((until.div_euclid(3_600) - first_hour).max(1) as usize);
        for hour in first_hour..=until.div_euclid(3_600) {
            let instant = Timestamp::from_second(hour * 3_600)
                .map_err(|source| SampleError::ZoneMissing { zone, source })?;
            seconds.push(rules.to_offset(instant).seconds());
        }
        Ok(Self { first_hour, seconds })
    }

    /// Local seconds of an instant; beyond the window the nearest hour's offset holds.
    pub(crate) fn local(&self, instant: i64) -> i64 {
        let hour = (instant.div_euclid(3_600) - self.first_hour).clamp(0, self.seconds.len() as i64 - 1);
        instant + i64::from(self.seconds[hour as usize])
    }
}
