//! Key figures of the last final week, each with its change and its course.

use refrain_record::calendar::EpochDay;

use super::Edition;
use crate::charts::Svg;
use crate::charts::spark::{Spark, draw};
use crate::figures;
use crate::headline::{complaint_share, share_of};
use crate::interval::Share;
use crate::judgement::{Judgement, by_interval, by_usual_steps};
use crate::marts::{ResolutionRow, WaitingRow};

pub(super) struct Section {
    pub(super) notice: String,
    pub(super) title: String,
    pub(super) lede: String,
    pub(super) cards: Vec<Card>,
}

pub(super) struct Card {
    pub(super) name: &'static str,
    pub(super) meaning: String,
    pub(super) value: String,
    pub(super) detail: String,
    pub(super) change: String,
    pub(super) tone: &'static str,
    pub(super) spark: Svg,
    pub(super) newest: String,
}

/// Which way is good.
#[derive(Clone, Copy, PartialEq)]
enum Good {
    Up,
    Down,
    Neither,
}

/// What all cards are made from.
struct Measure<'a> {
    name: &'static str,
    column: &'static str,
    good: Good,
    format: fn(Option<f64>) -> String,
    /// How the size of a change is written; none when the two values say it.
    step: Option<fn(f64) -> String>,
    value: &'a dyn Fn(EpochDay) -> Option<f64>,
    /// Shares with an interval of their own are judged by it, all others by their usual steps.
    share: Option<&'a dyn Fn(EpochDay) -> Option<Share>>,
    /// The estimate of a week that is not final.
    estimate: Option<&'a dyn Fn(EpochDay) -> Option<f64>>,
    detail: String,
}

pub(super) fn section(edition: &Edition<'_>) -> Section {
    let Some(focus) = edition.focus() else {
        let notice = "Nothing to show: no table of this run has a week in it.".to_owned();
        return Section { notice, title: "Key figures".to_owned(), lede: String::new(), cards: Vec::new() };
    };
    let facts = edition.facts;
    let resolution =
        |week: EpochDay| facts.resolution.iter().find(|row| row.dimension == "all" && row.week == week);
    let waiting =
        |week: EpochDay| facts.waiting.iter().find(|row| row.dimension == "all" && row.week == week);
    let complaint =
        |week: EpochDay| facts.complaints.iter().find(|row| row.dimension == "all" && row.week == week);
    let handling =
        |week: EpochDay| facts.handling.iter().find(|row| row.dimension == "all" && row.week == week);
    let of_waiting =
        |value: fn(&WaitingRow) -> Option<f64>| move |week: EpochDay| waiting(week).and_then(value);
    let handled = |week: EpochDay| {
        let count = resolution(week).map(|row| row.handled).or_else(|| handling(week).map(|row| row.handled));
        count.map(|count| count as f64)
    };
    let range = |share: Option<Share>| {
        share.map_or_else(String::new, |share| {
            let (low, high) = share.interval(crate::interval::Z_95);
            format!("95\u{a0}% interval {}", figures::percent_range(Some(low), Some(high)))
        })
    };
    let resolution_share = |week: EpochDay| resolution(week).and_then(share_of);
    let complaint_of = |week: EpochDay| complaint(week).and_then(complaint_share);
    let service_level = of_waiting(|row| row.service_level_120);
    let abandonment = of_waiting(|row| row.abandonment);
    let redial = of_waiting(|row| row.redial);
    let measures = [
        Measure {
            name: "Solved on first contact",
            column: "fcr_rate",
            good: Good::Up,
            format: figures::percent,
            step: Some(figures::points),
            value: &|week| resolution(week).and_then(|row| row.rate),
            share: Some(&resolution_share),
            estimate: Some(&|week| resolution(week).and_then(|row| row.nowcast)),
            detail: range(resolution_share(focus)),
        },
        Measure {
            name: "Complaint rate",
            column: "complaint_rate",
            good: Good::Down,
            format: figures::percent,
            step: Some(figures::points),
            value: &|week| complaint(week).and_then(|row| row.rate),
            share: Some(&complaint_of),
            estimate: None,
            detail: range(complaint_of(focus)),
        },
        Measure {
            name: "Answered within 120 s",
            column: "service_level_120",
            good: Good::Up,
            format: figures::percent,
            step: Some(figures::points),
            value: &service_level,
            share: None,
            estimate: None,
            detail: "service level".to_owned(),
        },
        Measure {
            name: "Gave up waiting",
            column: "abandonment_rate",
            good: Good::Down,
            format: figures::percent,
            step: Some(figures::points),
            value: &abandonment,
            share: None,
            estimate: None,
            detail: "abandonment rate".to_owned(),
        },
        Measure {
            name: "Called again",
            column: "redial_rate",
            good: Good::Down,
            format: figures::percent,
            step: Some(figures::points),
            value: &redial,
            share: None,
            estimate: None,
            detail: "redial rate, after giving up".to_owned(),
        },
        Measure {
            name: "Handle time",
            column: "average_handle_seconds",
            good: Good::Neither,
            format: figures::duration,
            step: None,
            value: &|week| handling(week).and_then(|row| row.average_handle_seconds),
            share: None,
            estimate: None,
            detail: "average per contact (AHT)".to_owned(),
        },
        Measure {
            name: "Contacts",
            column: "handled_contact_count",
            good: Good::Neither,
            format: whole,
            step: None,
            value: &handled,
            share: None,
            estimate: None,
            detail: "inbound, handled".to_owned(),
        },
    ];
    Section {
        notice: String::new(),
        title: format!("The week of {}", figures::long_day(focus)),
        lede: lede(edition, focus),
        cards: measures.iter().map(|measure| card(edition, focus, measure)).collect(),
    }
}

