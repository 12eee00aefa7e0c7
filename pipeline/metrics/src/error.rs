//! Why a query could not be read, planned or run.

/// Why a query could not be read, planned or run.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// The header of a query does not follow the contract's form.
    #[error("query {query} has a header without a valid {part}: {reason}")]
    BadHeader {
        /// The query.
        query: String,
        /// The part that is missing or wrong.
        part: &'static str,
        /// What is wrong.
        reason: String,
    },

    /// The text is not one SELECT statement.
    #[error("query {query} cannot be parsed")]
    BadSql {
        /// The query.
        query: String,
        /// The parser's error.
        #[source]
        source: Box<datafusion::error::DataFusionError>,
    },

    /// A query names a table that no query and no stage provides.
    #[error("query {query} reads {table}, which nothing provides")]
    UnknownTable {
        /// The query.
        query: String,
        /// The table.
        table: String,
    },

    /// A query looks to its right: a staging query reads a mart, a mart reads a mart.
    #[error("query {query} in {folder} may not read {table}: SQL looks left")]
    LooksRight {
        /// The query.
        query: String,
        /// Its folder.
        folder: String,
        /// The table it must not read.
        table: String,
    },

    /// Queries read each other in a circle.
    #[error("query {query} reads itself through others")]
    Circle {
        /// One query of the circle.
        query: String,
    },

    /// The planned columns are not those of the header.
    #[error("query {query} has column {column} as {found}, its header says {expected}")]
    ContractBroken {
        /// The query.
        query: String,
        /// The first column that differs.
        column: String,
        /// What the plan gives.
        found: String,
        /// What the header says.
        expected: String,
    },

    /// The engine refused the statement: an unknown column, a type that does not fit.
    #[error("statement cannot be planned")]
    BadStatement {
        /// The engine's error.
        #[source]
        source: Box<datafusion::error::DataFusionError>,
    },

    /// The engine failed while running a query.
    #[error("query {query} failed")]
    Failed {
        /// The query.
        query: String,
        /// The engine's error.
        #[source]
        source: Box<datafusion::error::DataFusionError>,
    },

    /// The engine could not be set up or reached.
    #[error("engine {engine} cannot be used")]
    NoEngine {
        /// `local` or the scheduler's URL.
        engine: String,
        /// The engine's error.
        #[source]
        source: Box<datafusion::error::DataFusionError>,
    },
}
