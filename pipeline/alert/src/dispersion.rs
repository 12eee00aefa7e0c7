//! Dispersion shared by all cells: in the fitted baselines, out φ as a function of a cell's mean.
//!
//! Four to twelve weeks tell little about one cell's dispersion: from five weeks it is off by more than a
//! factor of two in one case of three. All cells together know it well. Their Pearson statistics are regressed on
//! the mean, φ(μ) = intercept + slope μ, because a rate that fluctuates by the same percentage in small and
//! large cells gives the large ones, and the margins, a larger φ. A cell's own estimate is then shrunk
//! towards that line, as in Smyth 2004 (<https://doi.org/10.2202/1544-6115.1027>): each counts by its degrees
//! of freedom, those of the line coming from how much the cells differ beyond chance.

#[cfg(test)]
mod tests;

use crate::baseline::Baseline;

/// Fewest degrees of freedom of the line, however much the cells differ.
const FEWEST_FREEDOM: f64 = 4.0;

/// Most degrees of freedom of the line, in multiples of those of an average cell: the fewer weeks there are,
/// the less they can prove that all cells are alike.
const MOST_FREEDOM_BY_CELL: f64 = 20.0;

/// Variance of a cell's estimate by chance, relative to φ² and multiplied by its degrees of freedom. For
/// normal data it is 2; cutting down outbreaks takes off some of it. Set by simulation.
const CHANCE_VARIANCE: f64 = 1.4;

/// Fewest contacts per week of a cell whose dispersion can tell it from the others.
const TELLING_MEAN: f64 = 0.5;

/// The dispersion φ that all cells of a search share: variance of a count divided by its mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dispersion {
    /// φ of cells with hardly any contacts; at least 1.
    pub intercept: f64,
    /// Growth of φ per weekly contact; at least 0.
    pub slope: f64,
    /// What the line is worth against a cell's own estimate, in weeks of normal data.
    pub freedom: f64,
}

impl Dispersion {
    /// Poisson counts: φ = 1 everywhere. Where the estimate starts, and what no data at all give.
    pub const POISSON: Self = Self { intercept: 1.0, slope: 0.0, freedom: 400.0 };

    /// φ of a cell with this many contacts per week, before its own weeks are looked at.
    #[must_use]
    pub fn at(&self, mean: f64) -> f64 {
        (self.intercept + self.slope * mean).max(1.0)
    }

    /// φ of a cell: its own estimate and the shared line, weighted by their degrees of freedom; at least 1.
    pub(crate) fn shrunk(&self, baseline: &Baseline) -> f64 {
        let both = self.freedom * self.at(baseline.mean) + baseline.freedom * baseline.pearson;
        (both / (self.freedom + baseline.freedom)).max(1.0)
    }

    /// Estimates the shared line from the baselines of all cells.
    ///
    /// Least squares with the weights of a gamma variable (its standard deviation grows with φ), started at
    /// φ = 1 and repeated; intercept and slope are kept in their ranges.
    pub(crate) fn estimate(baselines: &[Baseline]) -> Self {
        let total: f64 = baselines.iter().map(|baseline| baseline.freedom).sum();
        if total <= 0.0 {
            return Self::POISSON;
        }
        let mut line = Self::POISSON;
        for _ in 0..8 {
            line = line.improved(baselines);
        }
        // How much the cells' estimates differ from the line beyond chance, in squared relative units. A cell
        // with next to no contacts cannot differ: a single contact always gives a Pearson statistic of 1.
        let telling = baselines.iter().filter(|baseline| baseline.mean >= TELLING_MEAN);
        let (cells, freedom, squares) =
            telling.fold((0.0, 0.0, 0.0), |(cells, freedom, squares), baseline| {
                let relative = baseline.pearson / line.at(baseline.mean) - 1.0;
                (cells + 1.0, freedom + baseline.freedom, squares + baseline.freedom * relative * relative)
            });
        line.freedom = FEWEST_FREEDOM;
        if cells > 0.0 {
            let most = (MOST_FREEDOM_BY_CELL * freedom / cells).max(FEWEST_FREEDOM);
            let excess = (squares - CHANCE_VARIANCE * cells) / freedom;
            line.freedom = if excess > 0.0 { (2.0 / excess).clamp(FEWEST_FREEDOM, most) } else { most };
        }
        line
    }

    fn improved(self, baselines: &[Baseline]) -> Self {
        let [mut one, mut mean, mut mean_mean, mut phi, mut mean_phi] = [0.0; 5];
        for baseline in baselines {
            let weight = baseline.freedom / self.at(baseline.mean).powi(2);
            one += weight;
            mean += weight * baseline.mean;
            mean_mean += weight * baseline.mean * baseline.mean;
            phi += weight * baseline.pearson;
            mean_phi += weight * baseline.mean * baseline.pearson;
        }
        let determinant = one * mean_mean - mean * mean;
        let slope = if determinant > 1e-9 * one * mean_mean {
            ((one * mean_phi - mean * phi) / determinant).max(0.0)
        } else {
            0.0
        };
        let intercept = (phi - slope * mean) / one;
        if intercept >= 1.0 || mean_mean <= 0.0 {
            return Self { intercept: intercept.max(1.0), slope, ..self };
        }
        Self { intercept: 1.0, slope: ((mean_phi - mean) / mean_mean).max(0.0), ..self }
    }
}
