//! Set phrases within a piece: what is spoken is often written down without marks.
//!
//! In: a piece and the set phrases of its language, in order. Out: the piece without the phrases that stand in it. The phrases
//! are walked as a tree of prefixes, which a sorted set is: a step costs the logarithm of their number. Between the words of a
//! phrase a word may come twice, and words may stand that are set phrases themselves (um, you know): such is speech.

use std::collections::BTreeSet;
use std::ops::{Bound, Range};

use super::key;

/// A phrase within a piece has so many words at least, or so many characters where words are not spaced; shorter ones mean
/// something there.
const LEAST_WORDS: usize = 3;
const LEAST_CHARACTERS: usize = 6;

/// Appends a piece without the set phrases in it.
pub(super) fn keep_around(piece: &str, language: &str, known: &BTreeSet<String>, kept: &mut String) {
    let is_spaced = !matches!(language, "ja" | "th" | "zh-Hans" | "zh-Hant");
    let units = if is_spaced { words(piece) } else { characters(piece) };
    let (joint, least) = if is_spaced { (" ", LEAST_WORDS) } else { ("", LEAST_CHARACTERS) };
    let (mut from, mut place) = (0, 0);
    while place + least <= units.len() {
        match longest(&units[place..], known, joint, least) {
            Some(count) => {
                append(kept, &piece[from..units[place].source.start]);
                place += count;
                from = units[place - 1].source.end;
            }
            None => place += 1,
        }
    }
    append(kept, &piece[from..]);
}

/// Appends what stands between two phrases, with one space before it at most.
fn append(kept: &mut String, between: &str) {
    kept.push_str(if kept.ends_with(' ') { between.trim_start() } else { between });
}

/// A word or character as phrases have it, and where it stands.
struct Unit {
    key: String,
    source: Range<usize>,
}

fn words(piece: &str) -> Vec<Unit> {
    let mut units = Vec::new();
    let mut end = 0;
    for word in piece.split_inclusive(char::is_whitespace) {
        let source = end..end + word.trim_end().len();
        end += word.len();
        let key = key(word);
        // A key of several words, as of "don't", is several units at one place.
        units.extend(
            key.split(' ')
                .filter(|key| !key.is_empty())
                .map(|key| Unit { key: key.to_owned(), source: source.clone() }),
        );
    }
    units
}

fn characters(piece: &str) -> Vec<Unit> {
    let places = piece.char_indices().filter(|(_, c)| !c.is_whitespace() && !c.is_ascii_digit());
    places
        .map(|(start, c)| Unit { key: c.to_lowercase().collect(), source: start..start + c.len_utf8() })
        .collect()
}

/// How many units, from the first one, the longest phrase takes that begins there.
fn longest(units: &[Unit], known: &BTreeSet<String>, joint: &str, least: usize) -> Option<usize> {
    let mut prefix = String::new();
    let (mut said, mut found) = (0, None);
    for (place, unit) in units.iter().enumerate() {
        let before = prefix.len();
        if said > 0 {
            prefix.push_str(joint);
        }
        prefix.push_str(&unit.key);
        if begins_a_phrase(&prefix, known, joint) {
            said += 1;
            if said >= least && known.contains(&prefix) {
                found = Some(place + 1);
            }
            continue;
        }
        prefix.truncate(before);
        let is_repeated = place > 0 && units[place - 1].key == unit.key;
        if said == 0 || joint.is_empty() || !(is_repeated || known.contains(&unit.key)) {
            break;
        }
    }
    found
}

/// Whether a phrase is this prefix, or goes on after it.
fn begins_a_phrase(prefix: &str, known: &BTreeSet<String>, joint: &str) -> bool {
    let follows = |phrase: &String| {
        phrase.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(joint))
    };
    // Between a prefix and its continuation with a space, no longer word sorts: a space is the least character of a key.
    known.range::<str, _>((Bound::Included(prefix), Bound::Unbounded)).next().is_some_and(follows)
}
