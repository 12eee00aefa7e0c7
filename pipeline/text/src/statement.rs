//! The problem statement: what a customer wants, out of everything the customer said.
//!
//! In: the customer's turns of a contact, in order, and its language. Out: the words of the first two turns of substance,
//! without greetings, thanks and other set phrases, and the words of the turns after them. What is a set phrase is
//! learned from many contacts, by language: it is said often, and by customers with all kinds of problems. A frequent
//! problem is said often too, but what else these customers say is alike.
//! Not here: redaction, which happened before; what the agent said.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use crate::TextError;
use crate::embedding::normalise;
use crate::encoder::Encoder;

#[cfg(test)]
mod tests;
mod within;

use within::keep_around;

/// Turns with substance that make the problem statement.
const PROBLEM_TURNS: usize = 2;
/// Turns per contact that set phrases are learned from.
const LEARNING_TURNS: usize = 6;
/// Contacts that are read to learn, at most, and of a language at least.
const LEARNING_CONTACTS: usize = 20_000;
const LANGUAGE_CONTACTS: usize = 100;
/// A set phrase is said in this share of a language's contacts, and in so many of them.
const SAID_SHARE: f64 = 0.004;
const SAID_CONTACTS: usize = 8;
/// Length of the mean of the unit vectors of what else is said in these contacts: 1 when it is all the same, near 0 when
/// it has nothing in common.
const COMMON_GROUND: f32 = 0.35;
/// Bytes of a statement, at most; a longer one is cut at a character.
const STATEMENT_BYTES: usize = 2000;

/// What a customer wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// The first two turns of substance; empty when there are none.
    pub problem: String,
    /// The later turns of substance, where a second issue may stand; often empty.
    pub later: String,
}

/// Set phrases by language, lower case, without marks and digits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Boilerplate {
    phrases: BTreeMap<String, BTreeSet<String>>,
}

impl Boilerplate {
    /// Learns set phrases from contacts: `turns` has the customer's turns of one contact per entry, one turn per line,
    /// and `languages` its language.
    ///
    /// The first 20,000 contacts are read, 4,000 with a transformer; the cost is that of encoding their pieces once.
    ///
    /// # Errors
    /// When the encoder fails, or the two inputs differ in length.
    ///
    /// # Determinism
    /// The same contacts in the same order give the same phrases for any number of threads.
    pub fn learn(turns: &[String], languages: &[String], encoder: &Encoder) -> Result<Self, TextError> {
        if turns.len() != languages.len() {
            return Err(TextError::LengthMismatch {
                left: "contacts",
                left_count: turns.len(),
                right: "languages",
                right_count: languages.len(),
            });
        }
        let contacts = if encoder.is_slow() { LEARNING_CONTACTS / 5 } else { LEARNING_CONTACTS };
        let contacts = turns.len().min(contacts);
        let keys: Vec<BTreeSet<String>> = turns
            .iter()
            .zip(languages)
            .take(contacts)
            .map(|(turns, language)| keys(turns, language))
            .collect();
        let said = Said::new(&keys, encoder)?;
        let mut phrases: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (language, candidates) in candidates(&keys, &languages[..contacts]) {
            let speakers: Vec<usize> =
                (0..contacts).filter(|&contact| languages[contact] == language).collect();
            let usual = said.mean(&speakers);
            for (phrase, contacts) in candidates {
                if said.is_scattered(phrase, &contacts, &usual, speakers.len()) {
                    phrases.entry(language.to_owned()).or_default().insert(phrase.to_owned());
                }
            }
        }
        Ok(Self { phrases })
    }

    /// How many set phrases are known, over all languages.
    pub fn phrase_count(&self) -> usize {
        self.phrases.values().map(BTreeSet::len).sum()
    }

    /// The statement of a contact: `turns` has the customer's turns, one per line.
    pub fn statement(&self, turns: &str, language: &str) -> Statement {
        let known = self.phrases.get(language);
        let mut statement = Statement::default();
        let mut found = 0;
        let mut scraps = String::new();
        for turn in turns.lines() {
            let kept = without(turn, language, known);
            if !has_substance(&kept, language) {
                append(&mut scraps, &kept);
                continue;
            }
            found += 1;
            append(if found <= PROBLEM_TURNS { &mut statement.problem } else { &mut statement.later }, &kept);
        }
        if found == 0 && !key(&scraps).is_empty() {
            statement.problem = scraps;
        }
        statement
    }
}

