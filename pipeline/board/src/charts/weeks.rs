//! A share by week: a line with its interval, and estimates set apart for weeks that are not final.
//!
//! In: one point per week. Out: a drawing with round axis values, the count behind each week below
//! its date, and the last final value written beside its mark. The value axis need not start at zero.

use refrain_record::calendar::EpochDay;

use super::drawing::{Anchor, text_width};
use super::scale::{Scale, round_ends, ticks};
use super::{Drawing, Svg};
use crate::figures;

/// One week of the chart.
#[derive(Debug, Clone, Default)]
pub(crate) struct WeekPoint {
    /// First day of the week.
    pub(crate) week: EpochDay,
    /// The final share.
    pub(crate) value: Option<f64>,
    /// Lower end of its interval.
    pub(crate) low: Option<f64>,
    /// Upper end of its interval.
    pub(crate) high: Option<f64>,
    /// The estimate while the week is not final.
    pub(crate) estimate: Option<f64>,
    /// Contacts behind it.
    pub(crate) count: i64,
    /// What the pointer shows.
    pub(crate) title: String,
}

/// Ends of the value axis around all values, intervals and estimates, within 0..1.
pub(crate) fn share_ends<'a>(points: impl Iterator<Item = &'a WeekPoint>, parts: usize) -> (f64, f64, f64) {
    let mut low = f64::INFINITY;
    let mut high = f64::NEG_INFINITY;
    for value in points.flat_map(|point| [point.value, point.low, point.high, point.estimate]).flatten() {
        low = low.min(value);
        high = high.max(value);
    }
    let (from, to, step) = round_ends(low, high, parts);
    (from.max(0.0), to.min(1.0_f64.max(high)), step)
}

/// Draws the chart.
pub(crate) fn draw(points: &[WeekPoint], width: f64, label: &str, description: &str) -> Svg {
    let is_wide = width > 600.0;
    let height = if is_wide { 330.0 } else { 290.0 };
    let (left, right) = if is_wide { (52.0, width - 76.0) } else { (42.0, width - 16.0) };
    let (top, bottom) = (24.0, height - 58.0);
    let mut drawing = Drawing::new(width, height, label, description);
    let ends = share_ends(points.iter(), 4);
    let y = Scale::new((ends.0, ends.1), (bottom, top));
    let first = points.first().map_or(0, |point| point.week);
    let last = points.last().map_or(0, |point| point.week);
    let x = Scale::new((f64::from(first), f64::from(last)), (left + 14.0, right - 14.0));
    for tick in ticks(ends) {
        drawing.line((left, y.at(tick)), (right, y.at(tick)), "rule");
        drawing.text((left - 8.0, y.at(tick) + 4.0), Anchor::End, "axis", &figures::round_percent(tick));
    }
    bands(&mut drawing, points, &x, &y);
    estimates(&mut drawing, points, &x, &y);
    lines(&mut drawing, points, &x, &y);
    let final_week = points.iter().rposition(|point| point.value.is_some());
    for (position, point) in points.iter().enumerate() {
        let at = x.at(f64::from(point.week));
        if let Some(value) = point.value {
            let radius = if Some(position) == final_week { 5.0 } else { 3.2 };
            drawing.circle((at, y.at(value)), radius, "mark", &point.title);
        }
        if let Some(estimate) = point.estimate.filter(|_| point.value.is_none()) {
            drawing.circle((at, y.at(estimate)), 4.2, "hollow", &point.title);
        }
    }
    labels(&mut drawing, points, &x, &y, (final_week, right, width));
    let each = (right - left - 28.0) / (points.len().max(2) - 1) as f64;
    let every = (46.0 / each.max(1.0)).ceil().max(1.0) as usize;
    for (position, point) in
        points.iter().enumerate().filter(|(_, point)| (last - point.week) / 7 % every as i32 == 0)
    {
        let at = x.at(f64::from(point.week));
        let class = if Some(position) == final_week { "axis strong" } else { "axis" };
        drawing.text((at, bottom + 20.0), Anchor::Middle, class, &figures::day(point.week));
        drawing.text((at, bottom + 37.0), Anchor::Middle, "faint", &figures::short_count(point.count as f64));
    }
    let note = if is_wide {
        "First day of the week; below it, first contacts"
    } else {
        "Week; below it, first contacts"
    };
    drawing.text((left, height - 4.0), Anchor::Start, "faint", note);
    drawing.finish()
}

