//! One more day: what it reaches is built again, everything else stays as it is, file by file.

#![expect(clippy::expect_used, reason = "a test stops where it fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::civil::Date;

use crate::support::{
    Published, Site, WRITTEN_BEFORE_QUERIES, assert_same_rows, copy, files_below, generated_sample,
};

/// The last day that is delivered; eight weeks end with it.
const LAST_DAY: &str = "2026-11-22";

/// Which of a table's partitions a change of raw day `d` may reach, in days from `d`, as the `reads`
/// lines of the queries say it, one after the other. A week is named by its first day.
const REACH: [(&str, i64, i64); 13] = [
    ("label_statement", -1, 1),
    ("label_contact", -1, 1),
    ("int_exchange", -2, 2),
    ("int_contact", -2, 2),
    ("int_wait", -3, 2),
    ("int_follow_up", -24, 23),
    ("complaint_rate_weekly", -8, 16),
    ("handling_weekly", -8, 16),
    ("issue_volume_weekly", -8, 16),
    ("contacts_per_thousand_units_weekly", -10, 16),
    ("waiting_daily", -9, 16),
    ("waiting_weekly", -9, 16),
    ("first_contact_resolution_weekly", -30, 100),
];

/// Small tables without partitions: one file each, made again as a whole.
const WHOLE: [&str; 4] = ["label_issue", "derived_need", "issue_state_weekly", "question_bank"];

#[test]
fn one_more_day_rewrites_what_it_reaches_and_nothing_else() {
    let all_days = generated_sample(500, 8, 5);
    let last: Date = LAST_DAY.parse().expect("a date");
    let day_after = last.tomorrow().expect("a date");
    let delivered = tempfile::tempdir().expect("a temporary folder");
    let site = Site::over(delivered.path());
    let (late, early): (Vec<_>, Vec<_>) =
        files_below(all_days.path()).into_iter().partition(|path| path.to_string_lossy().contains(LAST_DAY));
    assert_eq!(late.len(), 8, "one file of each kind is delivered on the last day: {late:?}");

    let deliver = |paths: &[std::path::PathBuf]| {
        for path in paths.iter().filter(|path| !path.starts_with("truth")) {
            copy(&all_days.path().join(path), &delivered.path().join(path));
        }
    };
    deliver(&early);
    site.run(&["--as-of", LAST_DAY]);
    let before = site.published();
    let files_before: BTreeMap<String, BTreeSet<String>> =
        before.names().map(|name| (name.to_owned(), before.files(name))).collect();

    deliver(&late);
    let summary = site.run(&["--as-of", &day_after.to_string()]);
    assert_eq!(summary["result"], "published");
    let after = site.published();

    let whole = Site::over(all_days.path());
    whole.run(&["--as-of", &day_after.to_string()]);
    assert_same_rows(&after.raw(), &whole.published().raw(), "night by night against at once");
    assert_same_rows(&after.derived(), &whole.published().derived(), "night by night against at once");

    let changed_raw: BTreeSet<Date> = ["raw_leg", "raw_turn", "raw_order"]
        .into_iter()
        .flat_map(|table| changed_partitions(&files_before[table], &after.files(table)))
        .collect();
    assert!(changed_raw.contains(&last), "the last day's legs are not there");
    for (table, first_offset, last_offset) in REACH {
        let reached = |day: Date| {
            let offset = |from: Date| i64::from((day - from).get_days());
            // `matures 10 days` before the earlier instant, then back to the first day of that week.
            let is_matured = table == "first_contact_resolution_weekly" && offset(last) >= -17;
            is_matured || changed_raw.iter().any(|raw| (first_offset..=last_offset).contains(&offset(*raw)))
        };
        let changed = changed_partitions(&files_before[table], &after.files(table));
        for day in &changed {
            assert!(
                reached(*day),
                "{table} {day} was rewritten without need; raw days {changed_raw:?} changed"
            );
        }
        let kept = files_before[table].intersection(&after.files(table)).count();
        assert!(kept > 0, "{table}: every file was written again");
        check_summary(&summary, table, &changed, &after);
    }
    let known: BTreeSet<&str> =
        REACH.iter().map(|(table, ..)| *table).chain(WHOLE).chain(WRITTEN_BEFORE_QUERIES).collect();
    for table in after.names() {
        assert!(known.contains(table), "say in REACH how far a change reaches into {table}");
    }
}

/// The summary counts at least the partitions whose files changed, and fewer than there are.
#[track_caller]
fn check_summary(summary: &serde_json::Value, table: &str, changed: &BTreeSet<Date>, after: &Published) {
    let built = summary["built"].as_array().expect("a list of built tables");
    let entry =
        built.iter().find(|entry| entry["table"] == table).expect("the table is among the built ones");
    let count =
        entry["partition_count"].as_u64().expect("partitions were replaced, not the whole table") as usize;
    assert!(count >= changed.len(), "{table}: {count} partitions said, {} changed", changed.len());
    let all_rows: u64 = after.version(table).files.iter().map(|file| file.row_count).sum();
    let row_count = entry["row_count"].as_u64().expect("a row count");
    assert!(row_count < all_rows, "{table}: all {all_rows} rows were written again");
}

/// The days whose files differ.
fn changed_partitions(before: &BTreeSet<String>, after: &BTreeSet<String>) -> BTreeSet<Date> {
    let day = |path: &String| {
        let folder = Path::new(path).parent().expect("a partition's folder").to_string_lossy().into_owned();
        let (_, day) = folder.split_once('=').expect("a partition's value");
        day.parse().expect("a partition is a date")
    };
    before.symmetric_difference(after).map(day).collect()
}
