//! Tests of assignment with dates and edits, on an embedding whose vectors are chosen by hand.

use std::collections::{BTreeMap, BTreeSet};

use super::IssueModel;
use crate::issues::{Edit, Edits, Fitted, IssueChange, IssueParameters, IssueSet, Part, Previous};
use crate::{Embedding, Encoder};

/// Eight words, each a direction of its own; "a1" and "a2" lie near each other.
pub(crate) fn encoder() -> Encoder {
    let words = ["a1", "a2", "b", "c", "d", "e", "x", "y"];
    let vocabulary: Vec<String> =
        words.iter().enumerate().map(|(place, word)| format!("\"{word}\": {}", place + 1)).collect();
    let tokenizer = format!(
        r#"{{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,
        "pre_tokenizer":{{"type":"WhitespaceSplit"}},"post_processor":null,"decoder":null,
        "model":{{"type":"WordLevel","vocab":{{"[UNK]":0,{}}},"unk_token":"[UNK]"}}}}"#,
        vocabulary.join(",")
    );
    let mut vectors = vec![0.0_f32; (words.len() + 1) * 8];
    for place in 0..words.len() {
        vectors[(place + 1) * 8 + place] = 1.0;
    }
    vectors[2 * 8] = 2.0;
    Encoder::from(Embedding::from_parts(tokenizer.into_bytes(), vectors, 8).unwrap())
}

/// Twelve texts of each of some words: the word, several times, and a little of x or y.
pub(crate) fn texts(words: &[&str]) -> Vec<String> {
    words
        .iter()
        .flat_map(|word| {
            (4..10).flat_map(move |times| {
                let said = vec![*word; times].join(" ");
                [format!("{said} x"), format!("{said} y")]
            })
        })
        .collect()
}

pub(crate) fn fit(texts: &[String], previous: Option<&Previous<'_>>) -> Fitted {
    IssueSet::fit(texts, &|_| "en".to_owned(), &encoder(), &IssueParameters::default(), previous).unwrap()
}

/// The ids and names of texts under a model, on a day.
fn labels(model: &IssueModel, day: i32, texts: &[&str]) -> Vec<Option<(String, String)>> {
    let vectors = encoder().encode(texts).unwrap();
    let assigned = model.assign(model.set_on(day), texts, &vectors).unwrap();
    assigned
        .into_iter()
        .map(|found| found.map(|found| (found.issue.id.clone(), found.issue.name.clone())))
        .collect()
}

fn id(model: &IssueModel, text: &str) -> String {
    labels(model, 0, &[text])[0].clone().unwrap().0
}

#[test]
fn each_day_has_its_own_set_and_ids_go_on() {
    let first = fit(&texts(&["a1", "b", "c"]), None);
    assert_eq!(first.set.issues.len(), 3);
    assert!(first.events.iter().all(|event| event.change == IssueChange::Born));
    let used: BTreeSet<String> = first.events.iter().map(|event| event.issue.clone()).collect();
    let none = BTreeSet::new();
    let previous = Previous { set: &first.set, labels: None, used_ids: &used, locked: &none };
    let second = fit(&texts(&["a1", "b", "d"]), Some(&previous));
    assert_eq!(second.continued_count, 2);
    let changes: BTreeSet<IssueChange> = second.events.iter().map(|event| event.change).collect();
    assert_eq!(changes.into_iter().collect::<Vec<_>>(), [IssueChange::Born, IssueChange::Retired]);
    let model =
        IssueModel::new(vec![(None, first.set), (Some(100), second.set)], Edits::default(), &encoder())
            .unwrap();
    assert_eq!(labels(&model, 99, &["a1 a1", "b b"]), labels(&model, 100, &["a1 a1", "b b"]));
    assert!(labels(&model, 99, &["d d d"])[0].is_none() && labels(&model, 100, &["d d d"])[0].is_some());
    assert!(labels(&model, 99, &["c c c"])[0].is_some() && labels(&model, 100, &["c c c"])[0].is_none());
}

#[test]
fn a_locked_issue_stays_though_nobody_speaks_of_it() {
    let first = fit(&texts(&["a1", "b", "c"]), None);
    let model = IssueModel::new(vec![(None, first.set.clone())], Edits::default(), &encoder()).unwrap();
    let locked = BTreeSet::from([id(&model, "c c c")]);
    let used: BTreeSet<String> = first.events.iter().map(|event| event.issue.clone()).collect();
    let previous = Previous { set: &first.set, labels: None, used_ids: &used, locked: &locked };
    let second = fit(&texts(&["a1", "b", "d"]), Some(&previous));
    assert!(second.events.iter().all(|event| !locked.contains(&event.issue)));
    let later = IssueModel::new(vec![(None, second.set)], Edits::default(), &encoder()).unwrap();
    assert_eq!(id(&later, "c c c"), id(&model, "c c c"));
}

