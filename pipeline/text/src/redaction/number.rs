//! Card and telephone numbers in running text, and what is neither.
//!
//! In: the characters of a text and the stretches already taken. Out: findings of cards and telephone numbers.
//! A run is digits with at most three separators between two of them. It is not a telephone number when it is a date,
//! a time, an amount, an IPv4 address, or too short. The rules:
//! - `+` or `00` in front, or at least 9 digits: a telephone number, written in whatever groups (up to 15 digits);
//! - 7 or 8 digits in three or more groups, or as 3-4, 4-4 or 2-6, or behind a zero or parenthesis: a telephone number;
//! - 7 or 8 digits in one piece: only after a word such as "phone" or "call", because that is what order numbers look like;
//! - fewer than 7 digits: never.

use super::{Finding, Kind, digit_value};

/// Fewer digits than this are no number that we redact.
pub(super) const MINIMUM_DIGITS: usize = 7;
/// From this many digits on, a run of plain digits is redacted even if it might be an order number.
const PLAIN_DIGITS: usize = 9;
/// The longest number of E.164.
const MAXIMUM_PHONE_DIGITS: usize = 15;

/// Signs that may stand between two digits of one number (no comma, no colon: amounts and times).
pub(super) fn is_gap_sign(character: char) -> bool {
    matches!(
        character,
        ' ' | '-'
            | '.'
            | '('
            | ')'
            | '/'
            | '\u{A0}'
            | '\u{2007}'
            | '\u{2009}'
            | '\u{202F}'
            | '\u{3000}'
            | '\u{2010}'
            ..='\u{2015}' | '\u{2212}' | '\u{FF0D}' | '\u{FF08}' | '\u{FF09}' | '\u{FF0E}' | '\u{B7}'
    )
}

fn is_plus(character: char) -> bool {
    matches!(character, '+' | '\u{FF0B}')
}

/// One piece of adjacent digits: characters `start..end`, digits `digits[first..last]` of the run.
#[derive(Clone, Copy, Debug)]
struct Group {
    start: usize,
    end: usize,
    first: usize,
    last: usize,
}

impl Group {
    fn len(&self) -> usize {
        self.last - self.first
    }
}

/// Digits of one run and the groups they are written in.
struct Run {
    digits: Vec<u8>,
    groups: Vec<Group>,
}

pub(super) fn find_numbers(
    characters: &[(usize, char)],
    taken: &[(usize, usize)],
    findings: &mut Vec<Finding>,
) {
    let is_taken = |index: usize| taken.iter().any(|&(start, end)| (start..end).contains(&index));
    let mut index = 0;
    while index < characters.len() {
        if digit_value(characters[index].1).is_none() || is_taken(index) {
            index += 1;
            continue;
        }
        let run = read_run(characters, index, &is_taken);
        index = run.groups.last().map_or(index + 1, |group| group.end);
        if run.digits.len() < MINIMUM_DIGITS {
            continue;
        }
        let (mut rest, last) = without_dates(characters, &run, 0, run.groups.len(), 4);
        for (card, card_end) in find_cards(&run, rest, last) {
            find_phone(characters, &run, rest, card, findings);
            push(characters, &run, card, card_end, Kind::Card, findings);
            rest = card_end;
        }
        find_phone(characters, &run, rest, last, findings);
    }
}

fn read_run(characters: &[(usize, char)], start: usize, is_taken: &impl Fn(usize) -> bool) -> Run {
    let mut run = Run { digits: Vec::new(), groups: Vec::new() };
    let mut index = start;
    loop {
        let first = run.digits.len();
        let group_start = index;
        while let Some(digit) = characters.get(index).and_then(|&(_, character)| digit_value(character)) {
            if is_taken(index) {
                break;
            }
            run.digits.push(digit);
            index += 1;
        }
        run.groups.push(Group { start: group_start, end: index, first, last: run.digits.len() });
        let gap =
            characters[index..].iter().take(4).take_while(|&&(_, character)| is_gap_sign(character)).count();
        let next = index + gap;
        let goes_on = (1..=3).contains(&gap)
            && characters.get(next).is_some_and(|&(_, character)| digit_value(character).is_some())
            && !is_taken(next);
        if !goes_on {
            return run;
        }
        index = next;
    }
}

