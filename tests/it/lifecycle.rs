//! The life of issues on the command line: fitted twice, edited by people, relabelled, alerted.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;

use crate::support::{Site, copy, files_below, generated_sample, repository};

/// The complaint rules and no issues: a folder that fits may write to.
fn models_without_issues(folder: &Path) {
    let rules = repository().join("models/complaint");
    for file in files_below(&rules) {
        copy(&rules.join(&file), &folder.join("complaint").join(&file));
    }
}

/// The issue of every contact before a day.
fn labels(site: &Site, before: &str) -> BTreeMap<String, Option<String>> {
    let statement =
        format!("select contact_id, issue_id from label_contact where contact_date < date '{before}'");
    let lines = site.refrain(&["sql"], &[&statement, "--format", "json"]);
    let rows = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    rows.map(|row| {
        (row["contact_id"].as_str().unwrap().to_owned(), row["issue_id"].as_str().map(str::to_owned))
    })
    .collect()
}

/// Issues by the number of their contacts, the largest first.
fn largest(labels: &BTreeMap<String, Option<String>>) -> Vec<(usize, String)> {
    let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
    labels.values().flatten().for_each(|issue| *counts.entry(issue).or_insert(0) += 1);
    let mut sorted: Vec<(usize, String)> =
        counts.into_iter().map(|(issue, count)| (count, issue.clone())).collect();
    sorted.sort_by(|left, right| right.cmp(left));
    sorted
}

fn count(labels: &BTreeMap<String, Option<String>>, issue: &str) -> usize {
    labels.values().flatten().filter(|found| *found == issue).count()
}

#[test]
fn a_refit_keeps_older_labels_and_ids_and_people_have_the_last_word() {
    let sources = generated_sample(2500, 8, 5);
    let models = tempfile::tempdir().unwrap();
    models_without_issues(models.path());
    let site = Site::over(sources.path()).with("models", models.path().display().to_string());
    let (first_day, second_day) = ("2026-11-02", "2026-11-16");
    site.refrain(&["pull"], &["--as-of", first_day]);
    let told = site.refrain(&["issues", "fit"], &["--as-of", first_day]);
    assert!(told.contains(" 0 go on") && told.contains("they label all contacts"), "{told}");
    site.run(&["--as-of", first_day]);
    let before = labels(&site, first_day);

    let told = site.refrain(&["issues", "fit"], &["--as-of", second_day]);
    assert!(told.contains("they label contacts from 2026-11-15 on"), "the day begins in UTC: {told}");
    assert!(!told.contains(" 0 go on"), "{told}");
    site.run(&["--as-of", second_day]);
    assert_eq!(labels(&site, first_day), before, "a refit changed labels of earlier days");

    // The same lake from nothing has the same labels, because sets hold by the day.
    let again = Site::over(sources.path()).with("models", models.path().display().to_string());
    again.run(&["--as-of", second_day]);
    assert_eq!(labels(&again, second_day), labels(&site, second_day));

    site.refrain(&["issues", "relabel"], &[]);
    site.run(&["--as-of", second_day]);
    let after = labels(&site, first_day);
    let both = before.iter().filter_map(|(contact, old)| old.as_ref().zip(after[contact].as_ref()));
    let (same, all) = both.fold((0, 0), |(same, all), (old, new)| (same + usize::from(old == new), all + 1));
    assert!(all > 300 && same * 100 >= all * 80, "{same} of {all} contacts kept their id through the refit");

    let ranked = largest(&after);
    let [a, b, c] = [&ranked[0].1, &ranked[1].1, &ranked[2].1];
    site.refrain(&["issues", "rename"], &[a, "Named by people"]);
    site.refrain(&["issues", "merge"], &[b, a]);
    site.refrain(&["issues", "hide"], &[c]);
    site.refrain(&["issues", "rule"], &["Numbers", "--pattern", "[0-9]"]);
    site.run(&["--as-of", second_day]);
    let edited = labels(&site, first_day);
    assert!(count(&edited, b) == 0 && count(&edited, c) == 0);
    assert!(count(&edited, a) > 0);
    let moved = after.iter().filter(|(_, issue)| issue.as_ref() == Some(b));
    let rule = largest(&edited)
        .into_iter()
        .map(|entry| entry.1)
        .find(|issue| !after.values().flatten().any(|old| old == issue));
    let rule = rule.unwrap();
    for (contact, _) in moved {
        let now = edited[contact].as_ref().unwrap();
        assert!(now == a || *now == rule, "{contact} of a merged issue is {now}");
    }
    let names = site.refrain(
        &["sql"],
        &["select distinct issue_name from label_contact where issue_id is not null", "--format", "csv"],
    );
    assert!(names.contains("Named by people") && names.contains("Numbers"), "{names}");

    // A refit leaves what people decided.
    site.refrain(&["issues", "fit"], &["--as-of", second_day, "--relabel"]);
    site.run(&["--as-of", second_day]);
    let refitted = labels(&site, first_day);
    assert!(count(&refitted, b) == 0 && count(&refitted, &rule) == count(&edited, &rule));
    let history = site.refrain(&["issues", "history"], &[]);
    assert!(history.contains("was born") && history.contains("from the beginning on"), "{history}");
}

