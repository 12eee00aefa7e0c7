//! `text` as SQL functions: the only bridge between the two, used in `queries/label/` only.
//!
//! | function | result |
//! |---|---|
//! | `detect_language(text)` | struct of `language` (BCP-47) and `confidence` (0..1); null when undecidable |
//! | `is_complaint(text, language)` | boolean; null without text |
//! | `problem_statement(turns, language, date)` | struct of `problem` and `later`: what a contact of that day is about; nulls where nothing was said |
//! | `embed(text)` | the text's vector as bytes, where that is worth keeping; else null |
//! | `assign_issue(text, vector, date)` | struct of `issue_id`, `name`, `parent_id`, `similarity` (cosine); null when none is near enough |
//! | `issue_catalogue()` | list of structs: every issue that is or was |

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BinaryBuilder, BooleanBuilder, Date32Array, Date32Builder,
    Float64Builder, ListArray, StringArray, StringBuilder, StructArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Date32Type, Field, Fields};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use refrain_metrics::Functions;
use refrain_text::{IssueChange, stored_vector};

use crate::models::{Fingerprints, Models};

mod catalogue;

/// All functions over these models.
pub fn all(models: &Arc<Models>) -> Functions {
    Kind::ALL
        .into_iter()
        .map(|kind| Arc::new(ScalarUDF::from(Label::new(kind, Arc::clone(models)))))
        .collect()
}

/// What a statement's result follows from beside its tables: the models of the functions that it calls.
pub fn fingerprint(sql: &str, models: &Fingerprints) -> String {
    let called = Kind::ALL.into_iter().filter(|kind| kind.is_called(sql));
    called.map(|kind| format!("{}:{};", kind.name(), kind.fingerprint(models))).collect()
}

/// Whether a statement's result depends on which issue set is in force on a contact's day.
pub fn depends_on_day(sql: &str) -> bool {
    Kind::Statement.is_called(sql) || Kind::Issue.is_called(sql)
}

/// Columns of `label_statement` in which a text and its vector stand beside each other.
pub const STORED_VECTORS: [(&str, &str); 2] = [("problem", "problem_vector"), ("later", "later_vector")];

/// Whether a statement stores vectors.
pub fn stores_vectors(sql: &str) -> bool {
    Kind::Embed.is_called(sql)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Language,
    Complaint,
    Statement,
    Embed,
    Issue,
    Catalogue,
}

impl Kind {
    const ALL: [Self; 6] =
        [Self::Language, Self::Complaint, Self::Statement, Self::Embed, Self::Issue, Self::Catalogue];

    fn name(self) -> &'static str {
        match self {
            Self::Language => "detect_language",
            Self::Complaint => "is_complaint",
            Self::Statement => "problem_statement",
            Self::Embed => "embed",
            Self::Issue => "assign_issue",
            Self::Catalogue => "issue_catalogue",
        }
    }

    fn is_called(self, sql: &str) -> bool {
        sql.contains(&format!("{}(", self.name()))
    }

    /// Sets in force are left out: they count by the day.
    fn fingerprint(self, models: &Fingerprints) -> String {
        match self {
            Self::Language | Self::Statement => models.version.clone(),
            Self::Complaint => models.complaint.clone(),
            Self::Embed => models.encoder.clone(),
            Self::Issue => format!("{}{}", models.encoder, models.people),
            Self::Catalogue => models.whole(),
        }
    }
}

struct Label {
    kind: Kind,
    signature: Signature,
    models: Arc<Models>,
}

impl Label {
    fn new(kind: Kind, models: Arc<Models>) -> Self {
        let arguments = match kind {
            Kind::Language | Kind::Embed => vec![DataType::Utf8],
            Kind::Complaint => vec![DataType::Utf8, DataType::Utf8],
            Kind::Statement => vec![DataType::Utf8, DataType::Utf8, DataType::Date32],
            Kind::Issue => vec![DataType::Utf8, DataType::Binary, DataType::Date32],
            Kind::Catalogue => Vec::new(),
        };
        let signature = match kind {
            Kind::Catalogue => Signature::nullary(Volatility::Immutable),
            _ => Signature::exact(arguments, Volatility::Immutable),
        };
        Self { kind, signature, models }
    }

