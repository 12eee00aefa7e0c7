//! Counter-based random numbers: a stream is a function of (seed, stream, index), nothing is shared.
//!
//! In: three numbers. Out: draws. Two parts of the generator never disturb each other's draws, so a
//! contact can be rendered twice, days apart, to the same bytes. Not for secrets.

/// What a stream of draws is for; each purpose has its own.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stream {
    /// What happens to a contact.
    Behaviour = 1,
    /// The words of a contact.
    Words = 2,
    /// The personal value that a text gives away.
    Personal = 3,
    /// Details of a record that carry no meaning (ports, ratings, shapes).
    Record = 4,
    /// Arrival instants of one hour.
    Arrival = 5,
    /// One order.
    Order = 6,
    /// How a site's day differs from its plan.
    Day = 7,
}

/// A stream of draws (wyrand).
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

/// Scrambles two words into one (splitmix64's finaliser over their combination).
pub(crate) fn mix(left: u64, right: u64) -> u64 {
    let mut word = left ^ right.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x6a09_e667_f3bc_c909);
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

impl Random {
    /// Opens the stream of one thing.
    pub(crate) fn new(seed: u64, stream: Stream, index: u64) -> Self {
        Self(mix(mix(seed, stream as u64), index))
    }

    /// The next 64 bits.
    pub(crate) fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0xa076_1d64_78bd_642f);
        let product = u128::from(self.0) * u128::from(self.0 ^ 0xe703_7ed1_a0b4_28db);
        (product >> 64) as u64 ^ product as u64
    }

    /// A number in 0..bound; 0 when the bound is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.word()) * u128::from(bound)) >> 64) as u64
    }

    /// An index in 0..length.
    pub(crate) fn index(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }

    /// A number in low..=high.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// A number in 0..1.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.word() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// True with the given probability.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// An exponential draw.
    pub(crate) fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    /// A log-normal draw, given by its median and the spread of its logarithm.
    pub(crate) fn log_normal(&mut self, median: f64, spread: f64) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        median * (spread * radius * (std::f64::consts::TAU * self.unit()).cos()).exp()
    }

    /// The index of the cumulative weight that a draw falls under; the last entry is the total.
    pub(crate) fn cumulative(&mut self, sums: &[f64]) -> usize {
        let total = sums.last().copied().unwrap_or(0.0);
        let point = self.unit() * total;
        sums.partition_point(|sum| *sum <= point).min(sums.len().saturating_sub(1))
    }
}

/// Running sums of weights, for [`Random::cumulative`].
pub(crate) fn running_sums(weights: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut sum = 0.0;
    weights
        .into_iter()
        .map(|weight| {
            sum += weight;
            sum
        })
        .collect()
}
