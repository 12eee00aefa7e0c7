//! A shop's orders and products in CSV: what contact rates are measured against.
//!
//! In: a sheet with `order_id,ordered_at,customer_phone,product,units,country`, or one with
//! `product,family`; the header tells which. Out: one row per order line or product. A customer's
//! number written nationally is read in the order's country, else in the source's.

use crate::container;
use crate::identity;
use crate::legs::{Intake, start_day};
use crate::reader::Document;
use crate::rows::{Order, Product};
use crate::spreadsheet::{self, Layout};
use crate::typing::{self, Field, Kind};

/// Reads orders or products.
pub(crate) fn read(intake: &mut Intake<'_>, document: &Document<'_>) {
    if has_orders(document) { read_orders(intake, document) } else { read_products(intake, document) }
}

/// Whether the header is one of orders: looked for in the first lines, under report titles.
fn has_orders(document: &Document<'_>) -> bool {
    let first = container::lines(document.text, document.is_cut).take(20);
    !first.into_iter().any(|(_, line)| {
        let line = line.to_ascii_lowercase();
        let has = |name: &[u8]| line.windows(name.len()).any(|window| window == name);
        has(b"product") && has(b"family") && !has(b"order_id")
    })
}

fn read_orders(intake: &mut Intake<'_>, document: &Document<'_>) {
    let needed = ["order_id", "ordered_at", "product", "units"];
    let sheet = spreadsheet::read(intake, document, b',', &Layout::Header(&needed));
    let [order_id, ordered_at, product, units, phone, country] =
        ["order_id", "ordered_at", "product", "units", "customer_phone", "country"]
            .map(|name| sheet.column(name));
    let positions: Vec<i64> = sheet.rows.iter().map(|row| row.position).collect();
    let fields = [
        Field::required("order_id", Kind::Id),
        Field::required("ordered_at", Kind::Instant),
        Field::required("product", Kind::Id),
        Field::required("unit_count", Kind::Count),
    ];
    let text = [order_id, ordered_at, product, units]
        .map(|column| sheet.rows.iter().map(|row| row.cell(column)).collect())
        .into();
    let mut typed = typing::check(&positions, &fields, text);
    intake.rejects.append(&mut typed.rejects);
    let (times, counts) = (typed.column("ordered_at"), typed.column("unit_count"));
    for (number, row) in typed.rows.iter().enumerate() {
        let row = &sheet.rows[*row];
        let Some(ordered_at) = times[number] else { continue };
        let country = row.cell(country);
        let region =
            country.filter(|code| identity::region(code).is_some()).unwrap_or(&intake.source.country);
        let customer_key = row.cell(phone).and_then(|phone| intake.customer_key(phone, region));
        let order_week = intake.week(ordered_at);
        intake.orders.push(Order {
            order_date: Some(start_day(ordered_at)),
            order_id: row.cell(order_id),
            ordered_at: Some(ordered_at),
            order_week: Some(order_week),
            customer_key: customer_key.as_deref(),
            product: row.cell(product),
            unit_count: counts[number],
            country,
            position: row.position,
            record_hash: row.record_hash,
            ..Order::default()
        });
    }
}

fn read_products(intake: &mut Intake<'_>, document: &Document<'_>) {
    let sheet = spreadsheet::read(intake, document, b',', &Layout::Header(&["product", "family"]));
    let [product, family] = ["product", "family"].map(|name| sheet.column(name));
    let positions: Vec<i64> = sheet.rows.iter().map(|row| row.position).collect();
    let text = vec![sheet.rows.iter().map(|row| row.cell(product)).collect()];
    let mut typed = typing::check(&positions, &[Field::required("product", Kind::Id)], text);
    intake.rejects.append(&mut typed.rejects);
    for row in typed.rows {
        let row = &sheet.rows[row];
        intake.products.push(Product {
            product: row.cell(product),
            product_family: row.cell(family),
            position: row.position,
            record_hash: row.record_hash,
            ..Product::default()
        });
    }
}

#[cfg(test)]
mod tests;
