//! Asterisk's CDR in CSV (`Master.csv`): 16 to 18 columns, no header, local times.
//!
//! In: rows. Out: one fragment per `uniqueid` of the file, of the leg that queue_log calls by the same
//! id, with what queue_log does not know: customer, direction, product, start and end. Asterisk writes
//! several rows per call: they are folded (earliest start, latest end). Nothing that queue_log knows
//! better (queue, agent, answer, seconds) is taken from here, except of outbound calls, of which
//! queue_log knows nothing: their answer and talking time come from the row.

use std::collections::HashMap;

use super::epoch_of;
use crate::legs::{self, Intake, present, start_day};
use crate::reader::Document;
use crate::rows::Leg;
use crate::spreadsheet::{self, Layout, Row};
use crate::typing::{self, Field, Kind, Order, Typed};

/// `%F %T` in the source's zone.
const TIME_PATTERN: &str = "%Y-%m-%d %H:%M:%S";
const SRC: Option<usize> = Some(1);
const DST: Option<usize> = Some(2);
const DCONTEXT: Option<usize> = Some(3);
const CLID: Option<usize> = Some(4);
const START: Option<usize> = Some(9);
const ANSWER: Option<usize> = Some(10);
const END: Option<usize> = Some(11);
const BILLSEC: Option<usize> = Some(13);
const UNIQUEID: Option<usize> = Some(16);
const USERFIELD: Option<usize> = Some(17);

/// Reads a CDR file.
pub(super) fn read(intake: &mut Intake<'_>, document: &Document<'_>) {
    let sheet = spreadsheet::read(intake, document, b',', &Layout::Width(16, 18));
    let mut typed = type_rows(intake, &sheet.rows);
    intake.rejects.append(&mut typed.rejects);
    let (began, starts, ends) =
        (typed.column("leg_date"), typed.column("started_at"), typed.column("ended_at"));
    let (answers, talks) = (typed.column("answered_at"), typed.column("talk_seconds"));

    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut fragments: Vec<(usize, Leg<'_>)> = Vec::new();
    for (number, row) in typed.rows.iter().enumerate() {
        let row = &sheet.rows[*row];
        let unique_id = row.cell(UNIQUEID).unwrap_or_default();
        let product = row.cell(USERFIELD).and_then(product);
        let Some(place) = places.get(unique_id) else {
            places.insert(unique_id, fragments.len());
            let leg = Leg {
                leg_date: began[number].map(start_day),
                updated_at: ends[number].or(starts[number]),
                started_at: starts[number],
                answered_at: answers[number],
                ended_at: ends[number],
                talk_seconds: answers[number].and(talks[number]),
                product,
                position: row.position,
                record_hash: row.record_hash,
                ..Leg::default()
            };
            fragments.push((typed.rows[number], leg));
            continue;
        };
        intake.merged_count += 1;
        let leg = &mut fragments[*place].1;
        leg.started_at = leg.started_at.min(starts[number]);
        leg.answered_at = [leg.answered_at, answers[number]].into_iter().flatten().min();
        leg.ended_at = leg.ended_at.max(ends[number]);
        leg.talk_seconds = leg.talk_seconds.max(answers[number].and(talks[number]));
        leg.updated_at = leg.updated_at.max(ends[number].or(starts[number]));
        leg.product = leg.product.or(product);
        leg.record_hash = legs::fold_hash(leg.record_hash, row.record_hash);
    }
    for (row, leg) in fragments {
        push(intake, &sheet.rows[row], leg);
    }
}

fn type_rows<'r>(intake: &Intake<'_>, rows: &'r [Row]) -> Typed {
    let positions: Vec<i64> = rows.iter().map(|row| row.position).collect();
    let civil = || Kind::Civil { pattern: TIME_PATTERN.to_owned(), zone: intake.source.zone.clone() };
    let fields = [
        Field::required("contact_id", Kind::Id),
        Field::required("leg_date", Kind::Epoch),
        // The id tells which of the two hours is meant when the clocks go back.
        Field::required("started_at", civil()).ordered(Order::Near("leg_date")),
        Field::optional("ended_at", civil()).ordered(Order::NotBefore("started_at")),
        Field::optional("answered_at", civil()).ordered(Order::NotBefore("started_at")),
        Field::optional("talk_seconds", Kind::Seconds),
    ];
    let outbound = |row: &'r Row, column| row.cell(column).filter(|_| is_outbound(row));
    let text = vec![
        rows.iter().map(|row| row.cell(UNIQUEID)).collect(),
        rows.iter().map(|row| row.cell(UNIQUEID).map(epoch_of)).collect(),
        rows.iter().map(|row| row.cell(START)).collect(),
        rows.iter().map(|row| row.cell(END)).collect(),
        rows.iter().map(|row| outbound(row, ANSWER)).collect(),
        rows.iter().map(|row| outbound(row, BILLSEC)).collect(),
    ];
    typing::check(&positions, &fields, text)
}

fn push(intake: &mut Intake<'_>, row: &Row, leg: Leg<'_>) {
    let source = intake.source;
    let is_outbound = is_outbound(row);
    let customer = if is_outbound { row.cell(DST) } else { caller(row) };
    let customer_key = customer.and_then(|customer| intake.customer_key(customer, &source.country));
    let id = intake.id(row.cell(UNIQUEID).unwrap_or_default());
    let leg = Leg {
        contact_id: Some(&id),
        leg_id: Some(&id),
        channel: Some("voice"),
        direction: Some(if is_outbound { "outbound" } else { "inbound" }),
        customer_key: customer_key.as_deref(),
        is_handled: is_outbound.then_some(leg.answered_at.is_some()),
        is_abandoned: is_outbound.then_some(false),
        ..leg
    };
    intake.push_leg(leg, None, None);
}

/// Whether the call was made by an agent: FreePBX's context for telephones inside.
fn is_outbound(row: &Row) -> bool {
    row.cell(DCONTEXT).is_some_and(|context| context.starts_with("from-internal"))
}

/// The caller's number: `src`, or what stands between angle brackets in `clid` when `src` is empty.
fn caller(row: &Row) -> Option<&str> {
    row.cell(SRC).or_else(|| {
        let (_, bracketed) = row.cell(CLID)?.rsplit_once('<')?;
        present(bracketed.split_once('>')?.0)
    })
}

/// The product among the `key=value` pairs of `userfield`.
fn product(userfield: &str) -> Option<&str> {
    userfield.split([';', '&', ',']).find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.trim().eq_ignore_ascii_case("product").then(|| present(value)).flatten()
    })
}

#[cfg(test)]
mod tests;
