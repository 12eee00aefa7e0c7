//! Tests of scales and ticks.

use super::*;

#[track_caller]
fn check(low: f64, high: f64, expect: &[f64]) {
    let found = ticks(round_ends(low, high, 4));
    assert_eq!(found.len(), expect.len(), "{found:?}");
    for (found, expect) in found.iter().zip(expect) {
        assert!((found - expect).abs() <= 1e-9 * expect.abs().max(1.0), "{found} is not {expect}");
    }
}

#[test]
fn ticks_are_round() {
    check(0.0, 97.0, &[0.0, 50.0, 100.0]);
    check(0.83, 0.91, &[0.82, 0.84, 0.86, 0.88, 0.90, 0.92]);
    check(0.0, 0.0, &[0.0, 0.05]);
    check(0.0, 2e18, &[0.0, 5e17, 1e18, 1.5e18, 2e18]);
}

#[test]
fn values_that_are_no_numbers_still_have_an_axis() {
    assert_eq!(round_ends(f64::NAN, 1.0, 4).0, 0.0);
    assert_eq!(round_ends(f64::INFINITY, f64::NEG_INFINITY, 4).0, 0.0);
}

#[test]
fn a_scale_without_width_gives_the_middle() {
    assert_eq!(Scale::new((3.0, 3.0), (0.0, 10.0)).at(3.0), 5.0);
    assert_eq!(Scale::new((0.0, 4.0), (10.0, 0.0)).at(1.0), 7.5);
}
