//! The marts against the truth, in plain loops: no SQL and no engine on the side of the truth.
//!
//! In: a made-up operation whose true labels are given as a source. Out: every count of
//! first-contact resolution, complaints and waiting, for all contacts and by site, equal to the last
//! one. `tests/oracle/` does the same with DuckDB over more dimensions; neither looks at `queries/`.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test stops where it fails, and writes files of its own"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::support::{refrain, repository, succeeded};

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// 2026-11-23 in Madrid.
const AS_OF: &str = "2026-11-22T23:00:00Z";

/// One contact as it really happened.
struct Contact {
    contact_id: String,
    site: String,
    channel: String,
    language: String,
    issue: Option<String>,
    order_id: Option<String>,
    customer: Option<i64>,
    started_at: i64,
    queued_at: Option<i64>,
    answered_at: Option<i64>,
    ended_at: Option<i64>,
    wait_seconds: Option<i64>,
    talk_seconds: Option<i64>,
    is_handled: bool,
    is_abandoned: bool,
    is_complaint: bool,
    is_escalated: bool,
    is_marked_unresolved: bool,
    survey_resolved: Option<bool>,
    has_text: bool,
    is_outbound: bool,
    is_delivered: bool,
    /// The PBX and the tickets have no code for a wrong number.
    is_marked_wrong_number: bool,
}

/// The columns of one batch, by name.
struct Columns<'a>(&'a RecordBatch, usize);

impl Columns<'_> {
    fn text(&self, name: &str) -> Option<String> {
        let column = self.0.column_by_name(name).unwrap();
        column.is_valid(self.1).then(|| column.as_string::<i32>().value(self.1).to_owned())
    }

    fn number(&self, name: &str) -> Option<i64> {
        let column = self.0.column_by_name(name).unwrap();
        column.is_valid(self.1).then(|| column.as_primitive::<Int64Type>().value(self.1))
    }

    fn instant(&self, name: &str) -> Option<i64> {
        let column = self.0.column_by_name(name).unwrap();
        column.is_valid(self.1).then(|| column.as_primitive::<TimestampMicrosecondType>().value(self.1))
    }

    fn flag(&self, name: &str) -> Option<bool> {
        let column = self.0.column_by_name(name).unwrap();
        column.is_valid(self.1).then(|| column.as_boolean().value(self.1))
    }

    fn contact(&self) -> Contact {
        let has_codes = matches!(self.text("source").as_deref(), Some("outsourcer" | "connect"));
        Contact {
            is_marked_wrong_number: has_codes && self.text("issue").is_none(),
            contact_id: self.text("contact_id").unwrap(),
            site: self.text("site").unwrap(),
            channel: self.text("channel").unwrap(),
            language: self.text("language").unwrap(),
            issue: self.text("issue"),
            order_id: self.text("order_id"),
            customer: self.number("customer"),
            started_at: self.instant("started_at").unwrap(),
            queued_at: self.instant("queued_at"),
            answered_at: self.instant("answered_at"),
            ended_at: self.instant("ended_at"),
            wait_seconds: self.number("wait_seconds"),
            talk_seconds: self.number("talk_seconds"),
            is_handled: self.flag("is_handled").unwrap() && self.instant("answered_at").is_some(),
            is_abandoned: self.flag("is_abandoned").unwrap(),
            is_complaint: self.flag("is_complaint").unwrap(),
            is_escalated: self.flag("is_escalated").unwrap(),
            is_marked_unresolved: self.flag("is_marked_unresolved").unwrap(),
            survey_resolved: self.flag("survey_resolved"),
            has_text: self.flag("has_text").unwrap(),
            is_outbound: self.flag("is_outbound").unwrap(),
            is_delivered: self.flag("is_delivered").unwrap(),
        }
    }
}

fn read_truth(path: &Path) -> Vec<Contact> {
    let file = std::fs::File::open(path).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    let mut contacts = Vec::new();
    for batch in reader {
        let batch = batch.unwrap();
        contacts.extend((0..batch.num_rows()).map(|row| Columns(&batch, row).contact()));
    }
    contacts
}

impl Contact {
    /// Whether a contact that starts then comes back about this one, as far as time goes.
    fn is_followed_at(&self, started_at: i64) -> bool {
        self.ended_at.is_some_and(|end| started_at - end > 60 * SECOND && started_at - end <= 7 * DAY)
    }

