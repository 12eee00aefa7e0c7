//! Why a table could not be read or written.

/// Why a table could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// The text is not a path or URL that a store can be opened for.
    #[error("location {location} cannot be opened: {reason}")]
    BadLocation {
        /// The location as given.
        location: String,
        /// What is wrong with it.
        reason: String,
    },

    /// The object store refused or failed.
    #[error("object store failed to {action} {path}")]
    Store {
        /// What was attempted.
        action: &'static str,
        /// The object.
        path: String,
        /// The store's own error.
        #[source]
        source: object_store::Error,
    },

    /// The table's log could not be read or written.
    #[error("table {table} failed to {action}")]
    Log {
        /// The table.
        table: String,
        /// What was attempted.
        action: &'static str,
        /// The log's own error.
        #[source]
        source: Box<deltalake_core::DeltaTableError>,
    },

    /// A Parquet file could not be encoded or decoded.
    #[error("table {table} has a file that cannot be {action}")]
    Parquet {
        /// The table.
        table: String,
        /// `read` or `written`.
        action: &'static str,
        /// The codec's own error.
        #[source]
        source: parquet::errors::ParquetError,
    },

    /// A file that the log names is not there.
    #[error("table {table} lacks file {path}, which its log names")]
    Missing {
        /// The table.
        table: String,
        /// The file.
        path: String,
    },

    /// A batch does not have the columns of its table.
    #[error("table {table} has column {column} as {found}, expected {expected}")]
    SchemaMismatch {
        /// The table.
        table: String,
        /// The first column that differs.
        column: String,
        /// The type found, or `nothing`.
        found: String,
        /// The type declared.
        expected: String,
    },

    /// Columns could not be combined in memory.
    #[error("columns of table {table} could not be combined")]
    Arrow {
        /// The table.
        table: String,
        /// Arrow's own error.
        #[source]
        source: arrow::error::ArrowError,
    },

    /// A file that this project wrote does not parse: the lake was edited by hand or damaged.
    #[error("file {path} is not a {kind}")]
    Damaged {
        /// The file.
        path: String,
        /// What it should be.
        kind: &'static str,
        /// Why it does not parse.
        #[source]
        source: serde_json::Error,
    },

    /// Another process took the batch number between planning and writing.
    #[error("batch {number} of source {source_name} was planned by another run")]
    PlanRace {
        /// The source.
        source_name: String,
        /// The batch number.
        number: i64,
    },
}

impl LakeError {
    pub(crate) fn store(action: &'static str, path: impl ToString, source: object_store::Error) -> Self {
        Self::Store { action, path: path.to_string(), source }
    }

    pub(crate) fn log(
        table: &str,
        action: &'static str,
        source: impl Into<deltalake_core::DeltaTableError>,
    ) -> Self {
        Self::Log { table: table.to_owned(), action, source: Box::new(source.into()) }
    }
}
