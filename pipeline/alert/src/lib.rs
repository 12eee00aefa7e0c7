//! Emerging issues: in weekly counts and exposures of many cells, out the cells that rise.
//!
//! A cell is one combination of issue, product, language and site, or a margin of it (the issue alone, the
//! issue in one language, …). Its count in the tested week is compared with its own past by a quasi-Poisson
//! model with an offset, so that more contacts of the same mix raise nothing. All cells are tested together
//! and the share of false alerts is kept within a budget.
//!
//! 1. Baseline: the weeks before the tested one, without guard weeks, past outbreaks down-weighted by
//!    their Anscombe residuals (Farrington et al. 1996, <https://doi.org/10.2307/2983331>; Noufaily et al.
//!    2012, <https://doi.org/10.1002/sim.5595>).
//! 2. Dispersion: estimated over all cells, then per cell (see [`Dispersion`]).
//! 3. p-value: the upper tail of a negative binomial distribution that holds the over-dispersion, the
//!    uncertainty of the baseline and that of the dispersion. It is discrete: it errs towards silence.
//! 4. A cell with (almost) no contacts in its baseline has no history: what is expected is then one
//!    pseudo-contact on the baseline's whole exposure, and the same distribution gives the p-value. An issue
//!    born a few weeks ago falls under this rule as well, as its first weeks are down-weighted outbreaks.
//! 5. The tested week counts alone (three quarters of the hurdle) and together with the week before it (one
//!    quarter), which finds what only doubles a week sooner. Both together count only when the tested week
//!    alone is high already, so that what is over is not told again.
//! 6. Benjamini–Hochberg over all tested cells, increases only. Cells and their margins are positively
//!    dependent, which is the dependence that the procedure allows. Families of cells (issues alone, issues
//!    by language, …) have equal parts of the hurdle, as weights of the p-values (Genovese et al. 2006,
//!    <https://doi.org/10.1093/biomet/93.3.509>): a few large cells are not drowned by very many small ones.
//!
//! The exposure of a cell includes the cell's own contacts. A surge that makes up a large part of all
//! contacts of its product, language and site is therefore measured a little smaller than it is.
//!
//! What this can and cannot find (measured by the tests, budget 5 %): among 300 quiet cells of 14 weeks a
//! false alert comes up in 1 to 4 weeks of 100. A tripled cell is found in its first week from about 15
//! contacts per week (Poisson counts), a doubled one by its second week from about 30.
//!
//! No clock, no files, no random numbers; the order of the cells does not matter.

mod baseline;
mod discovery;
mod dispersion;
mod numeric;
mod parameters;
#[cfg(test)]
mod tests;

use crate::baseline::{Baseline, Prediction, baseline_weeks, fit};
pub use crate::dispersion::Dispersion;
pub use crate::parameters::{AlertError, Parameters};

/// Rounds of estimating the shared dispersion and, with it, the weights of past outbreaks.
const DISPERSION_ROUNDS: usize = 3;

/// The part of the hurdle that is for the tested week alone; the rest is for both weeks together.
const ALONE_PART: f64 = 0.75;

/// Two weeks count together when the p-value of the newer one alone is no larger.
const HIGH_ALONE: f64 = 0.1;

/// The weekly counts of one cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell<K> {
    /// Which cell; different for every cell of a search.
    pub key: K,
    /// Number of the family; families share the hurdle in equal parts. Small, as an index is.
    pub family: usize,
    /// Contacts per week, oldest week first.
    pub counts: Vec<u32>,
    /// What the counts are measured against, per week: handled contacts of the same product, language and
    /// site, or units sold. Any unit, but the same one in all weeks. A week of exposure 0 is left out.
    pub exposure: Vec<f64>,
}

/// Where the expected count of an alert comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// The cell's own rate in the baseline weeks.
    Baseline,
    /// The cell had (almost) no contacts in the baseline weeks: one pseudo-contact on their exposure.
    NoHistory,
}

/// A cell that rises.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert<K> {
    /// Which cell.
    pub key: K,
    /// Contacts in the tested week.
    pub observed: u32,
    /// Contacts to expect in the tested week if nothing had happened.
    pub expected: f64,
    /// The largest count within the cell's own prediction bound at [`Parameters::bound_level`], unadjusted.
    pub upper: u32,
    /// Both newest weeks, where they say more together than the tested week alone.
    pub two_weeks: Option<TwoWeeks>,
    /// Variance of the cell's counts divided by their mean, as used for the test; at least 1.
    pub dispersion: f64,
    /// Probability of this count or a larger one if nothing had happened; where a week before could be looked
    /// at as well, the smaller one of the week's and of both weeks', each divided by its part of the hurdle.
    pub p_value: f64,
    /// The smallest false discovery rate at which this cell would be an alert.
    pub adjusted_p_value: f64,
    /// The budget that was set: expected share of false alerts among the week's alerts.
    pub false_discovery_rate: f64,
    /// Where `expected` comes from.
    pub rule: Rule,
    /// First week of the unbroken run up to the tested week in which the cell was above its own upper bound,
    /// each week measured against the weeks before it. An index into the counts.
    pub since: usize,
    /// Number of weeks in the baseline.
    pub baseline_weeks: usize,
}

