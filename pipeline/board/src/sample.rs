//! Marts for the tests: ten weeks, three sites, seventeen languages, ten products, thirty issues.
//!
//! In: nothing. Out: batches as the query headers declare them, the same every time. One issue is new
//! in the last weeks, one site solves fewer, one day is a peak, two weeks are not final.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray, StringViewArray,
};
use jiff::civil::date;
use jiff::tz::TimeZone;
use refrain_record::calendar::{EpochDay, epoch_day};

use crate::interval::Share;
use crate::{Marts, PageContext, SourceLine};

#[derive(Clone)]
pub(crate) enum Cell {
    Date(EpochDay),
    Text(String),
    Int(i64),
    MaybeInt(Option<i64>),
    Number(Option<f64>),
}
use Cell::{Date, Int, MaybeInt, Number, Text};

pub(crate) fn batch(names: &[&str], rows: &[Vec<Cell>]) -> RecordBatch {
    let column = |position: usize| -> ArrayRef {
        let cells = || rows.iter().map(move |row| row[position].clone());
        match rows[0][position] {
            Date(_) => Arc::new(Date32Array::from_iter(
                cells().map(|cell| if let Date(day) = cell { Some(day) } else { None }),
            )),
            // Queries give both kinds of text.
            Text(_) if position.is_multiple_of(2) => Arc::new(StringViewArray::from_iter(cells().map(text))),
            Text(_) => Arc::new(StringArray::from_iter(cells().map(text))),
            Int(_) | MaybeInt(_) => Arc::new(Int64Array::from_iter(cells().map(|cell| match cell {
                Int(value) => Some(value),
                MaybeInt(value) => value,
                _ => None,
            }))),
            Number(_) => Arc::new(Float64Array::from_iter(
                cells().map(|cell| if let Number(value) = cell { value } else { None }),
            )),
        }
    };
    RecordBatch::try_from_iter(names.iter().enumerate().map(|(position, name)| (*name, column(position))))
        .unwrap()
}

fn text(cell: Cell) -> Option<String> {
    if let Text(text) = cell { Some(text) } else { None }
}

/// A small generator (Knuth's MMIX constants), so that the page is the same every time.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// About normal, mean 0, deviation 1.
    fn noise(&mut self) -> f64 {
        (0..12).map(|_| self.next()).sum::<f64>() - 6.0
    }

    fn count(&mut self, mean: f64) -> i64 {
        (mean + self.noise() * mean.max(0.0).sqrt()).round().max(0.0) as i64
    }
}

pub(crate) const LANGUAGES: [(&str, f64); 17] = [
    ("en", 0.24),
    ("es", 0.17),
    ("de", 0.11),
    ("fr", 0.09),
    ("it", 0.07),
    ("pt", 0.06),
    ("nl", 0.04),
    ("pl", 0.04),
    ("tr", 0.03),
    ("ru", 0.03),
    ("ar", 0.03),
    ("ja", 0.02),
    ("zh-Hans", 0.02),
    ("ko", 0.02),
    ("zh-Hant", 0.01),
    ("he", 0.01),
    ("th", 0.01),
];
const PRODUCTS: [(&str, &str, f64); 10] = [
    ("Velo City", "bike", 5200.0),
    ("Velo E", "bike", 2100.0),
    ("Halo Watch", "electronics", 900.0),
    ("Pulse Buds", "electronics", 1900.0),
    ("Nimbus Phone", "electronics", 700.0),
    ("Dusty Robot", "electronics", 500.0),
    ("Rolla Light", "chair", 160.0),
    ("Rolla Power", "chair", 90.0),
    ("Boxway Standard", "parcel", 14_000.0),
    ("Boxway Express", "parcel", 6000.0),
];
const ISSUES: [(&str, &str, f64); 30] = [
    ("unlock_fails", "bike", 60.0),
    ("ride_not_ended", "bike", 44.0),
    ("deposit_refund", "bike", 30.0),
    ("brakes_faulty", "bike", 14.0),
    ("overcharged_ride", "bike", 38.0),
    ("bike_missing_on_map", "bike", 18.0),
    ("account_blocked", "bike", 22.0),
    ("battery_drains", "electronics", 24.0),
    ("restarts_after_update", "electronics", 0.4),
    ("screen_flickers", "electronics", 12.0),
    ("pairing_fails", "electronics", 26.0),
    ("charger_dead", "electronics", 15.0),
    ("counterfeit_goods", "electronics", 5.0),
    ("warranty_registration", "electronics", 13.0),
    ("setup_help", "electronics", 28.0),
    ("water_damage", "electronics", 8.0),
    ("no_sound", "electronics", 11.0),
    ("wheel_wobbles", "chair", 7.0),
    ("joystick_unresponsive", "chair", 6.0),
    ("assembly_help", "chair", 9.0),
    ("cushion_worn", "chair", 4.0),
    ("range_too_short", "chair", 6.0),
    ("insurance_paperwork", "chair", 8.0),
    ("parcel_lost", "parcel", 110.0),
    ("parcel_late", "parcel", 150.0),
    ("wrong_item", "parcel", 46.0),
    ("damaged_in_transit", "parcel", 52.0),
    ("address_change", "parcel", 64.0),
    ("customs_fee", "parcel", 20.0),
    ("return_refund", "parcel", 88.0),
];

