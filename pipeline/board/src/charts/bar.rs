//! A bar or an interval inside a row of a table.
//!
//! In: parts of the row's width. Out: a drawing without text; the number stands beside it.

use super::scale::Scale;
use super::{Drawing, Svg};

/// Width of a bar that has room.
pub(crate) const WIDTH: f64 = 160.0;
const HEIGHT: f64 = 14.0;

/// A bar of which a part is darker; both 0..1 of the width.
pub(crate) fn bar(whole: f64, part: f64, width: f64) -> Svg {
    let mut drawing = Drawing::decoration(width, HEIGHT);
    drawing.rectangle((0.0, 2.0), (width * whole.clamp(0.0, 1.0), 10.0), "column", "");
    drawing.rectangle((0.0, 2.0), (width * part.clamp(0.0, 1.0), 10.0), "column part", "");
    drawing.finish()
}

/// A dot with its interval between two ends, and a line where all members together stand.
pub(crate) fn interval(
    value: f64,
    ends: (f64, f64),
    axis: (f64, f64),
    all: Option<f64>,
    is_flagged: bool,
) -> Svg {
    let mut drawing = Drawing::decoration(WIDTH, HEIGHT);
    let x = Scale::new(axis, (4.0, WIDTH - 4.0));
    let flag = if is_flagged { " flagged" } else { "" };
    if let Some(all) = all {
        drawing.line((x.at(all), 0.0), (x.at(all), HEIGHT), "rule strong");
    }
    drawing.line((x.at(ends.0), HEIGHT / 2.0), (x.at(ends.1), HEIGHT / 2.0), &format!("whisker{flag}"));
    drawing.circle((x.at(value), HEIGHT / 2.0), 4.0, &format!("mark{flag}"), "");
    drawing.finish()
}
