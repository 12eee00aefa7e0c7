//! A line without axes, to stand in a card or a row of a table.
//!
//! In: one value per week. Out: a drawing whose neighbours carry the numbers. The week in question has
//! a mark; what comes after it is dashed, because it is younger than the figure it stands beside.

use super::scale::Scale;
use super::{Drawing, Svg};

/// What one line shows.
#[derive(Debug)]
pub(crate) struct Spark<'a> {
    /// One value per week, oldest first.
    pub(crate) values: &'a [Option<f64>],
    /// Position of the week in question.
    pub(crate) focus: usize,
    /// Whether the line stands on zero.
    pub(crate) from_zero: bool,
    /// Class added to the mark.
    pub(crate) tone: &'a str,
    /// Width and height.
    pub(crate) size: (f64, f64),
    /// What the mark of a week shows; empty for none.
    pub(crate) titles: &'a [String],
}

/// Draws a line.
pub(crate) fn draw(spark: &Spark<'_>) -> Svg {
    let (width, height) = spark.size;
    let mut drawing = Drawing::decoration(width, height);
    let known = || spark.values.iter().copied().flatten();
    let highest = known().fold(f64::NEG_INFINITY, f64::max);
    let lowest = if spark.from_zero { 0.0 } else { known().fold(f64::INFINITY, f64::min) };
    let y = Scale::new((lowest, highest), (height - 6.0, 6.0));
    let x = Scale::new((0.0, (spark.values.len().max(2) - 1) as f64), (6.0, width - 6.0));
    if spark.from_zero {
        drawing.line((0.0, height - 6.0), (width, height - 6.0), "rule");
    }
    let points: Vec<Option<(f64, f64)>> = spark
        .values
        .iter()
        .enumerate()
        .map(|(position, value)| value.map(|value| (x.at(position as f64), y.at(value))))
        .collect();
    let split = (spark.focus + 1).min(points.len());
    for run in points[..split].split(|point| point.is_none()) {
        let line: Vec<(f64, f64)> = run.iter().copied().flatten().collect();
        drawing.polyline(&line, "line");
    }
    for run in points[split.saturating_sub(1)..].split(|point| point.is_none()) {
        let line: Vec<(f64, f64)> = run.iter().copied().flatten().collect();
        drawing.polyline(&line, "dashed");
    }
    for (position, point) in points.iter().enumerate() {
        let Some(at) = *point else { continue };
        let title = spark.titles.get(position).map_or("", String::as_str);
        if position == spark.focus {
            drawing.circle(at, 4.0, &format!("mark {}", spark.tone), title);
        } else if position > spark.focus {
            drawing.circle(at, 2.6, "hollow", title);
        } else if !title.is_empty() {
            drawing.circle(at, 5.0, "unseen", title);
        }
    }
    drawing.finish()
}
