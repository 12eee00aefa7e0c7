//! Writes contacts as the vendors do: one module per vendor, one place that knows the day's files.
//!
//! In: contacts and which copy of them is due. Out: lines and archive members. What is planted into
//! the delivery (bad rows, duplicates, late and newer versions) is counted here, when it is written.

pub(crate) mod asterisk;
pub(crate) mod call_log;
pub(crate) mod captions;
pub(crate) mod connect;
pub(crate) mod contact_lens;
pub(crate) mod shop;
pub(crate) mod zendesk;

use crate::SampleError;
use crate::catalogue::Source;
use crate::contact::Contact;
use crate::conversation::Conversation;
use crate::files::DayFiles;
use crate::phrases::Book;
use crate::plan::Plan;

/// Which delivery of a contact's records this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// The first, in time.
    First,
    /// The first, but days late.
    Late,
    /// The same again.
    Again,
    /// A newer version.
    Newer,
}

/// Records planted and written so far, by source.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Planted {
    pub(crate) bad: [u64; 5],
    pub(crate) duplicate: [u64; 5],
    pub(crate) late: [u64; 5],
    pub(crate) newer: [u64; 5],
}

impl Planted {
    /// Counts one record of a copy.
    pub(crate) fn count(&mut self, source: Source, copy: Delivery) {
        let counts = match copy {
            Delivery::First => return,
            Delivery::Late => &mut self.late,
            Delivery::Again => &mut self.duplicate,
            Delivery::Newer => &mut self.newer,
        };
        counts[source as usize] += 1;
    }
}

/// What a vendor's writer needs to know and may fill.
#[derive(Debug)]
pub(crate) struct Desk<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) books: &'a [Book],
    pub(crate) files: &'a mut DayFiles,
    pub(crate) queue_log: &'a mut asterisk::Timeline,
    pub(crate) totals: &'a mut call_log::Totals,
    pub(crate) planted: &'a mut Planted,
    pub(crate) conversation: &'a mut Conversation,
    /// The record being built; cleared by whoever uses it.
    pub(crate) record: &'a mut Vec<u8>,
    /// A second buffer, for fields and names.
    pub(crate) field: &'a mut Vec<u8>,
    /// UTC day whose files are open.
    pub(crate) day: i64,
}

impl Desk<'_> {
    /// Writes one copy of a contact into the open files.
    ///
    /// # Errors
    /// [`SampleError::Write`].
    pub(crate) fn write(&mut self, contact: &Contact, copy: Delivery) -> Result<(), SampleError> {
        let book = &self.books[usize::from(contact.language)];
        self.conversation.compose(self.plan.seed, &self.plan.people, book, contact);
        match contact.source {
            Source::Asterisk => asterisk::write(self, contact, copy),
            Source::Zendesk => zendesk::write(self, contact, copy),
            Source::Outsourcer => call_log::write(self, contact, copy),
            Source::Connect => connect::write(self, contact, copy),
            Source::Shop => Ok(()),
        }
    }
}

/// Milliseconds at which each turn of a leg begins and ends, spread over the talk time by length.
///
/// Calls `each(turn position, begin, end)` in order.
pub(crate) fn spread_turns(
    conversation: &Conversation,
    leg: u8,
    talk_seconds: u32,
    mut each: impl FnMut(usize, u64, u64),
) {
    let weight = |turn: &crate::conversation::Turn| conversation.words(turn).len() as u64 + 12;
    let turns = conversation.turns();
    let total: u64 = turns.iter().filter(|turn| turn.leg == leg).map(weight).sum();
    let available = u64::from(talk_seconds) * 960;
    let mut sum = 0;
    for (position, turn) in turns.iter().enumerate().filter(|(_, turn)| turn.leg == leg) {
        let begin = 300 + available * sum / total.max(1);
        sum += weight(turn);
        let until = 300 + available * sum / total.max(1);
        each(position, begin, (until - (until - begin) / 9).max(begin + 1));
    }
}
