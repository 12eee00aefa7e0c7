//! One of several small charts side by side: a line by week with its name and its last value.
//!
//! In: one point per week and an axis that the caller may share between panels. Out: a drawing small
//! enough to stand six in a row and still be read on a telephone.

use super::drawing::{Anchor, shortened};
use super::scale::Scale;
use super::weeks::{WeekPoint, bands, estimates, lines};
use super::{Drawing, Svg};
use crate::figures;

/// What one panel shows.
#[derive(Debug)]
pub(crate) struct Panel<'a> {
    /// Name above the line.
    pub(crate) name: &'a str,
    /// One point per week, oldest first.
    pub(crate) points: &'a [WeekPoint],
    /// Lowest and highest value of the axis.
    pub(crate) ends: (f64, f64),
    /// How a value is written.
    pub(crate) format: fn(f64) -> String,
    /// How the ends of the axis are written.
    pub(crate) axis: fn(f64) -> String,
    /// Whether this panel is the one to look at.
    pub(crate) is_flagged: bool,
    /// What is read out.
    pub(crate) label: &'a str,
    /// Width and height of the drawing.
    pub(crate) size: (f64, f64),
}

/// Draws a panel.
pub(crate) fn draw(panel: &Panel<'_>) -> Svg {
    let (width, height) = panel.size;
    let (left, right, top, bottom) = (2.0, width - 12.0, 40.0, height - 20.0);
    let mut drawing = Drawing::new(width, height, panel.label, "");
    let letters = (width / 7.4) as usize;
    let name_class = if panel.is_flagged { "name flagged" } else { "name" };
    drawing.text((0.0, 13.0), Anchor::Start, name_class, &shortened(panel.name, letters));
    let y = Scale::new(panel.ends, (bottom, top));
    let first = panel.points.first().map_or(0, |point| point.week);
    let last = panel.points.last().map_or(0, |point| point.week);
    let x = Scale::new((f64::from(first), f64::from(last)), (left + 4.0, right));
    drawing.line((left, bottom), (width, bottom), "rule");
    drawing.line((left, top), (width, top), "rule");
    drawing.text((width, top - 4.0), Anchor::End, "faint", &(panel.axis)(panel.ends.1));
    drawing.text((width, bottom - 4.0), Anchor::End, "faint", &(panel.axis)(panel.ends.0));
    bands(&mut drawing, panel.points, &x, &y);
    estimates(&mut drawing, panel.points, &x, &y);
    lines(&mut drawing, panel.points, &x, &y);
    let final_week = panel.points.iter().rposition(|point| point.value.is_some());
    for (position, point) in panel.points.iter().enumerate() {
        let at = x.at(f64::from(point.week));
        match (point.value, point.estimate) {
            (Some(value), _) => {
                let (radius, class) = match Some(position) == final_week {
                    true if panel.is_flagged => (4.0, "mark flagged"),
                    true => (4.0, "mark"),
                    false => (2.0, "mark"),
                };
                drawing.circle((at, y.at(value)), radius, class, &point.title);
            }
            (None, Some(estimate)) => drawing.circle((at, y.at(estimate)), 2.8, "hollow", &point.title),
            (None, None) => {}
        }
    }
    if let Some(value) = final_week.and_then(|position| panel.points.get(position)?.value) {
        let class = if panel.is_flagged { "value flagged" } else { "value" };
        drawing.text((0.0, 31.0), Anchor::Start, class, &(panel.format)(value));
    }
    if let Some(point) = panel.points.first() {
        drawing.text((left, height - 5.0), Anchor::Start, "faint", &figures::day(point.week));
    }
    if let Some(point) = panel.points.last().filter(|_| panel.points.len() > 1) {
        drawing.text((width, height - 5.0), Anchor::End, "faint", &figures::day(point.week));
    }
    drawing.finish()
}
