//! What the configuration says of a source: format, site, zone, tiers, how its columns are called.
//!
//! In: a table of `refrain.toml`. Out: [`Source`]. Nothing here names a bucket, a folder or a key:
//! where the files lie is not intake's business.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::encoding::TextEncoding;
use crate::identity;
use crate::typing;

/// Why a source's configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The zone is not in the time zone database.
    #[error("time zone {zone} is not known")]
    UnknownZone {
        /// The name as configured.
        zone: String,
    },
    /// The label is not one of the Encoding Standard's.
    #[error("text encoding {label} is not known")]
    UnknownEncoding {
        /// The label as configured.
        label: String,
    },
    /// The country is not an ISO 3166 code with a numbering plan.
    #[error("source {source_name} has country {country}, which has no numbering plan")]
    UnknownCountry {
        /// The source's name.
        source_name: String,
        /// The code as configured.
        country: String,
    },
    /// The pattern lacks a part of a time, or holds a directive that is not known.
    #[error("source {source_name} has time pattern {pattern}, which does not describe a time")]
    UnusableTimePattern {
        /// The source's name.
        source_name: String,
        /// The pattern as configured.
        pattern: String,
    },
}

/// The vendor formats that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Asterisk: queue_log, CDR in CSV, WebVTT captions in a tar archive; told apart by file name.
    Asterisk,
    /// Amazon Connect: contact records, and Contact Lens transcripts in a tar archive.
    AmazonConnect,
    /// Zendesk tickets with nested requester, comments and metrics, one per line.
    Zendesk,
    /// Any call log in CSV, by the names in [`CallLogMapping`].
    CallLogCsv,
    /// Orders or products of a shop in CSV; told apart by header.
    OrdersCsv,
    /// Labels that people gave to contacts, in CSV.
    GivenLabelsCsv,
}

/// One configured source.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// First part of every id that comes from this source.
    pub name: String,
    /// How its files are written.
    pub format: Format,
    /// The contact centre whose contacts these are; null for shops and labels.
    #[serde(default)]
    pub site: Option<String>,
    /// `in_house`, `outsourced` or `hosted`.
    #[serde(default)]
    pub site_model: Option<String>,
    /// Zone of local times in the files, and of `site_hour`.
    #[serde(default = "utc", deserialize_with = "zone")]
    pub zone: TimeZone,
    /// ISO 3166 region of phone numbers written nationally; empty when there are none.
    #[serde(default)]
    pub country: String,
    /// Tier of each queue; a queue that is not named has tier 1.
    #[serde(default)]
    pub tiers: BTreeMap<String, i32>,
    /// Dispositions that say "not resolved", compared without regard to ASCII case.
    #[serde(default)]
    pub unresolved_dispositions: Vec<String>,
    /// Encoding of files without a byte order mark.
    #[serde(default)]
    pub encoding: TextEncoding,
    /// Names and patterns of a [`Format::CallLogCsv`].
    #[serde(default)]
    pub call_log: CallLogMapping,
}

impl Source {
    /// A source in UTC with nothing configured but its name and format.
    pub fn new(name: &str, format: Format) -> Self {
        Self {
            name: name.to_owned(),
            format,
            site: None,
            site_model: None,
            zone: TimeZone::UTC,
            country: String::new(),
            tiers: BTreeMap::new(),
            unresolved_dispositions: Vec::new(),
            encoding: TextEncoding::default(),
            call_log: CallLogMapping::default(),
        }
    }

    /// Checks what would otherwise reject every record of every file.
    ///
    /// # Errors
    /// [`IntakeError::UnknownCountry`], [`IntakeError::UnusableTimePattern`].
    pub fn check(&self) -> Result<(), IntakeError> {
        if !self.country.is_empty() && identity::region(&self.country).is_none() {
            return Err(IntakeError::UnknownCountry {
                source_name: self.name.clone(),
                country: self.country.clone(),
            });
        }
        if self.format == Format::CallLogCsv && !typing::is_usable_pattern(&self.call_log.time_pattern) {
            return Err(IntakeError::UnusableTimePattern {
                source_name: self.name.clone(),
                pattern: self.call_log.time_pattern.clone(),
            });
        }
        Ok(())
    }

