//! What customers keep repeating, and what is rising.

use std::collections::BTreeMap;

use refrain_record::calendar::EpochDay;

use super::{Chart, Edition, Table};
use crate::alerts::IssueAlert;
use crate::charts::panel::{self, Panel};
use crate::charts::scale::round_ends;
use crate::charts::spark::{self, Spark};
use crate::charts::weeks::WeekPoint;
use crate::charts::{Svg, bar, pair as pair_of};
use crate::figures;
use crate::interval::{Share, Z_95};
use crate::marts::sum;

/// Issues in the table.
const TOP: usize = 12;
/// Rising issues that are shown, and the weeks of their charts.
const SHOWN_RISING: usize = 6;
const CHART_WEEKS: usize = 26;

pub(super) struct Section {
    pub(super) notice: String,
    pub(super) title: String,
    pub(super) lede: String,
    pub(super) top: Vec<TopIssue>,
    pub(super) rising_lede: String,
    pub(super) rising_note: String,
    pub(super) rising: Vec<RisingCard>,
    pub(super) rising_table: Chart,
}

pub(super) struct TopIssue {
    pub(super) name: String,
    pub(super) products: String,
    pub(super) bar: Svg,
    pub(super) contacts: String,
    pub(super) share: String,
    pub(super) complaint: String,
    pub(super) complaint_range: String,
    pub(super) spark: Svg,
}

pub(super) struct RisingCard {
    pub(super) name: String,
    pub(super) place: String,
    pub(super) badge: &'static str,
    pub(super) is_first: bool,
    pub(super) chart: Svg,
    pub(super) text: String,
}

/// One issue over all products and languages.
#[derive(Default)]
struct Issue<'a> {
    name: &'a str,
    weekly: BTreeMap<EpochDay, i64>,
    complaints: i64,
    products: BTreeMap<&'a str, i64>,
}

