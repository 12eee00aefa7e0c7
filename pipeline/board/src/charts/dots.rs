//! Members beside each other: a dot with its interval per row, on one axis.
//!
//! In: rows in the order they shall stand. Out: a drawing with the name on the left, the value on the
//! right, and a group's heading where one is given.

use super::drawing::{Anchor, shortened};
use super::scale::{Scale, round_ends, ticks};
use super::{Drawing, Svg};
use crate::figures;

/// One row of the chart.
#[derive(Debug, Clone)]
pub(crate) struct DotRow {
    /// Heading above the row; empty for none.
    pub(crate) heading: String,
    /// Name on the left.
    pub(crate) name: String,
    /// The share.
    pub(crate) value: f64,
    /// Its interval.
    pub(crate) interval: (f64, f64),
    /// Whether it differs from the others.
    pub(crate) is_flagged: bool,
    /// What the pointer shows.
    pub(crate) title: String,
}

const ROW: f64 = 28.0;
const HEADING: f64 = 30.0;

/// Draws the chart.
pub(crate) fn draw(rows: &[DotRow], width: f64, label: &str, description: &str) -> Svg {
    let is_wide = width > 600.0;
    let headings = rows.iter().filter(|row| !row.heading.is_empty()).count() as f64;
    let height = rows.len() as f64 * ROW + headings * HEADING + 34.0;
    let (left, right) = if is_wide { (150.0, width - 190.0) } else { (86.0, width - 78.0) };
    let mut drawing = Drawing::new(width, height, label, description);
    let low = rows.iter().map(|row| row.interval.0).fold(f64::INFINITY, f64::min);
    let high = rows.iter().map(|row| row.interval.1).fold(f64::NEG_INFINITY, f64::max);
    let (from, to, step) = round_ends(low, high, if is_wide { 5 } else { 2 });
    let x = Scale::new((from, to), (left, right));
    for tick in ticks((from, to, step)).into_iter().filter(|tick| *tick <= 1.0 + 1e-9) {
        drawing.line((x.at(tick), 4.0), (x.at(tick), height - 24.0), "rule");
        drawing.text((x.at(tick), height - 6.0), Anchor::Middle, "axis", &figures::round_percent(tick));
    }
    let mut top = 0.0;
    for row in rows {
        if !row.heading.is_empty() {
            top += HEADING;
            drawing.text((0.0, top - 8.0), Anchor::Start, "faint", &row.heading);
        }
        let middle = top + ROW / 2.0;
        top += ROW;
        let flag = if row.is_flagged { " flagged" } else { "" };
        let name = shortened(&row.name, if is_wide { 22 } else { 12 });
        drawing.text((0.0, middle + 4.0), Anchor::Start, &format!("name{flag}"), &name);
        let (low, high) = row.interval;
        drawing.line((x.at(low), middle), (x.at(high), middle), &format!("whisker{flag}"));
        drawing.circle((x.at(row.value), middle), 5.0, &format!("mark{flag}"), &row.title);
        drawing.text(
            (right + 14.0, middle + 4.0),
            Anchor::Start,
            &format!("value plain{flag}"),
            &figures::percent(Some(row.value)),
        );
        if is_wide {
            let interval = figures::percent_range(Some(low), Some(high));
            drawing.text((width, middle + 4.0), Anchor::End, "faint", &interval);
        }
    }
    drawing.finish()
}
