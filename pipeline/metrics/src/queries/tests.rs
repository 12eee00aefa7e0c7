//! Order and borders of a set of queries.

use super::*;

fn query(name: &str, inputs: &[&str]) -> String {
    let from = inputs.join(", ");
    format!(
        "-- {name}\n-- Purpose.\n--\n-- grain one row per (a)\n--\n-- a bigint a\nselect 1 as a from {from}"
    )
}

fn parse(queries: &[(&str, &[&str])]) -> Result<QuerySet, MetricsError> {
    let texts: Vec<(String, String)> = queries
        .iter()
        .map(|(path, inputs)| {
            let name = path.rsplit('/').next().unwrap();
            (format!("{path}.sql"), query(name, inputs))
        })
        .collect();
    QuerySet::parse(&texts)
}

#[test]
fn order_follows_references_not_names() {
    let set = parse(&[
        ("marts/a_mart", &["int_z"]),
        ("intermediate/int_a", &["int_z"]),
        ("intermediate/int_z", &["stg_x"]),
        ("staging/stg_x", &["raw_leg"]),
    ])
    .unwrap();
    let names: Vec<_> = set.queries().iter().map(|query| query.contract.name.as_str()).collect();
    assert_eq!(names, ["stg_x", "int_z", "a_mart", "int_a"]);
}

#[test]
fn sql_looks_left() {
    assert!(matches!(parse(&[("marts/m", &["raw_leg"])]), Err(MetricsError::LooksRight { .. })));
    assert!(matches!(
        parse(&[("marts/m", &["n"]), ("marts/n", &["stg_x"]), ("staging/stg_x", &["raw_leg"])]),
        Err(MetricsError::LooksRight { .. })
    ));
    assert!(matches!(parse(&[("staging/stg_x", &["raw_legs"])]), Err(MetricsError::UnknownTable { .. })));
}

#[test]
fn a_circle_is_named() {
    let result = parse(&[("intermediate/a", &["b"]), ("intermediate/b", &["a"])]);
    assert!(matches!(result, Err(MetricsError::Circle { .. })));
}

#[test]
fn only_one_select_is_a_query() {
    for text in ["select 1; select 2", "drop table raw_leg", "copy raw_leg to 'x'"] {
        let result = QuerySet::parse(&[("checks/fail_x.sql".to_owned(), text.to_owned())]);
        assert!(result.is_err(), "{text} was taken");
    }
}
