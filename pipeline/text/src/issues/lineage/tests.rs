//! Tests of lineage: the assignment against a brute force, and births, splits, merges and deaths.

use proptest::prelude::*;

use super::{Fate, Origin, Shared, assign, trace};

fn texts(pairs: &[(Option<usize>, Option<usize>, u32)]) -> Vec<Shared> {
    pairs.iter().map(|&(old, new, count)| Shared { old, new, count }).collect()
}

#[test]
fn an_issue_that_stays_keeps_its_id_when_clusters_change_places() {
    let lineage = trace(
        &texts(&[(Some(0), Some(1), 90), (Some(0), None, 10), (Some(1), Some(0), 50), (None, Some(0), 30)]),
        2,
        2,
        &[],
    );
    assert_eq!(lineage.origins, [Origin::Continued(1), Origin::Continued(0)]);
    assert_eq!(lineage.fates, [Fate::Continued(1), Fate::Continued(0)]);
}

#[test]
fn the_larger_part_of_a_split_issue_keeps_the_id() {
    let lineage =
        trace(&texts(&[(Some(0), Some(0), 40), (Some(0), Some(1), 60), (None, Some(0), 20)]), 1, 2, &[]);
    assert_eq!(lineage.origins, [Origin::Split(0), Origin::Continued(0)]);
    assert_eq!(lineage.fates, [Fate::Continued(1)]);
}

#[test]
fn the_smaller_of_two_merged_issues_is_told_as_merged() {
    let lineage = trace(&texts(&[(Some(0), Some(0), 40), (Some(1), Some(0), 60)]), 2, 1, &[]);
    assert_eq!(lineage.origins, [Origin::Continued(1)]);
    assert_eq!(lineage.fates, [Fate::Merged(0), Fate::Continued(0)]);
}

#[test]
fn births_and_deaths_are_told() {
    let lineage =
        trace(&texts(&[(Some(0), None, 40), (None, Some(0), 60), (Some(1), Some(1), 5)]), 2, 2, &[]);
    assert_eq!(lineage.origins, [Origin::Born, Origin::Continued(1)]);
    assert_eq!(lineage.fates, [Fate::Retired, Fate::Continued(1)]);
}

#[test]
fn an_issue_of_which_no_text_came_again_is_known_by_its_centre() {
    let lineage = trace(&texts(&[(None, Some(0), 60), (None, Some(1), 60)]), 1, 2, &[0.1, 0.95]);
    assert_eq!(lineage.origins, [Origin::Born, Origin::Continued(0)]);
}

#[test]
fn a_few_strays_do_not_make_a_continuation() {
    let lineage =
        trace(&texts(&[(Some(0), Some(0), 5), (Some(0), None, 95), (None, Some(0), 95)]), 1, 1, &[]);
    assert_eq!(lineage.origins, [Origin::Born]);
    assert_eq!(lineage.fates, [Fate::Retired]);
}

/// The best sum over all one-to-one assignments.
fn brute(rows: usize, columns: usize, scores: &[f64], used: &mut Vec<bool>, row: usize) -> f64 {
    if row == rows {
        return 0.0;
    }
    let mut best = brute(rows, columns, scores, used, row + 1);
    for column in 0..columns {
        if !used[column] {
            used[column] = true;
            best = best.max(scores[row * columns + column] + brute(rows, columns, scores, used, row + 1));
            used[column] = false;
        }
    }
    best
}

proptest! {
    #[test]
    fn the_assignment_is_the_best_of_all(rows in 1_usize..6, columns in 1_usize..6, values in prop::collection::vec(0_u32..100, 36)) {
        let scores: Vec<f64> = values.iter().take(rows * columns).map(|&value| f64::from(value)).collect();
        let pairs = assign(rows, columns, &|row, column| scores[row * columns + column]);
        let sum: f64 = pairs.iter().map(|&(row, column)| scores[row * columns + column]).sum();
        prop_assert!((sum - brute(rows, columns, &scores, &mut vec![false; columns], 0)).abs() < 1e-9);
    }
}
