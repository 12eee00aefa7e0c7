//! Pages: published marts become one weekly HTML page and one terminal table.
//!
//! In: the marts as record batches, and what the run knows of itself. Out: text. No file is read
//! or written here, no clock is asked and nothing is fetched; charts are SVG drawn in Rust, so that
//! the page works without scripts, in a mail and on paper.

mod alerts;
mod charts;
mod context;
mod error;
mod figures;
mod headline;
mod interval;
mod judgement;
mod marts;
mod members;
mod page;
mod terminal;

pub use alerts::{Alerts, IssueAlert, Place, Window};
pub use context::{PageContext, SourceLine};
pub use error::BoardError;
pub use marts::Marts;
pub use page::{weekly_alerts, weekly_page};
pub use terminal::fcr_table;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
