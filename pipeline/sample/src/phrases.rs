//! Phrase books: what customers and agents say, per language, cut into literals and slots once.
//!
//! In: the TOML files of `phrases/`, embedded at build time. Out: lists to draw from. A book that
//! lacks a list or names an unknown slot is refused with its language, section and key.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::SampleError;
use crate::catalogue::{ISSUES, LANGUAGES};
use crate::personal::KINDS;
use crate::random::Random;

/// Which half of the phrase books the texts are made of.
///
/// The halves share no statement, so that a model fitted on one is judged on wordings it never saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phrases {
    /// For fitting models, and for the committed sample.
    #[default]
    Train,
    /// For judging them.
    Test,
}

/// A place in a phrase that a value of the contact fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    Product,
    Order,
    Days,
    Amount,
    City,
    Agent,
    Personal,
}

/// A literal or a slot.
#[derive(Debug)]
pub(crate) enum Piece {
    Literal(String),
    Slot(Slot),
}

/// One phrase.
#[derive(Debug)]
pub(crate) struct Phrase {
    pub(crate) pieces: Vec<Piece>,
}

/// Phrases of one kind, with the subsets that a contact may be restricted to.
#[derive(Debug, Default)]
pub(crate) struct PhraseList {
    phrases: Vec<Phrase>,
    /// Positions: all; without an order number; without an outcry; without either.
    allowed: [Vec<u16>; 4],
}

impl PhraseList {
    /// Draws a phrase that fits: no order number when there is none, no outcry from the contented.
    ///
    /// When the list has no such phrase, calmness is given up before the order number is.
    pub(crate) fn choose(&self, has_order: bool, is_complaint: bool, random: &mut Random) -> &Phrase {
        let wanted = usize::from(!has_order) + 2 * usize::from(!is_complaint);
        let subset = [wanted, wanted & 1, 0]
            .into_iter()
            .map(|number| &self.allowed[number])
            .find(|subset| !subset.is_empty())
            .unwrap_or(&self.allowed[0]);
        &self.phrases[usize::from(subset[random.index(subset.len())])]
    }

    /// Like [`Self::choose`] for a contented customer, but nothing when every phrase is an outcry.
    pub(crate) fn choose_calm(&self, has_order: bool, random: &mut Random) -> Option<&Phrase> {
        let subset = &self.allowed[usize::from(!has_order) + 2];
        (!subset.is_empty()).then(|| &self.phrases[usize::from(subset[random.index(subset.len())])])
    }
}

/// What the customer says whatever the issue is.
#[derive(Debug, Default)]
pub(crate) struct Common {
    pub(crate) greeting: PhraseList,
    pub(crate) lead: PhraseList,
    pub(crate) feeling: PhraseList,
    pub(crate) request: PhraseList,
    pub(crate) polite: PhraseList,
    pub(crate) thanks: PhraseList,
    pub(crate) smalltalk: PhraseList,
    pub(crate) follow_up: PhraseList,
    pub(crate) unresolved: PhraseList,
    pub(crate) resolved: PhraseList,
}

/// What the agent says whatever the issue is.
#[derive(Debug, Default)]
pub(crate) struct Agent {
    pub(crate) greeting: PhraseList,
    pub(crate) acknowledge: PhraseList,
    pub(crate) question: PhraseList,
    pub(crate) transfer: PhraseList,
    pub(crate) promise: PhraseList,
    pub(crate) closing: PhraseList,
}

/// What is said about one issue.
#[derive(Debug)]
pub(crate) struct IssueBook {
    pub(crate) statement: PhraseList,
    pub(crate) detail: PhraseList,
    pub(crate) agent: PhraseList,
}