/// Stretches of groups that make a card number: 13 to 19 digits (12 for Maestro) with a valid check digit. Stretches in
/// the shape of a card come first, then any, the longest first.
fn find_cards(run: &Run, start: usize, end: usize) -> Vec<(usize, usize)> {
    let mut cards: Vec<(usize, usize)> = Vec::new();
    for must_have_shape in [true, false] {
        let mut first = start;
        while first < end {
            if let Some(&(_, last)) = cards.iter().find(|&&(from, to)| (from..to).contains(&first)) {
                first = last;
                continue;
            }
            let limit = cards.iter().map(|card| card.0).filter(|&card| card > first).min().unwrap_or(end);
            let found = (first + 1..=limit).rev().find(|&last| {
                is_card(run, first, last) && (!must_have_shape || has_card_shape(&run.groups[first..last]))
            });
            match found {
                Some(last) => {
                    cards.push((first, last));
                    first = last;
                }
                None => first += 1,
            }
        }
    }
    cards.sort_unstable();
    cards
}

fn is_card(run: &Run, first: usize, last: usize) -> bool {
    let digits = &run.digits[run.groups[first].first..run.groups[last - 1].last];
    let is_maestro = digits.len() == 12 && matches!(digits, [5, 0 | 6..=8, ..] | [6, ..]);
    ((13..=19).contains(&digits.len()) || is_maestro)
        && is_luhn(digits)
        && digits.iter().any(|&digit| digit != 0)
}

/// One piece, fours, or 4-6-4 and 4-6-5.
fn has_card_shape(groups: &[Group]) -> bool {
    let (last, others) = (groups[groups.len() - 1].len(), &groups[..groups.len() - 1]);
    match others {
        [] => true,
        [one, two] if one.len() == 4 && two.len() == 6 => last == 4 || last == 5,
        _ => others.iter().all(|group| group.len() == 4) && last <= 4,
    }
}

/// The check digit of ISO/IEC 7812.
pub(super) fn is_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(index, &digit)| {
            let doubled = u32::from(digit) << (index % 2);
            if doubled > 9 { doubled - 9 } else { doubled }
        })
        .sum();
    sum.is_multiple_of(10)
}

fn push(
    characters: &[(usize, char)],
    run: &Run,
    first: usize,
    last: usize,
    kind: Kind,
    findings: &mut Vec<Finding>,
) {
    let (opening, closing) = (run.groups[first], run.groups[last - 1]);
    let mut start = opening.start;
    let mut end = closing.end;
    if kind == Kind::Phone {
        while start > 0
            && (is_plus(characters[start - 1].1) || matches!(characters[start - 1].1, '(' | '\u{FF08}'))
        {
            start -= 1;
        }
        end = extension_end(characters, end);
    }
    let value =
        run.digits[opening.first..closing.last].iter().map(|&digit| char::from(digit + b'0')).collect();
    findings.push(Finding { kind, start, end, value });
}

/// The end of an extension such as `x459` or ` ext. 12` behind a number.
fn extension_end(characters: &[(usize, char)], end: usize) -> usize {
    let at = |index: usize| characters.get(index).map(|&(_, character)| character);
    let mut index = end;
    if at(index) == Some(' ') {
        index += 1;
    }
    if at(index) == Some('e') && at(index + 1) == Some('x') && at(index + 2) == Some('t') {
        index += 3;
        while matches!(at(index), Some('.' | ' ')) {
            index += 1;
        }
    } else if matches!(at(index), Some('x' | 'X')) {
        index += 1;
    } else {
        return end;
    }
    let digits = characters[index.min(characters.len())..]
        .iter()
        .take(6)
        .take_while(|&&(_, character)| digit_value(character).is_some())
        .count();
    if (1..=5).contains(&digits) { index + digits } else { end }
}

