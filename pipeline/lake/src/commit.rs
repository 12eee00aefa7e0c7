//! The commit protocol: new files become a table version exactly once.
//!
//! A commit error does not say "not committed": the store may have kept the log entry and lost the
//! answer. So every commit carries a transaction number, and after any error the table is read
//! again before anything is tried again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use deltalake_core::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake_core::kernel::transaction::{CommitBuilder, CommitProperties, TableReference};
use deltalake_core::kernel::{Action, Add, CommitInfo, StructField, StructType};
use deltalake_core::logstore::{LogStoreRef, StorageConfig, default_logstore};
use deltalake_core::operations::create::CreateBuilder;
use deltalake_core::protocol::{DeltaOperation, SaveMode};
use deltalake_core::{DeltaTable, DeltaTableError};
use futures::TryStreamExt;
use object_store::prefix::PrefixStore;
use refrain_record::calendar::{EpochDay, date_of, epoch_day};
use refrain_record::table::{DataFile, TableSpec, TableVersion};

use crate::{LakeError, Location, TableWriter};

/// How often a commit is tried before the store is called unavailable.
const COMMIT_ATTEMPTS: usize = 12;

/// The key in a commit's information under which its note stands.
const NOTE: &str = "refrain";

/// What makes a commit happen once: the number only grows within an application.
#[derive(Debug, Clone)]
pub struct Transaction {
    /// Who commits: `intake/<source>` or `run`.
    pub application: String,
    /// Which of its commits this is.
    pub number: i64,
}

/// What a commit does to the files that are there.
#[derive(Debug, Clone)]
pub enum Change {
    /// Adds files, keeps the others.
    Append,
    /// Replaces every file of these partitions.
    ReplacePartitions(BTreeSet<EpochDay>),
    /// Replaces every file.
    ReplaceAll,
}

/// All tables below one location.
#[derive(Debug, Clone)]
pub struct Lake {
    location: Location,
}

impl Lake {
    /// The lake in a folder; nothing is created until the first write.
    pub fn new(location: Location) -> Self {
        Self { location }
    }

    /// The lake's folder.
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// A writer of new files for a table.
    pub fn writer(&self, table: &TableSpec) -> TableWriter {
        TableWriter::new(self.location.child(&table.name), table.clone())
    }

    /// A version of a table, the newest when none is named; `None` when the table does not exist.
    ///
    /// # Errors
    /// [`LakeError::Log`] when the log cannot be read or uses features that would hide rows.
    pub async fn version(
        &self,
        table: &TableSpec,
        version: Option<u64>,
    ) -> Result<Option<TableVersion>, LakeError> {
        let Some(delta) = self.load(&table.name, version).await? else { return Ok(None) };
        Ok(Some(self.describe(table, &delta)?))
    }

    /// The newest transaction number of an application that a table has seen; 0 when none.
    ///
    /// # Errors
    /// [`LakeError::Log`] when the log cannot be read.
    pub async fn transaction_number(&self, table: &str, application: &str) -> Result<i64, LakeError> {
        let Some(delta) = self.load(table, None).await? else { return Ok(0) };
        newest_transaction(table, &delta, application).await
    }

    /// The newest version of a table with the note of its last commit.
    ///
    /// # Errors
    /// As [`Lake::version`].
    pub async fn version_with_note(
        &self,
        table: &TableSpec,
    ) -> Result<Option<(TableVersion, Option<String>)>, LakeError> {
        let Some(delta) = self.load(&table.name, None).await? else { return Ok(None) };
        let last: Option<CommitInfo> = delta
            .history(Some(1))
            .try_next()
            .await
            .map_err(|error| LakeError::log(&table.name, "read its history", error))?;
        let note =
            last.and_then(|info| info.info.get(NOTE).and_then(|note| note.as_str().map(str::to_owned)));
        Ok(Some((self.describe(table, &delta)?, note)))
    }

