//! The one door to an engine: DataFusion in this process, or a Ballista cluster, by one constructor.
//!
//! Every query gets a fresh session in which its inputs are registered as listings of the Parquet
//! files of a pinned table version. That is all that a cluster can see too, so the same file runs
//! in both places.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use ballista::prelude::{SessionConfigExt, SessionContextExt};
use datafusion::common::ScalarValue;
use datafusion::datasource::ViewTable;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::error::DataFusionError;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder, ScalarUDF, col, lit};
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext};
use object_store::ObjectStore;
use refrain_record::calendar::EpochDay;
use refrain_record::table::TableVersion;
use url::Url;

use crate::queries::Check;
use crate::{Contract, Keeping, MetricsError, Partitions, Query, QuerySet, needed};

/// Our scalar functions, by name.
pub type Functions = Vec<Arc<ScalarUDF>>;

/// How an engine is set up.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// `local`, or the scheduler of a cluster as `df://host:port`.
    pub engine: String,
    /// Memory that sorts, joins and aggregates may hold together before they spill, bytes.
    pub memory_bytes: usize,
    /// How many partitions a plan runs side by side.
    pub threads: usize,
}

/// An engine with our functions and stores.
pub struct Engine {
    options: EngineOptions,
    functions: Functions,
    runtime: Arc<RuntimeEnv>,
}

/// Whether a check stops the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is published.
    Fail,
    /// It is reported.
    Warn,
}

/// The rows that a check found.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The check.
    pub check: String,
    /// Whether it stops the run.
    pub severity: Severity,
    /// How many rows offend.
    pub row_count: usize,
    /// The first of them.
    pub sample: Option<RecordBatch>,
}

impl Engine {
    /// Sets up an engine.
    ///
    /// `stores` are the only places that it may read: (URL of the store's root, store).
    ///
    /// # Errors
    /// [`MetricsError::NoEngine`] when memory or disk cannot be set up.
    pub fn new(
        options: EngineOptions,
        functions: Functions,
        stores: &[(Url, Arc<dyn ObjectStore>)],
    ) -> Result<Self, MetricsError> {
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(FairSpillPool::new(options.memory_bytes)))
            .build_arc()
            .map_err(|source| MetricsError::NoEngine {
                engine: options.engine.clone(),
                source: Box::new(source),
            })?;
        for (url, store) in stores {
            runtime.register_object_store(url, Arc::clone(store));
        }
        Ok(Self { options, functions, runtime })
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one door to an engine")]
    async fn session(&self) -> Result<SessionContext, MetricsError> {
        let config = SessionConfig::new()
            .with_target_partitions(self.options.threads)
            .with_information_schema(true)
            .set_bool("datafusion.sql_parser.enable_ident_normalization", true)
            .set_bool("datafusion.execution.parquet.pushdown_filters", true)
            // Label functions cost microseconds to milliseconds a row: small batches spread them over threads.
            .set_usize("datafusion.execution.batch_size", 4096);
        if self.options.engine == "local" {
            let context = SessionContext::new_with_config_rt(config, Arc::clone(&self.runtime));
            self.register_functions(&context);
            return Ok(context);
        }
        let state = SessionStateBuilder::new()
            .with_config(config.upgrade_for_ballista())
            .with_runtime_env(Arc::clone(&self.runtime))
            .with_default_features()
            .build();
        let context =
            SessionContext::remote_with_state(&self.options.engine, state).await.map_err(|source| {
                MetricsError::NoEngine { engine: self.options.engine.clone(), source: Box::new(source) }
            })?;
        // The upgrade replaces the function lists, so ours come after it.
        self.register_functions(&context);
        Ok(context)
    }

    fn register_functions(&self, context: &SessionContext) {
        for function in &self.functions {
            context.register_udf(function.as_ref().clone());
        }
    }

