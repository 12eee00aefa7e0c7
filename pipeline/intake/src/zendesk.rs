//! Zendesk tickets: one JSON object per ticket with requester, comments and metrics inside.
//!
//! In: JSON lines of the ticket export. Out: one fragment per object (a ticket that changed comes
//! again) and one turn per comment, private notes included. Handled means that an agent answered in
//! public; abandoned is a chat that is tagged as missed. Waiting, talking and holding are words of
//! telephony and stay null. A comment by the requester is the customer's, every other an agent's. A
//! satisfaction rating is not read: who is displeased has not said that nothing was solved.
//!
//! # Source
//! Zendesk Support API, "Incremental Exports" and "Ticket Comments".

use serde::Deserialize;

use crate::json_record::{self, Found, Scalar};
use crate::legs::{self, Intake, start_day};
use crate::reader::Document;
use crate::rows::{Leg, Turn};
use crate::typing::{self, Field, Kind, Order, Typed};

/// Custom field that holds the product.
const PRODUCT_FIELD: &str = "360001";
/// Custom field that holds the order id.
const ORDER_FIELD: &str = "360002";
/// Tags of a chat that nobody answered.
const MISSED_CHAT_TAGS: [&str; 2] = ["missed_chat", "zopim_chat_missed"];

#[derive(Default, Deserialize)]
#[serde(default)]
struct Ticket<'a> {
    #[serde(borrow)]
    id: Scalar<'a>,
    #[serde(borrow)]
    via: Option<Via<'a>>,
    #[serde(borrow)]
    created_at: Scalar<'a>,
    #[serde(borrow)]
    updated_at: Scalar<'a>,
    #[serde(borrow)]
    status: Scalar<'a>,
    #[serde(borrow)]
    requester_id: Scalar<'a>,
    #[serde(borrow)]
    requester: Option<Requester<'a>>,
    #[serde(borrow)]
    assignee_id: Scalar<'a>,
    #[serde(borrow)]
    group_id: Scalar<'a>,
    #[serde(borrow)]
    group_name: Scalar<'a>,
    #[serde(borrow)]
    disposition: Scalar<'a>,
    #[serde(borrow)]
    custom_fields: Option<Vec<CustomField<'a>>>,
    #[serde(borrow)]
    metric_set: Option<Metrics<'a>>,
    #[serde(borrow)]
    tags: Option<Vec<Scalar<'a>>>,
    #[serde(borrow)]
    comments: Option<Vec<Comment<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Via<'a> {
    #[serde(borrow)]
    channel: Scalar<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Requester<'a> {
    #[serde(borrow)]
    id: Scalar<'a>,
    #[serde(borrow)]
    email: Scalar<'a>,
    #[serde(borrow)]
    phone: Scalar<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CustomField<'a> {
    #[serde(borrow)]
    id: Scalar<'a>,
    #[serde(borrow)]
    value: Scalar<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metrics<'a> {
    #[serde(borrow)]
    solved_at: Scalar<'a>,
    #[serde(borrow)]
    replies: Scalar<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Comment<'a> {
    #[serde(borrow)]
    id: Scalar<'a>,
    #[serde(borrow)]
    author_id: Scalar<'a>,
    #[serde(borrow)]
    public: Scalar<'a>,
    #[serde(borrow)]
    plain_body: Scalar<'a>,
    #[serde(borrow)]
    body: Scalar<'a>,
    #[serde(borrow)]
    created_at: Scalar<'a>,
}

impl Ticket<'_> {
    fn requester_id(&self) -> Option<&str> {
        self.requester_id.text().or_else(|| self.requester.as_ref()?.id.text())
    }

    fn custom_field(&self, id: &str) -> Option<&str> {
        self.custom_fields.as_ref()?.iter().find(|field| field.id.text() == Some(id))?.value.text()
    }

    fn comments(&self) -> &[Comment<'_>] {
        self.comments.as_deref().unwrap_or_default()
    }

    fn is_by_customer(&self, comment: &Comment<'_>) -> bool {
        comment.author_id.text().is_some() && comment.author_id.text() == self.requester_id()
    }

    /// Whether an agent answered in public, by the vendor's own count too: comments may be left out.
    fn has_reply(&self) -> bool {
        let replies = self.metric_set.as_ref().and_then(|metrics| metrics.replies.text());
        replies.is_some_and(|count| count != "0") || self.first_answer().is_some()
    }

    /// Whether the customer left a chat before anyone came.
    fn is_missed(&self) -> bool {
        let tags = self.tags.as_deref().unwrap_or_default();
        tags.iter().any(|tag| tag.text().is_some_and(|tag| MISSED_CHAT_TAGS.contains(&tag)))
    }

    /// The time of the first public answer.
    fn first_answer(&self) -> Option<&str> {
        let is_public = |comment: &&Comment<'_>| comment.public.text() != Some("false");
        let answer =
            self.comments().iter().filter(is_public).find(|comment| !self.is_by_customer(comment))?;
        answer.created_at.text()
    }
}