#[test]
fn a_wrong_edit_is_refused_and_changes_nothing() {
    let sources = generated_sample(200, 2, 5);
    let models = tempfile::tempdir().unwrap();
    models_without_issues(models.path());
    let site = Site::over(sources.path()).with("models", models.path().display().to_string());
    for (arguments, reason) in [
        (vec!["issues", "rename", "i-none", "X"], "there are no issues yet"),
        (vec!["issues", "rule", "Empty"], "has no phrase, pattern or example"),
        (vec!["issues", "rule", "Broken", "--pattern", "(open"], "a pattern of i-"),
        (vec!["issues", "relabel"], "there is nothing to label with"),
    ] {
        let output = site.command(&arguments).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains(reason), "no {reason:?} in {stderr}");
    }
    assert!(!models.path().join("issues").exists());
}

/// Answers one POST and gives its body.
fn receive(listener: &TcpListener) -> String {
    let (mut stream, _) = listener.accept().unwrap();
    let mut text = String::new();
    let mut buffer = [0_u8; 4096];
    loop {
        let read = stream.read(&mut buffer).unwrap();
        text.push_str(&String::from_utf8_lossy(&buffer[..read]));
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head
            .to_lowercase()
            .lines()
            .find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
        if read == 0 || body.len() >= length.unwrap_or(0) {
            break;
        }
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
    text.split_once("\r\n\r\n").unwrap().1.to_owned()
}

#[test]
fn the_planted_issue_is_alerted_and_told_to_a_webhook() {
    let sources = generated_sample(6000, 10, 5);
    let site = Site::over(sources.path());
    let as_of = "2026-11-09";
    site.run(&["--as-of", as_of]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook?token=secret", listener.local_addr().unwrap());
    let posted = std::thread::spawn(move || receive(&listener));
    let arguments = ["--as-of", as_of, "--json", "--exit-code", "--webhook", &url];
    let output = site.command(&["alerts"]).args(arguments).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{stderr}");
    assert!(!stderr.contains("secret"));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let body: serde_json::Value = serde_json::from_str(&posted.join().unwrap()).unwrap();
    assert_eq!(body, report);
    let first = &report["alerts"][0];
    assert_eq!(first["place"]["product"], "Halo Watch", "{report}");
    assert_eq!(first["since_week"], "2026-10-26");
    assert!(first["observed"].as_f64() > first["expected"].as_f64());
    assert!(!first["quotes"].as_array().unwrap().is_empty());
    let page = std::fs::read_to_string(site.lake().join("page/index.html")).unwrap();
    assert!(
        page.contains("on Halo Watch is rising since the week of 26\u{a0}Oct"),
        "the page does not tell of the alert"
    );
}