pub(super) fn section(edition: &Edition<'_>) -> Section {
    let mut section = Section {
        notice: String::new(),
        title: "What customers keep repeating".to_owned(),
        lede: String::new(),
        top: Vec::new(),
        rising_lede: String::new(),
        rising_note: String::new(),
        rising: Vec::new(),
        rising_table: Chart::default(),
    };
    let rows = &edition.facts.issues;
    let complete = rows.iter().map(|row| row.week).filter(|week| edition.is_complete(*week)).max();
    let Some(week) = complete.or_else(|| rows.iter().map(|row| row.week).max()) else {
        section.notice = edition.facts.absence("issue_volume_weekly");
        return section;
    };
    let mut issues: BTreeMap<&str, Issue<'_>> = BTreeMap::new();
    for row in rows {
        let issue = issues.entry(row.issue_id.as_str()).or_default();
        issue.name = &row.issue_name;
        let contacts = issue.weekly.entry(row.week).or_default();
        *contacts = contacts.saturating_add(row.contacts);
        if row.week == week {
            issue.complaints = issue.complaints.saturating_add(row.complaints);
            let product = issue.products.entry(row.product.as_str()).or_default();
            *product = product.saturating_add(row.contacts);
        }
    }
    let in_week = |issue: &Issue<'_>| issue.weekly.get(&week).copied().unwrap_or_default();
    let total = sum(issues.values().map(in_week));
    let without = issues.get("(none)").map_or(0, in_week);
    let mut ranked: Vec<(&str, &Issue<'_>)> = issues
        .iter()
        .filter(|(id, issue)| **id != "(none)" && in_week(issue) > 0)
        .map(|(id, issue)| (*id, issue))
        .collect();
    ranked.sort_by_key(|(id, issue)| (std::cmp::Reverse(in_week(issue)), *id));
    let highest = ranked.first().map_or(1, |(_, issue)| in_week(issue)).max(1) as f64;
    section.top = ranked
        .iter()
        .take(TOP)
        .map(|(id, issue)| top_issue(edition, week, id, issue, (highest, total as f64)))
        .collect();
    section.lede = lede(week, edition.is_complete(week), &ranked, total, without);
    rising(edition, &mut section);
    section
}

fn lede(
    week: EpochDay,
    is_complete: bool,
    ranked: &[(&str, &Issue<'_>)],
    total: i64,
    without: i64,
) -> String {
    let part = |contacts: i64| figures::percent((total > 0).then(|| contacts as f64 / total as f64));
    let in_week = |issue: &Issue<'_>| issue.weekly.get(&week).copied().unwrap_or_default();
    let first = sum(ranked.iter().take(3).map(|(_, issue)| in_week(issue)));
    let span = if is_complete { "The newest whole week" } else { "The week that is still running" };
    let top = if ranked.len() > 3 {
        format!("the three most frequent of {} issues brought {} of them. ", ranked.len(), part(first))
    } else {
        String::new()
    };
    format!(
        "{span}, from {}: {} contacts; {top}{} had no issue near enough to be named.",
        figures::day(week),
        figures::count(total),
        part(without)
    )
}

fn top_issue(
    edition: &Edition<'_>,
    week: EpochDay,
    id: &str,
    issue: &Issue<'_>,
    (highest, total): (f64, f64),
) -> TopIssue {
    let contacts = issue.weekly.get(&week).copied().unwrap_or_default();
    let published = edition
        .facts
        .complaints
        .iter()
        .find(|row| row.dimension == "issue" && row.member == id && row.week == week);
    let complaint = match published {
        Some(row) => Share::counted(row.complaints, row.labelled),
        None => Share::counted(issue.complaints, contacts),
    };
    let rate = complaint.map(|share| share.rate);
    let range = complaint.map(|share| share.interval(Z_95));
    let mut products: Vec<(&str, i64)> =
        issue.products.iter().map(|(product, contacts)| (*product, *contacts)).collect();
    products.sort_by_key(|(product, contacts)| (std::cmp::Reverse(*contacts), *product));
    let named: Vec<&str> = products.iter().take(2).map(|(product, _)| *product).collect();
    let more = if products.len() > 2 { format!(" and {} more", products.len() - 2) } else { String::new() };
    let values = edition.series(|week| Some(issue.weekly.get(&week).copied().unwrap_or_default() as f64));
    let line = Spark {
        values: &values,
        focus: edition.weeks.iter().position(|drawn| *drawn == week).unwrap_or_default(),
        from_zero: true,
        tone: "",
        size: (150.0, 34.0),
        titles: &[],
    };
    TopIssue {
        name: figures::readable(issue.name),
        products: format!("{}{more}", named.join(", ")),
        bar: bar::bar(contacts as f64 / highest, contacts as f64 / highest * rate.unwrap_or(0.0), bar::WIDTH),
        contacts: figures::count(contacts),
        share: figures::percent((total > 0.0).then(|| contacts as f64 / total)),
        complaint: figures::percent(rate),
        complaint_range: figures::percent_range(range.map(|range| range.0), range.map(|range| range.1)),
        spark: spark::draw(&line),
    }
}

fn rising(edition: &Edition<'_>, section: &mut Section) {
    let alerts = &edition.alerts;
    if alerts.tested == 0 {
        section.rising_lede =
            "Too few whole weeks to say what is rising: at least five are needed.".to_owned();
        return;
    }
    let budget = figures::percent(Some(alerts.false_discovery_rate));
    section.rising_note = format!(
        "The newest whole week, and the three before it as far as they still hold, each against the weeks before: {} counts of an issue, alone and by product, language and site, each measured against all handled contacts of the same product, language and site, so that a busy week alone raises nothing. Quasi-Poisson, past outbreaks weighted down, an issue without a past by a rule of its own; of the alerts, {budget} are expected to be false (Benjamini–Hochberg).",
        figures::count(alerts.tested as i64),
    );
    let found = alerts.by_issue();
    section.rising_lede = match found.len() {
        0 => "No issue rose beyond chance in the newest weeks.".to_owned(),
        1 => "One issue stands out.".to_owned(),
        several if several > SHOWN_RISING => {
            format!(
                "{} issues stand out; the surest {} are shown.",
                several,
                figures::number_word(SHOWN_RISING)
            )
        }
        several => format!("{} issues stand out.", figures::readable(&figures::number_word(several))),
    };
    for (position, alert) in found.iter().take(SHOWN_RISING).enumerate() {
        let is_first = position == 0;
        let elsewhere: Vec<String> = alerts
            .elsewhere(alert)
            .map(|other| other.place.words())
            .filter(|words| !words.is_empty())
            .take(2)
            .collect();
        let also =
            if elsewhere.is_empty() { String::new() } else { format!("; also {}", elsewhere.join("; ")) };
        let (evidence, weeks) = alert.evidence();
        section.rising.push(RisingCard {
            name: figures::readable(&alert.issue_name),
            place: place(alert),
            badge: if alert.is_new { "new" } else { "rising" },
            is_first,
            chart: rising_chart(&alerts.weeks, alert, is_first),
            text: format!(
                "{} contacts in the {weeks} {}, {} expected; since the week of {}{also}",
                figures::count(i64::from(evidence.observed)),
                figures::day(evidence.from),
                figures::expected(evidence.expected),
                figures::day(alert.since),
            ),
        });
    }
    let mut head = vec!["Issue".to_owned(), "Where".to_owned()];
    head.extend(alerts.weeks.iter().map(|week| figures::day(*week)));
    head.extend(["Expected".to_owned(), "False discovery rate".to_owned()]);
    let rows = alerts.found.iter().take(SHOWN_RISING * 2).map(|alert| {
        let mut cells = vec![figures::readable(&alert.issue_name), place(alert)];
        cells.extend(alert.weekly.iter().map(|contacts| figures::count(i64::from(*contacts))));
        cells.extend([format!("{:.1}", alert.expected), format!("{:.4}", alert.adjusted_p_value)]);
        cells
    });
    section.rising_table.table =
        Table { caption: "Contacts of each rising issue by week".to_owned(), head, rows: rows.collect() };
}

fn place(alert: &IssueAlert) -> String {
    match alert.place.words() {
        everywhere if everywhere.is_empty() => "everywhere".to_owned(),
        somewhere => somewhere,
    }
}

fn rising_chart(weeks: &[EpochDay], alert: &IssueAlert, is_first: bool) -> Svg {
    let weeks = &weeks[weeks.len().saturating_sub(CHART_WEEKS)..];
    let weekly = &alert.weekly[alert.weekly.len().saturating_sub(CHART_WEEKS)..];
    let points: Vec<WeekPoint> = weeks
        .iter()
        .zip(weekly)
        .map(|(week, contacts)| WeekPoint {
            week: *week,
            value: Some(f64::from(*contacts)),
            title: format!(
                "Week of {}: {} contacts",
                figures::day(*week),
                figures::count(i64::from(*contacts))
            ),
            ..WeekPoint::default()
        })
        .collect();
    let highest = f64::from(weekly.iter().copied().max().unwrap_or_default());
    let name = format!("{} {}: contacts by week", figures::readable(&alert.issue_name), place(alert));
    let draw = |size| {
        panel::draw(&Panel {
            name: "Contacts per week",
            points: &points,
            ends: (0.0, round_ends(0.0, highest.max(1.0), 4).1),
            format: figures::short_count,
            axis: figures::short_count,
            is_flagged: is_first,
            label: &name,
            size,
        })
    };
    if is_first { pair_of(&draw((540.0, 170.0)), &draw((300.0, 150.0))) } else { draw((290.0, 140.0)) }
}
