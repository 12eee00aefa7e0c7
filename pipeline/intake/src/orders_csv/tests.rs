//! Orders and products.

use refrain_record::Table;

use crate::Format;
use crate::fixture::{counts, read, rejects, show, source};

#[track_caller]
fn check(text: &str, table: Table, columns: &str, expect: &str, expect_rejects: &str, expect_counts: &str) {
    let delivery = read(&source(Format::OrdersCsv), "orders-2026-09-14.csv", text);
    assert_eq!(show(&delivery, table, columns), expect);
    assert_eq!(rejects(&delivery), expect_rejects);
    assert_eq!(counts(&delivery), expect_counts);
}

#[test]
fn orders_are_typed() {
    check(
        "\u{feff}order_id,ordered_at,customer_phone,product,units,country\n\
         1,2026-09-20T22:30:00Z,+34612345678,Velo City,2,ES\n2,2026-09-14T10:00:00Z,612345678,Velo E,1,\n\
         3,2026-09-14T10:00:00Z,06 12 34 56 78,Velo E,1,FR\n4,2026-09-14T10:00:00Z,,Velo E,two,FR\n\
         ,2026-09-14T10:00:00Z,,Velo E,2,FR\n5,2026-02-31T10:00:00Z,,Velo E,2,FR\n6,2026-09-14T10:00:00Z,,,2,FR\n7,x\n",
        Table::RawOrder,
        "order_id order_date ordered_at order_week product unit_count country",
        "1|2026-09-20|2026-09-20T22:30:00Z|2026-09-21|Velo City|2|ES\n\
         2|2026-09-14|2026-09-14T10:00:00Z|2026-09-14|Velo E|1|\n3|2026-09-14|2026-09-14T10:00:00Z|2026-09-14|Velo E|1|FR",
        "9|malformed|\n5|bad_number|unit_count\n6|missing_id|order_id\n7|bad_time|ordered_at\n8|missing_id|product",
        "9 1 5",
    );
    check(
        "order_id,ordered_at,customer_phone,product,units,country\n1,2026-09-14T10:00:00Z,612345678,Velo E,1,ES\n\
         2,2026-09-14T10:00:00Z,+34612345678,Velo E,1,FR\n",
        Table::RawOrder,
        "customer_key",
        "v1_ZVJQPDDVYWUITPX7B7XTANTKYM\nv1_ZVJQPDDVYWUITPX7B7XTANTKYM",
        "",
        "3 1 0",
    );
}

#[test]
fn products_are_told_by_their_header() {
    check(
        "product,family,launched_on\nVelo City,bike,2020-01-01\nRolla Light,,\n,bike,\n",
        Table::RawProduct,
        "product product_family position",
        "Velo City|bike|2\nRolla Light||3",
        "4|missing_id|product",
        "4 1 1",
    );
    check("something,else\n1,2\n", Table::RawOrder, "order_id", "", "1|malformed|header", "1 0 1");
    check("", Table::RawOrder, "order_id", "", "", "0 0 0");
}
