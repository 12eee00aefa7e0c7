//! Structured personal data in customer text, replaced by typed placeholders.
//!
//! In: one text. Out: the text with e-mail addresses, payment card numbers, IBANs and telephone numbers replaced by
//! `[EMAIL_1]`, `[CARD_1]`, `[IBAN_1]`, `[PHONE_1]`, or nothing when there is nothing to replace. The same value has the
//! same number within one text, so that a reader still sees "the same address again".
//! Not here: names, street addresses, numbers spoken as words, values split over two turns. A hand-written scan, no
//! regular expressions: linear in the text, and most texts end after one pass over their bytes.

use std::collections::BTreeMap;

mod number;

#[cfg(test)]
mod tests;

/// What was found; the order is the priority when two findings overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Email,
    Iban,
    Card,
    Phone,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Email => "EMAIL",
            Kind::Iban => "IBAN",
            Kind::Card => "CARD",
            Kind::Phone => "PHONE",
        }
    }
}

/// One finding: characters `start..end` and the value without its spelling (digits only, lower case).
struct Finding {
    kind: Kind,
    start: usize,
    end: usize,
    value: String,
}

/// Replaces structured personal data; `None` when there is none, which is the cheap case.
///
/// The number is how many places were replaced. Placeholders are numbered per kind in the order of first appearance.
/// Redacting a redacted text finds nothing.
///
/// # Source
/// Card: ISO/IEC 7812 lengths and the Luhn check. IBAN: ISO 13616 (length by country, mod 97-10). Telephone: E.164
/// lengths and the written shapes of national numbers; the rules for plain runs of digits are in `redaction/number.rs`.
pub fn redact(text: &str) -> Option<(String, i32)> {
    let (has_at, digit_count) = scan(text.as_bytes());
    if !has_at && digit_count < number::MINIMUM_DIGITS {
        return None;
    }
    let characters: Vec<(usize, char)> = text.char_indices().collect();
    let findings = find(&characters, has_at, digit_count);
    (!findings.is_empty()).then(|| replace(text, &characters, &findings))
}

/// All findings in the order of the text.
fn find(characters: &[(usize, char)], has_at: bool, digit_count: usize) -> Vec<Finding> {
    let mut findings = Vec::new();
    if has_at {
        find_emails(characters, &mut findings);
    }
    if digit_count >= number::MINIMUM_DIGITS {
        find_ibans(characters, &mut findings);
        let taken: Vec<(usize, usize)> =
            findings.iter().map(|finding| (finding.start, finding.end)).collect();
        number::find_numbers(characters, &taken, &mut findings);
    }
    findings.sort_by_key(|finding| (finding.start, finding.kind));
    findings
}

/// Whether there is an at sign, and the most digits of any script in a stretch without letters, commas or colons
/// (letters of IBANs do not matter, the rest of one has enough digits). One pass over the bytes.
fn scan(bytes: &[u8]) -> (bool, usize) {
    let mut has_at = false;
    let (mut digit_count, mut most) = (0, 0);
    for (index, &byte) in bytes.iter().enumerate() {
        if byte < 0x80 {
            if byte.is_ascii_digit() {
                digit_count += 1;
                most = most.max(digit_count);
            } else if byte.is_ascii_alphabetic() || matches!(byte, b',' | b':' | b'\n') {
                digit_count = 0;
            } else {
                has_at |= byte == b'@';
            }
        } else if may_lead_digit(byte) {
            let second = bytes.get(index + 1).copied().unwrap_or(0);
            let third = bytes.get(index + 2).copied().unwrap_or(0);
            let is_digit = match (byte, second) {
                (0xD9, 0xA0..=0xA9) | (0xDB, 0xB0..=0xB9) => true,
                (0xE0, 0xA5 | 0xA7) => (0xA6..=0xAF).contains(&third),
                (0xE0, 0xB9) | (0xEF, 0xBC) => (0x90..=0x99).contains(&third),
                _ => false,
            };
            digit_count += usize::from(is_digit);
            most = most.max(digit_count);
            has_at |= (byte, second, third) == (0xEF, 0xBC, 0xA0);
        }
    }
    (has_at, most)
}

fn may_lead_digit(byte: u8) -> bool {
    matches!(byte, 0xD9 | 0xDB | 0xE0 | 0xEF)
}

/// The value of a decimal digit: ASCII, Arabic-Indic, Persian, Devanagari, Bengali, Thai and full-width.
fn digit_value(character: char) -> Option<u8> {
    if character.is_ascii_digit() {
        return Some(character as u8 - b'0');
    }
    if (character as u32) < 0x660 {
        return None;
    }
    for zero in [0x0660_u32, 0x06F0, 0x0966, 0x09E6, 0x0E50, 0xFF10] {
        let offset = (character as u32).wrapping_sub(zero);
        if offset < 10 {
            return Some(offset as u8);
        }
    }
    None
}

