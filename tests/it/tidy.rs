//! The rules that text can show: heads of files, borders of crates, headers of queries, lengths.
//!
//! In: the files that git knows. Out: one line per broken rule, all of them at once. Nothing is
//! built or run here; it must stay fast.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use refrain_metrics::{Keeping, QuerySet};

use crate::queries::query_texts;

const LINES: usize = 600;
/// Files that hold their own name for a machine's path, because they look for it.
const SPEAKS_OF_PATHS: &str = "tests/it/tidy.rs";
/// Functions of ours that only `queries/label/` may call.
const OUR_FUNCTIONS: [&str; 6] = [
    "detect_language(",
    "is_complaint(",
    "problem_statement(",
    "embed(",
    "assign_issue(",
    "issue_catalogue(",
];
const CLOCKS: [&str; 5] = ["now()", "current_date", "current_time", "current_timestamp", "today()"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file that is committed or would be, relative to the repository.
fn files() -> Vec<String> {
    let arguments = ["ls-files", "--cached", "--others", "--exclude-standard"];
    let output = Command::new("git").current_dir(root()).args(arguments).output().unwrap();
    assert!(output.status.success(), "git cannot list the files");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter(|path| root().join(path).is_file()).map(str::to_owned).collect()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

#[track_caller]
fn none(broken: &[String]) {
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

/// A statement without its comments, in lower case.
fn code(sql: &str) -> String {
    let lines = sql.lines().map(|line| line.split_once("--").map_or(line, |(before, _)| before));
    lines.collect::<Vec<_>>().join("\n").to_lowercase()
}

#[test]
fn every_source_file_says_what_it_is_for_and_is_short() {
    let mut broken = Vec::new();
    for path in files().iter().filter(|path| path.ends_with(".rs")) {
        let text = read(path);
        let first = text.lines().next().unwrap_or_default();
        if !first.starts_with("//!") {
            broken.push(format!("{path} does not start with //!"));
        }
        if first.chars().count() > 104 {
            broken.push(format!("{path} has a first line of more than 100 characters"));
        }
        let length = text.lines().count();
        if length > LINES && !text.lines().take(40).any(|line| line.contains("long:")) {
            broken.push(format!("{path} has {length} lines and no `// long:` reason"));
        }
    }
    none(&broken);
}

/// Crates that any stage may use, and that use none of ours: the vocabulary, and the statistics of alerts.
const FOUNDATIONS: [&str; 2] = ["refrain-record", "refrain-alert"];

#[test]
fn no_stage_depends_on_another_stage() {
    let mut broken = Vec::new();
    let mut crates = 0;
    for path in files().iter().filter(|path| path.starts_with("pipeline/") && path.ends_with("/Cargo.toml")) {
        let manifest: toml::Table = toml::from_str(&read(path)).unwrap();
        crates += 1;
        let name = manifest["package"]["name"].as_str().unwrap();
        let mut sections = vec![manifest.get("dependencies")];
        sections.push(manifest.get("dev-dependencies"));
        for dependency in
            sections.into_iter().flatten().filter_map(toml::Value::as_table).flat_map(toml::Table::keys)
        {
            if dependency.starts_with("refrain-")
                && (!FOUNDATIONS.contains(&dependency.as_str()) || FOUNDATIONS.contains(&name))
            {
                broken.push(format!("{path} depends on {dependency}"));
            }
        }
        let engines = ["datafusion", "polars", "ballista", "deltalake-core"];
        let allowed: &[&str] = match name {
            "refrain-intake" => &["polars"],
            "refrain-lake" => &["deltalake-core"],
            "refrain-metrics" => &["datafusion", "ballista"],
            _ => &[],
        };
        let own = manifest.get("dependencies").and_then(toml::Value::as_table).cloned().unwrap_or_default();
        for engine in engines.iter().filter(|engine| own.contains_key(**engine) && !allowed.contains(*engine))
        {
            broken.push(format!("{path} depends on {engine}"));
        }
    }
    assert!(crates >= 8, "the manifests of the stages were not found");
    none(&broken);
}

#[test]
fn one_version_of_arrow() {
    let lock: toml::Table = toml::from_str(&read("Cargo.lock")).unwrap();
    let packages = lock["package"].as_array().unwrap();
    let versions: Vec<&str> = packages
        .iter()
        .filter(|package| package["name"].as_str() == Some("arrow-array"))
        .filter_map(|package| package["version"].as_str())
        .collect();
    assert_eq!(versions.len(), 1, "arrow-array in {versions:?}");
}

#[test]
fn every_query_has_a_header_and_keeps_the_rules() {
    let texts = query_texts();
    let queries = QuerySet::parse(&texts).unwrap();
    assert!(!queries.queries().is_empty() && !queries.checks().is_empty());
    let mut broken = Vec::new();
    for (path, text) in &texts {
        let code = code(text);
        for clock in CLOCKS.iter().filter(|clock| code.contains(**clock)) {
            broken.push(format!("queries/{path} reads the clock: {clock}"));
        }
        if !path.starts_with("label/") {
            for function in OUR_FUNCTIONS.iter().filter(|function| code.contains(**function)) {
                broken.push(format!("queries/{path} calls {function}) outside queries/label"));
            }
        }
        for line in code.lines().filter(|line| line.contains(" between ")) {
            let is_frame = line.contains("range between") || line.contains("rows between");
            if !is_frame && ["_at ", "_date ", "_week ", "timestamp"].iter().any(|time| line.contains(time)) {
                broken.push(format!("queries/{path} uses between on times: {}", line.trim()));
            }
        }
        let stem = path.rsplit_once('/').map_or(path.as_str(), |(_, file)| file).trim_end_matches(".sql");
        if !text.starts_with(&format!("-- {stem}\n-- ")) {
            broken.push(format!("queries/{path} does not open with its name and a sentence"));
        }
    }
    none(&broken);
}

#[test]
fn every_table_query_and_every_check_has_an_slt() {
    let queries = QuerySet::parse(&query_texts()).unwrap();
    let mut built = BTreeSet::new();
    for path in files().iter().filter(|path| path.starts_with("tests/sql/") && path.ends_with(".slt")) {
        let text = read(path);
        let words = text.lines().filter_map(|line| line.strip_prefix("build ")?.split_once(' '));
        built.extend(words.map(|(name, _)| name.to_owned()));
    }
    let tables = queries.queries().iter().filter(|query| query.contract.keeping == Keeping::Table);
    let mut names: Vec<&str> = tables.map(|query| query.contract.name.as_str()).collect();
    names.extend(queries.checks().iter().map(|check| check.name.as_str()));
    let missing = names.into_iter().filter(|name| !built.contains(*name));
    none(&missing.map(|name| format!("no tests/sql/*.slt builds {name}")).collect::<Vec<_>>());
}

#[test]
fn folders_of_data_models_and_notebooks_have_a_readme() {
    let files = files();
    let mut broken = Vec::new();
    for folder in ["data-samples", "notebooks"] {
        let has_files = files.iter().any(|path| path.starts_with(&format!("{folder}/")));
        if has_files && !files.contains(&format!("{folder}/README.md")) {
            broken.push(format!("{folder} has no README.md"));
        }
    }
    let models: BTreeSet<&str> = files
        .iter()
        .filter_map(|path| path.strip_prefix("models/")?.split_once('/'))
        .map(|(name, _)| name)
        .collect();
    for model in models {
        if !files.contains(&format!("models/{model}/README.md")) {
            broken.push(format!("models/{model} has no README.md"));
        }
    }
    none(&broken);
}

#[test]
fn no_file_names_a_path_of_one_machine() {
    let mut broken = Vec::new();
    for path in files().iter().filter(|path| *path != SPEAKS_OF_PATHS) {
        let Ok(text) = std::fs::read_to_string(root().join(path)) else { continue };
        for (index, line) in text.lines().enumerate() {
            let places = ["/root/", "/work/", "/home/"];
            if let Some(place) = places.iter().find(|place| starts_a_path(line, place)) {
                broken.push(format!("{path}:{} names {place}", index + 1));
            }
        }
    }
    none(&broken);
}

/// Whether the place stands at the start of a path, not in the middle of a URL or a relative one.
fn starts_a_path(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|character| {
            !(character.is_alphanumeric() || matches!(character, '.' | '-' | '_' | '}' | '>'))
        })
    })
}
