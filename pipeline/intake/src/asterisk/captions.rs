//! WebVTT captions of a call: one member `<uniqueid>.vtt` per call, voice tags for speakers.
//!
//! In: one member. Out: one turn per voice span, its id the number of the cue. `<v Customer>` (also
//! caller, client) is the customer, `<v Bot>` (also IVR, system, assistant) the bot, every other voice
//! an agent, whose name is dropped. A cue without a voice goes on with the last one, at first the
//! customer: better a sentence of an agent too much than one of a customer lost. A cue whose times
//! cannot be read is rejected apart from its member.
//!
//! # Source
//! WebVTT, W3C Candidate Recommendation of 2019-04-04, section 6 (parsing).

use std::borrow::Cow;

use refrain_record::RejectReason;

use super::epoch_of;
use crate::container;
use crate::legs::{self, Intake, start_day};
use crate::reader::Document;
use crate::rows::Turn;
use crate::typing;

/// Reads the captions of one call.
pub(super) fn read(intake: &mut Intake<'_>, document: &Document<'_>) {
    let position = document.index;
    let name = container::file_name(document.name);
    let call_id = name.get(..name.len().saturating_sub(".vtt".len())).unwrap_or_default().trim();
    if call_id.is_empty() {
        return intake.reject_one(position, RejectReason::MissingId, Some("leg_id"));
    }
    let Some(leg_date) = epoch_of(call_id).parse().ok().and_then(typing::plausible_epoch).map(start_day)
    else {
        return intake.reject_one(position, RejectReason::BadTime, Some("leg_date"));
    };
    let Ok(text) = std::str::from_utf8(document.text) else {
        return intake.reject_one(position, RejectReason::BadEncoding, None);
    };
    let text = if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    };
    let mut blocks = text.split("\n\n").map(|block| block.trim_matches('\n'));
    let header = blocks.next().unwrap_or_default();
    if !header.trim_start_matches('\u{FEFF}').starts_with("WEBVTT") {
        return intake.reject_one(position, RejectReason::BadTranscript, None);
    }
    let leg_id = intake.id(call_id);
    let mut speaker = "customer";
    let (mut cue_count, mut turn_count, mut unreadable_count) = (0, 0, 0);
    for block in blocks.filter(|block| !block.is_empty()) {
        if ["NOTE", "STYLE", "REGION"].iter().any(|word| is_block(block, word)) {
            continue;
        }
        cue_count += 1;
        let Some((start_seconds, payload)) = cue(block) else {
            unreadable_count += 1;
            continue;
        };
        for (number, span) in spans(payload).enumerate() {
            speaker = span.voice.map_or(speaker, speaker_of);
            let turn_id =
                if number == 0 { cue_count.to_string() } else { format!("{cue_count}-{}", number + 1) };
            let words = plain(span.text);
            let hash = legs::record_hash(span.text.as_bytes());
            let turn = Turn {
                leg_date: Some(leg_date),
                leg_id: Some(&leg_id),
                turn_id: Some(&turn_id),
                turn_index: Some(turn_count),
                speaker: Some(speaker),
                offset_seconds: Some(start_seconds),
                position,
                record_hash: legs::fold_hash(hash, (start_seconds * 1000.0) as i64),
                ..Turn::default()
            };
            turn_count += i32::from(intake.push_turn(turn, &words));
        }
    }
    intake.close_member(position, turn_count, unreadable_count);
}

fn is_block(block: &str, word: &str) -> bool {
    block.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
}

/// The start of a cue in seconds, and its payload.
fn cue(block: &str) -> Option<(f64, &str)> {
    let (first, rest) = block.split_once('\n').unwrap_or((block, ""));
    let (timing, payload) =
        if first.contains("-->") { (first, rest) } else { rest.split_once('\n').unwrap_or((rest, "")) };
    let (start, end) = timing.split_once("-->")?;
    let start = seconds(start.trim())?;
    seconds(end.split_whitespace().next()?)?;
    Some((start, payload))
}

/// `hh:mm:ss.mmm` or `mm:ss.mmm` in seconds.
fn seconds(text: &str) -> Option<f64> {
    let (clock, fraction) = text.split_once(['.', ','])?;
    let is_number =
        |part: &str| !part.is_empty() && part.len() <= 6 && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = clock.split(':').collect();
    if !(2..=3).contains(&parts.len()) || fraction.len() != 3 || !is_number(fraction) {
        return None;
    }
    let mut total = 0u32;
    for part in parts.iter().filter(|part| is_number(part)) {
        total = total.checked_mul(60)?.checked_add(part.parse().ok()?)?;
    }
    let milliseconds: u32 = fraction.parse().ok()?;
    parts.iter().all(|part| is_number(part)).then(|| f64::from(total) + f64::from(milliseconds) / 1000.0)
}

/// A part of a cue that one voice speaks.
struct Span<'a> {
    voice: Option<&'a str>,
    text: &'a str,
}

/// The voice spans of a payload; what stands before the first `<v` has no voice of its own.
fn spans(payload: &str) -> impl Iterator<Item = Span<'_>> {
    let mut rest = Some(payload);
    let mut voice = None;
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let next = text
            .match_indices("<v")
            .find(|(start, _)| matches!(text.as_bytes().get(start + 2), Some(b' ' | b'.' | b'\t' | b'>')));
        let Some((start, _)) = next else { return Some(Span { voice: voice.take(), text }) };
        let span = Span { voice: voice.take(), text: &text[..start] };
        let tag = &text[start + 2..];
        let (name, after) = tag.split_once('>').unwrap_or((tag, ""));
        // Classes stand between the tag's name and the annotation: <v.loud Customer>.
        voice = Some(if name.starts_with('.') {
            name.split_once(' ').map_or("", |(_, name)| name)
        } else {
            name
        });
        rest = Some(after);
        Some(span)
    })
    .filter(|span| span.voice.is_some() || !span.text.trim().is_empty())
}

fn speaker_of(voice: &str) -> &'static str {
    let name = voice.trim().to_ascii_lowercase();
    match name.split_whitespace().next().unwrap_or_default() {
        "customer" | "caller" | "client" => "customer",
        "bot" | "ivr" | "system" | "assistant" => "bot",
        _ => "agent",
    }
}

/// The words of a span: other tags dropped, character references resolved, lines joined.
fn plain(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(['<', '&', '\n', '\0']) {
        words.push_str(&rest[..start]);
        let tail = &rest[start..];
        let (replacement, length) = match tail.as_bytes()[0] {
            b'<' => ("", tail.find('>').map_or(tail.len(), |end| end + 1)),
            b'&' => reference(tail),
            _ => (" ", 1),
        };
        words.push_str(replacement);
        rest = &tail[length..];
    }
    words.push_str(rest);
    words
}

/// The text of a character reference at the start of a text, and its length there.
fn reference(text: &str) -> (&'static str, usize) {
    let known = [
        ("&amp;", "&"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&nbsp;", " "),
        ("&quot;", "\""),
        ("&lrm;", ""),
        ("&rlm;", ""),
    ];
    let found = known.iter().find(|(name, _)| text.starts_with(name));
    found.map_or(("&", 1), |(name, meaning)| (meaning, name.len()))
}

#[cfg(test)]
mod tests;
