//! Tests of what may be called a change.

use super::*;

#[track_caller]
fn check(series: &[f64], expect: Judgement) {
    let series: Vec<Option<f64>> = series.iter().copied().map(Some).collect();
    assert_eq!(by_usual_steps(&series).0, expect);
}

#[test]
fn a_step_counts_only_beyond_the_usual_steps() {
    check(&[0.80, 0.82, 0.81, 0.80, 0.60], Judgement::Down);
    check(&[0.80, 0.82, 0.81, 0.80, 0.79], Judgement::Usual);
    check(&[10.0, 11.0, 10.0, 11.0, 30.0], Judgement::Up);
    check(&[0.8, 0.6], Judgement::TooFew);
    check(&[0.8], Judgement::Alone);
    check(&[], Judgement::Alone);
}

#[test]
fn a_missing_week_before_is_not_bridged() {
    assert_eq!(by_usual_steps(&[Some(1.0), None, Some(2.0)]).0, Judgement::Alone);
}

#[test]
fn few_contacts_support_no_difference() {
    let (judgement, _) = by_interval(Share::counted(9, 10), Share::counted(7, 10));
    assert_eq!(judgement, Judgement::Usual);
    let (judgement, _) = by_interval(Share::counted(7000, 10_000), Share::counted(9000, 10_000));
    assert_eq!(judgement, Judgement::Down);
    assert_eq!(by_interval(None, Share::counted(1, 2)).0, Judgement::Alone);
}
