//! Headers that hold, and headers that say what is wrong with them.

use super::*;

const GOOD: &str = "-- some_mart\n-- What it is for.\n--\n-- kept        table\n-- grain       one row per (week, site)\n\
                    -- partition   week weekly\n-- reads       int_contact -14..6 days\n-- reads       stg_product all\n\
                    -- matures     10 days\n-- counted     only the good ones    DECISIONS 1\n--\n\
                    -- week   date    first day\n-- site   text    contact centre\n-- rate   double  0..1;\n--     null when empty\n\nselect 1";

#[test]
fn a_header_gives_grain_reach_and_columns() {
    let contract = Contract::parse("some_mart", GOOD).unwrap();
    assert_eq!(contract.grain, ["week", "site"]);
    assert_eq!(contract.partition, Some(("week".to_owned(), PartitionStep::Weekly)));
    assert_eq!(contract.reads["int_contact"], Reach::Days { first: -14, last: 6 });
    assert_eq!(contract.reads["stg_product"], Reach::All);
    assert_eq!(contract.matures_days, Some(10));
    assert_eq!(contract.notes[0].0, "counted");
    assert_eq!(contract.columns[2].meaning, "0..1; null when empty");
    assert_eq!(contract.table().schema.field(0).data_type(), &DataType::Date32);
}

#[track_caller]
fn check(from: &str, to: &str, part: &str) {
    assert!(GOOD.contains(from), "the fixture no longer holds {from:?}");
    match Contract::parse("some_mart", &GOOD.replace(from, to)) {
        Err(MetricsError::BadHeader { part: found, .. }) => assert_eq!(found, part),
        other => panic!("expected a bad {part}, got {other:?}"),
    }
}

#[test]
fn what_is_wrong_is_named() {
    check("-- some_mart", "-- other", "name");
    check("one row per (week, site)", "week", "grain");
    check("(week, site)", "(week, queue)", "grain");
    check("week weekly", "week monthly", "partition");
    check("-14..6 days", "6..-14 days", "reads");
    check("10 days", "soon", "matures");
    check("-- site   text    contact centre", "-- site   text", "column");
}
