//! SQL under test: each `tests/sql/*.slt` gives tables, builds queries over them and expects rows.
//!
//! In: the queries of `queries/` and the texts of `tests/sql/`. Out: passed, or the lines that differ;
//! `UPDATE=1 cargo test` writes the rows that came out into the files instead, to be read as a diff.
//!
//! Beside the words of sqllogictest there are two of ours, each within a `statement`:
//!
//! - `create table X as SELECT`: when X is a table of the lake, the columns take their declared types,
//!   columns that are not named are null, and an older X is replaced.
//! - `build X as_of INSTANT`: runs the query or check X, and first everything left of it that the file
//!   has not given; raw tables that are not given are empty. The instant is a day (UTC) or ends in Z.
//!
//! Our SQL functions are replaced by ones whose answer can be read off the text: the first word is the
//! language, the second the issue (`-` is none), the third its parent, and an exclamation mark makes it a complaint.
//! The first of the turns is the problem, the second what came later. There is one issue in the catalogue.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test stops where it fails, and has an engine of its own"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Date32Array, Float64Array, ListArray, RecordBatch,
    StringArray, StructArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, Fields, Float64Type, SchemaRef};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::ScalarValue;
use datafusion::datasource::MemTable;
use datafusion::logical_expr::{ColumnarValue, LogicalPlan, Volatility, cast, col, create_udf, lit};
use datafusion::prelude::{DataFrame, SessionContext};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use refrain_metrics::{Query, QuerySet};
use refrain_record::Table;
use sqllogictest::{DB, DBOutput, DefaultColumnType, Runner};

/// The repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The queries as (path within `queries/`, text).
pub fn query_texts() -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for folder in std::fs::read_dir(root().join("queries")).unwrap() {
        let folder = folder.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(&folder).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "sql") {
                let within = path.strip_prefix(root().join("queries")).unwrap().display().to_string();
                texts.push((within, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    texts.sort();
    texts
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Failure(String);

impl From<datafusion::error::DataFusionError> for Failure {
    fn from(error: datafusion::error::DataFusionError) -> Self {
        Self(error.to_string())
    }
}

/// Our queries over tables in memory.
struct Bench {
    runtime: tokio::runtime::Runtime,
    context: SessionContext,
    queries: QuerySet,
    built: BTreeSet<String>,
}

impl Bench {
    fn new(queries: QuerySet) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let context = SessionContext::new();
        register_functions(&context);
        Self { runtime, context, queries, built: BTreeSet::new() }
    }

    fn answer(&mut self, statement: &str) -> Result<DBOutput<DefaultColumnType>, Failure> {
        let statement = statement.trim();
        if let Some(rest) = statement.strip_prefix("build ") {
            let (name, instant) =
                rest.split_once(" as_of ").ok_or_else(|| Failure("say build X as_of INSTANT".to_owned()))?;
            let as_of = instant_of(instant.trim())?;
            let name = name.trim().to_owned();
            self.context.deregister_table(name.as_str())?;
            self.build(&name, as_of)?;
            return Ok(DBOutput::StatementComplete(0));
        }
        if let Some(rest) = statement.strip_prefix("create table ") {
            let (name, select) = rest
                .split_once(" as\n")
                .ok_or_else(|| Failure("say create table X as, and the SELECT below".to_owned()))?;
            self.give(name.trim(), select)?;
            return Ok(DBOutput::StatementComplete(0));
        }
        let (schema, batches) = self.runtime.block_on(async {
            let frame = self.context.sql(statement).await?;
            let schema: SchemaRef = Arc::new(frame.schema().as_arrow().clone());
            Ok::<_, Failure>((schema, frame.collect().await?))
        })?;
        let types = vec![DefaultColumnType::Any; schema.fields().len()];
        Ok(DBOutput::Rows { types, rows: batches.iter().flat_map(rows).collect() })
    }

    /// Makes a table of the rows of a SELECT; whatever was built before is built again when it is needed.
    fn give(&mut self, name: &str, select: &str) -> Result<(), Failure> {
        for built in std::mem::take(&mut self.built) {
            self.context.deregister_table(built.as_str())?;
        }
        let schema = self.declared(name);
        let batches = self.runtime.block_on(async {
            let frame = self.context.sql(select).await?;
            let frame = match &schema {
                Some(schema) => shaped(frame, name, schema)?,
                None => frame,
            };
            Ok::<_, Failure>((Arc::new(frame.schema().as_arrow().clone()), frame.collect().await?))
        })?;
        self.keep(name, batches)
    }

    /// The columns of a table of the lake.
    fn declared(&self, name: &str) -> Option<SchemaRef> {
        let raw = Table::INTAKE.into_iter().find(|table| table.name() == name).map(Table::schema);
        raw.or_else(|| self.queries.get(name).map(|query| query.contract.table().schema))
    }

    fn keep(&self, name: &str, (schema, batches): (SchemaRef, Vec<RecordBatch>)) -> Result<(), Failure> {
        self.context.deregister_table(name)?;
        // An engine may promise more nulls in a plan than it delivers in batches.
        let schema = batches.first().map_or(schema, RecordBatch::schema);
        let table = MemTable::try_new(schema, vec![batches])?;
        self.context.register_table(name, Arc::new(table))?;
        Ok(())
    }

    fn build(&mut self, name: &str, as_of: i64) -> Result<(), Failure> {
        if self.context.table_exist(name)? {
            return Ok(());
        }
        let query: Option<Query> = self.queries.get(name).cloned();
        let check = self.queries.checks().iter().find(|check| check.name == name).cloned();
        let (sql, inputs) = match (&query, &check) {
            (Some(query), _) => (&query.sql, &query.inputs),
            (None, Some(check)) => (&check.sql, &check.inputs),
            (None, None) => {
                let schema = self.declared(name).ok_or_else(|| Failure(format!("nothing makes {name}")))?;
                self.built.insert(name.to_owned());
                return self.keep(name, (schema, Vec::new()));
            }
        };
        for input in inputs {
            self.build(input, as_of)?;
        }
        let made = self.runtime.block_on(async {
            let mut plan: LogicalPlan = self.context.state().create_logical_plan(sql).await?;
            if sql.contains("$as_of") {
                let instant = ScalarValue::TimestampMicrosecond(Some(as_of), Some("UTC".into()));
                plan = plan.with_param_values(vec![("as_of", instant)])?;
            }
            let mut frame = self.context.execute_logical_plan(plan).await?;
            if let Some(query) = &query {
                let schema = query.contract.table().schema;
                let found: Vec<String> =
                    frame.schema().fields().iter().map(|field| field.name().clone()).collect();
                let expected: Vec<String> =
                    schema.fields().iter().map(|field| field.name().clone()).collect();
                if found != expected {
                    return Err(Failure(format!(
                        "{name} has columns {found:?}, its header says {expected:?}"
                    )));
                }
                frame = shaped(frame, name, &schema)?;
            }
            Ok((Arc::new(frame.schema().as_arrow().clone()), frame.collect().await?))
        })?;
        self.built.insert(name.to_owned());
        self.keep(name, made)
    }
}

impl DB for Bench {
    type Error = Failure;
    type ColumnType = DefaultColumnType;

    fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, Failure> {
        self.answer(sql)
    }
}

/// The columns of a schema, in its order and types.
fn shaped(frame: DataFrame, name: &str, schema: &SchemaRef) -> Result<DataFrame, Failure> {
    for field in frame.schema().fields() {
        if schema.field_with_name(field.name()).is_err() {
            return Err(Failure(format!("table {name} has no column {}", field.name())));
        }
    }
    let columns: Vec<_> = schema
        .fields()
        .iter()
        .map(|field| {
            let is_there = frame.schema().fields().iter().any(|given| given.name() == field.name());
            let value = if is_there { col(field.name()) } else { lit(ScalarValue::Null) };
            cast(value, field.data_type().clone()).alias(field.name())
        })
        .collect();
    Ok(frame.select(columns)?)
}

fn instant_of(text: &str) -> Result<i64, Failure> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant.as_microsecond());
    }
    let date: Date = text.parse().map_err(|_| Failure(format!("{text} is no instant")))?;
    let start = date.to_zoned(TimeZone::UTC).map_err(|error| Failure(error.to_string()))?;
    Ok(start.timestamp().as_microsecond())
}

