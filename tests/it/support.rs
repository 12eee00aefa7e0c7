//! Shared by the modules: a configuration in a temporary folder, the binary, and what a lake publishes.
//!
//! Lakes are read through `refrain_lake`, without an engine, so that a comparison of two lakes sees
//! every row and costs milliseconds.

#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test stops where it fails, and writes its own configuration"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, OnceLock};

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use refrain_lake::{Lake, Location};
use refrain_record::{Table, TableSpec, TableVersion};
use tempfile::TempDir;

/// The tables that intake and publishing write; all others are made by queries.
pub const WRITTEN_BEFORE_QUERIES: [&str; 8] =
    ["raw_leg", "raw_turn", "raw_order", "raw_product", "raw_given_label", "reject", "ledger", "run"];

/// Columns that say from which delivery a raw row came, not what it says.
const ORIGIN: [&str; 3] = ["batch", "source_file", "position"];

/// The rows of some tables: table to sorted CSV lines.
pub type Rows = BTreeMap<String, Vec<String>>;

/// The repository.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The committed sample.
pub fn data_samples() -> PathBuf {
    repository().join("data-samples")
}

/// The binary, with none of the caller's settings that a run would listen to.
pub fn refrain() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_refrain"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("AWS_") || name.starts_with("REFRAIN_") || name == "RUST_LOG" {
            command.env_remove(name);
        }
    }
    command
}

/// Writes a generated sample and gives its folder, which lives as long as the value.
pub fn generated_sample(contacts: u32, weeks: u32, seed: u64) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let arguments =
        [("--contacts", contacts.to_string()), ("--weeks", weeks.to_string()), ("--seed", seed.to_string())];
    let mut command = refrain();
    command.arg("sample").arg("--out").arg(folder.path());
    for (name, value) in arguments {
        command.arg(name).arg(value);
    }
    succeeded(&command.output().expect("start refrain sample"));
    folder
}

/// All files below a folder, by path relative to it, sorted.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).expect("list a folder") {
            let path = entry.expect("read a folder's entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path.strip_prefix(folder).expect("a path below the folder").to_owned());
            }
        }
    }
    found.sort();
    found
}

/// Copies a file, making the folders it needs.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to.parent().expect("a file has a folder")).expect("make a folder");
    std::fs::copy(from, to).expect("copy a file");
}

/// Says what a failed command wrote, and gives what a good one wrote to stdout.
#[track_caller]
pub fn succeeded(output: &Output) -> String {
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\nstdout:\n{stdout}\nstderr:\n{stderr}", output.status);
    stdout
}

/// The JSON summary: the last line on stdout.
pub fn summary(stdout: &str) -> serde_json::Value {
    let last = stdout.lines().last().expect("a last line on stdout");
    serde_json::from_str(last).expect("the last line is JSON")
}

/// A configuration of the sample's sources with its lake, in a folder of its own.
pub struct Site {
    folder: TempDir,
    config: toml::Table,
    environment: BTreeMap<String, String>,
}

impl Site {
    /// The sample's configuration with absolute paths, over the source files in a folder.
    pub fn over(sources: &Path) -> Self {
        let text = std::fs::read_to_string(data_samples().join("refrain.toml"))
            .expect("read the sample's configuration");
        let mut config: toml::Table = toml::from_str(&text).expect("the sample's configuration is TOML");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut set =
            |key: &str, path: PathBuf| config.insert(key.to_owned(), path.display().to_string().into());
        set("lake", folder.path().join("lake"));
        set("queries", repository().join("queries"));
        set("models", repository().join("models"));
        set("pseudonym_key_file", data_samples().join("pseudonym.key"));
        let tables =
            config.get_mut("source").and_then(toml::Value::as_array_mut).expect("the sample has sources");
        for table in tables.iter_mut().filter_map(toml::Value::as_table_mut) {
            let path =
                table.get("path").and_then(toml::Value::as_str).expect("a source has a path").to_owned();
            std::fs::create_dir_all(sources.join(&path)).expect("make a source's folder");
            table.insert("path".to_owned(), sources.join(path).display().to_string().into());
        }
        let site = Self { folder, config, environment: BTreeMap::new() };
        site.write();
        site
    }

