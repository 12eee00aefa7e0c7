//! Stage `pull`: new source files into raw tables, once, whatever crashes in between.
//!
//! Batch plans first, then Parquet files, then one commit per table, the ledger's last. A batch
//! whose ledger row is missing is repeated whole; tables that already took it say so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Context, anyhow};
use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{Date32Type, Int64Type};
use futures::{StreamExt, TryStreamExt};
use refrain_intake::{Delivery, Pseudonyms, Reader, Source, SourceFile};
use refrain_lake::{BatchPlan, Change, Deliveries, Lake, Location, PlannedFile, TableWriter, Transaction};
use refrain_record::{Calendar, Table, TableSpec};

use crate::plan::RunPlan;
use crate::progress::Stage;

/// What a pull did, summed over sources.
#[derive(Debug, Default, Clone, serde::Serialize)]
pub struct Pulled {
    /// Batches committed.
    pub batch_count: u64,
    /// Files read.
    pub file_count: u64,
    /// Records read.
    pub read_count: i64,
    /// Records kept.
    pub kept_count: i64,
    /// Records folded into others.
    pub merged_count: i64,
    /// Records delivered before.
    pub duplicate_count: i64,
    /// Records rejected.
    pub rejected_count: i64,
}

/// Pulls every source: a batch that crashed first, then what is new.
pub async fn pull(plan: &RunPlan) -> anyhow::Result<Pulled> {
    let stage = Stage::start("pull", 0);
    let pseudonyms = Arc::new(plan.pseudonyms()?);
    let mut pulled = Pulled::default();
    let mut length = 0;
    for (source, folder) in &plan.sources {
        let name = &source.source.name;
        let application = format!("intake/{name}");
        let mut plans = plan.lake.plans(name).await.with_context(|| format!("read plans of {name}"))?;
        let done = plan.lake.transaction_number(Table::Ledger.name(), &application).await?;
        let next = plan.lake.plan_next(name, folder, &plans).await.with_context(|| format!("plan {name}"))?;
        plans.extend(next);
        for batch in plans.iter().filter(|batch| batch.number > done) {
            length += batch.files.len() as u64;
            stage.set_length(length);
            let intake = Intake {
                lake: &plan.lake,
                folder,
                source: Arc::new(source.source.clone()),
                calendar: Arc::new(plan.calendar.clone()),
                pseudonyms: Arc::clone(&pseudonyms),
                threads: plan.engine.threads,
            };
            let counted = intake
                .take(batch, &stage)
                .await
                .with_context(|| format!("pull batch {} of {name}", batch.number))?;
            pulled.batch_count += 1;
            pulled.add(&counted);
        }
    }
    let name = stage.name();
    let seconds = stage.finish();
    tracing::info!(
        stage = name,
        batches = pulled.batch_count,
        files = pulled.file_count,
        read = pulled.read_count,
        kept = pulled.kept_count,
        merged = pulled.merged_count,
        duplicate = pulled.duplicate_count,
        rejected = pulled.rejected_count,
        seconds
    );
    Ok(pulled)
}

impl Pulled {
    fn add(&mut self, other: &Self) {
        self.file_count += other.file_count;
        self.read_count += other.read_count;
        self.kept_count += other.kept_count;
        self.merged_count += other.merged_count;
        self.duplicate_count += other.duplicate_count;
        self.rejected_count += other.rejected_count;
    }
}

struct Intake<'a> {
    lake: &'a Lake,
    folder: &'a Location,
    source: Arc<Source>,
    calendar: Arc<Calendar>,
    pseudonyms: Arc<Pseudonyms>,
    threads: usize,
}

/// One table while a batch is taken in.
struct Target {
    table: Table,
    writer: TableWriter,
    deliveries: Deliveries,
}

