//! Asterisk's queue_log: `epoch|callid|queue|agent|EVENT|data…`, folded into one fragment per leg.
//!
//! In: lines. Out: what this file says of each leg, unknown columns null, so that the fragments of two
//! days merge to the leg. Lines of no leg (QUEUESTART, PAUSE, ADDMEMBER, RINGNOANSWER, callid NONE, …)
//! are merged, and so are copies of a line. A call's first leg is `<callid>`, one entered after a
//! transfer or an overflow is `<callid>/<queue>`. When the file does not hold the beginning of the call
//! (its epoch lies on an earlier UTC day), a queue above tier 1 is taken for one that was entered after
//! a transfer.

use std::collections::{HashMap, HashSet};

use refrain_record::RejectReason;

use super::epoch_of;
use crate::container;
use crate::legs::{self, Intake, present, start_day};
use crate::reader::Document;
use crate::rows::Leg;
use crate::typing::{self, Field, Kind, Typed};

/// What happened to a call in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    Enter,
    Connect,
    Complete,
    Abandon,
    Transfer,
    /// Left the queue without an agent: time-out, key, or no agent logged in.
    Overflow,
}

/// A line that speaks of a leg.
struct Line<'a> {
    position: i64,
    hash: i64,
    event: Event,
    time: &'a str,
    call_id: Option<&'a str>,
    queue: Option<&'a str>,
    agent: Option<&'a str>,
    caller: Option<&'a str>,
    wait: Option<&'a str>,
    talk: Option<&'a str>,
}

/// What the lines so far say of a leg.
#[derive(Default)]
struct Fragment<'a> {
    call_id: &'a str,
    leg_id: String,
    began_at: i64,
    agent: Option<&'a str>,
    caller: Option<&'a str>,
    leg: Leg<'a>,
}

/// What the lines so far say of a call.
#[derive(Default)]
struct Call {
    /// Whether the next line belongs to a leg of its own.
    has_moved_on: bool,
}

/// Reads a queue_log.
pub(super) fn read(intake: &mut Intake<'_>, document: &Document<'_>) {
    let mut found = Vec::new();
    for (position, bytes) in container::lines(document.text, document.is_cut) {
        let Ok(text) = std::str::from_utf8(bytes) else {
            intake.reject_one(position, RejectReason::BadEncoding, None);
            continue;
        };
        match line(position, text) {
            Ok(Some(line)) => {
                intake.read_count += 1;
                found.push(line);
            }
            Ok(None) => {
                intake.read_count += 1;
                intake.merged_count += 1;
            }
            Err(reason) => intake.reject_one(position, reason, None),
        }
    }
    let mut typed = type_lines(&found);
    intake.rejects.append(&mut typed.rejects);
    let fragments = fold(intake, &found, &typed);
    intake.merged_count += (typed.rows.len() - fragments.len()) as i64;
    for fragment in fragments {
        push(intake, fragment);
    }
}

/// Takes a line apart; nothing when it speaks of no leg.
fn line(position: i64, text: &str) -> Result<Option<Line<'_>>, RejectReason> {
    let mut parts = text.split('|');
    let mut next = || parts.next().ok_or(RejectReason::Malformed);
    let (time, call_id, queue, agent, event) = (next()?, next()?, next()?, next()?, next()?);
    let data: Vec<&str> = parts.collect();
    let event = match event.trim() {
        "ENTERQUEUE" => Event::Enter,
        "CONNECT" => Event::Connect,
        "COMPLETEAGENT" | "COMPLETECALLER" => Event::Complete,
        "ABANDON" => Event::Abandon,
        "BLINDTRANSFER" | "ATTENDEDTRANSFER" | "TRANSFER" => Event::Transfer,
        "EXITWITHTIMEOUT" | "EXITWITHKEY" | "EXITEMPTY" => Event::Overflow,
        "" => return Err(RejectReason::Malformed),
        _ => return Ok(None),
    };
    if matches!(call_id.trim(), "NONE" | "REALTIME") {
        return Ok(None);
    }
    let at = |index: usize| data.get(index).copied().and_then(present);
    let from_end = |distance: usize| data.len().checked_sub(distance).and_then(at);
    let (wait, talk) = match event {
        Event::Enter => (None, None),
        Event::Connect => (at(0), None),
        Event::Complete => (at(0), at(1)),
        // Older versions leave the position at entry out, so times are counted from the end.
        Event::Abandon | Event::Overflow => (from_end(1), None),
        // …|holdtime|calltime|origposition, whatever the method puts before.
        Event::Transfer => (from_end(3), from_end(2)),
    };
    // Older versions leave the url out: …|callerid|position.
    let caller = if event == Event::Enter { at(if data.len() >= 3 { 1 } else { 0 }) } else { None };
    Ok(Some(Line {
        position,
        hash: legs::record_hash(text.as_bytes()),
        event,
        time,
        call_id: present(call_id),
        queue: named(queue),
        agent: named(agent),
        caller,
        wait,
        talk,
    }))
}

/// A queue or agent, of which Asterisk writes `NONE` when there is none.
fn named(text: &str) -> Option<&str> {
    present(text).filter(|name| *name != "NONE")
}

