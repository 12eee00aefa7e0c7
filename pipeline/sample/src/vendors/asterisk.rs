//! Asterisk: `queue_log` lines in order of time and one call detail row per call.
//!
//! In: calls of the in-house site. Out: `epoch|callid|queue|agent|EVENT|data…` lines, `Master.csv`
//! rows in local time, and captions through `captions.rs`. Hold and wrap-up leave no trace in these
//! files, so such calls have none.

use crate::SampleError;
use crate::bytes::{push, push_number, push_padded};
use crate::calendar::{DAY, push_local};
use crate::catalogue::{PRODUCTS, QUEUES, Site, Source};
use crate::contact::{Contact, Fate, Leg};
use crate::files::OutFile;
use crate::people::{push_dialled, push_e164};
use crate::random::{Random, Stream};
use crate::vendors::{Delivery, Desk, captions};

/// Lines of the queue log that are not yet due, since calls begin in another order than they end.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    bytes: Vec<u8>,
    lines: Vec<(i64, u32, u32)>,
    spare: Vec<u8>,
}

impl Timeline {
    /// Begins a line; the caller appends to the returned buffer and calls [`Self::end`].
    fn begin(&mut self, epoch: i64, call: &Contact) -> &mut Vec<u8> {
        push_number(&mut self.bytes, epoch as u64);
        self.bytes.push(b'|');
        push_call_id(&mut self.bytes, call);
        self.bytes.push(b'|');
        &mut self.bytes
    }

    fn end(&mut self, due_at: i64, from: usize) {
        self.lines.push((due_at, from as u32, self.bytes.len() as u32));
    }

    fn position(&self) -> usize {
        self.bytes.len()
    }

    /// Adds a line that belongs to no call.
    pub(crate) fn push_noise(&mut self, epoch: i64, rest: &str) {
        let from = self.position();
        push_number(&mut self.bytes, epoch as u64);
        push(&mut self.bytes, "|NONE|");
        push(&mut self.bytes, rest);
        self.end(epoch, from);
    }

    /// Writes the lines due before an instant, oldest first, and keeps the others.
    ///
    /// # Errors
    /// [`SampleError::Write`].
    pub(crate) fn flush(&mut self, until: i64, file: &mut OutFile) -> Result<(), SampleError> {
        self.lines.sort_by_key(|line| line.0);
        let due = self.lines.partition_point(|line| line.0 < until);
        for (_, from, end) in &self.lines[..due] {
            file.write(&self.bytes[*from as usize..*end as usize])?;
            file.write(b"\n")?;
        }
        self.spare.clear();
        self.lines.drain(..due);
        for line in &mut self.lines {
            let from = self.spare.len() as u32;
            self.spare.extend_from_slice(&self.bytes[line.1 as usize..line.2 as usize]);
            (line.1, line.2) = (from, self.spare.len() as u32);
        }
        std::mem::swap(&mut self.bytes, &mut self.spare);
        Ok(())
    }
}

/// Appends the call's id, `<epoch>.<counter>`.
pub(crate) fn push_call_id(out: &mut Vec<u8>, contact: &Contact) {
    push_number(out, contact.started_at as u64);
    out.push(b'.');
    push_number(out, contact.sequence);
}

/// Writes a call: queue log lines, call detail row, captions.
///
/// # Errors
/// [`SampleError::Write`].
pub(crate) fn write(desk: &mut Desk<'_>, contact: &Contact, copy: Delivery) -> Result<(), SampleError> {
    // Lines of a late or repeated call stand at the top of the file they arrive in.
    let not_before = if copy == Delivery::First { 0 } else { desk.day * DAY };
    if !contact.is_outbound {
        let times = if contact.fate == Fate::TwiceSameFile { 2 } else { 1 };
        for time in 0..times {
            let copy = if time == 0 { copy } else { Delivery::Again };
            queue_log_lines(desk, contact, copy, not_before);
        }
    }
    call_detail(desk, contact, copy)?;
    captions::write(desk, contact)
}

