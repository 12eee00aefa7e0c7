//! Deliveries already seen: sources deliver at least once, the lake keeps once.

use std::collections::HashSet;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Int64Type};
use refrain_record::calendar::EpochDay;
use refrain_record::{Table, TableSpec};
use xxhash_rust::xxh3::Xxh3;

use crate::{Lake, LakeError};

/// The delivery keys of one table: what the lake holds of the touched partitions plus this batch.
///
/// Costs about 30 bytes per row held. Keys are 128-bit hashes: a wrong match among a billion rows
/// has a chance below 10⁻²⁰.
pub struct Deliveries {
    table: Table,
    seen: HashSet<u128>,
    loaded: HashSet<Option<EpochDay>>,
}

impl Deliveries {
    /// No deliveries of a table yet.
    pub fn new(table: Table) -> Self {
        Self { table, seen: HashSet::new(), loaded: HashSet::new() }
    }

    /// Reads the keys that the lake holds for a source in one partition, once.
    ///
    /// Rows of batch `before` and later are left out, so that a repeated batch does not find itself.
    ///
    /// # Errors
    /// As [`Lake::read`].
    pub async fn load(
        &mut self,
        lake: &Lake,
        source: &str,
        before: i64,
        day: Option<EpochDay>,
    ) -> Result<(), LakeError> {
        if self.table.delivery_key().is_empty() || !self.loaded.insert(day) {
            return Ok(());
        }
        let spec = TableSpec::from(self.table);
        let Some(version) = lake.version(&spec, None).await? else { return Ok(()) };
        let mut columns = vec!["source", "batch"];
        columns.extend(self.table.delivery_key());
        for file in version.files.iter().filter(|file| file.day == day) {
            for batch in lake.read(&spec, file, &columns).await? {
                let sources =
                    batch.column_by_name("source").and_then(|array| array.as_string_opt::<i32>().cloned());
                let numbers = batch
                    .column_by_name("batch")
                    .and_then(|array| array.as_primitive_opt::<Int64Type>().cloned());
                let (Some(sources), Some(numbers)) = (sources, numbers) else { continue };
                for (row, key) in self.keys(&batch).into_iter().enumerate() {
                    if sources.value(row) == source && numbers.value(row) < before {
                        self.seen.insert(key);
                    }
                }
            }
        }
        Ok(())
    }

    /// The rows that are new, and how many were not. New rows count as seen from here on.
    ///
    /// # Errors
    /// [`LakeError::Arrow`] when the batch cannot be filtered.
    pub fn keep_new(&mut self, batch: &RecordBatch) -> Result<(RecordBatch, i64), LakeError> {
        if self.table.delivery_key().is_empty() {
            return Ok((batch.clone(), 0));
        }
        let keep: Vec<bool> = self.keys(batch).into_iter().map(|key| self.seen.insert(key)).collect();
        let duplicate_count = keep.iter().filter(|is_new| !**is_new).count();
        if duplicate_count == 0 {
            return Ok((batch.clone(), 0));
        }
        let kept = filter_record_batch(batch, &BooleanArray::from(keep))
            .map_err(|source| LakeError::Arrow { table: self.table.name().to_owned(), source })?;
        Ok((kept, duplicate_count as i64))
    }

    fn keys(&self, batch: &RecordBatch) -> Vec<u128> {
        let columns: Vec<_> =
            self.table.delivery_key().iter().filter_map(|name| batch.column_by_name(name)).collect();
        (0..batch.num_rows())
            .map(|row| {
                let mut hash = Xxh3::new();
                for column in &columns {
                    match column.data_type() {
                        DataType::Utf8 => hash.update(column.as_string::<i32>().value(row).as_bytes()),
                        DataType::Int64 => {
                            hash.update(&column.as_primitive::<Int64Type>().value(row).to_le_bytes())
                        }
                        _ => {}
                    }
                    hash.update(&[0x1f]);
                }
                hash.digest128()
            })
            .collect()
    }
}
