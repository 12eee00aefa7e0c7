//! The command line: every command a person can type, and nothing else.

use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use crate::plan::RunPlan;
use crate::{alerts, board, build, cluster, init, inspect, issues, nightly, progress, pull, sample};

#[derive(Parser)]
#[command(name = "refrain", version, about, arg_required_else_help = true, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 published, or nothing new; 1 a defect of Refrain; 2 the request \
is at fault; 3 a check failed, nothing was published; 4 a store, source or cluster failed, safe to run again; 5 alerts, with `alerts --exit-code`.";

/// What most commands need.
#[derive(Args, Clone)]
pub struct Common {
    /// Configuration file
    #[arg(long, default_value = "refrain.toml", value_name = "FILE")]
    pub config: PathBuf,
    /// The instant to describe: 2026-11-23T00:00:00Z, or a date for its start in the reporting zone
    #[arg(long, value_name = "INSTANT")]
    pub as_of: Option<String>,
    /// Lake to use instead of the configured one
    #[arg(long, value_name = "PATH|URL")]
    pub lake: Option<String>,
    /// Engine to use instead of the configured one: local, or df://host:port
    #[arg(long, value_name = "URL")]
    pub engine: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// The nightly run: pull, label, metrics, checks, publish, page
    Run(Common),
    /// Only read new source files into the raw tables
    Pull(Common),
    /// Only label contacts that are new or changed
    Label(Common),
    /// Only build the metric tables, check them and publish
    Metrics(Common),
    /// Only write the page of the published run
    Board(Common),
    /// Tell which issues rise in the newest whole week
    Alerts(alerts::Arguments),
    /// Fit issues on what customers said, look at them, and decide about them
    #[command(subcommand)]
    Issues(issues::Command),
    /// Run one SELECT over the published tables
    Sql {
        #[command(flatten)]
        common: Common,
        /// The statement
        statement: String,
        /// How rows are printed
        #[arg(long, value_enum, default_value = "table")]
        format: inspect::Format,
    },
    /// List the tables with their columns, or those of one table
    Queries {
        #[command(flatten)]
        common: Common,
        /// A table
        table: Option<String>,
    },
    /// Show the published run and what each source delivered
    Status(Common),
    /// Show what a run would do, and do nothing
    Plan(Common),
    /// Write a synthetic support operation with its truth
    Sample(sample::Arguments),
    /// Write a commented configuration
    Init(init::Arguments),
    /// Take part in a Ballista cluster
    #[command(subcommand)]
    Cluster(cluster::Command),
    /// Print shell completions
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// Parses the arguments and runs the command.
pub fn run() -> anyhow::Result<()> {
    let cli = Cli::parse();
    progress::start_logs();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        tokio::select! {
            result = dispatch(cli.command) => result,
            // Every stage can be repeated, so stopping is safe at any point.
            _ = stopped() => Err(anyhow::Error::from(std::io::Error::other("stopped by a signal"))),
        }
    })
}

async fn dispatch(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Run(common) => {
            let plan = RunPlan::resolve(&common)?;
            let outcome = nightly::nightly(&plan).await?;
            nightly::print(&outcome, &board::table(&plan, &plan.engine()?).await?)
        }
        Command::Pull(common) => {
            let plan = RunPlan::resolve(&common)?;
            let pulled = pull::pull(&plan).await?;
            alone(
                &plan,
                nightly::Outcome { result: "pulled".to_owned(), pulled, ..nightly::Outcome::default() },
            )
        }
        Command::Label(common) => {
            let plan = RunPlan::resolve(&common)?;
            let built = build::build(&plan, &plan.engine()?, &["label"], "label").await?.built;
            alone(
                &plan,
                nightly::Outcome { result: "labelled".to_owned(), built, ..nightly::Outcome::default() },
            )
        }
        Command::Metrics(common) => {
            let plan = RunPlan::resolve(&common)?;
            let outcome = nightly::metrics(&plan, &plan.engine()?).await?;
            nightly::print(&outcome, "")
        }
        Command::Board(common) => {
            let plan = RunPlan::resolve(&common)?;
            let page = Some(board::write(&plan, &plan.engine()?, None).await?);
            alone(&plan, nightly::Outcome { result: "drawn".to_owned(), page, ..nightly::Outcome::default() })
        }
        Command::Alerts(arguments) => alerts::run(&arguments).await,
        Command::Issues(command) => issues::run(command).await,
        Command::Sql { common, statement, format } => {
            inspect::sql(&RunPlan::resolve(&common)?, &statement, format).await
        }
        Command::Queries { common, table } => inspect::queries(&RunPlan::resolve(&common)?, table.as_deref()),
        Command::Status(common) => inspect::status(&RunPlan::resolve(&common)?).await,
        Command::Plan(common) => inspect::plan(&RunPlan::resolve(&common)?).await,
        Command::Sample(arguments) => sample::run(&arguments),
        Command::Init(arguments) => init::run(&arguments),
        Command::Cluster(command) => cluster::run(command).await,
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "refrain", &mut std::io::stdout());
            Ok(())
        }
    }
}

fn alone(plan: &RunPlan, mut outcome: nightly::Outcome) -> anyhow::Result<()> {
    outcome.as_of = nightly::as_of(plan);
    nightly::print(&outcome, "")
}

async fn stopped() {
    let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(terminate) => terminate,
        Err(_) => return std::future::pending().await,
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