fn find_phone(
    characters: &[(usize, char)],
    run: &Run,
    mut first: usize,
    mut last: usize,
    findings: &mut Vec<Finding>,
) {
    let at = |index: usize| characters.get(index).map(|&(_, character)| character);
    // A time beside a date or a number: "12.05.2026 14:30".
    if last > first
        && at(run.groups[last - 1].end) == Some(':')
        && has_digit(characters, run.groups[last - 1].end + 1)
    {
        last -= 1;
    }
    if last > first && run.groups[first].start > 1 {
        let before = run.groups[first].start - 1;
        if at(before) == Some(':') && has_digit(characters, before.wrapping_sub(1)) {
            first += 1;
        }
    }
    let (first, last) = without_dates(characters, run, first, last, 2);
    if first < last && is_phone(characters, run, first, last) {
        push(characters, run, first, last, Kind::Phone, findings);
    }
}

/// Cuts dates off at either end, whose year has at least so many digits; what is left may still be a number.
fn without_dates(
    characters: &[(usize, char)],
    run: &Run,
    mut first: usize,
    mut last: usize,
    year_digits: usize,
) -> (usize, usize) {
    let is_date = |from: usize| {
        let groups = &run.groups[from..from + 3];
        groups.iter().any(|group| group.len() >= year_digits) && is_date(characters, groups, run)
    };
    loop {
        if last >= first + 3 && is_date(first) {
            first += 3;
        } else if last >= first + 3 && is_date(last - 3) {
            last -= 3;
        } else {
            return (first, last);
        }
    }
}

fn has_digit(characters: &[(usize, char)], index: usize) -> bool {
    characters.get(index).is_some_and(|&(_, character)| digit_value(character).is_some())
}

fn number_of(run: &Run, group: Group) -> u32 {
    run.digits[group.first..group.last]
        .iter()
        .fold(0, |number, &digit| number.saturating_mul(10).saturating_add(u32::from(digit)))
}

/// Day, month and year in three groups, in any of the written orders.
fn is_date(characters: &[(usize, char)], groups: &[Group], run: &Run) -> bool {
    let gap = |left: Group, right: Group| {
        characters[left.end..right.start].iter().map(|&(_, character)| character).collect::<String>()
    };
    let (one, two) = (gap(groups[0], groups[1]), gap(groups[1], groups[2]));
    if one != two || !matches!(one.as_str(), "." | "-" | "/" | " " | ". ") {
        return false;
    }
    let numbers = [number_of(run, groups[0]), number_of(run, groups[1]), number_of(run, groups[2])];
    let is_year = |index: usize| match groups[index].len() {
        4 => (1900..2100).contains(&numbers[index]),
        2 => one != " " && one != "-",
        _ => false,
    };
    let is_day = |index: usize| groups[index].len() <= 2 && (1..=31).contains(&numbers[index]);
    let is_month = |index: usize| groups[index].len() <= 2 && (1..=12).contains(&numbers[index]);
    let ends_in_year = is_year(2) && ((is_day(0) && is_month(1)) || (is_month(0) && is_day(1)));
    let begins_with_year = groups[0].len() == 4 && is_year(0) && is_month(1) && is_day(2);
    ends_in_year || begins_with_year
}

fn is_phone(characters: &[(usize, char)], run: &Run, first: usize, last: usize) -> bool {
    let groups = &run.groups[first..last];
    let digits = &run.digits[groups[0].first..groups[groups.len() - 1].last];
    let before = groups[0].start.checked_sub(1).map(|index| characters[index].1);
    let after = characters.get(groups[groups.len() - 1].end).map(|&(_, character)| character);
    let has_prefix =
        before.is_some_and(is_plus) || (digits.starts_with(&[0, 0]) && digits.len() >= PLAIN_DIGITS);
    let is_plain = groups.len() == 1;
    if digits.len() < MINIMUM_DIGITS || (is_plain && digits.len() > MAXIMUM_PHONE_DIGITS) {
        return false;
    }
    if has_prefix {
        return true;
    }
    if is_amount(characters, groups) || is_address(characters, run, groups) {
        return false;
    }
    // A code such as AB1234567 or 1Z999AA101 is no telephone number; "tel612345678" is one.
    if before.is_some_and(|character| character.is_ascii_uppercase() || character == '_')
        || (is_plain && after == Some('_'))
    {
        return false;
    }
    if digits.len() >= PLAIN_DIGITS {
        return true;
    }
    if is_plain {
        return !after.is_some_and(|character| character.is_ascii_alphanumeric())
            && follows_phone_word(characters, groups[0].start);
    }
    let are_years =
        groups.iter().all(|&group| group.len() == 4 && (1900..2100).contains(&number_of(run, group)));
    let has_area_code = before == Some('(') || run.digits[groups[0].first] == 0;
    // Two groups of other lengths are mostly a house number and a postal code.
    let has_shape = match groups {
        [one, two] => matches!((one.len(), two.len()), (3 | 4, 4) | (2, 6)),
        _ => groups.iter().all(|group| group.len() >= 2),
    };
    !are_years && (has_area_code || has_shape)
}