/// Ten Mondays from 14 September 2026.
pub(crate) fn weeks() -> Vec<EpochDay> {
    let first = epoch_day(date(2026, 9, 14));
    (0..10).map(|week| first + 7 * week).collect()
}

fn busy(week: usize) -> f64 {
    [1.0, 1.02, 0.98, 1.0, 1.03, 0.99, 1.01, 1.04, 1.75, 1.2][week % 10]
}

pub(crate) const RESOLUTION: [&str; 18] = [
    "reporting_week",
    "dimension",
    "member",
    "handled_contact_count",
    "first_contact_count",
    "resolved_contact_count",
    "unresolved_contact_count",
    "pending_contact_count",
    "fcr_rate",
    "fcr_rate_low",
    "fcr_rate_high",
    "fcr_any_rate",
    "fcr_issue_low_rate",
    "fcr_nowcast",
    "pending_share",
    "identity_coverage",
    "issue_coverage",
    "definition_id",
];

fn resolution_row(
    dice: &mut Dice,
    week: usize,
    dimension: &str,
    member: &str,
    mean: f64,
    rate: f64,
) -> Vec<Cell> {
    let handled = dice.count(mean * busy(week)).max(1);
    let first = (handled as f64 * 0.83) as i64;
    let spread = (rate * (1.0 - rate) / first.max(1) as f64).sqrt();
    let rate = (rate + dice.noise() * spread).clamp(0.0, 1.0);
    let pending_part = match week {
        9 => 0.86,
        8 => 0.31,
        _ => 0.0,
    };
    let pending = (first as f64 * pending_part) as i64;
    let unresolved = ((first as f64) * (1.0 - rate) * (1.0 - pending_part)) as i64;
    let resolved = first - pending - unresolved;
    let is_final = pending == 0 && first > 0;
    let p = resolved as f64 / (resolved + unresolved).max(1) as f64;
    let share = Share { rate: p, count: first as f64, effective_count: (first as f64 / 1.2).max(1.0) };
    let (low, high) = share.interval(1.96);
    vec![
        Date(weeks()[week]),
        Text(dimension.to_owned()),
        Text(member.to_owned()),
        Int(handled),
        Int(first),
        Int(resolved),
        Int(unresolved),
        Int(pending),
        Number(is_final.then_some(p)),
        Number(is_final.then_some(low)),
        Number(is_final.then_some(high)),
        Number(is_final.then_some(p - 0.03)),
        Number(is_final.then_some(p - 0.01)),
        Number((!is_final).then_some(rate)),
        Number(Some(pending as f64 / first.max(1) as f64)),
        Number(Some(0.93 + 0.01 * dice.next())),
        Number(Some(0.88 + 0.02 * dice.next())),
        Text("episode/7d+2d/60s/order-or-issue/escalation-outcome-survey".to_owned()),
    ]
}

fn members() -> Vec<(&'static str, String, f64, f64, f64)> {
    let mut members = vec![("all", "all".to_owned(), 1900.0, 0.872, 0.083)];
    for (site, part, rate, complaint) in
        [("madrid", 0.42, 0.893, 0.08), ("manila", 0.33, 0.823, 0.1), ("virginia", 0.25, 0.889, 0.075)]
    {
        members.push(("site", site.to_owned(), 1900.0 * part, rate, complaint));
    }
    for (channel, part, rate) in
        [("voice", 0.7, 0.87), ("email", 0.16, 0.87), ("chat", 0.09, 0.88), ("web", 0.05, 0.86)]
    {
        members.push(("channel", channel.to_owned(), 1900.0 * part, rate, 0.083));
    }
    for (language, part) in LANGUAGES {
        let rate = if language == "tr" { 0.72 } else { 0.872 };
        let complaint = if language == "de" { 0.12 } else { 0.08 };
        members.push(("language", language.to_owned(), 1900.0 * part, rate, complaint));
    }
    for (issue, _, mean) in ISSUES {
        members.push(("issue", issue.to_owned(), mean * 1.6, 0.87, 0.04 + mean / 1500.0));
    }
    members
}

