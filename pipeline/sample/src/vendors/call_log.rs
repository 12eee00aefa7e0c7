//! The outsourcer's call log: a CSV report with title lines, local times and a totals row.
//!
//! In: calls of the outsourced site. Out: one row per leg, times as day/month/year in Manila,
//! durations in three spellings, numbers as typed, and only the customer's words.

use crate::SampleError;
use crate::bytes::{push, push_csv, push_number, push_padded};
use crate::calendar::{DAY, push_clock, push_day_first};
use crate::catalogue::{PRODUCTS, QUEUES, Site, Source};
use crate::contact::{Contact, Fate};
use crate::conversation::Speaker;
use crate::files::OutFile;
use crate::people::push_typed;
use crate::plan::{FIRST_ORDER, Plan};
use crate::random::{Random, Stream};
use crate::vendors::{Delivery, Desk};

/// What the totals row sums up.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Totals {
    rows: u64,
    talk_seconds: u64,
}

/// Writes the report's title lines and the header.
///
/// # Errors
/// [`SampleError::Write`].
pub(crate) fn open(plan: &Plan, day: i64, file: &mut OutFile) -> Result<(), SampleError> {
    let mut out = Vec::with_capacity(300);
    push(&mut out, "Detailed call log - Customer Care Manila\nGenerated ");
    push_day_first(&mut out, plan.local(Site::Manila, (day + 1) * DAY - 1));
    push(
        &mut out,
        " (Asia/Manila)\nCall ID,Master ID,Direction,Queue,Agent,Caller,Start,Answered,End,Wait,Talk,Hold,Wrap-up,\
         Outcome,Product,Order,Customer said\n",
    );
    file.write(&out)
}

/// Writes the totals row.
///
/// # Errors
/// [`SampleError::Write`].
pub(crate) fn close(totals: Totals, file: &mut OutFile) -> Result<(), SampleError> {
    let mut out = Vec::with_capacity(80);
    push(&mut out, "Total,");
    push_number(&mut out, totals.rows);
    push(&mut out, ",,,,,,,,,");
    push_clock(&mut out, totals.talk_seconds as i64);
    push(&mut out, ",,,,,,\n");
    file.write(&out)
}

/// Appends a call's id as the outsourcer writes it.
pub(crate) fn push_call_number(out: &mut Vec<u8>, sequence: u64) {
    push(out, "MNL-");
    push_padded(out, sequence, 7);
}

/// Writes a call, one row per leg.
///
/// # Errors
/// [`SampleError::Write`].
pub(crate) fn write(desk: &mut Desk<'_>, contact: &Contact, copy: Delivery) -> Result<(), SampleError> {
    for leg in 0..contact.legs().len() {
        push_row(desk, contact, leg);
        let times = if contact.fate == Fate::TwiceSameFile { 2 } else { 1 };
        for time in 0..times {
            desk.files.call_log.write(desk.record)?;
            desk.planted.count(Source::Outsourcer, if time == 0 { copy } else { Delivery::Again });
            desk.totals.rows += 1;
            desk.totals.talk_seconds += u64::from(contact.legs[leg].talk_seconds);
        }
    }
    if matches!(contact.fate, Fate::Bad(_)) {
        desk.planted.bad[Source::Outsourcer as usize] += 1;
    }
    Ok(())
}

fn push_row(desk: &mut Desk<'_>, contact: &Contact, number: usize) {
    let mut random = Random::new(desk.plan.seed, Stream::Record, contact.number ^ (number as u64 + 1) << 60);
    let fault = if let Fate::Bad(fault) = contact.fate { Some(fault) } else { None };
    let leg = &contact.legs[number];
    let out = &mut *desk.record;
    out.clear();
    let local = |instant: i64| desk.plan.local(Site::Manila, instant);
    if !matches!(fault, Some(0)) {
        push_call_number(out, contact.sequence + number as u64);
    }
    out.push(b',');
    if !matches!(fault, Some(0)) {
        push_call_number(out, contact.sequence);
    }
    push(out, if contact.is_outbound { ",outbound," } else { ",inbound," });
    push(out, QUEUES.get(usize::from(leg.queue)).copied().unwrap_or_default());
    out.push(b',');
    if leg.is_answered {
        push(out, "mnl");
        push_padded(out, 100 + u64::from(leg.agent), 4);
    }
    out.push(b',');
    if !contact.is_anonymous {
        push_typed(out, contact.customer, &mut random);
    } else if random.chance(0.5) {
        push(out, "withheld");
    }
    if matches!(fault, Some(1)) {
        // The exporter stopped in the middle of the row.
        out.push(b'\n');
        return;
    }
    out.push(b',');
    if matches!(fault, Some(2 | 3)) {
        push(out, "31/02/2026 27:00:00");
    } else {
        push_day_first(out, local(if number == 0 { contact.started_at } else { leg.queued_at }));
    }
    out.push(b',');
    if leg.is_answered {
        push_day_first(out, local(leg.answered_at()));
    }
    out.push(b',');
    push_day_first(out, local(leg.ended_at));
    out.push(b',');
    if matches!(fault, Some(4 | 5)) {
        push(out, "n/a s");
    } else {
        push_duration(out, leg.wait_seconds, &mut random);
    }
    for seconds in [leg.talk_seconds, leg.hold_seconds, leg.wrap_up_seconds] {
        out.push(b',');
        if leg.is_answered {
            push_duration(out, seconds, &mut random);
        }
    }
    out.push(b',');
    let is_last = number + 1 == contact.legs().len();
    push(out, if is_last { contact.disposition.name() } else { "transferred" });
    out.push(b',');
    push(out, PRODUCTS.get(usize::from(contact.product)).map_or("", |product| product.name));
    out.push(b',');
    if contact.order > 0 {
        push_number(out, FIRST_ORDER + contact.order - 1);
    }
    out.push(b',');
    desk.field.clear();
    let conversation = &*desk.conversation;
    let said = |turn: &&crate::conversation::Turn| {
        turn.speaker == Speaker::Customer && usize::from(turn.leg) == number
    };
    for turn in conversation.turns().iter().filter(said) {
        if !desk.field.is_empty() {
            desk.field.push(b' ');
        }
        push(desk.field, conversation.words(turn));
    }
    push_csv(out, str::from_utf8(desk.field).unwrap_or_default());
    out.push(b'\n');
}

/// Appends a duration as `hh:mm:ss`, `mm:ss` or plain seconds.
fn push_duration(out: &mut Vec<u8>, seconds: u32, random: &mut Random) {
    match random.below(3) {
        0 => push_clock(out, i64::from(seconds)),
        1 if seconds < 3_600 => {
            push_padded(out, u64::from(seconds / 60), 2);
            out.push(b':');
            push_padded(out, u64::from(seconds % 60), 2);
        }
        _ => push_number(out, u64::from(seconds)),
    }
}
