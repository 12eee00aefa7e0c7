//! Which issues rise: cells of the issue mart, tested together, and told once per issue.
//!
//! In: rows of `issue_volume_weekly`. Out: alerts of the newest whole week, the surest first, then those of the three weeks
//! before that still hold: whose count is still above the bound that it broke then. A cell is an issue, alone or
//! on one product, in one language or at one site, or all of these together; what it is measured against are all handled
//! contacts of the same product, language and site, so that a busy week alone raises nothing. Where a cell is of all products,
//! each product's contacts count by the share that the issue had of them, so that a product that is bought more, and
//! brings more of all of its issues, raises nothing either. The finest cells are tested when they have a past; an issue
//! without one shows in its margins.

use std::collections::{BTreeMap, BTreeSet};

use refrain_alert::{AlertError, Cell, Parameters, Rule};
use refrain_record::calendar::EpochDay;

use crate::marts::{Facts, IssueRow};

#[cfg(test)]
mod tests;

/// The part of an issue's surplus from which a cell stands for the issue.
const MOST: f64 = 0.7;

/// Weeks whose alerts are told: the newest whole one, and those before it as long as they hold.
const TOLD_WEEKS: usize = 4;

/// What a mart writes in place of a product or language that is not known, and of an issue that is none.
const UNKNOWN: &str = "(unknown)";
const NO_ISSUE: &str = "(none)";

/// Where an alert holds; what is not named stands for all.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Place {
    /// The product.
    pub product: Option<String>,
    /// The customer's language, BCP-47.
    pub language: Option<String>,
    /// The contact centre.
    pub site: Option<String>,
}

impl Place {
    /// In words: "on Halo Watch, in es, at madrid"; empty for everywhere.
    pub fn words(&self) -> String {
        let parts = [("on", &self.product), ("in", &self.language), ("at", &self.site)];
        let named =
            parts.iter().filter_map(|(word, value)| value.as_ref().map(|value| format!("{word} {value}")));
        named.collect::<Vec<_>>().join(", ")
    }
}

/// A cell that rises.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct IssueAlert {
    /// The issue.
    pub issue_id: String,
    /// Its name.
    pub issue_name: String,
    /// Where.
    pub place: Place,
    /// First day of the week that was tested, days since 1970-01-01.
    #[serde(skip)]
    pub week: EpochDay,
    /// Raised in an earlier week, and still above the bound that it broke then.
    pub is_ongoing: bool,
    /// Contacts in that week.
    pub observed: u32,
    /// Contacts to expect if nothing had happened.
    pub expected: f64,
    /// The largest count within the cell's own 99 % bound.
    pub upper: u32,
    /// That week and the one before it, where they say more together.
    pub two_weeks: Option<Window>,
    /// The smallest false discovery rate at which this cell would be an alert.
    pub adjusted_p_value: f64,
    /// Hardly a contact in the weeks before.
    pub is_new: bool,
    /// First day of the first week of the unbroken run above its bound, days since 1970-01-01.
    #[serde(skip)]
    pub since: EpochDay,
    /// Contacts of each whole week, the oldest first.
    pub weekly: Vec<u32>,
}

/// Some weeks of a cell against its bound.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Window {
    /// First day of the first week, days since 1970-01-01.
    #[serde(skip)]
    pub from: EpochDay,
    /// Contacts in these weeks.
    pub observed: u32,
    /// Contacts to expect if nothing had happened.
    pub expected: f64,
    /// The largest count within the cell's own 99 % bound.
    pub upper: u32,
}

impl IssueAlert {
    /// What the alert rests on, and in words which weeks that is: "week of" or "two weeks from".
    pub fn evidence(&self) -> (Window, &'static str) {
        let week =
            Window { from: self.week, observed: self.observed, expected: self.expected, upper: self.upper };
        self.two_weeks.map_or((week, "week of"), |both| (both, "two weeks from"))
    }

    /// Contacts beyond the expected ones.
    fn excess(&self) -> f64 {
        f64::from(self.observed) - self.expected
    }

    /// How many times the expected contacts came; below one expected contact there is nothing to multiply.
    fn growth(&self) -> f64 {
        f64::from(self.observed) / self.expected.max(1.0)
    }
}

/// What was tested and what was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Alerts {
    /// Whole weeks by their first day, the oldest first; the newest is the one tested.
    pub weeks: Vec<EpochDay>,
    /// Cells tested; none when the history is too short.
    pub tested: usize,
    /// The budget: expected share of false alerts among the alerts.
    pub false_discovery_rate: f64,
    /// All cells that rise, the surest first.
    pub found: Vec<IssueAlert>,
}

impl Alerts {
    /// One cell of every issue, in the order of the surest: that cell, or the one where the issue grew most, when most of
    /// what is too much lies there.
    pub fn by_issue(&self) -> Vec<&IssueAlert> {
        let mut seen = BTreeSet::new();
        let surest = self.found.iter().filter(|alert| seen.insert(alert.issue_id.as_str()));
        surest
            .map(|surest| {
                let holds_most = |alert: &&IssueAlert| {
                    alert.issue_id == surest.issue_id
                        && alert.week == surest.week
                        && alert.excess() >= MOST * surest.excess()
                };
                let all = self.found.iter().filter(holds_most);
                all.max_by(|left, right| left.growth().total_cmp(&right.growth())).unwrap_or(surest)
            })
            .collect()
    }

