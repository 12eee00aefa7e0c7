//! The shared dispersion is found again in data made with it.

use super::Dispersion;
use crate::tests::simulation::{Random, cell, spread, volume};
use crate::{Parameters, baseline_weeks, shared_dispersion};

/// The estimate from 600 cells of 16 weeks, the cell's place and mean deciding about its dispersion.
fn estimated(dispersion: impl Fn(usize, f64) -> f64) -> Dispersion {
    let mut random = Random(11);
    let volume = volume(&mut random, 16);
    let cells: Vec<_> = (0..600)
        .map(|key| {
            let mean = spread(&mut random);
            cell(&mut random, key, mean, dispersion(key, mean), &volume)
        })
        .collect();
    let tests: Vec<_> = cells
        .iter()
        .filter_map(|cell| Some((cell, baseline_weeks(&cell.exposure, 15, &Parameters::default())?)))
        .collect();
    shared_dispersion(&tests).0
}

#[test]
fn equal_dispersion_is_found_and_trusted() {
    // Cutting down outbreaks costs small, strongly dispersed cells some of their long tail.
    for (wanted, off) in [(1.0, 0.05), (1.5, 0.12), (2.5, 0.2)] {
        let found = estimated(|_, _| wanted);
        for mean in [1.0, 5.0, 20.0] {
            assert!((found.at(mean) / wanted - 1.0).abs() < off, "{wanted}: {found:?}");
        }
        assert!(found.freedom > 10.0, "{found:?}");
    }
}

#[test]
fn dispersion_that_grows_with_the_mean_is_found() {
    let found = estimated(|_, mean| 1.0 + 0.05 * mean);
    assert!((found.slope - 0.05).abs() < 0.015, "{found:?}");
    assert!(found.at(40.0) > 2.3, "{found:?}");
}

#[test]
fn cells_that_differ_keep_more_of_their_own() {
    let found = estimated(|key, _| if key % 2 == 0 { 1.0 } else { 3.0 });
    assert!(found.freedom < 20.0, "{found:?}");
}

#[test]
fn nothing_to_estimate_from_is_poisson() {
    assert_eq!(Dispersion::estimate(&[]), Dispersion::POISSON);
    assert_eq!(Dispersion::POISSON.at(100.0), 1.0);
}
