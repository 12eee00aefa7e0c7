//! The search as a whole: rules, scenarios, errors. Simulations are in the modules.

mod calibration;
mod power;
pub(crate) mod simulation;

use crate::{Alert, AlertError, Cell, Outcome, Parameters, Rule, alerts, bound};
use simulation::{Random, quiet};

const WEEKS: usize = 14;

/// 200 undisturbed cells around the one of interest, which has key 1000 and a constant exposure.
fn with(counts: &[u32]) -> Vec<Cell<usize>> {
    let volume = vec![1000.0; WEEKS];
    let mut cells = quiet(&mut Random(5), 200, &volume, |_| 1.1);
    cells.push(Cell { key: 1000, family: 0, counts: counts.to_vec(), exposure: volume });
    cells
}

fn search(cells: &[Cell<usize>]) -> Outcome<usize> {
    alerts(cells, WEEKS - 1, &Parameters::default()).unwrap()
}

fn alert(counts: &[u32]) -> Option<Alert<usize>> {
    search(&with(counts)).alerts.into_iter().find(|alert| alert.key == 1000)
}

#[test]
fn an_alert_states_what_it_rests_on() {
    let found = alert(&[10, 9, 11, 10, 12, 8, 10, 9, 11, 10, 10, 10, 24, 35]).unwrap();
    assert_eq!((found.observed, found.rule, found.since, found.baseline_weeks), (35, Rule::Baseline, 12, 11));
    assert!((found.expected - 10.0).abs() < 1e-9);
    assert!(found.upper > 15 && found.upper < 24, "{found:?}");
    assert!(found.dispersion >= 1.0 && found.p_value < 1e-4);
    assert!(found.adjusted_p_value <= found.false_discovery_rate);
}

#[test]
fn two_weeks_together_find_what_each_alone_does_not() {
    let weeks = |before: u32, newest: u32| {
        let mut counts = [10; WEEKS];
        (counts[WEEKS - 2], counts[WEEKS - 1]) = (before, newest);
        counts
    };
    assert!(alert(&weeks(10, 22)).is_none());
    let found = alert(&weeks(27, 22)).unwrap();
    let both = found.two_weeks.unwrap();
    assert_eq!((found.observed, both.observed), (22, 49));
    assert!((both.expected - 20.0).abs() < 1e-9 && both.upper > 25 && both.upper < 40, "{found:?}");
    assert!(found.since <= WEEKS - 2);
    // A week that is over is not told again, however high it was; a week that says enough alone is told alone.
    assert!(alert(&weeks(60, 12)).is_none());
    assert_eq!(alert(&weeks(10, 40)).unwrap().two_weeks, None);
}

#[test]
fn an_issue_without_history_has_its_own_rule() {
    let mut counts = [0; WEEKS];
    for (count, expected) in [(1, false), (2, false), (8, true)] {
        counts[WEEKS - 1] = count;
        let found = alert(&counts);
        assert_eq!(found.is_some(), expected, "{count} contacts");
        if let Some(found) = found {
            assert_eq!((found.rule, found.since), (Rule::NoHistory, WEEKS - 1));
            assert!(found.expected > 0.05 && found.expected < 0.15, "{found:?}");
        }
    }
}

#[test]
fn an_issue_born_weeks_ago_still_has_no_history() {
    let found = alert(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 9, 12, 11]).unwrap();
    assert_eq!((found.rule, found.since), (Rule::NoHistory, 10));
}

#[test]
fn a_past_outbreak_does_not_hide_a_new_one() {
    let found = alert(&[10, 9, 11, 44, 40, 8, 10, 9, 11, 10, 10, 11, 9, 33]).unwrap();
    assert!(found.expected < 11.0, "{found:?}");
    assert_eq!(found.since, WEEKS - 1);
}

#[test]
fn a_past_outbreak_does_not_hide_a_new_one_where_cells_differ() {
    // Unequal cells make the search listen more to each cell's own dispersion, which the outbreak spoils.
    let counts = vec![10, 9, 11, 44, 40, 8, 10, 9, 11, 10, 10, 11, 9, 40];
    let volume = vec![1000.0; WEEKS];
    let mut cells = quiet(&mut Random(6), 200, &volume, |key| if key % 10 == 0 { 5.0 } else { 1.0 });
    cells.push(Cell { key: 1000, family: 0, counts, exposure: volume });
    let outcome = search(&cells);
    assert!(outcome.dispersion.freedom < 10.0, "{:?}", outcome.dispersion);
    assert!(outcome.alerts.iter().any(|alert| alert.key == 1000), "{:?}", outcome.alerts);
}