    /// The same with a key of the configuration set.
    pub fn with(mut self, key: &str, value: impl Into<toml::Value>) -> Self {
        self.config.insert(key.to_owned(), value.into());
        self.write();
        self
    }

    /// The same with a variable in the environment of the binary.
    pub fn with_environment(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    fn write(&self) {
        let text = toml::to_string(&self.config).expect("a configuration as TOML");
        std::fs::write(self.config(), text).expect("write a configuration");
    }

    /// The configuration file.
    pub fn config(&self) -> PathBuf {
        self.folder.path().join("refrain.toml")
    }

    /// A folder that is removed with the site.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of the lake, where it is a local one.
    pub fn lake(&self) -> PathBuf {
        self.folder.path().join("lake")
    }

    /// The binary with a subcommand and this configuration.
    pub fn command(&self, subcommand: &[&str]) -> Command {
        let mut command = refrain();
        command.envs(&self.environment).args(subcommand).arg("--config").arg(self.config());
        command
    }

    /// Runs a subcommand, which must end with exit code 0, and gives its stdout.
    #[track_caller]
    pub fn refrain(&self, subcommand: &[&str], more: &[&str]) -> String {
        let output = self.command(subcommand).args(more).output().expect("start refrain");
        succeeded(&output)
    }

    /// A nightly run, which must end with exit code 0, and its summary.
    #[track_caller]
    pub fn run(&self, more: &[&str]) -> serde_json::Value {
        summary(&self.refrain(&["run"], more))
    }

    /// What the local lake holds.
    pub fn published(&self) -> Published {
        let lake = Location::open(&self.lake().display().to_string(), self.folder.path(), &BTreeMap::new());
        Published::read(lake.expect("open the lake"))
    }
}

/// The tables of the newest published run of a lake.
pub struct Published {
    lake: Lake,
    tables: BTreeMap<String, u64>,
    /// How many runs the lake holds.
    pub run_count: usize,
}

impl Published {
    /// Reads which run is the newest; the lake must have one.
    pub fn read(location: Location) -> Self {
        let lake = Lake::new(location);
        let runs = wait(lake.runs()).expect("read the runs");
        let tables = runs.last().expect("a published run").tables.clone();
        Self { lake, tables, run_count: runs.len() }
    }

    /// The names of the published tables.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tables.keys().map(String::as_str)
    }

    /// The published version of a table.
    pub fn version(&self, name: &str) -> TableVersion {
        // Only the files' names are of interest: they carry columns and partition themselves.
        let spec = TableSpec { name: name.to_owned(), schema: Arc::new(Schema::empty()), partition: None };
        let number = self.tables.get(name).copied();
        wait(self.lake.version(&spec, number)).expect("read a table's log").expect("a published table exists")
    }

    /// The names of a table's files, partition folders included.
    pub fn files(&self, name: &str) -> BTreeSet<String> {
        self.version(name).files.into_iter().map(|file| file.path).collect()
    }