    /// Runs a query for some of its partitions.
    ///
    /// # Shape
    /// The query's columns, in the order that it sorts by.
    ///
    /// # Units
    /// `as_of`: microseconds since the Unix epoch, UTC.
    ///
    /// # Errors
    /// A planning error, or [`MetricsError::Failed`] from the stream's start.
    pub async fn run(
        &self,
        queries: &QuerySet,
        query: &Query,
        tables: &BTreeMap<String, TableVersion>,
        outputs: &Partitions,
        as_of: i64,
    ) -> Result<SendableRecordBatchStream, MetricsError> {
        let context = self.session().await?;
        let name = &query.contract.name;
        self.register_inputs(&context, queries, &query.contract, &query.inputs, tables, outputs, as_of)
            .await?;
        let mut planned = plan(&context, name, &query.sql, &instant(as_of)).await?;
        check_contract(&query.contract, &planned)?;
        if let (Partitions::Days(days), Some((column, _))) = (outputs, &query.contract.partition) {
            planned = only(planned, column, days).map_err(|source| failed(name, source))?;
        }
        let frame = context.execute_logical_plan(planned).await.map_err(|source| failed(name, source))?;
        frame.execute_stream().await.map_err(|source| failed(name, source))
    }

    /// Runs every check over whole tables and returns those that found rows.
    ///
    /// # Errors
    /// A planning error, or [`MetricsError::Failed`].
    pub async fn check(
        &self,
        queries: &QuerySet,
        tables: &BTreeMap<String, TableVersion>,
        as_of: i64,
    ) -> Result<Vec<Finding>, MetricsError> {
        let context = self.session_over(queries, tables, as_of).await?;
        let mut findings = Vec::new();
        for check in queries.checks() {
            let planned = plan(&context, &check.name, &check.sql, &instant(as_of)).await?;
            findings.extend(self.find(&context, check, planned).await?);
        }
        for query in queries.queries().iter().filter(|query| query.contract.keeping == Keeping::Table) {
            let check = grain_check(&query.contract);
            let planned = plan(&context, &check.name, &check.sql, &instant(as_of)).await?;
            findings.extend(self.find(&context, &check, planned).await?);
        }
        findings.sort_by(|left, right| (left.severity, &left.check).cmp(&(right.severity, &right.check)));
        Ok(findings)
    }

    async fn find(
        &self,
        context: &SessionContext,
        check: &Check,
        planned: LogicalPlan,
    ) -> Result<Option<Finding>, MetricsError> {
        let frame =
            context.execute_logical_plan(planned).await.map_err(|source| failed(&check.name, source))?;
        let batches = frame.collect().await.map_err(|source| failed(&check.name, source))?;
        let row_count = batches.iter().map(RecordBatch::num_rows).sum();
        if row_count == 0 {
            return Ok(None);
        }
        let severity = if check.name.starts_with("fail_") { Severity::Fail } else { Severity::Warn };
        let sample = batches
            .into_iter()
            .find(|batch| batch.num_rows() > 0)
            .map(|batch| batch.slice(0, batch.num_rows().min(5)));
        Ok(Some(Finding { check: check.name.clone(), severity, row_count, sample }))
    }

    /// Runs a SELECT over tables and views.
    ///
    /// # Errors
    /// [`MetricsError::BadStatement`] for anything but a valid SELECT.
    pub async fn select(
        &self,
        queries: &QuerySet,
        tables: &BTreeMap<String, TableVersion>,
        statement: &str,
        as_of: i64,
    ) -> Result<(SchemaRef, Vec<RecordBatch>), MetricsError> {
        let context = self.session_over(queries, tables, as_of).await?;
        let options =
            SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
        let bad = |source| MetricsError::BadStatement { source: Box::new(source) };
        let frame = context.sql_with_options(statement, options).await.map_err(bad)?;
        let frame = if statement.contains("$as_of") {
            frame.with_param_values(instant(as_of)).map_err(bad)?
        } else {
            frame
        };
        let schema = Arc::new(frame.schema().as_arrow().clone());
        let batches = frame.collect().await.map_err(|source| failed("of the user", source))?;
        Ok((schema, batches))
    }

