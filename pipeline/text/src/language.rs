//! The language of a text, out of the 17 that Refrain labels.
//!
//! In: a text of a customer, best several sentences. Out: a BCP-47 label and a confidence, or nothing when the text has
//! no letters of a script we know. The script decides alone for Thai, Korean, Hebrew, Arabic, Russian, Japanese and
//! Chinese; lingua's statistics decide between the nine languages in Latin letters.
//! Not here: languages outside the list. Persian is labelled `ar` and Ukrainian `ru`, because their script decides.

use lingua::{Language, LanguageDetectorBuilder};

mod script;

#[cfg(test)]
mod tests;

use script::{HanTable, ScriptCounts};

/// Every label that `LanguageDetector` gives, in alphabetical order.
pub const LANGUAGES: [&str; 17] = [
    "ar", "de", "en", "es", "fr", "he", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh-Hans",
    "zh-Hant",
];

/// How many letters are looked at. From 120 on, lingua reads trigrams only, which is its fast path.
const LETTER_LIMIT: usize = 200;

/// The language of a text and how sure the detector is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// One of [`LANGUAGES`].
    pub language: &'static str,
    /// The share of the letters that are in the language's script, times the probability within the script.
    ///
    /// # Units
    /// 0..1. Within Latin letters lingua's relative probability over the nine languages; for Chinese the share of the
    /// distinctive characters that are of the chosen script (0.5 when there are none); 1 for the other scripts.
    pub confidence: f64,
}

/// Detects the language of customer texts. Can be shared between threads; all language models are loaded by `new`.
pub struct LanguageDetector {
    latin: lingua::LanguageDetector,
    han: HanTable,
}

impl Default for LanguageDetector {
    fn default() -> Self {
        Self::new()
    }
}

impl LanguageDetector {
    /// Loads the language models that are compiled in.
    pub fn new() -> Self {
        let latin = LanguageDetectorBuilder::from_languages(&[
            Language::Dutch,
            Language::English,
            Language::French,
            Language::German,
            Language::Italian,
            Language::Polish,
            Language::Portuguese,
            Language::Spanish,
            Language::Turkish,
        ])
        .with_preloaded_language_models()
        .build();
        Self { latin, han: HanTable::new() }
    }

    /// Detects the language of a text by its first letters (about 200); `None` when it has no letters we know.
    ///
    /// Placeholders of the redaction and web addresses are left out. Allocates nothing beyond what lingua does, except
    /// for texts that contain one of these.
    pub fn detect(&self, text: &str) -> Option<Detection> {
        if text.contains('[') || text.contains("://") || text.contains("www.") {
            return self.detect_clean(&without_placeholders(text));
        }
        self.detect_clean(text)
    }

    fn detect_clean(&self, text: &str) -> Option<Detection> {
        let (counts, end) = ScriptCounts::count(text, LETTER_LIMIT, &self.han);
        let text = &text[..end];
        let (script, share) = counts.leading()?;
        let (language, probability) = match script {
            script::Script::Arabic => ("ar", 1.0),
            script::Script::Cyrillic => ("ru", 1.0),
            script::Script::Hangul => ("ko", 1.0),
            script::Script::Hebrew => ("he", 1.0),
            script::Script::Japanese => ("ja", 1.0),
            script::Script::Thai => ("th", 1.0),
            script::Script::Chinese => counts.chinese_script(),
            script::Script::Latin => self.latin_language(text)?,
        };
        // lingua adds in no fixed order: its last digits differ from run to run, and labels must not.
        let confidence = ((share * probability).clamp(0.0, 1.0) * 1e6).round() / 1e6;
        Some(Detection { language, confidence })
    }

    fn latin_language(&self, text: &str) -> Option<(&'static str, f64)> {
        let values = self.latin.compute_language_confidence_values(text);
        let mut best: Option<(&'static str, f64)> = None;
        for (language, probability) in values {
            let language = match language {
                Language::Dutch => "nl",
                Language::English => "en",
                Language::French => "fr",
                Language::German => "de",
                Language::Italian => "it",
                Language::Polish => "pl",
                Language::Portuguese => "pt",
                Language::Spanish => "es",
                Language::Turkish => "tr",
                _ => continue,
            };
            let is_better = best.is_none_or(|(other, highest)| {
                probability > highest || (probability == highest && language < other)
            });
            if is_better {
                best = Some((language, probability));
            }
        }
        best.filter(|&(_, probability)| probability > 0.0)
    }
}

/// The text without `[EMAIL_1]`-like placeholders and web addresses, whose letters are of no language.
fn without_placeholders(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for word in text.split_inclusive(char::is_whitespace) {
        if word.contains("://") || word.starts_with("www.") {
            kept.push(' ');
            continue;
        }
        let mut rest = word;
        while let Some(open) = rest.find('[') {
            let close = rest[open..].find(']').map(|close| open + close);
            let is_placeholder = close.is_some_and(|close| {
                rest[open + 1..close]
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte.is_ascii_digit())
            });
            kept.push_str(&rest[..open]);
            kept.push(' ');
            rest = match close {
                Some(close) if is_placeholder => &rest[close + 1..],
                _ => &rest[open + 1..],
            };
        }
        kept.push_str(rest);
    }
    kept
}