    /// The further places of an issue's alert, the surest first.
    pub fn elsewhere<'a>(&'a self, alert: &'a IssueAlert) -> impl Iterator<Item = &'a IssueAlert> {
        self.found.iter().filter(move |other| other.issue_id == alert.issue_id && *other != alert)
    }
}

type Key<'a> = (&'a str, Option<&'a str>, Option<&'a str>, Option<&'a str>);

/// Tests the newest whole week.
///
/// # Errors
/// When the counts of the mart are not what the test needs, which is a defect.
pub(crate) fn alerts(facts: &Facts, is_complete: impl Fn(EpochDay) -> bool) -> Result<Alerts, AlertError> {
    let parameters = Parameters::default();
    let mut alerts = Alerts { false_discovery_rate: parameters.false_discovery_rate, ..Alerts::default() };
    let complete = || facts.issues.iter().filter(|row| is_complete(row.week));
    let (Some(first), Some(last)) =
        (complete().map(|row| row.week).min(), complete().map(|row| row.week).max())
    else {
        return Ok(alerts);
    };
    alerts.weeks = (first..=last).step_by(7).collect();
    let newest = alerts.weeks.len() - 1;
    let tally = Tally::new(complete(), first, alerts.weeks.len());
    let past = newest.saturating_sub(TOLD_WEEKS - 1);
    let has_past = |counts: &[u32]| counts[..past].iter().sum::<u32>() >= parameters.minimum_baseline_count;
    let shares = tally.shares(past.max(parameters.minimum_baseline_weeks).min(newest));
    let cells: Vec<Cell<Key<'_>>> = tally
        .counts
        .iter()
        .map(|(key, counts)| (*key, family([key.1, key.2, key.3]), counts))
        .filter(|(_, family, counts)| *family != FINEST || has_past(counts))
        .filter_map(|(key, family, counts)| {
            let exposure = tally.exposure(&key, &shares)?;
            Some(Cell { key, family, counts: counts.clone(), exposure })
        })
        .collect();
    let names: BTreeMap<&str, &str> =
        complete().map(|row| (row.issue_id.as_str(), row.issue_name.as_str())).collect();
    let weekly: BTreeMap<&Key<'_>, &Vec<u32>> = cells.iter().map(|cell| (&cell.key, &cell.counts)).collect();
    let mut seen = BTreeSet::new();
    for tested in (newest.saturating_sub(TOLD_WEEKS - 1)..=newest).rev() {
        let further_cells = empty_margins(&cells, &tally.contacts, tested);
        let empty: usize = further_cells.iter().sum();
        let parameters = Parameters { further_cells, ..parameters.clone() };
        let outcome = refrain_alert::alerts(&cells, tested, &parameters)?;
        if tested == newest {
            // Combinations without contacts count only beside a cell that could be tested.
            alerts.tested = if outcome.tested > empty { outcome.tested } else { 0 };
        }
        for alert in outcome.alerts {
            let counts = weekly.get(&alert.key).copied();
            let now = counts.and_then(|counts| counts.last().copied()).unwrap_or_default();
            if tested < newest && now <= alert.upper || !seen.insert(alert.key) {
                continue;
            }
            let (issue, product, language, site) = alert.key;
            let owned = |value: Option<&str>| value.map(str::to_owned);
            alerts.found.push(IssueAlert {
                issue_id: issue.to_owned(),
                issue_name: names.get(issue).copied().unwrap_or(issue).to_owned(),
                place: Place { product: owned(product), language: owned(language), site: owned(site) },
                week: alerts.weeks[tested],
                is_ongoing: tested < newest,
                observed: alert.observed,
                expected: alert.expected,
                upper: alert.upper,
                two_weeks: alert.two_weeks.map(|both| Window {
                    from: alerts.weeks[tested] - 7,
                    observed: both.observed,
                    expected: both.expected,
                    upper: both.upper,
                }),
                adjusted_p_value: alert.adjusted_p_value,
                is_new: alert.rule == Rule::NoHistory,
                since: alerts.weeks.get(alert.since).copied().unwrap_or(last),
                weekly: counts.cloned().unwrap_or_default(),
            });
        }
    }
    Ok(alerts)
}

/// Contacts per week of a place.
type Contacts<'a> = BTreeMap<(Option<&'a str>, Option<&'a str>, Option<&'a str>), Vec<f64>>;

/// The part of a product's contacts that have an issue, by issue and product.
type Shares<'a> = BTreeMap<&'a str, BTreeMap<&'a str, f64>>;

/// Contacts per week of each product, whether it is known or not.
type Products<'a> = BTreeMap<&'a str, Vec<f64>>;

