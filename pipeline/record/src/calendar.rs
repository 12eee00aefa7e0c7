//! The reporting calendar: which day and week an instant belongs to.
//!
//! Calendar columns are computed here, when a record is read, and stored: engines disagree about
//! time zones, so no query ever converts one.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// Days between the Unix epoch and a date, as Arrow's `Date32` counts them.
pub type EpochDay = i32;

/// A reporting zone with the weekday on which its weeks start.
#[derive(Debug, Clone)]
pub struct Calendar {
    zone: TimeZone,
    week_start: Weekday,
}

impl Calendar {
    /// A calendar that reports in `zone`, with weeks that start on `week_start`.
    pub fn new(zone: TimeZone, week_start: Weekday) -> Self {
        Self { zone, week_start }
    }

    /// The reporting zone.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The reporting day of an instant.
    ///
    /// # Units
    /// `micros`: microseconds since the Unix epoch, UTC. Instants beyond jiff's range (years
    /// -9999..=9999) give the epoch day of the nearest representable instant.
    pub fn date(&self, micros: i64) -> EpochDay {
        let timestamp = clamp(micros);
        epoch_day(self.zone.to_datetime(timestamp).date())
    }

    /// The first day of the reporting week that holds a reporting day.
    pub fn week(&self, day: EpochDay) -> EpochDay {
        // 1970-01-01 was a Thursday: three days after a Monday.
        let monday_zero = self.week_start.to_monday_zero_offset() as i32;
        day - (day + 3 - monday_zero).rem_euclid(7)
    }
}

/// The UTC day of an instant given in microseconds since the Unix epoch.
pub fn utc_day(micros: i64) -> EpochDay {
    micros.div_euclid(86_400_000_000) as i32
}

/// The date of an epoch day.
pub fn date_of(day: EpochDay) -> Date {
    let epoch = Date::constant(1970, 1, 1);
    epoch.saturating_add(i64::from(day).days())
}

/// The epoch day of a date.
pub fn epoch_day(date: Date) -> EpochDay {
    let epoch = Date::constant(1970, 1, 1);
    match epoch.until(date) {
        Ok(span) => span.get_days(),
        Err(_) => EpochDay::MAX,
    }
}

fn clamp(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(if micros < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

#[cfg(test)]
mod tests;
