//! Tests of shares and their differences.

use super::*;

#[track_caller]
fn check(found: f64, expect: f64) {
    assert!((found - expect).abs() < 5e-4, "found {found}, expected {expect}");
}

#[test]
fn wilson_and_newcombe_agree_with_the_published_examples() {
    // Newcombe 1998, table II, example (a): 56/70 against 48/80, method 10.
    let first = Share::counted(56, 70).unwrap();
    let second = Share::counted(48, 80).unwrap();
    let difference = first.difference(second, Z_95);
    check(difference.value, 0.2);
    check(difference.low, 0.0524);
    check(difference.high, 0.3339);
    assert!(difference.is_supported());
    assert!(!first.difference(first, Z_95).is_supported());
}

#[test]
fn an_interval_gives_back_its_effective_count() {
    for (rate, worth) in [(0.88, 400.0), (0.5, 10.0), (0.99, 75.0)] {
        let share = Share { rate, count: 1e6, effective_count: worth };
        let (low, high) = share.interval(Z_95);
        check(Share::published(rate, Some(low), Some(high), 1_000_000).effective_count, worth);
    }
}

#[test]
fn pooling_weighs_by_contacts() {
    let pooled =
        Share::pooled(&[Share::counted(90, 100).unwrap(), Share::counted(150, 300).unwrap()]).unwrap();
    check(pooled.rate, 0.6);
    check(pooled.effective_count, 400.0);
    assert!(Share::pooled(&[]).is_none());
    assert!(Share::counted(0, 0).is_none());
}

#[test]
fn more_comparisons_ask_for_more() {
    check(z_for(1), 1.96);
    check(z_for(3), 2.394);
    assert!(z_for(17) > 2.9);
}