    fn languages(&self, texts: &StringArray) -> ArrayRef {
        let mut languages = StringBuilder::new();
        let mut confidences = Float64Builder::with_capacity(texts.len());
        let mut known = Vec::with_capacity(texts.len());
        for text in texts {
            let detection = text.and_then(|text| self.models.language.detect(text));
            languages.append_option(detection.as_ref().map(|detection| detection.language));
            confidences.append_option(detection.as_ref().map(|detection| detection.confidence));
            known.push(detection.is_some());
        }
        let columns: Vec<ArrayRef> = vec![Arc::new(languages.finish()), Arc::new(confidences.finish())];
        Arc::new(StructArray::new(language_fields(), columns, Some(NullBuffer::from(known))))
    }

    fn complaints(&self, texts: &StringArray, languages: &StringArray) -> ArrayRef {
        let mut complaints = BooleanBuilder::with_capacity(texts.len());
        for (text, language) in texts.iter().zip(languages) {
            let complaint =
                text.map(|text| self.models.complaint.is_complaint(text, language.unwrap_or_default()));
            complaints.append_option(complaint);
        }
        Arc::new(complaints.finish())
    }

    fn statements(&self, turns: &StringArray, languages: &StringArray, days: &Date32Array) -> ArrayRef {
        let (mut problems, mut laters) = (StringBuilder::new(), StringBuilder::new());
        for ((turns, language), day) in turns.iter().zip(languages).zip(days) {
            let set = self.models.issues.set_on(day.unwrap_or_default());
            let statement = turns
                .zip(self.models.issues.boilerplate(set))
                .map(|(turns, boilerplate)| boilerplate.statement(turns, language.unwrap_or_default()));
            let statement = statement.unwrap_or_default();
            problems.append_option(Some(statement.problem).filter(|text| !text.is_empty()));
            laters.append_option(Some(statement.later).filter(|text| !text.is_empty()));
        }
        let columns: Vec<ArrayRef> = vec![Arc::new(problems.finish()), Arc::new(laters.finish())];
        Arc::new(StructArray::new(statement_fields(), columns, None))
    }

    fn vectors(&self, texts: &StringArray) -> Result<ArrayRef> {
        let mut stored = BinaryBuilder::new();
        let encoder = &self.models.encoder;
        if !encoder.is_slow() {
            texts.iter().for_each(|_| stored.append_null());
            return Ok(Arc::new(stored.finish()));
        }
        let borrowed: Vec<&str> = texts.iter().map(Option::unwrap_or_default).collect();
        let vectors = encoder.encode(&borrowed).map_err(external)?;
        for (text, vector) in texts.iter().zip(vectors.chunks_exact(encoder.dimensions())) {
            stored.append_option(text.map(|_| stored_vector(vector)));
        }
        Ok(Arc::new(stored.finish()))
    }

    fn issues(&self, texts: &StringArray, vectors: &BinaryArray, days: &Date32Array) -> Result<ArrayRef> {
        let encoder = &self.models.encoder;
        let issues = &self.models.issues;
        let mut by_set: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (row, (text, day)) in texts.iter().zip(days).enumerate() {
            if text.is_some() {
                by_set.entry(issues.set_on(day.unwrap_or_default())).or_default().push(row);
            }
        }
        let mut assigned = vec![None; texts.len()];
        for (set, rows) in by_set {
            let borrowed: Vec<&str> = rows.iter().map(|&row| texts.value(row)).collect();
            let stored: Vec<Option<&[u8]>> =
                rows.iter().map(|&row| vectors.is_valid(row).then(|| vectors.value(row))).collect();
            let encoded = encoder.read_or_encode(&borrowed, &stored).map_err(external)?;
            for (&row, found) in rows.iter().zip(issues.assign(set, &borrowed, &encoded).map_err(external)?) {
                assigned[row] = found;
            }
        }
        let mut ids = StringBuilder::new();
        let mut names = StringBuilder::new();
        let mut parents = StringBuilder::new();
        let mut similarities = Float64Builder::with_capacity(texts.len());
        for found in &assigned {
            let issue = found.map(|found| found.issue);
            ids.append_option(issue.map(|issue| issue.id.as_str()));
            names.append_option(issue.map(|issue| issue.name.as_str()));
            parents.append_option(issue.and_then(|issue| issue.parent_id.as_deref()));
            similarities.append_option(found.and_then(|found| found.similarity).map(f64::from));
        }
        let known = NullBuffer::from_iter(assigned.iter().map(Option::is_some));
        let columns: Vec<ArrayRef> = vec![
            Arc::new(ids.finish()),
            Arc::new(names.finish()),
            Arc::new(parents.finish()),
            Arc::new(similarities.finish()),
        ];
        Ok(Arc::new(StructArray::new(issue_fields(), columns, Some(known))))
    }

