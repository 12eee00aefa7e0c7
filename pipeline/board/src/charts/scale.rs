//! From values to coordinates, and the round values an axis names.
//!
//! In: the ends of the values and of the drawing. Out: a linear scale and its ticks.

/// A linear scale.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    from: (f64, f64),
    to: (f64, f64),
}

impl Scale {
    /// A scale that carries `from.0` to `to.0` and `from.1` to `to.1`.
    pub(crate) fn new(from: (f64, f64), to: (f64, f64)) -> Self {
        Self { from, to }
    }

    /// The coordinate of a value; the middle when all values are the same.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let (low, high) = self.from;
        let width = high - low;
        let part =
            if width.abs() > f64::EPSILON * high.abs().max(low.abs()) { (value - low) / width } else { 0.5 };
        self.to.0 + part * (self.to.1 - self.to.0)
    }
}

/// Ends at round values around `low..=high`, and the step between ticks; about `parts` steps.
///
/// # Source
/// Heckbert 1990, Nice numbers for graph labels, with steps 1, 2, 5.
pub(crate) fn round_ends(low: f64, high: f64, parts: usize) -> (f64, f64, f64) {
    let (low, high) =
        if low.is_finite() && high.is_finite() && low <= high { (low, high) } else { (0.0, 1.0) };
    let span = if high > low { high - low } else { high.abs().max(1.0) * 0.1 };
    let raw = span / parts.max(1) as f64;
    let size = 10_f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|part| part * size).find(|step| *step >= raw * 0.999);
    let step = step.unwrap_or(10.0 * size);
    let from = ((low / step) + 1e-9).floor() * step;
    let to = ((high / step) - 1e-9).ceil() * step;
    (from, if to > from { to } else { from + step }, step)
}

/// All ticks between two round ends.
pub(crate) fn ticks((low, high, step): (f64, f64, f64)) -> Vec<f64> {
    let parts = (((high - low) / step).round() as usize).min(20);
    (0..=parts).map(|part| low + part as f64 * step).collect()
}

#[cfg(test)]
mod tests;
