//! What a change reaches, against a brute force over all pairs of days.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use super::*;

fn contract(step: &str, reach: &str) -> Contract {
    let text = format!(
        "-- q\n-- Purpose.\n--\n-- grain one row per (day)\n-- partition day {step}\n-- reads input {reach}\n--\n-- day date day\nselect 1"
    );
    Contract::parse("q", &text).unwrap()
}

#[track_caller]
fn check(step: &str, reach: &str, first: i32, last: i32, changed: &[EpochDay]) {
    let calendar = Calendar::new(TimeZone::UTC, Weekday::Monday);
    let contract = contract(step, reach);
    let inputs = BTreeMap::from([("input".to_owned(), Partitions::Days(changed.iter().copied().collect()))]);
    let expected: BTreeSet<EpochDay> = (-400..400)
        .filter(|day| step == "daily" || calendar.week(*day) == *day)
        .filter(|output| changed.iter().any(|day| (output + first..=output + last).contains(day)))
        .collect();
    let reached = affected(&contract, &inputs, None, &calendar);
    assert_eq!(reached, Partitions::Days(expected));
    let Partitions::Days(read) = needed(&contract, "input", &reached) else { panic!("needs everything") };
    assert!(changed.iter().all(|day| read.contains(day)), "a change is not among what is read again");
}

#[test]
fn a_change_reaches_exactly_the_outputs_that_read_it() {
    check("daily", "-1..1 days", -1, 1, &[10]);
    check("daily", "-21..22 days", -21, 22, &[0, 5]);
    check("weekly", "0..6 days", 0, 6, &[4]);
    check("weekly", "-14..6 days", -14, 6, &[3, 100]);
}

#[test]
fn a_change_of_an_input_read_whole_rebuilds_everything() {
    let calendar = Calendar::new(TimeZone::UTC, Weekday::Monday);
    let changed = BTreeMap::from([("input".to_owned(), Partitions::Days(BTreeSet::from([1])))]);
    assert_eq!(affected(&contract("daily", "all"), &changed, None, &calendar), Partitions::All);
}

#[test]
fn no_change_reaches_nothing() {
    let calendar = Calendar::new(TimeZone::UTC, Weekday::Monday);
    let changed = BTreeMap::from([("input".to_owned(), Partitions::none())]);
    assert!(affected(&contract("daily", "all"), &changed, None, &calendar).is_empty());
}