fn resolution() -> RecordBatch {
    let mut dice = Dice(7);
    let mut rows = Vec::new();
    for (dimension, member, mean, rate, _) in members() {
        rows.extend((0..10).map(|week| resolution_row(&mut dice, week, dimension, &member, mean, rate)));
    }
    batch(&RESOLUTION, &rows)
}

fn complaints() -> RecordBatch {
    let mut dice = Dice(8);
    let mut rows = Vec::new();
    for (dimension, member, mean, _, rate) in members() {
        if member == "restarts_after_update" {
            continue;
        }
        for week in 0..10 {
            let handled = dice.count(mean * busy(week)).max(1);
            let labelled = (handled as f64 * 0.95).ceil() as i64;
            let complaints = dice.count(labelled as f64 * rate).min(labelled);
            let share = Share::counted(complaints, labelled).unwrap();
            let (low, high) = share.interval(1.96);
            rows.push(vec![
                Date(weeks()[week]),
                Text(dimension.to_owned()),
                Text(member.clone()),
                Int(handled),
                Int(labelled),
                Int(complaints),
                Number(Some(share.rate)),
                Number(Some(low)),
                Number(Some(high)),
            ]);
        }
    }
    let names = [
        "reporting_week",
        "dimension",
        "member",
        "handled_contact_count",
        "labelled_contact_count",
        "complaint_contact_count",
        "complaint_rate",
        "complaint_rate_low",
        "complaint_rate_high",
    ];
    batch(&names, &rows)
}

fn waiting() -> RecordBatch {
    let mut dice = Dice(9);
    let rows: Vec<Vec<Cell>> = (0..10)
        .map(|week| {
            let level = if week == 8 { 0.58 } else { 0.84 + 0.015 * dice.noise() };
            vec![
                Date(weeks()[week]),
                Text("all".to_owned()),
                Text("all".to_owned()),
                Number(Some(level)),
                Number(Some((1.0 - level) * 0.42)),
                Number(Some(0.31 + 0.02 * dice.noise())),
            ]
        })
        .collect();
    batch(
        &["reporting_week", "dimension", "member", "service_level_120", "abandonment_rate", "redial_rate"],
        &rows,
    )
}

fn handling() -> RecordBatch {
    let mut dice = Dice(10);
    let rows: Vec<Vec<Cell>> = (0..10)
        .map(|week| {
            vec![
                Date(weeks()[week]),
                Text("all".to_owned()),
                Text("all".to_owned()),
                Int(dice.count(1900.0 * busy(week))),
                Number(Some(412.0 + 9.0 * dice.noise())),
            ]
        })
        .collect();
    batch(
        &["reporting_week", "dimension", "member", "handled_contact_count", "average_handle_seconds"],
        &rows,
    )
}

fn days() -> RecordBatch {
    let mut dice = Dice(11);
    let mut rows = Vec::new();
    for (week, first) in weeks().into_iter().enumerate() {
        for weekday in 0..7 {
            for part in [0.42, 0.33, 0.25] {
                let usual = 300.0 * part * if weekday > 4 { 0.45 } else { 1.0 };
                let surge = match (week, weekday) {
                    (8, 2) => 4.1,
                    (8, 3) => 2.3,
                    (8, 4) => 1.6,
                    _ => 1.0,
                };
                let offered = dice.count(usual * surge);
                let level = (0.86 - 0.17 * (surge - 1.0) + 0.03 * dice.noise()).clamp(0.05, 1.0);
                let abandoned = (offered as f64 * (1.0 - level) * 0.3) as i64;
                rows.push(vec![
                    Date(first + weekday),
                    Int(offered),
                    Int(abandoned),
                    Int((offered as f64 * level) as i64),
                ]);
            }
        }
    }
    batch(
        &["reporting_date", "offered_contact_count", "abandoned_contact_count", "answered_in_120_count"],
        &rows,
    )
}

