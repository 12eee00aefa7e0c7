//! Special functions against published values and direct sums.

use super::{incomplete_beta, ln_gamma, negative_binomial_tail};

fn close(found: f64, wanted: f64, relative: f64) {
    assert!((found - wanted).abs() <= relative * wanted.abs(), "found {found:e}, wanted {wanted:e}");
}

#[test]
fn gamma_has_its_known_values() {
    close(ln_gamma(0.5), std::f64::consts::PI.sqrt().ln(), 1e-13);
    close(ln_gamma(5.0), 24_f64.ln(), 1e-13);
    close(ln_gamma(171.0), 706.573_062_245_787_4, 1e-14);
    assert!(ln_gamma(1.0).abs() < 1e-13 && ln_gamma(2.0).abs() < 1e-13);
}

#[test]
fn incomplete_beta_has_its_known_values() {
    close(incomplete_beta(1.0, 1.0, 0.3), 0.3, 1e-13);
    close(incomplete_beta(2.0, 2.0, 0.25), 0.156_25, 1e-13);
    close(incomplete_beta(0.5, 0.5, 0.5), 0.5, 1e-13);
    // The arcsine law: I_x(1/2, 1/2) = (2 / π) arcsin √x.
    close(incomplete_beta(0.5, 0.5, 0.1), std::f64::consts::FRAC_2_PI * 0.1_f64.sqrt().asin(), 1e-13);
    // Student's t with 10 degrees of freedom: the two-sided 5 % point of every table, 2.228.
    let t: f64 = 2.228_138_852;
    close(incomplete_beta(5.0, 0.5, 10.0 / (10.0 + t * t)), 0.05, 1e-8);
    // Binomial: P(X ≥ 8) for 10 fair coins = 56 / 1024.
    close(incomplete_beta(8.0, 3.0, 0.5), 56.0 / 1024.0, 1e-13);
    close(incomplete_beta(3.0, 8.0, 0.5), 1.0 - 56.0 / 1024.0, 1e-13);
    assert_eq!((incomplete_beta(2.0, 3.0, 0.0), incomplete_beta(2.0, 3.0, 1.0)), (0.0, 1.0));
}

/// Sums the probabilities P(Y = count), P(Y = count + 1), … one by one.
fn direct_tail(count: u32, mean: f64, variance: f64) -> f64 {
    let excess = variance / mean - 1.0;
    let shape = mean / excess;
    let odds = excess / (1.0 + excess);
    let mut probability = (1.0 + excess).powf(-shape);
    let mut tail = 0.0;
    for value in 0..count + 3000 {
        if value >= count {
            tail += probability;
        }
        probability *= (f64::from(value) + shape) / f64::from(value + 1) * odds;
    }
    tail
}

#[test]
fn negative_binomial_tail_equals_the_direct_sum() {
    for mean in [0.05, 0.3, 1.0, 4.0, 12.5, 80.0] {
        for factor in [1.05, 1.5, 3.0, 9.0] {
            for count in [1, 2, 3, 8, 21, 60, 150] {
                let variance = mean * factor;
                close(
                    negative_binomial_tail(count, mean, variance),
                    direct_tail(count, mean, variance),
                    1e-10,
                );
            }
        }
    }
}

#[test]
fn limits_of_the_negative_binomial() {
    assert_eq!(negative_binomial_tail(0, 3.0, 4.0), 1.0);
    assert_eq!(negative_binomial_tail(1, 0.0, 0.0), 0.0);
    // Variance equal to the mean: Poisson. P(X ≥ 1) = 1 − e^−2, P(X ≥ 5) for mean 2 = 0.05265.
    close(negative_binomial_tail(1, 2.0, 2.0), 1.0 - (-2.0_f64).exp(), 1e-6);
    close(negative_binomial_tail(5, 2.0, 2.0), 0.052_653_02, 1e-5);
    // Shape 1 is geometric: P(Y ≥ k) = (m / (1 + m))^k, far into the tail.
    close(negative_binomial_tail(60, 0.1, 0.11), (0.1_f64 / 1.1).powi(60), 1e-11);
    // Large arguments converge: half of the mass lies above a mean of a million.
    let half = negative_binomial_tail(1_000_000, 1e6, 1.1e6);
    assert!((half - 0.5).abs() < 1e-3, "{half}");
}
