//! Contacts per 1,000 units sold: the fault view for product teams.

use std::collections::BTreeMap;

use refrain_record::calendar::EpochDay;

use super::{Chart, Edition, Table};
use crate::charts::Svg;
use crate::charts::panel::{self, Panel};
use crate::charts::scale::round_ends;
use crate::charts::weeks::WeekPoint;
use crate::figures;
use crate::marts::UnitRow;

/// Products that are drawn at most.
const SHOWN: usize = 24;

pub(super) struct Section {
    pub(super) notice: String,
    pub(super) lede: String,
    pub(super) panels: Vec<ProductPanel>,
    pub(super) chart: Chart,
}

pub(super) struct ProductPanel {
    pub(super) svg: Svg,
    pub(super) driver: String,
}

pub(super) fn section(edition: &Edition<'_>) -> Section {
    let rows: Vec<&UnitRow> =
        edition.facts.units.iter().filter(|row| edition.weeks.contains(&row.week)).collect();
    let mut products: BTreeMap<&str, Vec<&UnitRow>> = BTreeMap::new();
    for row in rows.iter().copied().filter(|row| row.issue_id == "(all)" && edition.is_complete(row.week)) {
        products.entry(row.product.as_str()).or_default().push(row);
    }
    let Some(week) = products.values().flatten().map(|row| row.week).max() else {
        let notice = edition.facts.absence("contacts_per_thousand_units_weekly");
        return Section { notice, lede: String::new(), panels: Vec::new(), chart: Chart::default() };
    };
    for series in products.values_mut() {
        series.sort_by_key(|row| row.week);
    }
    let newest = |series: &[&UnitRow]| series.last().filter(|row| row.week == week).and_then(|row| row.rate);
    let mut ranked: Vec<(&str, Vec<&UnitRow>)> = products.into_iter().collect();
    ranked.sort_by(|left, right| {
        newest(&right.1)
            .unwrap_or(-1.0)
            .total_cmp(&newest(&left.1).unwrap_or(-1.0))
            .then_with(|| left.0.cmp(right.0))
    });
    let panels = ranked.iter().take(SHOWN).map(|(product, series)| ProductPanel {
        svg: draw(edition, product, series),
        driver: driver(&rows, product, week),
    });
    let panels = panels.collect();
    let highest = ranked.first().filter(|(_, series)| newest(series).is_some());
    let first = highest.map_or_else(String::new, |(product, series)| {
        format!(
            "{product} brought the most contacts for what was sold of it in the week of {}: {} per 1,000 units. ",
            figures::day(week),
            newest(series).map_or_else(|| figures::NOTHING.to_owned(), figures::per_thousand)
        )
    });
    let cut = if ranked.len() > SHOWN {
        format!(" The first {SHOWN} of {} products are drawn.", ranked.len())
    } else {
        String::new()
    };
    let lede = format!(
        "{first}Contacts and sales of the same week; products stand in the order of the newest week, and every panel has its own scale, from zero.{cut}"
    );
    let table = table(edition, &ranked);
    Section { notice: String::new(), lede, panels, chart: Chart { svg: Svg::default(), table } }
}

fn draw(edition: &Edition<'_>, product: &str, series: &[&UnitRow]) -> Svg {
    let points: Vec<WeekPoint> = series
        .iter()
        .map(|row| WeekPoint {
            week: row.week,
            value: row.rate,
            title: format!(
                "Week of {}: {} per 1,000 units ({} contacts, {} units sold)",
                figures::day(row.week),
                row.rate.map_or_else(|| figures::NOTHING.to_owned(), figures::per_thousand),
                figures::count(row.contacts),
                row.units.map_or_else(|| "no".to_owned(), figures::count)
            ),
            ..WeekPoint::default()
        })
        .collect();
    let highest = points.iter().filter_map(|point| point.value).fold(0.0, f64::max);
    let (_, high, _) = round_ends(0.0, if highest > 0.0 { highest } else { 1.0 }, 4);
    panel::draw(&Panel {
        name: product,
        points: &points,
        ends: (0.0, high),
        format: figures::per_thousand,
        axis: figures::short_count,
        is_flagged: edition
            .alerts
            .found
            .iter()
            .any(|alert| alert.place.product.as_deref() == Some(product) && alert.is_new),
        label: &format!("{product}: contacts per 1,000 units sold, by week"),
        size: (172.0, 132.0),
    })
}

/// The issue that brings the most of a product's contacts.
fn driver(rows: &[&UnitRow], product: &str, week: EpochDay) -> String {
    let of_product = rows.iter().filter(|row| row.product == product && row.week == week);
    let top =
        of_product.filter(|row| row.issue_id != "(all)" && row.issue_id != "(none)").max_by(|left, right| {
            left.contacts.cmp(&right.contacts).then_with(|| right.issue_id.cmp(&left.issue_id))
        });
    top.map_or_else(String::new, |row| {
        let rate = row.rate.map_or_else(String::new, |rate| format!(" ({})", figures::per_thousand(rate)));
        format!("mostly: {}{rate}", figures::readable(&row.issue_name))
    })
}

fn table(edition: &Edition<'_>, ranked: &[(&str, Vec<&UnitRow>)]) -> Table {
    let weeks: Vec<EpochDay> =
        edition.weeks.iter().copied().filter(|week| edition.is_complete(*week)).collect();
    let mut head = vec!["Product".to_owned()];
    head.extend(weeks.iter().map(|week| figures::day(*week)));
    let rows = ranked.iter().map(|(product, series)| {
        let cell = |week: &EpochDay| {
            let rate = series.iter().find(|row| row.week == *week).and_then(|row| row.rate);
            rate.map_or_else(|| figures::NOTHING.to_owned(), figures::per_thousand)
        };
        std::iter::once((*product).to_owned()).chain(weeks.iter().map(cell)).collect()
    });
    Table { caption: "Contacts per 1,000 units sold, by week".to_owned(), head, rows: rows.collect() }
}
