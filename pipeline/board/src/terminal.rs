//! The table at the end of a run, for a terminal.
//!
//! In: the marts. Out: plain text, one row per week. An estimate is marked with `~`.

use std::collections::BTreeMap;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ContentArrangement, Table, TableComponent};
use refrain_record::calendar::{EpochDay, date_of};

use crate::figures;
use crate::marts::{ComplaintRow, Facts, Marts, ResolutionRow, WaitingRow};

/// First-contact resolution and its neighbours by week, as a terminal table.
///
/// # Shape
/// One line per reporting week, oldest first, its first day as ISO date. A mart that breaks its header
/// gives a sentence instead of a table.
pub fn fcr_table(marts: &Marts) -> String {
    match Facts::read(marts) {
        Ok(facts) => table(&facts),
        Err(error) => format!("no table of weeks: {error}"),
    }
}

fn table(facts: &Facts) -> String {
    let resolution: BTreeMap<EpochDay, &ResolutionRow> =
        facts.resolution_weeks().into_iter().map(|row| (row.week, row)).collect();
    let complaints: BTreeMap<EpochDay, &ComplaintRow> =
        facts.complaints.iter().filter(|row| row.dimension == "all").map(|row| (row.week, row)).collect();
    let waiting: BTreeMap<EpochDay, &WaitingRow> =
        facts.waiting.iter().filter(|row| row.dimension == "all").map(|row| (row.week, row)).collect();
    let weeks: Vec<EpochDay> = facts
        .weeks()
        .into_iter()
        .filter(|week| resolution.contains_key(week) || waiting.contains_key(week))
        .collect();
    if weeks.is_empty() {
        return "no week to show: the marts are missing or empty".to_owned();
    }
    let mut table = Table::new();
    table.load_preset(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    for line in [TableComponent::HeaderLines, TableComponent::MiddleHeaderIntersections] {
        table.set_style(line, '─');
    }
    table.set_header([
        "week",
        "first\ncontacts",
        "resolved",
        "unresolved",
        "pending",
        "FCR",
        "95 %\ninterval",
        "pending\nshare",
        "customer\nknown",
        "complaint\nrate",
        "answered\nin 120 s",
        "abandoned",
    ]);
    for week in weeks {
        let row = resolution.get(&week);
        let counted = |value: fn(&ResolutionRow) -> i64| {
            row.map_or_else(|| figures::NOTHING.to_owned(), |row| figures::count(value(row)))
        };
        let rate = match row.map(|row| (row.rate, row.nowcast)) {
            Some((None, Some(nowcast))) => format!("~{}", figures::percent(Some(nowcast))),
            Some((rate, _)) => figures::percent(rate),
            None => figures::NOTHING.to_owned(),
        };
        let cells = [
            date_of(week).to_string(),
            counted(|row| row.first),
            counted(|row| row.resolved),
            counted(|row| row.unresolved),
            counted(|row| row.pending),
            rate,
            figures::percent_range(row.and_then(|row| row.low), row.and_then(|row| row.high)),
            figures::percent(row.and_then(|row| row.pending_share)),
            figures::percent(row.and_then(|row| row.identity_coverage)),
            figures::percent(complaints.get(&week).and_then(|row| row.rate)),
            figures::percent(waiting.get(&week).and_then(|row| row.service_level_120)),
            figures::percent(waiting.get(&week).and_then(|row| row.abandonment)),
        ];
        // A terminal has no line breaks to hold back, and some show the no-break space as a mark.
        table.add_row(cells.map(|cell| cell.replace('\u{a0}', " ")));
    }
    for (position, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 1));
        if position > 0 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string()
}
