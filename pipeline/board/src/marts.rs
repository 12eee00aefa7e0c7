//! Typed rows out of the marts.
//!
//! In: record batches by mart name, columns as the query headers declare them. Out: plain rows. A
//! mart that is missing or empty gives no rows and is remembered by name; a mart that breaks its
//! header is an error. Rows without a week are left out: no page could place them.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type};
use refrain_record::calendar::EpochDay;

use crate::BoardError;

/// The marts of one published run.
///
/// # Shape
/// One batch per mart under the mart's name; the order of rows does not matter.
#[derive(Debug, Clone, Default)]
pub struct Marts {
    /// All rows of each mart, in one batch.
    pub tables: BTreeMap<String, RecordBatch>,
}

/// A week of first-contact resolution, cut by one dimension.
#[derive(Debug, Clone, Default)]
pub(crate) struct ResolutionRow {
    pub(crate) week: EpochDay,
    pub(crate) dimension: String,
    pub(crate) member: String,
    pub(crate) handled: i64,
    pub(crate) first: i64,
    pub(crate) resolved: i64,
    pub(crate) unresolved: i64,
    pub(crate) pending: i64,
    pub(crate) rate: Option<f64>,
    pub(crate) low: Option<f64>,
    pub(crate) high: Option<f64>,
    pub(crate) any_rate: Option<f64>,
    pub(crate) nowcast: Option<f64>,
    pub(crate) pending_share: Option<f64>,
    pub(crate) identity_coverage: Option<f64>,
    pub(crate) issue_coverage: Option<f64>,
    pub(crate) definition_id: String,
}

/// A week of complaints, cut by one dimension.
#[derive(Debug, Clone, Default)]
pub(crate) struct ComplaintRow {
    pub(crate) week: EpochDay,
    pub(crate) dimension: String,
    pub(crate) member: String,
    pub(crate) labelled: i64,
    pub(crate) complaints: i64,
    pub(crate) rate: Option<f64>,
    pub(crate) low: Option<f64>,
    pub(crate) high: Option<f64>,
}

/// A week of waiting, cut by one dimension.
#[derive(Debug, Clone, Default)]
pub(crate) struct WaitingRow {
    pub(crate) week: EpochDay,
    pub(crate) dimension: String,
    pub(crate) service_level_120: Option<f64>,
    pub(crate) abandonment: Option<f64>,
    pub(crate) redial: Option<f64>,
}

/// A week of handling, cut by one dimension.
#[derive(Debug, Clone, Default)]
pub(crate) struct HandlingRow {
    pub(crate) week: EpochDay,
    pub(crate) dimension: String,
    pub(crate) handled: i64,
    pub(crate) average_handle_seconds: Option<f64>,
}

/// A day of waiting at one site.
#[derive(Debug, Clone, Default)]
pub(crate) struct DayRow {
    pub(crate) date: EpochDay,
    pub(crate) offered: i64,
    pub(crate) abandoned: i64,
    pub(crate) answered_in_120: i64,
}

/// A week of one issue at one site, on one product, in one language.
#[derive(Debug, Clone, Default)]
pub(crate) struct IssueRow {
    pub(crate) week: EpochDay,
    pub(crate) site: String,
    pub(crate) product: String,
    pub(crate) language: String,
    pub(crate) issue_id: String,
    pub(crate) issue_name: String,
    pub(crate) contacts: i64,
    pub(crate) complaints: i64,
}

/// A week of contacts about a product against the units sold.
#[derive(Debug, Clone, Default)]
pub(crate) struct UnitRow {
    pub(crate) week: EpochDay,
    pub(crate) product: String,
    pub(crate) issue_id: String,
    pub(crate) issue_name: String,
    pub(crate) contacts: i64,
    pub(crate) units: Option<i64>,
    pub(crate) rate: Option<f64>,
}

/// All rows a page needs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    pub(crate) resolution: Vec<ResolutionRow>,
    pub(crate) complaints: Vec<ComplaintRow>,
    pub(crate) waiting: Vec<WaitingRow>,
    pub(crate) handling: Vec<HandlingRow>,
    pub(crate) days: Vec<DayRow>,
    pub(crate) issues: Vec<IssueRow>,
    pub(crate) units: Vec<UnitRow>,
    /// Marts that are not there at all.
    pub(crate) missing: Vec<&'static str>,
    /// Marts without a row.
    pub(crate) empty: Vec<&'static str>,
}

