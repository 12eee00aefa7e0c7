//! How to read the page, how complete the data is, and what became of every record read.

use super::{Edition, Table};
use crate::figures;
use crate::marts::ResolutionRow;

/// Weeks in the table of coverage.
const SHOWN_WEEKS: usize = 6;

pub(super) struct Section {
    pub(super) solved: String,
    pub(super) coverage: Table,
    pub(super) coverage_text: String,
    pub(super) ledger: Table,
    pub(super) ledger_text: String,
    pub(super) ledger_is_broken: bool,
    pub(super) warnings: Vec<String>,
    pub(super) absent: Vec<String>,
    pub(super) glossary: Vec<(String, String)>,
    pub(super) definition_id: String,
}

pub(super) fn section(edition: &Edition<'_>) -> Section {
    let rows = edition.facts.resolution_weeks();
    let definition_id = rows.last().map_or_else(String::new, |row| row.definition_id.clone());
    let broken: Vec<String> = edition
        .context
        .source_ledger
        .iter()
        .filter(|line| line.difference() != 0)
        .map(|line| line.source.clone())
        .collect();
    let absent = [(&edition.facts.missing, "was not published"), (&edition.facts.empty, "has no rows")];
    Section {
        solved: solved(&definition_id),
        coverage: coverage(&rows),
        coverage_text: coverage_text(edition),
        ledger: ledger(edition),
        ledger_text: ledger_text(edition, &broken),
        ledger_is_broken: !broken.is_empty(),
        warnings: edition.context.warnings.clone(),
        absent: absent
            .into_iter()
            .flat_map(|(names, what)| names.iter().map(move |name| format!("The table {name} {what}.")))
            .collect(),
        glossary: edition.context.glossary.clone(),
        definition_id,
    }
}

/// What "solved" means, with the window and the lag that the definition names ("episode/7d+2d/…").
fn solved(definition_id: &str) -> String {
    let days = |text: &str| text.strip_suffix('d').and_then(|days| days.parse::<u32>().ok());
    let knobs = definition_id.split('/').nth(1).and_then(|knobs| knobs.split_once('+'));
    let window = knobs.and_then(|(window, lag)| Some((days(window)?, days(lag)?)));
    let (within, lag) = match window {
        Some((window, lag)) => {
            (format!("within {window} days"), format!(" and {lag} more days for late records"))
        }
        None => ("within the window of the definition".to_owned(), String::new()),
    };
    format!(
        "A first contact is solved when the customer does not come back about the same thing {within}, was not passed to a higher tier, and nothing recorded says otherwise (a promised call-back, a survey answer). It can be called solved only once that time{lag} is over; until then it is undecided, and never counted as solved. Contacts of unknown customers cannot be followed and are left out."
    )
}

fn coverage(rows: &[&ResolutionRow]) -> Table {
    let head = ["Week of", "Customer known", "Issue known", "Undecided", "Handled contacts"];
    let last = &rows[rows.len().saturating_sub(SHOWN_WEEKS)..];
    let rows = last.iter().rev().map(|row| {
        vec![
            figures::long_day(row.week),
            figures::percent(row.identity_coverage),
            figures::percent(row.issue_coverage),
            figures::percent(row.pending_share),
            figures::count(row.handled),
        ]
    });
    Table {
        caption: "Coverage by week".to_owned(),
        head: head.map(str::to_owned).to_vec(),
        rows: rows.collect(),
    }
}

fn coverage_text(edition: &Edition<'_>) -> String {
    let rows = edition.facts.resolution_weeks();
    let focus = edition.focus();
    let Some(row) = rows.iter().find(|row| Some(row.week) == focus) else {
        return edition.facts.absence("first_contact_resolution_weekly");
    };
    format!(
        "In the week of {}, the customer was known for {} of handled contacts, and {} of first contacts had an issue.",
        figures::day(row.week),
        figures::percent(row.identity_coverage),
        figures::percent(row.issue_coverage)
    )
}

fn ledger(edition: &Edition<'_>) -> Table {
    let head = ["Source", "Read", "Kept", "Merged", "Duplicate", "Rejected", "Rejected share"];
    let rows = edition.context.source_ledger.iter().map(|line| {
        let share = (line.read > 0).then(|| line.rejected as f64 / line.read as f64);
        let mut cells = vec![line.source.clone()];
        cells.extend([line.read, line.kept, line.merged, line.duplicate, line.rejected].map(figures::count));
        cells.push(figures::percent(share));
        cells
    });
    Table {
        caption: "What became of every record read".to_owned(),
        head: head.map(str::to_owned).to_vec(),
        rows: rows.collect(),
    }
}

fn ledger_text(edition: &Edition<'_>, broken: &[String]) -> String {
    match (edition.context.source_ledger.is_empty(), broken) {
        (true, _) => "This run gave no ledger of its sources.".to_owned(),
        (false, []) => {
            "Every record read is kept, merged into another, a duplicate, or rejected; the sums agree."
                .to_owned()
        }
        (false, broken) => {
            format!("The sums do not agree for {}: records were lost or doubled.", figures::list(broken))
        }
    }
}
