//! Planted effects, measured from the truth alone.

use super::*;
use crate::calendar::DAY;

fn share(rows: &[&Row], is: impl Fn(&Row) -> bool) -> f64 {
    rows.iter().filter(|row| is(row)).count() as f64 / rows.len().max(1) as f64
}

fn first_day() -> i64 {
    plan::day_number(jiff::civil::date(2026, 9, 14))
}

fn week(row: &Row) -> i64 {
    (row.started_at / DAY - first_day()) / 7
}

#[track_caller]
fn within(name: &str, value: f64, low: f64, high: f64) {
    println!("{name}: {value:.4}");
    assert!((low..=high).contains(&value), "{name} is {value}, expected {low}..{high}");
}

#[test]
fn planted_effects_show_in_the_truth() {
    let (folder, summary) = sample(|parameters| parameters.contact_count = 200_000);
    let rows = rows(folder.path());
    let all: Vec<&Row> = rows.iter().collect();
    within("contacts written / asked for", summary.contact_count as f64 / 200_000.0, 0.97, 1.03);
    within("orders per contact", summary.order_count as f64 / 200_000.0, 1.29, 1.31);

    // The emerging issue.
    let mut weekly = [0.0_f64; 10];
    for row in &all {
        if row.issue.as_deref() == Some("restarts_after_update")
            && row.product.as_deref() == Some("Halo Watch")
        {
            weekly[week(row) as usize] += 1.0;
        }
    }
    println!("restarts_after_update in Halo Watch by week: {weekly:?}");
    let before = weekly[..6].iter().sum::<f64>() / 6.0;
    within("emerging week / weeks before", weekly[6] / before, 25.0, 42.0);
    assert!(weekly[9] < weekly[7] && weekly[9] > 3.0 * before);

    // The surge.
    let by_day = |date: Date| {
        let day = plan::day_number(date);
        all.iter().filter(|row| row.started_at / DAY == day).copied().collect::<Vec<_>>()
    };
    let surge = by_day(jiff::civil::date(2026, 11, 11));
    let normal: Vec<&Row> =
        [4, 18].iter().flat_map(|day| by_day(jiff::civil::date(2026, 11, *day))).collect();
    within("surge / normal Wednesday", 2.0 * surge.len() as f64 / normal.len() as f64, 2.7, 3.3);
    for queue in ["bikes", "electronics", "wheelchairs", "parcels"] {
        let of = |row: &Row| row.queue.as_deref() == Some(queue);
        within(
            &format!("share of {queue}, surge - normal"),
            share(&surge, of) - share(&normal, of),
            -0.04,
            0.04,
        );
    }
    let calls = |rows: &[&Row]| share(rows, |row| row.is_abandoned);
    within("abandoned on the surge day", calls(&surge), 0.2, 0.7);
    within("abandoned on normal Wednesdays", calls(&normal), 0.03, 0.2);

    // The worse site.
    let resolved = |rows: &[&Row]| share(rows, |row| row.is_resolved);
    let handled: Vec<&Row> =
        all.iter().filter(|row| row.is_handled && row.issue.is_some() && !row.is_outbound).copied().collect();
    let at = |site: &str| handled.iter().filter(|row| row.site == site).copied().collect::<Vec<_>>();
    within("resolved at manila", resolved(&at("manila")), 0.50, 0.65);
    within("resolved at madrid", resolved(&at("madrid")), 0.70, 0.80);
    within("resolved at virginia", resolved(&at("virginia")), 0.70, 0.82);

    // The mix shift with constant rates.
    let period = |queue: &str, weeks: std::ops::Range<i64>| {
        let in_weeks: Vec<&Row> = all.iter().filter(|row| weeks.contains(&week(row))).copied().collect();
        share(&in_weeks, |row| row.queue.as_deref() == Some(queue))
    };
    within(
        "wheelchairs after / before",
        period("wheelchairs", 4..10) / period("wheelchairs", 0..4),
        1.8,
        2.2,
    );
    within("bikes after / before", period("bikes", 4..10) / period("bikes", 0..4), 0.6, 0.74);
    for issue in ["unlock_fails", "assembly_help", "joystick_unresponsive", "overcharged_ride"] {
        let of = |weeks: std::ops::Range<i64>| {
            let some: Vec<&Row> = handled
                .iter()
                .filter(|row| {
                    row.site != "manila" && row.issue.as_deref() == Some(issue) && weeks.contains(&week(row))
                })
                .copied()
                .collect();
            resolved(&some)
        };
        within(&format!("resolution of {issue}, after - before"), of(4..10) - of(0..4), -0.08, 0.08);
    }

    // Ordinary life.
    within("follow-ups", share(&all, |row| row.is_follow_up), 0.08, 0.25);
    within(
        "redials / abandoned",
        share(&all, |row| row.is_redial) / share(&all, |row| row.is_abandoned),
        0.38,
        0.5,
    );
    within("abandoned", calls(&all), 0.04, 0.2);
    within("complaints of handled", share(&handled, |row| row.is_complaint), 0.10, 0.25);
    within("escalated", share(&handled, |row| row.is_escalated), 0.02, 0.10);
    within("outbound", share(&all, |row| row.is_outbound), 0.003, 0.03);
    within("anonymous", share(&all, |row| row.customer.is_none()), 0.008, 0.03);
    within("undelivered", share(&all, |row| !row.is_delivered), 0.0008, 0.004);
    within("text", share(&handled, |row| row.has_text), 0.9, 1.0);
    let called: Vec<&Row> = handled.iter().filter(|row| row.channel == "voice").copied().collect();
    within("answered in 20 s", share(&called, |row| row.wait_seconds.unwrap() <= 20), 0.4, 0.8);
    let mut languages = BTreeMap::new();
    for row in &handled {
        *languages.entry(row.language.clone().unwrap()).or_insert(0) += 1;
    }
    println!("languages: {languages:?}");
    assert_eq!(languages.len(), catalogue::LANGUAGES.len());
    assert!(languages.values().all(|count| *count > 200));
}

#[test]
fn follow_ups_come_after_an_unresolved_contact_of_the_same_customer() {
    let (folder, _) = sample(|parameters| parameters.contact_count = 8_000);
    let rows = rows(folder.path());
    let by_number: BTreeMap<i64, &Row> = rows.iter().map(|row| (row.number, row)).collect();
    let mut other_channel = 0;
    let mut other_language = 0;
    let follow_ups: Vec<&Row> = rows.iter().filter(|row| row.is_follow_up && !row.is_redial).collect();
    for row in &follow_ups {
        let before = by_number[&row.previous.unwrap()];
        assert!(before.started_at < row.started_at && row.started_at - before.started_at < 30 * DAY);
        assert!(row.is_outbound || !before.is_resolved && before.is_handled);
        assert_eq!((&before.issue, &before.product), (&row.issue, &row.product));
        assert!(before.customer.is_none() || row.customer.is_none() || before.customer == row.customer);
        other_channel += usize::from(before.source != row.source);
        other_language += usize::from(before.language != row.language);
    }
    assert!(other_channel * 6 > follow_ups.len(), "{other_channel} of {}", follow_ups.len());
    assert!(other_language * 40 > follow_ups.len(), "{other_language} of {}", follow_ups.len());
}