    /// Commits new files to a table, creating it when it is missing.
    ///
    /// Returns the version that holds the change. When the table has already seen the
    /// transaction, nothing is written and the newest version is returned. Without a transaction
    /// a repeated commit must be harmless, as replacing partitions by the same files is. The note
    /// is kept with the commit.
    ///
    /// # Errors
    /// [`LakeError::Log`] when the store stays unavailable over all attempts; safe to run again.
    pub async fn commit(
        &self,
        table: &TableSpec,
        change: &Change,
        files: &[DataFile],
        transaction: Option<&Transaction>,
        note: &str,
    ) -> Result<TableVersion, LakeError> {
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(50))
            .with_max_delay(Duration::from_secs(5))
            .with_max_times(COMMIT_ATTEMPTS)
            .with_jitter()
            .build();
        loop {
            let outcome = self.try_commit(table, change, files, transaction, note).await;
            match outcome {
                Ok(version) => return Ok(version),
                Err(error) => match pauses.next() {
                    Some(pause) => {
                        tracing::warn!(table = %table.name, error = %error, "commit failed, looking again");
                        tokio::time::sleep(pause).await;
                    }
                    None => return Err(error),
                },
            }
        }
    }

    async fn try_commit(
        &self,
        table: &TableSpec,
        change: &Change,
        files: &[DataFile],
        transaction: Option<&Transaction>,
        note: &str,
    ) -> Result<TableVersion, LakeError> {
        let delta = match self.load(&table.name, None).await? {
            Some(delta) => delta,
            None => self.create(table).await?,
        };
        if let Some(transaction) = transaction {
            let newest = newest_transaction(&table.name, &delta, &transaction.application).await?;
            if newest >= transaction.number {
                return self.describe(table, &delta);
            }
        }
        let state = delta.snapshot().map_err(|error| LakeError::log(&table.name, "read its state", error))?;
        let mut actions: Vec<Action> = files.iter().map(|file| Action::Add(add(table, file))).collect();
        let new_paths: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
        for view in state.log_data().iter() {
            let is_replaced = match change {
                Change::Append => false,
                Change::ReplaceAll => true,
                Change::ReplacePartitions(days) => {
                    day_of(table, &view.partition_values_map()).is_some_and(|day| days.contains(&day))
                }
            };
            if new_paths.contains(view.path().as_ref()) {
                // The same bytes are there already: adding them again would be a second add of one file.
                let path = view.path().into_owned();
                actions.retain(|action| !matches!(action, Action::Add(add) if add.path == path));
            } else if is_replaced {
                actions.push(Action::Remove(view.remove_action(true)));
            }
        }
        let operation = DeltaOperation::Write {
            mode: if matches!(change, Change::Append) { SaveMode::Append } else { SaveMode::Overwrite },
            partition_by: table.partition.clone().map(|column| vec![column]),
            predicate: None,
        };
        let transactions = transaction.iter().map(|transaction| {
            deltalake_core::kernel::Transaction::new(&transaction.application, transaction.number)
        });
        // A checkpoint here could race another writer's; the log is short and maintenance writes them.
        let properties = CommitProperties::default()
            .with_max_retries(0)
            .with_create_checkpoint(false)
            .with_cleanup_expired_logs(Some(false))
            .with_application_transactions(transactions.collect())
            .with_metadata([(NOTE.to_owned(), serde_json::Value::from(note))]);
        let committed = CommitBuilder::from(properties)
            .with_actions(actions)
            .build(Some(state as &dyn TableReference), delta.log_store(), operation)
            .await
            .map_err(|error| LakeError::log(&table.name, "commit", error))?;
        let mut after = delta;
        after
            .load_version(committed.version())
            .await
            .map_err(|error| LakeError::log(&table.name, "read the new version", error))?;
        self.describe(table, &after)
    }

    async fn create(&self, table: &TableSpec) -> Result<DeltaTable, LakeError> {
        let schema: StructType = table.schema.as_ref().try_into_kernel().map_err(|error| {
            LakeError::log(&table.name, "translate its schema", DeltaTableError::Arrow { source: error })
        })?;
        let columns: Vec<StructField> = schema.fields().cloned().collect();
        let created = CreateBuilder::new()
            .with_log_store(self.log_store(&table.name))
            .with_table_name(&table.name)
            .with_columns(columns)
            .with_partition_columns(table.partition.clone())
            .with_save_mode(SaveMode::Ignore)
            .await;
        match created {
            Ok(delta) => Ok(delta),
            // Somebody else created it first, or the answer was lost: read what is there.
            Err(error) => match self.load(&table.name, None).await? {
                Some(delta) => Ok(delta),
                None => Err(LakeError::log(&table.name, "create", error)),
            },
        }
    }

    async fn load(&self, table: &str, version: Option<u64>) -> Result<Option<DeltaTable>, LakeError> {
        let log_store = self.log_store(table);
        let exists = log_store
            .is_delta_table_location()
            .await
            .map_err(|error| LakeError::log(table, "look for its log", error))?;
        if !exists {
            return Ok(None);
        }
        let mut delta = DeltaTable::new(log_store);
        let loaded = match version {
            Some(version) => delta.load_version(version).await,
            None => delta.load().await,
        };
        loaded.map_err(|error| LakeError::log(table, "read its log", error))?;
        Ok(Some(delta))
    }

    fn log_store(&self, table: &str) -> LogStoreRef {
        let folder = self.location.child(table);
        let root = self.location.store();
        let prefixed = PrefixStore::new(self.location.store(), self.location.path(table));
        default_logstore(std::sync::Arc::new(prefixed), root, folder.url(), &StorageConfig::default())
    }

    fn describe(&self, table: &TableSpec, delta: &DeltaTable) -> Result<TableVersion, LakeError> {
        let state = delta.snapshot().map_err(|error| LakeError::log(&table.name, "read its state", error))?;
        let mut files = Vec::new();
        for view in state.log_data().iter() {
            if view.deletion_vector_descriptor().is_some() {
                let reason = format!("deletion vectors in {}", table.name);
                return Err(LakeError::log(&table.name, "be read in full", DeltaTableError::Generic(reason)));
            }
            files.push(DataFile {
                path: view.object_store_path().to_string(),
                size: view.size().max(0).cast_unsigned(),
                row_count: view.num_records().unwrap_or_default() as u64,
                day: day_of(table, &view.partition_values_map()),
            });
        }
        files.sort();
        Ok(TableVersion {
            table: table.clone(),
            version: state.version(),
            url: self.location.child(&table.name).url().to_string(),
            files,
        })
    }
}