/// The tested week and the one before it, as one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwoWeeks {
    /// Contacts in both.
    pub observed: u32,
    /// Contacts to expect in both if nothing had happened.
    pub expected: f64,
    /// The largest count of both within the prediction bound at [`Parameters::bound_level`], unadjusted.
    pub upper: u32,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome<K> {
    /// Index of the week tested.
    pub week: usize,
    /// Cells tested, [`Parameters::further_cells`] included.
    pub tested: usize,
    /// Cells without exposure in the week, or with too few baseline weeks.
    pub untested: usize,
    /// The largest p-value that is an alert; 0 if there is none.
    pub threshold: f64,
    /// Dispersion shared by the cells.
    pub dispersion: Dispersion,
    /// The alerts: smallest p-value first, equal ones by key.
    pub alerts: Vec<Alert<K>>,
}

/// Tests the week of index `week` in all cells against the weeks before it.
///
/// Weeks after `week` are not looked at. A combination that has exposure but never had a contact need not
/// be passed, but should be counted in [`Parameters::further_cells`]: it was a chance for a false alert, too.
///
/// # Errors
/// A parameter outside its range, series of different or too short length, an exposure that is negative or
/// not finite, or a key given twice.
pub fn alerts<K: Clone + Ord>(
    cells: &[Cell<K>],
    week: usize,
    parameters: &Parameters,
) -> Result<Outcome<K>, AlertError> {
    parameters.check()?;
    let cells = checked(cells, week)?;
    let tests: Vec<(&Cell<K>, Vec<usize>)> = cells
        .iter()
        .filter_map(|&cell| Some((cell, baseline_weeks(&cell.exposure, week, parameters)?)))
        .collect();
    let (dispersion, baselines) = shared_dispersion(&tests);
    let evidence: Vec<Evidence> = tests
        .iter()
        .zip(&baselines)
        .map(|((cell, weeks), baseline)| Evidence::new(cell, weeks, baseline, week, &dispersion, parameters))
        .collect();
    let p_values: Vec<f64> = evidence.iter().map(|evidence| evidence.p_value).collect();
    let families: Vec<usize> = tests.iter().map(|(cell, _)| cell.family).collect();
    let adjusted = discovery::adjusted(&p_values, &families, &parameters.further_cells);
    let mut threshold: f64 = 0.0;
    let mut alerts = Vec::new();
    for (place, (cell, weeks)) in tests.iter().enumerate() {
        if adjusted[place] > parameters.false_discovery_rate {
            continue;
        }
        let Evidence { prediction, together, p_value } = evidence[place];
        let rule = rule(&baselines[place], parameters);
        threshold = threshold.max(p_value);
        let two_weeks = together.map(|(prediction, observed)| TwoWeeks {
            observed,
            expected: expected(&prediction, rule),
            upper: prediction.upper(parameters.bound_level),
        });
        let since = since(cell, week, &dispersion, parameters);
        alerts.push(Alert {
            key: cell.key.clone(),
            observed: cell.counts[week],
            expected: expected(&prediction, rule),
            upper: prediction.upper(parameters.bound_level),
            two_weeks,
            dispersion: prediction.dispersion,
            p_value,
            adjusted_p_value: adjusted[place],
            false_discovery_rate: parameters.false_discovery_rate,
            rule,
            since: if two_weeks.is_some() { since.min(week - 1) } else { since },
            baseline_weeks: weeks.len(),
        });
    }
    // Stable: equal p-values stay in the order of their keys.
    alerts.sort_by(|left, right| left.p_value.total_cmp(&right.p_value));
    Ok(Outcome {
        week,
        tested: tests.len() + parameters.further_cells.iter().sum::<usize>(),
        untested: cells.len() - tests.len(),
        threshold,
        dispersion,
        alerts,
    })
}

/// What a cell's newest weeks say against its baseline.
#[derive(Clone, Copy)]
struct Evidence {
    /// Of the tested week.
    prediction: Prediction,
    /// Of both weeks, with their contacts, where they say more.
    together: Option<(Prediction, u32)>,
    p_value: f64,
}

