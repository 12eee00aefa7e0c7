//! Zendesk tickets: one JSON object per line, exported again whenever a ticket has changed.
//!
//! In: e-mails, web forms and chats. Out: the ticket as it stood at the end of a day, with requester,
//! comments and metrics nested, as an export with side-loads writes it.

use crate::SampleError;
use crate::bytes::{push, push_json, push_json_part, push_number};
use crate::calendar::{DAY, push_instant};
use crate::catalogue::{Channel, PRODUCTS, QUEUES, Source};
use crate::contact::{Contact, Fate};
use crate::conversation::{Conversation, Speaker};
use crate::people::push_e164;
use crate::plan::FIRST_ORDER;
use crate::random::{Random, Stream};
use crate::vendors::{Delivery, Desk};

/// The first ticket's number.
const FIRST_TICKET: u64 = 35_000;

/// Appends the ticket's id.
pub(crate) fn push_ticket_id(out: &mut Vec<u8>, contact: &Contact) {
    push_number(out, FIRST_TICKET + contact.sequence);
}

/// UTC days on which a version of the ticket is exported, oldest first, without repeats.
pub(crate) fn export_days(contact: &Contact) -> impl Iterator<Item = i64> {
    let objected_at = contact.objected_at().min(contact.ended_at);
    let changes = [contact.started_at, contact.first_solved_at, objected_at, contact.ended_at];
    let days = changes.map(|at| at.div_euclid(DAY));
    days.into_iter()
        .enumerate()
        .filter(move |(position, day)| *position == 0 || days[position - 1] != *day)
        .map(|(_, day)| day)
}

/// Writes a version of a ticket.
///
/// # Errors
/// [`SampleError::Write`].
pub(crate) fn write(desk: &mut Desk<'_>, contact: &Contact, copy: Delivery) -> Result<(), SampleError> {
    let as_of_day = if copy == Delivery::Newer { desk.day } else { contact.started_at.div_euclid(DAY) };
    desk.record.clear();
    push_ticket(desk, contact, (as_of_day + 1) * DAY);
    if matches!(contact.fate, Fate::Bad(0 | 1)) {
        let torn = desk.record.len() * 3 / 7;
        desk.record.truncate(torn);
    }
    desk.record.push(b'\n');
    let times = if contact.fate == Fate::TwiceSameFile && copy == Delivery::First { 2 } else { 1 };
    for time in 0..times {
        desk.files.tickets.write(desk.record)?;
        desk.planted.count(Source::Zendesk, if time == 0 { copy } else { Delivery::Again });
    }
    if matches!(contact.fate, Fate::Bad(_)) {
        desk.planted.bad[Source::Zendesk as usize] += 1;
    }
    Ok(())
}

/// When each turn of the conversation was posted.
fn posted_at(contact: &Contact, conversation: &Conversation, position: usize) -> i64 {
    let turns = conversation.turns();
    let answered_at = contact.legs[0].answered_at();
    if !contact.channel.is_letter() {
        let share = (contact.ended_at - answered_at) * position as i64 / turns.len().max(1) as i64;
        return answered_at + share;
    }
    let turn = &turns[position];
    if turn.is_after_solution {
        let span = contact.ended_at - contact.first_solved_at;
        let answered_again_at = contact.first_solved_at + span * 8 / 10;
        return if turn.speaker == Speaker::Customer { contact.objected_at() } else { answered_again_at };
    }
    match (position, turn.speaker) {
        (0, _) => contact.started_at,
        (_, Speaker::Agent) => answered_at,
        _ => answered_at + (contact.first_solved_at - answered_at) * 7 / 10,
    }
}

