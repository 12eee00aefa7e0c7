//! Contact Lens transcripts: one JSON document per contact, with turns and their speakers.
//!
//! In: one member `<ContactId>_analysis_<time>.json`. Out: one turn per utterance, redacted again
//! (the vendor's own redaction is not relied upon). The wall clock is only in the member's name, so
//! `leg_date` comes from there. Turns by a participant without a role are the customer's. Sentiment,
//! categories and issues of the vendor are not read. A turn without words is passed over; one whose
//! offset is not a number is rejected apart from its member.
//!
//! # Source
//! Amazon Connect Administrator Guide, "Contact Lens output files", versions 1.1.0 and VOICE-2022-11-30.

use refrain_record::RejectReason;
use serde::Deserialize;

use crate::container;
use crate::json_record::Scalar;
use crate::legs::{self, Intake, start_day};
use crate::reader::Document;
use crate::rows::Turn;
use crate::typing;

const NAME_MARK: &str = "_analysis_";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Transcript<'a> {
    #[serde(borrow, default)]
    customer_metadata: Option<CustomerMetadata<'a>>,
    #[serde(borrow, default)]
    participants: Vec<Participant<'a>>,
    #[serde(borrow, rename = "Transcript", default)]
    turns: Vec<Utterance<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CustomerMetadata<'a> {
    #[serde(borrow, default)]
    contact_id: Scalar<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Participant<'a> {
    #[serde(borrow)]
    participant_id: Scalar<'a>,
    #[serde(borrow)]
    participant_role: Scalar<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Utterance<'a> {
    #[serde(borrow)]
    id: Scalar<'a>,
    #[serde(borrow)]
    participant_id: Scalar<'a>,
    /// Transcribe writes the role here instead of an id.
    #[serde(borrow)]
    participant_role: Scalar<'a>,
    #[serde(borrow)]
    content: Scalar<'a>,
    #[serde(borrow)]
    begin_offset_millis: Scalar<'a>,
}

/// Whether a document of Amazon Connect is a transcript, by its name.
pub(crate) fn is_transcript(document: &Document<'_>) -> bool {
    container::file_name(document.name).contains(NAME_MARK)
}

/// Reads the transcript of one contact.
pub(crate) fn read(intake: &mut Intake<'_>, document: &Document<'_>) {
    let position = document.index;
    let Ok(text) = std::str::from_utf8(document.text) else {
        return intake.reject_one(position, RejectReason::BadEncoding, None);
    };
    let Ok(transcript) = serde_json::from_str::<Transcript<'_>>(text) else {
        return intake.reject_one(position, RejectReason::Malformed, None);
    };
    let (named_id, time) = container::file_name(document.name).split_once(NAME_MARK).unwrap_or_default();
    let written_id = transcript.customer_metadata.as_ref().and_then(|metadata| metadata.contact_id.text());
    let Some(native_id) = written_id.or(legs::present(named_id)) else {
        return intake.reject_one(position, RejectReason::MissingId, Some("leg_id"));
    };
    let Some(began_at) = began_at(time) else {
        return intake.reject_one(position, RejectReason::BadTime, Some("leg_date"));
    };
    let leg_id = intake.id(native_id);
    let (mut turn_count, mut unreadable_count) = (0, 0);
    for (index, utterance) in transcript.turns.iter().enumerate() {
        let Some(words) = utterance.content.text() else { continue };
        let Ok(offset) = utterance.begin_offset_millis.text().map(str::parse::<f64>).transpose() else {
            unreadable_count += 1;
            continue;
        };
        let numbered;
        let turn_id = match utterance.id.text() {
            Some(id) => id,
            None => {
                numbered = index.to_string();
                &numbered
            }
        };
        let speaker = speaker(&transcript.participants, utterance);
        let hash = legs::record_hash(words.as_bytes());
        let turn = Turn {
            leg_date: Some(start_day(began_at)),
            leg_id: Some(&leg_id),
            turn_id: Some(turn_id),
            turn_index: Some(turn_count),
            speaker: Some(speaker),
            offset_seconds: offset.map(|milliseconds| milliseconds / 1000.0),
            position,
            record_hash: legs::fold_hash(hash, legs::record_hash(speaker.as_bytes())),
            ..Turn::default()
        };
        turn_count += i32::from(intake.push_turn(turn, words));
    }
    intake.close_member(position, turn_count, unreadable_count);
}

/// The time in a member's name: `2020-02-04T21:14:16Z.json`, after `redacted_` when the vendor took
/// values out; some systems write `_` for `:`.
fn began_at(time: &str) -> Option<i64> {
    let time = time.strip_suffix(".json").unwrap_or(time);
    let time = time.strip_prefix("redacted_").unwrap_or(time);
    typing::instant(time).or_else(|| typing::instant(&time.replace('_', ":")))
}

fn speaker(participants: &[Participant<'_>], utterance: &Utterance<'_>) -> &'static str {
    let id = utterance.participant_id.text();
    let known = participants.iter().find(|participant| participant.participant_id.text() == id);
    let role = utterance.participant_role.text();
    let role = role.or_else(|| known.and_then(|participant| participant.participant_role.text())).or(id);
    match role.unwrap_or_default().to_ascii_uppercase().as_str() {
        "AGENT" | "SUPERVISOR" => "agent",
        "SYSTEM" | "BOT" | "CUSTOM_BOT" | "PROMPT" => "bot",
        _ => "customer",
    }
}

#[cfg(test)]
mod tests;
