//! Amazon Connect contact records: one JSON object per line and leg, sometimes in two versions.
//!
//! In: calls of the hosted site. Out: records as the vendor's stream writes them (a transfer is a
//! record of its own, linked by ids), and transcripts through `contact_lens.rs`.

use crate::SampleError;
use crate::bytes::{push, push_json, push_number, push_padded, push_uuid};
use crate::calendar::push_instant;
use crate::catalogue::{PRODUCTS, QUEUES, Source};
use crate::contact::{Contact, Fate};
use crate::people::push_e164;
use crate::plan::FIRST_ORDER;
use crate::random::{Random, Stream, mix};
use crate::vendors::{Delivery, Desk, contact_lens};

const INSTANCE: &str = "arn:aws:connect:us-east-1:000000000000:instance/6f0f1c1e-7d3a-4b0a-9c55-2b8f5a7d0e11";

/// Appends the id of a leg's record.
pub(crate) fn push_contact_id(out: &mut Vec<u8>, seed: u64, contact: &Contact, leg: usize) {
    let word = mix(mix(seed, 0xc0_11ec7), contact.number * 2 + leg as u64);
    push_uuid(out, word, mix(word, 1));
}

/// Writes a call, one record per leg, and its transcripts.
///
/// # Errors
/// [`SampleError::Write`].
pub(crate) fn write(desk: &mut Desk<'_>, contact: &Contact, copy: Delivery) -> Result<(), SampleError> {
    for leg in 0..contact.legs().len() {
        desk.record.clear();
        push_record(desk, contact, leg, copy);
        if matches!(contact.fate, Fate::Bad(0 | 1)) {
            // The stream broke off in the middle of the record.
            let torn = desk.record.len() * 2 / 5;
            desk.record.truncate(torn);
        }
        desk.record.push(b'\n');
        let times = if contact.fate == Fate::TwiceSameFile { 2 } else { 1 };
        for time in 0..times {
            desk.files.contact_records.write(desk.record)?;
            desk.planted.count(Source::Connect, if time == 0 { copy } else { Delivery::Again });
        }
        if contact.has_text && copy != Delivery::Newer {
            contact_lens::write(desk, contact, leg)?;
        }
    }
    if matches!(contact.fate, Fate::Bad(_)) {
        desk.planted.bad[Source::Connect as usize] += 1;
    }
    Ok(())
}