async fn newest_transaction(table: &str, delta: &DeltaTable, application: &str) -> Result<i64, LakeError> {
    let state = delta.snapshot().map_err(|error| LakeError::log(table, "read its state", error))?;
    let newest = state
        .transaction_version(delta.log_store().as_ref(), application)
        .await
        .map_err(|error| LakeError::log(table, "read its transactions", error))?;
    Ok(newest.unwrap_or(0))
}

fn day_of<S: std::hash::BuildHasher>(
    table: &TableSpec,
    values: &std::collections::HashMap<String, Option<String>, S>,
) -> Option<EpochDay> {
    let column = table.partition.as_ref()?;
    let value = values.get(column)?.as_deref()?;
    value.parse().ok().map(epoch_day)
}

fn add(table: &TableSpec, file: &DataFile) -> Add {
    let partition_values: BTreeMap<String, Option<String>> = table
        .partition
        .iter()
        .map(|column| (column.clone(), file.day.map(|day| date_of(day).to_string())))
        .collect();
    Add {
        path: file.path.clone(),
        partition_values: partition_values.into_iter().collect(),
        size: file.size.cast_signed(),
        modification_time: 0,
        data_change: true,
        // Only the row count: minima and maxima of text would put values into the log.
        stats: Some(format!("{{\"numRecords\":{}}}", file.row_count)),
        tags: None,
        deletion_vector: None,
        base_row_id: None,
        default_row_commit_version: None,
        clustering_provider: None,
    }
}
