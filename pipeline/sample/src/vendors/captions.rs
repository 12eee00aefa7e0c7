//! WebVTT captions of in-house calls, one archive member per call.
//!
//! In: the conversation that was just composed. Out: `<uniqueid>.vtt` with voice tags. A call without
//! text has no member.

use crate::SampleError;
use crate::bytes::{push, push_number, push_padded};
use crate::contact::Contact;
use crate::conversation::{Speaker, agent_name};
use crate::random::{Random, Stream};
use crate::vendors::{Desk, asterisk, spread_turns};

/// Writes the call's captions, if it has any.
///
/// # Errors
/// [`SampleError::Write`].
pub(crate) fn write(desk: &mut Desk<'_>, contact: &Contact) -> Result<(), SampleError> {
    if !contact.has_text {
        return Ok(());
    }
    let mut random = Random::new(desk.plan.seed, Stream::Record, contact.number ^ (1 << 62));
    let out = &mut *desk.record;
    out.clear();
    push(out, "WEBVTT\n\nNOTE\nrecording ");
    asterisk::push_call_id(out, contact);
    push(out, ".wav, both channels\n");
    let book = &desk.books[usize::from(contact.language)];
    let conversation = &*desk.conversation;
    let has_numbers = random.chance(0.5);
    for (number, leg) in contact.legs().iter().enumerate() {
        let shift = (leg.answered_at() - contact.legs[0].answered_at()).max(0) as u64 * 1_000;
        spread_turns(conversation, number as u8, leg.talk_seconds, |position, begin, end| {
            let turn = &conversation.turns()[position];
            if position % 5 == 2 {
                push(out, "\nNOTE Confidence: 0.");
                push_number(out, random.between(62, 97));
                out.push(b'\n');
            }
            out.push(b'\n');
            if has_numbers {
                push_number(out, position as u64 + 1);
                out.push(b'\n');
            }
            push_stamp(out, shift + begin);
            push(out, " --> ");
            push_stamp(out, shift + end);
            match turn.speaker {
                Speaker::Customer => push(out, "\n<v Customer>"),
                Speaker::Agent => {
                    push(out, "\n<v Agent ");
                    push(out, agent_name(book, leg.agent));
                    out.push(b'>');
                }
            }
            push_escaped(out, conversation.words(turn));
            out.push(b'\n');
        });
    }
    desk.field.clear();
    asterisk::push_call_id(desk.field, contact);
    push(desk.field, ".vtt");
    desk.files.captions.append(desk.field, contact.ended_at, desk.record)
}

/// Appends `HH:MM:SS.mmm`.
fn push_stamp(out: &mut Vec<u8>, milliseconds: u64) {
    crate::calendar::push_clock(out, (milliseconds / 1_000) as i64);
    out.push(b'.');
    push_padded(out, milliseconds % 1_000, 3);
}

fn push_escaped(out: &mut Vec<u8>, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'&' => push(out, "&amp;"),
            b'<' => push(out, "&lt;"),
            b'>' => push(out, "&gt;"),
            _ => out.push(byte),
        }
    }
}