/// Rows as sqllogictest wants them: doubles with six digits.
fn rows(batch: &RecordBatch) -> Vec<Vec<String>> {
    let options = FormatOptions::new().with_null("NULL");
    let text = |column: &ArrayRef, row: usize| {
        if let Some(doubles) = column.as_primitive_opt::<Float64Type>()
            && doubles.is_valid(row)
        {
            return format!("{:.6}", doubles.value(row));
        }
        let shown = ArrayFormatter::try_new(column.as_ref(), &options).unwrap().value(row).to_string();
        if shown.is_empty() { "(empty)".to_owned() } else { shown }
    };
    (0..batch.num_rows())
        .map(|row| batch.columns().iter().map(|column| text(column, row)).collect())
        .collect()
}

fn register_functions(context: &SessionContext) {
    let register = |name: &str, arguments: Vec<DataType>, result: DataType, answer: Answer| {
        let run = move |values: &[ColumnarValue]| {
            let texts = match values.first() {
                Some(_) => ColumnarValue::values_to_arrays(values)?[0].clone(),
                None => Arc::new(StringArray::from(vec![None::<&str>])),
            };
            Ok(ColumnarValue::Array(answer(texts.as_string::<i32>())))
        };
        context.register_udf(create_udf(name, arguments, result, Volatility::Immutable, Arc::new(run)));
    };
    let text = DataType::Utf8;
    let structure = |names: &[&str], score: Option<&str>| DataType::Struct(fields(names, score));
    register(
        "detect_language",
        vec![text.clone()],
        structure(&["language"], Some("confidence")),
        Box::new(|texts| Arc::new(structured(texts, &[("language", 0)], Some("confidence")))),
    );
    let three = vec![text.clone(), text.clone(), DataType::Date32];
    register(
        "problem_statement",
        three,
        structure(&["problem", "later"], None),
        Box::new(|turns| {
            let line = |index: usize| -> ArrayRef {
                let lines = turns.iter().map(|turns| turns.and_then(|turns| turns.lines().nth(index)));
                Arc::new(lines.collect::<StringArray>())
            };
            Arc::new(StructArray::new(fields(&["problem", "later"], None), vec![line(0), line(1)], None))
        }),
    );
    let issue = [("issue_id", 1), ("name", 1), ("parent_id", 2)];
    let names = issue.map(|column| column.0);
    let three = vec![text.clone(), DataType::Binary, DataType::Date32];
    register(
        "assign_issue",
        three,
        structure(&names, Some("similarity")),
        Box::new(move |texts| Arc::new(structured(texts, &issue, Some("similarity")))),
    );
    register(
        "embed",
        vec![text.clone()],
        DataType::Binary,
        Box::new(|texts| Arc::new(BinaryArray::from(vec![None::<&[u8]>; texts.len()]))),
    );
    register(
        "is_complaint",
        vec![text.clone(), text],
        DataType::Boolean,
        Box::new(|texts| {
            let found = texts.iter().map(|text| text.map(|text| text.contains('!')));
            Arc::new(found.collect::<BooleanArray>())
        }),
    );
    let item = Arc::new(Field::new("item", DataType::Struct(catalogue_fields()), true));
    register(
        "issue_catalogue",
        Vec::new(),
        DataType::List(Arc::clone(&item)),
        Box::new(move |_| {
            let word = |word: Option<&str>| Arc::new(StringArray::from(vec![word])) as ArrayRef;
            let words = ["i-b", "B", "p-a", "A", "i-b", "split", "i-a"].map(|text| word(Some(text)));
            let mut columns = words.to_vec();
            columns.push(Arc::new(Date32Array::from(vec![Some(20_515)])));
            columns.push(Arc::new(BooleanArray::from(vec![false])));
            let values = Arc::new(StructArray::new(catalogue_fields(), columns, None));
            Arc::new(ListArray::new(Arc::clone(&item), OffsetBuffer::from_lengths([1]), values, None))
        }),
    );
}

