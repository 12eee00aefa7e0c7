//! Tables on an object store: Delta tables, written by one protocol, read by version.
//!
//! In: Arrow batches and the transaction they belong to. Out: committed table versions.
//! This is the only stage that writes. It promises:
//!
//! - **Data first, pointer last.** Parquet files are complete before the commit that names them.
//! - **Once.** A commit carries (application, number); a number that the table has seen is done.
//! - **Readers see one run.** The `run` table's last row pins a version of every table.
//!
//! It runs no SQL and never decides what to write.

mod commit;
mod dedupe;
mod error;
mod location;
mod plan;
mod read;
mod run_row;
mod write;

pub use commit::{Change, Lake, Transaction};
pub use dedupe::Deliveries;
pub use error::LakeError;
pub use location::Location;
pub use plan::{BatchPlan, PlannedFile};
pub use run_row::RunRow;
pub use write::TableWriter;
