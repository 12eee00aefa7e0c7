//! `refrain cluster`: a Ballista scheduler or executor that knows our functions.
//!
//! Stock binaries cannot know them, so this one takes their place. There is no authentication:
//! both bind to 127.0.0.1 unless told otherwise, and an executor reads nothing but the stores it
//! is configured with.

use std::sync::Arc;

use anyhow::Context;
use ballista_core::registry::BallistaFunctionRegistry;
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::SchedulerConfig;
use ballista_scheduler::scheduler_process::start_server;
use clap::{Args, Subcommand};
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::object_store::DefaultObjectStoreRegistry;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::SessionConfig;
use refrain_metrics::Functions;

use crate::cli::Common;
use crate::functions;
use crate::plan::RunPlan;

/// The parts of a cluster.
#[derive(Subcommand)]
pub enum Command {
    /// Take queries and hand their stages to executors
    Scheduler {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        address: Address,
    },
    /// Run the stages that a scheduler hands out
    Executor {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        address: Address,
        /// Port of the executor's own control service
        #[arg(long, default_value_t = 50052)]
        control_port: u16,
        /// The scheduler
        #[arg(long, default_value = "127.0.0.1:50050", value_name = "HOST:PORT")]
        scheduler: String,
        /// Folder for shuffle files
        #[arg(long, value_name = "FOLDER")]
        work_folder: Option<String>,
    },
}

/// Where a part listens.
#[derive(Args)]
pub struct Address {
    /// Address to listen on; anybody who can reach it can run queries
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// Port to listen on
    #[arg(long)]
    port: u16,
}

/// Runs a part of a cluster until it is stopped.
pub async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Scheduler { common, address } => {
            let plan = RunPlan::resolve(&common)?;
            scheduler(&plan, &address).await
        }
        Command::Executor { common, address, control_port, scheduler, work_folder } => {
            let plan = RunPlan::resolve(&common)?;
            executor(&plan, &address, control_port, &scheduler, work_folder).await
        }
    }
}

async fn scheduler(plan: &RunPlan, address: &Address) -> anyhow::Result<()> {
    let functions = functions::all(&plan.models);
    let stores = stores(plan);
    let config = SchedulerConfig {
        bind_host: address.host.clone(),
        external_host: address.host.clone(),
        bind_port: address.port,
        override_session_builder: Some(Arc::new(move |config: SessionConfig| {
            let runtime =
                RuntimeEnvBuilder::new().with_object_store_registry(Arc::clone(&stores) as _).build_arc()?;
            let mut state = SessionStateBuilder::new()
                .with_config(config)
                .with_runtime_env(runtime)
                .with_default_features()
                .build();
            register(&mut state, &functions)?;
            Ok(state)
        })),
        ..SchedulerConfig::default()
    };
    let cluster = BallistaCluster::new_from_config(&config).await.context("set up the cluster's state")?;
    let listen = format!("{}:{}", address.host, address.port).parse().context("parse the address")?;
    tracing::info!(part = "scheduler", address = %listen);
    start_server(cluster, listen, Arc::new(config)).await.context("serve")?;
    Ok(())
}

async fn executor(
    plan: &RunPlan,
    address: &Address,
    control_port: u16,
    scheduler: &str,
    work_folder: Option<String>,
) -> anyhow::Result<()> {
    let (scheduler_host, scheduler_port) = scheduler.rsplit_once(':').context("--scheduler is HOST:PORT")?;
    let mut registry = BallistaFunctionRegistry::default();
    for function in functions::all(&plan.models) {
        registry.scalar_functions.insert(function.name().to_owned(), function);
    }
    let stores = stores(plan);
    let config = ExecutorProcessConfig {
        bind_host: address.host.clone(),
        external_host: Some(address.host.clone()),
        port: address.port,
        grpc_port: control_port,
        scheduler_host: scheduler_host.to_owned(),
        scheduler_port: scheduler_port.parse().context("parse the scheduler's port")?,
        scheduler_connect_timeout_seconds: 30,
        vcores: plan.engine.threads,
        memory_pool_size: Some(plan.engine.memory_bytes as u64),
        work_dir: work_folder,
        override_function_registry: Some(Arc::new(registry)),
        override_runtime_producer: Some(Arc::new(move |_config: &SessionConfig| {
            RuntimeEnvBuilder::new().with_object_store_registry(Arc::clone(&stores) as _).build_arc()
        })),
        ..ExecutorProcessConfig::default()
    };
    tracing::info!(part = "executor", port = address.port);
    start_executor_process(Arc::new(config)).await.context("serve")?;
    Ok(())
}

/// The stores that a part may read: the lake's, and no other.
fn stores(plan: &RunPlan) -> Arc<DefaultObjectStoreRegistry> {
    let registry = DefaultObjectStoreRegistry::new();
    let location = plan.lake.location();
    datafusion::execution::object_store::ObjectStoreRegistry::register_store(
        &registry,
        &location.store_url(),
        location.store(),
    );
    Arc::new(registry)
}

fn register(
    state: &mut datafusion::execution::SessionState,
    functions: &Functions,
) -> datafusion::error::Result<()> {
    use datafusion::execution::FunctionRegistry;
    for function in functions {
        state.register_udf(Arc::clone(function))?;
    }
    Ok(())
}
