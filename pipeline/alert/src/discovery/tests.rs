//! Benjamini–Hochberg against the example of the paper.

use super::adjusted;

/// The fifteen p-values of Benjamini and Hochberg 1995, section 3.2 (thrombolysis trials).
const TRIALS: [f64; 15] = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
    0.7590, 1.0,
];

#[test]
fn the_paper_rejects_four_of_its_fifteen() {
    let found = adjusted(&TRIALS, &[0; 15], &[]);
    assert_eq!(found.iter().filter(|&&value| value <= 0.05).count(), 4);
    assert!((found[0] - 0.0015).abs() < 1e-12);
    assert!((found[3] - 0.0095 * 15.0 / 4.0).abs() < 1e-12);
    assert!((found[14] - 1.0).abs() < 1e-12);
    assert!(found.windows(2).all(|pair| pair[0] <= pair[1]));
}

#[test]
fn order_does_not_matter_and_further_tests_count() {
    let turned: Vec<f64> = TRIALS.iter().rev().copied().collect();
    let mut found = adjusted(&turned, &[0; 15], &[]);
    found.reverse();
    assert_eq!(found, adjusted(&TRIALS, &[0; 15], &[]));
    let more = adjusted(&TRIALS, &[0; 15], &[15]);
    assert!((more[0] - 0.003).abs() < 1e-12);
    assert!(adjusted(&[], &[], &[3]).is_empty());
}

#[test]
fn families_share_the_hurdle_in_equal_parts() {
    // One test alone and ninety-nine others: each of the two families has half of the hurdle.
    let families: Vec<usize> = (0..100).map(|place| usize::from(place > 0)).collect();
    let adjusted_at = |place: usize, p_value: f64, families: &[usize]| {
        let mut p_values = vec![1.0; 100];
        p_values[place] = p_value;
        adjusted(&p_values, families, &[])[place]
    };
    assert!((adjusted_at(0, 0.02, &families) - 0.04).abs() < 1e-12);
    assert!((adjusted_at(1, 0.0002, &families) - 0.0002 * 99.0 * 2.0).abs() < 1e-12);
    assert!((adjusted_at(0, 0.0002, &[0; 100]) - 0.02).abs() < 1e-12);
}
