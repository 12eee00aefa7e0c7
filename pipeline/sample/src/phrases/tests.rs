//! Cutting of phrases, and what every phrase book must hold.

use super::*;

#[track_caller]
fn check(text: &str, expect: &str) {
    let shown = pieces(text).map(|pieces| {
        pieces
            .iter()
            .map(|piece| match piece {
                Piece::Literal(literal) => format!("<{literal}>"),
                Piece::Slot(slot) => format!("{slot:?}"),
            })
            .collect::<String>()
    });
    assert_eq!(shown.as_deref().unwrap_or("refused"), expect);
}

#[test]
fn phrases_are_cut_at_slots() {
    check("no slot", "<no slot>");
    check("{product} since {days} days", "Product< since >Days< days>");
    check("write to {email}.", "<write to >Personal<.>");
    check("what {is} this", "refused");
    check("open {order", "refused");
}

#[test]
fn all_books_load_in_both_halves() {
    for half in [Phrases::Train, Phrases::Test] {
        assert_eq!(books(half).unwrap().len(), LANGUAGES.len());
    }
}

#[test]
fn a_book_without_an_issue_names_the_place() {
    let text = FILES[0].replace("[issue.no_sound]", "[issue.no_noise]");
    let error = book("en", &text, Phrases::Train).unwrap_err().to_string();
    assert!(error.contains("issue.no_sound"), "{error}");
}

#[test]
fn no_statement_is_in_both_halves() {
    for text in FILES {
        let file: BookFile = toml::from_str(text).unwrap();
        let mut seen = BTreeMap::new();
        for (issue, lists) in &file.issue {
            for half in ["train", "test"] {
                for statement in &lists[half] {
                    let other = seen.insert(statement.clone(), half);
                    assert!(
                        other.is_none_or(|other| other == half),
                        "{} {issue}: {statement}",
                        file.language
                    );
                }
            }
        }
    }
}
