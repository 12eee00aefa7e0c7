//! The tables that stages write before any SQL runs: name, key, partition, Arrow schema.
//!
//! Label, intermediate and mart tables are declared by their queries; a reader finds those in
//! `queries/`. Times are UTC microseconds. `leg_date` and `order_date` are the UTC day on which
//! the leg or order began: the one date that no later version of a record changes.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

use crate::calendar::EpochDay;

/// A table of the lake that a stage other than the queries writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    /// What one source record says of one leg; several may speak of the same leg.
    RawLeg,
    /// One utterance of a transcript, ticket comment or note, redacted.
    RawTurn,
    /// One order line.
    RawOrder,
    /// One product.
    RawProduct,
    /// Labels that people gave: they win over detected ones.
    RawGivenLabel,
    /// Source records that were not kept, and why.
    Reject,
    /// Per source file: how many records were read, kept, merged, duplicate, rejected.
    Ledger,
    /// One row per published run: the table versions a reader sees together.
    Run,
}

impl Table {
    /// All tables that intake fills, in the order in which a batch commits them.
    pub const INTAKE: [Self; 7] = [
        Self::RawLeg,
        Self::RawTurn,
        Self::RawOrder,
        Self::RawProduct,
        Self::RawGivenLabel,
        Self::Reject,
        Self::Ledger,
    ];

    /// The table's name in the lake and in SQL.
    pub fn name(self) -> &'static str {
        match self {
            Self::RawLeg => "raw_leg",
            Self::RawTurn => "raw_turn",
            Self::RawOrder => "raw_order",
            Self::RawProduct => "raw_product",
            Self::RawGivenLabel => "raw_given_label",
            Self::Reject => "reject",
            Self::Ledger => "ledger",
            Self::Run => "run",
        }
    }

    /// The date column that partitions the table, if any.
    pub fn partition(self) -> Option<&'static str> {
        match self {
            Self::RawLeg | Self::RawTurn => Some("leg_date"),
            Self::RawOrder => Some("order_date"),
            Self::RawProduct | Self::RawGivenLabel | Self::Reject | Self::Ledger | Self::Run => None,
        }
    }

    /// The columns that make two records the same delivery: a second one is a duplicate.
    pub fn delivery_key(self) -> &'static [&'static str] {
        match self {
            Self::RawLeg => &["leg_id", "record_hash"],
            Self::RawTurn => &["leg_id", "turn_id", "record_hash"],
            Self::RawOrder => &["order_id", "record_hash"],
            Self::RawProduct => &["product", "record_hash"],
            Self::RawGivenLabel => &["contact_id", "record_hash"],
            Self::Reject | Self::Ledger | Self::Run => &[],
        }
    }

    /// The table's Arrow schema.
    pub fn schema(self) -> SchemaRef {
        let columns = match self {
            Self::RawLeg => with_origin(vec![
                required("leg_date", DataType::Date32),
                required("contact_id", DataType::Utf8),
                required("leg_id", DataType::Utf8),
                required("updated_at", timestamp()),
                optional("channel", DataType::Utf8),
                optional("direction", DataType::Utf8),
                optional("site", DataType::Utf8),
                optional("site_model", DataType::Utf8),
                optional("queue", DataType::Utf8),
                optional("tier", DataType::Int32),
                optional("agent_key", DataType::Utf8),
                optional("customer_key", DataType::Utf8),
                optional("started_at", timestamp()),
                optional("queued_at", timestamp()),
                optional("answered_at", timestamp()),
                optional("ended_at", timestamp()),
                optional("end_date", DataType::Date32),
                optional("end_week", DataType::Date32),
                optional("site_hour", DataType::Int32),
                optional("wait_seconds", DataType::Int64),
                optional("talk_seconds", DataType::Int64),
                optional("hold_seconds", DataType::Int64),
                optional("wrap_up_seconds", DataType::Int64),
                optional("is_open", DataType::Boolean),
                optional("is_handled", DataType::Boolean),
                optional("is_abandoned", DataType::Boolean),
                optional("is_transferred", DataType::Boolean),
                optional("disposition", DataType::Utf8),
                optional("is_marked_unresolved", DataType::Boolean),
                optional("is_survey_resolved", DataType::Boolean),
                optional("product", DataType::Utf8),
                optional("order_id", DataType::Utf8),
            ]),
            Self::RawTurn => with_origin(vec![
                required("leg_date", DataType::Date32),
                required("leg_id", DataType::Utf8),
                required("turn_id", DataType::Utf8),
                required("turn_index", DataType::Int32),
                required("speaker", DataType::Utf8),
                optional("offset_seconds", DataType::Float64),
                required("text", DataType::Utf8),
                required("redaction_count", DataType::Int32),
            ]),
            Self::RawOrder => with_origin(vec![
                required("order_date", DataType::Date32),
                required("order_id", DataType::Utf8),
                required("ordered_at", timestamp()),
                required("order_week", DataType::Date32),
                optional("customer_key", DataType::Utf8),
                required("product", DataType::Utf8),
                required("unit_count", DataType::Int64),
                optional("country", DataType::Utf8),
            ]),
            Self::RawProduct => with_origin(vec![
                required("product", DataType::Utf8),
                optional("product_family", DataType::Utf8),
            ]),
            Self::RawGivenLabel => with_origin(vec![
                required("contact_id", DataType::Utf8),
                optional("language", DataType::Utf8),
                optional("issue_id", DataType::Utf8),
                optional("is_complaint", DataType::Boolean),
            ]),
            Self::Reject => vec![
                required("source", DataType::Utf8),
                required("batch", DataType::Int64),
                required("source_file", DataType::Utf8),
                required("position", DataType::Int64),
                required("reason", DataType::Utf8),
                optional("field", DataType::Utf8),
            ],
            Self::Ledger => vec![
                required("source", DataType::Utf8),
                required("batch", DataType::Int64),
                required("source_file", DataType::Utf8),
                optional("duplicate_of", DataType::Utf8),
                required("read_count", DataType::Int64),
                required("kept_count", DataType::Int64),
                required("merged_count", DataType::Int64),
                required("duplicate_count", DataType::Int64),
                required("rejected_count", DataType::Int64),
            ],
            Self::Run => vec![
                required("run_id", DataType::Utf8),
                required("run_number", DataType::Int64),
                required("as_of", timestamp()),
                required("published_at", timestamp()),
                required("fingerprint", DataType::Utf8),
                required("encoder_sha256", DataType::Utf8),
                required("tables", DataType::Utf8),
            ],
        };
        Arc::new(Schema::new(columns))
    }
}

