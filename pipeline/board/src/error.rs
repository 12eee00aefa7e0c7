//! Why a page could not be made.
//!
//! A mart that is missing or empty is not an error: the page says so. Only a mart that breaks its
//! own header, or a template that cannot be written, ends here.

use arrow::datatypes::DataType;

/// Why a page could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    /// A mart is there but lacks a column that its header declares.
    #[error("mart {table} has no column {column}")]
    ColumnMissing {
        /// Name of the mart.
        table: &'static str,
        /// Name of the column.
        column: &'static str,
    },

    /// A column cannot be read as the type that the mart's header declares.
    #[error("mart {table} has column {column} as {found}, expected {expected}")]
    ColumnType {
        /// Name of the mart.
        table: &'static str,
        /// Name of the column.
        column: &'static str,
        /// The type in the batch.
        found: DataType,
        /// The type of the header.
        expected: DataType,
    },

    /// The counts of the issue mart do not fit together.
    #[error("issues could not be tested for alerts")]
    Alerts {
        /// What the test said.
        #[source]
        source: refrain_alert::AlertError,
    },

    /// The page's text could not be written.
    #[error("page {page} could not be rendered")]
    Render {
        /// Name of the template.
        page: &'static str,
        /// What the template engine said.
        #[source]
        source: askama::Error,
    },
}
