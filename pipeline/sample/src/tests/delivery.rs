//! What lies in the files: repeatable, complete, and consistent with the truth.

#![expect(clippy::disallowed_methods, reason = "tests write files and measure themselves")]

use std::fmt::Write;

use super::*;

#[test]
fn the_same_parameters_give_the_same_bytes() {
    let (first, first_summary) = sample(|parameters| parameters.contact_count = 2_000);
    let (second, second_summary) = sample(|parameters| parameters.contact_count = 2_000);
    assert_eq!(first_summary, second_summary);
    assert!(contents(first.path()) == contents(second.path()));
    let (other, _) = sample(|parameters| (parameters.contact_count, parameters.seed) = (2_000, 2));
    assert!(contents(first.path()) != contents(other.path()));
}

#[test]
fn the_first_days_do_not_depend_on_later_ones() {
    let (whole, _) = sample(|_| ());
    let (part, summary) = sample(|parameters| parameters.days = Some(17));
    assert_eq!(summary.day_count, 17);
    let whole = contents(whole.path());
    for (path, bytes) in contents(part.path()) {
        if !path.starts_with("truth") {
            assert!(whole[&path] == bytes, "{path}");
        }
    }
}

#[test]
fn compression_changes_only_the_wrapping() {
    let (plain, _) = sample(|parameters| parameters.days = Some(3));
    let (packed, _) = sample(|parameters| (parameters.days, parameters.compress) = (Some(3), true));
    let packed = contents(packed.path());
    for (path, bytes) in contents(plain.path()) {
        assert!(packed.get(&path).or_else(|| packed.get(&format!("{path}.gz"))) == Some(&bytes), "{path}");
    }
}

#[test]
fn the_committed_sample_is_small() {
    let (folder, summary) =
        sample(|parameters| (parameters.compress, parameters.write_labels) = (true, true));
    let truth = fs::metadata(folder.path().join("truth.parquet")).unwrap().len();
    println!("3,000 contacts compressed: {summary:?}, truth {truth} bytes");
    assert!(summary.byte_count + truth < 5_000_000);
}

fn date(day: i32) -> String {
    jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(day)).unwrap().to_string()
}

#[test]
fn every_delivered_contact_stands_in_the_file_of_its_day() {
    let (folder, summary) = sample(|_| ());
    let files = contents(folder.path());
    let rows = rows(folder.path());
    assert_eq!(rows.len() as u64, summary.contact_count);
    assert!((2_910..=3_090).contains(&summary.contact_count), "{}", summary.contact_count);
    assert_eq!(rows.iter().map(|row| &row.native_id).collect::<BTreeSet<_>>().len(), rows.len());
    for row in &rows {
        let Some(day) = row.delivered_on else {
            assert!(!row.is_delivered);
            continue;
        };
        let day = date(day);
        let (path, needle) = match row.source.as_str() {
            "asterisk" => (format!("in-house/cdr/Master-{day}.csv"), format!(",\"{}\",", row.native_id)),
            "zendesk" => (format!("zendesk/tickets-{day}.ndjson"), format!("{{\"id\":{},", row.native_id)),
            "outsourcer" => (format!("outsourced/call-log-{day}.csv"), format!("{0},{0},", row.native_id)),
            _ => (
                format!("hosted/contact-records/contact-records-{day}.ndjson"),
                format!("\"ContactId\":\"{}\"", row.native_id),
            ),
        };
        let text = String::from_utf8_lossy(&files[&path]);
        assert!(text.contains(&needle), "{needle} in {path}");
    }
}

#[test]
fn orders_that_contacts_name_exist_and_are_older() {
    let (folder, summary) = sample(|parameters| parameters.contact_count = 6_000);
    let files = contents(folder.path());
    let mut orders = BTreeMap::new();
    for (_, bytes) in files.range("shop/orders".to_owned().."shop/p".to_owned()) {
        for line in String::from_utf8_lossy(bytes).lines().skip(1) {
            let fields: Vec<&str> = line.split(',').collect();
            if fields.len() == 6 && fields[4].parse::<u64>().is_ok() {
                orders.entry(fields[0].to_owned()).or_insert((fields[1].to_owned(), fields[3].to_owned()));
            }
        }
    }
    assert_eq!(orders.len() as u64, summary.order_count);
    let named: Vec<Row> = rows(folder.path()).into_iter().filter(|row| row.order_id.is_some()).collect();
    assert!(named.len() > 2_000, "{}", named.len());
    for row in named {
        let (ordered_at, product) = &orders[&row.order_id.unwrap()];
        let ordered_at: jiff::Timestamp = ordered_at.parse().unwrap();
        assert!(ordered_at.as_second() < row.started_at);
        assert_eq!(Some(product), row.product.as_ref());
    }
}