    /// Whether another contact falls into the episode that this one may have opened; there is no gap here.
    fn has_opened_before(&self, other: &Self) -> bool {
        (self.started_at, &self.contact_id) < (other.started_at, &other.contact_id)
            && self.ended_at.is_some_and(|end| other.started_at - end <= 7 * DAY)
    }

    /// Unknown issues and orders are not the same.
    fn is_about_the_same(&self, other: &Self) -> bool {
        let same = |left: &Option<String>, right: &Option<String>| left.is_some() && left == right;
        same(&self.order_id, &other.order_id) || same(&self.issue, &other.issue)
    }

    /// Monday of the end, in Madrid.
    fn week(&self) -> Date {
        let madrid = TimeZone::get("Europe/Madrid").unwrap();
        let end = Timestamp::from_microsecond(self.ended_at.unwrap()).unwrap().to_zoned(madrid).date();
        let back = i64::from(end.weekday().to_monday_zero_offset());
        end.checked_sub(jiff::Span::new().days(back)).unwrap()
    }
}

/// Mart, week, dimension, member, count: number.
type Counts = BTreeMap<(String, String, String, String, String), i64>;

fn add(counts: &mut Counts, mart: &str, contact: &Contact, found: &[(&str, bool)]) {
    for (dimension, member) in [("all", "all"), ("site", contact.site.as_str())] {
        for (name, is_counted) in found {
            let key = [mart, &contact.week().to_string(), dimension, member, name].map(str::to_owned);
            *counts.entry(key.into()).or_default() += i64::from(*is_counted);
        }
    }
}

/// What the marts must say.
fn expected(contacts: &[Contact], as_of: i64) -> Counts {
    let mut counts = Counts::new();
    let mut by_customer: BTreeMap<i64, Vec<&Contact>> = BTreeMap::new();
    for contact in contacts {
        if let Some(customer) = contact.customer {
            by_customer.entry(customer).or_default().push(contact);
        }
    }
    for contact in contacts.iter().filter(|contact| contact.ended_at.is_some_and(|end| end < as_of)) {
        let end = contact.ended_at.unwrap();
        let nobody = Vec::new();
        let same_customer = contact.customer.map_or(&nobody, |customer| &by_customer[&customer]);
        let others = || same_customer.iter().filter(|other| other.contact_id != contact.contact_id);
        if contact.is_handled {
            let follow_ups = others()
                .filter(|other| contact.is_followed_at(other.started_at) && contact.is_about_the_same(other));
            let followed_at = follow_ups.map(|other| other.started_at).min();
            let has_own_sign = contact.is_escalated
                || contact.is_marked_unresolved
                || contact.survey_resolved == Some(false);
            let failed_at = followed_at.into_iter().chain(has_own_sign.then_some(end)).min();
            let is_later = others().any(|other| {
                other.is_handled && other.has_opened_before(contact) && other.is_about_the_same(contact)
            });
            let is_first = contact.customer.is_some()
                && !contact.is_marked_wrong_number
                && contact.talk_seconds.is_none_or(|seconds| seconds >= 5)
                && !is_later;
            let is_unresolved = failed_at.is_some_and(|at| at < as_of);
            let is_resolved = !is_unresolved && as_of - end >= 9 * DAY;
            let found = [
                ("handled_contact_count", true),
                ("first_contact_count", is_first),
                ("resolved_contact_count", is_first && is_resolved),
                ("unresolved_contact_count", is_first && is_unresolved),
                ("pending_contact_count", is_first && !is_resolved && !is_unresolved),
            ];
            add(&mut counts, "first_contact_resolution_weekly", contact, &found);
            let found = [
                ("handled_contact_count", true),
                ("labelled_contact_count", contact.has_text),
                ("complaint_contact_count", contact.has_text && contact.is_complaint),
            ];
            add(&mut counts, "complaint_rate_weekly", contact, &found);
        }
        if contact.channel == "voice" && (contact.is_handled || contact.is_abandoned) {
            let first_wait = contact
                .answered_at
                .zip(contact.queued_at)
                .map(|(answered, queued)| (answered - queued) / SECOND);
            let wait = first_wait.or(contact.wait_seconds).unwrap();
            let is_abandoned = !contact.is_handled;
            let is_redialed =
                others().any(|other| other.started_at > end && other.started_at - end <= 30 * 60 * SECOND);
            let is_known = contact.customer.is_some();
            let found = [
                ("offered_contact_count", true),
                ("answered_contact_count", contact.is_handled),
                ("answered_in_20_count", contact.is_handled && wait <= 20),
                ("answered_in_120_count", contact.is_handled && wait <= 120),
                ("abandoned_contact_count", is_abandoned),
                ("short_abandon_count", is_abandoned && wait <= 5),
                ("identified_abandon_count", is_abandoned && is_known),
                ("redialed_abandon_count", is_abandoned && is_known && is_redialed),
            ];
            add(&mut counts, "waiting_weekly", contact, &found);
        }
    }
    counts
}

