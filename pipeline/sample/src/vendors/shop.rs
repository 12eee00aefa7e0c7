//! The shop: products once, order lines by day, derived from their numbers.
//!
//! In: the plan's order numbers. Out: CSV. Contacts name orders that stand here; only extra rows are
//! planted as unreadable, so that each referenced order arrives (at most four days late).

use std::path::Path;

use crate::SampleError;
use crate::bytes::{push, push_number};
use crate::calendar::{DAY, push_instant};
use crate::catalogue::{PRODUCTS, Source};
use crate::files::{DayFiles, OutFile};
use crate::people::{country_of, push_e164};
use crate::plan::{FIRST_ORDER, Plan};
use crate::random::{Random, Stream};
use crate::vendors::{Delivery, Planted};

/// Order lines that are still to be delivered: order, its day, and how.
pub(crate) type Pending = Vec<(u64, i64, Delivery)>;

/// Writes the list of products.
///
/// # Errors
/// [`SampleError::Write`].
pub(crate) fn write_products(out: &Path, compress: bool) -> Result<u64, SampleError> {
    let mut file = OutFile::create(&out.join("shop/products.csv"), compress)?;
    let mut text = b"product,family,launched_on\n".to_vec();
    for product in &PRODUCTS {
        [product.name, ",", product.family_name, ",", product.launched_on, "\n"]
            .iter()
            .for_each(|part| push(&mut text, part));
    }
    file.write(&text)?;
    file.finish()
}

/// Writes the orders of a day and what earlier days left; returns how many orders were placed.
///
/// # Errors
/// [`SampleError::Write`].
pub(crate) fn write_day(
    plan: &Plan,
    day: i64,
    files: &mut DayFiles,
    due: &Pending,
    later: &mut impl FnMut(i64, (u64, i64, Delivery)),
    planted: &mut Planted,
) -> Result<u64, SampleError> {
    let mut line = Vec::with_capacity(160);
    files.orders.write(b"order_id,ordered_at,customer_phone,product,units,country\n")?;
    for (order, placed_on, copy) in due {
        push_line(plan, &mut line, *order, *placed_on, None);
        files.orders.write(&line)?;
        planted.count(Source::Shop, *copy);
    }
    let orders = plan.orders_of(day);
    for order in orders.clone() {
        let mut random = Random::new(plan.seed, Stream::Record, order ^ (1 << 57));
        push_line(plan, &mut line, order, day, None);
        match random.below(1_000) {
            0..4 if day + 4 < plan.end_day => {
                later(day + 1 + random.below(4) as i64, (order, day, Delivery::Late));
                continue;
            }
            4..9 => {
                files.orders.write(&line)?;
                planted.count(Source::Shop, Delivery::Again);
            }
            9..13 if day + 1 < plan.end_day => later(day + 1, (order, day, Delivery::Again)),
            _ => {}
        }
        files.orders.write(&line)?;
        if random.chance(0.003) {
            push_line(plan, &mut line, order, day, Some(random.below(3)));
            files.orders.write(&line)?;
            planted.bad[Source::Shop as usize] += 1;
        }
    }
    Ok(orders.end - orders.start)
}

/// Builds the line of an order; a fault makes it a further, unreadable one.
fn push_line(plan: &Plan, line: &mut Vec<u8>, number: u64, day: i64, fault: Option<u64>) {
    let order = plan.order(number);
    let mut random = Random::new(plan.seed, Stream::Order, number ^ (1 << 56));
    let orders = plan.orders_of(day);
    let place = (number - orders.start) as f64 + random.unit();
    let second = place / (orders.end - orders.start).max(1) as f64 * DAY as f64;
    line.clear();
    push_number(line, FIRST_ORDER + number);
    line.push(b',');
    if fault == Some(0) {
        push(line, "2026-00-00T99:99:99Z");
    } else {
        push_instant(line, day * DAY + second as i64);
    }
    line.push(b',');
    if !plan.people.is_digital_only(order.customer) {
        push_e164(line, order.customer);
    }
    line.push(b',');
    push(line, PRODUCTS[usize::from(order.product)].name);
    line.push(b',');
    match fault {
        Some(1) => push(line, "several"),
        Some(2) => {
            line.push(b'\n');
            return;
        }
        _ => {}
    }
    let units = match random.below(10) {
        0..5 => random.between(1, 2),
        5..8 => random.between(3, 10),
        _ => random.between(11, 60),
    };
    if fault != Some(1) {
        push_number(line, units);
    }
    line.push(b',');
    push(line, country_of(order.customer).code);
    line.push(b'\n');
}
