//! Special functions: in real arguments, out negative binomial tail probabilities.
//!
//! Written from the formulas of the NIST Digital Library of Mathematical Functions (chapters 5 and 8),
//! <https://dlmf.nist.gov/5.11>, <https://dlmf.nist.gov/8.17>.

#[cfg(test)]
mod tests;

/// Smallest excess of variance over mean, relative to the mean. Below it the distribution is a Poisson
/// distribution for every purpose, and its shape parameter would be too large for double precision.
const SMALLEST_EXCESS: f64 = 1e-6;

/// Most terms of the continued fraction. Far more than the square root of any argument met here.
const MOST_TERMS: u32 = 20_000;

/// Natural logarithm of the gamma function, for `x` > 0 (relative error about 1e-14).
///
/// Stirling's series (DLMF 5.11.1) from 12 upwards; smaller arguments are moved up by Γ(x + 1) = x Γ(x).
pub(crate) fn ln_gamma(x: f64) -> f64 {
    let mut moved = x;
    let mut product = 1.0;
    while moved < 12.0 {
        product *= moved;
        moved += 1.0;
    }
    let inverse = 1.0 / moved;
    let square = inverse * inverse;
    let series = inverse
        * (1.0 / 12.0
            - square
                * (1.0 / 360.0
                    - square * (1.0 / 1260.0 - square * (1.0 / 1680.0 - square * (1.0 / 1188.0)))));
    let half_ln_two_pi = 0.5 * (2.0 * std::f64::consts::PI).ln();
    (moved - 0.5) * moved.ln() - moved + half_ln_two_pi + series - product.ln()
}

/// Regularised incomplete beta function I_x(a, b), for a, b > 0 and 0 ≤ x ≤ 1.
///
/// Continued fraction DLMF 8.17.22, evaluated forwards by the modified method of Lentz, on whichever side
/// of the mean it converges fast. Small values keep their relative precision.
pub(crate) fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return (1.0 - beta_fraction(b, a, 1.0 - x)).clamp(0.0, 1.0);
    }
    beta_fraction(a, b, x).clamp(0.0, 1.0)
}

/// The continued fraction with its leading factor x^a (1 − x)^b / (a B(a, b)).
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let keep_away = |value: f64| if value.abs() < TINY { TINY } else { value };
    let ln_factor = a * x.ln() + b * (-x).ln_1p() - a.ln() + ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b);
    let mut numerator = 1.0;
    let mut denominator = 1.0 / keep_away(1.0 - (a + b) * x / (a + 1.0));
    let mut value = denominator;
    for term in 1..=MOST_TERMS {
        let m = f64::from(term);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut last = 1.0;
        for coefficient in [even, odd] {
            denominator = 1.0 / keep_away(1.0 + coefficient * denominator);
            numerator = keep_away(1.0 + coefficient / numerator);
            last = numerator * denominator;
            value *= last;
        }
        if (last - 1.0).abs() < 1e-15 {
            break;
        }
    }
    ln_factor.exp() * value
}

/// P(Y ≥ `count`) for a negative binomial Y with this mean and variance (a variance below the mean counts as
/// the mean: then Y is Poisson distributed to six digits).
///
/// With excess d = variance / mean − 1 the shape is mean / d, and the tail is I_{d / (1 + d)}(count, shape).
pub(crate) fn negative_binomial_tail(count: u32, mean: f64, variance: f64) -> f64 {
    if count == 0 {
        return 1.0;
    }
    if mean <= 0.0 {
        return 0.0;
    }
    let excess = (variance / mean - 1.0).max(SMALLEST_EXCESS);
    incomplete_beta(f64::from(count), mean / excess, excess / (1.0 + excess))
}
