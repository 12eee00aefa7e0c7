//! Names of issues: the terms that are frequent in one issue and rare in the others (c-TF-IDF).
//!
//! In: texts, their languages and their issues. Out: a few terms per issue and language. A term is a word or two words
//! where spaces are written, two or three characters elsewhere. Digits, placeholders and single letters are no terms.
//!
//! Source: Grootendorst 2022, <https://arxiv.org/abs/2203.05794>; here with the share of an issue's texts that hold the
//! term in place of its count, so that one text that repeats itself does not name an issue. Stop words are learned: what
//! is frequent in a language whatever the issue.

use std::collections::{BTreeMap, BTreeSet, HashMap};

const TERMS: usize = 6;
/// Texts per issue and language that are read for the name.
const TEXTS: usize = 400;
/// A term must be in this many texts of the issue, and in this share of them.
const MINIMUM_TEXTS: u32 = 2;
const MINIMUM_SHARE: f64 = 0.06;
/// A word in this share of a language's texts, over all issues, says nothing about one; it needs a few issues to tell.
const STOP_SHARE: f64 = 0.05;
const STOP_ISSUES: f64 = 4.0;

/// Terms of every issue by language, the most telling first.
pub(super) fn terms(
    texts: &[&str],
    languages: &[&str],
    issues: &[Option<usize>],
    count: usize,
) -> Vec<BTreeMap<String, Vec<String>>> {
    let mut members: BTreeMap<&str, Vec<Vec<usize>>> = BTreeMap::new();
    for (index, issue) in issues.iter().enumerate() {
        let Some(issue) = *issue else { continue };
        let list = &mut members.entry(languages[index]).or_insert_with(|| vec![Vec::new(); count])[issue];
        if list.len() < TEXTS {
            list.push(index);
        }
    }
    let mut named = vec![BTreeMap::new(); count];
    let mut sizes: Vec<Vec<(usize, &str)>> = vec![Vec::new(); count];
    for (language, lists) in members {
        for (sizes, list) in sizes.iter_mut().zip(&lists) {
            sizes.push((list.len(), language));
        }
        let counts: Vec<HashMap<String, u32>> =
            lists.iter().map(|list| count_terms(list.iter().map(|&index| texts[index]), language)).collect();
        let mut shares: HashMap<&str, f64> = HashMap::new();
        let mut issue_count = 0.0_f64;
        for (list, counts) in lists.iter().zip(&counts).filter(|(list, _)| !list.is_empty()) {
            issue_count += 1.0;
            for (term, &number) in counts {
                *shares.entry(term).or_insert(0.0) += f64::from(number) / list.len() as f64;
            }
        }
        let is_stop = |word: &str| {
            issue_count >= STOP_ISSUES
                && shares.get(word).is_some_and(|share| share / issue_count > STOP_SHARE)
        };
        for (issue, (list, counts)) in lists.iter().zip(&counts).enumerate() {
            let mut scored: Vec<(f64, &str)> = counts
                .iter()
                .filter(|&(_, &number)| {
                    number >= MINIMUM_TEXTS && f64::from(number) >= MINIMUM_SHARE * list.len() as f64
                })
                .filter(|(term, _)| !term.split(' ').any(is_stop))
                .map(|(term, &number)| {
                    let share = f64::from(number) / list.len() as f64;
                    let mean = shares.get(term.as_str()).copied().unwrap_or(share) / issue_count;
                    // Longer terms read better; they are preferred a little.
                    let length = 1.0 + 0.1 * (term.chars().count().min(12) as f64);
                    (share * (1.0 + 1.0 / (mean * 8.0 + 0.02)).ln() * length, term.as_str())
                })
                .collect();
            scored.sort_by(|left, right| right.0.total_cmp(&left.0).then_with(|| left.1.cmp(right.1)));
            let chosen = distinct(&scored);
            if !chosen.is_empty() {
                named[issue].insert(language.to_owned(), chosen);
            }
        }
    }
    named.iter_mut().zip(sizes).for_each(|(terms, sizes)| fold(terms, sizes));
    named
}

