//! Settings of the search: in numbers from a configuration, out checked parameters or an error.

use thiserror::Error;

/// Why a search could not be made.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum AlertError {
    /// A parameter is outside its range.
    #[error("{name} must be {range}")]
    Parameter {
        /// The field of [`Parameters`].
        name: &'static str,
        /// What is allowed.
        range: &'static str,
    },
    /// A cell's two series differ in length, or end before the tested week.
    #[error(
        "cell {position}: {counts} counts and {exposures} exposures; both must be equal and at least {weeks}"
    )]
    Length {
        /// Place in the slice given.
        position: usize,
        /// Number of weekly counts.
        counts: usize,
        /// Number of weekly exposures.
        exposures: usize,
        /// Number of weeks up to the tested one.
        weeks: usize,
    },
    /// An exposure is negative or not finite.
    #[error("cell {position}: the exposure of week {week} is negative or not a number")]
    Exposure {
        /// Place in the slice given.
        position: usize,
        /// Index of the week.
        week: usize,
    },
    /// Two cells have the same key.
    #[error("cells {first} and {second} have the same key")]
    SameKey {
        /// Place in the slice given.
        first: usize,
        /// Place in the slice given.
        second: usize,
    },
}

/// Settings of the search for emerging issues.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    /// Budget of false discoveries: the expected share of false alerts among the alerts of a week. In (0, 1).
    pub false_discovery_rate: f64,
    /// Weeks just before the tested one that are kept out of the baseline, so that an outbreak that grows
    /// slowly does not hide itself. A short history gives up guard weeks first.
    pub guard_weeks: usize,
    /// Fewest weeks with exposure that a baseline may have; a cell with fewer is not tested. At least 2.
    pub minimum_baseline_weeks: usize,
    /// Most weeks of the baseline; older ones are not looked at. At least `minimum_baseline_weeks`.
    pub maximum_baseline_weeks: usize,
    /// Fewer (weighted) contacts than these in the whole baseline mean that the cell has no history.
    pub minimum_baseline_count: u32,
    /// Fewest contacts in the tested week that an alert may have.
    pub minimum_count: u32,
    /// Probability with which a count of an undisturbed cell exceeds its own upper bound (unadjusted), for
    /// the bounds in charts and for the first week of an outbreak. In (0, 0.5].
    pub bound_level: f64,
    /// Cells, by family, that have exposure but never had a contact and were therefore not passed in. They
    /// count as tests that found nothing.
    pub further_cells: Vec<usize>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            false_discovery_rate: 0.05,
            guard_weeks: 2,
            minimum_baseline_weeks: 4,
            maximum_baseline_weeks: 26,
            minimum_baseline_count: 5,
            minimum_count: 3,
            bound_level: 0.01,
            further_cells: Vec::new(),
        }
    }
}

impl Parameters {
    /// Checks every range.
    ///
    /// # Errors
    /// [`AlertError::Parameter`] names the first parameter that is outside its range.
    pub fn check(&self) -> Result<(), AlertError> {
        let ranges = [
            (
                self.false_discovery_rate > 0.0 && self.false_discovery_rate < 1.0,
                "false_discovery_rate",
                "above 0 and below 1",
            ),
            (self.minimum_baseline_weeks >= 2, "minimum_baseline_weeks", "at least 2"),
            (
                self.maximum_baseline_weeks >= self.minimum_baseline_weeks,
                "maximum_baseline_weeks",
                "at least minimum_baseline_weeks",
            ),
            (self.minimum_count >= 1, "minimum_count", "at least 1"),
            (self.bound_level > 0.0 && self.bound_level <= 0.5, "bound_level", "above 0 and at most 0.5"),
        ];
        match ranges.into_iter().find(|(holds, ..)| !holds) {
            Some((_, name, range)) => Err(AlertError::Parameter { name, range }),
            None => Ok(()),
        }
    }
}
