//! Complaints by rule: phrases with which customers show dissatisfaction or threaten to act on it.
//!
//! In: one TOML text per language (`phrases = [...]`), then texts with their language. Out: whether a phrase occurs.
//! Case, apostrophe shapes, Arabic vowel signs and Hebrew points do not matter. In languages that write spaces a phrase
//! matches whole words; `*` at its end (or start) lets the word go on, for endings (or attached prepositions).
//! Not here: negation, irony, sentiment of the issue itself. The model card in `models/complaint/` has the figures.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, MatchKind};
use serde::Deserialize;

use crate::TextError;

#[cfg(test)]
mod tests;

/// Languages that write no spaces between words, where a phrase may stand anywhere.
const UNSPACED: [&str; 4] = ["ja", "th", "zh-Hans", "zh-Hant"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    phrases: Vec<String>,
}

/// Compiled complaint phrases of several languages.
pub struct ComplaintRules {
    by_language: BTreeMap<String, LanguageRules>,
}

struct LanguageRules {
    automaton: AhoCorasick,
    /// For each phrase whether it must begin, and end, at the border of a word.
    borders: Vec<(bool, bool)>,
}

impl ComplaintRules {
    /// Compiles rules from pairs of a language label and the text of its TOML file.
    ///
    /// # Errors
    /// When a text is not TOML with exactly `phrases = [...]`, or a phrase is empty.
    pub fn parse(files: &[(&str, &str)]) -> Result<Self, TextError> {
        let mut by_language = BTreeMap::new();
        for &(language, text) in files {
            let file: RuleFile = toml::from_str(text).map_err(|source| TextError::RuleFile {
                language: language.to_owned(),
                source: Box::new(source),
            })?;
            by_language.insert(language.to_owned(), LanguageRules::compile(language, &file.phrases)?);
        }
        Ok(Self { by_language })
    }

    /// Whether the text holds a complaint phrase of its language; false for a language without rules.
    pub fn is_complaint(&self, text: &str, language: &str) -> bool {
        self.by_language.get(language).is_some_and(|rules| rules.matches(&fold(text, language)))
    }

    /// The languages that have rules, in alphabetical order.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.by_language.keys().map(String::as_str)
    }
}

impl LanguageRules {
    fn compile(language: &str, phrases: &[String]) -> Result<Self, TextError> {
        let wrong = |reason: String| TextError::RulePhrase { language: language.to_owned(), reason };
        let is_spaced = !UNSPACED.contains(&language);
        let mut patterns = Vec::with_capacity(phrases.len());
        let mut borders = Vec::with_capacity(phrases.len());
        for (index, phrase) in phrases.iter().enumerate() {
            let core = phrase.strip_prefix('*').unwrap_or(phrase);
            let core = core.strip_suffix('*').unwrap_or(core);
            let pattern = fold(core, language);
            if pattern.trim().is_empty() {
                return Err(wrong(format!("phrase {} is empty", index + 1)));
            }
            borders.push((is_spaced && !phrase.starts_with('*'), is_spaced && !phrase.ends_with('*')));
            patterns.push(pattern);
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(&patterns)
            .map_err(|error| wrong(error.to_string()))?;
        Ok(Self { automaton, borders })
    }

    fn matches(&self, folded: &str) -> bool {
        self.automaton.find_overlapping_iter(folded).any(|found| {
            let (begins, ends) = self.borders[found.pattern().as_usize()];
            let before = folded[..found.start()].chars().next_back();
            let after = folded[found.end()..].chars().next();
            let is_inside =
                |border: bool, beside: Option<char>| border && beside.is_some_and(char::is_alphanumeric);
            !is_inside(begins, before) && !is_inside(ends, after)
        })
    }
}

/// Lower case with one shape per letter, so that phrases are compared as they sound, not as they were typed.
fn fold(text: &str, language: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let is_turkish = language == "tr";
    let mut ended_in_space = false;
    for character in text.chars() {
        let character = match character {
            'I' if is_turkish => 'ı',
            '\u{2019}' | '\u{2018}' | '\u{B4}' | '`' | '\u{2BC}' => '\'',
            // Arabic: vowel signs and tatweel go, the carriers of hamza are one letter. Hebrew: points go.
            '\u{64B}'..='\u{652}' | '\u{640}' | '\u{670}' | '\u{591}'..='\u{5BD}' | '\u{5BF}'..='\u{5C7}' => {
                continue;
            }
            'أ' | 'إ' | 'آ' => 'ا',
            'ى' => 'ي',
            // What lower-casing leaves behind of a Turkish capital I with dot.
            '\u{307}' => continue,
            other if other.is_whitespace() => ' ',
            other => other,
        };
        if character == ' ' {
            if !ended_in_space {
                folded.push(' ');
            }
            ended_in_space = true;
            continue;
        }
        ended_in_space = false;
        folded.extend(character.to_lowercase().filter(|&lower| lower != '\u{307}'));
    }
    folded
}