fn replace(text: &str, characters: &[(usize, char)], findings: &[Finding]) -> (String, i32) {
    let byte_at = |index: usize| characters.get(index).map_or(text.len(), |&(byte, _)| byte);
    let mut numbers: BTreeMap<(Kind, &str), usize> = BTreeMap::new();
    let mut next = [0_usize; 4];
    let mut redacted = String::with_capacity(text.len());
    let mut position = 0;
    let mut count = 0;
    for finding in findings {
        let start = byte_at(finding.start);
        if start < position {
            continue;
        }
        let slot = &mut next[finding.kind as usize];
        let number = *numbers.entry((finding.kind, finding.value.as_str())).or_insert_with(|| {
            *slot += 1;
            *slot
        });
        redacted.push_str(&text[position..start]);
        redacted.push('[');
        redacted.push_str(finding.kind.name());
        redacted.push('_');
        redacted.push_str(&number.to_string());
        redacted.push(']');
        position = byte_at(finding.end);
        count += 1;
    }
    redacted.push_str(&text[position..]);
    (redacted, count)
}

fn is_at(character: char) -> bool {
    matches!(character, '@' | '\u{FF20}')
}

/// Letters that belong to an address written in Latin letters: ASCII and the accented Latin blocks.
fn is_latin(character: char) -> bool {
    character.is_alphanumeric() && (character as u32) < 0x250
}

fn is_local_sign(character: char) -> bool {
    matches!(
        character,
        '.' | '_'
            | '%'
            | '+'
            | '-'
            | '\''
            | '!'
            | '#'
            | '$'
            | '&'
            | '*'
            | '/'
            | '='
            | '?'
            | '^'
            | '`'
            | '{'
            | '|'
            | '}'
            | '~'
    )
}

/// Addresses around each at sign. Scripts without spaces stand right beside an address ("信箱是a@b.tw謝謝"), so an
/// address in Latin letters stops at the first letter of another script, and one that begins in another script does not.
fn find_emails(characters: &[(usize, char)], findings: &mut Vec<Finding>) {
    for index in 1..characters.len().saturating_sub(1) {
        if !is_at(characters[index].1) {
            continue;
        }
        let Some(start) = local_start(characters, index) else { continue };
        let Some(end) = domain_end(characters, index) else { continue };
        let value =
            characters[start..end].iter().flat_map(|&(_, character)| character.to_lowercase()).collect();
        findings.push(Finding { kind: Kind::Email, start, end, value });
    }
}

fn local_start(characters: &[(usize, char)], at: usize) -> Option<usize> {
    let wide = characters[..at]
        .iter()
        .rev()
        .map(|&(_, character)| character)
        .find(|&character| !is_local_sign(character))
        .is_some_and(|character| character.is_alphanumeric() && !is_latin(character));
    let accepts = |character: char| {
        is_local_sign(character) || if wide { character.is_alphanumeric() } else { is_latin(character) }
    };
    let mut start = at;
    while start > 0 && accepts(characters[start - 1].1) {
        start -= 1;
    }
    // Quotes, brackets and list signs in front of the address are not part of it.
    while start < at && !characters[start].1.is_alphanumeric() && characters[start].1 != '_' {
        start += 1;
    }
    (start < at).then_some(start)
}

fn domain_end(characters: &[(usize, char)], at: usize) -> Option<usize> {
    let mut end = at + 1;
    let mut labels = 0;
    let mut complete = None;
    loop {
        let label = end;
        let first = characters.get(label).map_or(' ', |&(_, character)| character);
        // A label in another script belongs to the address only while the address is not complete without it.
        let is_wide = complete.is_none() && first.is_alphanumeric() && !is_latin(first);
        let accepts =
            |character: char| if is_wide { character.is_alphanumeric() } else { is_latin(character) };
        while end < characters.len()
            && (accepts(characters[end].1) || (characters[end].1 == '-' && end > label))
        {
            end += 1;
        }
        let mut label_end = end;
        while label_end > label && characters[label_end - 1].1 == '-' {
            label_end -= 1;
        }
        if label_end == label {
            break;
        }
        labels += 1;
        let is_top =
            label_end - label >= 2 && characters[label..label_end].iter().any(|&(_, c)| !c.is_numeric());
        if labels >= 2 && is_top {
            complete = Some(label_end);
        }
        if label_end != end || !characters.get(end).is_some_and(|&(_, c)| matches!(c, '.' | '\u{FF0E}')) {
            break;
        }
        end += 1;
    }
    complete
}