impl Facts {
    /// Reads every mart the board knows.
    ///
    /// # Errors
    /// [`BoardError::ColumnMissing`] and [`BoardError::ColumnType`] when a mart breaks its header.
    pub(crate) fn read(marts: &Marts) -> Result<Self, BoardError> {
        let mut facts = Self::default();
        if let Some(table) = facts.open(marts, "first_contact_resolution_weekly") {
            facts.resolution = resolution(&table)?;
        }
        if let Some(table) = facts.open(marts, "complaint_rate_weekly") {
            facts.complaints = complaints(&table)?;
        }
        if let Some(table) = facts.open(marts, "waiting_weekly") {
            facts.waiting = waiting(&table)?;
        }
        if let Some(table) = facts.open(marts, "handling_weekly") {
            facts.handling = handling(&table)?;
        }
        if let Some(table) = facts.open(marts, "waiting_daily") {
            facts.days = days(&table)?;
        }
        if let Some(table) = facts.open(marts, "issue_volume_weekly") {
            facts.issues = issues(&table)?;
        }
        if let Some(table) = facts.open(marts, "contacts_per_thousand_units_weekly") {
            facts.units = units(&table)?;
        }
        Ok(facts)
    }

    fn open<'a>(&mut self, marts: &'a Marts, name: &'static str) -> Option<Source<'a>> {
        match marts.tables.get(name) {
            None => {
                self.missing.push(name);
                None
            }
            Some(batch) if batch.num_rows() == 0 => {
                self.empty.push(name);
                None
            }
            Some(batch) => Some(Source { name, batch }),
        }
    }

    /// Why a section that needs this mart has nothing to show.
    pub(crate) fn absence(&self, name: &str) -> String {
        if self.missing.contains(&name) {
            format!("Nothing to show: the table {name} was not published with this run.")
        } else {
            format!("Nothing to show: the table {name} has no rows for this page.")
        }
    }

    /// Uncut weeks of first-contact resolution, oldest first.
    pub(crate) fn resolution_weeks(&self) -> Vec<&ResolutionRow> {
        let mut rows: Vec<_> = self.resolution.iter().filter(|row| row.dimension == "all").collect();
        rows.sort_by_key(|row| row.week);
        rows
    }

    /// Every week that any weekly mart knows of, oldest first.
    pub(crate) fn weeks(&self) -> Vec<EpochDay> {
        let mut weeks = BTreeSet::new();
        weeks.extend(self.resolution.iter().map(|row| row.week));
        weeks.extend(self.complaints.iter().map(|row| row.week));
        weeks.extend(self.waiting.iter().map(|row| row.week));
        weeks.extend(self.handling.iter().map(|row| row.week));
        weeks.extend(self.issues.iter().map(|row| row.week));
        weeks.into_iter().collect()
    }

    /// Members of a dimension, in the order of their names.
    pub(crate) fn members(&self, dimension: &str) -> Vec<String> {
        let mut members = BTreeSet::new();
        members
            .extend(self.resolution.iter().filter(|row| row.dimension == dimension).map(|row| &row.member));
        members
            .extend(self.complaints.iter().filter(|row| row.dimension == dimension).map(|row| &row.member));
        members.into_iter().cloned().collect()
    }
}

/// A sum that stops at the largest number instead of wrapping.
pub(crate) fn sum(values: impl Iterator<Item = i64>) -> i64 {
    values.fold(0, i64::saturating_add)
}

struct Source<'a> {
    name: &'static str,
    batch: &'a RecordBatch,
}

