//! Planted cards and accounts must be valid, in every written shape.

use super::*;
use crate::random::Stream;

fn luhn_sum(digits: &[u8]) -> u32 {
    digits
        .iter()
        .rev()
        .enumerate()
        .map(|(position, digit)| {
            let value = u32::from(*digit) * if position % 2 == 1 { 2 } else { 1 };
            if value > 9 { value - 9 } else { value }
        })
        .sum()
}

#[track_caller]
fn check(kind: Personal, is_valid: impl Fn(&str) -> bool) {
    for index in 0..2_000 {
        let mut random = Random::new(7, Stream::Personal, index);
        let mut out = Vec::new();
        match kind {
            Personal::Card => push_card(&mut out, &mut random),
            _ => push_iban(&mut out, &mut random),
        }
        let value = String::from_utf8(out).unwrap();
        assert!(is_valid(&value), "{value}");
    }
}

#[test]
fn cards_pass_luhn() {
    check(Personal::Card, |value| {
        let digits: Vec<u8> = value.bytes().filter(u8::is_ascii_digit).map(|byte| byte - b'0').collect();
        matches!(digits.len(), 15 | 16) && luhn_sum(&digits).is_multiple_of(10)
    });
}

#[test]
fn accounts_pass_mod_97() {
    check(Personal::Iban, |value| {
        let compact: Vec<u8> = value.bytes().filter(|byte| *byte != b' ').collect();
        let rearranged = compact[4..].iter().chain(&compact[..4]).copied();
        (15..=34).contains(&compact.len()) && remainder_97(rearranged) == 1
    });
}
