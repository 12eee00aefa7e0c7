//! Telephone numbers must be valid, unique, and the same person in every written shape.

use std::collections::BTreeSet;

use phonenumber::country::Id;
use phonenumber::{Mode, parse};

use super::*;
use crate::random::Stream;

/// Members of each country that are tried.
const MEMBERS: u64 = 300;

fn customers() -> impl Iterator<Item = u64> {
    (1..=COUNTRIES.len() as u64).flat_map(|country| (0..MEMBERS).map(move |member| country * BLOCK + member))
}

/// Every shape that `write` gives must be read, where that country is the default, as the E.164 number.
#[track_caller]
fn check(default: Option<Id>, mut write: impl FnMut(&mut Vec<u8>, u64)) {
    for customer in customers() {
        let (mut expect, mut shape) = (Vec::new(), Vec::new());
        push_e164(&mut expect, customer);
        write(&mut shape, customer);
        let (expect, shape) = (String::from_utf8(expect).unwrap(), String::from_utf8(shape).unwrap());
        let number = parse(default, &shape).unwrap_or_else(|error| panic!("{shape}: {error}"));
        assert!(number.is_valid(), "{shape} of {}", country_of(customer).code);
        assert_eq!(number.format().mode(Mode::E164).to_string(), expect, "{shape}");
    }
}

#[test]
fn international_numbers_are_valid() {
    check(None, push_e164);
}

#[test]
fn numbers_dialled_in_spain_are_understood() {
    check(Some(Id::ES), push_dialled);
}

#[test]
fn numbers_typed_in_the_philippines_are_understood() {
    let mut random = Random::new(5, Stream::Record, 1);
    check(Some(Id::PH), |out, customer| push_typed(out, customer, &mut random));
}

#[test]
fn no_two_customers_share_a_number() {
    let numbers: BTreeSet<Vec<u8>> = customers()
        .map(|customer| {
            let mut number = Vec::new();
            push_e164(&mut number, customer);
            number
        })
        .collect();
    assert_eq!(numbers.len() as u64, COUNTRIES.len() as u64 * MEMBERS);
}