impl Evidence {
    fn new<K>(
        cell: &Cell<K>,
        baseline_weeks: &[usize],
        baseline: &Baseline,
        week: usize,
        dispersion: &Dispersion,
        parameters: &Parameters,
    ) -> Self {
        let prediction = Prediction::new(baseline, cell.exposure[week], dispersion);
        let count = cell.counts[week];
        if count < parameters.minimum_count {
            // Too few contacts are no evidence: such a p-value is raised to 1, which keeps the budget valid.
            return Self { prediction, together: None, p_value: 1.0 };
        }
        let alone = prediction.tail(count);
        let before = week.checked_sub(1).filter(|before| !baseline_weeks.contains(before));
        let Some(before) = before else { return Self { prediction, together: None, p_value: alone } };
        if alone > HIGH_ALONE {
            return Self { prediction, together: None, p_value: (alone / ALONE_PART).min(1.0) };
        }
        let both = Prediction::new(baseline, cell.exposure[week] + cell.exposure[before], dispersion);
        let observed = count.saturating_add(cell.counts[before]);
        let (alone, tail) = (alone / ALONE_PART, both.tail(observed) / (1.0 - ALONE_PART));
        let together = Some((both, observed)).filter(|_| tail < alone);
        Self { prediction, together, p_value: tail.min(alone).min(1.0) }
    }
}

/// The cells in the order of their keys, if all of them are usable.
fn checked<K: Ord>(cells: &[Cell<K>], week: usize) -> Result<Vec<&Cell<K>>, AlertError> {
    for (position, cell) in cells.iter().enumerate() {
        check_series(cell, position, week + 1)?;
    }
    let mut order: Vec<usize> = (0..cells.len()).collect();
    order.sort_by(|&left, &right| cells[left].key.cmp(&cells[right].key));
    match order.windows(2).find(|pair| cells[pair[0]].key == cells[pair[1]].key) {
        Some(pair) => Err(AlertError::SameKey { first: pair[0], second: pair[1] }),
        None => Ok(order.into_iter().map(|position| &cells[position]).collect()),
    }
}

fn check_series<K>(cell: &Cell<K>, position: usize, weeks: usize) -> Result<(), AlertError> {
    let (counts, exposures) = (cell.counts.len(), cell.exposure.len());
    if counts != exposures || counts < weeks {
        return Err(AlertError::Length { position, counts, exposures, weeks });
    }
    match cell.exposure.iter().position(|value| !value.is_finite() || *value < 0.0) {
        Some(week) => Err(AlertError::Exposure { position, week }),
        None => Ok(()),
    }
}

/// Alternates between the cells' weights and the shared dispersion, which need each other.
fn shared_dispersion<K>(tests: &[(&Cell<K>, Vec<usize>)]) -> (Dispersion, Vec<Baseline>) {
    let mut dispersion = Dispersion::POISSON;
    let mut baselines = Vec::new();
    for _ in 0..DISPERSION_ROUNDS {
        baselines =
            tests.iter().map(|(cell, weeks)| fit(&cell.counts, &cell.exposure, weeks, &dispersion)).collect();
        dispersion = Dispersion::estimate(&baselines);
    }
    (dispersion, baselines)
}

fn rule(baseline: &Baseline, parameters: &Parameters) -> Rule {
    if baseline.count < f64::from(parameters.minimum_baseline_count) {
        Rule::NoHistory
    } else {
        Rule::Baseline
    }
}

fn expected(prediction: &Prediction, rule: Rule) -> f64 {
    match rule {
        Rule::Baseline => prediction.estimate,
        Rule::NoHistory => prediction.mean,
    }
}

/// The largest count of a week within the prediction bound, by the weeks before it; `None` with too short a history.
fn bound<K>(cell: &Cell<K>, week: usize, dispersion: &Dispersion, parameters: &Parameters) -> Option<u32> {
    let weeks = baseline_weeks(&cell.exposure, week, parameters)?;
    let baseline = fit(&cell.counts, &cell.exposure, &weeks, dispersion);
    Some(Prediction::new(&baseline, cell.exposure[week], dispersion).upper(parameters.bound_level))
}

/// Walks back from the tested week while the cell is above its own bound.
fn since<K>(cell: &Cell<K>, week: usize, dispersion: &Dispersion, parameters: &Parameters) -> usize {
    let above = |week: usize| {
        bound(cell, week, dispersion, parameters).is_some_and(|upper| cell.counts[week] > upper)
    };
    (0..week).rev().take_while(|&past| above(past)).last().unwrap_or(week)
}
