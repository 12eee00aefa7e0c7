//! Simulated weekly counts: in a seed, means, dispersions and exposures, out cells.

use crate::Cell;

/// A small generator (splitmix64: Steele, Lea and Flood 2014, <https://doi.org/10.1145/2660193.2660195>).
pub(crate) struct Random(pub u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Uniform in (0, 1).
    pub(crate) fn uniform(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// A random place below `length`.
    pub(crate) fn below(&mut self, length: usize) -> usize {
        (self.uniform() * length as f64) as usize
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Gamma with this shape and scale 1 (Marsaglia and Tsang 2000).
    fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            return self.gamma(shape + 1.0) * self.uniform().powf(1.0 / shape);
        }
        let d = shape - 1.0 / 3.0;
        loop {
            let normal = self.normal();
            let cube = (1.0 + normal / (9.0 * d).sqrt()).powi(3);
            if cube > 0.0 && self.uniform().ln() < 0.5 * normal * normal + d * (1.0 - cube + cube.ln()) {
                return d * cube;
            }
        }
    }

    fn poisson(&mut self, mean: f64) -> u32 {
        let (mut count, mut rest) = (0, mean);
        // Exponential waiting times; means here stay below a few hundred.
        loop {
            rest += self.uniform().ln();
            if rest < 0.0 {
                return count;
            }
            count += 1;
        }
    }

    /// A count of this mean and of variance `dispersion` × mean.
    pub(crate) fn count(&mut self, mean: f64, dispersion: f64) -> u32 {
        if dispersion <= 1.0 {
            return self.poisson(mean);
        }
        let rate = self.gamma(mean / (dispersion - 1.0)) * (dispersion - 1.0);
        self.poisson(rate)
    }
}

/// Handled contacts per week: a level with noise of 15 %, and in one week out of eight a surge of up to 3×.
pub(crate) fn volume(random: &mut Random, weeks: usize) -> Vec<f64> {
    (0..weeks)
        .map(|_| {
            let surge = if random.uniform() < 0.125 { 1.0 + 2.0 * random.uniform() } else { 1.0 };
            (1000.0 * surge * (0.15 * random.normal()).exp()).round()
        })
        .collect()
}

/// One undisturbed cell with `mean` contacts in a week of exposure 1000.
pub(crate) fn cell(
    random: &mut Random,
    key: usize,
    mean: f64,
    dispersion: f64,
    volume: &[f64],
) -> Cell<usize> {
    let counts = volume.iter().map(|exposure| random.count(mean * exposure / 1000.0, dispersion)).collect();
    Cell { key, family: 0, counts, exposure: volume.to_vec() }
}

/// A mean between 0.3 and 40 contacts per week, even by logarithm.
pub(crate) fn spread(random: &mut Random) -> f64 {
    0.3 * (40.0_f64 / 0.3).powf(random.uniform())
}

/// Undisturbed, independent cells with keys from 0; the dispersion follows from the key.
pub(crate) fn quiet(
    random: &mut Random,
    cells: usize,
    volume: &[f64],
    dispersion: impl Fn(usize) -> f64,
) -> Vec<Cell<usize>> {
    (0..cells)
        .map(|key| {
            let mean = spread(random);
            cell(random, key, mean, dispersion(key), volume)
        })
        .collect()
}
