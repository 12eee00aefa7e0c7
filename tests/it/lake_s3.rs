//! A lake on S3: the rows of a local lake, also when the store fails after it has kept a write.

#![expect(clippy::expect_used, reason = "a test stops where it fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::OnceLock;

use refrain_lake::Location;
use tempfile::TempDir;

use crate::s3_server::{ACCESS_KEY, BUCKET, Fault, S3Server, SECRET_KEY};
use crate::support::{
    Published, Rows, Site, assert_same_rows, data_samples, generated_sample, local_rows, sample_rows,
};

fn lake_url() -> String {
    format!("s3://{BUCKET}/support/nightly")
}

/// A site with its lake on the server: address in the configuration, secrets in the environment.
fn site_on(server: &S3Server, sources: &Path) -> Site {
    let mut store = toml::Table::new();
    store.insert("endpoint".to_owned(), server.endpoint().into());
    store.insert("region".to_owned(), "eu-south-2".into());
    store.insert("allow_http".to_owned(), "true".into());
    Site::over(sources)
        .with("lake", lake_url())
        .with("store", store)
        .with_environment("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .with_environment("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
}

fn published_on(server: &S3Server) -> Published {
    let options = [
        ("endpoint", server.endpoint()),
        ("region", "eu-south-2".to_owned()),
        ("allow_http", "true".to_owned()),
        ("access_key_id", ACCESS_KEY.to_owned()),
        ("secret_access_key", SECRET_KEY.to_owned()),
    ];
    let options: BTreeMap<String, String> =
        options.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    Published::read(Location::open(&lake_url(), Path::new(""), &options).expect("open the lake on S3"))
}

/// Two weeks of about 150 contacts, for runs with faults, and what a local run publishes of them.
fn few_contacts() -> (TempDir, &'static (Rows, Rows)) {
    static ROWS: OnceLock<(Rows, Rows)> = OnceLock::new();
    let sources = generated_sample(150, 2, 11);
    let rows = ROWS.get_or_init(|| local_rows(sources.path()));
    (sources, rows)
}

#[test]
fn a_lake_on_s3_holds_the_rows_of_a_local_one() {
    let server = S3Server::start();
    let site = site_on(&server, &data_samples());
    let first = site.run(&[]);
    assert_eq!(first["result"], "published");

    let published = published_on(&server);
    let (raw, derived) = sample_rows();
    assert_same_rows(&published.raw(), raw, "S3 against local");
    assert_same_rows(&published.derived(), derived, "S3 against local");

    let statement = "select count(*) as row_count from first_contact_resolution_weekly";
    let counted = site.refrain(&["sql", statement], &["--format", "csv"]);
    assert_eq!(counted, format!("row_count\n{}\n", derived["first_contact_resolution_weekly"].len()));

    let page = first["page"].as_str().expect("a page");
    let key = page.strip_prefix(&format!("s3://{BUCKET}/")).expect("the page is on the store");
    assert!(server.objects().contains_key(key), "{page} is not there");

    let before = server.objects();
    assert_eq!(site.run(&[])["result"], "nothing new");
    assert!(server.objects() == before, "a run with nothing new wrote to the store");
}

/// The first commits of raw tables, labels and marts, and the one that publishes.
const COMMITS: [&str; 7] = [
    "raw_leg/_delta_log/",
    "raw_turn/_delta_log/",
    "ledger/_delta_log/",
    "label_contact/_delta_log/",
    "int_contact/_delta_log/",
    "waiting_weekly/_delta_log/",
    "nightly/run/_delta_log/",
];

#[test]
fn an_error_after_a_commit_was_kept_gives_no_duplicate() {
    check(Fault::StoredThenError, &COMMITS);
}

#[test]
fn a_connection_that_breaks_after_a_commit_was_kept_gives_no_duplicate() {
    check(Fault::StoredThenDropped, &COMMITS);
}

#[test]
fn a_busy_store_is_asked_again() {
    check(Fault::BusyUnstored, &COMMITS);
}

#[test]
fn an_error_after_a_batch_plan_was_kept_is_no_race() {
    check(Fault::StoredThenError, &["_intake/asterisk/", "_intake/zendesk/"]);
}

/// A run during which PutObjects fail, two for each text in their keys: it ends well, with the rows
/// of a run without faults.
#[track_caller]
fn check(fault: Fault, key_parts: &[&str]) {
    let (sources, _) = few_contacts();
    let server = S3Server::start();
    let site = site_on(&server, sources.path());
    for key_part in key_parts {
        server.script(fault, key_part, 2);
    }
    assert_eq!(site.run(&[])["result"], "published");
    assert!(server.fault_count() >= key_parts.len(), "only {} faults happened", server.fault_count());
    check_lake(&server, &site);
}

/// The lake holds one published run, and the rows of a run without faults.
#[track_caller]
fn check_lake(server: &S3Server, site: &Site) {
    let published = published_on(server);
    assert_eq!(published.run_count, 1, "the run is published once");
    published.assert_no_delivery_twice();
    assert_nothing_committed_twice(server);
    let (_, (raw, derived)) = few_contacts();
    assert_same_rows(&published.raw(), raw, "with faults against without");
    assert_same_rows(&published.derived(), derived, "with faults against without");
    assert_eq!(site.run(&[])["result"], "nothing new");
}

#[test]
fn a_connection_that_breaks_after_any_write_was_kept_costs_at_most_another_run() {
    let (sources, _) = few_contacts();
    let server = S3Server::start();
    let site = site_on(&server, sources.path());
    for key_part in
        ["_intake/asterisk/", "_intake/zendesk/", "raw_leg/leg_date=", "int_contact/contact_date="]
    {
        server.script(Fault::StoredThenDropped, key_part, 1);
    }
    // Each fault may end one run, never with another code than "safe to run again".
    let mut codes = Vec::new();
    while codes.last() != Some(&Some(0)) && codes.len() < 6 {
        codes.push(site.command(&["run"]).output().expect("start refrain").status.code());
    }
    assert!(
        codes.iter().all(|code| matches!(code, Some(0 | 4))) && codes.last() == Some(&Some(0)),
        "exit codes {codes:?}"
    );
    assert_eq!(server.fault_count(), 4);
    check_lake(&server, &site);
}

/// No table's history, not only its newest version, holds a file or a transaction twice.
#[track_caller]
fn assert_nothing_committed_twice(server: &S3Server) {
    let mut seen = BTreeSet::new();
    for (key, bytes) in server.objects() {
        let Some((table, _)) = key.split_once("/_delta_log/") else { continue };
        for line in String::from_utf8_lossy(&bytes).lines() {
            let action: serde_json::Value = serde_json::from_str(line).expect("a log holds JSON");
            for (kind, name) in [("add", "path"), ("txn", "version")] {
                let Some(body) = action.get(kind) else { continue };
                let once = format!("{table} {kind} {} {}", body[name], body["appId"]);
                assert!(seen.insert(once.clone()), "committed twice: {once}");
            }
        }
    }
    assert!(seen.iter().any(|once| once.contains(" txn ")), "no transaction was seen");
}