fn push_ticket(desk: &mut Desk<'_>, contact: &Contact, until: i64) {
    let mut random = Random::new(desk.plan.seed, Stream::Record, contact.number);
    let conversation = &*desk.conversation;
    let book = &desk.books[usize::from(contact.language)];
    let out = &mut *desk.record;
    let fault = if let Fate::Bad(fault) = contact.fate { fault } else { u8::MAX };
    let visible = || {
        (0..conversation.turns().len())
            .map(move |position| (position, posted_at(contact, conversation, position)))
            .filter(move |(_, at)| *at < until)
    };
    let turns = conversation.turns();
    let is_answered = contact.is_handled() && contact.legs[0].answered_at() < until;
    let has_objection = visible().any(|(position, _)| turns[position].is_after_solution);
    let solved_at = contact.solved_at(until);
    let last_post = visible().map(|(_, at)| at).max().unwrap_or(contact.started_at);
    let updated_at = last_post.max(solved_at.unwrap_or(0)).max(contact.started_at);
    let requester = 360_000_000_000 + contact.customer;
    let agent = 370_000_000_000 + u64::from(contact.legs[0].agent);

    push(out, "{");
    if fault != 2 && fault != 3 {
        push(out, "\"id\":");
        push_ticket_id(out, contact);
        push(out, ",");
    }
    push(out, "\"url\":\"https://refrain-care.example.com/api/v2/tickets/");
    push_ticket_id(out, contact);
    push(out, ".json\",\"external_id\":null,\"via\":{\"channel\":\"");
    push(out, contact.channel.name());
    push(out, "\",\"source\":{\"from\":{");
    if contact.channel == Channel::Email {
        push(out, "\"address\":\"");
        desk.plan.people.push_email(out, contact.customer);
        push(out, "\",\"name\":");
        push_name(out, desk.field, desk.plan, contact, book);
    }
    push(out, "},\"to\":{");
    if contact.channel == Channel::Email {
        push(out, "\"name\":\"Care\",\"address\":\"care@example.com\"");
    }
    push(out, "},\"rel\":null}},\"created_at\":\"");
    if fault == 4 || fault == 5 {
        push(out, "2026-13-40T08:00:00Z")
    } else {
        push_instant(out, contact.started_at)
    }
    push(out, "\",\"updated_at\":\"");
    push_instant(out, updated_at);
    push(out, "\",\"generated_timestamp\":");
    push_number(out, updated_at as u64 + 4);
    push(out, ",\"type\":\"question\",\"subject\":");
    push_subject(out, contact);
    push(out, ",\"raw_subject\":");
    push_subject(out, contact);
    push(out, ",\"description\":\"");
    if let Some(turn) = turns.first() {
        push_json_part(out, conversation.words(turn));
    }
    push(out, "\",\"priority\":");
    push(out, ["null", "\"normal\"", "\"normal\"", "\"high\""][random.index(4)]);
    push(out, ",\"status\":\"");
    push(
        out,
        match (solved_at, is_answered) {
            (Some(_), _) => "solved",
            (None, true) => "pending",
            (None, false) => "new",
        },
    );
    push(out, "\",\"recipient\":");
    push(out, if contact.channel == Channel::Email { "\"care@example.com\"" } else { "null" });
    push(out, ",\"requester_id\":");
    push_number(out, requester);
    push(out, ",\"submitter_id\":");
    push_number(out, requester);
    push(out, ",\"assignee_id\":");
    if is_answered {
        push_number(out, agent)
    } else {
        push(out, "null")
    }
    push(out, ",\"organization_id\":null,\"group_id\":");
    push_number(out, 360_900 + u64::from(contact.legs[0].queue));
    push(out, ",\"group_name\":\"");
    push(out, QUEUES[usize::from(contact.legs[0].queue)]);
    push(out, "\",\"collaborator_ids\":[],\"follower_ids\":[],\"problem_id\":null,\"has_incidents\":false");
    push(out, ",\"is_public\":true,\"due_at\":null,\"tags\":[");
    push(out, if contact.is_abandoned() { "\"missed_chat\"]" } else { "]" });
    push_custom_fields(out, contact, &mut random);
    let score = match (solved_at, random.below(100), contact.is_resolved) {
        (Some(_), 0..12, true) => "good",
        (Some(_), 0..9, false) => "bad",
        (Some(_), 12..40, _) => "offered",
        _ => "unoffered",
    };
    push(out, ",\"satisfaction_rating\":{\"score\":\"");
    push(out, score);
    push(
        out,
        "\"},\"sharing_agreement_ids\":[],\"followup_ids\":[],\"ticket_form_id\":360000114,\"brand_id\":360000021",
    );
    push(out, ",\"requester\":{\"id\":");
    push_number(out, requester);
    push(out, ",\"name\":");
    push_name(out, desk.field, desk.plan, contact, book);
    push(out, ",\"email\":\"");
    desk.plan.people.push_email(out, contact.customer);
    push(out, "\",\"phone\":");
    if desk.plan.people.is_digital_only(contact.customer) {
        push(out, "null");
    } else {
        push(out, "\"");
        push_e164(out, contact.customer);
        push(out, "\"");
    }
    push(out, "},\"comments\":[");
    let mut replies = 0;
    for (position, at) in visible() {
        let turn = &turns[position];
        let is_agent = turn.speaker == Speaker::Agent;
        replies += u64::from(is_agent);
        push(out, if position > 0 { ",{\"id\":" } else { "{\"id\":" });
        push_number(out, (FIRST_TICKET + contact.sequence) * 100 + position as u64);
        push(out, ",\"type\":\"Comment\",\"author_id\":");
        push_number(out, if is_agent { agent } else { requester });
        push(out, ",\"body\":");
        push_json(out, conversation.words(turn));
        push(out, ",\"public\":true,\"attachments\":[],\"created_at\":\"");
        push_instant(out, at);
        push(out, "\"}");
    }
    push(out, "],\"metric_set\":{\"reopens\":");
    push_number(out, u64::from(has_objection));
    push(out, ",\"replies\":");
    push_number(out, replies);
    push(out, ",\"assignee_stations\":");
    push_number(out, u64::from(is_answered));
    push(out, ",\"group_stations\":1,\"reply_time_in_minutes\":{\"calendar\":");
    if is_answered {
        push_number(out, u64::from(contact.legs[0].wait_seconds / 60))
    } else {
        push(out, "null")
    }
    push(out, ",\"business\":null},\"solved_at\":");
    match solved_at {
        Some(at) => {
            push(out, "\"");
            push_instant(out, at);
            push(out, "\"");
        }
        None => push(out, "null"),
    }
    push(out, "}}");
}

