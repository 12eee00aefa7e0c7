//! What happened in one contact: the record from which every file and the truth are written.
//!
//! In: nothing. Out: types. A contact is about 180 bytes and holds no text; its words are composed
//! again from its number whenever a record is delivered a second time.

use crate::catalogue::{Channel, NONE, Site, Source};
use crate::personal::Personal;

/// One queue's and agent's part of a contact.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Leg {
    pub(crate) queue: u8,
    pub(crate) agent: u16,
    pub(crate) is_answered: bool,
    pub(crate) ring_seconds: u8,
    pub(crate) wait_seconds: u32,
    pub(crate) talk_seconds: u32,
    pub(crate) hold_seconds: u32,
    pub(crate) wrap_up_seconds: u32,
    pub(crate) queued_at: i64,
    pub(crate) ended_at: i64,
}

impl Leg {
    /// When the agent answered.
    pub(crate) fn answered_at(&self) -> i64 {
        self.queued_at + i64::from(self.wait_seconds)
    }
}

/// What the agent noted at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disposition {
    Solved,
    CallBackPromised,
    NoSolution,
    Abandoned,
    WrongNumber,
}

impl Disposition {
    /// The outsourcer's and the hosted centre's word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Solved => "solved",
            Self::CallBackPromised => "call-back promised",
            Self::NoSolution => "no solution",
            Self::Abandoned => "abandoned",
            Self::WrongNumber => "wrong number",
        }
    }

    /// Whether it says that the customer was not helped.
    pub(crate) fn is_unresolved(self) -> bool {
        matches!(self, Self::CallBackPromised | Self::NoSolution)
    }
}

/// What is planted into the delivery of a contact's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Delivered once, in time.
    Plain,
    /// Its record cannot be read; the number picks the fault.
    Bad(u8),
    /// Delivered twice in the same file.
    TwiceSameFile,
    /// Delivered again in the next day's file.
    TwiceNextDay,
    /// Delivered this many days late.
    Late(u8),
    /// A first, incomplete version is followed by a newer one after this many days.
    Revised(u8),
}

/// One contact.
#[derive(Debug, Clone)]
pub(crate) struct Contact {
    /// Counts contacts from 1; opens its streams of draws.
    pub(crate) number: u64,
    /// The contact whose failure made the customer come back, or 0.
    pub(crate) previous: u64,
    pub(crate) source: Source,
    pub(crate) channel: Channel,
    /// The source's own counter.
    pub(crate) sequence: u64,
    /// Who it was, even when the number was withheld.
    pub(crate) customer: u64,
    pub(crate) is_anonymous: bool,
    pub(crate) is_outbound: bool,
    pub(crate) is_follow_up: bool,
    pub(crate) is_redial: bool,
    pub(crate) language: u8,
    /// [`NONE`] for a wrong number.
    pub(crate) issue: u8,
    /// [`NONE`] for a wrong number.
    pub(crate) product: u8,
    /// Order number plus one, or 0.
    pub(crate) order: u64,
    pub(crate) started_at: i64,
    pub(crate) ended_at: i64,
    pub(crate) legs: [Leg; 2],
    pub(crate) leg_count: u8,
    pub(crate) is_resolved: bool,
    pub(crate) is_complaint: bool,
    pub(crate) has_text: bool,
    pub(crate) disposition: Disposition,
    pub(crate) survey_resolved: Option<bool>,
    /// Tickets: when it was first solved; later than `ended_at` never, equal when not reopened.
    pub(crate) first_solved_at: i64,
    pub(crate) personal: Option<Personal>,
    pub(crate) fate: Fate,
    /// UTC day of the first file that holds a readable record of it.
    pub(crate) delivered_day: i64,
}

impl Contact {
    /// Its legs, in order.
    pub(crate) fn legs(&self) -> &[Leg] {
        &self.legs[..usize::from(self.leg_count)]
    }

    /// The last of its legs.
    pub(crate) fn last_leg(&self) -> &Leg {
        &self.legs[usize::from(self.leg_count).saturating_sub(1)]
    }

    /// The site that took it.
    pub(crate) fn site(&self) -> Site {
        self.source.site()
    }

    /// Whether a person answered.
    pub(crate) fn is_handled(&self) -> bool {
        self.legs[0].is_answered
    }

    /// Whether the customer gave up waiting.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.disposition == Disposition::Abandoned
    }

    /// Whether it is about nothing that the operation sells.
    pub(crate) fn is_wrong_number(&self) -> bool {
        self.issue == NONE
    }

    /// Whether any readable record of it is delivered; a call in the PBX always has good lines too.
    pub(crate) fn is_delivered(&self) -> bool {
        self.source == Source::Asterisk || !matches!(self.fate, Fate::Bad(_))
    }

    /// Whether a record says that the customer was not helped; PBX and tickets have no such field.
    pub(crate) fn is_marked_unresolved(&self) -> bool {
        matches!(self.source, Source::Outsourcer | Source::Connect)
            && !self.is_outbound
            && self.disposition.is_unresolved()
    }

    /// Whether it is a ticket whose customer objected after it had been solved.
    pub(crate) fn is_reopened(&self) -> bool {
        self.first_solved_at < self.ended_at
    }

    /// When the customer objected to the solution; [`i64::MAX`] when never.
    pub(crate) fn objected_at(&self) -> i64 {
        let span = self.ended_at - self.first_solved_at;
        if span > 0 { self.first_solved_at + span * 4 / 10 } else { i64::MAX }
    }

    /// When a ticket's record of the instant `until` says that it was solved, if it does.
    pub(crate) fn solved_at(&self, until: i64) -> Option<i64> {
        if self.ended_at < until {
            return Some(self.ended_at);
        }
        (self.first_solved_at < until && self.objected_at() >= until).then_some(self.first_solved_at)
    }
}
