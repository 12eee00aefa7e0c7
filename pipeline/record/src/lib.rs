//! The vocabulary of Refrain: tables, reporting calendar, reject reasons.
//!
//! Every stage speaks through these names and no stage knows another. Nothing here reads a file,
//! a clock or a network, and no query engine is linked.

pub mod calendar;
pub mod reject;
pub mod table;

pub use calendar::Calendar;
pub use reject::RejectReason;
pub use table::{Table, TableSpec, TableVersion};
