//! Tests of the whole page and of the terminal table.

#![expect(clippy::disallowed_methods, reason = "tests write files and measure themselves")]

use arrow::array::RecordBatch;

use crate::interval::Share;
use crate::sample::{Cell, RESOLUTION, batch, context, marts, weeks};
use crate::{BoardError, Marts, fcr_table, weekly_page};

#[track_caller]
fn check(marts: &Marts, expect: &[&str]) -> String {
    let page = weekly_page(marts, &context()).unwrap();
    let plain = page.replace('\u{a0}', " ");
    for text in expect {
        assert!(plain.contains(text), "“{text}” is not on the page");
    }
    for text in ["NaN", ">inf", "\"inf", "<script", "http:", "https:", "src=", "@import"] {
        assert!(!page.contains(text), "“{text}” is on the page");
    }
    plain
}

fn only(marts: &Marts, name: &str, keep: impl Fn(usize) -> bool) -> Marts {
    let mut marts = marts.clone();
    let table = marts.tables.get_mut(name).unwrap();
    let kept: Vec<RecordBatch> =
        (0..table.num_rows()).filter(|row| keep(*row)).map(|row| table.slice(row, 1)).collect();
    *table = arrow::compute::concat_batches(&table.schema(), &kept).unwrap();
    marts
}

#[test]
fn the_page_says_what_the_data_say() {
    let page = check(
        &marts(),
        &[
            "of first contacts were solved in the week of 2 Nov",
            "Manila solves fewer than the other sites",
            "“Restarts after update” on Halo Watch is new",
            "Wed 11 Nov was the busiest day",
            "The weeks of 9 Nov and 16 Nov are only estimated",
            "Less often solved than the others: Turkish.",
            "within 7 days",
            "the sums agree",
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
        ],
    );
    std::fs::write(
        std::env::temp_dir().join("refrain-weekly.html"),
        weekly_page(&marts(), &context()).unwrap(),
    )
    .unwrap();
    assert!(page.len() < 500_000, "{} bytes", page.len());
}

#[test]
fn the_same_marts_give_the_same_bytes() {
    assert_eq!(weekly_page(&marts(), &context()).unwrap(), weekly_page(&marts(), &context()).unwrap());
}

#[test]
fn every_drawing_and_table_is_well_formed() {
    let page = weekly_page(&marts(), &context()).unwrap();
    for element in ["svg", "table", "section", "details", "div", "text", "title", "dl", "small"] {
        let opened =
            page.matches(&format!("<{element}>")).count() + page.matches(&format!("<{element} ")).count();
        assert_eq!(opened, page.matches(&format!("</{element}>")).count(), "{element}");
    }
    let drawings = page.matches("<svg ").count();
    let named = page.matches("role=\"img\" aria-label=\"").count();
    let hidden = page.matches("aria-hidden=\"true\"").count();
    assert_eq!(drawings, named + hidden, "a drawing is neither named nor hidden");
}

#[test]
fn names_from_the_data_are_inert_everywhere() {
    let evil = "<script>alert(1)</script>\"'&";
    let mut marts = marts();
    for (name, columns) in [
        ("issue_volume_weekly", &["issue_name", "product", "language"][..]),
        ("contacts_per_thousand_units_weekly", &["issue_name", "product"][..]),
        ("first_contact_resolution_weekly", &["member", "definition_id"][..]),
        ("complaint_rate_weekly", &["member"][..]),
    ] {
        let table = &marts.tables[name];
        let schema = table.schema();
        let columns = schema.fields().iter().zip(table.columns()).map(|(field, array)| {
            let is_text = columns.contains(&field.name().as_str());
            let all = array.len();
            let replaced = arrow::array::StringArray::from_iter_values(std::iter::repeat_n(evil, all));
            let new: arrow::array::ArrayRef =
                if is_text { std::sync::Arc::new(replaced) } else { array.clone() };
            (field.name().clone(), new)
        });
        let table = RecordBatch::try_from_iter(columns.collect::<Vec<_>>()).unwrap();
        marts.tables.insert(name.to_owned(), table);
    }
    let mut context = context();
    context.organisation = evil.to_owned();
    context.warnings = vec![evil.to_owned()];
    context.glossary = vec![("fcr_rate".to_owned(), evil.to_owned())];
    context.source_ledger[0].source = evil.to_owned();
    let page = weekly_page(&marts, &context).unwrap();
    assert!(!page.contains("<script"), "a name became an element");
    assert!(!page.contains("alert(1)</"), "a closing tag came through");
    assert!(page.contains("alert(1)"), "the names are not on the page at all");
    assert!(page.contains("&lt;script&gt;alert(1)"), "no drawing shows a name");
}

#[test]
fn no_marts_leave_a_sentence_in_every_section() {
    check(
        &Marts::default(),
        &[
            "How many first contacts were solved cannot be told yet",
            "the table first_contact_resolution_weekly was not published with this run",
            "the table waiting_daily was not published with this run",
            "the table issue_volume_weekly was not published with this run",
            "the table contacts_per_thousand_units_weekly was not published with this run",
        ],
    );
    assert_eq!(fcr_table(&Marts::default()), "no week to show: the marts are missing or empty");
}

#[test]
fn each_mart_may_be_missing_or_empty_alone() {
    for name in marts().tables.keys() {
        let mut missing = marts();
        missing.tables.remove(name);
        check(&missing, &[&format!("The table {name} was not published.")]);
        let mut empty = marts();
        empty.tables.insert(name.clone(), marts().tables[name].slice(0, 0));
        check(&empty, &[&format!("The table {name} has no rows.")]);
        fcr_table(&missing);
    }
}

