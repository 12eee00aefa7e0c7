//! Set phrases within a piece: what is spoken is often written down without marks.
//!
//! In: a piece and the set phrases of its language, in order. Out: the piece without the phrases that stand in it. The phrases
//! are walked as a tree of prefixes, which a sorted set is: a step costs the logarithm of their number. Between the words of a
//! phrase a word may come twice, and a few words may stand that are set phrases themselves (um, well): such is speech.

use std::collections::BTreeSet;
use std::ops::{Bound, Range};

use super::{is_joined, is_unspaced, key};

/// A phrase within a piece has so many words at least, or so many characters where words are not spaced; shorter ones mean
/// something there.
const LEAST_WORDS: usize = 3;
const LEAST_CHARACTERS: usize = 6;
/// Words in a row that may stand between two words of a phrase.
const MOST_BETWEEN: usize = 3;

/// Appends a piece without the set phrases in it.
pub(super) fn keep_around(piece: &str, language: &str, known: &BTreeSet<String>, kept: &mut String) {
    let (units, joint, least) = if is_unspaced(language) {
        (characters(piece), "", LEAST_CHARACTERS)
    } else {
        (words(piece), " ", LEAST_WORDS)
    };
    let (mut from, mut place) = (0, 0);
    while place < units.len() {
        // "don't" is two units at one place: a phrase begins and ends where a word does.
        let is_start = place == 0 || units[place - 1].source != units[place].source;
        match is_start.then(|| longest(&units[place..], known, joint, least)).flatten() {
            Some(count) => {
                append(kept, &piece[from..units[place].source.start], known);
                place += count;
                from = units[place - 1].source.end;
            }
            None => place += 1,
        }
    }
    if from == 0 {
        kept.push_str(piece);
    } else {
        append(kept, &piece[from..], known);
    }
}

/// Appends what stands beside a phrase from its first word on, unless it says nothing itself.
fn append(kept: &mut String, beside: &str, known: &BTreeSet<String>) {
    let key = key(beside);
    if !key.is_empty() && !known.contains(&key) {
        kept.push_str(beside.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '['));
    }
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
        let keys = key.split(' ').filter(|key| !key.is_empty());
        units.extend(keys.map(|key| Unit { key: key.to_owned(), source: source.clone() }));
    }
    units
}

/// A phrase with a gap in its key, such as a number, is not found among characters.
fn characters(piece: &str) -> Vec<Unit> {
    let mut is_placeholder = false;
    let mut units = Vec::new();
    for (start, c) in piece.char_indices() {
        match c {
            '[' => is_placeholder = true,
            ']' => is_placeholder = false,
            _ if is_placeholder || !(c.is_alphabetic() || is_joined(c)) => {}
            _ => units.push(Unit { key: c.to_lowercase().collect(), source: start..start + c.len_utf8() }),
        }
    }
    units
}

/// How many units, from the first one, the longest phrase takes that begins there.
fn longest(units: &[Unit], known: &BTreeSet<String>, joint: &str, least: usize) -> Option<usize> {
    let mut prefix = String::new();
    let (mut said, mut between, mut found) = (0, 0, None);
    for (place, unit) in units.iter().enumerate() {
        let before = prefix.len();
        if before > 0 {
            prefix.push_str(joint);
        }
        prefix.push_str(&unit.key);
        if begins_a_phrase(&prefix, known, joint) {
            said += usize::from(place == 0 || units[place - 1].source != unit.source);
            between = 0;
            let is_whole = units.get(place + 1).is_none_or(|next| next.source != unit.source);
            if said >= least && is_whole && known.contains(&prefix) {
                found = Some(place + 1);
            }
            continue;
        }
        prefix.truncate(before);
        between += 1;
        let is_repeated = place > 0 && units[place - 1].key == unit.key;
        let may_stand_between = !joint.is_empty() && (is_repeated || known.contains(&unit.key));
        if before == 0 || between > MOST_BETWEEN || !may_stand_between {
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
