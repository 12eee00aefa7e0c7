//! SQL to tables: the queries of `queries/`, in the order of their references, on one engine.
//!
//! In: query texts, versions of tables, functions, `as_of`, the partitions that changed. Out:
//! streams of rows for each table to rebuild, and the findings of the checks. Nothing is written
//! here and no clock is read; the engine is DataFusion in this process or a Ballista cluster,
//! chosen by one constructor.

mod contract;
mod engine;
mod error;
mod partitions;
mod queries;

pub use contract::{Column, Contract, Keeping, PartitionStep, Reach};
pub use engine::{Engine, EngineOptions, Finding, Functions, Severity};
pub use error::MetricsError;
pub use partitions::{Partitions, affected, needed};
pub use queries::{Query, QuerySet};