fn queue_log_lines(desk: &mut Desk<'_>, contact: &Contact, copy: Delivery, not_before: i64) {
    let mut random = Random::new(desk.plan.seed, Stream::Record, contact.number);
    let mut source_lines = 0;
    for (position, leg) in contact.legs().iter().enumerate() {
        let is_last = position + 1 == contact.legs().len();
        let mut line = |epoch: i64, agent: Option<u16>, fill: &mut dyn FnMut(&mut Vec<u8>)| {
            let from = desk.queue_log.position();
            let out = desk.queue_log.begin(epoch, contact);
            push(out, QUEUES[usize::from(leg.queue)]);
            out.push(b'|');
            match agent {
                Some(agent) => push_agent(out, agent),
                None => push(out, "NONE"),
            }
            out.push(b'|');
            fill(out);
            desk.queue_log.end(epoch.max(not_before), from);
            source_lines += 1;
        };
        let queue_position = 1 + random.below(3 + u64::from(leg.wait_seconds / 40));
        line(leg.queued_at, None, &mut |out| {
            push(out, "ENTERQUEUE||");
            push_source_number(out, contact);
            out.push(b'|');
            push_number(out, queue_position);
        });
        if !leg.is_answered {
            line(leg.ended_at, None, &mut |out| {
                push(out, "ABANDON|1|");
                push_number(out, queue_position);
                out.push(b'|');
                push_number(out, u64::from(leg.wait_seconds));
            });
            continue;
        }
        if leg.wait_seconds > 16 && random.chance(0.15) {
            line(leg.answered_at() - 10, Some((leg.agent + 1) % 40), &mut |out| {
                push(out, "RINGNOANSWER|15000")
            });
        }
        line(leg.answered_at(), Some(leg.agent), &mut |out| {
            push(out, "CONNECT|");
            push_number(out, u64::from(leg.wait_seconds));
            out.push(b'|');
            push_number(out, leg.answered_at() as u64 - u64::from(leg.ring_seconds));
            out.push(b'.');
            push_number(out, contact.sequence + 1);
            out.push(b'|');
            push_number(out, u64::from(leg.ring_seconds));
        });
        let by_agent = random.chance(0.45);
        line(leg.ended_at, Some(leg.agent), &mut |out| {
            if !is_last {
                push(out, "BLINDTRANSFER|");
                push_number(out, 6_000 + u64::from(contact.legs()[position + 1].queue));
                push(out, "|from-internal|");
            } else {
                push(out, if by_agent { "COMPLETEAGENT|" } else { "COMPLETECALLER|" });
            }
            push_number(out, u64::from(leg.wait_seconds));
            out.push(b'|');
            push_number(out, u64::from(leg.talk_seconds));
            out.push(b'|');
            push_number(out, queue_position);
        });
    }
    for _ in 0..source_lines {
        desk.planted.count(Source::Asterisk, copy);
    }
    if contact.fate == (Fate::Bad(0)) || contact.fate == (Fate::Bad(1)) || contact.fate == Fate::Bad(2) {
        let from = desk.queue_log.position();
        let text = if contact.fate == Fate::Bad(0) {
            "\u{fffd}|~~~ log rotated by cron ~~~"
        } else {
            "17890||bikes"
        };
        push(&mut desk.queue_log.bytes, text);
        desk.queue_log.end(contact.ended_at.max(not_before), from);
        desk.planted.bad[Source::Asterisk as usize] += 1;
    }
}

/// Appends an agent's channel.
fn push_agent(out: &mut Vec<u8>, agent: u16) {
    push(out, "Local/");
    push_number(out, 2_001 + u64::from(agent));
    push(out, "@from-internal/n");
}

fn push_source_number(out: &mut Vec<u8>, contact: &Contact) {
    if contact.is_anonymous {
        push(out, "anonymous");
    } else {
        push_dialled(out, contact.customer);
    }
}

fn call_detail(desk: &mut Desk<'_>, contact: &Contact, copy: Delivery) -> Result<(), SampleError> {
    desk.record.clear();
    push_call_detail(desk, contact, None);
    let times = if contact.fate == Fate::TwiceSameFile { 2 } else { 1 };
    for time in 0..times {
        desk.files.call_details.write(desk.record)?;
        desk.planted.count(Source::Asterisk, if time == 0 { copy } else { Delivery::Again });
    }
    if let Fate::Bad(fault @ 3..) = contact.fate {
        desk.record.clear();
        push_call_detail(desk, contact, Some(fault));
        desk.files.call_details.write(desk.record)?;
        desk.planted.bad[Source::Asterisk as usize] += 1;
    }
    Ok(())
}