fn push_name(
    out: &mut Vec<u8>,
    field: &mut Vec<u8>,
    plan: &crate::plan::Plan,
    contact: &Contact,
    book: &crate::phrases::Book,
) {
    field.clear();
    plan.people.push_name(field, contact.customer, book);
    push_json(out, str::from_utf8(field).unwrap_or_default());
}

fn push_subject(out: &mut Vec<u8>, contact: &Contact) {
    push(out, "\"");
    push(out, PRODUCTS.get(usize::from(contact.product)).map_or("", |product| product.name));
    if contact.order > 0 && contact.number.is_multiple_of(3) {
        push(out, " / ");
        push_number(out, FIRST_ORDER + contact.order - 1);
    }
    push(out, "\"");
}

fn push_custom_fields(out: &mut Vec<u8>, contact: &Contact, random: &mut Random) {
    push(out, ",\"custom_fields\":[{\"id\":360001,\"value\":");
    match PRODUCTS.get(usize::from(contact.product)) {
        Some(product) if random.chance(0.9) => push_json(out, product.name),
        _ => push(out, "null"),
    }
    push(out, "},{\"id\":360002,\"value\":");
    if contact.order > 0 && random.chance(0.85) {
        push(out, "\"");
        push_number(out, FIRST_ORDER + contact.order - 1);
        push(out, "\"");
    } else {
        push(out, "null");
    }
    push(out, "}]");
}