fn push_record(desk: &mut Desk<'_>, contact: &Contact, number: usize, copy: Delivery) {
    let seed = desk.plan.seed;
    let mut random = Random::new(seed, Stream::Record, contact.number ^ (number as u64 + 1) << 60);
    let leg = &contact.legs[number];
    let is_last = number + 1 == contact.legs().len();
    let is_draft = matches!(contact.fate, Fate::Revised(_)) && copy != Delivery::Newer;
    let fault = if let Fate::Bad(fault) = contact.fate { fault } else { u8::MAX };
    let out = &mut *desk.record;
    let id = |out: &mut Vec<u8>, leg: usize| {
        out.push(b'"');
        push_contact_id(out, seed, contact, leg);
        out.push(b'"');
    };
    let time = |out: &mut Vec<u8>, key: &str, instant: i64| {
        push(out, key);
        out.push(b'"');
        push_instant(out, instant);
        out.push(b'"');
    };
    let started_at = if number == 0 { contact.started_at } else { leg.queued_at };
    push(out, "{\"AWSAccountId\":\"000000000000\",\"AWSContactTraceRecordFormatVersion\":\"2017-03-10\"");
    push_agent(out, contact, number, is_draft, &mut random);
    push(out, ",\"AgentConnectionAttempts\":");
    push_number(out, u64::from(leg.is_answered) + random.below(8) / 7);
    push(out, ",\"AnsweringMachineDetectionStatus\":null,\"Attributes\":{");
    push_attributes(out, contact, is_last, is_draft, &mut random);
    push(out, "},\"Campaign\":{\"CampaignId\":null},\"Channel\":\"VOICE\"");
    time(out, ",\"ConnectedToSystemTimestamp\":", started_at + 1);
    if fault != 2 && fault != 3 {
        push(out, ",\"ContactId\":");
        id(out, number);
    }
    push(out, ",\"ContactDetails\":{},\"CustomerEndpoint\":");
    if contact.is_anonymous {
        push(out, "null");
    } else {
        push(out, "{\"Address\":\"");
        push_e164(out, contact.customer);
        push(out, "\",\"Type\":\"TELEPHONE_NUMBER\"}");
    }
    push(out, ",\"CustomerVoiceActivity\":null,\"DisconnectReason\":");
    let reason = match random.below(10) {
        0 | 1 => "null",
        2..=5 if leg.is_answered => "\"AGENT_DISCONNECT\"",
        _ => "\"CUSTOMER_DISCONNECT\"",
    };
    push(out, if is_last { reason } else { "\"CONTACT_FLOW_DISCONNECT\"" });
    time(out, ",\"DisconnectTimestamp\":", leg.ended_at);
    push(out, ",\"InitialContactId\":");
    if number == 0 {
        push(out, "null")
    } else {
        id(out, 0)
    }
    push(out, ",\"InitiationMethod\":\"");
    push(
        out,
        if contact.is_outbound {
            "OUTBOUND"
        } else if number > 0 {
            "TRANSFER"
        } else {
            "INBOUND"
        },
    );
    push(out, "\"");
    if fault == 4 || fault == 5 {
        push(out, ",\"InitiationTimestamp\":\"2026-02-30T25:10:00Z\"");
    } else {
        time(out, ",\"InitiationTimestamp\":", started_at);
    }
    push(out, ",\"InstanceARN\":\"");
    push(out, INSTANCE);
    push(out, "\"");
    let updated_at = leg.ended_at + 60 + i64::from(leg.wrap_up_seconds);
    let delay = if copy == Delivery::Newer { 2_400 + random.below(36_000) as i64 } else { 0 };
    time(out, ",\"LastUpdateTimestamp\":", updated_at + delay);
    push(out, ",\"MediaStreams\":[{\"Type\":\"AUDIO\"}],\"NextContactId\":");
    if is_last {
        push(out, "null")
    } else {
        id(out, number + 1)
    }
    push(out, ",\"PreviousContactId\":");
    if number == 0 {
        push(out, "null")
    } else {
        id(out, number - 1)
    }
    push_queue(out, contact, number);
    push(out, ",\"Recording\":");
    if contact.has_text {
        push(out, "{\"DeletionReason\":null,\"Location\":\"support-recordings/connect/care/CallRecordings/");
        push_contact_id(out, seed, contact, number);
        push(out, ".wav\",\"Status\":\"AVAILABLE\",\"Type\":\"AUDIO\"}");
    } else {
        push(out, "null");
    }
    push(out, ",\"Recordings\":null,\"References\":[],\"RelatedContactId\":null,\"ScheduledTimestamp\":null");
    push(out, ",\"SegmentAttributes\":{\"connect:Subtype\":{\"ValueString\":\"connect:Telephony\"}}");
    push(out, ",\"SystemEndpoint\":{\"Address\":\"+18005550142\",\"Type\":\"TELEPHONE_NUMBER\"}");
    push(out, ",\"Tags\":{\"aws:connect:instanceId\":\"6f0f1c1e-7d3a-4b0a-9c55-2b8f5a7d0e11\"}");
    if is_last {
        push(out, ",\"TransferCompletedTimestamp\":null,\"TransferredToEndpoint\":null");
    } else {
        time(out, ",\"TransferCompletedTimestamp\":", leg.ended_at);
        push(out, ",\"TransferredToEndpoint\":{\"Address\":\"arn:aws:connect:queue/");
        push(out, QUEUES[usize::from(contact.legs[number + 1].queue)]);
        push(out, "\",\"Type\":\"CONTACT_FLOW\"}");
    }
    push(out, ",\"VoiceIdResult\":null}");
}