/// Contacts per week, in several cuts.
#[derive(Default)]
struct Tally<'a> {
    /// Of each cell.
    counts: BTreeMap<Key<'a>, Vec<u32>>,
    /// All handled contacts of each place.
    contacts: Contacts<'a>,
    /// All handled contacts of each product everywhere, in each language and at each site.
    by_product: BTreeMap<(Option<&'a str>, Option<&'a str>), Products<'a>>,
    /// Contacts of each issue on each product, whether it is known or not.
    of_product: BTreeMap<(&'a str, &'a str), Vec<f64>>,
}

impl<'a> Tally<'a> {
    fn new(rows: impl Iterator<Item = &'a IssueRow>, first: EpochDay, week_count: usize) -> Self {
        let mut tally = Self::default();
        for row in rows {
            let Some(week) = usize::try_from((row.week - first) / 7).ok().filter(|week| *week < week_count)
            else {
                continue;
            };
            let contacts = row.contacts as f64;
            let known = |value: &'a str| Some(value).filter(|value| *value != UNKNOWN && !value.is_empty());
            let (product, language, site) = (known(&row.product), known(&row.language), known(&row.site));
            for place in BTreeSet::from([(None, None), (language, None), (None, site)]) {
                let of_place = tally.by_product.entry(place).or_default();
                of_place.entry(&row.product).or_insert_with(|| vec![0.0; week_count])[week] += contacts;
            }
            let of_product = tally.of_product.entry((&row.issue_id, &row.product));
            of_product.or_insert_with(|| vec![0.0; week_count])[week] += contacts;
            let mut places = BTreeSet::from([(None, None, None)]);
            places.insert((product, None, None));
            places.insert((None, language, None));
            places.insert((None, None, site));
            if product.is_some() && language.is_some() && site.is_some() {
                places.insert((product, language, site));
            }
            for place in places {
                tally.contacts.entry(place).or_insert_with(|| vec![0.0; week_count])[week] += contacts;
                if row.issue_id != NO_ISSUE {
                    let key = (row.issue_id.as_str(), place.0, place.1, place.2);
                    let counts = tally.counts.entry(key).or_insert_with(|| vec![0; week_count]);
                    counts[week] =
                        counts[week].saturating_add(u32::try_from(row.contacts).unwrap_or(u32::MAX));
                }
            }
        }
        tally
    }

    /// What part of each product's contacts had each issue in the first weeks, and a little more: one contact is spread
    /// over all, so that an issue without a past has a share too.
    fn shares(&self, weeks: usize) -> Shares<'a> {
        let sum = |contacts: &Vec<f64>| contacts[..weeks].iter().sum::<f64>();
        let everywhere = self.by_product.get(&(None, None));
        let of_products: BTreeMap<&str, f64> =
            everywhere.into_iter().flatten().map(|(product, contacts)| (*product, sum(contacts))).collect();
        let least = 1.0 / of_products.values().sum::<f64>().max(1.0);
        let mut shares = Shares::new();
        for (issue, _) in self.of_product.keys() {
            let share = |(product, all): (&&'a str, &f64)| {
                let of_issue = self.of_product.get(&(*issue, *product)).map_or(0.0, sum);
                (*product, least + of_issue / all.max(1.0))
            };
            shares.entry(*issue).or_insert_with(|| of_products.iter().map(share).collect());
        }
        shares
    }

    /// What a cell is measured against, per week.
    fn exposure(&self, key: &Key<'a>, shares: &Shares<'a>) -> Option<Vec<f64>> {
        let (issue, product, language, site) = *key;
        if product.is_some() {
            return self.contacts.get(&(product, language, site)).cloned();
        }
        let shares = shares.get(issue)?;
        let mut exposure: Vec<f64> = Vec::new();
        for (product, contacts) in self.by_product.get(&(language, site))? {
            let share = shares.get(product)?;
            exposure.resize(contacts.len(), 0.0);
            exposure.iter_mut().zip(contacts).for_each(|(sum, contacts)| *sum += share * contacts);
        }
        Some(exposure)
    }
}

/// The family of the finest cells.
const FINEST: usize = 4;

/// The families of cells: issues alone, on products, in languages, at sites, and all of these together.
fn family(place: [Option<&str>; 3]) -> usize {
    match place {
        [None, None, None] => 0,
        [Some(_), None, None] => 1,
        [None, Some(_), None] => 2,
        [None, None, Some(_)] => 3,
        _ => FINEST,
    }
}

/// Pairs of an issue and one product, language or site that had no contact but might have had one, by family.
fn empty_margins(cells: &[Cell<Key<'_>>], contacts: &Contacts<'_>, tested: usize) -> Vec<usize> {
    let issues: BTreeSet<&str> = cells.iter().map(|cell| cell.key.0).collect();
    let mut empty = vec![0_usize; 4];
    for (place, contacts) in contacts {
        let family = family([place.0, place.1, place.2]);
        if (1..4).contains(&family) && contacts.get(tested).is_some_and(|contacts| *contacts > 0.0) {
            empty[family] += issues.len();
        }
    }
    for cell in cells.iter().filter(|cell| (1..4).contains(&cell.family)) {
        empty[cell.family] = empty[cell.family].saturating_sub(1);
    }
    empty
}