    async fn session_over(
        &self,
        queries: &QuerySet,
        tables: &BTreeMap<String, TableVersion>,
        as_of: i64,
    ) -> Result<SessionContext, MetricsError> {
        let context = self.session().await?;
        for table in tables.values() {
            register(&context, table, &Partitions::All).await?;
        }
        for query in queries.queries().iter().filter(|query| query.contract.keeping == Keeping::View) {
            if query.inputs.iter().all(|input| context.table_exist(input.as_str()).unwrap_or(false)) {
                register_view(&context, query, as_of).await?;
            }
        }
        Ok(context)
    }

    #[expect(clippy::too_many_arguments, reason = "each is one thing that a registration depends on")]
    async fn register_inputs(
        &self,
        context: &SessionContext,
        queries: &QuerySet,
        contract: &Contract,
        inputs: &BTreeSet<String>,
        tables: &BTreeMap<String, TableVersion>,
        outputs: &Partitions,
        as_of: i64,
    ) -> Result<(), MetricsError> {
        let mut leaves = BTreeMap::new();
        let mut views = Vec::new();
        gather(queries, contract, inputs, outputs, &mut leaves, &mut views);
        for (name, days) in &leaves {
            let table = tables.get(name).ok_or_else(|| MetricsError::UnknownTable {
                query: contract.name.clone(),
                table: name.clone(),
            })?;
            register(context, table, days).await?;
        }
        for view in views {
            register_view(context, view, as_of).await?;
        }
        Ok(())
    }
}

/// The stored tables that a query reads, through views too, with the days it needs of each; views
/// come after what they read.
fn gather<'a>(
    queries: &'a QuerySet,
    contract: &Contract,
    inputs: &BTreeSet<String>,
    outputs: &Partitions,
    leaves: &mut BTreeMap<String, Partitions>,
    views: &mut Vec<&'a Query>,
) {
    for input in inputs {
        let days = needed(contract, input, outputs);
        match queries.get(input).filter(|query| query.contract.keeping == Keeping::View) {
            Some(view) => {
                // A view's rows are of its inputs' days, so the same days are needed of those.
                gather(queries, &view.contract, &view.inputs, &days, leaves, views);
                if !views.iter().any(|seen| seen.contract.name == view.contract.name) {
                    views.push(view);
                }
            }
            None => leaves.entry(input.clone()).or_insert_with(Partitions::none).extend(days),
        }
    }
}

/// Registers some partitions of a table version as a listing of its files.
async fn register(
    context: &SessionContext,
    version: &TableVersion,
    days: &Partitions,
) -> Result<(), MetricsError> {
    let name = version.table.name.as_str();
    let unusable = |source| failed(name, source);
    let mut urls = Vec::new();
    for file in version.files.iter().filter(|file| days.holds(file.day)) {
        urls.push(ListingTableUrl::parse(format!("{}{}", version.url, file.path)).map_err(unusable)?);
    }
    if urls.is_empty() {
        return register_empty(context, name, &version.table.schema);
    }
    let options = ListingOptions::new(Arc::new(ParquetFormat::default()));
    let config = ListingTableConfig::new_with_multi_paths(urls)
        .with_listing_options(options)
        .with_schema(Arc::clone(&version.table.schema));
    let table = ListingTable::try_new(config).map_err(unusable)?;
    context.register_table(name, Arc::new(table)).map_err(unusable)?;
    Ok(())
}

/// A table without rows is a view over no rows: unlike a table in memory, a cluster can read it.
fn register_empty(context: &SessionContext, name: &str, schema: &SchemaRef) -> Result<(), MetricsError> {
    let unusable = |source| failed(name, source);
    let columns = schema.fields().iter().map(|field| {
        datafusion::logical_expr::cast(lit(ScalarValue::Null), field.data_type().clone()).alias(field.name())
    });
    let plan = LogicalPlanBuilder::empty(true)
        .project(columns.collect::<Vec<_>>())
        .and_then(|builder| builder.filter(lit(false)))
        .and_then(LogicalPlanBuilder::build)
        .map_err(unusable)?;
    context.register_table(name, Arc::new(ViewTable::new(plan, None))).map_err(unusable)?;
    Ok(())
}