fn type_lines(found: &[Line<'_>]) -> Typed {
    let positions: Vec<i64> = found.iter().map(|line| line.position).collect();
    let fields = [
        Field::required("contact_id", Kind::Id),
        Field::required("started_at", Kind::Epoch),
        Field::required("updated_at", Kind::Epoch),
        Field::optional("wait_seconds", Kind::Seconds),
        Field::optional("talk_seconds", Kind::Seconds),
    ];
    let text = vec![
        found.iter().map(|line| line.call_id).collect(),
        found.iter().map(|line| line.call_id.map(epoch_of)).collect(),
        found.iter().map(|line| present(line.time)).collect(),
        found.iter().map(|line| line.wait).collect(),
        found.iter().map(|line| line.talk).collect(),
    ];
    typing::check(&positions, &fields, text)
}

/// Folds lines, in the order of their times, into one fragment per leg.
fn fold<'a>(intake: &Intake<'_>, found: &[Line<'a>], typed: &Typed) -> Vec<Fragment<'a>> {
    let (began, times) = (typed.column("started_at"), typed.column("updated_at"));
    let (waits, talks) = (typed.column("wait_seconds"), typed.column("talk_seconds"));
    let mut order: Vec<usize> = (0..typed.rows.len()).collect();
    order.sort_by_key(|row| times[*row]);

    let mut calls: HashMap<&str, Call> = HashMap::new();
    let mut fragments: Vec<Fragment<'a>> = Vec::new();
    let mut places: HashMap<(&str, Option<&str>), usize> = HashMap::new();
    let mut told: HashSet<i64> = HashSet::new();
    for row in order {
        let line = &found[typed.rows[row]];
        // A line delivered twice must not count as a second transfer.
        if !told.insert(line.hash) {
            continue;
        }
        let (Some(call_id), Some(began_at), Some(time)) = (line.call_id, began[row], times[row]) else {
            continue;
        };
        let call = calls.entry(call_id).or_insert_with(|| {
            let is_begun_earlier = start_day(began_at) < start_day(time);
            let is_higher = line.queue.is_some_and(|queue| intake.source.tier(queue) > 1);
            Call { has_moved_on: is_begun_earlier && is_higher }
        });
        let own_queue = if call.has_moved_on { line.queue } else { None };
        let place = *places.entry((call_id, own_queue)).or_insert_with(|| {
            fragments.push(begin(intake, call_id, own_queue, began_at, line.position));
            fragments.len() - 1
        });
        if matches!(line.event, Event::Transfer | Event::Overflow) {
            call.has_moved_on = true;
        }
        add(&mut fragments[place], line, own_queue.is_some(), time, waits[row], talks[row]);
    }
    fragments
}

fn begin<'a>(
    intake: &Intake<'_>,
    call_id: &'a str,
    own_queue: Option<&str>,
    began_at: i64,
    position: i64,
) -> Fragment<'a> {
    let mut leg_id = intake.id(call_id);
    let mut leg = Leg { position, ..Leg::default() };
    match own_queue {
        Some(queue) => {
            leg_id.push('/');
            leg_id.push_str(queue);
        }
        None => leg.started_at = Some(began_at),
    }
    Fragment { call_id, leg_id, began_at, agent: None, caller: None, leg }
}

/// Adds what one line says.
fn add<'a>(
    fragment: &mut Fragment<'a>,
    line: &Line<'a>,
    is_own_leg: bool,
    time: i64,
    wait: Option<i64>,
    talk: Option<i64>,
) {
    fragment.agent = line.agent.or(fragment.agent);
    fragment.caller = line.caller.or(fragment.caller);
    let leg = &mut fragment.leg;
    leg.position = leg.position.min(line.position);
    leg.record_hash = legs::fold_hash(leg.record_hash, line.hash);
    leg.updated_at = Some(time);
    leg.queue = line.queue.or(leg.queue);
    leg.wait_seconds = wait.or(leg.wait_seconds);
    leg.talk_seconds = talk.or(leg.talk_seconds);
    match line.event {
        Event::Enter => {
            leg.queued_at = leg.queued_at.or(Some(time));
            if is_own_leg {
                leg.started_at = leg.started_at.or(Some(time));
            }
        }
        Event::Connect => {
            leg.answered_at = leg.answered_at.or(Some(time));
            leg.is_handled = Some(true);
            leg.is_abandoned = Some(false);
        }
        Event::Complete | Event::Transfer => {
            leg.ended_at = Some(time);
            leg.is_handled = Some(true);
            leg.is_abandoned = Some(false);
            leg.is_transferred = Some(line.event == Event::Transfer);
        }
        Event::Abandon | Event::Overflow => {
            leg.ended_at = Some(time);
            leg.is_handled = Some(false);
            leg.is_abandoned = Some(line.event == Event::Abandon);
            leg.is_transferred = Some(false);
        }
    }
}

fn push(intake: &mut Intake<'_>, fragment: Fragment<'_>) {
    let source = intake.source;
    let contact_id = intake.id(fragment.call_id);
    let customer_key = fragment.caller.and_then(|caller| intake.customer_key(caller, &source.country));
    let leg = Leg {
        leg_date: Some(start_day(fragment.began_at)),
        contact_id: Some(&contact_id),
        leg_id: Some(&fragment.leg_id),
        channel: Some("voice"),
        direction: Some("inbound"),
        customer_key: customer_key.as_deref(),
        ..fragment.leg
    };
    intake.push_leg(leg, fragment.agent, None);
}

#[cfg(test)]
mod tests;
