//! Call logs in CSV from any vendor, by the names and the time pattern that the source configures.
//!
//! In: a sheet with one row per leg. Out: one fragment per row, and a turn where the agent noted what
//! the customer said. Report titles above the header, the header itself and totals rows are merged.
//! Nothing is guessed from the values: neither the order of day and month nor the zone.

use crate::legs::{self, Intake, start_day};
use crate::reader::Document;
use crate::rows::{Leg, Turn};
use crate::source::CallLogMapping;
use crate::spreadsheet::{self, Layout, Row, Sheet};
use crate::typing::{self, Field, Kind, Order, Typed};

/// The turn of what the customer said: a row has one.
const TURN_ID: &str = "said";

/// Places of the mapped columns.
struct Columns {
    call_id: Option<usize>,
    master_id: Option<usize>,
    direction: Option<usize>,
    queue: Option<usize>,
    agent: Option<usize>,
    caller: Option<usize>,
    started_at: Option<usize>,
    answered_at: Option<usize>,
    ended_at: Option<usize>,
    wait: Option<usize>,
    talk: Option<usize>,
    hold: Option<usize>,
    wrap_up: Option<usize>,
    outcome: Option<usize>,
    product: Option<usize>,
    order: Option<usize>,
    customer_said: Option<usize>,
}

impl Columns {
    fn new(sheet: &Sheet, mapping: &CallLogMapping) -> Self {
        Self {
            call_id: sheet.column(&mapping.call_id),
            master_id: sheet.column(&mapping.master_id),
            direction: sheet.column(&mapping.direction),
            queue: sheet.column(&mapping.queue),
            agent: sheet.column(&mapping.agent),
            caller: sheet.column(&mapping.caller),
            started_at: sheet.column(&mapping.started_at),
            answered_at: sheet.column(&mapping.answered_at),
            ended_at: sheet.column(&mapping.ended_at),
            wait: sheet.column(&mapping.wait),
            talk: sheet.column(&mapping.talk),
            hold: sheet.column(&mapping.hold),
            wrap_up: sheet.column(&mapping.wrap_up),
            outcome: sheet.column(&mapping.outcome),
            product: sheet.column(&mapping.product),
            order: sheet.column(&mapping.order),
            customer_said: sheet.column(&mapping.customer_said),
        }
    }
}

/// Reads a call log.
pub(crate) fn read(intake: &mut Intake<'_>, document: &Document<'_>) {
    let mapping = &intake.source.call_log;
    let delimiter = u8::try_from(mapping.delimiter).unwrap_or(b',');
    let needed = [mapping.call_id.as_str(), mapping.started_at.as_str()];
    let sheet = spreadsheet::read(intake, document, delimiter, &Layout::Header(&needed));
    let columns = Columns::new(&sheet, mapping);
    let mut typed = type_rows(intake, &sheet, &columns);
    intake.rejects.append(&mut typed.rejects);
    for (number, row) in typed.rows.iter().enumerate() {
        push(intake, &sheet.rows[*row], &columns, &typed, number);
    }
}

fn type_rows(intake: &Intake<'_>, sheet: &Sheet, columns: &Columns) -> Typed {
    let source = intake.source;
    let civil = || Kind::Civil { pattern: source.call_log.time_pattern.clone(), zone: source.zone.clone() };
    let typed = [
        (columns.call_id, Field::required("leg_id", Kind::Id)),
        (columns.started_at, Field::required("started_at", civil())),
        (
            columns.answered_at,
            Field::optional("answered_at", civil()).ordered(Order::NotBefore("started_at")),
        ),
        (columns.ended_at, Field::optional("ended_at", civil()).ordered(Order::NotBefore("started_at"))),
        (columns.wait, Field::optional("wait_seconds", Kind::Seconds)),
        (columns.talk, Field::optional("talk_seconds", Kind::Seconds)),
        (columns.hold, Field::optional("hold_seconds", Kind::Seconds)),
        (columns.wrap_up, Field::optional("wrap_up_seconds", Kind::Seconds)),
    ];
    let positions: Vec<i64> = sheet.rows.iter().map(|row| row.position).collect();
    let text =
        typed.iter().map(|(column, _)| sheet.rows.iter().map(|row| row.cell(*column)).collect()).collect();
    let fields: Vec<Field> = typed.iter().map(|(_, field)| field.clone()).collect();
    typing::check(&positions, &fields, text)
}

fn push(intake: &mut Intake<'_>, row: &Row, columns: &Columns, typed: &Typed, number: usize) {
    let typed = |name| typed.column(name).get(number).copied().flatten();
    let source = intake.source;
    let mapping = &source.call_log;
    let leg_id = intake.id(row.cell(columns.call_id).unwrap_or_default());
    let contact_id = row.cell(columns.master_id).map(|id| intake.id(id));
    let caller = row.cell(columns.caller);
    let customer_key = caller.and_then(|caller| intake.customer_key(caller, &source.country));
    let outcome = row.cell(columns.outcome);
    let is_one_of = |words: &[String], value: Option<&str>| {
        value.is_some_and(|value| words.iter().any(|word| word.eq_ignore_ascii_case(value)))
    };
    let (started_at, ended_at) = (typed("started_at"), typed("ended_at"));
    let answered_at = typed("answered_at");
    let is_outbound = is_one_of(&mapping.outbound_directions, row.cell(columns.direction));
    let leg_date = started_at.map(start_day);
    let leg = Leg {
        leg_date,
        contact_id: Some(contact_id.as_deref().unwrap_or(&leg_id)),
        leg_id: Some(&leg_id),
        updated_at: ended_at.or(started_at),
        channel: Some("voice"),
        direction: Some(if is_outbound { "outbound" } else { "inbound" }),
        queue: row.cell(columns.queue),
        customer_key: customer_key.as_deref(),
        started_at,
        answered_at,
        ended_at,
        wait_seconds: typed("wait_seconds"),
        talk_seconds: typed("talk_seconds"),
        hold_seconds: typed("hold_seconds"),
        wrap_up_seconds: typed("wrap_up_seconds"),
        is_handled: Some(answered_at.is_some()),
        is_abandoned: Some(answered_at.is_none() && is_one_of(&mapping.abandoned_outcomes, outcome)),
        is_transferred: Some(is_one_of(&mapping.transferred_outcomes, outcome)),
        product: row.cell(columns.product),
        order_id: row.cell(columns.order),
        position: row.position,
        record_hash: row.record_hash,
        ..Leg::default()
    };
    intake.push_leg(leg, row.cell(columns.agent), outcome);
    if let Some(words) = row.cell(columns.customer_said) {
        let turn = Turn {
            leg_date,
            leg_id: Some(&leg_id),
            turn_id: Some(TURN_ID),
            turn_index: Some(0),
            speaker: Some("customer"),
            position: row.position,
            record_hash: legs::record_hash(words.as_bytes()),
            ..Turn::default()
        };
        intake.push_turn(turn, words);
    }
}

#[cfg(test)]
mod tests;