/// Reads tickets.
pub(crate) fn read(intake: &mut Intake<'_>, document: &Document<'_>) {
    let found: Vec<Found<Ticket<'_>>> = json_record::records(intake, document);
    let mut typed = type_records(&found);
    intake.rejects.append(&mut typed.rejects);
    for (number, row) in typed.rows.iter().enumerate() {
        push(intake, &found[*row], &typed, number);
    }
}

fn type_records(found: &[Found<Ticket<'_>>]) -> Typed {
    let positions: Vec<i64> = found.iter().map(|found| found.position).collect();
    let fields = [
        Field::required("contact_id", Kind::Id),
        Field::required("started_at", Kind::Instant),
        Field::optional("updated_at", Kind::Instant),
        Field::optional("answered_at", Kind::Instant),
        Field::optional("ended_at", Kind::Instant).ordered(Order::NotBefore("started_at")),
    ];
    let records = || found.iter().map(|found| &found.record);
    let text = vec![
        records().map(|ticket| ticket.id.text()).collect(),
        records().map(|ticket| ticket.created_at.text()).collect(),
        records().map(|ticket| ticket.updated_at.text()).collect(),
        records().map(Ticket::first_answer).collect(),
        records().map(|ticket| ticket.metric_set.as_ref()?.solved_at.text()).collect(),
    ];
    typing::check(&positions, &fields, text)
}

fn push(intake: &mut Intake<'_>, found: &Found<Ticket<'_>>, typed: &Typed, number: usize) {
    let ticket = &found.record;
    let typed = |name| typed.column(name).get(number).copied().flatten();
    let id = intake.id(ticket.id.text().unwrap_or_default());
    let customer_key = customer_key(intake, ticket);
    let (started_at, ended_at) = (typed("started_at"), typed("ended_at"));
    let answered_at = typed("answered_at");
    let is_over = matches!(ticket.status.text(), Some("solved" | "closed"));
    let has_reply = ticket.has_reply();
    let leg = Leg {
        leg_date: started_at.map(start_day),
        contact_id: Some(&id),
        leg_id: Some(&id),
        updated_at: typed("updated_at").or(ended_at).or(started_at),
        channel: ticket.via.as_ref().and_then(|via| via.channel.text()),
        direction: Some("inbound"),
        queue: ticket.group_name.text().or(ticket.group_id.text()),
        customer_key: customer_key.as_deref(),
        started_at,
        answered_at,
        ended_at,
        is_open: Some(!is_over),
        is_handled: (has_reply || is_over).then_some(has_reply),
        is_abandoned: Some(ticket.is_missed() && !has_reply),
        product: ticket.custom_field(PRODUCT_FIELD),
        order_id: ticket.custom_field(ORDER_FIELD),
        position: found.position,
        record_hash: found.record_hash,
        ..Leg::default()
    };
    intake.push_leg(leg, ticket.assignee_id.text(), ticket.disposition.text());
    for (index, comment) in ticket.comments().iter().enumerate() {
        push_comment(intake, found, comment, index, &id, started_at);
    }
}

fn push_comment(
    intake: &mut Intake<'_>,
    found: &Found<Ticket<'_>>,
    comment: &Comment<'_>,
    index: usize,
    leg_id: &str,
    started_at: Option<i64>,
) {
    let Some(words) = comment.plain_body.text().or(comment.body.text()) else { return };
    let numbered;
    let turn_id = match comment.id.text() {
        Some(id) => id,
        None => {
            numbered = index.to_string();
            &numbered
        }
    };
    let speaker = if found.record.is_by_customer(comment) { "customer" } else { "agent" };
    let written_at = comment.created_at.text().and_then(typing::instant);
    let offset = written_at.zip(started_at).map(|(written_at, started_at)| written_at - started_at);
    let hash = legs::record_hash(words.as_bytes());
    let turn = Turn {
        leg_date: started_at.map(start_day),
        leg_id: Some(leg_id),
        turn_id: Some(turn_id),
        turn_index: Some(index as i32),
        speaker: Some(speaker),
        offset_seconds: offset.map(|micros| micros as f64 / 1e6),
        position: found.position,
        record_hash: legs::fold_hash(hash, legs::record_hash(speaker.as_bytes())),
        ..Turn::default()
    };
    intake.push_turn(turn, words);
}

/// Phone, else e-mail, else the requester's id: one person has one key over all channels.
fn customer_key(intake: &mut Intake<'_>, ticket: &Ticket<'_>) -> Option<std::sync::Arc<str>> {
    let region = &intake.source.country;
    if let Some(requester) = &ticket.requester {
        for text in [requester.phone.text(), requester.email.text()].into_iter().flatten() {
            if let Some(key) = intake.customer_key(text, region) {
                return Some(key);
            }
        }
    }
    let id = ticket.requester_id()?;
    Some(intake.crm_key(intake.id(id)))
}

#[cfg(test)]
mod tests;
