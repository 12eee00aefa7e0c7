//! Tests of the complaint rules.
//! The last two read the rule files and the phrase books of this repository.

use std::path::{Path, PathBuf};

use super::{ComplaintRules, fold};
use crate::{LANGUAGES, TextError};

#[track_caller]
fn check(language: &str, phrases: &str, text: &str, expected: bool) {
    let rules = ComplaintRules::parse(&[(language, &format!("phrases = [{phrases}]"))]).unwrap();
    assert_eq!(rules.is_complaint(text, language), expected, "{text}");
}

#[test]
fn phrases_match_whole_words_in_any_case() {
    check("en", "\"fed up\"", "I'm FED UP with this", true);
    check("en", "\"fed up\"", "I'm fed  up.", true);
    check("en", "\"fed up\"", "he fed upset cats", false);
    check("en", "\"disappoint*\"", "Very disappointed!", true);
    check("en", "\"can't stand\"", "I can’t stand it", true);
    check("en", "\"joke\"", "jokers", false);
    check("de", "\"enttäusch*\"", "ENTTÄUSCHEND", true);
    check("tr", "\"bıktım\"", "ARTIK BIKTIM", true);
    check("tr", "\"şikayet*\"", "ŞİKAYETÇİYİM", true);
    check("ar", "\"*شكوى\"", "سأرفع الشكوى", true);
    check("ar", "\"أسوأ\"", "اسوأ شركة", true);
    check("he", "\"נמאס\"", "נִמְאַס לי", true);
    check("th", "\"ผิดหวัง\"", "รู้สึกผิดหวังมาก", true);
    check("ja", "\"最悪\"", "本当に最悪です", true);
    check("zh-Hans", "\"投诉\"", "我要投诉你们", true);
    check("ru", "\"жалоб*\"", "Буду писать ЖАЛОБУ", true);
}

#[test]
fn languages_without_rules_have_no_complaints() {
    let rules = ComplaintRules::parse(&[("en", "phrases = [\"fed up\"]")]).unwrap();
    assert!(!rules.is_complaint("fed up", "de"));
    assert_eq!(rules.languages().collect::<Vec<_>>(), ["en"]);
}

#[test]
fn wrong_files_are_refused() {
    let refused = |text: &str| ComplaintRules::parse(&[("en", text)]).err();
    assert!(matches!(refused("phrases = 1"), Some(TextError::RuleFile { .. })));
    assert!(matches!(refused("words = []"), Some(TextError::RuleFile { .. })));
    assert!(matches!(refused("phrases = [\"*\"]"), Some(TextError::RulePhrase { .. })));
}

#[test]
fn folding_keeps_one_shape() {
    assert_eq!(fold("  A\u{a0}B’c", "en"), " a b'c");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn rules() -> ComplaintRules {
    let files: Vec<(&str, String)> = LANGUAGES
        .iter()
        .map(|&language| {
            let path = root().join(format!("models/complaint/{language}.toml"));
            (language, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(language, text)| (*language, text.as_str())).collect();
    ComplaintRules::parse(&files).unwrap()
}

#[test]
fn every_language_has_rules() {
    assert_eq!(rules().languages().collect::<Vec<_>>(), LANGUAGES);
}

/// Prints the figures of the model card.
#[test]
fn phrase_books() {
    let rules = rules();
    let mut totals = [[0_usize; 4]; 2];
    for language in LANGUAGES {
        let path = root().join(format!("pipeline/sample/phrases/{language}.toml"));
        let Ok(text) = std::fs::read_to_string(path) else { continue };
        let book: toml::Table = toml::from_str(&text).unwrap();
        let hits = |table: &toml::Value, key: &str| -> (usize, usize) {
            let list = table[key].as_array().unwrap();
            (
                list.iter().filter(|text| rules.is_complaint(text.as_str().unwrap(), language)).count(),
                list.len(),
            )
        };
        for (number, part) in ["train", "test"].into_iter().enumerate() {
            let (found, feelings) = hits(&book["common"][part], "feeling");
            let (mut wrong, mut statements) = (0, 0);
            for issue in book["issue"].as_table().unwrap().values() {
                for key in [part.to_owned(), format!("detail_{part}")] {
                    let (hit, count) = hits(issue, &key);
                    (wrong, statements) = (wrong + hit, statements + count);
                }
            }
            println!(
                "{language} {part}: recall {found}/{feelings}, false on {wrong}/{statements} statements"
            );
            for (total, value) in totals[number].iter_mut().zip([found, feelings, wrong, statements]) {
                *total += value;
            }
        }
    }
    for (part, [found, feelings, wrong, statements]) in ["train", "test"].into_iter().zip(totals) {
        println!("{part}: recall {found}/{feelings}, false on {wrong}/{statements} statements");
    }
}