fn issues() -> (RecordBatch, RecordBatch) {
    let mut dice = Dice(12);
    let mut rows = Vec::new();
    let mut unit_rows = Vec::new();
    for (product, family, units) in PRODUCTS {
        let siblings = PRODUCTS.iter().filter(|other| other.1 == family).count() as f64;
        for week in 0..10 {
            let sold = dice.count(units * busy(week).sqrt());
            let rate = |contacts: i64| Number(Some(contacts as f64 / sold.max(1) as f64 * 1000.0));
            let mut total = 0;
            for (issue, _, mean) in ISSUES.iter().filter(|issue| issue.1 == family) {
                let emerging = *issue == "restarts_after_update" && product == "Halo Watch" && week >= 7;
                let grows = *issue == "charger_dead" && product == "Pulse Buds" && week >= 6;
                let usual = mean * 1.6 / siblings * busy(week) * if grows { 2.8 } else { 1.0 };
                let mean = if emerging { [34.0, 71.0, 88.0][week - 7] } else { usual };
                let mut of_issue = 0;
                for (language, part) in LANGUAGES {
                    let contacts = dice.count(mean * part);
                    if contacts > 0 {
                        let complaints = dice.count(contacts as f64 * 0.1).min(contacts);
                        rows.push(vec![
                            Date(weeks()[week]),
                            Text("madrid".to_owned()),
                            Text(product.to_owned()),
                            Text(language.to_owned()),
                            Text((*issue).to_owned()),
                            Text(issue.replace('_', " ")),
                            Int(contacts),
                            Int(complaints),
                        ]);
                    }
                    of_issue += contacts;
                }
                total += of_issue;
                if of_issue > 0 {
                    unit_rows.push(vec![
                        Date(weeks()[week]),
                        Text(product.to_owned()),
                        Text((*issue).to_owned()),
                        Text(issue.replace('_', " ")),
                        Int(of_issue),
                        MaybeInt(Some(sold)),
                        rate(of_issue),
                    ]);
                }
            }
            let none = dice.count(total as f64 * 0.1);
            rows.push(vec![
                Date(weeks()[week]),
                Text("madrid".to_owned()),
                Text(product.to_owned()),
                Text("en".to_owned()),
                Text("(none)".to_owned()),
                Text("(none)".to_owned()),
                Int(none),
                Int(0),
            ]);
            unit_rows.push(vec![
                Date(weeks()[week]),
                Text(product.to_owned()),
                Text("(all)".to_owned()),
                Text("(all)".to_owned()),
                Int(total + none),
                MaybeInt(Some(sold)),
                rate(total + none),
            ]);
        }
    }
    let issue_names = [
        "reporting_week",
        "site",
        "product",
        "language",
        "issue_id",
        "issue_name",
        "contact_count",
        "complaint_contact_count",
    ];
    let unit_names = [
        "reporting_week",
        "product",
        "issue_id",
        "issue_name",
        "contact_count",
        "unit_count",
        "contact_rate_1000",
    ];
    (batch(&issue_names, &rows), batch(&unit_names, &unit_rows))
}

/// All marts.
pub(crate) fn marts() -> Marts {
    let (issues, units) = issues();
    let tables = [
        ("first_contact_resolution_weekly", resolution()),
        ("complaint_rate_weekly", complaints()),
        ("waiting_weekly", waiting()),
        ("handling_weekly", handling()),
        ("waiting_daily", days()),
        ("issue_volume_weekly", issues),
        ("contacts_per_thousand_units_weekly", units),
    ];
    Marts { tables: tables.into_iter().map(|(name, table)| (name.to_owned(), table)).collect() }
}

/// The run that published them, early on Monday 23 November 2026.
pub(crate) fn context() -> PageContext {
    let line = |source: &str, read, kept, merged, duplicate, rejected| SourceLine {
        source: source.to_owned(),
        read,
        kept,
        merged,
        duplicate,
        rejected,
    };
    let meanings = [
        ("fcr_rate", "resolved / (resolved + unresolved), 0..1; null while any contact is pending"),
        ("complaint_rate", "complaints / labelled contacts, 0..1"),
        ("service_level_120", "answered within 120 s / (answered + abandoned - short abandons), 0..1"),
        ("abandonment_rate", "(abandoned - short) / (offered - short), 0..1"),
        ("redial_rate", "redialed / identified abandons, 0..1"),
        ("average_handle_seconds", "handle_seconds / timed contacts (AHT), seconds"),
        ("handled_contact_count", "handled inbound contacts, counted or not"),
    ];
    PageContext {
        organisation: "Sample organisation".to_owned(),
        as_of: "2026-11-23T02:00:00Z".parse().unwrap(),
        run_number: 71,
        reporting_zone: TimeZone::get("Europe/Madrid").unwrap(),
        warnings: vec![
            "warn_late_data: 214 records of source outsourcer arrived more than 2 days late".to_owned(),
        ],
        source_ledger: vec![
            line("asterisk", 81_204, 39_120, 41_800, 210, 74),
            line("zendesk", 6120, 5004, 0, 1098, 18),
            line("outsourcer", 7011, 6890, 0, 88, 33),
            line("connect", 9870, 9102, 0, 750, 18),
            line("shop", 318_400, 318_311, 0, 80, 9),
        ],
        glossary: meanings.map(|(column, meaning)| (column.to_owned(), meaning.to_owned())).to_vec(),
    }
}
