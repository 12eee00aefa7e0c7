//! First-contact resolution by week, and the sites and channels beside each other.

use refrain_record::calendar::EpochDay;

use super::{Chart, Edition, Table};
use crate::charts::dots::{self, DotRow};
use crate::charts::panel::{self, Panel};
use crate::charts::weeks::{self, WeekPoint, share_ends};
use crate::charts::{Svg, both_widths};
use crate::figures;
use crate::interval::Z_95;
use crate::marts::ResolutionRow;
use crate::members::{Member, compare, pooled_weeks};

pub(super) struct Section {
    pub(super) notice: String,
    pub(super) lede: String,
    pub(super) chart: Chart,
    pub(super) bounds: String,
    pub(super) sites_title: String,
    pub(super) sites_lede: String,
    pub(super) site_panels: Vec<Svg>,
    pub(super) dots: Chart,
}

pub(super) fn section(edition: &Edition<'_>) -> Section {
    let rows = edition.facts.resolution_weeks();
    let drawn: Vec<&ResolutionRow> =
        rows.iter().copied().filter(|row| edition.weeks.contains(&row.week)).collect();
    let mut section = Section {
        notice: String::new(),
        lede: String::new(),
        chart: Chart::default(),
        bounds: String::new(),
        sites_title: String::new(),
        sites_lede: String::new(),
        site_panels: Vec::new(),
        dots: Chart::default(),
    };
    if drawn.is_empty() {
        section.notice = edition.facts.absence("first_contact_resolution_weekly");
        return section;
    }
    let points: Vec<WeekPoint> = drawn.iter().map(|row| point(row)).collect();
    section.lede = lede(&drawn);
    let label = "Share of first contacts solved, by week, with 95 % interval";
    section.chart = Chart {
        svg: both_widths(|width| weeks::draw(&points, width, label, &section.lede)),
        table: table(label, &drawn),
    };
    section.bounds = bounds(&drawn);
    let pooled = pooled_weeks(edition.facts);
    let sites = compare(edition.facts, "site", &pooled);
    let channels = compare(edition.facts, "channel", &pooled);
    section.site_panels = panels(edition, &sites);
    if !pooled.is_empty() {
        section.dots = side_by_side(&[("Sites", &sites), ("Channels", &channels)]);
        section.sites_title = "Sites and channels".to_owned();
        section.sites_lede = sites_lede(&sites, &channels, &pooled);
    }
    section
}

fn point(row: &ResolutionRow) -> WeekPoint {
    let contacts = figures::count(row.first);
    let title = match (row.rate, row.nowcast) {
        (Some(_), _) => format!(
            "Week of {}: {} solved (95 % interval {}), {contacts} first contacts",
            figures::day(row.week),
            figures::percent(row.rate),
            figures::percent_range(row.low, row.high)
        ),
        (None, Some(_)) => format!(
            "Week of {}: about {} solved, an estimate; {} of {contacts} first contacts undecided",
            figures::day(row.week),
            figures::percent(row.nowcast),
            figures::percent(row.pending_share)
        ),
        (None, None) => format!("Week of {}: no figure yet", figures::day(row.week)),
    };
    WeekPoint {
        week: row.week,
        value: row.rate,
        low: row.low,
        high: row.high,
        estimate: row.nowcast,
        count: row.first,
        title,
    }
}

fn lede(rows: &[&ResolutionRow]) -> String {
    let known: Vec<(f64, EpochDay)> =
        rows.iter().filter_map(|row| row.rate.map(|rate| (rate, row.week))).collect();
    let lowest = known.iter().min_by(|left, right| left.0.total_cmp(&right.0));
    let highest = known.iter().max_by(|left, right| left.0.total_cmp(&right.0));
    let spread = match (lowest, highest) {
        (Some(low), Some(high)) if low.1 != high.1 => format!(
            "Over {}, between {} ({}) and {} ({}) of first contacts were solved. ",
            figures::weeks(known.len()),
            figures::percent(Some(low.0)),
            figures::day(low.1),
            figures::percent(Some(high.0)),
            figures::day(high.1)
        ),
        _ => String::new(),
    };
    let young = if rows.iter().any(|row| row.rate.is_none() && row.nowcast.is_some()) {
        " Hollow marks are estimates for weeks that are not final."
    } else {
        ""
    };
    format!(
        "{spread}The band is the 95\u{a0}% interval: two weeks whose bands overlap widely may well be the same.{young} The axis does not start at zero."
    )
}

fn bounds(rows: &[&ResolutionRow]) -> String {
    let Some(row) = rows.iter().rev().find(|row| row.rate.is_some() && row.any_rate.is_some()) else {
        return String::new();
    };
    format!(
        "If every later contact of a customer counted as the same matter, whatever it was about, the week of {} would stand at {} instead of {}: a lower bound.",
        figures::day(row.week),
        figures::percent(row.any_rate),
        figures::percent(row.rate)
    )
}

