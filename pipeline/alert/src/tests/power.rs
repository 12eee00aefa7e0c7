//! With a signal, how often and how soon it is found, and how many of the alarms are false.

use super::simulation::{Random, cell, quiet, volume};
use crate::{Cell, Parameters, alerts};

const RUNS: u64 = 200;
const CELLS: usize = 300;
const WEEKS: usize = 14;

/// Key of the cell that rises.
const RISING: usize = 1_000_000;

/// Shares of the simulations in which the rising cell was found in its first week, and by its second.
///
/// `copies` cells show the same contacts: an issue that lives in one language and one site has equal counts
/// in its margins.
fn found(mean: f64, times: f64, dispersion: f64, copies: usize) -> (f64, f64) {
    let (mut first, mut second) = (0.0, 0.0);
    for run in 0..RUNS {
        let mut random = Random(31 * run + 5);
        let mut volume = volume(&mut random, WEEKS);
        volume[WEEKS - 2..].fill(1000.0);
        let mut cells = quiet(&mut random, CELLS, &volume, |_| dispersion);
        let mut rising = cell(&mut random, RISING, mean, dispersion, &volume);
        for count in &mut rising.counts[WEEKS - 2..] {
            *count = random.count(mean * times, dispersion);
        }
        cells.extend((0..copies).map(|copy| Cell { key: RISING + copy, ..rising.clone() }));
        let hit = |week| {
            let outcome = alerts(&cells, week, &Parameters::default()).unwrap();
            outcome.alerts.iter().any(|alert| alert.key == RISING)
        };
        let [now, later] = [WEEKS - 2, WEEKS - 1].map(hit);
        first += f64::from(u8::from(now)) / RUNS as f64;
        second += f64::from(u8::from(now || later)) / RUNS as f64;
    }
    println!("mean {mean} × {times}, φ {dispersion}, {copies} rising: {first:.3}, by week two {second:.3}");
    (first, second)
}

#[test]
fn a_tripled_cell_is_found() {
    // An isolated cell. Even with mean and dispersion known, 24 contacts are needed at p ≤ 0.05 / 300, and
    // 11 % of the weeks with 30 expected have fewer.
    let (first, second) = found(10.0, 3.0, 1.0, 1);
    assert!(first >= 0.75 && second >= 0.90);
    let (first, _) = found(15.0, 3.0, 1.0, 1);
    assert!(first >= 0.90);
    let (first, second) = found(20.0, 3.0, 1.5, 1);
    assert!(first >= 0.85 && second >= 0.95);
}

#[test]
fn a_tripled_issue_of_one_language_and_site_is_found_in_its_first_week() {
    let (first, second) = found(10.0, 3.0, 1.0, 5);
    assert!(first >= 0.88 && second >= 0.95);
}

#[test]
fn a_doubled_cell_is_found_by_its_second_week() {
    let (_, second) = found(10.0, 2.0, 1.0, 1);
    assert!(second >= 0.22);
    let (_, second) = found(30.0, 2.0, 1.0, 1);
    assert!(second >= 0.95);
    let (_, second) = found(40.0, 2.0, 1.5, 1);
    assert!(second >= 0.90);
}

#[test]
fn a_tripled_cell_is_found_among_past_outbreaks() {
    let mut share = 0.0;
    for run in 0..RUNS {
        let mut random = Random(77 * run + 3);
        let volume = vec![1000.0; WEEKS];
        let mut cells = quiet(&mut random, CELLS, &volume, |_| 1.0);
        for cell in cells.iter_mut().step_by(10) {
            let start = random.below(WEEKS - 5);
            cell.counts[start..start + 2].iter_mut().for_each(|count| *count *= 3);
        }
        let mut rising = cell(&mut random, RISING, 15.0, 1.0, &volume);
        rising.counts[WEEKS - 1] = random.count(45.0, 1.0);
        cells.push(rising);
        let outcome = alerts(&cells, WEEKS - 1, &Parameters::default()).unwrap();
        share += f64::from(u8::from(outcome.alerts.iter().any(|alert| alert.key == RISING))) / RUNS as f64;
    }
    println!("mean 15 × 3, φ 1, an outbreak in the past of every tenth cell: {share:.3}");
    assert!(share >= 0.8);
}

#[test]
fn false_alarms_stay_within_the_budget_beside_true_ones() {
    let mut share = 0.0;
    for run in 0..RUNS {
        let mut random = Random(613 * run + 9);
        let volume = volume(&mut random, WEEKS);
        let mut cells = quiet(&mut random, CELLS, &volume, |_| 1.5);
        for rising in cells.iter_mut().take(30) {
            rising.counts[WEEKS - 1] = rising.counts[WEEKS - 1] * 3 + 10;
        }
        let outcome = alerts(&cells, WEEKS - 1, &Parameters::default()).unwrap();
        let wrong = outcome.alerts.iter().filter(|alert| alert.key >= 30).count();
        share += wrong as f64 / outcome.alerts.len().max(1) as f64 / RUNS as f64;
    }
    println!("share of false alarms beside 30 true ones: {share:.4}");
    assert!(share <= 0.05);
}
