//! The truth: one row per contact as it really happened, what was planted, and given labels.
//!
//! In: contacts. Out: `truth.parquet` in row groups, `truth/planted.json`, `truth/personal.txt` and
//! on request `truth/given-labels.csv`. What the delivery spoils does not change the truth.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Int64Builder, RecordBatch, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;
use serde::Serialize;

use crate::SampleError;
use crate::bytes::{push, push_number};
use crate::calendar::push_date;
use crate::catalogue::{
    EMERGING_ISSUE, EMERGING_PRODUCT, ISSUES, LANGUAGES, PRODUCTS, QUEUES, SECOND_LINE, SOURCES, Source,
    WORSE_SITE,
};
use crate::contact::Contact;
use crate::files::OutFile;
use crate::personal::KINDS;
use crate::plan::{FIRST_ORDER, Plan};
use crate::vendors::{Planted, asterisk, call_log, connect, zendesk};

/// Contacts per row group.
const ROW_GROUP: usize = 131_072;
/// Contacts per batch handed to the writer.
const BATCH: usize = 8_192;

const TEXTS: [&str; 10] = [
    "source",
    "native_id",
    "contact_id",
    "site",
    "channel",
    "queue",
    "language",
    "issue",
    "product",
    "order_id",
];
const INSTANTS: [&str; 4] = ["started_at", "queued_at", "answered_at", "ended_at"];
const NUMBERS: [&str; 9] = [
    "customer",
    "wait_seconds",
    "talk_seconds",
    "hold_seconds",
    "wrap_up_seconds",
    "leg_count",
    "reopen_count",
    "contact_number",
    "previous_contact_number",
];
const FLAGS: [&str; 13] = [
    "is_handled",
    "is_abandoned",
    "is_complaint",
    "is_transferred",
    "is_escalated",
    "is_marked_unresolved",
    "survey_resolved",
    "is_follow_up",
    "is_redial",
    "is_outbound",
    "is_resolved",
    "has_text",
    "is_delivered",
];

/// Writes the truth while the contacts pass by.
#[derive(Debug)]
pub(crate) struct Truth {
    path: PathBuf,
    schema: SchemaRef,
    writer: ArrowWriter<File>,
    texts: Vec<StringBuilder>,
    instants: Vec<TimestampMicrosecondBuilder>,
    numbers: Vec<Int64Builder>,
    flags: Vec<BooleanBuilder>,
    delivered_on: Date32Builder,
    rows: usize,
    personal: OutFile,
    personal_counts: [u64; 5],
    labels: Option<OutFile>,
    native: Vec<u8>,
    line: Vec<u8>,
    /// End of what is written: tickets solved later are unsolved.
    written_until: i64,
}

fn schema() -> SchemaRef {
    let timestamp = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let column = |name: &&str, kind: &DataType| Field::new(*name, kind.clone(), true);
    let mut fields: Vec<Field> = TEXTS.iter().map(|name| column(name, &DataType::Utf8)).collect();
    fields.extend(INSTANTS.iter().map(|name| column(name, &timestamp)));
    fields.extend(NUMBERS.iter().map(|name| column(name, &DataType::Int64)));
    fields.extend(FLAGS.iter().map(|name| column(name, &DataType::Boolean)));
    fields.push(Field::new("delivered_on", DataType::Date32, true));
    Arc::new(Schema::new(fields))
}

