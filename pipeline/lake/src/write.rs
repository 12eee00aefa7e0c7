//! Arrow batches into Parquet files, one open file per partition, bounded in memory.
//!
//! Files are named by their content, so a repeated attempt writes the same names and never
//! overwrites different bytes. Nothing is visible until a commit names the files.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, Date32Array, RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::datatypes::{DataType, SchemaRef};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use refrain_record::TableSpec;
use refrain_record::calendar::{EpochDay, date_of};
use refrain_record::table::DataFile;

use crate::{LakeError, Location};

/// A file is closed when it holds about this many encoded bytes.
const FILE_BYTES: usize = 64 << 20;

/// All open files together hold at most about this many bytes before the largest is closed.
const OPEN_BYTES: usize = 192 << 20;

/// A file that still takes rows.
struct OpenFile {
    writer: ArrowWriter<Vec<u8>>,
    row_count: u64,
}

impl OpenFile {
    fn bytes(&self) -> usize {
        self.writer.memory_size() + self.writer.bytes_written()
    }
}

/// Writes one table's new data files.
///
/// # Determinism
/// The same batches in the same order give the same files with the same names.
pub struct TableWriter {
    folder: Location,
    table: TableSpec,
    open: BTreeMap<Option<EpochDay>, OpenFile>,
    finished: Vec<DataFile>,
}

impl TableWriter {
    pub(crate) fn new(folder: Location, table: TableSpec) -> Self {
        Self { folder, table, open: BTreeMap::new(), finished: Vec::new() }
    }

    /// Adds rows.
    ///
    /// # Shape
    /// `batch` has the table's columns by name and type; a partition column is a `Date32`.
    ///
    /// # Errors
    /// [`LakeError::SchemaMismatch`] when it has not; [`LakeError::Store`] when a full file
    /// cannot be stored.
    pub async fn write(&mut self, batch: &RecordBatch) -> Result<(), LakeError> {
        let batch = conform(&self.table, batch)?;
        if batch.num_rows() == 0 {
            return Ok(());
        }
        for (day, part) in self.split(batch)? {
            let file = match self.open.entry(day) {
                std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
                std::collections::btree_map::Entry::Vacant(entry) => {
                    let schema = Arc::clone(&self.table.schema);
                    let writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties()))
                        .map_err(|source| unwritten(&self.table, source))?;
                    entry.insert(OpenFile { writer, row_count: 0 })
                }
            };
            file.writer.write(&part).map_err(|source| unwritten(&self.table, source))?;
            file.row_count += part.num_rows() as u64;
            if file.writer.bytes_written() + file.writer.in_progress_size() > FILE_BYTES {
                self.close(day).await?;
            }
        }
        while self.open.values().map(OpenFile::bytes).sum::<usize>() > OPEN_BYTES {
            let largest = self.open.iter().max_by_key(|(_, file)| file.bytes());
            let Some(day) = largest.map(|(day, _)| *day) else { break };
            self.close(day).await?;
        }
        Ok(())
    }

    /// Stores what is still open and returns all new files.
    ///
    /// # Errors
    /// [`LakeError::Store`] when a file cannot be stored.
    pub async fn finish(mut self) -> Result<Vec<DataFile>, LakeError> {
        while let Some(day) = self.open.keys().next().copied() {
            self.close(day).await?;
        }
        Ok(self.finished)
    }

    async fn close(&mut self, day: Option<EpochDay>) -> Result<(), LakeError> {
        let Some(file) = self.open.remove(&day) else { return Ok(()) };
        let bytes = file.writer.into_inner().map_err(|source| unwritten(&self.table, source))?;
        let hash = xxhash_rust::xxh3::xxh3_128(&bytes);
        let name = match (&self.table.partition, day) {
            (Some(column), Some(day)) => format!("{column}={}/{hash:032x}.parquet", date_of(day)),
            _ => format!("{hash:032x}.parquet"),
        };
        let size = bytes.len() as u64;
        self.folder.put(&name, Bytes::from(bytes)).await?;
        self.finished.push(DataFile { path: name, size, row_count: file.row_count, day });
        Ok(())
    }

    fn split(&self, batch: RecordBatch) -> Result<Vec<(Option<EpochDay>, RecordBatch)>, LakeError> {
        let Some(column) = &self.table.partition else { return Ok(vec![(None, batch)]) };
        let days =
            batch.column_by_name(column).and_then(|array| array.as_any().downcast_ref::<Date32Array>());
        let Some(days) = days else {
            return Err(LakeError::SchemaMismatch {
                table: self.table.name.clone(),
                column: column.clone(),
                found: "no date".to_owned(),
                expected: DataType::Date32.to_string(),
            });
        };
        let mut rows: BTreeMap<Option<EpochDay>, Vec<u32>> = BTreeMap::new();
        for (row, day) in days.iter().enumerate() {
            rows.entry(day).or_default().push(row as u32);
        }
        if rows.len() == 1 {
            return Ok(rows.into_keys().map(|day| (day, batch.clone())).collect());
        }
        rows.into_iter()
            .map(|(day, rows)| {
                take_record_batch(&batch, &UInt32Array::from(rows))
                    .map(|part| (day, part))
                    .map_err(|source| LakeError::Arrow { table: self.table.name.clone(), source })
            })
            .collect()
    }
}

fn unwritten(table: &TableSpec, source: parquet::errors::ParquetError) -> LakeError {
    LakeError::Parquet { table: table.name.clone(), action: "written", source }
}

/// The batch with its columns in the table's order and types; views and large strings become plain ones.
fn conform(table: &TableSpec, batch: &RecordBatch) -> Result<RecordBatch, LakeError> {
    let arrow_error = |source| LakeError::Arrow { table: table.name.clone(), source };
    let mut columns = Vec::with_capacity(table.schema.fields().len());
    for field in table.schema.fields() {
        let mismatch = |found: String| LakeError::SchemaMismatch {
            table: table.name.clone(),
            column: field.name().clone(),
            found,
            expected: field.data_type().to_string(),
        };
        let column = batch.column_by_name(field.name()).ok_or_else(|| mismatch("nothing".to_owned()))?;
        if column.data_type() == field.data_type() {
            columns.push(Arc::clone(column));
        } else if is_same_kind(column.data_type(), field.data_type()) {
            columns.push(arrow::compute::cast(column, field.data_type()).map_err(arrow_error)?);
        } else {
            return Err(mismatch(column.data_type().to_string()));
        }
    }
    let schema: SchemaRef = Arc::clone(&table.schema);
    RecordBatch::try_new(schema, columns).map_err(arrow_error)
}

fn is_same_kind(found: &DataType, expected: &DataType) -> bool {
    let is_text = |data_type: &DataType| {
        matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
            || matches!(data_type, DataType::Dictionary(_, value) if matches!(**value, DataType::Utf8 | DataType::Utf8View))
    };
    let is_time = |data_type: &DataType| matches!(data_type, DataType::Timestamp(_, _));
    let is_whole = |data_type: &DataType| data_type.is_integer();
    (is_text(found) && is_text(expected))
        || (is_time(found) && is_time(expected))
        || (is_whole(found) && is_whole(expected))
        || matches!(found, DataType::Null)
}

fn properties() -> WriterProperties {
    let level = ZstdLevel::try_new(1).unwrap_or_default();
    WriterProperties::builder().set_compression(Compression::ZSTD(level)).build()
}
