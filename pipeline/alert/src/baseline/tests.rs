//! One cell: which weeks count, what is fitted, what is predicted.

use super::{Prediction, baseline_weeks, fit};
use crate::{Dispersion, Parameters};

/// Poisson counts, known for certain.
const CERTAIN: Dispersion = Dispersion { intercept: 1.0, slope: 0.0, freedom: 1e12 };

fn weeks(exposure: &[f64], week: usize, minimum: usize, maximum: usize) -> Option<Vec<usize>> {
    let parameters = Parameters {
        minimum_baseline_weeks: minimum,
        maximum_baseline_weeks: maximum,
        ..Parameters::default()
    };
    baseline_weeks(exposure, week, &parameters)
}

#[test]
fn guard_weeks_give_way_to_a_short_history() {
    let exposure = [1.0; 12];
    assert_eq!(weeks(&exposure, 11, 4, 26), Some((0..9).collect()));
    assert_eq!(weeks(&exposure, 11, 4, 5), Some((4..9).collect()));
    assert_eq!(weeks(&exposure, 5, 4, 26), Some(vec![0, 1, 2, 3]), "one guard week is left");
    assert_eq!(weeks(&exposure, 4, 4, 26), Some(vec![0, 1, 2, 3]), "no guard week is left");
    assert_eq!(weeks(&exposure, 3, 4, 26), None);
}

#[test]
fn weeks_without_exposure_are_left_out() {
    let exposure = [1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.0];
    assert_eq!(weeks(&exposure, 7, 3, 26), Some(vec![0, 2, 3]));
    assert_eq!(weeks(&exposure, 8, 3, 26), None, "nothing to test in the week itself");
    assert_eq!(weeks(&exposure, 9, 3, 26), None, "beyond the series");
}

#[test]
fn the_rate_is_counts_by_exposure() {
    let counts = [10, 21, 29, 12, 0];
    let exposure = [100.0, 200.0, 300.0, 100.0, 150.0];
    let baseline = fit(&counts, &exposure, &[0, 1, 2, 3], &CERTAIN);
    assert_eq!((baseline.count, baseline.exposure), (72.0, 700.0));
    assert!((baseline.mean - 18.0).abs() < 1e-12);
    let prediction = Prediction::new(&baseline, exposure[4], &CERTAIN);
    assert!((prediction.estimate - 72.0 / 700.0 * 150.0).abs() < 1e-9);
}

#[test]
fn an_outbreak_in_the_past_loses_its_weight() {
    let counts = [10, 9, 11, 40, 38, 10, 12, 8];
    let exposure = [1000.0; 8];
    let baseline = fit(&counts, &exposure, &[0, 1, 2, 3, 4, 5, 6, 7], &Dispersion::POISSON);
    assert!((baseline.mean - 10.0).abs() < 0.6, "{baseline:?}");
    assert!(baseline.exposure > 6000.0 && baseline.exposure < 6200.0, "{baseline:?}");
    // Without weights it would be 10.5.
    assert!(baseline.pearson < 1.5, "{baseline:?}");
}

#[test]
fn a_cell_without_contacts_has_a_baseline() {
    let baseline = fit(&[0; 6], &[50.0; 6], &[0, 1, 2, 3, 4, 5], &CERTAIN);
    assert_eq!((baseline.count, baseline.mean, baseline.freedom), (0.0, 0.0, 0.0));
    // One pseudo-contact on 300 units, a week of 50: the geometric distribution with ratio 1 / 7.
    let prediction = Prediction::new(&baseline, 50.0, &CERTAIN);
    for count in 1..9 {
        let wanted = (1.0_f64 / 7.0).powf(f64::from(count));
        assert!((prediction.tail(count) / wanted - 1.0).abs() < 1e-4, "{count}");
    }
}

/// P(X ≥ `least`) of a binomial distribution, term by term.
fn binomial_tail(least: u32, trials: u32, share: f64) -> f64 {
    let mut probability = (1.0 - share).powf(f64::from(trials));
    let mut tail = 0.0;
    for value in 0..=trials {
        if value >= least {
            tail += probability;
        }
        probability *= f64::from(trials - value) / f64::from(value + 1) * share / (1.0 - share);
    }
    tail
}

#[test]
fn for_poisson_counts_it_is_the_conditional_binomial_test() {
    let counts = [4, 3, 5, 2, 4, 0];
    let exposure = [100.0, 90.0, 110.0, 95.0, 105.0, 80.0];
    let baseline = fit(&counts, &exposure, &[0, 1, 2, 3, 4], &CERTAIN);
    let prediction = Prediction::new(&baseline, 80.0, &CERTAIN);
    for count in [1, 3, 6, 9, 14] {
        let exact = binomial_tail(count, 18 + count, 80.0 / 580.0);
        assert!((prediction.tail(count) / exact - 1.0).abs() < 1e-4, "{count}: {exact}");
    }
}

#[test]
fn the_bound_is_the_last_count_within_it() {
    let baseline = fit(&[10; 12], &[1.0; 12], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], &Dispersion::POISSON);
    let prediction = Prediction::new(&baseline, 1.0, &Dispersion::POISSON);
    for level in [0.5, 0.05, 0.01, 1e-6] {
        let upper = prediction.upper(level);
        assert!(prediction.tail(upper) > level && prediction.tail(upper + 1) <= level, "{level}: {upper}");
    }
}

#[test]
fn an_uncertain_dispersion_makes_the_tail_longer() {
    let certain = Dispersion { intercept: 1.5, ..CERTAIN };
    let uncertain = Dispersion { freedom: 8.0, ..certain };
    let baseline = fit(&[10, 13, 7, 12, 8, 10], &[1.0; 6], &[0, 1, 2, 3, 4, 5], &certain);
    let [known, estimated] = [certain, uncertain]
        .map(|dispersion| Prediction { dispersion: 1.5, ..Prediction::new(&baseline, 1.0, &dispersion) });
    assert!(estimated.tail(35) > 3.0 * known.tail(35));
    assert!((estimated.tail(12) - known.tail(12)).abs() < 0.05);
}
