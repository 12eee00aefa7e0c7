//! Contacts by day as columns, and below them the share answered in time.
//!
//! In: one value per day. Out: a drawing in which the busiest day is named from the data.

use refrain_record::calendar::EpochDay;

use super::drawing::{Anchor, text_width};
use super::scale::{Scale, round_ends, ticks};
use super::{Drawing, Svg};
use crate::figures;

/// One day of the chart.
#[derive(Debug, Clone)]
pub(crate) struct DayColumn {
    /// The day.
    pub(crate) date: EpochDay,
    /// Contacts offered.
    pub(crate) offered: i64,
    /// Of these, those who gave up.
    pub(crate) abandoned: i64,
    /// Share answered in time; none when nothing was offered.
    pub(crate) in_time: Option<f64>,
}

/// Draws the chart; `peak` is the position of the day to name.
pub(crate) fn draw(
    days: &[DayColumn],
    peak: Option<usize>,
    width: f64,
    label: &str,
    description: &str,
) -> Svg {
    let is_wide = width > 600.0;
    let height = 400.0;
    let (left, right) = (46.0, width - 8.0);
    let (top, middle, lower_top, bottom) = (46.0, 208.0, 264.0, height - 30.0);
    let mut drawing = Drawing::new(width, height, label, description);
    let first = days.first().map_or(0, |day| day.date);
    let last = days.last().map_or(0, |day| day.date);
    let each = (right - left) / f64::from(last.saturating_sub(first).max(6) + 1);
    let x = |date: EpochDay| left + f64::from(date - first) * each;
    let highest = days.iter().map(|day| day.offered as f64).fold(0.0, f64::max);
    let ends = round_ends(0.0, highest.max(1.0), 3);
    let y = Scale::new((ends.0, ends.1), (middle, top));
    drawing.text((0.0, 14.0), Anchor::Start, "name", "Contacts offered per day");
    for tick in ticks(ends) {
        drawing.line((left, y.at(tick)), (right, y.at(tick)), "rule");
        drawing.text((left - 8.0, y.at(tick) + 4.0), Anchor::End, "axis", &figures::short_count(tick));
    }
    let share = Scale::new((0.0, 1.0), (bottom, lower_top));
    drawing.text((0.0, 244.0), Anchor::Start, "name", "Of these, answered within 120 seconds");
    for tick in [0.0, 0.5, 1.0] {
        drawing.line((left, share.at(tick)), (right, share.at(tick)), "rule");
        drawing.text((left - 8.0, share.at(tick) + 4.0), Anchor::End, "axis", &figures::round_percent(tick));
    }
    for (position, day) in days.iter().enumerate() {
        let title = format!(
            "{} {}: {} offered, {} gave up, {} answered within 120 s",
            figures::weekday(day.date),
            figures::long_day(day.date),
            figures::count(day.offered),
            figures::count(day.abandoned),
            figures::percent(day.in_time)
        );
        let column = y.at(day.offered as f64);
        let class = if Some(position) == peak { "column flagged" } else { "column" };
        let size = (each * 0.78, middle - column);
        drawing.rectangle((x(day.date) + each * 0.11, column), size, class, &title);
        if let Some(value) = day.in_time {
            let class = if Some(position) == peak { "mark flagged" } else { "mark" };
            let radius = if Some(position) == peak { 4.5 } else { (each * 0.3).clamp(1.2, 2.6) };
            drawing.circle((x(day.date) + each / 2.0, share.at(value)), radius, class, &title);
        }
    }
    for run in days.chunk_by(|left, right| right.date - left.date == 1) {
        let line: Vec<(f64, f64)> =
            run.iter().filter_map(|day| Some((x(day.date) + each / 2.0, share.at(day.in_time?)))).collect();
        drawing.polyline(&line, "line thin");
    }
    if let Some(day) = peak.and_then(|position| days.get(position)) {
        let name = format!("{} {}", &figures::weekday(day.date)[..3], figures::day(day.date));
        let text = format!("{name}: {}", figures::count(day.offered));
        let at = label_at(x(day.date) + each / 2.0, &text, (left, right));
        drawing.text((at, y.at(day.offered as f64) - 8.0), Anchor::Middle, "value flagged", &text);
        if let Some(value) = day.in_time {
            let text = figures::percent(Some(value));
            let at = label_at(x(day.date) + each / 2.0, &text, (left, right));
            let below = share.at(value) + 20.0;
            let base = if below > bottom - 2.0 { share.at(value) - 10.0 } else { below };
            drawing.text((at, base), Anchor::Middle, "value flagged", &text);
        }
    }
    let weeks = f64::from(last.saturating_sub(first)) / 7.0;
    let every = (weeks * 46.0 / (right - left)).ceil().max(1.0) as i32 * 7;
    let mondays = first + (4 - first).rem_euclid(7);
    for monday in (mondays..=last).step_by(every.max(7) as usize) {
        drawing.line((x(monday), bottom), (x(monday), bottom + 5.0), "rule");
        if x(monday) + if is_wide { 40.0 } else { 34.0 } <= width {
            drawing.text((x(monday), bottom + 20.0), Anchor::Start, "axis", &figures::day(monday));
        }
    }
    drawing.finish()
}

fn label_at(centre: f64, text: &str, (left, right): (f64, f64)) -> f64 {
    // Half the width in a wide bold face: not every machine has the narrow ones.
    let half = text_width(text) * 0.75 + 2.0;
    if right - left > 2.0 * half { centre.clamp(left + half, right - half) } else { (left + right) / 2.0 }
}