/// One language's phrases, of one half.
#[derive(Debug)]
pub(crate) struct Book {
    pub(crate) language: String,
    /// Whether words are separated by spaces.
    pub(crate) is_spaced: bool,
    /// What stands between two sentences.
    pub(crate) sentence_gap: &'static str,
    pub(crate) common: Common,
    pub(crate) agent: Agent,
    pub(crate) personal: Vec<PhraseList>,
    pub(crate) filler: Vec<String>,
    pub(crate) given: Vec<String>,
    pub(crate) family: Vec<String>,
    pub(crate) city: Vec<String>,
    /// In the order of [`ISSUES`].
    pub(crate) issues: Vec<IssueBook>,
}

type Lists = BTreeMap<String, Vec<String>>;

#[derive(Debug, Deserialize)]
struct BookFile {
    language: String,
    common: Halves,
    agent: Lists,
    personal: Lists,
    words: Lists,
    issue: BTreeMap<String, Lists>,
}

#[derive(Debug, Deserialize)]
struct Halves {
    train: Lists,
    test: Lists,
}

/// The embedded files, in the order of [`LANGUAGES`].
const FILES: [&str; 17] = [
    include_str!("../phrases/en.toml"),
    include_str!("../phrases/es.toml"),
    include_str!("../phrases/de.toml"),
    include_str!("../phrases/fr.toml"),
    include_str!("../phrases/it.toml"),
    include_str!("../phrases/pt.toml"),
    include_str!("../phrases/nl.toml"),
    include_str!("../phrases/ru.toml"),
    include_str!("../phrases/pl.toml"),
    include_str!("../phrases/tr.toml"),
    include_str!("../phrases/ar.toml"),
    include_str!("../phrases/he.toml"),
    include_str!("../phrases/th.toml"),
    include_str!("../phrases/ja.toml"),
    include_str!("../phrases/ko.toml"),
    include_str!("../phrases/zh-Hans.toml"),
    include_str!("../phrases/zh-Hant.toml"),
];

/// Reads all phrase books, in the order of [`LANGUAGES`].
///
/// # Errors
/// [`SampleError::PhraseBookSyntax`], [`SampleError::PhraseBookLanguage`], [`SampleError::PhraseMissing`],
/// [`SampleError::PhraseSlot`] or [`SampleError::PhraseShared`], each with the place.
pub(crate) fn books(half: Phrases) -> Result<Vec<Book>, SampleError> {
    LANGUAGES.iter().zip(FILES).map(|(language, text)| book(language, text, half)).collect()
}

/// Reads one phrase book.
pub(crate) fn book(language: &'static str, text: &str, half: Phrases) -> Result<Book, SampleError> {
    let file: BookFile = toml::from_str(text)
        .map_err(|source| SampleError::PhraseBookSyntax { language, source: Box::new(source) })?;
    if file.language != language {
        return Err(SampleError::PhraseBookLanguage { language, found: file.language });
    }
    let no_outcries = Vec::new();
    let outcries = file.words.get("complaint").unwrap_or(&no_outcries);
    let place =
        |section: &str, key: &str| Place { language, section: section.to_owned(), key: key.to_owned() };
    let list = |lists: &Lists, section: &str, key: &str| place(section, key).list(lists.get(key), outcries);
    let (half_name, common) = match half {
        Phrases::Train => ("train", &file.common.train),
        Phrases::Test => ("test", &file.common.test),
    };
    let section = format!("common.{half_name}");
    let mut issues = Vec::with_capacity(ISSUES.len());
    for issue in &ISSUES {
        let section = format!("issue.{}", issue.id);
        let lists = file.issue.get(issue.id).ok_or_else(|| place(&section, "train").missing())?;
        let train = lists.get("train").map(Vec::as_slice).unwrap_or_default();
        if lists.get("test").is_some_and(|test| test.iter().any(|phrase| train.contains(phrase))) {
            return Err(SampleError::PhraseShared { language, section, key: "test".to_owned() });
        }
        issues.push(IssueBook {
            statement: list(lists, &section, half_name)?,
            detail: list(lists, &section, &format!("detail_{half_name}"))?,
            agent: list(lists, &section, "agent")?,
        });
    }
    let words = |key: &str| place("words", key).words(file.words.get(key));
    Ok(Book {
        is_spaced: !matches!(language, "th" | "ja" | "zh-Hans" | "zh-Hant"),
        sentence_gap: if matches!(language, "ja" | "zh-Hans" | "zh-Hant") { "" } else { " " },
        common: Common {
            greeting: list(common, &section, "greeting")?,
            lead: list(common, &section, "lead")?,
            feeling: list(common, &section, "feeling")?,
            request: list(common, &section, "request")?,
            polite: list(common, &section, "polite")?,
            thanks: list(common, &section, "thanks")?,
            smalltalk: list(common, &section, "smalltalk")?,
            follow_up: list(common, &section, "follow_up")?,
            unresolved: list(common, &section, "unresolved")?,
            resolved: list(common, &section, "resolved")?,
        },
        agent: Agent {
            greeting: list(&file.agent, "agent", "greeting")?,
            acknowledge: list(&file.agent, "agent", "acknowledge")?,
            question: list(&file.agent, "agent", "question")?,
            transfer: list(&file.agent, "agent", "transfer")?,
            promise: list(&file.agent, "agent", "promise")?,
            closing: list(&file.agent, "agent", "closing")?,
        },
        personal: KINDS
            .iter()
            .map(|kind| list(&file.personal, "personal", kind.name()))
            .collect::<Result<_, _>>()?,
        filler: words("filler")?,
        given: words("given")?,
        family: words("family")?,
        city: words("city")?,
        issues,
        language: file.language,
    })
}

