//! Amazon Connect contact records: one JSON object per leg, delivered at least once.
//!
//! In: JSON lines. Out: one fragment per object; a later version of a contact is another fragment with
//! a later `updated_at`, a copy has the same hash. A transfer is a leg of the contact with which the
//! chain began. A leg counts as abandoned when it was queued, ended, never reached an agent and was
//! not passed on. `DisconnectReason` is not read: it is wrong on bad lines.
//!
//! # Source
//! Amazon Connect Administrator Guide, "Contact records data model".

use serde::Deserialize;

use crate::json_record::{self, Found, Scalar};
use crate::legs::{Intake, start_day};
use crate::reader::Document;
use crate::rows::Leg;
use crate::typing::{self, Field, Kind, Order, Typed};

/// A contact record. Vendors' own exports write the keys with a small first letter.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct ContactRecord<'a> {
    #[serde(borrow, alias = "contactId")]
    contact_id: Scalar<'a>,
    #[serde(borrow, alias = "initialContactId")]
    initial_contact_id: Scalar<'a>,
    #[serde(borrow, alias = "nextContactId")]
    next_contact_id: Scalar<'a>,
    #[serde(borrow, alias = "channel")]
    channel: Scalar<'a>,
    #[serde(borrow, alias = "initiationMethod")]
    initiation_method: Scalar<'a>,
    #[serde(borrow, alias = "initiationTimestamp")]
    initiation_timestamp: Scalar<'a>,
    #[serde(borrow, alias = "disconnectTimestamp")]
    disconnect_timestamp: Scalar<'a>,
    #[serde(borrow, alias = "lastUpdateTimestamp")]
    last_update_timestamp: Scalar<'a>,
    #[serde(borrow, alias = "transferCompletedTimestamp")]
    transfer_completed_timestamp: Scalar<'a>,
    #[serde(borrow, alias = "customerEndpoint")]
    customer_endpoint: Option<Endpoint<'a>>,
    #[serde(borrow, alias = "agent")]
    agent: Option<Agent<'a>>,
    #[serde(borrow, alias = "queue")]
    queue: Option<Queue<'a>>,
    #[serde(borrow, alias = "attributes")]
    attributes: Option<Attributes<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Endpoint<'a> {
    #[serde(borrow, alias = "address")]
    address: Scalar<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Agent<'a> {
    #[serde(borrow, alias = "username")]
    username: Scalar<'a>,
    #[serde(borrow, alias = "connectedToAgentTimestamp")]
    connected_to_agent_timestamp: Scalar<'a>,
    #[serde(borrow, alias = "agentInteractionDuration")]
    agent_interaction_duration: Scalar<'a>,
    #[serde(borrow, alias = "customerHoldDuration")]
    customer_hold_duration: Scalar<'a>,
    #[serde(borrow, alias = "afterContactWorkDuration")]
    after_contact_work_duration: Scalar<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Queue<'a> {
    #[serde(borrow, alias = "name")]
    name: Scalar<'a>,
    #[serde(borrow, alias = "enqueueTimestamp")]
    enqueue_timestamp: Scalar<'a>,
    #[serde(borrow, alias = "duration")]
    duration: Scalar<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Attributes<'a> {
    #[serde(borrow, alias = "Product")]
    product: Scalar<'a>,
    #[serde(borrow, alias = "OrderId", alias = "orderId")]
    order_id: Scalar<'a>,
    #[serde(borrow, alias = "SurveyResolved", alias = "surveyResolved")]
    survey_resolved: Scalar<'a>,
    #[serde(borrow, alias = "Disposition")]
    disposition: Scalar<'a>,
}

/// Reads contact records.
pub(crate) fn read(intake: &mut Intake<'_>, document: &Document<'_>) {
    let found: Vec<Found<ContactRecord<'_>>> = json_record::records(intake, document);
    let mut typed = type_records(&found);
    intake.rejects.append(&mut typed.rejects);
    for (number, row) in typed.rows.iter().enumerate() {
        push(intake, &found[*row], &typed, number);
    }
}