/// Appends the row; a fault makes it a further, unreadable one: no start, an impossible date, or too short.
fn push_call_detail(desk: &mut Desk<'_>, contact: &Contact, fault: Option<u8>) {
    let mut random = Random::new(desk.plan.seed, Stream::Record, contact.number ^ (1 << 63));
    let first: &Leg = &contact.legs[0];
    let out = &mut *desk.record;
    let local = |instant: i64| desk.plan.local(Site::Madrid, instant);
    // accountcode,src,dst,dcontext,clid
    if contact.is_outbound {
        push(out, "\"\",\"");
        push_number(out, 2_001 + u64::from(first.agent));
        push(out, "\",\"");
        push_e164(out, contact.customer);
        push(out, "\",\"from-internal\",\"\"\"Support\"\" <900123456>\",");
    } else {
        push(out, "\"\",\"");
        push_source_number(out, contact);
        push(out, "\",\"");
        push_number(out, 6_000 + u64::from(first.queue));
        push(out, "\",\"from-trunk\",\"\"\"");
        if contact.is_anonymous {
            push(out, "Anonymous\"\" <anonymous>\",");
        } else {
            if random.chance(0.25) {
                desk.plan.people.push_name(out, contact.customer, &desk.books[usize::from(contact.language)]);
            } else {
                push_source_number(out, contact);
            }
            push(out, "\"\" <");
            push_source_number(out, contact);
            push(out, ">\",");
        }
    }
    // channel,dstchannel,lastapp,lastdata
    push(out, "\"PJSIP/trunk-");
    push_padded(out, random.below(100_000_000), 8);
    push(out, "\",\"");
    if first.is_answered {
        push_agent(out, first.agent);
        out.pop();
        push(out, "n;1");
    }
    if contact.is_outbound {
        push(out, "\",\"Dial\",\"PJSIP/trunk,60,T\",\"");
    } else {
        push(out, "\",\"Queue\",\"");
        push(out, QUEUES[usize::from(first.queue)]);
        push(out, ",t,,,3600\",\"");
    }
    // start,answer,end
    match fault {
        Some(3) => {}
        Some(4) => push(out, "2026-02-30 25:61:00"),
        _ => push_local(out, local(contact.started_at)),
    }
    push(out, "\",\"");
    if first.is_answered {
        push_local(out, local(first.answered_at()));
    }
    if fault == Some(5) {
        push(out, "\"\n");
        return;
    }
    push(out, "\",\"");
    push_local(out, local(contact.ended_at));
    // duration,billsec,disposition,amaflags,uniqueid,userfield
    push(out, "\",");
    push_number(out, (contact.ended_at - contact.started_at).max(0) as u64);
    out.push(b',');
    push_number(
        out,
        if first.is_answered { (contact.ended_at - first.answered_at()).max(0) as u64 } else { 0 },
    );
    push(out, if first.is_answered { ",\"ANSWERED\"" } else { ",\"NO ANSWER\"" });
    push(out, ",\"DOCUMENTATION\",\"");
    push_call_id(out, contact);
    push(out, "\",\"");
    if let Some(product) = PRODUCTS.get(usize::from(contact.product))
        && random.chance(0.88)
    {
        push(out, "product=");
        push(out, product.name);
    }
    push(out, "\"\n");
}

/// Adds the lines that no call caused: start of the day, members, pauses.
pub(crate) fn push_day_noise(timeline: &mut Timeline, seed: u64, day: i64) {
    timeline.push_noise(day * DAY + 3, "NONE|NONE|QUEUESTART|");
    let mut random = Random::new(seed, Stream::Day, day as u64 ^ (1 << 60));
    for agent in 0..40_u64 {
        let queue = QUEUES[(agent % 4) as usize];
        let from = day * DAY + 21_600 + random.below(14_400) as i64;
        let mut line = |at: i64, event: &str| {
            let mut rest = Vec::with_capacity(64);
            push(&mut rest, queue);
            rest.push(b'|');
            push_agent(&mut rest, agent as u16);
            rest.push(b'|');
            push(&mut rest, event);
            timeline.push_noise(at, str::from_utf8(&rest).unwrap_or_default());
        };
        if random.chance(0.35) {
            line(from, "ADDMEMBER|");
        }
        if random.chance(0.3) {
            let pause = from + 7_200 + random.below(7_200) as i64;
            line(pause, "PAUSE|Lunch");
            line(pause + 1_200 + random.below(1_500) as i64, "UNPAUSE|");
        }
    }
}
