//! One cell: in weekly counts and exposures, out its baseline rate, weights and prediction.
//!
//! The model is the quasi-Poisson regression of Farrington et al. 1996 (<https://doi.org/10.2307/2983331>)
//! with a logarithmic link, the logarithm of the exposure as offset, and an intercept. It has no trend: six
//! to twelve weeks cannot tell a trend from noise, and extrapolating one costs more certainty than it gives
//! (that paper, too, keeps a trend only with years of data). With an intercept alone the estimate is closed:
//! weighted counts divided by weighted exposure. Past outbreaks are down-weighted as in Noufaily et al. 2012
//! (<https://doi.org/10.1002/sim.5595>).

#[cfg(test)]
mod tests;

use crate::numeric::negative_binomial_tail;
use crate::{Dispersion, Parameters};

/// Standardised Anscombe residual above which a baseline week counts as a past outbreak (Noufaily 2012).
const OUTBREAK_RESIDUAL: f64 = 2.58;

/// What outbreaks may add to a Pearson statistic, in multiples of what the weeks below the fit add. An
/// outbreak goes upwards only; a truly over-dispersed cell has weeks far below its rate as well. Set by
/// simulation between two ends: too small, and over-dispersed cells are taken for calm ones with outbreaks;
/// too large, and cells with outbreaks make the search deaf.
const OUTBREAKS_BY_LOWS: f64 = 2.0;

/// Nodes and weights of the seven-point Gauss–Hermite rule for the standard normal distribution
/// (Abramowitz and Stegun 1964, table 25.10, rescaled).
const NORMAL_NODES: [(f64, f64); 7] = [
    (-3.750_439_718, 0.000_548_269),
    (-2.366_759_411, 0.030_757_124),
    (-1.154_405_395, 0.240_123_179),
    (0.0, 0.457_142_857),
    (1.154_405_395, 0.240_123_179),
    (2.366_759_411, 0.030_757_124),
    (3.750_439_718, 0.000_548_269),
];

/// Passes of the re-weighting. Nearly every cell is settled after two.
const MOST_PASSES: usize = 10;

/// The fitted baseline of one cell for one tested week.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Baseline {
    /// Number of weeks used.
    pub weeks: usize,
    /// Weighted number of contacts.
    pub count: f64,
    /// Weighted exposure.
    pub exposure: f64,
    /// Fitted contacts per baseline week, on average.
    pub mean: f64,
    /// Pearson statistic divided by its degrees of freedom, past outbreaks cut down; 1 without any contact.
    pub pearson: f64,
    /// Degrees of freedom of that estimate, as worth in normal data.
    pub freedom: f64,
}

/// The baseline weeks of a tested week: weeks with exposure before it, without the guard weeks, at most the
/// newest `maximum_baseline_weeks`. `None` if there are fewer than `minimum_baseline_weeks`, or if the
/// tested week itself has no exposure.
pub(crate) fn baseline_weeks(exposure: &[f64], week: usize, parameters: &Parameters) -> Option<Vec<usize>> {
    if exposure.get(week).is_none_or(|&now| now <= 0.0) {
        return None;
    }
    let mut weeks: Vec<usize> = (0..week).filter(|&past| exposure[past] > 0.0).collect();
    let spare = weeks.len().checked_sub(parameters.minimum_baseline_weeks)?;
    weeks.truncate(weeks.len() - spare.min(parameters.guard_weeks));
    Some(weeks.split_off(weeks.len().saturating_sub(parameters.maximum_baseline_weeks)))
}

/// Fits the rate on these weeks; `dispersion` is what all cells share.
///
/// The residuals are standardised with the shrunk dispersion, not with the cell's own: among six weeks a
/// single outbreak raises the cell's own dispersion so far that no residual could ever exceed 2.58. For the
/// same reason an outbreak's squared residual is cut down to where its Anscombe residual would be 2.58, and
/// all outbreaks of a cell together to `OUTBREAKS_BY_LOWS`.
pub(crate) fn fit(counts: &[u32], exposure: &[f64], weeks: &[usize], dispersion: &Dispersion) -> Baseline {
    let number = weeks.len() as f64;
    let whole: f64 = weeks.iter().map(|&week| exposure[week]).sum();
    let mut weights = vec![1.0; weeks.len()];
    let mut baseline =
        Baseline { weeks: weeks.len(), count: 0.0, exposure: 0.0, mean: 0.0, pearson: 1.0, freedom: 0.0 };
    for pass in 0..MOST_PASSES {
        (baseline.count, baseline.exposure) =
            weeks.iter().zip(&weights).fold((0.0, 0.0), |(count, exposed), (&week, &weight)| {
                (count + weight * f64::from(counts[week]), exposed + weight * exposure[week])
            });
        if baseline.count <= 0.0 {
            break;
        }
        let rate = baseline.count / baseline.exposure;
        baseline.mean = rate * whole / number;
        let shared = dispersion.at(baseline.mean);
        // A squared Pearson residual of a Poisson count has variance 2 + 1 / mean, of a normal one 2.
        baseline.freedom = (number - 1.0) * 2.0 * baseline.mean / (2.0 * baseline.mean + 1.0);
        let phi = if pass == 0 { shared } else { dispersion.shrunk(&baseline) };
        let mut changed = 0.0_f64;
        let (mut calm, mut below, mut outbreaks) = (0.0, 0.0, 0.0);
        for (weight, &week) in weights.iter_mut().zip(weeks) {
            let (count, fitted) = (f64::from(counts[week]), rate * exposure[week]);
            let residual = anscombe(count, fitted, phi, *weight * exposure[week] / baseline.exposure);
            let square = (count - fitted).powi(2) / fitted;
            let mut new = 1.0;
            if residual > OUTBREAK_RESIDUAL {
                new = residual.powi(-2);
                outbreaks += square * (OUTBREAK_RESIDUAL / residual).powi(2);
            } else {
                calm += square;
                below += if count < fitted { square } else { 0.0 };
            }
            changed = changed.max((new - *weight).abs());
            *weight = new;
        }
        baseline.pearson = (calm + outbreaks.min(OUTBREAKS_BY_LOWS * below)) / (number - 1.0);
        if pass > 0 && changed < 1e-6 {
            break;
        }
    }
    baseline
}

