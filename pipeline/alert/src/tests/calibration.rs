//! Without a signal, alarms stay within their nominal share.

use super::simulation::{Random, cell, quiet, spread, volume};
use crate::{Cell, Parameters, Prediction, alerts, baseline_weeks, shared_dispersion};

const SETS: u64 = 400;
const CELLS: usize = 300;
const WEEKS: usize = 14;

/// Most data sets of 400 with an alarm if each has one with probability 5 %: 95 % of the time it is no more.
const MOST_SETS: usize = 27;

/// Data sets with any alarm, and the share of all cells with a raw p-value below 0.01.
struct Found {
    alarmed: usize,
    below: f64,
}

fn search(sets: u64, data: impl Fn(&mut Random) -> Vec<Cell<usize>>) -> Found {
    let (mut alarmed, mut below, mut tested) = (0, 0, 0);
    for set in 0..sets {
        let cells = data(&mut Random(7919 * set + 1));
        let week = cells[0].counts.len() - 1;
        let outcome = alerts(&cells, week, &Parameters::default()).unwrap();
        alarmed += usize::from(!outcome.alerts.is_empty());
        if set < sets / 4 {
            let raw = raw_p_values(&cells, week);
            tested += raw.len();
            below += raw.iter().filter(|&&p_value| p_value < 0.01).count();
        }
    }
    let found = Found { alarmed, below: below as f64 / tested as f64 };
    println!("{} of {sets} data sets with an alarm, raw p < 0.01: {:.5}", found.alarmed, found.below);
    found
}

/// The p-values without the smallest count of an alert.
fn raw_p_values(cells: &[Cell<usize>], week: usize) -> Vec<f64> {
    let parameters = Parameters::default();
    let tests: Vec<_> = cells
        .iter()
        .filter_map(|cell| Some((cell, baseline_weeks(&cell.exposure, week, &parameters)?)))
        .collect();
    let (dispersion, baselines) = shared_dispersion(&tests);
    let tail = |(cell, baseline): (&Cell<usize>, _)| {
        Prediction::new(baseline, cell.exposure[week], &dispersion).tail(cell.counts[week])
    };
    tests.iter().zip(&baselines).map(|((cell, _), baseline)| tail((cell, baseline))).collect()
}

fn undisturbed(dispersion: fn(usize) -> f64) -> Found {
    search(SETS, |random| {
        let volume = volume(random, WEEKS);
        quiet(random, CELLS, &volume, dispersion)
    })
}

#[test]
fn poisson_counts_raise_no_more_than_the_budget() {
    let found = undisturbed(|_| 1.0);
    assert!(found.alarmed <= MOST_SETS && found.below <= 0.01);
}

#[test]
fn dispersed_counts_raise_no_more_than_the_budget() {
    let found = undisturbed(|_| 1.5);
    assert!(found.alarmed <= MOST_SETS && found.below <= 0.01);
}

#[test]
fn unequally_dispersed_counts_raise_no_more_than_the_budget() {
    let found = undisturbed(|key| if key % 10 == 0 { 5.0 } else { 1.0 });
    assert!(found.alarmed <= MOST_SETS && found.below <= 0.01);
}

#[test]
fn a_short_history_raises_no_more_than_the_budget() {
    let found = search(SETS, |random| {
        let volume = volume(random, 7);
        quiet(random, CELLS, &volume, |key| if key % 2 == 0 { 1.0 } else { 2.0 })
    });
    assert!(found.alarmed <= MOST_SETS && found.below <= 0.01);
}

#[test]
fn mostly_empty_cells_raise_no_more_than_the_budget() {
    // What a cube of issue, product, language and site looks like: most cells have a contact now and then.
    let found = search(SETS, |random| {
        let volume = volume(random, WEEKS);
        (0..2 * CELLS)
            .map(|key| {
                let mean = 0.01 * spread(random).powf(2.0);
                cell(random, key, mean, if key % 2 == 0 { 1.0 } else { 2.0 }, &volume)
            })
            .collect()
    });
    assert!(found.alarmed <= MOST_SETS && found.below <= 0.01);
}

#[test]
fn a_surge_of_volume_in_the_tested_week_raises_no_more_than_the_budget() {
    let found = search(SETS, |random| {
        let mut volume = volume(random, WEEKS);
        volume[WEEKS - 1] = 3000.0;
        quiet(random, CELLS, &volume, |_| 1.2)
    });
    assert!(found.alarmed <= MOST_SETS && found.below <= 0.01);
}

#[test]
fn shuffled_weeks_raise_no_more_than_the_budget() {
    // Twenty data sets, each in twenty orders of its weeks (the same order for all cells of a set).
    let mut alarmed = 0;
    for set in 0..20 {
        let mut random = Random(104_729 * set + 3);
        let volume = volume(&mut random, WEEKS);
        let cells = quiet(&mut random, CELLS, &volume, |key| if key % 2 == 0 { 1.0 } else { 2.0 });
        for _ in 0..20 {
            let mut order: Vec<usize> = (0..WEEKS).collect();
            for place in (1..WEEKS).rev() {
                order.swap(place, random.below(place + 1));
            }
            let shuffled: Vec<Cell<usize>> = cells
                .iter()
                .map(|cell| Cell {
                    key: cell.key,
                    family: 0,
                    counts: order.iter().map(|&week| cell.counts[week]).collect(),
                    exposure: order.iter().map(|&week| cell.exposure[week]).collect(),
                })
                .collect();
            let outcome = alerts(&shuffled, WEEKS - 1, &Parameters::default()).unwrap();
            alarmed += usize::from(!outcome.alerts.is_empty());
        }
    }
    println!("{alarmed} of 400 shuffled data sets with an alarm");
    assert!(alarmed <= MOST_SETS);
}
