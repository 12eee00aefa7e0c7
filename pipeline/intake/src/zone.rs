//! Local times: the offset of one zone, remembered, so that a conversion costs a look-up.
//!
//! In: microseconds, UTC or civil. Out: the other. Offsets come from jiff and are kept per quarter of
//! an hour: no zone has changed its offset at any other moment since 1972. No calendar is known here.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

const SECOND: i64 = 1_000_000;
const QUARTER: i64 = 15 * 60 * SECOND;
/// Microseconds of a day.
pub(crate) const DAY: i64 = 86_400 * SECOND;

/// Which instant a civil time stands for when clocks went back and showed it twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// The first time it was shown. A civil time that clocks skipped is shifted forward.
    Earlier,
    /// The second time it was shown.
    Later,
}

/// A zone with the offsets that were asked for.
#[derive(Debug, Clone)]
pub(crate) struct ZoneClock {
    zone: TimeZone,
    utc_offsets: Offsets,
    earlier_offsets: Offsets,
    later_offsets: Offsets,
}

/// Offsets from UTC in microseconds by quarter of an hour, and the one asked for last.
#[derive(Debug, Clone, Default)]
struct Offsets {
    last: Option<(i64, i64)>,
    by_quarter: HashMap<i64, i64>,
}

impl Offsets {
    fn get(&mut self, quarter: i64, compute: impl FnOnce() -> i64) -> i64 {
        if let Some((last, offset)) = self.last
            && last == quarter
        {
            return offset;
        }
        let offset = *self.by_quarter.entry(quarter).or_insert_with(compute);
        self.last = Some((quarter, offset));
        offset
    }
}

impl ZoneClock {
    /// A clock of a zone that remembers nothing yet.
    pub(crate) fn new(zone: TimeZone) -> Self {
        Self {
            zone,
            utc_offsets: Offsets::default(),
            earlier_offsets: Offsets::default(),
            later_offsets: Offsets::default(),
        }
    }

    /// The civil time that the zone's clocks show at an instant.
    pub(crate) fn civil(&mut self, utc: i64) -> i64 {
        let quarter = utc.div_euclid(QUARTER);
        let zone = &self.zone;
        utc + self.utc_offsets.get(quarter, || match Timestamp::from_microsecond(quarter * QUARTER) {
            Ok(instant) => i64::from(zone.to_offset(instant).seconds()) * SECOND,
            Err(_) => 0,
        })
    }

    /// The hour of the day, 0..=23, that the zone's clocks show at an instant.
    pub(crate) fn hour(&mut self, utc: i64) -> i32 {
        (self.civil(utc).rem_euclid(DAY) / (3600 * SECOND)) as i32
    }

    /// The epoch day that the zone's calendars show at an instant.
    pub(crate) fn day(&mut self, utc: i64) -> i32 {
        self.civil(utc).div_euclid(DAY) as i32
    }

    /// The instant at which the zone's clocks show a civil time.
    pub(crate) fn instant(&mut self, civil: i64, reading: Reading) -> i64 {
        let quarter = civil.div_euclid(QUARTER);
        let zone = &self.zone;
        let offsets = match reading {
            Reading::Earlier => &mut self.earlier_offsets,
            Reading::Later => &mut self.later_offsets,
        };
        civil - offsets.get(quarter, || offset_of_civil(zone, quarter * QUARTER, reading).unwrap_or(0))
    }
}

fn offset_of_civil(zone: &TimeZone, civil: i64, reading: Reading) -> Option<i64> {
    let as_if_utc = Timestamp::from_microsecond(civil).ok()?;
    let ambiguous = zone.to_ambiguous_timestamp(Offset::UTC.to_datetime(as_if_utc));
    let instant = match reading {
        Reading::Earlier => ambiguous.compatible().ok()?,
        Reading::Later => ambiguous.later().ok()?,
    };
    Some(civil - instant.as_microsecond())
}

#[cfg(test)]
mod tests;
