//! The weekly page: sections in the order in which they are read.
//!
//! In: marts and the run's context. Out: one HTML document that fetches nothing and runs no script.
//! The template escapes every text; charts arrive as [`Svg`] and stand as they are.

mod issues;
mod key_figures;
mod languages;
mod products;
mod quality;
mod resolution;
mod waiting;

pub(crate) use waiting::{days, peak};

use askama::Template;
use refrain_record::calendar::{EpochDay, epoch_day};

use crate::alerts::{self, Alerts};
use crate::charts::Svg;
use crate::headline::{Headline, headline};
use crate::marts::Facts;
use crate::{BoardError, Marts, PageContext, figures};

/// Weeks that are drawn at most.
const DRAWN_WEEKS: usize = 26;

/// What all sections share: the rows, the run, and which week is spoken of.
pub(crate) struct Edition<'a> {
    /// Rows of the marts.
    pub(crate) facts: &'a Facts,
    /// What the page says of its run.
    pub(crate) context: &'a PageContext,
    /// Day of `as_of` in the reporting zone.
    pub(crate) as_of_day: EpochDay,
    /// Weeks that are drawn, oldest first.
    pub(crate) weeks: Vec<EpochDay>,
    /// Newest week in which first-contact resolution is final.
    pub(crate) final_week: Option<EpochDay>,
    /// Issues that rise in the newest whole week.
    pub(crate) alerts: Alerts,
}

impl<'a> Edition<'a> {
    fn new(facts: &'a Facts, context: &'a PageContext) -> Result<Self, BoardError> {
        let as_of_day = epoch_day(context.as_of.to_zoned(context.reporting_zone.clone()).date());
        let all = facts.weeks();
        let weeks = all[all.len().saturating_sub(DRAWN_WEEKS)..].to_vec();
        let final_week =
            facts.resolution_weeks().iter().filter(|row| row.rate.is_some()).map(|row| row.week).max();
        let alerts = alerts::alerts(facts, |week| week.saturating_add(7) <= as_of_day)
            .map_err(|source| BoardError::Alerts { source })?;
        Ok(Self { facts, context, as_of_day, weeks, final_week, alerts })
    }

    /// Whether a week was over at `as_of`.
    pub(crate) fn is_complete(&self, week: EpochDay) -> bool {
        week.saturating_add(7) <= self.as_of_day
    }

    /// Newest week that was over at `as_of`.
    pub(crate) fn last_complete(&self) -> Option<EpochDay> {
        self.weeks.iter().copied().rfind(|week| self.is_complete(*week))
    }

    /// The week the key figures speak of: the newest final one, else the newest complete one.
    pub(crate) fn focus(&self) -> Option<EpochDay> {
        self.final_week.or_else(|| self.last_complete()).or_else(|| self.weeks.last().copied())
    }

    /// One value per drawn week.
    pub(crate) fn series(&self, value: impl Fn(EpochDay) -> Option<f64>) -> Vec<Option<f64>> {
        self.weeks.iter().map(|week| value(*week)).collect()
    }
}

/// A table that says what a chart shows.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) caption: String,
    pub(crate) head: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// A chart with its table, or the reason why there is none.
#[derive(Debug, Default)]
pub(crate) struct Chart {
    pub(crate) svg: Svg,
    pub(crate) table: Table,
}

#[derive(Template)]
#[template(path = "weekly.html")]
struct WeeklyPage {
    organisation: String,
    week: String,
    as_of: String,
    run_number: String,
    zone: String,
    headline: Headline,
    key_figures: key_figures::Section,
    resolution: resolution::Section,
    waiting: waiting::Section,
    issues: issues::Section,
    products: products::Section,
    languages: languages::Section,
    quality: quality::Section,
}

/// The weekly page of a published run.
///
/// # Shape
/// The issues that rise in the newest week that was over at the page's instant.
///
/// # Errors
/// [`BoardError::ColumnMissing`] and [`BoardError::ColumnType`] when a mart breaks its header.
pub fn weekly_alerts(marts: &Marts, context: &PageContext) -> Result<Alerts, BoardError> {
    let facts = Facts::read(marts)?;
    Ok(Edition::new(&facts, context)?.alerts)
}

/// A whole HTML document with its style sheet and charts inside. Marts that are missing or empty leave
/// a sentence in their section.
///
/// # Errors
/// [`BoardError::ColumnMissing`] and [`BoardError::ColumnType`] when a mart breaks its header.
///
/// # Determinism
/// The same marts and context give the same bytes.
pub fn weekly_page(marts: &Marts, context: &PageContext) -> Result<String, BoardError> {
    let facts = Facts::read(marts)?;
    let edition = Edition::new(&facts, context)?;
    let at = context.as_of.to_zoned(context.reporting_zone.clone());
    let clock = format!("{:02}:{:02}", at.hour(), at.minute());
    let page = WeeklyPage {
        organisation: context.organisation.clone(),
        week: edition.focus().map_or_else(|| figures::NOTHING.to_owned(), figures::long_day),
        as_of: format!(
            "{} {}, {clock}",
            weekday_short(edition.as_of_day),
            figures::long_day(edition.as_of_day)
        ),
        run_number: figures::count(context.run_number),
        zone: context.reporting_zone.iana_name().unwrap_or("fixed offset").to_owned(),
        headline: headline(&edition),
        key_figures: key_figures::section(&edition),
        resolution: resolution::section(&edition),
        waiting: waiting::section(&edition),
        issues: issues::section(&edition),
        products: products::section(&edition),
        languages: languages::section(&edition),
        quality: quality::section(&edition),
    };
    page.render().map_err(|source| BoardError::Render { page: "weekly.html", source })
}

/// The first three letters of a day's name.
pub(crate) fn weekday_short(day: EpochDay) -> &'static str {
    figures::weekday(day).get(..3).unwrap_or_default()
}
