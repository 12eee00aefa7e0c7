//! Personal values that customers give away in texts: cards, accounts, numbers, addresses, names.
//!
//! In: a contact's stream of draws. Out: a value as written in the text. Cards are of test ranges,
//! accounts have right check digits over invented digits, e-mail domains are reserved ones.

use crate::bytes::push;
use crate::people::{People, push_full_name, push_mailbox, push_written};
use crate::phrases::Book;
use crate::random::Random;

/// A kind of personal value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Personal {
    Email = 0,
    Phone = 1,
    Card = 2,
    Iban = 3,
    Name = 4,
}

/// All kinds, in the order of their numbers.
pub(crate) const KINDS: [Personal; 5] =
    [Personal::Email, Personal::Phone, Personal::Card, Personal::Iban, Personal::Name];

impl Personal {
    /// The key in the phrase books.
    pub(crate) fn name(self) -> &'static str {
        ["email", "phone", "card", "iban", "name"][self as usize]
    }
}

/// Appends the value of the given kind, in one of its written shapes.
pub(crate) fn push_value(
    out: &mut Vec<u8>,
    kind: Personal,
    people: &People,
    customer: u64,
    book: &Book,
    random: &mut Random,
) {
    match kind {
        Personal::Email => push_email(out, people, customer, random),
        Personal::Phone => push_written(out, customer, random),
        Personal::Card => push_card(out, random),
        Personal::Iban => push_iban(out, random),
        Personal::Name => {
            let given = &book.given[random.index(book.given.len())];
            let family = &book.family[random.index(book.family.len())];
            push_full_name(out, given, family, &book.language);
        }
    }
}

fn push_email(out: &mut Vec<u8>, people: &People, customer: u64, random: &mut Random) {
    let from = out.len();
    match random.below(5) {
        0 => people.push_email(out, customer),
        1 => {
            push_mailbox(out, random.word());
            push(out, "+shop@example.org");
        }
        2 => {
            push_mailbox(out, random.word());
            push(out, "@mail.example.com");
        }
        3 => {
            push_mailbox(out, random.word());
            push(out, "@EXAMPLE.NET");
            out[from..].make_ascii_uppercase();
        }
        _ => {
            push_mailbox(out, random.word());
            push(out, "@example.com");
            out[from..=from].make_ascii_uppercase();
        }
    }
}

/// Test ranges of card schemes and the length of their numbers.
const CARDS: [(&str, usize); 6] =
    [("411111", 16), ("424242", 16), ("555555", 16), ("222300", 16), ("378282", 15), ("601111", 16)];

fn push_card(out: &mut Vec<u8>, random: &mut Random) {
    let (range, length) = CARDS[random.index(CARDS.len())];
    let mut digits: Vec<u8> = range.bytes().map(|byte| byte - b'0').collect();
    while digits.len() < length - 1 {
        digits.push(random.below(10) as u8);
    }
    digits.push(luhn_digit(&digits));
    let separator = [None, Some(b' '), Some(b'-')][random.index(3)];
    let breaks: &[usize] = if length == 15 { &[4, 10] } else { &[4, 8, 12] };
    for (position, digit) in digits.iter().enumerate() {
        if let Some(separator) = separator
            && breaks.contains(&position)
        {
            out.push(separator);
        }
        out.push(b'0' + digit);
    }
}

/// The check digit that completes a card number.
///
/// # Source
/// ISO/IEC 7812-1, annex B (Luhn).
fn luhn_digit(digits: &[u8]) -> u8 {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(position, digit)| {
            let doubled = u32::from(*digit) * if position % 2 == 0 { 2 } else { 1 };
            doubled / 10 + doubled % 10
        })
        .sum();
    ((10 - sum % 10) % 10) as u8
}

/// Countries of accounts: code, bank letters at the front, further digits.
const ACCOUNTS: [(&str, &str, usize); 8] = [
    ("ES", "", 20),
    ("DE", "", 18),
    ("FR", "", 23),
    ("PT", "", 21),
    ("PL", "", 24),
    ("BE", "", 12),
    ("NL", "TEST", 10),
    ("GB", "TEST", 14),
];

/// # Source
/// ISO 13616-1: check digits by MOD 97-10 over the rearranged number.
fn push_iban(out: &mut Vec<u8>, random: &mut Random) {
    let (code, bank, length) = ACCOUNTS[random.index(ACCOUNTS.len())];
    let mut account = bank.as_bytes().to_vec();
    for _ in 0..length {
        account.push(b'0' + random.below(10) as u8);
    }
    let check = 98 - remainder_97(account.iter().copied().chain(code.bytes()).chain(*b"00"));
    let mut whole = code.as_bytes().to_vec();
    whole.extend_from_slice(&[b'0' + (check / 10) as u8, b'0' + (check % 10) as u8]);
    whole.extend_from_slice(&account);
    let shape = random.below(4);
    if shape == 3 {
        whole.make_ascii_lowercase();
    }
    for (position, byte) in whole.iter().enumerate() {
        if position > 0 && position % 4 == 0 && shape < 2 {
            out.push(b' ');
        }
        out.push(*byte);
    }
}

/// The remainder mod 97 of digits and letters, where A is 10 and Z is 35.
fn remainder_97(characters: impl Iterator<Item = u8>) -> u32 {
    characters.fold(0, |remainder, character| match character {
        b'0'..=b'9' => (remainder * 10 + u32::from(character - b'0')) % 97,
        letter => (remainder * 100 + u32::from(letter.to_ascii_uppercase() - b'A') + 10) % 97,
    })
}

#[cfg(test)]
mod tests;