/// IBAN length by country (ISO 13616 registry).
const IBAN_LENGTHS: &[(&str, usize)] = &[
    ("AD", 24),
    ("AE", 23),
    ("AL", 28),
    ("AT", 20),
    ("AZ", 28),
    ("BA", 20),
    ("BE", 16),
    ("BG", 22),
    ("BH", 22),
    ("BI", 27),
    ("BR", 29),
    ("BY", 28),
    ("CH", 21),
    ("CR", 22),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DJ", 27),
    ("DK", 18),
    ("DO", 28),
    ("EE", 20),
    ("EG", 29),
    ("ES", 24),
    ("FI", 18),
    ("FK", 18),
    ("FO", 18),
    ("FR", 27),
    ("GB", 22),
    ("GE", 22),
    ("GI", 23),
    ("GL", 18),
    ("GR", 27),
    ("GT", 28),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IQ", 23),
    ("IS", 26),
    ("IT", 27),
    ("JO", 30),
    ("KW", 30),
    ("KZ", 20),
    ("LB", 28),
    ("LC", 32),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("LY", 25),
    ("MC", 27),
    ("MD", 24),
    ("ME", 22),
    ("MK", 19),
    ("MN", 20),
    ("MR", 27),
    ("MT", 31),
    ("MU", 30),
    ("NI", 28),
    ("NL", 18),
    ("NO", 15),
    ("OM", 23),
    ("PK", 24),
    ("PL", 28),
    ("PS", 29),
    ("PT", 25),
    ("QA", 29),
    ("RO", 24),
    ("RS", 22),
    ("RU", 33),
    ("SA", 24),
    ("SC", 31),
    ("SD", 18),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("SO", 23),
    ("ST", 25),
    ("SV", 28),
    ("TL", 23),
    ("TN", 24),
    ("TR", 26),
    ("UA", 29),
    ("VA", 22),
    ("VG", 24),
    ("XK", 20),
    ("YE", 30),
];

/// Reads a letter or digit of an IBAN in upper-case ASCII; full-width and other digits count as their value.
fn iban_character(character: char) -> Option<u8> {
    match character {
        'A'..='Z' | 'a'..='z' => Some(character.to_ascii_uppercase() as u8),
        '\u{FF21}'..='\u{FF3A}' => Some((character as u32 - 0xFF21) as u8 + b'A'),
        _ => digit_value(character).map(|digit| digit + b'0'),
    }
}

fn find_ibans(characters: &[(usize, char)], findings: &mut Vec<Finding>) {
    let mut index = 0;
    while index + 15 <= characters.len() {
        match iban_at(characters, index) {
            Some((end, value)) => {
                findings.push(Finding { kind: Kind::Iban, start: index, end, value });
                index = end;
            }
            None => index += 1,
        }
    }
}

fn iban_at(characters: &[(usize, char)], start: usize) -> Option<(usize, String)> {
    let first = iban_character(characters[start].1)?;
    if !first.is_ascii_uppercase() || (start > 0 && iban_character(characters[start - 1].1).is_some()) {
        return None;
    }
    let mut value = String::with_capacity(34);
    let mut end = start;
    let mut expected = usize::MAX;
    let mut gap = 0;
    while value.len() < expected {
        let character = characters.get(end)?.1;
        end += 1;
        if let Some(byte) = iban_character(character) {
            let position = value.len();
            if (position < 2 && !byte.is_ascii_uppercase())
                || ((2..4).contains(&position) && !byte.is_ascii_digit())
            {
                return None;
            }
            value.push(char::from(byte));
            gap = 0;
            if value.len() == 2 {
                let country = IBAN_LENGTHS.binary_search_by(|(country, _)| (*country).cmp(value.as_str()));
                expected = IBAN_LENGTHS[country.ok()?].1;
            }
        } else if value.len() >= 2 && gap < 2 && number::is_gap_sign(character) {
            gap += 1;
        } else {
            return None;
        }
    }
    is_iban_checksum(&value).then_some((end, value))
}

fn is_iban_checksum(value: &str) -> bool {
    let remainder = value.bytes().skip(4).chain(value.bytes().take(4)).fold(0_u32, |remainder, byte| {
        if byte.is_ascii_digit() {
            (remainder * 10 + u32::from(byte - b'0')) % 97
        } else {
            (remainder * 100 + u32::from(byte - b'A') + 10) % 97
        }
    });
    remainder == 1
}
