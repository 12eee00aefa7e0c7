//! Shares with the doubt they carry: intervals, pooling over weeks, differences.
//!
//! In: published rates with their 95 % intervals, or plain counts. Out: shares that can be pooled
//! and compared. Nothing here decides what is worth saying; `judgement` does.

/// Two-sided 95 % of the normal distribution, as the marts use it.
pub(crate) const Z_95: f64 = 1.96;

/// A share and the number of independent contacts it is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Share {
    /// The share, 0..1.
    pub(crate) rate: f64,
    /// Contacts it stands for, the weight when shares are pooled.
    pub(crate) count: f64,
    /// Independent contacts it is worth; below `count` where customers came several times.
    pub(crate) effective_count: f64,
}

impl Share {
    /// A share of independent contacts; none when there are no contacts.
    pub(crate) fn counted(hits: i64, count: i64) -> Option<Self> {
        let (hits, count) = (hits as f64, count as f64);
        (count > 0.0).then(|| Self { rate: (hits / count).clamp(0.0, 1.0), count, effective_count: count })
    }

    /// A published share; its worth is read back from its 95 % Wilson interval, whose width depends on
    /// the rate and the effective count alone.
    ///
    /// # Source
    /// Wilson's interval solved for n: h²(n + z²)² = z²·p(1−p)·n + z⁴/4, h half the width.
    pub(crate) fn published(rate: f64, low: Option<f64>, high: Option<f64>, count: i64) -> Self {
        let count = count.max(1) as f64;
        let plain = Self { rate, count, effective_count: count };
        let (Some(low), Some(high)) = (low, high) else { return plain };
        let half = (high - low) / 2.0;
        if !(half > 0.0 && half < 0.5 && (0.0..=1.0).contains(&rate)) {
            return plain;
        }
        let z2 = Z_95 * Z_95;
        let square = half * half;
        let linear = 2.0 * z2 * square - z2 * rate * (1.0 - rate);
        let constant = z2 * z2 * (square - 0.25);
        let root = (linear * linear - 4.0 * square * constant).sqrt();
        let effective_count = (root - linear) / (2.0 * square);
        if effective_count.is_finite() && effective_count > 0.0 {
            Self { effective_count: effective_count.min(count), ..plain }
        } else {
            plain
        }
    }

    /// Several shares as one, each weighted by its contacts.
    pub(crate) fn pooled(shares: &[Self]) -> Option<Self> {
        let count: f64 = shares.iter().map(|share| share.count).sum();
        (count > 0.0).then(|| Self {
            rate: shares.iter().map(|share| share.rate * share.count).sum::<f64>() / count,
            count,
            effective_count: shares.iter().map(|share| share.effective_count).sum(),
        })
    }

    /// Wilson's interval at z.
    ///
    /// # Source
    /// Wilson 1927; the same formula as in the marts.
    pub(crate) fn interval(self, z: f64) -> (f64, f64) {
        let (p, n, z2) = (self.rate, self.effective_count, z * z);
        let middle = p + z2 / (2.0 * n);
        let half = z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
        let scale = 1.0 + z2 / n;
        (((middle - half) / scale).max(0.0), ((middle + half) / scale).min(1.0))
    }

    /// The difference self − other with its interval at z.
    ///
    /// # Source
    /// Newcombe 1998, method 10: the squares of the distances to the ends of both Wilson intervals.
    pub(crate) fn difference(self, other: Self, z: f64) -> Difference {
        let (low, high) = self.interval(z);
        let (other_low, other_high) = other.interval(z);
        let value = self.rate - other.rate;
        Difference {
            value,
            low: value - (self.rate - low).hypot(other_high - other.rate),
            high: value + (high - self.rate).hypot(other.rate - other_low),
        }
    }
}

/// A difference of two shares with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Difference {
    /// First minus second, -1..1.
    pub(crate) value: f64,
    /// Lower end.
    pub(crate) low: f64,
    /// Upper end.
    pub(crate) high: f64,
}

impl Difference {
    /// Whether the interval leaves out zero: only then may a difference be claimed.
    pub(crate) fn is_supported(self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// The z at which `comparisons` intervals together hold with 95 % (Bonferroni).
///
/// # Source
/// Abramowitz and Stegun 26.2.23, error below 4.5e-4.
pub(crate) fn z_for(comparisons: usize) -> f64 {
    let tail = 0.025 / comparisons.max(1) as f64;
    let t = (-2.0 * tail.ln()).sqrt();
    t - (2.515_517 + 0.802_853 * t + 0.010_328 * t * t)
        / (1.0 + 1.432_788 * t + 0.189_269 * t * t + 0.001_308 * t * t * t)
}

#[cfg(test)]
mod tests;