/// Standardised Anscombe residual of a Poisson count, 0 for a count at or below its fit.
fn anscombe(count: f64, fitted: f64, phi: f64, leverage: f64) -> f64 {
    if count <= fitted || fitted <= 0.0 || leverage >= 1.0 {
        return 0.0;
    }
    let two_thirds = |value: f64| value.cbrt().powi(2);
    1.5 * (two_thirds(count) - two_thirds(fitted))
        / (fitted.powf(1.0 / 6.0) * (phi * (1.0 - leverage)).sqrt())
}

/// The distribution of the tested week's count if nothing happened.
///
/// Gamma–Poisson: the rate has a gamma distribution from the baseline's contacts plus one pseudo-contact,
/// everything in units of the dispersion φ. The count is then negative binomial with mean m = e (Y + φ) / E
/// and variance φ m (1 + e / E), where Y contacts met the exposure E, and e is the tested week's exposure.
/// The variance holds both the over-dispersion and the uncertainty of the estimate. With φ = 1 and without
/// weights the tail is exactly the p-value of the conditional binomial test of two Poisson rates
/// (Przyborowski and Wilenski 1940, <https://doi.org/10.1093/biomet/31.3-4.313>), which never exceeds its
/// nominal level; that is why the pseudo-count is one.
///
/// φ itself is an estimate. The tail is averaged over what it may be, φ ν / χ²(ν) with ν degrees of freedom,
/// as a t distribution does for normal data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Prediction {
    /// Contacts to expect by the baseline's rate, without the pseudo-contact.
    pub estimate: f64,
    /// Mean of the predictive distribution.
    pub mean: f64,
    /// Factor on the variance for the uncertainty of the baseline: 1 + e / E.
    pub widening: f64,
    /// Degrees of freedom of the dispersion.
    pub freedom: f64,
    /// Dispersion φ.
    pub dispersion: f64,
}

impl Prediction {
    /// The prediction of a fitted baseline for a week of this exposure.
    pub(crate) fn new(baseline: &Baseline, exposure: f64, dispersion: &Dispersion) -> Self {
        let phi = dispersion.shrunk(baseline);
        let ratio = exposure / baseline.exposure;
        let mean = ratio * (baseline.count + phi);
        Self {
            estimate: ratio * baseline.count,
            mean,
            widening: 1.0 + ratio,
            freedom: dispersion.freedom + baseline.freedom,
            dispersion: phi,
        }
    }

    /// Probability of at least this count, averaged over what the dispersion may be.
    ///
    /// χ²(ν) / ν at each node by the cube root approximation of Wilson and Hilferty 1931
    /// (<https://doi.org/10.1073/pnas.17.12.684>), which is good down to the 4 degrees of freedom met here;
    /// its cube root is kept above 0.2.
    pub(crate) fn tail(&self, count: u32) -> f64 {
        let unit = 2.0 / (9.0 * self.freedom);
        NORMAL_NODES
            .iter()
            .map(|(node, weight)| {
                let chi_square = (1.0 - unit + node * unit.sqrt()).max(0.2).powi(3);
                let phi = (self.dispersion / chi_square).max(1.0);
                weight * negative_binomial_tail(count, self.mean, phi * self.mean * self.widening)
            })
            .sum()
    }

    /// The largest count that is still within the bound: every larger one has a probability of at most
    /// `level` to be reached or exceeded.
    pub(crate) fn upper(&self, level: f64) -> u32 {
        let mut above = 1_u32;
        while self.tail(above) > level && above < u32::MAX / 2 {
            above *= 2;
        }
        let mut within = 0;
        while above - within > 1 {
            let middle = within + (above - within) / 2;
            if self.tail(middle) > level {
                within = middle;
            } else {
                above = middle;
            }
        }
        within
    }
}
