//! Looking without touching: `sql`, `queries`, `status`, `plan`.

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::util::pretty::pretty_format_batches_with_schema;
use clap::ValueEnum;
use comfy_table::{Cell, Table, presets::UTF8_BORDERS_ONLY};
use jiff::Timestamp;
use refrain_metrics::{Keeping, Partitions, Reach};
use refrain_record::calendar::date_of;

use crate::config::ConfigError;
use crate::plan::RunPlan;
use crate::{board, build};

/// How rows are printed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Format {
    /// Aligned columns for people.
    Table,
    /// Comma-separated values with a header.
    Csv,
    /// One JSON object per line.
    Json,
}

/// Runs one SELECT over the published tables.
pub async fn sql(plan: &RunPlan, statement: &str, format: Format) -> anyhow::Result<()> {
    let (run, tables) = board::published(plan).await?;
    let (schema, batches) = plan.engine()?.select(&plan.queries, &tables, statement, run.as_of).await?;
    let mut out = std::io::stdout().lock();
    match format {
        Format::Table => writeln!(out, "{}", pretty_format_batches_with_schema(schema, &batches)?)?,
        Format::Csv => {
            let mut writer = arrow::csv::Writer::new(&mut out);
            if batches.is_empty() {
                writer.write(&RecordBatch::new_empty(schema))?;
            }
            for batch in &batches {
                writer.write(batch)?;
            }
        }
        Format::Json => {
            let mut writer = arrow::json::LineDelimitedWriter::new(&mut out);
            for batch in &batches {
                writer.write(batch)?;
            }
            writer.finish()?;
        }
    }
    Ok(())
}

/// Prints the dictionary that the query headers hold.
pub fn queries(plan: &RunPlan, table: Option<&str>) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    let Some(name) = table else {
        let mut shown = Table::new();
        shown.load_preset(UTF8_BORDERS_ONLY).set_header(["table", "folder", "one row per", "what for"]);
        for query in plan.queries.queries() {
            let contract = &query.contract;
            shown.add_row([&contract.name, &query.folder, &contract.grain.join(", "), &contract.purpose]);
        }
        writeln!(out, "{shown}")?;
        return Ok(());
    };
    let names = plan.queries.queries().iter().map(|query| query.contract.name.as_str());
    let query = plan.queries.get(name).ok_or_else(|| {
        let near = names.max_by(|left, right| {
            strsim::jaro_winkler(left, name).total_cmp(&strsim::jaro_winkler(right, name))
        });
        ConfigError::BadValue {
            key: "table".to_owned(),
            value: name.to_owned(),
            reason: format!("which no query makes; did you mean {}?", near.unwrap_or("none")),
        }
    })?;
    let contract = &query.contract;
    writeln!(out, "{}\n{}\n", contract.name, contract.purpose)?;
    writeln!(out, "one row per {}", contract.grain.join(", "))?;
    if contract.keeping == Keeping::View {
        writeln!(out, "a view")?;
    }
    for input in &query.inputs {
        let reach = match contract.reads.get(input) {
            Some(Reach::Days { first, last }) => format!("days {first} to {last} around a partition"),
            Some(Reach::All) => "all of it".to_owned(),
            None => "the same day".to_owned(),
        };
        writeln!(out, "reads {input}: {reach}")?;
    }
    for (word, note) in &contract.notes {
        writeln!(out, "{word}: {note}")?;
    }
    let mut shown = Table::new();
    shown.load_preset(UTF8_BORDERS_ONLY).set_header(["column", "type", "meaning"]);
    for column in &contract.columns {
        shown.add_row([&column.name, &column.type_name, &column.meaning]);
    }
    writeln!(out, "{shown}")?;
    Ok(())
}

/// Prints the published run, its tables and what each source delivered.
pub async fn status(plan: &RunPlan) -> anyhow::Result<()> {
    let (run, tables) = board::published(plan).await?;
    let mut out = std::io::stdout().lock();
    let instant = |micros: i64| {
        Timestamp::from_microsecond(micros).map_or_else(|_| String::new(), |time| time.to_string())
    };
    writeln!(
        out,
        "run {} describes {}, published {}",
        run.number,
        instant(run.as_of),
        instant(run.published_at)
    )?;
    let mut shown = Table::new();
    shown.load_preset(UTF8_BORDERS_ONLY).set_header(["table", "version", "files", "rows", "bytes"]);
    for (name, table) in &tables {
        let rows: u64 = table.files.iter().map(|file| file.row_count).sum();
        let bytes: u64 = table.files.iter().map(|file| file.size).sum();
        let cells = [table.version, table.files.len() as u64, rows, bytes].map(Cell::new);
        shown.add_row(std::iter::once(Cell::new(name)).chain(cells));
    }
    writeln!(out, "{shown}")?;
    let statement = "select source, count(*) as files, sum(read_count) as read, sum(kept_count) as kept, \
                     sum(merged_count) as merged, sum(duplicate_count) as duplicate, sum(rejected_count) as rejected \
                     from ledger group by source order by source";
    let (schema, batches) = plan.engine()?.select(&plan.queries, &tables, statement, run.as_of).await?;
    writeln!(out, "{}", pretty_format_batches_with_schema(schema, &batches)?)?;
    Ok(())
}

/// Prints what a run would pull and build.
pub async fn plan(plan: &RunPlan) -> anyhow::Result<()> {
    let mut shown = Table::new();
    shown.load_preset(UTF8_BORDERS_ONLY).set_header(["stage", "what", "due"]);
    for (source, folder) in &plan.sources {
        let name = &source.source.name;
        let planned: usize = plan.lake.plans(name).await?.iter().map(|batch| batch.files.len()).sum();
        let there = folder.list().await?.len();
        shown.add_row([
            "pull",
            name,
            &format!("{} new or changed files of {there}", there.saturating_sub(planned)),
        ]);
    }
    for (table, partitions) in build::outlook(plan).await? {
        let due = match &partitions {
            Partitions::All => "everything".to_owned(),
            Partitions::Days(days) => match (days.first(), days.last()) {
                (Some(first), Some(last)) => {
                    format!("{} partitions, {} to {}", days.len(), date_of(*first), date_of(*last))
                }
                _ => "nothing".to_owned(),
            },
        };
        shown.add_row(["build", &table, &due]);
    }
    writeln!(std::io::stdout(), "{shown}\nwhat new files change is only known once they are pulled")?;
    Ok(())
}