impl Source<'_> {
    fn column(&self, column: &'static str, expected: DataType) -> Result<ArrayRef, BoardError> {
        let table = self.name;
        let Some(array) = self.batch.column_by_name(column) else {
            return Err(BoardError::ColumnMissing { table, column });
        };
        let found = array.data_type();
        let fits = match expected {
            DataType::Utf8 => match found {
                DataType::Dictionary(_, value) => value.is_string(),
                other => other.is_string() || other.is_null(),
            },
            DataType::Date32 => found.is_temporal() || found.is_null(),
            _ => found.is_numeric() || found.is_null(),
        };
        if fits && let Ok(read) = cast(array, &expected) {
            return Ok(read);
        }
        Err(BoardError::ColumnType { table, column, found: found.clone(), expected })
    }

    fn text(&self, column: &'static str) -> Result<Vec<String>, BoardError> {
        let array = self.column(column, DataType::Utf8)?;
        Ok(array.as_string::<i32>().iter().map(|value| value.unwrap_or_default().to_owned()).collect())
    }

    fn date(&self, column: &'static str) -> Result<Vec<Option<EpochDay>>, BoardError> {
        let array = self.column(column, DataType::Date32)?;
        Ok(array.as_primitive::<Date32Type>().iter().collect())
    }

    fn count(&self, column: &'static str) -> Result<Vec<i64>, BoardError> {
        Ok(self.known_count(column)?.into_iter().map(Option::unwrap_or_default).collect())
    }

    fn known_count(&self, column: &'static str) -> Result<Vec<Option<i64>>, BoardError> {
        let array = self.column(column, DataType::Int64)?;
        Ok(array.as_primitive::<Int64Type>().iter().collect())
    }

    fn number(&self, column: &'static str) -> Result<Vec<Option<f64>>, BoardError> {
        let array = self.column(column, DataType::Float64)?;
        let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
        Ok(array.as_primitive::<Float64Type>().iter().map(finite).collect())
    }
}

/// Columns become rows: `rows!(source, Row, day "column", field kind "column", …)`; a row without a day is left out.
macro_rules! rows {
    ($source:expr, $row:ident, $day:ident $key:literal, $($field:ident $kind:ident $column:literal),+ $(,)?) => {{
        let days = $source.date($key)?;
        $(let mut $field = $source.$kind($column)?.into_iter();)+
        let mut rows = Vec::with_capacity(days.len());
        for day in days {
            $(let $field = $field.next().unwrap_or_default();)+
            if let Some($day) = day {
                rows.push($row { $day, $($field),+ });
            }
        }
        Ok(rows)
    }};
}

fn resolution(source: &Source<'_>) -> Result<Vec<ResolutionRow>, BoardError> {
    rows!(source, ResolutionRow, week "reporting_week",
        dimension text "dimension",
        member text "member",
        handled count "handled_contact_count",
        first count "first_contact_count",
        resolved count "resolved_contact_count",
        unresolved count "unresolved_contact_count",
        pending count "pending_contact_count",
        rate number "fcr_rate",
        low number "fcr_rate_low",
        high number "fcr_rate_high",
        any_rate number "fcr_any_rate",
        nowcast number "fcr_nowcast",
        pending_share number "pending_share",
        identity_coverage number "identity_coverage",
        issue_coverage number "issue_coverage",
        definition_id text "definition_id",
    )
}

fn complaints(source: &Source<'_>) -> Result<Vec<ComplaintRow>, BoardError> {
    rows!(source, ComplaintRow, week "reporting_week",
        dimension text "dimension",
        member text "member",
        labelled count "labelled_contact_count",
        complaints count "complaint_contact_count",
        rate number "complaint_rate",
        low number "complaint_rate_low",
        high number "complaint_rate_high",
    )
}

fn waiting(source: &Source<'_>) -> Result<Vec<WaitingRow>, BoardError> {
    rows!(source, WaitingRow, week "reporting_week",
        dimension text "dimension",
        service_level_120 number "service_level_120",
        abandonment number "abandonment_rate",
        redial number "redial_rate",
    )
}

fn handling(source: &Source<'_>) -> Result<Vec<HandlingRow>, BoardError> {
    rows!(source, HandlingRow, week "reporting_week",
        dimension text "dimension",
        handled count "handled_contact_count",
        average_handle_seconds number "average_handle_seconds",
    )
}

fn days(source: &Source<'_>) -> Result<Vec<DayRow>, BoardError> {
    rows!(source, DayRow, date "reporting_date",
        offered count "offered_contact_count",
        abandoned count "abandoned_contact_count",
        answered_in_120 count "answered_in_120_count",
    )
}

fn issues(source: &Source<'_>) -> Result<Vec<IssueRow>, BoardError> {
    rows!(source, IssueRow, week "reporting_week",
        site text "site",
        product text "product",
        language text "language",
        issue_id text "issue_id",
        issue_name text "issue_name",
        contacts count "contact_count",
        complaints count "complaint_contact_count",
    )
}

fn units(source: &Source<'_>) -> Result<Vec<UnitRow>, BoardError> {
    rows!(source, UnitRow, week "reporting_week",
        product text "product",
        issue_id text "issue_id",
        issue_name text "issue_name",
        contacts count "contact_count",
        units known_count "unit_count",
        rate number "contact_rate_1000",
    )
}