#[test]
fn edits_hold_for_every_set() {
    let set = fit(&texts(&["a1", "b", "c", "d"]), None).set;
    let plain = IssueModel::new(vec![(None, set.clone())], Edits::default(), &encoder()).unwrap();
    let [a, b, c, d] = ["a1 a1", "b b", "c c", "d d"].map(|text| id(&plain, text));
    let part = |issue: &str, name: &str, example: &str| Part {
        issue: issue.to_owned(),
        name: name.to_owned(),
        examples: vec![example.to_owned()],
    };
    let rule = |issue: &str, phrases: &[&str], patterns: &[&str], examples: &[&str]| {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Edit::Rule {
            issue: issue.to_owned(),
            name: issue.to_uppercase(),
            phrases: owned(phrases),
            patterns: owned(patterns),
            examples: owned(examples),
        }
    };
    let edits = Edits {
        edits: vec![
            Edit::Rename { issue: a.clone(), name: "Mine".to_owned() },
            Edit::Merge { issue: b.clone(), into: a.clone() },
            Edit::Hide { issue: c.clone(), on: true },
            Edit::Split {
                issue: d.clone(),
                into: vec![part("i-dx", "DX", "d x"), part("i-dy", "DY", "d y")],
            },
            rule("i-words", &["Red Cat"], &[], &[]),
            rule("i-regex", &[], &["e?rror [0-9]+"], &[]),
            rule("i-near", &[], &[], &["e e e"]),
        ],
        ..Edits::default()
    };
    let model = IssueModel::new(vec![(None, set)], edits, &encoder()).unwrap();
    let found = labels(
        &model,
        0,
        &[
            "a1 a1",
            "b b",
            "c c",
            "d d x",
            "d d y",
            "b b red cat",
            "b b redcat",
            "a1 ERROR 17",
            "e e e x",
            "unknown words",
        ],
    );
    let pair = |id: &str, name: &str| Some((id.to_owned(), name.to_owned()));
    assert_eq!(found[0], pair(&a, "Mine"));
    assert_eq!(found[1], pair(&a, "Mine"), "merged");
    assert_eq!(found[2], None, "hidden");
    assert_eq!(found[3], pair("i-dx", "DX"));
    assert_eq!(found[4], pair("i-dy", "DY"));
    assert_eq!(found[5], pair("i-words", "I-WORDS"));
    assert_eq!(found[6], pair(&a, "Mine"), "a phrase does not match within a word");
    assert_eq!(found[7], pair("i-regex", "I-REGEX"));
    assert_eq!(found[8], pair("i-near", "I-NEAR"));
    assert_eq!(found[9], None);
    assert!(model.target(&c).is_none() && model.target(&b).unwrap().id == a);
}

#[test]
fn rules_work_before_the_first_fit() {
    let rule = Edit::Rule {
        issue: "i-r".to_owned(),
        name: "R".to_owned(),
        phrases: vec!["退款".to_owned()],
        patterns: Vec::new(),
        examples: vec!["b b".to_owned()],
    };
    let edits = Edits { edits: vec![rule], ..Edits::default() };
    let model = IssueModel::new(Vec::new(), edits, &encoder()).unwrap();
    let found = labels(&model, 0, &["我要退款吗", "b b x", "c c"]);
    assert!(found[0].is_some() && found[1].is_some() && found[2].is_none());
    assert!(model.newest().is_none());
}

/// Texts of a week: what is said of each issue while it lives, two texts in four wordings each.
fn said_in(week: usize) -> Vec<String> {
    let mut said = vec!["b b b b"];
    if week <= 7 {
        said.push("c c c c");
    }
    if week >= 6 {
        said.push("a2 a2 a2");
    }
    // One complaint that becomes two: at first all speak of both, then fewer do, later each of one.
    said.extend(match week {
        ..6 => &["x x y y x y", "y x y x y x"][..],
        6 => &["x x y y x y"],
        _ => &["x x x x x", "y y y y y"],
    });
    // Two that become one.
    said.extend(if week <= 6 { &["d d d d", "e e e e"][..] } else { &["d d d e e", "d d e e e"] });
    said.iter()
        .flat_map(|text| {
            (0..6)
                .map(move |number| format!("{text} {}", ["a1", "a1 b", "c a1", "d a1"][(week + number) % 4]))
        })
        .enumerate()
        .map(|(number, text)| format!("{text} {}", vec!["unknown"; 1 + week * 50 + number].join(" ")))
        .collect()
}

#[test]
fn twelve_weeks_tell_of_a_birth_a_split_a_merge_and_a_death_and_keep_the_other_ids() {
    let mut used = BTreeSet::new();
    let locked = BTreeSet::new();
    let mut last: Option<(IssueSet, BTreeMap<String, String>)> = None;
    let mut told: BTreeMap<&'static str, usize> = BTreeMap::new();
    let (mut kept, mut all) = (0, 0);
    // The first fit has two weeks of texts: one has too few of each for an issue.
    for week in 2..=13_usize {
        let texts: Vec<String> = (week.saturating_sub(3).max(1)..=week).flat_map(said_in).collect();
        let previous =
            last.as_ref().map(|(set, _)| Previous { set, labels: None, used_ids: &used, locked: &locked });
        let fitted = fit(&texts, previous.as_ref());
        for event in &fitted.events {
            if week > 2 {
                *told.entry(event.change.name()).or_insert(0) += 1;
            }
            used.insert(event.issue.clone());
        }
        let living: BTreeSet<String> = fitted.set.issues.iter().map(|issue| issue.id.clone()).collect();
        assert_eq!(living.len(), fitted.set.issues.len(), "an id was given twice");
        let borrowed: Vec<&str> = texts.iter().map(String::as_str).collect();
        let assigned = fitted.set.assign(&encoder().encode(&borrowed).unwrap()).unwrap();
        let labels: BTreeMap<String, String> = texts
            .iter()
            .zip(assigned)
            .filter_map(|(text, found)| {
                Some((text.clone(), fitted.set.issues[found?.issue as usize].id.clone()))
            })
            .collect();
        if let Some((_, before)) = &last {
            for (text, old) in before.iter().filter(|(_, old)| living.contains(*old)) {
                all += usize::from(labels.contains_key(text));
                kept += usize::from(labels.get(text) == Some(old));
            }
        }
        last = Some((fitted.set, labels));
    }
    assert!(kept * 100 >= all * 97, "{kept} of {all} contacts of issues that go on kept their id");
    assert_eq!(told, BTreeMap::from([("born", 1), ("merged", 1), ("retired", 1), ("split", 1)]));
}