type Answer = Box<dyn Fn(&StringArray) -> ArrayRef + Send + Sync>;

/// Words of each text, by their place; a text whose first asked word is missing or `-` gives null.
fn structured(texts: &StringArray, words: &[(&str, usize)], score: Option<&str>) -> StructArray {
    let word = |text: Option<&str>, place: usize| {
        let word = text.and_then(|text| text.split_whitespace().nth(place)).unwrap_or("-");
        (word != "-").then(|| word.to_owned())
    };
    let column = |place: usize| texts.iter().map(|text| word(text, place)).collect::<StringArray>();
    let first = column(words[0].1);
    let known = NullBuffer::from_iter((0..texts.len()).map(|row| first.is_valid(row)));
    let mut columns: Vec<ArrayRef> =
        words.iter().map(|(_, place)| Arc::new(column(*place)) as ArrayRef).collect();
    if score.is_some() {
        let scores = (0..texts.len()).map(|row| first.is_valid(row).then_some(0.75));
        columns.push(Arc::new(scores.collect::<Float64Array>()));
    }
    let names: Vec<&str> = words.iter().map(|column| column.0).collect();
    StructArray::new(fields(&names, score), columns, Some(known))
}

/// Texts, and after them a score.
fn fields(names: &[&str], score: Option<&str>) -> Fields {
    let texts = names.iter().map(|name| Field::new(*name, DataType::Utf8, true));
    texts.chain(score.map(|name| Field::new(name, DataType::Float64, true))).collect()
}

fn catalogue_fields() -> Fields {
    let names = ["issue_id", "name", "parent_id", "parent_name", "counted_to", "change", "other_issue_id"];
    let texts = names.iter().map(|name| Field::new(*name, DataType::Utf8, true));
    let rest = [("changed_on", DataType::Date32), ("is_hidden", DataType::Boolean)];
    texts.chain(rest.map(|(name, kind)| Field::new(name, kind, true))).collect()
}

#[test]
fn every_slt_holds() {
    let queries = QuerySet::parse(&query_texts()).unwrap();
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(root().join("tests/sql")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "slt"));
    files.sort();
    assert!(!files.is_empty(), "tests/sql has no .slt");
    let is_update = std::env::var_os("UPDATE").is_some();
    let mut failures = Vec::new();
    for file in &files {
        let queries = queries.clone();
        let mut runner = Runner::new(move || {
            let bench = Bench::new(queries.clone());
            async move { Ok(bench) }
        });
        if is_update {
            let updated = runner.update_test_file(
                file,
                " ",
                sqllogictest::default_validator,
                sqllogictest::default_normalizer,
                sqllogictest::default_column_validator,
            );
            futures::executor::block_on(updated).unwrap();
        } else if let Err(error) = runner.run_file(file) {
            failures.push(error.to_string());
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
