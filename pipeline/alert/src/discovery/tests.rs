//! Benjamini–Hochberg against the example of the paper.

use super::adjusted;

/// The fifteen p-values of Benjamini and Hochberg 1995, section 3.2 (thrombolysis trials).
const TRIALS: [f64; 15] = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
    0.7590, 1.0,
];

#[test]
fn the_paper_rejects_four_of_its_fifteen() {
    let found = adjusted(&TRIALS, 0);
    assert_eq!(found.iter().filter(|&&value| value <= 0.05).count(), 4);
    assert!((found[0] - 0.0015).abs() < 1e-12);
    assert!((found[3] - 0.0095 * 15.0 / 4.0).abs() < 1e-12);
    assert!((found[14] - 1.0).abs() < 1e-12);
    assert!(found.windows(2).all(|pair| pair[0] <= pair[1]));
}

#[test]
fn order_does_not_matter_and_further_tests_count() {
    let turned: Vec<f64> = TRIALS.iter().rev().copied().collect();
    let mut found = adjusted(&turned, 0);
    found.reverse();
    assert_eq!(found, adjusted(&TRIALS, 0));
    let more = adjusted(&TRIALS, 15);
    assert!((more[0] - 0.003).abs() < 1e-12);
    assert!(adjusted(&[], 3).is_empty());
}