fn push_agent(out: &mut Vec<u8>, contact: &Contact, number: usize, is_draft: bool, random: &mut Random) {
    let leg = &contact.legs[number];
    if !leg.is_answered {
        push(out, ",\"Agent\":null");
        return;
    }
    push(out, ",\"Agent\":{\"ARN\":\"");
    push(out, INSTANCE);
    push(out, "/agent/");
    push_uuid(out, mix(u64::from(leg.agent), 11), mix(u64::from(leg.agent), 12));
    push(out, "\"");
    if is_draft {
        push(out, ",\"AfterContactWorkDuration\":null,\"AfterContactWorkEndTimestamp\":null");
        push(out, ",\"AfterContactWorkStartTimestamp\":null");
    } else {
        push(out, ",\"AfterContactWorkDuration\":");
        push_number(out, u64::from(leg.wrap_up_seconds));
        push(out, ",\"AfterContactWorkEndTimestamp\":\"");
        push_instant(out, leg.ended_at + i64::from(leg.wrap_up_seconds));
        push(out, "\",\"AfterContactWorkStartTimestamp\":\"");
        push_instant(out, leg.ended_at);
        push(out, "\"");
    }
    push(out, ",\"AgentInteractionDuration\":");
    push_number(out, u64::from(leg.talk_seconds));
    push(out, ",\"AgentPauseDuration\":null,\"ConnectedToAgentTimestamp\":\"");
    push_instant(out, leg.answered_at());
    push(out, "\",\"CustomerHoldDuration\":");
    push_number(out, u64::from(leg.hold_seconds));
    push(out, ",\"DeviceInfo\":{\"OperatingSystem\":null,\"PlatformName\":null,\"PlatformVersion\":null}");
    push(out, ",\"HierarchyGroups\":null,\"LongestHoldDuration\":");
    let hold_count = u64::from(leg.hold_seconds > 0) + u64::from(leg.hold_seconds > 40) * random.below(2);
    push_number(
        out,
        if hold_count > 1 { u64::from(leg.hold_seconds) * 2 / 3 } else { u64::from(leg.hold_seconds) },
    );
    push(out, ",\"NumberOfHolds\":");
    push_number(out, hold_count);
    push(out, ",\"RoutingProfile\":{\"ARN\":\"");
    push(out, INSTANCE);
    push(out, "/routing-profile/0b5c7a3e-4a51-4d0c-8d6e-1f2a3b4c5d6e\",\"Name\":\"Care ");
    push(out, if number > 0 { "specialist" } else { "generalist" });
    push(out, "\"},\"StateTransitions\":null,\"Username\":\"agent.");
    push_padded(out, u64::from(leg.agent) + 1, 3);
    push(out, "\"}");
}

fn push_attributes(out: &mut Vec<u8>, contact: &Contact, is_last: bool, is_draft: bool, random: &mut Random) {
    let mut has_any = false;
    let mut key = |out: &mut Vec<u8>, name: &str| {
        if has_any {
            out.push(b',');
        }
        has_any = true;
        push_json(out, name);
        out.push(b':');
    };
    if contact.is_handled() && is_last {
        key(out, "disposition");
        push_json(out, contact.disposition.name());
    }
    if contact.order > 0 && random.chance(0.85) {
        key(out, "order_id");
        out.push(b'"');
        push_number(out, FIRST_ORDER + contact.order - 1);
        out.push(b'"');
    }
    if let Some(product) = PRODUCTS.get(usize::from(contact.product))
        && random.chance(0.9)
    {
        key(out, "product");
        push_json(out, product.name);
    }
    if let Some(is_resolved) = contact.survey_resolved
        && is_last
        && !is_draft
    {
        key(out, "survey_resolved");
        push(out, if is_resolved { "\"yes\"" } else { "\"no\"" });
    }
}

fn push_queue(out: &mut Vec<u8>, contact: &Contact, number: usize) {
    let leg = &contact.legs[number];
    let Some(name) = QUEUES.get(usize::from(leg.queue)) else {
        push(out, ",\"Queue\":null");
        return;
    };
    push(out, ",\"Queue\":{\"ARN\":\"");
    push(out, INSTANCE);
    push(out, "/queue/");
    push_uuid(out, mix(u64::from(leg.queue), 21), mix(u64::from(leg.queue), 22));
    push(out, "\",\"DequeueTimestamp\":\"");
    push_instant(out, leg.answered_at());
    push(out, "\",\"Duration\":");
    push_number(out, u64::from(leg.wait_seconds));
    push(out, ",\"EnqueueTimestamp\":\"");
    push_instant(out, leg.queued_at);
    push(out, "\",\"Name\":");
    push_json(out, name);
    push(out, "}");
}
