//! Tests of edits: the file read back, contradictions refused, the last word wins.

use super::{Edit, Edits, Part};

const FILE: &str = r#"
version = 1

[[edit]]
do = "rename"
issue = "i-a"
name = "Lock does not open"

[[edit]]
do = "merge"
issue = "i-b"
into = "i-c"

[[edit]]
do = "merge"
issue = "i-c"
into = "i-a"

[[edit]]
do = "split"
issue = "i-d"
into = [
    { issue = "i-e", name = "Late", examples = ["it is late"] },
    { issue = "i-f", name = "Lost", examples = ["it is lost", "never came"] },
]

[[edit]]
do = "lock"
issue = "i-a"
on = true

[[edit]]
do = "hide"
issue = "i-g"
on = true

[[edit]]
do = "hide"
issue = "i-g"
on = false

[[edit]]
do = "rule"
issue = "i-h"
name = "Recall"
phrases = ["swollen battery"]
patterns = ["batter(y|ies) .*burn"]
"#;

#[test]
fn a_file_is_read_and_written_again() {
    let edits = Edits::parse(FILE).unwrap();
    assert_eq!(edits.edits.len(), 8);
    assert_eq!(Edits::parse(&edits.to_text().unwrap()).unwrap(), edits);
    assert_eq!(edits.merged().unwrap().into_iter().collect::<Vec<_>>(), [("i-b", "i-a"), ("i-c", "i-a")]);
    assert_eq!(edits.names()["i-a"], "Lock does not open");
    assert_eq!(edits.names()["i-f"], "Lost");
    assert!(edits.locked().contains("i-a") && edits.hidden().is_empty());
}

#[test]
fn contradictions_are_refused() {
    let refused = |edit: Edit| {
        let mut edits = Edits::parse(FILE).unwrap();
        edits.edits.push(edit);
        edits.check().unwrap_err().to_string()
    };
    let circle = Edit::Merge { issue: "i-a".to_owned(), into: "i-b".to_owned() };
    assert!(refused(circle).contains("circle"));
    let part = Part { issue: "i-x".to_owned(), name: "X".to_owned(), examples: vec!["x".to_owned()] };
    assert!(refused(Edit::Split { issue: "i-a".to_owned(), into: vec![part] }).contains("two parts"));
    let rule = |phrases: &[&str], patterns: &[&str]| Edit::Rule {
        issue: "i-x".to_owned(),
        name: "X".to_owned(),
        phrases: phrases.iter().map(|text| (*text).to_owned()).collect(),
        patterns: patterns.iter().map(|text| (*text).to_owned()).collect(),
        examples: Vec::new(),
    };
    assert!(refused(rule(&[], &[])).contains("no phrase"));
    assert!(refused(rule(&["  !"], &[])).contains("no letter"));
    assert!(refused(rule(&[], &["(open"])).contains("a pattern of i-x"));
}

#[test]
fn a_file_of_another_kind_is_refused() {
    assert!(Edits::parse("version = 2").is_err());
    assert!(Edits::parse("version = 1\n[[edit]]\ndo = \"rename\"\nissue = \"i-a\"\n").is_err());
    assert!(Edits::parse("version = 1\n[[edit]]\ndo = \"explode\"\nissue = \"i-a\"\n").is_err());
    assert_eq!(Edits::parse("version = 1").unwrap(), Edits::default());
}