#[test]
fn lines_parse_except_the_planted_ones() {
    let (folder, _) = sample(|parameters| parameters.contact_count = 20_000);
    let files = contents(folder.path());
    let planted: serde_json::Value = serde_json::from_slice(&files["truth/planted.json"]).unwrap();
    let mut bad = BTreeMap::from([("connect", 0), ("zendesk", 0), ("outsourcer", 0)]);
    for (path, bytes) in &files {
        let text = String::from_utf8_lossy(bytes);
        if path.ends_with(".ndjson") {
            let (source, id, at) = if path.starts_with("zendesk") {
                ("zendesk", "id", "created_at")
            } else {
                ("connect", "ContactId", "InitiationTimestamp")
            };
            for line in text.lines() {
                let is_good = serde_json::from_str::<serde_json::Value>(line).is_ok_and(|record| {
                    record.get(id).is_some()
                        && record[at].as_str().unwrap().parse::<jiff::Timestamp>().is_ok()
                });
                *bad.get_mut(source).unwrap() += u64::from(!is_good);
            }
        }
        if path.starts_with("outsourced") {
            let lines: Vec<&str> = text.lines().collect();
            for line in &lines[3..lines.len() - 1] {
                let is_bad = line.starts_with(",,")
                    || line.contains("31/02/2026")
                    || line.contains(",n/a s,")
                    || line.matches(',').count() < 16;
                *bad.get_mut("outsourcer").unwrap() += u64::from(is_bad);
            }
        }
        if path.starts_with("in-house/captions") || path.starts_with("hosted/contact-lens") {
            for member in tar::Archive::new(bytes.as_slice()).entries().unwrap() {
                let mut text = String::new();
                member.unwrap().read_to_string(&mut text).unwrap();
                if path.starts_with("hosted") {
                    let lens: serde_json::Value = serde_json::from_str(&text).unwrap();
                    assert!(!lens["Transcript"].as_array().unwrap().is_empty());
                } else {
                    assert!(text.starts_with("WEBVTT\n\n") && text.contains("<v Customer>"), "{text}");
                }
            }
        }
    }
    for (source, count) in bad {
        assert_eq!(planted["bad_rows"][source], count, "{source}");
        assert!(count > 0, "{source}");
    }
}

#[test]
fn personal_values_stand_in_the_texts_as_listed() {
    let (folder, summary) = sample(|parameters| parameters.contact_count = 4_000);
    let files = contents(folder.path());
    let mut all = String::new();
    for (path, bytes) in &files {
        if !path.starts_with("truth") {
            all.push_str(&String::from_utf8_lossy(bytes));
        }
    }
    let listed = String::from_utf8_lossy(&files["truth/personal.txt"]).into_owned();
    let values: Vec<&str> = listed.lines().collect();
    assert_eq!(values.len() as u64, summary.personal_count);
    let share = values.len() as f64 / summary.contact_count as f64;
    assert!((0.028..0.052).contains(&share), "{share}");
    for value in values {
        assert!(all.contains(value), "{value}");
    }
}

#[test]
fn what_is_kept_for_later_days_is_small() {
    assert!(size_of::<contact::Contact>() <= 184, "{}", size_of::<contact::Contact>());
    assert!(size_of::<behaviour::Return>() <= 48, "{}", size_of::<behaviour::Return>());
}

#[test]
fn a_look_at_the_files_and_the_speed() {
    let started = std::time::Instant::now();
    let (folder, summary) = sample(|parameters| parameters.contact_count = 50_000);
    let seconds = started.elapsed().as_secs_f64();
    println!("{:.0} contacts/s, {:.0} bytes each", summary.contact_count as f64 / seconds, {
        summary.byte_count as f64 / summary.contact_count as f64
    });
    let files = contents(folder.path());
    let mut shown = String::new();
    for (path, bytes) in
        files.iter().filter(|(path, _)| path.contains("2026-10-26") || path.ends_with(".json"))
    {
        let text = String::from_utf8_lossy(bytes);
        let start: String = text.chars().take(1_500).collect();
        write!(shown, "== {path} {} bytes\n{start}\n", bytes.len()).unwrap();
    }
    println!("{shown}");
    assert!(summary.contact_count > 0);
}