impl Truth {
    /// Opens the files of the truth.
    ///
    /// # Errors
    /// [`SampleError::Write`], [`SampleError::Truth`].
    pub(crate) fn create(out: &Path, written_until: i64, write_labels: bool) -> Result<Self, SampleError> {
        let personal = OutFile::create(&out.join("truth/personal.txt"), false)?;
        let mut labels = None;
        if write_labels {
            let mut file = OutFile::create(&out.join("truth/given-labels.csv"), false)?;
            file.write(b"contact_id,language,issue,is_complaint\n")?;
            labels = Some(file);
        }
        let path = out.join("truth.parquet");
        let file = File::create(&path).map_err(|source| SampleError::Write { path: path.clone(), source })?;
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(ROW_GROUP));
        for name in ["native_id", "contact_id"].iter().chain(&INSTANTS).chain(&NUMBERS[7..]) {
            properties = properties.set_column_dictionary_enabled(ColumnPath::from(*name), false);
        }
        let schema = schema();
        let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties.build()))
            .map_err(|source| SampleError::Truth { path: path.clone(), source: Box::new(source) })?;
        Ok(Self {
            path,
            schema,
            writer,
            texts: TEXTS.iter().map(|_| StringBuilder::new()).collect(),
            instants: INSTANTS
                .iter()
                .map(|_| TimestampMicrosecondBuilder::new().with_timezone("UTC"))
                .collect(),
            numbers: NUMBERS.iter().map(|_| Int64Builder::new()).collect(),
            flags: FLAGS.iter().map(|_| BooleanBuilder::new()).collect(),
            delivered_on: Date32Builder::new(),
            rows: 0,
            personal,
            personal_counts: [0; 5],
            labels,
            native: Vec::new(),
            line: Vec::new(),
            written_until,
        })
    }

    /// Adds a contact.
    ///
    /// # Errors
    /// [`SampleError::Write`], [`SampleError::Truth`].
    pub(crate) fn push(&mut self, plan: &Plan, contact: &Contact) -> Result<(), SampleError> {
        self.push_texts(plan, contact);
        self.push_instants(contact);
        self.push_numbers(contact);
        self.push_flags(contact);
        self.delivered_on.append_option(contact.is_delivered().then_some(contact.delivered_day as i32));
        if let Some(labels) = &mut self.labels
            && contact.has_text
            && !contact.is_wrong_number()
        {
            self.line.clear();
            push_contact_id(&mut self.line, &self.native, contact.source);
            let language = LANGUAGES[usize::from(contact.language)];
            let issue = ISSUES[usize::from(contact.issue)].id;
            let complaint = if contact.is_complaint { "true" } else { "false" };
            [",", language, ",", issue, ",", complaint, "\n"]
                .iter()
                .for_each(|part| push(&mut self.line, part));
            labels.write(&self.line)?;
        }
        self.rows += 1;
        if self.rows >= BATCH { self.flush() } else { Ok(()) }
    }

    /// Notes a personal value that a text gives away.
    ///
    /// # Errors
    /// [`SampleError::Write`].
    pub(crate) fn push_personal(&mut self, contact: &Contact, value: &[u8]) -> Result<(), SampleError> {
        if let Some(kind) = contact.personal {
            self.personal_counts[kind as usize] += 1;
            self.personal.write(value)?;
            self.personal.write(b"\n")?;
        }
        Ok(())
    }

    fn push_texts(&mut self, plan: &Plan, contact: &Contact) {
        self.native.clear();
        match contact.source {
            Source::Asterisk => asterisk::push_call_id(&mut self.native, contact),
            Source::Zendesk => zendesk::push_ticket_id(&mut self.native, contact),
            Source::Outsourcer => call_log::push_call_number(&mut self.native, contact.sequence),
            Source::Connect | Source::Shop => {
                connect::push_contact_id(&mut self.native, plan.seed, contact, 0)
            }
        }
        self.line.clear();
        push_contact_id(&mut self.line, &self.native, contact.source);
        let mut order = Vec::new();
        if contact.order > 0 {
            push_number(&mut order, FIRST_ORDER + contact.order - 1);
        }
        let text = |bytes| str::from_utf8(bytes).ok();
        let values = [
            Some(contact.source.name()),
            text(&self.native),
            text(&self.line),
            Some(contact.site().name()),
            Some(contact.channel.name()),
            QUEUES.get(usize::from(contact.legs[0].queue)).copied(),
            Some(LANGUAGES[usize::from(contact.language)]),
            ISSUES.get(usize::from(contact.issue)).map(|issue| issue.id),
            PRODUCTS.get(usize::from(contact.product)).map(|product| product.name),
            text(&order).filter(|order| !order.is_empty()),
        ];
        for (builder, value) in self.texts.iter_mut().zip(values) {
            builder.append_option(value);
        }
    }

    fn push_instants(&mut self, contact: &Contact) {
        let first = &contact.legs[0];
        let ended_at = match contact.source {
            Source::Zendesk => contact.solved_at(self.written_until),
            _ => Some(contact.ended_at),
        };
        let is_answered = contact.is_handled()
            && (contact.source != Source::Zendesk || first.answered_at() < self.written_until);
        let values = [
            Some(contact.started_at),
            (!contact.is_outbound).then_some(first.queued_at),
            is_answered.then(|| first.answered_at()),
            ended_at,
        ];
        for (builder, value) in self.instants.iter_mut().zip(values) {
            builder.append_option(value.map(|seconds| seconds * 1_000_000));
        }
    }

    fn push_numbers(&mut self, contact: &Contact) {
        let is_call = contact.source != Source::Zendesk;
        let sum = |part: fn(&crate::contact::Leg) -> u32| {
            is_call.then(|| contact.legs().iter().map(|leg| i64::from(part(leg))).sum::<i64>())
        };
        let values = [
            (!contact.is_anonymous).then_some(contact.customer as i64),
            sum(|leg| leg.wait_seconds).filter(|_| !contact.is_outbound),
            sum(|leg| leg.talk_seconds),
            sum(|leg| leg.hold_seconds),
            sum(|leg| leg.wrap_up_seconds),
            Some(i64::from(contact.leg_count)),
            Some(i64::from(contact.objected_at() < self.written_until)),
            Some(contact.number as i64),
            (contact.previous > 0).then_some(contact.previous as i64),
        ];
        for (builder, value) in self.numbers.iter_mut().zip(values) {
            builder.append_option(value);
        }
    }

    fn push_flags(&mut self, contact: &Contact) {
        let values = [
            Some(contact.is_handled()),
            Some(contact.is_abandoned()),
            Some(contact.is_complaint),
            Some(contact.leg_count > 1),
            Some(contact.legs().iter().any(|leg| leg.queue == SECOND_LINE)),
            Some(contact.is_marked_unresolved()),
            contact.survey_resolved,
            Some(contact.is_follow_up),
            Some(contact.is_redial),
            Some(contact.is_outbound),
            Some(contact.is_resolved),
            Some(contact.has_text),
            Some(contact.is_delivered()),
        ];
        for (builder, value) in self.flags.iter_mut().zip(values) {
            builder.append_option(value);
        }
    }

    fn flush(&mut self) -> Result<(), SampleError> {
        self.rows = 0;
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.schema.fields().len());
        columns.extend(self.texts.iter_mut().map(|builder| Arc::new(builder.finish()) as ArrayRef));
        columns.extend(self.instants.iter_mut().map(|builder| Arc::new(builder.finish()) as ArrayRef));
        columns.extend(self.numbers.iter_mut().map(|builder| Arc::new(builder.finish()) as ArrayRef));
        columns.extend(self.flags.iter_mut().map(|builder| Arc::new(builder.finish()) as ArrayRef));
        columns.push(Arc::new(self.delivered_on.finish()));
        let written = RecordBatch::try_new(self.schema.clone(), columns)
            .map_err(parquet::errors::ParquetError::from)
            .and_then(|batch| self.writer.write(&batch));
        written.map_err(|source| SampleError::Truth { path: self.path.clone(), source: Box::new(source) })
    }

    /// Closes the files and writes what was planted; returns how many personal values there are.
    ///
    /// # Errors
    /// [`SampleError::Write`], [`SampleError::Truth`].
    pub(crate) fn finish(mut self, out: &Path, plan: &Plan, planted: &Planted) -> Result<u64, SampleError> {
        self.flush()?;
        let Self { path, writer, personal, personal_counts, labels, .. } = self;
        writer.close().map_err(|source| SampleError::Truth { path, source: Box::new(source) })?;
        personal.finish()?;
        labels.map(OutFile::finish).transpose()?;
        let values = personal_counts.iter().sum();
        write_planted(out, plan, planted, personal_counts)?;
        Ok(values)
    }
}