/// Runs a SELECT and splits its rows; no value of these columns holds a comma.
fn select(config: &Path, statement: &str) -> Vec<Vec<String>> {
    let output =
        refrain().args(["sql", statement, "--format", "csv", "--config"]).arg(config).output().unwrap();
    succeeded(&output).lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

fn run_with_given_labels(folder: &Path, contacts: &str, seed: &str) -> Vec<Contact> {
    let sample = ["sample", "--contacts", contacts, "--labels", "--seed", seed, "--out"];
    succeeded(&refrain().args(sample).arg(folder).output().unwrap());
    let truth = read_truth(&folder.join("truth.parquet"));
    // A wrong number has no issue, but a language, and it is no complaint.
    let mut labels = std::fs::read_to_string(folder.join("truth/given-labels.csv")).unwrap();
    for contact in truth.iter().filter(|contact| contact.has_text && contact.issue.is_none()) {
        writeln!(labels, "{},{},,{}", contact.contact_id, contact.language, contact.is_complaint).unwrap();
    }
    std::fs::create_dir(folder.join("labels")).unwrap();
    std::fs::write(folder.join("labels/given-labels.csv"), labels).unwrap();
    std::fs::write(folder.join("pseudonym.key"), "a key for a made-up operation only\n").unwrap();
    let text = std::fs::read_to_string(repository().join("data-samples/refrain.toml")).unwrap();
    let mut text = text
        .replace("\"../queries\"", &format!("{:?}", repository().join("queries")))
        .replace("\"../models\"", &format!("{:?}", repository().join("models")));
    text.push_str("\n[[source]]\nname = \"labels\"\nformat = \"given_labels_csv\"\npath = \"labels\"\ncountry = \"ES\"\n");
    let config = folder.join("refrain.toml");
    std::fs::write(&config, text).unwrap();
    succeeded(&refrain().args(["run", "--as-of", AS_OF, "--config"]).arg(&config).output().unwrap());
    truth
}

#[test]
fn marts_equal_the_truth_to_the_last_count() {
    let folder = tempfile::tempdir().unwrap();
    let mut contacts = run_with_given_labels(folder.path(), "2000", "1");
    let config = folder.path().join("refrain.toml");
    contacts.retain(|contact| contact.is_delivered && !contact.is_outbound);
    let told: BTreeSet<String> =
        select(&config, "select contact_id from int_contact where order_id is not null")
            .into_iter()
            .map(|mut row| row.remove(0))
            .collect();
    for contact in &mut contacts {
        // An issue is known only where there are words, an order only where the source told it.
        contact.issue = contact.issue.take().filter(|_| contact.has_text);
        contact.order_id = contact.order_id.take().filter(|_| told.contains(&contact.contact_id));
    }
    let as_of = AS_OF.parse::<Timestamp>().unwrap().as_microsecond();
    let expected = expected(&contacts, as_of);
    let mut found = Counts::new();
    let marts: BTreeSet<(&String, &String)> =
        expected.keys().map(|(mart, _, _, _, count)| (mart, count)).collect();
    for (mart, count) in marts {
        let statement = format!(
            "select reporting_week, dimension, member, {count} from {mart} where dimension in ('all', 'site')"
        );
        for row in select(&config, &statement) {
            let key = (mart.clone(), row[0].clone(), row[1].clone(), row[2].clone(), count.clone());
            found.insert(key, row[3].parse().unwrap());
        }
    }
    let keys: BTreeSet<_> = expected.keys().chain(found.keys()).collect();
    let differ = keys.into_iter().filter(|key| expected.get(*key) != found.get(*key));
    let lines: Vec<String> = differ
        .map(|key| format!("{key:?}: truth {:?}, lake {:?}", expected.get(key), found.get(key)))
        .collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
    assert_eq!(expected.len(), 10 * 4 * 16, "ten weeks, all and three sites, sixteen counts");
}
