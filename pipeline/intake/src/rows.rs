//! Rows under construction: one struct of Arrow builders per raw table, columns as `record` declares.
//!
//! In: rows one by one, borrowed. Out: one record batch per table. Nothing is computed here; a row
//! that lacks a required column is our mistake and shows as an error of the batch.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Float64Builder, Int32Builder, Int64Array, Int64Builder,
    RecordBatch, StringArray, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::error::ArrowError;
use refrain_record::{RejectReason, Table};

/// Which delivery the rows of a file belong to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin<'a> {
    pub(crate) source: &'a str,
    pub(crate) batch: i64,
    pub(crate) source_file: &'a str,
}

impl Origin<'_> {
    fn columns(&self, row_count: usize) -> [ArrayRef; 3] {
        [
            Arc::new(StringArray::from_iter_values(std::iter::repeat_n(self.source, row_count))),
            Arc::new(Int64Array::from_iter_values(std::iter::repeat_n(self.batch, row_count))),
            Arc::new(StringArray::from_iter_values(std::iter::repeat_n(self.source_file, row_count))),
        ]
    }
}

/// A builder that can end as the column type of the lake.
trait Column {
    fn array(&mut self) -> ArrayRef;
}

macro_rules! columns {
    ($($builder:ty),*) => {
        $(impl Column for $builder {
            fn array(&mut self) -> ArrayRef {
                Arc::new(self.finish())
            }
        })*
    };
}

columns!(BooleanBuilder, Date32Builder, Float64Builder, Int32Builder, Int64Builder, StringBuilder);

impl Column for TimestampMicrosecondBuilder {
    fn array(&mut self) -> ArrayRef {
        Arc::new(self.finish().with_timezone("UTC"))
    }
}

/// Declares the row of a raw table and the builders of its columns, in the table's order.
macro_rules! rows {
    ($rows:ident of $row:ident in $table:expr, $about:literal { $($column:ident: $builder:ty, $value:ty;)* }) => {
        #[doc = $about]
        #[derive(Debug, Clone, Copy, Default)]
        pub(crate) struct $row<'a> {
            $(pub(crate) $column: Option<$value>,)*
            /// Line or member of the source file, 1-based.
            pub(crate) position: i64,
            /// xxh3 of the source record.
            pub(crate) record_hash: i64,
            /// Keeps the lifetime of rows without text.
            pub(crate) borrowed: std::marker::PhantomData<&'a ()>,
        }

        #[doc = concat!($about, " Under construction.")]
        #[derive(Debug, Default)]
        pub(crate) struct $rows {
            $($column: $builder,)*
            position: Int64Builder,
            record_hash: Int64Builder,
            row_count: usize,
        }

        impl $rows {
            pub(crate) fn push(&mut self, row: $row<'_>) {
                $(self.$column.append_option(row.$column);)*
                self.position.append_value(row.position);
                self.record_hash.append_value(row.record_hash);
                self.row_count += 1;
            }

            pub(crate) fn len(&self) -> usize {
                self.row_count
            }

            pub(crate) fn finish(mut self, origin: Origin<'_>) -> Result<(Table, RecordBatch), ArrowError> {
                let mut columns: Vec<ArrayRef> = vec![$(self.$column.array(),)*];
                columns.extend(origin.columns(self.row_count));
                columns.push(self.position.array());
                columns.push(self.record_hash.array());
                Ok(($table, RecordBatch::try_new($table.schema(), columns)?))
            }
        }
    };
}

rows! {
    LegRows of Leg in Table::RawLeg, "What one source record says of one leg." {
        leg_date: Date32Builder, i32;
        contact_id: StringBuilder, &'a str;
        leg_id: StringBuilder, &'a str;
        updated_at: TimestampMicrosecondBuilder, i64;
        channel: StringBuilder, &'a str;
        direction: StringBuilder, &'a str;
        site: StringBuilder, &'a str;
        site_model: StringBuilder, &'a str;
        queue: StringBuilder, &'a str;
        tier: Int32Builder, i32;
        agent_key: StringBuilder, &'a str;
        customer_key: StringBuilder, &'a str;
        started_at: TimestampMicrosecondBuilder, i64;
        queued_at: TimestampMicrosecondBuilder, i64;
        answered_at: TimestampMicrosecondBuilder, i64;
        ended_at: TimestampMicrosecondBuilder, i64;
        end_date: Date32Builder, i32;
        end_week: Date32Builder, i32;
        site_hour: Int32Builder, i32;
        wait_seconds: Int64Builder, i64;
        talk_seconds: Int64Builder, i64;
        hold_seconds: Int64Builder, i64;
        wrap_up_seconds: Int64Builder, i64;
        is_open: BooleanBuilder, bool;
        is_handled: BooleanBuilder, bool;
        is_abandoned: BooleanBuilder, bool;
        is_transferred: BooleanBuilder, bool;
        disposition: StringBuilder, &'a str;
        is_marked_unresolved: BooleanBuilder, bool;
        is_survey_resolved: BooleanBuilder, bool;
        product: StringBuilder, &'a str;
        order_id: StringBuilder, &'a str;
    }
}

rows! {
    TurnRows of Turn in Table::RawTurn, "One utterance, redacted." {
        leg_date: Date32Builder, i32;
        leg_id: StringBuilder, &'a str;
        turn_id: StringBuilder, &'a str;
        turn_index: Int32Builder, i32;
        speaker: StringBuilder, &'a str;
        offset_seconds: Float64Builder, f64;
        text: StringBuilder, &'a str;
        redaction_count: Int32Builder, i32;
    }
}

rows! {
    OrderRows of Order in Table::RawOrder, "One order line." {
        order_date: Date32Builder, i32;
        order_id: StringBuilder, &'a str;
        ordered_at: TimestampMicrosecondBuilder, i64;
        order_week: Date32Builder, i32;
        customer_key: StringBuilder, &'a str;
        product: StringBuilder, &'a str;
        unit_count: Int64Builder, i64;
        country: StringBuilder, &'a str;
    }
}

rows! {
    ProductRows of Product in Table::RawProduct, "One product." {
        product: StringBuilder, &'a str;
        product_family: StringBuilder, &'a str;
    }
}

rows! {
    GivenLabelRows of GivenLabel in Table::RawGivenLabel, "Labels that a person gave to a contact." {
        contact_id: StringBuilder, &'a str;
        language: StringBuilder, &'a str;
        issue_id: StringBuilder, &'a str;
        is_complaint: BooleanBuilder, bool;
    }
}

/// A record that was not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reject {
    /// Line or member of the source file, 1-based.
    pub(crate) position: i64,
    /// Why.
    pub(crate) reason: RejectReason,
    /// Which field, in the words of the table, when one field is to blame.
    pub(crate) field: Option<&'static str>,
}

/// The batch of table `reject`.
pub(crate) fn reject_batch(
    rejects: &[Reject],
    origin: Origin<'_>,
) -> Result<(Table, RecordBatch), ArrowError> {
    let [source, batch, source_file] = origin.columns(rejects.len());
    let columns: Vec<ArrayRef> = vec![
        source,
        batch,
        source_file,
        Arc::new(Int64Array::from_iter_values(rejects.iter().map(|reject| reject.position))),
        Arc::new(StringArray::from_iter_values(rejects.iter().map(|reject| reject.reason.as_str()))),
        Arc::new(StringArray::from_iter(rejects.iter().map(|reject| reject.field))),
    ];
    Ok((Table::Reject, RecordBatch::try_new(Table::Reject.schema(), columns)?))
}