/// Which week it is, and why not a younger one.
fn lede(edition: &Edition<'_>, focus: EpochDay) -> String {
    let rows = edition.facts.resolution_weeks();
    let younger: Vec<&&ResolutionRow> =
        rows.iter().filter(|row| row.week > focus && row.rate.is_none()).collect();
    let first = if edition.final_week.is_some() {
        "This is the newest week whose first contacts are all decided."
    } else {
        "No week is final yet; these are the figures of the newest week, and the share solved is missing or an estimate."
    };
    let Some(newest) = younger.last() else { return first.to_owned() };
    let days: Vec<String> = younger.iter().map(|row| figures::day(row.week)).collect();
    format!(
        "{first} {} of {} {} only estimated for the share solved: a customer of {} can still come back about the same thing, and {} of the first contacts of {} are undecided.",
        if days.len() == 1 { "The week" } else { "The weeks" },
        figures::list(&days),
        if days.len() == 1 { "is" } else { "are" },
        if days.len() == 1 { "that week" } else { "those weeks" },
        figures::percent(newest.pending_share),
        figures::day(newest.week),
    )
}

fn card(edition: &Edition<'_>, focus: EpochDay, measure: &Measure<'_>) -> Card {
    let value = |week| (measure.value)(week);
    let estimate = |week| measure.estimate.and_then(|estimate| estimate(week));
    let now = value(focus);
    let series = edition.series(|week| value(week).or_else(|| estimate(week)));
    let position = edition.weeks.iter().position(|week| *week == focus).unwrap_or_default();
    let (judgement, step) = match measure.share {
        Some(share) => {
            let (judgement, difference) = by_interval(share(focus), share(focus - 7));
            (judgement, difference.map(|difference| difference.value))
        }
        None => by_usual_steps(&every_week(edition, focus, &value)),
    };
    let before = value(focus - 7);
    let size = step.zip(measure.step).map_or_else(String::new, |(step, format)| format!("{} ", format(step)));
    let change = match judgement {
        _ if now.is_none() => String::new(),
        Judgement::Up => format!("{size}up from {}", (measure.format)(before)),
        Judgement::Down => format!("{size}down from {}", (measure.format)(before)),
        Judgement::Usual => format!("within the usual range; {} the week before", (measure.format)(before)),
        Judgement::TooFew => format!("{} the week before; too few weeks to judge", (measure.format)(before)),
        Judgement::Alone => "no week before to compare with".to_owned(),
    };
    let tone = match (judgement, measure.good) {
        (Judgement::Up, Good::Up) | (Judgement::Down, Good::Down) => "better",
        (Judgement::Up, Good::Down) | (Judgement::Down, Good::Up) => "worse",
        (Judgement::Up | Judgement::Down, Good::Neither) => "changed",
        _ => "",
    };
    let titles: Vec<String> = edition
        .weeks
        .iter()
        .zip(&series)
        .map(|(week, shown)| {
            let mark = if value(*week).is_none() { "~" } else { "" };
            format!("week of {}: {mark}{}", figures::day(*week), (measure.format)(*shown))
        })
        .collect();
    let spark = Spark {
        values: &series,
        focus: position,
        from_zero: false,
        tone: if tone == "worse" { "flagged" } else { "" },
        size: if measure.estimate.is_some() { (340.0, 64.0) } else { (210.0, 48.0) },
        titles: &titles,
    };
    let (shown, detail) = match (now, estimate(focus)) {
        (None, Some(guess)) => {
            (format!("~{}", (measure.format)(Some(guess))), "estimate, not final".to_owned())
        }
        (None, None) => (figures::NOTHING.to_owned(), "no figure for this week".to_owned()),
        _ => ((measure.format)(now), measure.detail.clone()),
    };
    Card {
        name: measure.name,
        meaning: edition.context.meaning(measure.column).to_owned(),
        value: shown,
        detail,
        change,
        tone,
        spark: draw(&spark),
        newest: newest(edition, focus, measure, &value, &estimate),
    }
}

/// The newest week after the one in question, so that nobody waits for the final one.
fn newest(
    edition: &Edition<'_>,
    focus: EpochDay,
    measure: &Measure<'_>,
    value: &dyn Fn(EpochDay) -> Option<f64>,
    estimate: &dyn Fn(EpochDay) -> Option<f64>,
) -> String {
    let later = edition.weeks.iter().rev().filter(|week| **week > focus);
    for week in later {
        let so_far = if edition.is_complete(*week) { "" } else { " so far" };
        if let Some(final_value) = value(*week) {
            return format!(
                "newest, {}: {}{so_far}",
                figures::day(*week),
                (measure.format)(Some(final_value))
            );
        }
        if let Some(guess) = estimate(*week) {
            return format!("newest, {}: ~{}{so_far}", figures::day(*week), (measure.format)(Some(guess)));
        }
    }
    String::new()
}

/// One value for each calendar week up to the one in question, also for weeks without a row.
fn every_week(
    edition: &Edition<'_>,
    focus: EpochDay,
    value: &dyn Fn(EpochDay) -> Option<f64>,
) -> Vec<Option<f64>> {
    let first = edition.weeks.first().copied().unwrap_or(focus);
    (first..=focus).rev().step_by(7).map(value).collect::<Vec<_>>().into_iter().rev().collect()
}

fn whole(value: Option<f64>) -> String {
    value.map_or_else(|| figures::NOTHING.to_owned(), |value| figures::count(value as i64))
}