    /// The tier of a queue.
    pub(crate) fn tier(&self, queue: &str) -> i32 {
        self.tiers.get(queue).copied().unwrap_or(1)
    }

    /// Whether a disposition says "not resolved".
    pub(crate) fn is_unresolved(&self, disposition: &str) -> bool {
        self.unresolved_dispositions.iter().any(|unresolved| unresolved.eq_ignore_ascii_case(disposition))
    }
}

/// What the columns of a call log are called and how its times are written.
///
/// Column names are compared without regard to ASCII case and surrounding blanks. A column that the
/// file does not have gives null, except `call_id` and `started_at`, by which the header row is found.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CallLogMapping {
    /// Field separator, one ASCII character.
    pub delimiter: char,
    /// `strftime` pattern of the times, in the source's zone.
    pub time_pattern: String,
    /// Column of the leg's id.
    pub call_id: String,
    /// Column of the id that all legs of a contact share; empty cells mean `call_id`.
    pub master_id: String,
    /// Column of the direction.
    pub direction: String,
    /// Column of the queue.
    pub queue: String,
    /// Column of the agent.
    pub agent: String,
    /// Column of the customer's number.
    pub caller: String,
    /// Column of the start.
    pub started_at: String,
    /// Column of the answer; empty cells mean "not answered".
    pub answered_at: String,
    /// Column of the end.
    pub ended_at: String,
    /// Column of the waiting time: `hh:mm:ss`, `mm:ss` or seconds, mixed freely.
    pub wait: String,
    /// Column of the talking time.
    pub talk: String,
    /// Column of the time on hold.
    pub hold: String,
    /// Column of the work after the call.
    pub wrap_up: String,
    /// Column of the disposition.
    pub outcome: String,
    /// Column of the product.
    pub product: String,
    /// Column of the order id.
    pub order: String,
    /// Column of what the customer said, in the agent's words.
    pub customer_said: String,
    /// Outcomes that mean "the customer hung up in the queue".
    pub abandoned_outcomes: Vec<String>,
    /// Outcomes that mean "passed on to someone else".
    pub transferred_outcomes: Vec<String>,
    /// Values of the direction column that mean "we called"; every other value means "they called".
    pub outbound_directions: Vec<String>,
}

impl Default for CallLogMapping {
    fn default() -> Self {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            delimiter: ',',
            time_pattern: "%d/%m/%Y %H:%M:%S".to_owned(),
            call_id: "Call ID".to_owned(),
            master_id: "Master ID".to_owned(),
            direction: "Direction".to_owned(),
            queue: "Queue".to_owned(),
            agent: "Agent".to_owned(),
            caller: "Caller".to_owned(),
            started_at: "Start".to_owned(),
            answered_at: "Answered".to_owned(),
            ended_at: "End".to_owned(),
            wait: "Wait".to_owned(),
            talk: "Talk".to_owned(),
            hold: "Hold".to_owned(),
            wrap_up: "Wrap-up".to_owned(),
            outcome: "Outcome".to_owned(),
            product: "Product".to_owned(),
            order: "Order".to_owned(),
            customer_said: "Customer said".to_owned(),
            abandoned_outcomes: names(&["abandoned"]),
            transferred_outcomes: names(&["transferred"]),
            outbound_directions: names(&["out", "outbound", "outgoing"]),
        }
    }
}

fn utc() -> TimeZone {
    TimeZone::UTC
}

fn zone<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<TimeZone, D::Error> {
    let name = String::deserialize(deserializer)?;
    TimeZone::get(&name).map_err(|_| serde::de::Error::custom(IntakeError::UnknownZone { zone: name }))
}