/// The interval as a band; a week that stands alone gets an upright line.
pub(crate) fn bands(drawing: &mut Drawing, points: &[WeekPoint], x: &Scale, y: &Scale) {
    for run in runs(points) {
        let known: Vec<(f64, f64, f64)> = run
            .iter()
            .filter_map(|point| Some((x.at(f64::from(point.week)), y.at(point.low?), y.at(point.high?))))
            .collect();
        if let [(at, low, high)] = known.as_slice() {
            drawing.line((*at, *low), (*at, *high), "whisker");
        }
        let mut outline: Vec<(f64, f64)> = known.iter().map(|(at, _, high)| (*at, *high)).collect();
        outline.extend(known.iter().rev().map(|(at, low, _)| (*at, *low)));
        drawing.area(&outline, "band");
    }
}

/// The final values as lines, broken where a week has none.
pub(crate) fn lines(drawing: &mut Drawing, points: &[WeekPoint], x: &Scale, y: &Scale) {
    for run in runs(points) {
        let line: Vec<(f64, f64)> =
            run.iter().filter_map(|point| Some((x.at(f64::from(point.week)), y.at(point.value?)))).collect();
        drawing.polyline(&line, "line");
    }
}

/// The estimates as a dashed line that leaves from the last final value.
pub(crate) fn estimates(drawing: &mut Drawing, points: &[WeekPoint], x: &Scale, y: &Scale) {
    let from = points.iter().rposition(|point| point.value.is_some()).unwrap_or(0);
    let dashed: Vec<(f64, f64)> = points
        .get(from..)
        .unwrap_or_default()
        .iter()
        .filter_map(|point| Some((x.at(f64::from(point.week)), y.at(point.value.or(point.estimate)?))))
        .collect();
    drawing.polyline(&dashed, "dashed");
}

fn labels(
    drawing: &mut Drawing,
    points: &[WeekPoint],
    x: &Scale,
    y: &Scale,
    (final_week, right, width): (Option<usize>, f64, f64),
) {
    if let Some((point, value)) = final_week.and_then(|at| Some((points.get(at)?, points.get(at)?.value?))) {
        let text = figures::percent(Some(value));
        let half = text_width(&text) / 2.0 + 4.0;
        let at = x.at(f64::from(point.week)).clamp(half, width - half);
        let above = y.at(point.high.unwrap_or(value)) - 9.0;
        drawing.text((at, above.max(12.0)), Anchor::Middle, "value", &text);
    }
    let Some(point) = points.last().filter(|point| point.value.is_none()) else { return };
    if let Some(estimate) = point.estimate {
        let text = format!("~{}", figures::percent(Some(estimate)));
        if width > 600.0 {
            let at = x.at(f64::from(point.week)) + 15.0;
            drawing.text((at, y.at(estimate) - 1.0), Anchor::Start, "axis", &text);
            drawing.text((at, y.at(estimate) + 14.0), Anchor::Start, "faint", "estimate");
        } else {
            // Below the lowest young week, where no other mark can be.
            let young =
                points.iter().filter(|point| point.value.is_none()).filter_map(|point| point.estimate);
            let lowest = young.map(|value| y.at(value)).fold(f64::NEG_INFINITY, f64::max);
            drawing.text((right, lowest + 22.0), Anchor::End, "axis", &text);
        }
    }
}

/// Stretches of weeks without a gap in the final values.
fn runs(points: &[WeekPoint]) -> impl Iterator<Item = &[WeekPoint]> {
    points
        .chunk_by(|left, right| left.value.is_some() == right.value.is_some() && right.week - left.week == 7)
        .filter(|run| run.first().is_some_and(|point| point.value.is_some()))
}

#[cfg(test)]
mod tests;