/// UTC microseconds.
pub fn timestamp() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// Where a raw row came from: enough to find the record again, nothing of its content.
fn with_origin(mut columns: Vec<Field>) -> Vec<Field> {
    columns.extend([
        required("source", DataType::Utf8),
        required("batch", DataType::Int64),
        required("source_file", DataType::Utf8),
        required("position", DataType::Int64),
        required("record_hash", DataType::Int64),
    ]);
    columns
}

fn required(name: &str, data_type: DataType) -> Field {
    Field::new(name, data_type, false)
}

fn optional(name: &str, data_type: DataType) -> Field {
    Field::new(name, data_type, true)
}

/// A table as the lake and the engine need to know it: name, columns, partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSpec {
    /// Name in the lake and in SQL.
    pub name: String,
    /// Columns, the partition column among them.
    pub schema: SchemaRef,
    /// The date column that partitions the table, if any.
    pub partition: Option<String>,
}

impl From<Table> for TableSpec {
    fn from(table: Table) -> Self {
        Self {
            name: table.name().to_owned(),
            schema: table.schema(),
            partition: table.partition().map(str::to_owned),
        }
    }
}

/// One Parquet file of a table.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DataFile {
    /// Path relative to the table's folder.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Rows.
    pub row_count: u64,
    /// The partition the file belongs to; `None` in tables without partitions.
    pub day: Option<EpochDay>,
}

/// One version of a table: the files that make it up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableVersion {
    /// The table.
    pub table: TableSpec,
    /// Version in the table's log.
    pub version: u64,
    /// URL of the table's folder, ending in a slash.
    pub url: String,
    /// The version's files, sorted by path.
    pub files: Vec<DataFile>,
}
