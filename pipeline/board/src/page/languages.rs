//! Languages beside each other: contacts, share solved, complaints.

use refrain_record::calendar::EpochDay;

use super::Edition;
use crate::charts::{Svg, bar};
use crate::figures;
use crate::interval::{Share, Z_95};
use crate::marts::sum;
use crate::members::{Member, POOLED_WEEKS, compare, pooled_weeks};

pub(super) struct Section {
    pub(super) notice: String,
    pub(super) lede: String,
    pub(super) rows: Vec<LanguageRow>,
}

pub(super) struct LanguageRow {
    pub(super) name: String,
    pub(super) tag: String,
    pub(super) contacts: String,
    pub(super) bar: Svg,
    pub(super) solved: String,
    pub(super) solved_range: String,
    pub(super) solved_mark: Svg,
    pub(super) is_below: bool,
    pub(super) complaint: String,
    pub(super) complaint_range: String,
    pub(super) complaint_mark: Svg,
    pub(super) complains_more: bool,
}

pub(super) fn section(edition: &Edition<'_>) -> Section {
    let mut weeks = pooled_weeks(edition.facts);
    if weeks.is_empty() {
        let complete = edition.weeks.iter().copied().filter(|week| edition.is_complete(*week));
        let complete: Vec<EpochDay> = complete.collect();
        weeks = complete[complete.len().saturating_sub(POOLED_WEEKS)..].to_vec();
    }
    let members = compare(edition.facts, "language", &weeks);
    let mut counted: Vec<(&Member, i64)> = members
        .iter()
        .map(|member| (member, contacts(edition, &member.member, &weeks)))
        .filter(|(_, count)| *count > 0)
        .collect();
    if counted.is_empty() {
        let notice = edition.facts.absence("first_contact_resolution_weekly");
        return Section { notice, lede: String::new(), rows: Vec::new() };
    }
    counted.sort_by_key(|(member, count)| (std::cmp::Reverse(*count), member.member.clone()));
    let highest = counted.iter().map(|(_, count)| *count).max().unwrap_or(1).max(1) as f64;
    let all_solved =
        Share::pooled(&members.iter().filter_map(|member| member.resolution).collect::<Vec<_>>());
    let all_complaint =
        Share::pooled(&members.iter().filter_map(|member| member.complaint).collect::<Vec<_>>());
    let solved_axis = axis(members.iter().filter_map(|member| member.resolution));
    let complaint_axis = axis(members.iter().filter_map(|member| member.complaint));
    let rows = counted.iter().map(|(member, count)| {
        let is_below = member.resolution_gap.is_some_and(|gap| gap.value < 0.0);
        let complains_more = member.complaint_gap.is_some_and(|gap| gap.value > 0.0);
        let (solved, solved_range, solved_mark) = shown(member.resolution, solved_axis, all_solved, is_below);
        let (complaint, complaint_range, complaint_mark) =
            shown(member.complaint, complaint_axis, all_complaint, complains_more);
        LanguageRow {
            name: figures::language(&member.member),
            tag: member.member.clone(),
            contacts: figures::count(*count),
            bar: bar::bar(*count as f64 / highest, 0.0, 72.0),
            solved,
            solved_range,
            solved_mark,
            is_below,
            complaint,
            complaint_range,
            complaint_mark,
            complains_more,
        }
    });
    Section { notice: String::new(), lede: lede(&counted, &weeks), rows: rows.collect() }
}

fn lede(counted: &[(&Member, i64)], weeks: &[EpochDay]) -> String {
    let names = |is: &dyn Fn(&Member) -> bool| -> Vec<String> {
        counted
            .iter()
            .filter(|(member, _)| is(member))
            .map(|(member, _)| figures::language(&member.member))
            .collect()
    };
    let below = names(&|member| member.resolution_gap.is_some_and(|gap| gap.value < 0.0));
    let complaining = names(&|member| member.complaint_gap.is_some_and(|gap| gap.value > 0.0));
    let first = match below.as_slice() {
        [] => "No language is solved less often than the others by more than chance allows.".to_owned(),
        some => format!("Less often solved than the others: {}.", figures::list(some)),
    };
    let second = match complaining.as_slice() {
        [] => String::new(),
        some => format!(" More complaints than in the others: {}.", figures::list(some)),
    };
    let span = match weeks {
        [one, .., last] => format!("the weeks of {} to {}", figures::day(*one), figures::day(*last)),
        [one] => format!("the week of {}", figures::day(*one)),
        [] => "no week".to_owned(),
    };
    format!(
        "{first}{second} {} languages over {span}; the upright line is all languages together, each bar a 95\u{a0}% interval.",
        counted.len()
    )
}

fn contacts(edition: &Edition<'_>, member: &str, weeks: &[EpochDay]) -> i64 {
    let is_meant = |dimension: &str, of: &str, week: EpochDay| {
        dimension == "language" && of == member && weeks.contains(&week)
    };
    let rows = edition.facts.resolution.iter().filter(|row| is_meant(&row.dimension, &row.member, row.week));
    sum(rows.map(|row| row.handled))
}

fn axis(shares: impl Iterator<Item = Share>) -> (f64, f64) {
    let mut ends = (f64::INFINITY, f64::NEG_INFINITY);
    for share in shares {
        let (low, high) = share.interval(Z_95);
        ends = (ends.0.min(low), ends.1.max(high));
    }
    ends
}

fn shown(
    share: Option<Share>,
    axis: (f64, f64),
    all: Option<Share>,
    is_flagged: bool,
) -> (String, String, Svg) {
    let Some(share) = share else {
        return (figures::NOTHING.to_owned(), String::new(), Svg::default());
    };
    let (low, high) = share.interval(Z_95);
    let mark = bar::interval(share.rate, (low, high), axis, all.map(|all| all.rate), is_flagged);
    (figures::percent(Some(share.rate)), figures::percent_range(Some(low), Some(high)), mark)
}
