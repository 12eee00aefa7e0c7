//! Waiting: contacts by day, the busiest day by name, and the share answered within 120 seconds.

use std::collections::BTreeMap;

use refrain_record::calendar::EpochDay;

use super::{Chart, Edition, Table, weekday_short};
use crate::charts::both_widths;
use crate::charts::days::{DayColumn, draw};
use crate::figures;

/// Days that are drawn at most: twelve weeks.
const DRAWN_DAYS: EpochDay = 84;

pub(super) struct Section {
    pub(super) notice: String,
    pub(super) lede: String,
    pub(super) chart: Chart,
}

/// The busiest day against a usual one.
pub(crate) struct Peak {
    /// Position among the days.
    pub(crate) position: usize,
    /// How many times a usual day.
    pub(crate) ratio: f64,
    /// What a usual day is: "a usual Wednesday".
    pub(crate) usual: String,
}

/// All sites' days together, oldest first; a day that is still running is left out.
pub(crate) fn days(edition: &Edition<'_>) -> Vec<DayColumn> {
    let mut sums: BTreeMap<EpochDay, (i64, i64, i64)> = BTreeMap::new();
    for row in edition.facts.days.iter().filter(|row| row.date < edition.as_of_day) {
        let day = sums.entry(row.date).or_default();
        day.0 = day.0.saturating_add(row.offered);
        day.1 = day.1.saturating_add(row.answered_in_120);
        day.2 = day.2.saturating_add(row.abandoned);
    }
    let last = sums.keys().next_back().copied().unwrap_or_default();
    sums.into_iter()
        .filter(|(date, _)| last.saturating_sub(*date) < DRAWN_DAYS)
        .map(|(date, (offered, in_120, abandoned))| DayColumn {
            date,
            offered,
            abandoned,
            in_time: (offered > 0).then(|| in_120 as f64 / offered as f64),
        })
        .collect()
}

/// The busiest day, against the median of the other days of its weekday, or of all when those are few.
pub(crate) fn peak(days: &[DayColumn]) -> Option<Peak> {
    let (position, day) =
        days.iter().enumerate().max_by_key(|(position, day)| (day.offered, usize::MAX - position))?;
    let others = |same_weekday: bool| {
        let mut offered: Vec<i64> = days
            .iter()
            .filter(|other| other.date != day.date && (!same_weekday || (other.date - day.date) % 7 == 0))
            .map(|other| other.offered)
            .collect();
        offered.sort_unstable();
        offered
    };
    let mut usual = format!("a usual {}", figures::weekday(day.date));
    let mut offered = others(true);
    if offered.len() < 3 {
        usual = "a usual day".to_owned();
        offered = others(false);
    }
    let median = *offered.get(offered.len() / 2)?;
    (median > 0).then(|| Peak { position, ratio: day.offered as f64 / median as f64, usual })
}

pub(super) fn section(edition: &Edition<'_>) -> Section {
    let days = days(edition);
    if days.is_empty() {
        let notice = edition.facts.absence("waiting_daily");
        return Section { notice, lede: String::new(), chart: Chart::default() };
    }
    let peak = peak(&days);
    let position = peak.as_ref().map(|peak| peak.position);
    let lede = match peak.as_ref().and_then(|peak| Some((peak, days.get(peak.position)?))) {
        Some((peak, day)) => format!(
            "The busiest day was {} {}, with {} contacts, {} {}. On it, {} were answered within 120 seconds.",
            figures::weekday(day.date),
            figures::long_day(day.date),
            figures::count(day.offered),
            figures::times(peak.ratio),
            peak.usual,
            figures::percent(day.in_time)
        ),
        None => "Too few days to say which was busy.".to_owned(),
    };
    let label = "Contacts offered per day, and the share answered within 120 seconds";
    let svg = both_widths(|width| draw(&days, position, width, label, &lede));
    let rows = days
        .iter()
        .map(|day| {
            vec![
                format!("{} {}", weekday_short(day.date), figures::long_day(day.date)),
                figures::count(day.offered),
                figures::count(day.abandoned),
                figures::percent(day.in_time),
            ]
        })
        .collect();
    let table = Table {
        caption: label.to_owned(),
        head: ["Day", "Offered", "Gave up", "Answered within 120 s"].map(str::to_owned).to_vec(),
        rows,
    };
    Section { notice: String::new(), lede, chart: Chart { svg, table } }
}