fn push_contact_id(out: &mut Vec<u8>, native: &[u8], source: Source) {
    push(out, source.name());
    out.push(b':');
    out.extend_from_slice(native);
}

#[derive(Serialize)]
struct PlantedFile {
    emerging: Option<Emerging>,
    surge_dates: Vec<String>,
    worse_site: &'static str,
    mix_shift_week: Option<String>,
    bad_rows: serde_json::Map<String, serde_json::Value>,
    duplicate_records: serde_json::Map<String, serde_json::Value>,
    late_records: serde_json::Map<String, serde_json::Value>,
    newer_versions: serde_json::Map<String, serde_json::Value>,
    personal_values: u64,
    personal_values_by_kind: serde_json::Map<String, serde_json::Value>,
}

#[derive(Serialize)]
struct Emerging {
    issue: &'static str,
    product: &'static str,
    week: String,
}

fn write_planted(out: &Path, plan: &Plan, planted: &Planted, personal: [u64; 5]) -> Result<(), SampleError> {
    let date = |day: i64| {
        let mut text = Vec::new();
        push_date(&mut text, day);
        String::from_utf8_lossy(&text).into_owned()
    };
    let by_source = |counts: [u64; 5]| {
        SOURCES.iter().map(|source| (source.name().to_owned(), counts[*source as usize].into())).collect()
    };
    let content = PlantedFile {
        emerging: plan.emerging_day().map(|day| Emerging {
            issue: ISSUES[usize::from(EMERGING_ISSUE)].id,
            product: PRODUCTS[usize::from(EMERGING_PRODUCT)].name,
            week: date(day),
        }),
        surge_dates: plan.surge_day().map(date).into_iter().collect(),
        worse_site: WORSE_SITE.name(),
        mix_shift_week: plan.shift_day().map(date),
        bad_rows: by_source(planted.bad),
        duplicate_records: by_source(planted.duplicate),
        late_records: by_source(planted.late),
        newer_versions: by_source(planted.newer),
        personal_values: personal.iter().sum(),
        personal_values_by_kind: KINDS
            .iter()
            .map(|kind| (kind.name().to_owned(), personal[*kind as usize].into()))
            .collect(),
    };
    let path = out.join("truth/planted.json");
    let mut text = serde_json::to_vec_pretty(&content)
        .map_err(|source| SampleError::Write { path: path.clone(), source: source.into() })?;
    text.push(b'\n');
    let mut file = OutFile::create(&path, false)?;
    file.write(&text)?;
    file.finish().map(|_| ())
}
