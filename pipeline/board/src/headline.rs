//! The headline: what a reader should know who reads nothing else.
//!
//! In: the edition. Out: sentences. A difference is named only when its interval, or the usual steps
//! of the series, support it; everything else is "within the usual range".

use crate::figures;
use crate::interval::Share;
use crate::judgement::{Judgement, by_interval};
use crate::marts::{ComplaintRow, ResolutionRow};
use crate::members::{compare, farthest, pooled_weeks};
use crate::page::{Edition, weekday_short};

/// The headline and the findings below it.
#[derive(Debug, Default)]
pub(crate) struct Headline {
    /// The first sentence.
    pub(crate) lead: String,
    /// Up to five further sentences.
    pub(crate) findings: Vec<Finding>,
}

/// One sentence.
#[derive(Debug)]
pub(crate) struct Finding {
    /// What it is about, in a word.
    pub(crate) topic: &'static str,
    /// The sentence.
    pub(crate) text: String,
    /// `worse` for what needs a look, else empty.
    pub(crate) tone: &'static str,
}

/// How many times a usual day the busiest one must be to be worth a sentence: a choice of ours.
const PEAK_RATIO: f64 = 1.5;

/// Writes the headline.
pub(crate) fn headline(edition: &Edition<'_>) -> Headline {
    let findings = [complaints(edition), sites(edition), rising(edition), peak(edition)];
    Headline { lead: lead(edition), findings: findings.into_iter().flatten().collect() }
}

/// The share a row of the resolution mart publishes.
pub(crate) fn share_of(row: &ResolutionRow) -> Option<Share> {
    let decided = row.resolved.saturating_add(row.unresolved);
    row.rate.map(|rate| Share::published(rate, row.low, row.high, decided))
}

/// The share a row of the complaint mart publishes.
pub(crate) fn complaint_share(row: &ComplaintRow) -> Option<Share> {
    row.rate.map(|rate| Share::published(rate, row.low, row.high, row.labelled))
}

fn lead(edition: &Edition<'_>) -> String {
    let rows = edition.facts.resolution_weeks();
    let Some(position) = rows.iter().rposition(|row| row.rate.is_some()) else {
        return match rows.iter().rev().find_map(|row| row.nowcast.map(|nowcast| (row.week, nowcast))) {
            Some((week, nowcast)) => format!(
                "About {} of first contacts are being solved in the week of {}; no week is final yet.",
                figures::percent(Some(nowcast)),
                figures::day(week)
            ),
            None => "How many first contacts were solved cannot be told yet: no week is final.".to_owned(),
        };
    };
    let row = rows[position];
    let start = format!(
        "{} of first contacts were solved in the week of {}",
        figures::percent(row.rate),
        figures::day(row.week)
    );
    let before = rows[..position].last().filter(|before| row.week - before.week == 7);
    let (judgement, difference) = by_interval(share_of(row), before.and_then(|before| share_of(before)));
    let gap = difference.map_or_else(String::new, |difference| figures::points(difference.value));
    match judgement {
        Judgement::Up => format!("{start}, {gap} above the week before."),
        Judgement::Down => format!("{start}, {gap} below the week before."),
        Judgement::Usual => format!("{start}, within the usual range."),
        Judgement::Alone | Judgement::TooFew => format!("{start}."),
    }
}

fn complaints(edition: &Edition<'_>) -> Option<Finding> {
    let week = edition.last_complete()?;
    let of = |week| {
        edition
            .facts
            .complaints
            .iter()
            .find(|row| row.dimension == "all" && row.week == week)
            .and_then(complaint_share)
    };
    let (now, before) = (of(week)?, of(week - 7)?);
    let word = match by_interval(Some(now), Some(before)).0 {
        Judgement::Up => "more",
        Judgement::Down => "fewer",
        _ => return None,
    };
    let text = format!(
        "{word} customers complained in the week of {}: {} of contacts, {} the week before.",
        figures::day(week),
        figures::percent(Some(now.rate)),
        figures::percent(Some(before.rate))
    );
    Some(Finding {
        topic: "Complaints",
        text: figures::readable(&text),
        tone: if word == "more" { "worse" } else { "" },
    })
}

fn sites(edition: &Edition<'_>) -> Option<Finding> {
    let weeks = pooled_weeks(edition.facts);
    let members = compare(edition.facts, "site", &weeks);
    if weeks.is_empty() || members.len() < 2 {
        return None;
    }
    let Some((site, gap)) = farthest(&members) else {
        let text = "No site solves more or fewer than the others by more than chance allows.".to_owned();
        return Some(Finding { topic: "Sites", text, tone: "" });
    };
    let word = if gap.value < 0.0 { "fewer" } else { "more" };
    let text = format!(
        "{} solves {word} than the other sites: {} against {} over the last {}.",
        figures::readable(&site.member),
        figures::percent(site.resolution.map(|share| share.rate)),
        figures::percent(site.resolution_of_others.map(|share| share.rate)),
        match weeks.len() {
            1 => "final week".to_owned(),
            several => format!("{} final weeks", figures::number_word(several)),
        }
    );
    Some(Finding { topic: "Sites", text, tone: if gap.value < 0.0 { "worse" } else { "" } })
}

fn rising(edition: &Edition<'_>) -> Option<Finding> {
    let alerts = edition.alerts.by_issue();
    let top = alerts.first()?;
    let place = match top.place.words() {
        everywhere if everywhere.is_empty() => String::new(),
        somewhere => format!(" {somewhere}"),
    };
    let word = if top.is_new { "new" } else { "rising" };
    let rest = match alerts.len() - 1 {
        0 => String::new(),
        1 => " One more issue is rising.".to_owned(),
        several => format!(" {} more issues are rising.", figures::readable(&figures::number_word(several))),
    };
    let (evidence, weeks) = top.evidence();
    let text = format!(
        "“{}”{place} is {word} since the week of {}: {} contacts in the {weeks} {}, {} expected.{rest}",
        figures::readable(&top.issue_name),
        figures::day(top.since),
        figures::count(i64::from(evidence.observed)),
        figures::day(evidence.from),
        figures::expected(evidence.expected),
    );
    Some(Finding { topic: "Issues", text, tone: "worse" })
}

fn peak(edition: &Edition<'_>) -> Option<Finding> {
    let days = crate::page::days(edition);
    let peak = crate::page::peak(&days)?;
    let day = days.get(peak.position)?;
    if peak.ratio < PEAK_RATIO {
        return None;
    }
    let text = format!(
        "{} {} was the busiest day: {} contacts, {} {}; {} were answered within 120 seconds.",
        weekday_short(day.date),
        figures::day(day.date),
        figures::count(day.offered),
        figures::times(peak.ratio),
        peak.usual,
        figures::percent(day.in_time)
    );
    Some(Finding { topic: "Waiting", text, tone: "" })
}