fn table(caption: &str, rows: &[&ResolutionRow]) -> Table {
    let head = [
        "Week of",
        "First contacts",
        "Solved",
        "Not solved",
        "Undecided",
        "Share solved",
        "95 % interval",
        "Lower bound",
    ];
    let rows = rows
        .iter()
        .map(|row| {
            let shown = match (row.rate, row.nowcast) {
                (None, Some(_)) => format!("~{}", figures::percent(row.nowcast)),
                _ => figures::percent(row.rate),
            };
            vec![
                figures::long_day(row.week),
                figures::count(row.first),
                figures::count(row.resolved),
                figures::count(row.unresolved),
                figures::count(row.pending),
                shown,
                figures::percent_range(row.low, row.high),
                figures::percent(row.any_rate),
            ]
        })
        .collect();
    Table { caption: caption.to_owned(), head: head.map(str::to_owned).to_vec(), rows }
}

fn panels(edition: &Edition<'_>, sites: &[Member]) -> Vec<Svg> {
    let points: Vec<Vec<WeekPoint>> = sites.iter().map(|site| member_points(edition, &site.member)).collect();
    let (low, high, _) = share_ends(points.iter().flatten(), 10);
    sites
        .iter()
        .zip(&points)
        .filter(|(_, points)| !points.is_empty())
        .map(|(site, points)| {
            let name = figures::readable(&site.member);
            panel::draw(&Panel {
                name: &name,
                points,
                ends: (low, high),
                format: |value| figures::percent(Some(value)),
                axis: figures::round_percent,
                is_flagged: site.resolution_gap.is_some_and(|gap| gap.value < 0.0),
                label: &format!("{name}: share of first contacts solved, by week"),
                size: (300.0, 180.0),
            })
        })
        .collect()
}

fn member_points(edition: &Edition<'_>, site: &str) -> Vec<WeekPoint> {
    let mut points: Vec<WeekPoint> = edition
        .facts
        .resolution
        .iter()
        .filter(|row| row.dimension == "site" && row.member == site && edition.weeks.contains(&row.week))
        .map(point)
        .collect();
    points.sort_by_key(|point| point.week);
    points
}

fn side_by_side(groups: &[(&str, &Vec<Member>)]) -> Chart {
    let mut rows = Vec::new();
    let mut lines = Vec::new();
    for (heading, members) in groups {
        let mut known: Vec<(&Member, f64, (f64, f64))> = members
            .iter()
            .filter_map(|member| member.resolution.map(|share| (member, share.rate, share.interval(Z_95))))
            .collect();
        known.sort_by(|left, right| {
            right.1.total_cmp(&left.1).then_with(|| left.0.member.cmp(&right.0.member))
        });
        for (position, (member, rate, interval)) in known.into_iter().enumerate() {
            let name = figures::readable(&member.member);
            let contacts = figures::count(member.resolution.map_or(0, |share| share.count as i64));
            let range = figures::percent_range(Some(interval.0), Some(interval.1));
            let judged = match member.resolution_gap {
                Some(gap) if gap.value < 0.0 => "fewer than the others",
                Some(_) => "more than the others",
                None => "within the usual range",
            };
            lines.push(vec![
                name.clone(),
                contacts.clone(),
                figures::percent(Some(rate)),
                range.clone(),
                judged.to_owned(),
            ]);
            rows.push(DotRow {
                heading: if position == 0 { (*heading).to_owned() } else { String::new() },
                title: format!(
                    "{name}: {} ({range}), {contacts} first contacts, {judged}",
                    figures::percent(Some(rate))
                ),
                name,
                value: rate,
                interval,
                is_flagged: member.resolution_gap.is_some_and(|gap| gap.value < 0.0),
            });
        }
    }
    let label = "Share of first contacts solved by site and channel, with 95 % intervals";
    let head = ["", "First contacts", "Share solved", "95 % interval", "Against the others"];
    Chart {
        svg: both_widths(|width| dots::draw(&rows, width, label, "")),
        table: Table { caption: label.to_owned(), head: head.map(str::to_owned).to_vec(), rows: lines },
    }
}

fn sites_lede(sites: &[Member], channels: &[Member], weeks: &[EpochDay]) -> String {
    let below: Vec<String> = sites
        .iter()
        .chain(channels)
        .filter(|member| member.resolution_gap.is_some_and(|gap| gap.value < 0.0))
        .map(|member| figures::readable(&member.member))
        .collect();
    let first = match below.as_slice() {
        [] => "No site or channel solves fewer than the others by more than chance allows.".to_owned(),
        [one] => format!("{one} solves fewer than the others."),
        several => format!("{} solve fewer than the others.", figures::list(several)),
    };
    let span = match weeks {
        [one] => format!("the week of {}", figures::day(*one)),
        [one, .., last] => format!("the weeks of {} to {}", figures::day(*one), figures::day(*last)),
        [] => String::new(),
    };
    format!(
        "{first} Marked only where the difference holds with 95\u{a0}% certainty for all comparisons together, over {span}. Not adjusted for which issues and languages each one is given."
    )
}