/// Appends a turn, as far as there is room.
fn append(text: &mut String, turn: &str) {
    if turn.is_empty() || text.len() + 1 >= STATEMENT_BYTES {
        return;
    }
    if !text.is_empty() {
        text.push(' ');
    }
    let room = STATEMENT_BYTES.saturating_sub(text.len());
    let end = (0..=room.min(turn.len())).rev().find(|&end| turn.is_char_boundary(end)).unwrap_or(0);
    text.push_str(&turn[..end]);
}

/// A turn without the set phrases and the pieces that hold no letter.
fn without(turn: &str, language: &str, known: Option<&BTreeSet<String>>) -> String {
    let mut kept = String::with_capacity(turn.len());
    for piece in pieces(turn, language) {
        let key = key(piece);
        match known {
            _ if key.is_empty() => {}
            Some(known) if known.contains(&key) => {}
            Some(known) => keep_around(piece, language, known, &mut kept),
            None => kept.push_str(piece),
        }
    }
    let kept = kept.trim();
    kept.trim_start_matches(|c: char| c.is_ascii_punctuation() && c != '[').trim_start().to_owned()
}

/// The pieces of a turn between marks, each with the marks after it. In Thai, spaces stand where others write commas.
fn pieces<'a>(turn: &'a str, language: &str) -> impl Iterator<Item = &'a str> {
    let is_spaced_mark = language == "th";
    turn.split_inclusive(move |c: char| {
        matches!(
            c,
            '.' | '!'
                | '?'
                | ','
                | ';'
                | ':'
                | '…'
                | '。'
                | '！'
                | '？'
                | '，'
                | '、'
                | '；'
                | '،'
                | '؟'
                | '।'
                | '–'
                | '—'
        ) || is_spaced_mark && c == ' '
    })
}

/// A piece as it is compared: lower case, letters and single spaces, no digits, marks or [placeholders].
fn key(piece: &str) -> String {
    let mut key = String::with_capacity(piece.len());
    let mut is_placeholder = false;
    let mut is_gap = false;
    for c in piece.chars() {
        match c {
            '[' => is_placeholder = true,
            ']' => is_placeholder = false,
            _ if is_placeholder => {}
            _ if c.is_alphabetic() || is_joined(c) => {
                if is_gap && !key.is_empty() {
                    key.push(' ');
                }
                is_gap = false;
                key.extend(c.to_lowercase());
            }
            _ => is_gap = true,
        }
    }
    key
}

/// Marks that belong to a word: Thai vowels and tones, Devanagari signs, Arabic and Hebrew points, combining accents.
fn is_joined(c: char) -> bool {
    matches!(u32::from(c), 0x300..=0x36F | 0x591..=0x5C7 | 0x64B..=0x65F | 0x900..=0x903 | 0x93A..=0x94F | 0xE31 | 0xE34..=0xE3A | 0xE47..=0xE4E)
}

fn has_substance(kept: &str, language: &str) -> bool {
    let key = key(kept);
    let letters = key.chars().filter(|c| *c != ' ').count();
    if is_unspaced(language) || language == "ko" { letters >= 4 } else { letters >= 6 && key.contains(' ') }
}

/// Whether a language is written without spaces between words.
fn is_unspaced(language: &str) -> bool {
    matches!(language, "ja" | "th" | "zh-Hans" | "zh-Hant")
}

/// Every piece that a contact's first turns hold.
fn keys(turns: &str, language: &str) -> BTreeSet<String> {
    turns
        .lines()
        .take(LEARNING_TURNS)
        .flat_map(|turn| pieces(turn, language).map(key).collect::<Vec<_>>())
        .filter(|key| !key.is_empty())
        .collect()
}