fn type_records(found: &[Found<ContactRecord<'_>>]) -> Typed {
    let positions: Vec<i64> = found.iter().map(|found| found.position).collect();
    let fields = [
        Field::required("contact_id", Kind::Id),
        Field::required("started_at", Kind::Instant),
        Field::optional("ended_at", Kind::Instant).ordered(Order::NotBefore("started_at")),
        Field::optional("updated_at", Kind::Instant),
        Field::optional("queued_at", Kind::Instant),
        Field::optional("answered_at", Kind::Instant),
        Field::optional("wait_seconds", Kind::Seconds),
        Field::optional("talk_seconds", Kind::Seconds),
        Field::optional("hold_seconds", Kind::Seconds),
        Field::optional("wrap_up_seconds", Kind::Seconds),
        Field::optional("is_survey_resolved", Kind::YesNo),
    ];
    let records = || found.iter().map(|found| &found.record);
    let text = vec![
        records().map(|record| record.contact_id.text()).collect(),
        records().map(|record| record.initiation_timestamp.text()).collect(),
        records().map(|record| record.disconnect_timestamp.text()).collect(),
        records().map(|record| record.last_update_timestamp.text()).collect(),
        records().map(|record| record.queue.as_ref()?.enqueue_timestamp.text()).collect(),
        records().map(|record| record.agent.as_ref()?.connected_to_agent_timestamp.text()).collect(),
        records().map(|record| record.queue.as_ref()?.duration.text()).collect(),
        records().map(|record| record.agent.as_ref()?.agent_interaction_duration.text()).collect(),
        records().map(|record| record.agent.as_ref()?.customer_hold_duration.text()).collect(),
        records().map(|record| record.agent.as_ref()?.after_contact_work_duration.text()).collect(),
        records().map(|record| record.attributes.as_ref()?.survey_resolved.text()).collect(),
    ];
    typing::check(&positions, &fields, text)
}

fn push(intake: &mut Intake<'_>, found: &Found<ContactRecord<'_>>, typed: &Typed, number: usize) {
    let record = &found.record;
    let typed = |name| typed.column(name).get(number).copied().flatten();
    let native_id = record.contact_id.text().unwrap_or_default();
    let leg_id = intake.id(native_id);
    let contact_id = intake.id(record.initial_contact_id.text().unwrap_or(native_id));
    let channel = record.channel.text().map(str::to_ascii_lowercase);
    let address = record.customer_endpoint.as_ref().and_then(|endpoint| endpoint.address.text());
    let source = intake.source;
    let customer_key = address.and_then(|address| intake.customer_key(address, &source.country));
    let attributes = record.attributes.as_ref();

    let (started_at, ended_at) = (typed("started_at"), typed("ended_at"));
    let (queued_at, answered_at) = (typed("queued_at"), typed("answered_at"));
    let is_passed_on =
        record.transfer_completed_timestamp.text().is_some() || record.next_contact_id.text().is_some();
    let is_over = ended_at.is_some();
    let leg = Leg {
        leg_date: started_at.map(start_day),
        contact_id: Some(&contact_id),
        leg_id: Some(&leg_id),
        updated_at: typed("updated_at").or(ended_at).or(started_at),
        direction: record.initiation_method.text().and_then(|method| direction(method, channel.as_deref())),
        channel: channel.as_deref(),
        queue: record.queue.as_ref().and_then(|queue| queue.name.text()),
        customer_key: customer_key.as_deref(),
        started_at,
        queued_at,
        answered_at,
        ended_at,
        wait_seconds: typed("wait_seconds"),
        talk_seconds: typed("talk_seconds"),
        hold_seconds: typed("hold_seconds"),
        wrap_up_seconds: typed("wrap_up_seconds"),
        is_handled: (answered_at.is_some() || is_over).then_some(answered_at.is_some()),
        is_abandoned: (answered_at.is_some() || is_over)
            .then_some(answered_at.is_none() && queued_at.is_some() && !is_passed_on),
        is_transferred: (is_passed_on || is_over).then_some(is_passed_on),
        is_survey_resolved: typed("is_survey_resolved").map(|answer| answer == 1),
        product: attributes.and_then(|attributes| attributes.product.text()),
        order_id: attributes.and_then(|attributes| attributes.order_id.text()),
        position: found.position,
        record_hash: found.record_hash,
        ..Leg::default()
    };
    let agent = record.agent.as_ref().and_then(|agent| agent.username.text());
    intake.push_leg(leg, agent, attributes.and_then(|attributes| attributes.disposition.text()));
}

/// Who began the contact. A chat that a customer opens comes through the API; a call by API is ours.
fn direction(method: &str, channel: Option<&str>) -> Option<&'static str> {
    match method.to_ascii_uppercase().as_str() {
        "INBOUND" | "TRANSFER" | "QUEUE_TRANSFER" => Some("inbound"),
        "OUTBOUND" | "EXTERNAL_OUTBOUND" | "CALLBACK" => Some("outbound"),
        "API" if channel == Some("voice") => Some("outbound"),
        "API" | "WEBRTC_API" => Some("inbound"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
