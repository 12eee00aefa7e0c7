//! Issues that grew: a screen over every pair of issue and product, and every product as a whole.
//!
//! In: rows of the issue mart. Out: the pairs whose last weeks hold clearly more contacts than their
//! share in the earlier weeks lets expect, strongest first. It is a screen and not a test: no season,
//! no units sold, no false-discovery budget; a person looks at what it finds.

use std::collections::{BTreeMap, BTreeSet};

use refrain_record::calendar::EpochDay;

use crate::marts::{Facts, sum};

/// Recent weeks that are held against the earlier ones.
pub(crate) const RECENT_WEEKS: usize = 4;
/// Contacts in the recent weeks below which a pair is not looked at: a choice of ours.
pub(crate) const LEAST_CONTACTS: i64 = 20;
/// Score from which a pair is shown: a choice of ours, three standard deviations.
pub(crate) const LEAST_SCORE: f64 = 3.0;
/// Growth from which a pair is shown: half more than expected.
const LEAST_GROWTH: f64 = 1.5;
/// A pair with fewer contacts a week than this in the earlier weeks is called new.
const NEW_BELOW: f64 = 2.0;

/// Stands in place of an issue's name for all contacts of a product.
pub(crate) const WHOLE_PRODUCT: &str = "All issues together";

/// A pair of issue and product that grew.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rising {
    pub(crate) product: String,
    pub(crate) issue_name: String,
    /// Contacts of each complete week, oldest first.
    pub(crate) weekly: Vec<i64>,
    /// Contacts in the recent weeks.
    pub(crate) recent: i64,
    /// Contacts in the earlier weeks.
    pub(crate) earlier: i64,
    /// Contacts the recent weeks would hold had the pair kept its share.
    pub(crate) expected: f64,
    /// Distance from the expectation in standard deviations.
    pub(crate) score: f64,
    /// Hardly seen before.
    pub(crate) is_new: bool,
}

/// What the screen looked at and what it found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Screen {
    /// Complete weeks, oldest first.
    pub(crate) weeks: Vec<EpochDay>,
    /// How many of them count as recent; 0 when there are too few weeks to compare.
    pub(crate) recent_weeks: usize,
    /// Strongest first.
    pub(crate) found: Vec<Rising>,
}

/// Screens all pairs of issue and product.
///
/// Under no change, the recent contacts of a pair are a binomial part of all its contacts, with the
/// part that the recent weeks hold of all contacts; so a busy week alone raises nothing. Scores are
/// divided by the spread of all pairs where that is above one (quasi-Poisson).
///
/// # Source
/// Conditional test of two Poisson rates: Przyborowski and Wilenski 1940, in its normal form.
pub(crate) fn screen(facts: &Facts, is_complete: impl Fn(EpochDay) -> bool) -> Screen {
    let mut weeks: Vec<EpochDay> =
        facts.issues.iter().map(|row| row.week).filter(|week| is_complete(*week)).collect();
    weeks.sort_unstable();
    weeks.dedup();
    let recent_weeks = RECENT_WEEKS.min(weeks.len() / 2);
    if recent_weeks == 0 {
        return Screen { weeks, ..Screen::default() };
    }
    let split = weeks.len() - recent_weeks;
    let mut pairs: BTreeMap<(&str, &str), (&str, Vec<i64>)> = BTreeMap::new();
    let mut totals = vec![0_i64; weeks.len()];
    for row in &facts.issues {
        let Ok(position) = weeks.binary_search(&row.week) else { continue };
        totals[position] = totals[position].saturating_add(row.contacts);
        if row.product != "(unknown)" {
            // A fault that has no issue of its own yet, or as many as languages, shows in its product.
            let whole = pairs
                .entry((row.product.as_str(), WHOLE_PRODUCT))
                .or_insert_with(|| (WHOLE_PRODUCT, vec![0; weeks.len()]));
            whole.1[position] = whole.1[position].saturating_add(row.contacts);
        }
        if row.issue_id == "(none)" {
            continue;
        }
        let pair = pairs
            .entry((row.product.as_str(), row.issue_id.as_str()))
            .or_insert_with(|| (row.issue_name.as_str(), vec![0; weeks.len()]));
        pair.1[position] = pair.1[position].saturating_add(row.contacts);
    }
    let recent_total = sum(totals[split..].iter().copied()) as f64;
    let earlier_total = sum(totals[..split].iter().copied()) as f64;
    if recent_total <= 0.0 || earlier_total <= 0.0 {
        return Screen { weeks, recent_weeks, ..Screen::default() };
    }
    let part = recent_total / (recent_total + earlier_total);
    let mut squares = Vec::new();
    let mut found = Vec::new();
    for ((product, _), (issue_name, weekly)) in pairs {
        let recent = sum(weekly[split..].iter().copied());
        let earlier = sum(weekly[..split].iter().copied());
        let both = recent as f64 + earlier as f64;
        let score = (recent as f64 - both * part) / (both * part * (1.0 - part)).sqrt();
        // Products move together when the mix does: only issues tell how wide chance lies.
        if both >= LEAST_CONTACTS as f64 && score.is_finite() && issue_name != WHOLE_PRODUCT {
            squares.push(score * score);
        }
        let expected = earlier as f64 * recent_total / earlier_total;
        if recent >= LEAST_CONTACTS && recent as f64 >= LEAST_GROWTH * expected {
            let is_new = (earlier as f64) < NEW_BELOW * split as f64;
            found.push(Rising {
                product: product.to_owned(),
                issue_name: issue_name.to_owned(),
                weekly,
                recent,
                earlier,
                expected,
                score,
                is_new,
            });
        }
    }
    let spread = spread(squares);
    found.iter_mut().for_each(|pair| pair.score /= spread);
    found.retain(|pair| pair.score >= LEAST_SCORE);
    let with_issue: BTreeSet<String> = found
        .iter()
        .filter(|pair| pair.issue_name != WHOLE_PRODUCT)
        .map(|pair| pair.product.clone())
        .collect();
    found.retain(|pair| pair.issue_name != WHOLE_PRODUCT || !with_issue.contains(&pair.product));
    found.sort_by(|left, right| {
        right.score.total_cmp(&left.score).then_with(|| left.product.cmp(&right.product))
    });
    Screen { weeks, recent_weeks, found }
}

/// How much wider the scores lie than chance alone would have them, at least 1; from the median, so
/// that the pairs we look for do not hide themselves.
fn spread(mut squares: Vec<f64>) -> f64 {
    // Median of a chi-squared variable with one degree of freedom.
    const MEDIAN: f64 = 0.4549;
    squares.sort_by(f64::total_cmp);
    squares.get(squares.len() / 2).map_or(1.0, |median| (median / MEDIAN).max(1.0).sqrt())
}

#[cfg(test)]
mod tests;
