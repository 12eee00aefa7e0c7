//! When a change may be called a change.
//!
//! Two tests, both needed where both apply. The interval of the difference must leave out zero. And
//! waits, handle times and volumes move together from call to call, so that a binomial interval is far
//! too narrow for them: they must also move more than they usually do from week to week.

use crate::interval::{Difference, Share, Z_95};

/// What may be said of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// Not to be told from the week before.
    Usual,
    /// A real rise.
    Up,
    /// A real fall.
    Down,
    /// Nothing to compare with.
    Alone,
    /// Too few earlier weeks to know what is usual.
    TooFew,
}

/// Earlier weekly steps that are needed to know what is usual.
const LEAST_STEPS: usize = 3;

/// Upper limit of a moving range of two as a multiple of its mean.
///
/// # Source
/// Shewhart's D4 for two observations; Montgomery, Statistical Quality Control, appendix VI.
const D4: f64 = 3.267;

/// Judges two shares by the interval of their difference.
pub(crate) fn by_interval(now: Option<Share>, before: Option<Share>) -> (Judgement, Option<Difference>) {
    let (Some(now), Some(before)) = (now, before) else { return (Judgement::Alone, None) };
    let difference = now.difference(before, Z_95);
    let judgement = match difference {
        supported if supported.is_supported() && supported.value > 0.0 => Judgement::Up,
        supported if supported.is_supported() => Judgement::Down,
        _ => Judgement::Usual,
    };
    (judgement, Some(difference))
}

/// Judges the last step of a series by the steps before it.
///
/// # Shape
/// `series`: one value per week, oldest first, the week in question last.
pub(crate) fn by_usual_steps(series: &[Option<f64>]) -> (Judgement, Option<f64>) {
    let [earlier @ .., Some(before), Some(now)] = series else { return (Judgement::Alone, None) };
    let step = now - before;
    let known: Vec<f64> = earlier.iter().chain([&Some(*before)]).copied().flatten().collect();
    let steps: Vec<f64> = known.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
    if steps.len() < LEAST_STEPS {
        return (Judgement::TooFew, Some(step));
    }
    let limit = D4 * steps.iter().sum::<f64>() / steps.len() as f64;
    let judgement = match step {
        step if step > limit => Judgement::Up,
        step if step < -limit => Judgement::Down,
        _ => Judgement::Usual,
    };
    (judgement, Some(step))
}

#[cfg(test)]
mod tests;