/// Where in a phrase book something was found or is missing.
struct Place {
    language: &'static str,
    section: String,
    key: String,
}

impl Place {
    fn missing(self) -> SampleError {
        SampleError::PhraseMissing { language: self.language, section: self.section, key: self.key }
    }

    fn words(self, words: Option<&Vec<String>>) -> Result<Vec<String>, SampleError> {
        words.filter(|words| !words.is_empty()).cloned().ok_or_else(|| self.missing())
    }

    fn list(self, texts: Option<&Vec<String>>, outcries: &[String]) -> Result<PhraseList, SampleError> {
        let texts = match texts {
            Some(texts) if !texts.is_empty() => texts,
            _ => return Err(self.missing()),
        };
        let mut list = PhraseList::default();
        for (position, text) in texts.iter().enumerate() {
            let Some(pieces) = pieces(text) else {
                return Err(SampleError::PhraseSlot {
                    language: self.language,
                    section: self.section,
                    key: self.key,
                    position,
                });
            };
            let has_order = pieces.iter().any(|piece| matches!(piece, Piece::Slot(Slot::Order)));
            let lower = text.to_lowercase();
            let is_outcry =
                text.contains(['!', '！']) || outcries.iter().any(|word| lower.contains(word.as_str()));
            for (number, subset) in list.allowed.iter_mut().enumerate() {
                if !(number & 1 == 1 && has_order || number & 2 == 2 && is_outcry) {
                    subset.push(position as u16);
                }
            }
            list.phrases.push(Phrase { pieces });
        }
        Ok(list)
    }
}

/// Cuts a phrase at its slots; nothing when a slot is unknown or left open.
fn pieces(text: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((literal, after)) = rest.split_once('{') {
        let (name, tail) = after.split_once('}')?;
        let slot = match name {
            "product" => Slot::Product,
            "order" => Slot::Order,
            "days" => Slot::Days,
            "amount" => Slot::Amount,
            "city" => Slot::City,
            "agent" => Slot::Agent,
            "email" | "phone" | "card" | "iban" | "name" => Slot::Personal,
            _ => return None,
        };
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal.to_owned()));
        }
        pieces.push(Piece::Slot(slot));
        rest = tail;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest.to_owned()));
    }
    Some(pieces)
}

#[cfg(test)]
mod tests;