    /// The rows of a table, file by file.
    pub fn batches(&self, name: &str) -> Vec<RecordBatch> {
        let folder = self.lake.location().child(name);
        let mut batches = Vec::new();
        for file in self.version(name).files {
            let bytes = wait(folder.get(&file.path)).expect("read a file").expect("a listed file exists");
            let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).expect("a Parquet file").build();
            batches.extend(reader.expect("a Parquet reader").map(|batch| batch.expect("a batch of rows")));
        }
        batches
    }

    /// The rows of a table as sorted CSV lines, without some columns.
    pub fn rows(&self, name: &str, without: &[&str]) -> Vec<String> {
        let mut lines = Vec::new();
        for batch in self.batches(name) {
            let schema = batch.schema();
            let kept = (0..schema.fields().len())
                .filter(|index| !without.contains(&schema.field(*index).name().as_str()));
            let batch = batch.project(&kept.collect::<Vec<_>>()).expect("some of the columns");
            let mut text = Vec::new();
            let mut writer = arrow::csv::WriterBuilder::new()
                .with_header(false)
                .with_null("∅".to_owned())
                .build(&mut text);
            writer.write(&batch).expect("rows as CSV");
            drop(writer);
            lines.extend(String::from_utf8(text).expect("CSV is UTF-8").lines().map(str::to_owned));
        }
        lines.sort();
        lines
    }

    /// The rows of every table that a query made: labels, intermediate tables, marts.
    pub fn derived(&self) -> Rows {
        let made = self.names().filter(|name| !WRITTEN_BEFORE_QUERIES.contains(name));
        made.map(|name| (name.to_owned(), self.rows(name, &[]))).collect()
    }

    /// What the raw tables say, without the delivery that said it.
    pub fn raw(&self) -> Rows {
        let keyed =
            Table::INTAKE.iter().filter(|table| !table.delivery_key().is_empty()).map(|table| table.name());
        keyed
            .filter(|name| self.tables.contains_key(*name))
            .map(|name| (name.to_owned(), self.rows(name, &ORIGIN)))
            .collect()
    }

    /// Fails when a raw table holds a delivery twice.
    #[track_caller]
    pub fn assert_no_delivery_twice(&self) {
        for table in Table::INTAKE.iter().filter(|table| !table.delivery_key().is_empty()) {
            if !self.tables.contains_key(table.name()) {
                continue;
            }
            let spec = TableSpec::from(*table);
            let other: Vec<&str> = spec.schema.fields().iter().map(|field| field.name().as_str()).collect();
            let is_key = |name: &&str| *name == "source" || table.delivery_key().contains(name);
            let without: Vec<&str> = other.into_iter().filter(|name| !is_key(name)).collect();
            let keys = self.rows(table.name(), &without);
            let distinct: BTreeSet<&String> = keys.iter().collect();
            assert_eq!(keys.len(), distinct.len(), "{} holds a delivery twice", table.name());
            assert!(!keys.is_empty(), "{} holds nothing", table.name());
        }
    }
}

/// Compares tables row by row; says which table differs and in which rows first.
#[track_caller]
pub fn assert_same_rows(found: &Rows, expected: &Rows, what: &str) {
    let names = |rows: &Rows| rows.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(found), names(expected), "{what}: other tables");
    for (table, expected) in expected {
        let found = &found[table];
        let only = |left: &[String], right: &[String]| {
            let right: BTreeSet<&String> = right.iter().collect();
            left.iter().filter(|row| !right.contains(row)).take(5).cloned().collect::<Vec<_>>().join("\n  ")
        };
        assert!(
            found == expected,
            "{what}: {table} has {} rows, expected {}\nonly found:\n  {}\nonly expected:\n  {}",
            found.len(),
            expected.len(),
            only(found, expected),
            only(expected, found)
        );
    }
}

/// Waits for a future of the lake.
pub fn wait<F: Future>(future: F) -> F::Output {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    let start = || {
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
    };
    RUNTIME.get_or_init(start).block_on(future)
}

/// What a local run over some sources publishes: the raw rows and the rows that queries made.
pub fn local_rows(sources: &Path) -> (Rows, Rows) {
    let site = Site::over(sources);
    assert_eq!(site.run(&[])["result"], "published");
    let published = site.published();
    (published.raw(), published.derived())
}

/// What a local run of the committed sample publishes, run once for all tests.
pub fn sample_rows() -> &'static (Rows, Rows) {
    static ROWS: OnceLock<(Rows, Rows)> = OnceLock::new();
    ROWS.get_or_init(|| local_rows(&data_samples()))
}

/// Three weeks of about 400 contacts, for tests of many runs: 2026-11-02 to 2026-11-22.
pub fn small_sample() -> TempDir {
    generated_sample(400, 3, 7)
}

/// What a local run of the small sample publishes, run once for all tests.
pub fn small_sample_rows() -> &'static (Rows, Rows) {
    static ROWS: OnceLock<(Rows, Rows)> = OnceLock::new();
    ROWS.get_or_init(|| local_rows(small_sample().path()))
}