impl Intake<'_> {
    async fn take(&self, batch: &BatchPlan, stage: &Stage) -> anyhow::Result<Pulled> {
        let mut targets: BTreeMap<Table, Target> = Table::INTAKE
            .into_iter()
            .map(|table| {
                let writer = self.lake.writer(&TableSpec::from(table));
                (table, Target { table, writer, deliveries: Deliveries::new(table) })
            })
            .collect();
        let mut ledger = Vec::new();
        // Files are read ahead on other threads and taken in plan order, so that the result is one.
        let mut deliveries = futures::stream::iter(&batch.files)
            .map(|file| async move { Ok::<_, anyhow::Error>((file, self.read(batch.number, file).await?)) })
            .buffered(self.threads + 1);
        while let Some((file, delivery)) = deliveries.try_next().await? {
            let row = match delivery {
                Some(delivery) => self.keep(batch, file, delivery, &mut targets).await?,
                None => LedgerRow::of_duplicate(file),
            };
            ledger.push(row);
            stage.step(&file.path);
        }
        drop(deliveries);
        let rows = ledger_batch(&batch.source, batch.number, &ledger)?;
        if let Some(target) = targets.get_mut(&Table::Ledger) {
            target.writer.write(&rows).await?;
        }
        let transaction =
            Transaction { application: format!("intake/{}", batch.source), number: batch.number };
        for table in Table::INTAKE {
            let Some(target) = targets.remove(&table) else { continue };
            let files = target.writer.finish().await?;
            if !files.is_empty() {
                let spec = TableSpec::from(table);
                self.lake.commit(&spec, &Change::Append, &files, Some(&transaction), "").await?;
            }
        }
        let mut pulled = Pulled::default();
        for row in &ledger {
            pulled.add(&row.counts);
        }
        pulled.file_count = batch.files.len() as u64;
        Ok(pulled)
    }

    async fn read(&self, number: i64, file: &PlannedFile) -> anyhow::Result<Option<Delivery>> {
        if file.duplicate_of.is_some() {
            return Ok(None);
        }
        let bytes = self
            .folder
            .get(&file.path)
            .await?
            .ok_or_else(|| anyhow!("planned file {} is gone", file.path))?;
        let source_file = SourceFile { path: file.path.clone(), bytes };
        let (source, calendar, pseudonyms) =
            (Arc::clone(&self.source), Arc::clone(&self.calendar), Arc::clone(&self.pseudonyms));
        let delivery = tokio::task::spawn_blocking(move || {
            let reader = Reader {
                source: &source,
                calendar: &calendar,
                pseudonyms: &pseudonyms,
                redact: &refrain_text::redact,
            };
            reader.read(number, &source_file)
        });
        Ok(Some(delivery.await.context("read a source file")?))
    }

    async fn keep(
        &self,
        batch: &BatchPlan,
        file: &PlannedFile,
        delivery: Delivery,
        targets: &mut BTreeMap<Table, Target>,
    ) -> anyhow::Result<LedgerRow> {
        let record_table = record_table(&delivery);
        let mut duplicate_count = 0;
        for (table, rows) in &delivery.tables {
            let Some(target) = targets.get_mut(table) else { continue };
            for day in days(*table, rows) {
                target.deliveries.load(self.lake, &batch.source, batch.number, day).await?;
            }
            let (new, dropped) = target.deliveries.keep_new(rows)?;
            target.writer.write(&new).await?;
            if dropped > 0 && Some(target.table) == record_table {
                duplicate_count = position_count(rows) - position_count(&new);
            }
        }
        let kept = delivery.read_count - delivery.merged_count - delivery.rejected_count - duplicate_count;
        let counts = Pulled {
            read_count: delivery.read_count,
            kept_count: kept,
            merged_count: delivery.merged_count,
            duplicate_count,
            rejected_count: delivery.rejected_count,
            ..Pulled::default()
        };
        Ok(LedgerRow { file: file.path.clone(), duplicate_of: None, counts })
    }
}

/// The table whose rows stand for the file's records: legs where there are any, else what there is.
fn record_table(delivery: &Delivery) -> Option<Table> {
    let tables: BTreeSet<Table> = delivery.tables.iter().map(|(table, _)| *table).collect();
    Table::INTAKE.into_iter().find(|table| tables.contains(table) && *table != Table::Reject)
}

fn position_count(rows: &RecordBatch) -> i64 {
    let Some(positions) =
        rows.column_by_name("position").and_then(|array| array.as_primitive_opt::<Int64Type>())
    else {
        return rows.num_rows() as i64;
    };
    positions.values().iter().collect::<BTreeSet<_>>().len() as i64
}

fn days(table: Table, rows: &RecordBatch) -> BTreeSet<Option<i32>> {
    let column = table.partition().and_then(|name| rows.column_by_name(name));
    match column.and_then(|array| array.as_primitive_opt::<Date32Type>()) {
        Some(days) => days.iter().collect(),
        None => BTreeSet::from([None]),
    }
}

struct LedgerRow {
    file: String,
    duplicate_of: Option<String>,
    counts: Pulled,
}

impl LedgerRow {
    /// A file with the content of an earlier one counts as one record that was delivered before.
    fn of_duplicate(file: &PlannedFile) -> Self {
        let counts = Pulled { read_count: 1, duplicate_count: 1, ..Pulled::default() };
        Self { file: file.path.clone(), duplicate_of: file.duplicate_of.clone(), counts }
    }
}

fn ledger_batch(source: &str, number: i64, rows: &[LedgerRow]) -> anyhow::Result<RecordBatch> {
    let counts = |count: fn(&Pulled) -> i64| -> ArrayRef {
        Arc::new(rows.iter().map(|row| count(&row.counts)).collect::<Int64Array>())
    };
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(vec![source; rows.len()])),
        Arc::new(Int64Array::from(vec![number; rows.len()])),
        Arc::new(rows.iter().map(|row| Some(row.file.as_str())).collect::<StringArray>()),
        Arc::new(rows.iter().map(|row| row.duplicate_of.as_deref()).collect::<StringArray>()),
        counts(|counts| counts.read_count),
        counts(|counts| counts.kept_count),
        counts(|counts| counts.merged_count),
        counts(|counts| counts.duplicate_count),
        counts(|counts| counts.rejected_count),
    ];
    Ok(RecordBatch::try_new(Table::Ledger.schema(), columns)?)
}
