//! Tests of the screen for rising issues.

use super::*;
use crate::marts::IssueRow;

fn facts(series: &[(&str, [i64; 8])]) -> Facts {
    let mut facts = Facts::default();
    for (issue, weekly) in series {
        for (week, contacts) in weekly.iter().enumerate() {
            facts.issues.push(IssueRow {
                week: week as i32 * 7,
                product: "Halo Watch".to_owned(),
                issue_id: (*issue).to_owned(),
                issue_name: (*issue).to_owned(),
                contacts: *contacts,
                ..IssueRow::default()
            });
        }
    }
    facts
}

#[track_caller]
fn check(series: &[(&str, [i64; 8])], expect: &[&str]) {
    let screen = screen(&facts(series), |_| true);
    let found: Vec<&str> = screen.found.iter().map(|pair| pair.issue_name.as_str()).collect();
    assert_eq!(found, expect);
}

const CALM: [i64; 8] = [100, 104, 98, 101, 99, 103, 97, 100];

#[test]
fn an_issue_from_nowhere_is_found_and_new() {
    let series = [("calm", CALM), ("calm too", CALM), ("new", [0, 1, 0, 0, 0, 20, 40, 60])];
    check(&series, &["new"]);
    let screen = screen(&facts(&series), |_| true);
    assert!(screen.found[0].is_new);
    assert_eq!(screen.found[0].recent, 120);
}

#[test]
fn a_surge_of_everything_raises_nothing() {
    check(&[("a", [10, 10, 10, 10, 10, 90, 10, 10]), ("b", [20, 20, 20, 20, 20, 180, 20, 20])], &[]);
}

#[test]
fn few_contacts_are_not_looked_at() {
    check(&[("calm", CALM), ("rare", [0, 0, 0, 0, 0, 0, 0, 19])], &[]);
}

#[test]
fn contacts_without_an_issue_are_no_issue() {
    check(&[("calm", CALM), ("(none)", [0, 0, 0, 0, 0, 0, 0, 900])], &[]);
}

#[test]
fn one_week_cannot_rise() {
    let screen = screen(&facts(&[("new", [0, 0, 0, 0, 0, 0, 0, 900])]), |week| week == 49);
    assert_eq!(screen.recent_weeks, 0);
    assert!(screen.found.is_empty());
}
