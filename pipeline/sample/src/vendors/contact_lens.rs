//! Contact Lens: one analysed transcript per leg of a hosted call, as JSON in an archive.
//!
//! In: the conversation that was just composed. Out: `<ContactId>_analysis_<instant>.json`, with the
//! wall clock in the member's name only.

use crate::SampleError;
use crate::bytes::{push, push_json, push_number, push_uuid};
use crate::calendar::push_instant;
use crate::catalogue::SPEECH_LANGUAGES;
use crate::contact::Contact;
use crate::conversation::{Mood, Speaker};
use crate::random::{Random, Stream};
use crate::vendors::{Desk, connect, spread_turns};

/// Writes the transcript of one leg.
///
/// # Errors
/// [`SampleError::Write`].
pub(crate) fn write(desk: &mut Desk<'_>, contact: &Contact, number: usize) -> Result<(), SampleError> {
    let seed = desk.plan.seed;
    let mut random = Random::new(seed, Stream::Record, contact.number ^ (number as u64 + 5) << 58);
    let leg = &contact.legs[number];
    let conversation = &*desk.conversation;
    let out = &mut *desk.record;
    out.clear();
    push(
        out,
        "{\"AccountId\":\"000000000000\",\"Categories\":{\"MatchedCategories\":[],\"MatchedDetails\":{}}",
    );
    push(
        out,
        ",\"Channel\":\"VOICE\",\"ContentMetadata\":{\"Output\":\"Raw\"},\"ConversationCharacteristics\":{",
    );
    let total = u64::from(leg.talk_seconds + leg.hold_seconds) * 1_000;
    push(out, "\"ContactSummary\":{},\"Interruptions\":{\"InterruptionsByInterrupter\":{},\"TotalCount\":0,");
    push(out, "\"TotalTimeMillis\":0},\"NonTalkTime\":{\"Instances\":[],\"TotalTimeMillis\":");
    push_number(out, total / 25 + u64::from(leg.hold_seconds) * 1_000);
    push(out, "},\"Sentiment\":{\"OverallSentiment\":{\"AGENT\":");
    push_score(out, 0.4 + random.unit());
    push(out, ",\"CUSTOMER\":");
    let feeling = if contact.is_complaint { -2.4 } else { 0.2 } + random.unit() * 1.4;
    push_score(out, feeling);
    push(out, "},\"SentimentByPeriod\":{\"QUARTER\":{\"AGENT\":[],\"CUSTOMER\":[]}}}");
    let mut spoken = [0_u64; 2];
    spread_turns(conversation, number as u8, leg.talk_seconds, |position, begin, end| {
        spoken[usize::from(conversation.turns()[position].speaker == Speaker::Customer)] += end - begin;
    });
    push(out, ",\"TalkSpeed\":{\"DetailsByParticipant\":{\"AGENT\":{\"AverageWordsPerMinute\":");
    push_number(out, random.between(120, 180));
    push(out, "},\"CUSTOMER\":{\"AverageWordsPerMinute\":");
    push_number(out, random.between(110, 190));
    push(out, "}}},\"TalkTime\":{\"DetailsByParticipant\":{\"AGENT\":{\"TotalTimeMillis\":");
    push_number(out, spoken[0]);
    push(out, "},\"CUSTOMER\":{\"TotalTimeMillis\":");
    push_number(out, spoken[1]);
    push(out, "}},\"TotalTimeMillis\":");
    push_number(out, spoken[0] + spoken[1]);
    push(out, "},\"TotalConversationDurationMillis\":");
    push_number(out, total);
    push(out, "},\"CustomerMetadata\":{\"ContactId\":\"");
    connect::push_contact_id(out, seed, contact, number);
    push(out, "\"},\"JobDetails\":{\"SkippedAnalysis\":[]},\"JobStatus\":\"COMPLETED\",\"LanguageCode\":\"");
    push(out, SPEECH_LANGUAGES[usize::from(contact.language)]);
    push(out, "\",\"Participants\":[{\"ParticipantId\":\"CUSTOMER\",\"ParticipantRole\":\"CUSTOMER\"}");
    push(out, ",{\"ParticipantId\":\"AGENT\",\"ParticipantRole\":\"AGENT\"}],\"Transcript\":[");
    let mut is_first = true;
    spread_turns(conversation, number as u8, leg.talk_seconds, |position, begin, end| {
        let turn = &conversation.turns()[position];
        if !is_first {
            out.push(b',');
        }
        is_first = false;
        push(out, "{\"BeginOffsetMillis\":");
        push_number(out, begin);
        push(out, ",\"Content\":");
        push_json(out, conversation.words(turn));
        push(out, ",\"EndOffsetMillis\":");
        push_number(out, end);
        push(out, ",\"Id\":\"");
        push_uuid(out, random.word(), random.word());
        push(out, "\",\"LoudnessScore\":[");
        let seconds = ((end - begin) / 1_000).clamp(1, 12);
        for second in 0..seconds {
            if second > 0 {
                out.push(b',');
            }
            push_number(out, 58 + (random.word() & 31));
        }
        push(out, "],\"ParticipantId\":\"");
        push(out, if turn.speaker == Speaker::Customer { "CUSTOMER" } else { "AGENT" });
        push(out, "\",\"Sentiment\":\"");
        push(out, sentiment(turn.mood, &mut random));
        push(out, "\"}");
    });
    push(out, "],\"Version\":\"1.1.0\"}");
    desk.field.clear();
    connect::push_contact_id(desk.field, seed, contact, number);
    push(desk.field, "_analysis_");
    push_instant(desk.field, leg.answered_at());
    push(desk.field, ".json");
    desk.files.contact_lens.append(desk.field, leg.ended_at + 90, desk.record)
}

/// What an imperfect classifier says of a turn.
fn sentiment(mood: Mood, random: &mut Random) -> &'static str {
    match (mood, random.below(10)) {
        (Mood::Negative, 0..8) | (Mood::Neutral, 0) => "NEGATIVE",
        (Mood::Positive, 0..7) | (Mood::Neutral, 1) => "POSITIVE",
        _ => "NEUTRAL",
    }
}

/// Appends a sentiment score (-5..5) with one decimal.
fn push_score(out: &mut Vec<u8>, score: f64) {
    let tenths = (score * 10.0) as i64;
    if tenths < 0 {
        out.push(b'-');
    }
    push_number(out, tenths.unsigned_abs() / 10);
    out.push(b'.');
    push_number(out, tenths.unsigned_abs() % 10);
}
