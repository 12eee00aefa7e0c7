//! Running again: nothing new stays nothing new, and the order of delivery does not matter.

#![expect(clippy::expect_used, reason = "a test stops where it fails")]

use std::path::{Path, PathBuf};

use crate::support::{Site, assert_same_rows, copy, files_below, small_sample, small_sample_rows};

/// A folder of the sources, not of the sample's truth.
fn is_delivered(path: &Path) -> bool {
    !path.starts_with("truth") && path != Path::new("truth.parquet")
}

/// The small sample begins on 2026-11-02.
fn is_of_first_five_days(path: &Path) -> bool {
    let name = path.to_string_lossy();
    (2..7).any(|day| name.contains(&format!("2026-11-{day:02}")))
}

#[test]
fn a_second_run_publishes_nothing_and_says_so() {
    let sources = small_sample();
    let site = Site::over(sources.path());
    let first = site.run(&[]);
    assert_eq!(first["result"], "published");
    let lake_before = files_below(&site.lake());

    let stdout = site.refrain(&["run"], &[]);
    assert!(stdout.starts_with("nothing new since run 1\n"), "{stdout}");
    let second = crate::support::summary(&stdout);
    assert_eq!(second["result"], "nothing new");
    assert_eq!(second["run_number"], first["run_number"]);
    assert_eq!(second["pulled"]["file_count"], 0);
    assert_eq!(second["built"].as_array().map(Vec::len), Some(0));
    assert_eq!(files_below(&site.lake()), lake_before, "a run with nothing new wrote to the lake");
    assert_eq!(site.published().run_count, 1);
}

#[test]
fn files_delivered_again_under_other_names_add_no_row() {
    let sources = small_sample();
    let site = Site::over(sources.path());
    let first = site.run(&[]);
    let before = site.published();
    let (raw, derived) = (before.raw(), before.derived());

    let delivered: Vec<PathBuf> =
        files_below(sources.path()).into_iter().filter(|path| is_delivered(path)).collect();
    for path in &delivered {
        let name = path.file_name().expect("a file's name").to_string_lossy();
        copy(&sources.path().join(path), &sources.path().join(path.with_file_name(format!("again-{name}"))));
    }
    let second = site.run(&[]);
    let count = |key: &str| second["pulled"][key].as_u64().expect("a count") as usize;
    assert_eq!(count("file_count"), delivered.len());
    assert_eq!(count("kept_count"), 0, "a file delivered again was kept");
    assert_eq!(count("rejected_count"), 0);
    assert_eq!(count("duplicate_count"), count("read_count"));
    assert_eq!(first["pulled"]["file_count"].as_u64(), Some(delivered.len() as u64));

    let after = site.published();
    after.assert_no_delivery_twice();
    assert_same_rows(&after.raw(), &raw, "after a second delivery");
    assert_same_rows(&after.derived(), &derived, "after a second delivery");
    let statement = "select count(*) as file_count from ledger \
                     where source_file like '%again-%' and replace(source_file, 'again-', '') = duplicate_of \
                     and duplicate_count = read_count and kept_count = 0";
    let counted = site.refrain(&["sql", statement], &["--format", "csv"]);
    // A file without content repeats nothing.
    let holds_something =
        |path: &&PathBuf| std::fs::metadata(sources.path().join(path)).expect("a file").len() > 0;
    let file_count = delivered.iter().filter(holds_something).count();
    assert_eq!(
        counted,
        format!("file_count\n{file_count}\n"),
        "the ledger does not name what was delivered before"
    );
}

#[test]
fn the_first_days_before_the_rest_give_the_rows_of_one_delivery() {
    check_batches(is_of_first_five_days);
}

#[test]
fn the_first_days_after_the_rest_give_the_rows_of_one_delivery() {
    check_batches(|path| !is_of_first_five_days(path));
}

/// Delivers the files in two batches; the tables must be those of one delivery.
#[track_caller]
fn check_batches(is_first: impl Fn(&Path) -> bool) {
    let sources = small_sample();
    let (raw, derived) = small_sample_rows();
    let delivered = tempfile::tempdir().expect("a temporary folder");
    let site = Site::over(delivered.path());
    let (first, rest): (Vec<PathBuf>, Vec<PathBuf>) = files_below(sources.path())
        .into_iter()
        .filter(|path| is_delivered(path))
        .partition(|path| is_first(path));
    assert!(first.len() >= 30 && rest.len() >= 30, "{} files, then {}", first.len(), rest.len());
    for batch in [first, rest] {
        for path in &batch {
            copy(&sources.path().join(path), &delivered.path().join(path));
        }
        let summary = site.run(&[]);
        assert_eq!(summary["result"], "published");
        assert_eq!(summary["pulled"]["file_count"].as_u64(), Some(batch.len() as u64));
    }
    let found = site.published();
    found.assert_no_delivery_twice();
    assert_same_rows(&found.raw(), raw, "two batches against one");
    assert_same_rows(&found.derived(), derived, "two batches against one");
}

/// Weeks that only the passing of time completes are built again, without any new file.
#[test]
fn a_later_as_of_gives_what_a_fresh_lake_gives() {
    let sources = small_sample();
    let moved = Site::over(sources.path());
    for as_of in ["2026-11-11", "2026-11-13T10:30:00Z", "2026-11-23"] {
        assert_eq!(moved.run(&["--as-of", as_of])["result"], "published");
    }
    let fresh = Site::over(sources.path());
    fresh.run(&["--as-of", "2026-11-23"]);
    assert_same_rows(&moved.published().derived(), &fresh.published().derived(), "after as_of moved");
    assert_eq!(moved.published().run_count, 3);
}

/// A run that is stopped between its publication and its page leaves the page of the run before.
#[test]
fn a_page_of_an_older_run_is_drawn_again() {
    let sources = small_sample();
    let site = Site::over(sources.path());
    site.run(&[]);
    let page = site.lake().join("page/index.html");
    let drawn = std::fs::read(&page).expect("a page");
    copy(&sources.path().join("shop/products.csv"), &page);
    copy(&sources.path().join("shop/products.csv"), &site.lake().join("page/run"));

    assert_eq!(site.run(&[])["result"], "nothing new");
    assert_eq!(std::fs::read(&page).expect("a page"), drawn);
}