/// A sum of money: a currency beside it, or thousands in dots behind a short first group, or decimals.
fn is_amount(characters: &[(usize, char)], groups: &[Group]) -> bool {
    let (start, end) = (groups[0].start, groups[groups.len() - 1].end);
    let is_currency = |character: char| {
        matches!(
            character,
            '$' | '€' | '£' | '¥' | '₺' | '₽' | '₪' | '₩' | '฿' | '元' | '円' | '원' | '﷼' | '\u{FFE5}'
        )
    };
    let before = characters[..start].iter().rev().map(|&(_, c)| c).find(|c| !c.is_whitespace());
    let after = characters[end..].iter().map(|&(_, c)| c).find(|c| !c.is_whitespace());
    let has_decimals = characters.get(end).is_some_and(|&(_, c)| matches!(c, ',' | '\u{66B}'))
        && has_digit(characters, end + 1)
        && !has_digit(characters, end + 3);
    let in_thousands = groups.len() > 1
        && groups[0].len() < 3
        && groups[1..].iter().all(|group| group.len() == 3 && characters[group.start - 1].1 == '.');
    let spelled: String = characters[end..].iter().take(5).map(|&(_, c)| c).collect();
    let has_code = [" EUR", " USD", " GBP", " PLN", " zł", " руб", " TL", " บาท", "บาท", " euro", " kr"]
        .iter()
        .any(|code| spelled.starts_with(code));
    before.is_some_and(is_currency)
        || after.is_some_and(is_currency)
        || has_decimals
        || in_thousands
        || has_code
}

/// An IPv4 address: four groups up to 255 with dots.
fn is_address(characters: &[(usize, char)], run: &Run, groups: &[Group]) -> bool {
    groups.len() == 4
        && groups.iter().all(|&group| group.len() <= 3 && number_of(run, group) <= 255)
        && groups[1..].iter().all(|group| characters[group.start - 1].1 == '.')
        && groups.windows(2).all(|pair| pair[1].start - pair[0].end == 1)
}

/// Words before a number that say it is a telephone number, in the languages we label; compared in lower case.
const PHONE_WORDS: &[&str] = &[
    "phone",
    "call",
    "tel",
    "mobile",
    "cell",
    "whatsapp",
    "llam",
    "móvil",
    "movil",
    "appel",
    "portable",
    "ruf",
    "handy",
    "chiam",
    "cellulare",
    "ligu",
    "ligar",
    "telemóvel",
    "bel ",
    "06-nummer",
    "тел",
    "звон",
    "номер телефона",
    "dzwo",
    "komórk",
    "ara",
    "cep",
    "هاتف",
    "جوال",
    "اتصل",
    "טלפון",
    "נייד",
    "โทร",
    "เบอร์",
    "電話",
    "携帯",
    "전화",
    "휴대폰",
    "연락처",
    "电话",
    "手机",
    "手機",
];

/// How many characters before a number are looked at for such a word.
const PHONE_WORD_REACH: usize = 24;

fn follows_phone_word(characters: &[(usize, char)], start: usize) -> bool {
    let from = start.saturating_sub(PHONE_WORD_REACH);
    let before: String =
        characters[from..start].iter().flat_map(|&(_, character)| character.to_lowercase()).collect();
    PHONE_WORDS.iter().any(|word| before.contains(word))
}