    /// Every issue of the sets in force, of the edits, and of the events of former fits: a list in each of the rows.
    fn catalogue(&self, row_count: usize) -> ArrayRef {
        let rows = catalogue::rows(&self.models);
        let mut texts: [StringBuilder; 7] = std::array::from_fn(|_| StringBuilder::new());
        let mut days = Date32Builder::new();
        let mut hidden = BooleanBuilder::new();
        for row in &rows {
            let values = [
                Some(row.id.as_str()),
                Some(row.name.as_str()),
                row.parent_id.as_deref(),
                row.parent_name.as_deref(),
                row.counted_to.as_deref(),
                row.change.map(IssueChange::name),
                row.other.as_deref(),
            ];
            texts.iter_mut().zip(values).for_each(|(column, value)| column.append_option(value));
            days.append_option(row.changed_on);
            hidden.append_value(row.is_hidden);
        }
        let mut columns: Vec<ArrayRef> =
            texts.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef).collect();
        columns.push(Arc::new(days.finish()));
        columns.push(Arc::new(hidden.finish()));
        let values: ArrayRef = Arc::new(StructArray::new(catalogue_fields(), columns, None));
        let repeated = arrow::compute::concat(&vec![values.as_ref(); row_count]).unwrap_or(values);
        let offsets = OffsetBuffer::from_lengths(vec![rows.len(); row_count]);
        Arc::new(ListArray::new(catalogue_item(), offsets, repeated, None))
    }
}

fn external(error: refrain_text::TextError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

impl ScalarUDFImpl for Label {
    fn name(&self) -> &str {
        self.kind.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(match self.kind {
            Kind::Language => DataType::Struct(language_fields()),
            Kind::Complaint => DataType::Boolean,
            Kind::Statement => DataType::Struct(statement_fields()),
            Kind::Embed => DataType::Binary,
            Kind::Issue => DataType::Struct(issue_fields()),
            Kind::Catalogue => DataType::List(catalogue_item()),
        })
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        if self.kind == Kind::Catalogue {
            return Ok(ColumnarValue::Array(self.catalogue(arguments.number_rows)));
        }
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let wrong = || DataFusionError::Internal(format!("{} got arguments of other types", self.name()));
        let text =
            |index: usize| arrays.get(index).and_then(|array| array.as_string_opt::<i32>()).ok_or_else(wrong);
        let day = |index: usize| {
            arrays.get(index).and_then(|array| array.as_primitive_opt::<Date32Type>()).ok_or_else(wrong)
        };
        let result = match self.kind {
            Kind::Language => self.languages(text(0)?),
            Kind::Complaint => self.complaints(text(0)?, text(1)?),
            Kind::Statement => self.statements(text(0)?, text(1)?, day(2)?),
            Kind::Embed => self.vectors(text(0)?)?,
            Kind::Issue => {
                let vectors =
                    arrays.get(1).and_then(|array| array.as_binary_opt::<i32>()).ok_or_else(wrong)?;
                self.issues(text(0)?, vectors, day(2)?)?
            }
            Kind::Catalogue => return Err(wrong()),
        };
        Ok(ColumnarValue::Array(result))
    }
}

fn texts(names: &[&str]) -> Vec<Field> {
    names.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect()
}

fn language_fields() -> Fields {
    let mut fields = texts(&["language"]);
    fields.push(Field::new("confidence", DataType::Float64, true));
    Fields::from(fields)
}

fn statement_fields() -> Fields {
    Fields::from(texts(&["problem", "later"]))
}

fn issue_fields() -> Fields {
    let mut fields = texts(&["issue_id", "name", "parent_id"]);
    fields.push(Field::new("similarity", DataType::Float64, true));
    Fields::from(fields)
}

fn catalogue_fields() -> Fields {
    let mut fields =
        texts(&["issue_id", "name", "parent_id", "parent_name", "counted_to", "change", "other_issue_id"]);
    fields.push(Field::new("changed_on", DataType::Date32, true));
    fields.push(Field::new("is_hidden", DataType::Boolean, true));
    Fields::from(fields)
}

fn catalogue_item() -> Arc<Field> {
    Arc::new(Field::new("item", DataType::Struct(catalogue_fields()), true))
}

impl std::fmt::Debug for Label {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Label").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl PartialEq for Label {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.models.fingerprints == other.models.fingerprints
    }
}

impl Eq for Label {}

impl Hash for Label {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.kind.hash(state);
        self.models.fingerprints.whole().hash(state);
    }
}
