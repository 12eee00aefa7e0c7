//! What all formats share about rows: derived columns, pseudonyms, redaction, counts.
//!
//! In: what a record says of a leg, a turn or an order. Out: rows under construction, in [`Intake`],
//! with every text redacted and every person behind a pseudonym. One `Intake` reads one file: what it
//! remembers of identities and zones ends with it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use refrain_record::calendar::utc_day;
use refrain_record::{Calendar, RejectReason};

use crate::identity::Identity;
use crate::pseudonyms::Pseudonyms;
use crate::reader::Reader;
use crate::rows::{GivenLabelRows, Leg, LegRows, OrderRows, ProductRows, Reject, Turn, TurnRows};
use crate::source::Source;
use crate::zone::ZoneClock;

/// A file being read.
pub(crate) struct Intake<'a> {
    pub(crate) source: &'a Source,
    pub(crate) legs: LegRows,
    pub(crate) turns: TurnRows,
    pub(crate) orders: OrderRows,
    pub(crate) products: ProductRows,
    pub(crate) given_labels: GivenLabelRows,
    pub(crate) rejects: Vec<Reject>,
    pub(crate) read_count: i64,
    pub(crate) merged_count: i64,
    calendar: &'a Calendar,
    pseudonyms: &'a Pseudonyms,
    redact: &'a (dyn Fn(&str) -> Option<(String, i32)> + Send + Sync),
    site_clock: ZoneClock,
    reporting_clock: ZoneClock,
    agent_keys: HashMap<String, String>,
    customer_keys: HashMap<String, Option<Arc<str>>>,
    dispositions: HashMap<String, Disposition>,
}

/// A disposition as it may be shown, and what it says.
struct Disposition {
    text: String,
    is_unresolved: bool,
}

impl<'a> Intake<'a> {
    pub(crate) fn new(reader: &Reader<'a>) -> Self {
        Self {
            source: reader.source,
            legs: LegRows::default(),
            turns: TurnRows::default(),
            orders: OrderRows::default(),
            products: ProductRows::default(),
            given_labels: GivenLabelRows::default(),
            rejects: Vec::new(),
            read_count: 0,
            merged_count: 0,
            calendar: reader.calendar,
            pseudonyms: reader.pseudonyms,
            redact: reader.redact,
            site_clock: ZoneClock::new(reader.source.zone.clone()),
            reporting_clock: ZoneClock::new(reader.calendar.zone().clone()),
            agent_keys: HashMap::new(),
            customer_keys: HashMap::new(),
            dispositions: HashMap::new(),
        }
    }

    /// Counts a record that is read and rejected at once.
    pub(crate) fn reject_one(&mut self, position: i64, reason: RejectReason, field: Option<&'static str>) {
        self.read_count += 1;
        self.rejects.push(Reject { position, reason, field });
    }

    /// Counts a transcript and its unreadable parts: one of which nothing could be read is one reject.
    pub(crate) fn close_member(&mut self, position: i64, turn_count: i32, unreadable_count: usize) {
        if turn_count == 0 && unreadable_count > 0 {
            return self.reject_one(position, RejectReason::BadTranscript, None);
        }
        self.read_count += 1;
        self.merged_count += i64::from(turn_count == 0);
        for _ in 0..unreadable_count {
            self.reject_one(position, RejectReason::BadTranscript, None);
        }
    }

    /// An id in the lake's form.
    pub(crate) fn id(&self, native: &str) -> String {
        let mut id = String::with_capacity(self.source.name.len() + 1 + native.len());
        id.push_str(&self.source.name);
        id.push(':');
        id.push_str(native);
        id
    }