#[test]
fn one_week_alone_is_compared_with_nothing() {
    let mut marts = marts();
    let week = weeks()[3];
    let names: Vec<String> = marts.tables.keys().cloned().collect();
    for name in names {
        let table = marts.tables[&name].clone();
        let column = if name == "waiting_daily" { "reporting_date" } else { "reporting_week" };
        let dates = table.column_by_name(column).unwrap().clone();
        let dates = arrow::array::AsArray::as_primitive::<arrow::datatypes::Date32Type>(&dates).clone();
        marts = only(&marts, &name, |row| (week..week + 7).contains(&dates.value(row)));
    }
    let page =
        check(&marts, &["in the week of 5 Oct.", "no week before to compare with", "Too few whole weeks"]);
    assert!(!page.contains("is new:"));
}

fn single(rate: Option<f64>, nowcast: Option<f64>, count: i64) -> Marts {
    let cells = vec![
        Cell::Date(weeks()[0]),
        Cell::Text("all".to_owned()),
        Cell::Text("all".to_owned()),
        Cell::Int(count),
        Cell::Int(count),
        Cell::Int(count),
        Cell::Int(0),
        Cell::Int(0),
        Cell::Number(rate),
        Cell::Number(rate),
        Cell::Number(rate),
        Cell::Number(rate),
        Cell::Number(rate),
        Cell::Number(nowcast),
        Cell::Number(None),
        Cell::Number(None),
        Cell::Number(None),
        Cell::Text(String::new()),
    ];
    let mut marts = Marts::default();
    marts.tables.insert("first_contact_resolution_weekly".to_owned(), batch(&RESOLUTION, &[cells]));
    marts
}

#[test]
fn null_rates_are_dashes() {
    check(
        &single(None, None, 0),
        &["How many first contacts were solved cannot be told yet", "no figure for this week"],
    );
    check(&single(Some(f64::NAN), Some(f64::INFINITY), 5), &["cannot be told yet"]);
    check(&single(None, Some(0.88), 5), &["About 88.0 % of first contacts are being solved", "~88.0 %"]);
}

#[test]
fn huge_counts_do_not_break_the_page() {
    check(&single(Some(0.5), None, i64::MAX), &["9,223,372,036,854,775,807", "50.0 % of first contacts"]);
}

#[test]
fn a_mart_that_breaks_its_header_is_an_error() {
    let mut marts = Marts::default();
    let table = batch(&["reporting_week"], &[vec![Cell::Date(0)]]);
    marts.tables.insert("waiting_daily".to_owned(), table);
    assert!(matches!(
        weekly_page(&marts, &context()),
        Err(BoardError::ColumnMissing { table: "waiting_daily", column: "reporting_date" })
    ));
    let table = batch(&["reporting_date"], &[vec![Cell::Text("x".to_owned())]]);
    marts.tables.insert("waiting_daily".to_owned(), table);
    assert!(matches!(
        weekly_page(&marts, &context()),
        Err(BoardError::ColumnType { column: "reporting_date", .. })
    ));
    assert!(fcr_table(&marts).starts_with("no table of weeks: mart waiting_daily has column reporting_date"));
}

#[test]
fn the_terminal_table_marks_estimates() {
    let table = fcr_table(&marts());
    assert!(table.contains("2026-11-16"), "{table}");
    assert_eq!(table.matches('~').count(), 2, "{table}");
    assert!(table.lines().count() >= 12, "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 132), "{table}");
    println!("{table}");
}

#[test]
fn a_ledger_that_does_not_add_up_is_said() {
    let mut context = context();
    context.source_ledger[0].kept -= 1;
    let page = weekly_page(&marts(), &context).unwrap();
    assert!(page.contains("The sums do not agree for asterisk"));
}

/// Two weeks of the same size, with the intervals that independent contacts would have.
fn two_weeks(before: f64, now: f64, count: i64) -> Marts {
    let rows = [before, now].into_iter().zip(weeks()).map(|(rate, week)| {
        let resolved = (rate * count as f64) as i64;
        let (low, high) = Share::counted(resolved, count).unwrap().interval(1.96);
        let number = |value| Cell::Number(Some(value));
        vec![
            Cell::Date(week),
            Cell::Text("all".to_owned()),
            Cell::Text("all".to_owned()),
            Cell::Int(count),
            Cell::Int(count),
            Cell::Int(resolved),
            Cell::Int(count - resolved),
            Cell::Int(0),
            number(rate),
            number(low),
            number(high),
            number(rate),
            number(rate),
            Cell::Number(None),
            number(0.0),
            number(1.0),
            number(1.0),
            Cell::Text(String::new()),
        ]
    });
    let mut marts = Marts::default();
    let table = batch(&RESOLUTION, &rows.collect::<Vec<_>>());
    marts.tables.insert("first_contact_resolution_weekly".to_owned(), table);
    marts
}

#[test]
fn a_difference_is_named_only_when_its_interval_supports_it() {
    check(&two_weeks(0.88, 0.86, 10_000), &["in the week of 21 Sep, 2.0 points below the week before."]);
    check(&two_weeks(0.86, 0.88, 10_000), &["in the week of 21 Sep, 2.0 points above the week before."]);
    let page = check(
        &two_weeks(0.88, 0.82, 100),
        &["82.0 % of first contacts were solved in the week of 21 Sep, within the usual range."],
    );
    assert!(!page.contains("below the week before"));
}