/// What is said often, by language: the phrase and the contacts that hold it.
fn candidates<'a>(
    keys: &'a [BTreeSet<String>],
    languages: &'a [String],
) -> BTreeMap<&'a str, BTreeMap<&'a str, Vec<usize>>> {
    let mut sizes: HashMap<&str, usize> = HashMap::new();
    languages.iter().for_each(|language| *sizes.entry(language).or_insert(0) += 1);
    let mut said: BTreeMap<&str, BTreeMap<&str, Vec<usize>>> = BTreeMap::new();
    for (contact, (keys, language)) in keys.iter().zip(languages).enumerate() {
        if language.is_empty() || sizes[language.as_str()] < LANGUAGE_CONTACTS {
            continue;
        }
        let of_language = said.entry(language).or_default();
        keys.iter().for_each(|key| of_language.entry(key.as_str()).or_default().push(contact));
    }
    for (language, phrases) in &mut said {
        let least = (sizes[language] as f64 * SAID_SHARE).max(SAID_CONTACTS as f64);
        phrases.retain(|_, contacts| contacts.len() as f64 >= least);
    }
    said
}

/// What contacts say, as sums of the vectors of their pieces.
struct Said<'a> {
    dimensions: usize,
    /// Where a piece's vector stands.
    places: HashMap<&'a str, usize>,
    vectors: Vec<f32>,
    /// One row per contact.
    sums: Vec<f32>,
}

impl<'a> Said<'a> {
    fn new(keys: &'a [BTreeSet<String>], encoder: &Encoder) -> Result<Self, TextError> {
        let pieces: BTreeSet<&str> = keys.iter().flatten().map(String::as_str).collect();
        let pieces: Vec<&str> = pieces.into_iter().collect();
        let dimensions = encoder.dimensions();
        let vectors = encoder.encode(&pieces)?;
        let places: HashMap<&str, usize> =
            pieces.into_iter().enumerate().map(|(place, piece)| (piece, place)).collect();
        let mut sums = vec![0.0_f32; keys.len() * dimensions];
        for (sum, keys) in sums.chunks_exact_mut(dimensions).zip(keys) {
            for place in keys.iter().filter_map(|key| places.get(key.as_str())) {
                let row = &vectors[place * dimensions..(place + 1) * dimensions];
                sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
            }
        }
        Ok(Self { dimensions, places, vectors, sums })
    }

    /// What these contacts say on average.
    fn mean(&self, contacts: &[usize]) -> Vec<f32> {
        let mut mean = vec![0.0_f64; self.dimensions];
        for &contact in contacts {
            let said = &self.sums[contact * self.dimensions..(contact + 1) * self.dimensions];
            mean.iter_mut().zip(said).for_each(|(mean, said)| *mean += f64::from(*said));
        }
        mean.into_iter().map(|sum| (sum / contacts.len().max(1) as f64) as f32).collect()
    }

    /// Whether what else is said in these contacts is as mixed as what all say. Where nothing else is said, the phrase is
    /// the problem itself. `usual` is the mean of all `speakers` of the language.
    fn is_scattered(&self, phrase: &str, contacts: &[usize], usual: &[f32], speakers: usize) -> bool {
        let Some(place) = self.places.get(phrase) else { return false };
        let own = &self.vectors[place * self.dimensions..(place + 1) * self.dimensions];
        let mut sum = vec![0.0_f64; self.dimensions];
        let mut rest = vec![0.0_f32; self.dimensions];
        let mut count = 0_usize;
        for &contact in contacts {
            let said = &self.sums[contact * self.dimensions..(contact + 1) * self.dimensions];
            rest.iter_mut().zip(said).zip(own).for_each(|((rest, said), own)| *rest = said - own);
            if rest.iter().any(|&value| value.abs() > 1e-4) {
                // What the others say beside this phrase is the origin.
                let share = contacts.len() as f32 / speakers as f32;
                rest.iter_mut()
                    .zip(usual)
                    .zip(own)
                    .for_each(|((rest, usual), own)| *rest -= usual - share * own);
                normalise(&mut rest);
                sum.iter_mut().zip(&rest).for_each(|(sum, value)| *sum += f64::from(*value));
                count += 1;
            }
        }
        if count * 2 < contacts.len() || count < SAID_CONTACTS / 2 {
            return false;
        }
        // Of few contacts even unlike ones have a mean of some length, so that few alone never make a set phrase.
        let length = sum.iter().map(|value| value * value).sum::<f64>().sqrt() / count as f64;
        length < f64::from(COMMON_GROUND)
    }
}
