//! Tests of alerts: a planted rise is found where it is, a busy week of the same mix raises nothing.

use super::alerts;
use crate::marts::{Facts, IssueRow};

const WEEKS: i32 = 12;

/// Contacts of an issue by product, language and site in a week; about 20, with a little unevenness.
fn usual(week: i32, issue: usize, product: usize, language: usize, site: usize) -> i64 {
    20 + i64::from((week as usize * 7 + issue * 5 + product * 3 + language * 2 + site) as i32 % 5)
}

fn facts(count: impl Fn(i32, usize, usize, usize, usize) -> i64) -> Facts {
    let mut issues = Vec::new();
    for week in 0..WEEKS {
        for issue in 0..6 {
            for product in 0..2 {
                for language in 0..2 {
                    for site in 0..2 {
                        issues.push(IssueRow {
                            week: week * 7,
                            product: format!("product {product}"),
                            language: ["en", "th"][language].to_owned(),
                            site: format!("site {site}"),
                            issue_id: if issue == 0 { "(none)".to_owned() } else { format!("i-{issue}") },
                            issue_name: format!("issue {issue}"),
                            contacts: count(week, issue, product, language, site),
                            complaints: 0,
                        });
                    }
                }
            }
        }
    }
    Facts { issues, ..Facts::default() }
}

#[test]
fn a_rise_on_one_product_is_found_there_first() {
    let found = alerts(
        &facts(|week, issue, product, language, site| {
            let factor = if week >= WEEKS - 2 && issue == 3 && product == 1 { 3 } else { 1 };
            usual(week, issue, product, language, site) * factor
        }),
        |_| true,
    )
    .unwrap();
    let first = found.found.first().unwrap();
    assert_eq!((first.issue_id.as_str(), first.place.product.as_deref()), ("i-3", Some("product 1")));
    assert_eq!(first.place.words(), "on product 1");
    assert_eq!(first.since, (WEEKS - 2) * 7);
    assert!(!first.is_new && first.observed > first.upper);
    assert_eq!(found.by_issue().len(), 1);
    assert!(found.elsewhere(first).count() >= 1);
}

#[test]
fn a_busy_week_of_the_same_mix_raises_nothing() {
    let surge = facts(|week, issue, product, language, site| {
        usual(week, issue, product, language, site) * if week == WEEKS - 1 { 3 } else { 1 }
    });
    let found = alerts(&surge, |_| true).unwrap();
    assert!(found.found.is_empty() && found.tested > 30, "{found:?}");
}

#[test]
fn a_new_issue_is_told_as_new_and_the_running_week_is_left_out() {
    let new = facts(|week, issue, product, language, site| match (issue, product) {
        (5, 0) if week >= WEEKS - 2 => 6,
        (5, _) => 0,
        _ => usual(week, issue, product, language, site),
    });
    let found = alerts(&new, |week| week < (WEEKS - 1) * 7).unwrap();
    assert_eq!(found.weeks.len(), WEEKS as usize - 1);
    let first = found.found.first().unwrap();
    assert!(first.is_new && first.issue_id == "i-5");
    assert_eq!(first.weekly.iter().sum::<u32>(), first.observed);
}

#[test]
fn without_a_past_nothing_is_tested() {
    let found = alerts(&facts(|_, _, _, _, _| 9), |week| week == 0).unwrap();
    assert_eq!((found.tested, found.found.len()), (0, 0));
    assert_eq!(alerts(&Facts::default(), |_| true).unwrap().weeks.len(), 0);
}