    /// Adds a leg; tier, keys, calendar columns and what the disposition says are filled in here.
    pub(crate) fn push_leg(&mut self, leg: Leg<'_>, agent: Option<&str>, disposition: Option<&str>) {
        let mut leg: Leg<'_> = leg;
        let Self { source, pseudonyms, redact, .. } = *self;
        leg.site = source.site.as_deref();
        leg.site_model = source.site_model.as_deref();
        leg.tier = leg.queue.map(|queue| source.tier(queue));
        if let Some(started_at) = leg.started_at {
            leg.site_hour = Some(self.site_clock.hour(started_at));
        }
        if let Some(ended_at) = leg.ended_at {
            let end_date = self.reporting_clock.day(ended_at);
            leg.end_date = Some(end_date);
            leg.end_week = Some(self.calendar.week(end_date));
        }
        if let Some(agent) = agent {
            if !self.agent_keys.contains_key(agent) {
                let key = pseudonyms.agent(&format!("{}:{agent}", source.name));
                self.agent_keys.insert(agent.to_owned(), key);
            }
            leg.agent_key = self.agent_keys.get(agent).map(String::as_str);
        }
        if let Some(disposition) = disposition {
            if !self.dispositions.contains_key(disposition) {
                let text = redact(disposition).map_or_else(|| disposition.to_owned(), |(text, _)| text);
                let is_unresolved = source.is_unresolved(disposition);
                self.dispositions.insert(disposition.to_owned(), Disposition { text, is_unresolved });
            }
            let known = self.dispositions.get(disposition);
            leg.disposition = known.map(|known| known.text.as_str());
            leg.is_marked_unresolved = known.map(|known| known.is_unresolved);
        }
        self.legs.push(leg);
    }

    /// Adds a turn after redaction; false when it holds no words.
    pub(crate) fn push_turn(&mut self, turn: Turn<'_>, text: &str) -> bool {
        let text = text.trim();
        if text.is_empty() {
            return false;
        }
        let (text, redaction_count) = match (self.redact)(text) {
            Some((redacted, count)) => (Cow::Owned(redacted), count),
            None => (Cow::Borrowed(text), 0),
        };
        self.turns.push(Turn { text: Some(&text), redaction_count: Some(redaction_count), ..turn });
        true
    }

    /// The key of the customer behind a phone number or an address.
    ///
    /// `region` is the country of nationally written numbers.
    pub(crate) fn customer_key(&mut self, text: &str, region: &str) -> Option<Arc<str>> {
        let mut known = String::with_capacity(region.len() + 1 + text.len());
        known.push_str(region);
        known.push(':');
        known.push_str(text);
        if let Some(key) = self.customer_keys.get(&known) {
            return key.clone();
        }
        let identity = Identity::phone_or_email(text, region);
        let key = identity.map(|identity| Arc::from(self.pseudonyms.customer(&identity)));
        self.customer_keys.insert(known, key.clone());
        key
    }

    /// The key of a customer who is known by a CRM id only.
    pub(crate) fn crm_key(&self, id: String) -> Arc<str> {
        Arc::from(self.pseudonyms.customer(&Identity::crm(id)))
    }

    /// The reporting week of an instant.
    pub(crate) fn week(&mut self, instant: i64) -> i32 {
        self.calendar.week(self.reporting_clock.day(instant))
    }
}

/// The hash that tells two records apart, of a record's bytes.
pub(crate) fn record_hash(content: &[u8]) -> i64 {
    xxhash_rust::xxh3::xxh3_64(content) as i64
}

/// The hash of a record that is made of several, of which `folded` is the hash so far.
pub(crate) fn fold_hash(folded: i64, hash: i64) -> i64 {
    let mut pair = [0u8; 16];
    pair[..8].copy_from_slice(&folded.to_le_bytes());
    pair[8..].copy_from_slice(&hash.to_le_bytes());
    record_hash(&pair)
}

/// The UTC day on which something began.
pub(crate) fn start_day(instant: i64) -> i32 {
    utc_day(instant)
}

/// A text without surrounding blanks, or none when nothing is left.
pub(crate) fn present(text: &str) -> Option<&str> {
    let text = text.trim();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests;