#[test]
fn more_contacts_of_the_same_mix_raise_nothing() {
    let mut cells = with(&[10; WEEKS]);
    for cell in &mut cells {
        let mean = cell.counts[..WEEKS - 1].iter().sum::<u32>() / 13;
        cell.counts[WEEKS - 1] = 3 * mean;
        cell.exposure[WEEKS - 1] = 3000.0;
    }
    assert_eq!(search(&cells).alerts, []);
    for cell in &mut cells {
        cell.exposure[WEEKS - 1] = 1000.0;
    }
    assert!(search(&cells).alerts.len() > 20, "without the offset it would be an alarm everywhere");
}

#[test]
fn the_order_of_the_cells_does_not_matter() {
    let mut cells = with(&[10, 9, 11, 10, 12, 8, 10, 9, 11, 10, 10, 10, 24, 35]);
    let before = search(&cells);
    cells.reverse();
    cells.rotate_left(77);
    assert_eq!(search(&cells), before);
}

#[test]
fn weeks_without_exposure_and_short_histories_are_not_tested() {
    let mut cells = with(&[10; WEEKS]);
    cells[3].exposure[WEEKS - 1] = 0.0;
    cells[4].exposure[..WEEKS - 3].fill(0.0);
    let parameters = Parameters { further_cells: vec![50], ..Parameters::default() };
    let outcome = alerts(&cells, WEEKS - 1, &parameters).unwrap();
    assert_eq!((outcome.tested, outcome.untested), (199 + 50, 2));
    let early = alerts(&cells, 2, &parameters).unwrap();
    assert_eq!((early.tested, early.untested, early.threshold), (50, 201, 0.0));
}

#[test]
fn further_cells_raise_the_hurdle() {
    let mut counts = [0; WEEKS];
    counts[WEEKS - 1] = 6;
    let cells = with(&counts);
    assert_eq!(search(&cells).alerts.len(), 1);
    let parameters = Parameters { further_cells: vec![1_000_000], ..Parameters::default() };
    assert_eq!(alerts(&cells, WEEKS - 1, &parameters).unwrap().alerts, []);
}

#[test]
fn a_bound_knows_only_the_weeks_before_it() {
    let cells = with(&[10, 9, 11, 10, 12, 8, 10, 9, 11, 10, 10, 10, 24, 35]);
    let dispersion = search(&cells).dispersion;
    let mut cell = cells[200].clone();
    let bounds = |cell: &Cell<usize>| -> Vec<Option<u32>> {
        (0..WEEKS).map(|week| bound(cell, week, &dispersion, &Parameters::default())).collect()
    };
    let before = bounds(&cell);
    assert!(before[3].is_none() && before[4].is_some());
    let risen: Vec<usize> =
        (4..WEEKS).filter(|&week| before[week].is_some_and(|upper| cell.counts[week] > upper)).collect();
    assert_eq!(risen, [12, 13]);
    cell.counts[9] = 90;
    assert_eq!(before[..10], bounds(&cell)[..10]);
}

#[test]
fn unusable_input_is_an_error() {
    let mut cells = with(&[10; WEEKS]);
    let attempt = |cells: &[Cell<usize>]| alerts(cells, WEEKS - 1, &Parameters::default()).err();
    assert_eq!(
        alerts(&cells, WEEKS, &Parameters::default()).err(),
        Some(AlertError::Length { position: 0, counts: WEEKS, exposures: WEEKS, weeks: WEEKS + 1 })
    );
    cells[7].exposure[2] = f64::NAN;
    assert_eq!(attempt(&cells), Some(AlertError::Exposure { position: 7, week: 2 }));
    cells[7].exposure[2] = 1000.0;
    cells[9].key = 8;
    assert_eq!(attempt(&cells), Some(AlertError::SameKey { first: 8, second: 9 }));
    assert_eq!(alerts::<usize>(&[], 3, &Parameters::default()).unwrap().tested, 0);
}

#[test]
fn parameters_outside_their_range_are_errors() {
    let good = Parameters::default();
    assert_eq!(good.check(), Ok(()));
    for bad in [
        Parameters { false_discovery_rate: 0.0, ..good.clone() },
        Parameters { false_discovery_rate: f64::NAN, ..good.clone() },
        Parameters { minimum_baseline_weeks: 1, ..good.clone() },
        Parameters { maximum_baseline_weeks: 3, ..good.clone() },
        Parameters { minimum_count: 0, ..good.clone() },
        Parameters { bound_level: 0.6, ..good.clone() },
    ] {
        let error = bad.check().unwrap_err();
        assert!(error.to_string().contains(" must be "), "{error}");
    }
}