async fn register_view(context: &SessionContext, query: &Query, as_of: i64) -> Result<(), MetricsError> {
    let name = &query.contract.name;
    if context.table_exist(name.as_str()).unwrap_or(false) {
        return Ok(());
    }
    let planned = plan(context, name, &query.sql, &instant(as_of)).await?;
    check_contract(&query.contract, &planned)?;
    context
        .register_table(name.as_str(), Arc::new(ViewTable::new(planned, None)))
        .map_err(|source| failed(name, source))?;
    Ok(())
}

/// Plans one SELECT of ours with `$as_of` bound.
async fn plan(
    context: &SessionContext,
    name: &str,
    sql: &str,
    as_of: &[(&'static str, ScalarValue)],
) -> Result<LogicalPlan, MetricsError> {
    let bad = |source| MetricsError::BadSql { query: name.to_owned(), source: Box::new(source) };
    let planned = context.state().create_logical_plan(sql).await.map_err(bad)?;
    if sql.contains("$as_of") { planned.with_param_values(as_of.to_vec()).map_err(bad) } else { Ok(planned) }
}

fn instant(micros: i64) -> Vec<(&'static str, ScalarValue)> {
    vec![("as_of", ScalarValue::TimestampMicrosecond(Some(micros), Some("UTC".into())))]
}

/// Keeps the rows of some days, beneath the query's own sort.
fn only(
    planned: LogicalPlan,
    column: &str,
    days: &BTreeSet<EpochDay>,
) -> Result<LogicalPlan, DataFusionError> {
    let in_days = |plan: LogicalPlan| {
        let values = days.iter().map(|day| lit(ScalarValue::Date32(Some(*day)))).collect();
        LogicalPlanBuilder::from(plan).filter(col(column).in_list(values, false))?.build()
    };
    if let LogicalPlan::Sort(sort) = &planned
        && sort.fetch.is_none()
    {
        let filtered = in_days(sort.input.as_ref().clone())?;
        return LogicalPlanBuilder::from(filtered).sort(sort.expr.clone())?.build();
    }
    in_days(planned)
}

fn check_contract(contract: &Contract, planned: &LogicalPlan) -> Result<(), MetricsError> {
    let broken = |column: &str, found: String, expected: String| MetricsError::ContractBroken {
        query: contract.name.clone(),
        column: column.to_owned(),
        found,
        expected,
    };
    let expected = contract.table().schema;
    let found = planned.schema().as_arrow();
    for (index, field) in expected.fields().iter().enumerate() {
        let Some(actual) = found.fields().get(index) else {
            return Err(broken(field.name(), "nothing".to_owned(), field.data_type().to_string()));
        };
        if actual.name() != field.name() {
            return Err(broken(
                field.name(),
                format!("column {}", actual.name()),
                field.data_type().to_string(),
            ));
        }
        if plain(actual.data_type()) != plain(field.data_type()) {
            return Err(broken(field.name(), actual.data_type().to_string(), field.data_type().to_string()));
        }
    }
    match found.fields().get(expected.fields().len()) {
        Some(extra) => Err(broken(extra.name(), extra.data_type().to_string(), "nothing".to_owned())),
        None => Ok(()),
    }
}

/// Text is text, whichever way an engine lays it out.
fn plain(data_type: &arrow::datatypes::DataType) -> arrow::datatypes::DataType {
    use arrow::datatypes::DataType;
    match data_type {
        DataType::Utf8View | DataType::LargeUtf8 => DataType::Utf8,
        other => other.clone(),
    }
}

/// The grain of a contract as a check: no row twice, no key missing.
fn grain_check(contract: &Contract) -> Check {
    let keys = contract.grain.join(", ");
    let missing = contract.grain.iter().map(|key| format!("{key} is null")).collect::<Vec<_>>().join(" or ");
    let name = &contract.name;
    Check {
        name: format!("fail_{name}_grain"),
        sql: format!(
            "select {keys}, count(*) as row_count from {name} group by {keys} having count(*) > 1 or {missing}"
        ),
        inputs: BTreeSet::from([name.clone()]),
    }
}

fn failed(query: &str, source: DataFusionError) -> MetricsError {
    MetricsError::Failed { query: query.to_owned(), source: Box::new(source) }
}