/// Keeps a term that several languages share ("app", a product) in the one with the most texts only.
fn fold(terms: &mut BTreeMap<String, Vec<String>>, mut sizes: Vec<(usize, &str)>) {
    sizes.sort_by(|left, right| right.0.cmp(&left.0).then(left.1.cmp(right.1)));
    let mut seen = BTreeSet::new();
    for (_, language) in sizes {
        if let Some(list) = terms.get_mut(language) {
            list.retain(|term| seen.insert(term.clone()));
        }
    }
    terms.retain(|_, list| !list.is_empty());
}

/// The best terms, without those that lie within or around a better one.
fn distinct(scored: &[(f64, &str)]) -> Vec<String> {
    let mut chosen: Vec<String> = Vec::new();
    for &(_, term) in scored {
        if chosen.len() == TERMS {
            break;
        }
        if !chosen.iter().any(|other| overlaps(other, term)) {
            chosen.push(term.to_owned());
        }
    }
    chosen
}

fn overlaps(left: &str, right: &str) -> bool {
    left.contains(right)
        || right.contains(left)
        || left.split(' ').any(|word| right.split(' ').any(|other| word == other))
        // Pieces of the same unspaced phrase: "蓝牙连" and "牙连接".
        || (!left.is_ascii() && {
            let tail: String = left.chars().skip(1).collect();
            let head: String = right.chars().take(right.chars().count().saturating_sub(1)).collect();
            let (left_head, right_tail): (String, String) = (
                left.chars().take(left.chars().count().saturating_sub(1)).collect(),
                right.chars().skip(1).collect(),
            );
            (tail.chars().count() >= 2 && tail == head) || (left_head.chars().count() >= 2 && left_head == right_tail)
        })
}

fn is_unspaced(language: &str) -> bool {
    matches!(language, "ja" | "th" | "zh-Hans" | "zh-Hant")
}

/// In how many texts each term occurs.
fn count_terms<'a>(texts: impl Iterator<Item = &'a str>, language: &str) -> HashMap<String, u32> {
    let mut counts = HashMap::new();
    for text in texts {
        let found = if is_unspaced(language) { character_terms(text) } else { word_terms(text) };
        for term in found {
            *counts.entry(term).or_insert(0) += 1;
        }
    }
    counts
}

fn word_terms(text: &str) -> BTreeSet<String> {
    let mut terms = BTreeSet::new();
    for clause in text.split(|c: char| {
        matches!(c, '.' | ',' | '!' | '?' | ';' | ':' | '\n' | '(' | ')' | '،' | '؟' | '"' | '–' | '—')
    }) {
        let mut previous: Option<String> = None;
        for word in clause.split_whitespace() {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '[').to_lowercase();
            let is_term = word.chars().count() >= 3
                && word.chars().all(|c| c.is_alphabetic() || is_mark(c) || matches!(c, '\'' | '’' | '-'));
            if !is_term {
                previous = None;
                continue;
            }
            if let Some(previous) = &previous {
                terms.insert(format!("{previous} {word}"));
            }
            terms.insert(word.clone());
            previous = Some(word);
        }
    }
    terms
}

/// Vowel signs of Hebrew, Arabic and Thai, which are no letters by themselves.
fn is_mark(character: char) -> bool {
    matches!(character as u32, 0x591..=0x5C7 | 0x64B..=0x65F | 0xE31 | 0xE34..=0xE3A | 0xE47..=0xE4E | 0x300..=0x36F)
}

fn character_terms(text: &str) -> BTreeSet<String> {
    let mut terms = BTreeSet::new();
    let is_part = |c: char| (c.is_alphabetic() || is_mark(c)) && !c.is_ascii();
    for stretch in text.split(|c: char| !is_part(c)) {
        let characters: Vec<char> = stretch.chars().collect();
        let is_thai = characters.first().is_some_and(|&c| ('\u{E00}'..'\u{E80}').contains(&c));
        let lengths: &[usize] = if is_thai { &[4, 5, 6] } else { &[2, 3] };
        for &length in lengths {
            for window in characters.windows(length) {
                // Hiragana alone is grammar; a mark cannot begin a term.
                let says_nothing =
                    window.iter().all(|&c| ('\u{3041}'..='\u{309F}').contains(&c)) || is_mark(window[0]);
                if !says_nothing {
                    terms.insert(window.iter().collect());
                }
            }
        }
    }
    terms
}
