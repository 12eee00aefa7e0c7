//! Tests of problem statements: what is taken out, what stays, and what is learned as a set phrase.

use super::{Boilerplate, Statement, key, pieces};
use crate::Encoder;
use crate::latent::{LatentParameters, fit_latent};

const PROBLEMS: [&str; 6] = [
    "the bike lock does not open",
    "my refund has not arrived at my bank",
    "the invoice shows the wrong address",
    "the parcel is late again this week",
    "the app crashes when I log in",
    "the battery of the watch is empty after an hour",
];

/// Contacts in two wordings each, all with the same greeting, a sixth of them with the same problem sentence.
fn contacts() -> (Vec<String>, Vec<String>, Encoder) {
    let turns: Vec<String> = (0..600)
        .map(|number| {
            let problem = PROBLEMS[number % 6];
            let rest = match number % 6 {
                0 => "I stand at the dock and pull the lock of the bike",
                1 => "you promised the money back to my bank account",
                2 => "please correct the street on the invoice",
                3 => "tracking says the parcel is still at the depot",
                4 => "after the login screen the app closes",
                _ => "the watch dies although I charged the battery",
            };
            format!("Good morning, {problem}.\n{rest}. Number {number}")
        })
        .collect();
    let texts: Vec<String> = turns.iter().flat_map(|turns| turns.lines().map(str::to_owned)).collect();
    let parameters = LatentParameters { vocabulary_size: 600, dimensions: 16, ..LatentParameters::default() };
    let encoder = Encoder::from(fit_latent(&texts, &parameters).unwrap());
    (turns, vec!["en".to_owned(); 600], encoder)
}

#[test]
fn a_greeting_that_all_use_is_learned_and_a_frequent_problem_is_not() {
    let (turns, languages, encoder) = contacts();
    let learned = Boilerplate::learn(&turns, &languages, &encoder).unwrap();
    let phrases = serde_json::to_value(&learned).unwrap();
    let phrases: Vec<&str> =
        phrases["en"].as_array().unwrap().iter().filter_map(|phrase| phrase.as_str()).collect();
    assert!(phrases.contains(&"good morning"), "{phrases:?}");
    assert!(!phrases.iter().any(|phrase| PROBLEMS.contains(phrase)), "{phrases:?}");
    let statement = learned.statement("Good morning!\nGood morning, my refund is late.\nIt is [order].\nI paid with a card.\nThe app crashes.", "en");
    assert_eq!(statement.problem, "my refund is late. I paid with a card.");
    assert_eq!(statement.later, "The app crashes.");
}

#[test]
fn turns_without_substance_are_passed_over_and_kept_when_there_is_nothing_else() {
    let none = Boilerplate::default();
    let statement = none.statement(
        "Hi\nHello?\nThe bike lock does not open\n[phone]\nand I was charged\nthe app is slow too",
        "en",
    );
    assert_eq!(statement.problem, "The bike lock does not open and I was charged");
    assert_eq!(statement.later, "the app is slow too");
    assert_eq!(none.statement("Refund", "en").problem, "Refund");
    assert_eq!(none.statement("[phone]\n12345\n", "en"), Statement::default());
    assert_eq!(none.statement("", "en"), Statement::default());
}

#[test]
fn scripts_without_spaces_count_letters() {
    let none = Boilerplate::default();
    assert_eq!(none.statement("你好\n我的退款还没有到账", "zh-Hans").problem, "我的退款还没有到账");
    assert_eq!(pieces("สวัสดีครับ ล็อกจักรยานเปิดไม่ได้", "th").count(), 2);
    assert_eq!(key("  Wo ist mein [order] 4711, bitte?"), "wo ist mein bitte");
}

#[test]
fn a_statement_is_bounded_and_cut_at_a_character() {
    let none = Boilerplate::default();
    let turn = "не работает замок велосипеда ".repeat(200);
    let statement = none.statement(&format!("{turn}\n{turn}\n{turn}"), "ru");
    assert!(statement.problem.len() <= 2000 && statement.later.len() <= 2000);
}

#[test]
fn speech_without_marks_loses_its_set_phrases_too() {
    let phrases = r#"{"en": ["good morning", "um", "you know", "i am going to tell everyone", "i am going to tell everyone i know", "sorry to bother you"],
        "ja": ["お忙しいところすみません"], "th": ["รบกวนสอบถามหน่อยครับ"]}"#;
    let known: Boilerplate = serde_json::from_str(phrases).unwrap();
    let problem = |text: &str, language: &str| known.statement(text, language).problem;
    let said = "good morning sorry to to bother um you the lock of my bike stays shut I am going to tell everyone I know";
    assert_eq!(problem(said, "en"), "the lock of my bike stays shut");
    // Two phrases that a mark joins are one word: neither is taken, and nothing is lost.
    let joined = "sorry to bother you-i am going to tell everyone about this";
    assert_eq!(problem(joined, "en"), joined);
    let endless = "um ".repeat(20_000);
    assert_eq!(problem(&format!("sorry {endless}to bother you the bike is gone"), "en").len(), 2_000);
    // What begins a phrase and goes on another way stays, and so do short phrases within a sentence.
    let other = "I am going to tell the police, and you know it";
    assert_eq!(problem(other, "en"), other);
    assert_eq!(problem("sorry to bother youth clubs", "en"), "sorry to bother youth clubs");
    assert_eq!(problem("sorry to bother you-know-who again", "en"), "sorry to bother you-know-who again");
    assert_eq!(problem("お忙しいところすみません返金がまだ届きません", "ja"), "返金がまだ届きません");
    assert_eq!(problem("ล็อกจักรยานเปิดไม่ได้รบกวนสอบถามหน่อยครับ", "th"), "ล็อกจักรยานเปิดไม่ได้");
    assert_eq!(
        problem("[phone]「お忙しいところすみません」返金がまだ届きません", "ja"),
        "返金がまだ届きません"
    );
    // Three parts of a key in two words are two words.
    let known: Boilerplate = serde_json::from_str(r#"{"fr": ["c est bon"]}"#).unwrap();
    let cheap = "parce que c'est bon marché";
    assert_eq!(known.statement(cheap, "fr").problem, cheap);
    let known: Boilerplate = serde_json::from_str(phrases).unwrap();
    let problem = |text: &str, language: &str| known.statement(text, language).problem;
    let all = "sorry to bother you I am going to tell everyone";
    assert_eq!(problem(all, "en"), "");
}
