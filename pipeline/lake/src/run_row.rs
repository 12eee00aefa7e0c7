//! The pointer: one row per published run, pinning the version of every table.
//!
//! No transaction spans tables. A run becomes visible as a whole when its row is appended, last.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use refrain_record::{Table, TableSpec};

use crate::{Change, Lake, LakeError, Transaction};

/// A published run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRow {
    /// Runs are numbered from 1.
    pub number: i64,
    /// The instant the run describes, microseconds UTC.
    pub as_of: i64,
    /// When it was published, microseconds UTC.
    pub published_at: i64,
    /// A hash of everything but the data that the run depends on: queries, models, definitions.
    pub fingerprint: String,
    /// SHA-256 of the files of the encoder that issues are told by, hexadecimal.
    pub encoder_sha256: String,
    /// Table name to version.
    pub tables: BTreeMap<String, u64>,
}

impl Lake {
    /// The newest published run, if any.
    ///
    /// # Errors
    /// [`LakeError::Damaged`] when the row does not parse.
    pub async fn newest_run(&self) -> Result<Option<RunRow>, LakeError> {
        let mut runs = self.runs().await?;
        Ok(runs.pop())
    }

    /// All published runs, oldest first.
    ///
    /// # Errors
    /// [`LakeError::Damaged`] when a row does not parse.
    pub async fn runs(&self) -> Result<Vec<RunRow>, LakeError> {
        let spec = TableSpec::from(Table::Run);
        let Some(version) = self.version(&spec, None).await? else { return Ok(Vec::new()) };
        let mut runs = Vec::new();
        for file in &version.files {
            for batch in self
                .read(
                    &spec,
                    file,
                    &["run_number", "as_of", "published_at", "fingerprint", "encoder_sha256", "tables"],
                )
                .await?
            {
                for row in 0..batch.num_rows() {
                    let text = |name: &str| {
                        batch.column_by_name(name).map(|array| array.as_string::<i32>().value(row))
                    };
                    let time = |name: &str| {
                        batch
                            .column_by_name(name)
                            .map(|array| array.as_primitive::<TimestampMicrosecondType>().value(row))
                    };
                    let tables =
                        serde_json::from_str(text("tables").unwrap_or_default()).map_err(|source| {
                            LakeError::Damaged {
                                path: file.path.clone(),
                                kind: "list of table versions",
                                source,
                            }
                        })?;
                    runs.push(RunRow {
                        number: batch
                            .column_by_name("run_number")
                            .map_or(0, |array| array.as_primitive::<Int64Type>().value(row)),
                        as_of: time("as_of").unwrap_or_default(),
                        published_at: time("published_at").unwrap_or_default(),
                        fingerprint: text("fingerprint").unwrap_or_default().to_owned(),
                        encoder_sha256: text("encoder_sha256").unwrap_or_default().to_owned(),
                        tables,
                    });
                }
            }
        }
        runs.sort_by_key(|run| run.number);
        Ok(runs)
    }

    /// Publishes a run: readers see its tables from here on.
    ///
    /// # Errors
    /// As [`Lake::commit`].
    pub async fn publish(&self, run: &RunRow) -> Result<(), LakeError> {
        let spec = TableSpec::from(Table::Run);
        let tables = serde_json::to_string(&run.tables).map_err(|source| LakeError::Damaged {
            path: "run".to_owned(),
            kind: "list of table versions",
            source,
        })?;
        let zone = |values: TimestampMicrosecondArray| Arc::new(values.with_timezone("UTC")) as ArrayRef;
        let batch = RecordBatch::try_new(
            Arc::clone(&spec.schema),
            vec![
                Arc::new(StringArray::from(vec![format!("run-{:06}", run.number)])),
                Arc::new(Int64Array::from(vec![run.number])),
                zone(TimestampMicrosecondArray::from(vec![run.as_of])),
                zone(TimestampMicrosecondArray::from(vec![run.published_at])),
                Arc::new(StringArray::from(vec![run.fingerprint.as_str()])),
                Arc::new(StringArray::from(vec![run.encoder_sha256.as_str()])),
                Arc::new(StringArray::from(vec![tables])),
            ],
        )
        .map_err(|source| LakeError::Arrow { table: spec.name.clone(), source })?;
        let mut writer = self.writer(&spec);
        writer.write(&batch).await?;
        let files = writer.finish().await?;
        let transaction = Transaction { application: "run".to_owned(), number: run.number };
        self.commit(&spec, &Change::Append, &files, Some(&transaction), "").await?;
        Ok(())
    }
}
