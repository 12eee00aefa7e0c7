//! `text` as SQL functions: the only bridge between the two, used in `queries/label/` only.
//!
//! | function | result |
//! |---|---|
//! | `detect_language(text)` | struct of `language` (BCP-47) and `confidence` (0..1); null when undecidable |
//! | `is_complaint(text, language)` | boolean; null without text |
//! | `assign_issue(text)` | struct of `issue_id`, `name`, `similarity` (cosine); null when none is near enough |

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanBuilder, Float64Builder, StringArray, StringBuilder, StructArray,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field, Fields};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use refrain_metrics::Functions;

use crate::models::Models;

/// All functions over these models.
pub fn all(models: &Arc<Models>) -> Functions {
    [Kind::Language, Kind::Complaint, Kind::Issue]
        .into_iter()
        .map(|kind| Arc::new(ScalarUDF::from(Label::new(kind, Arc::clone(models)))))
        .collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Language,
    Complaint,
    Issue,
}

struct Label {
    kind: Kind,
    signature: Signature,
    models: Arc<Models>,
}

impl Label {
    fn new(kind: Kind, models: Arc<Models>) -> Self {
        let arguments = match kind {
            Kind::Complaint => vec![DataType::Utf8, DataType::Utf8],
            Kind::Language | Kind::Issue => vec![DataType::Utf8],
        };
        Self { kind, signature: Signature::exact(arguments, Volatility::Immutable), models }
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

    fn issues(&self, texts: &StringArray) -> Result<ArrayRef> {
        let mut ids = StringBuilder::new();
        let mut names = StringBuilder::new();
        let mut similarities = Float64Builder::with_capacity(texts.len());
        let mut known = vec![false; texts.len()];
        let assigned = match &self.models.issues {
            Some(issues) => {
                let texts: Vec<&str> = texts.iter().map(Option::unwrap_or_default).collect();
                let vectors = self.models.embedding.encode(&texts);
                let assigned = issues.assign(&vectors);
                assigned.map_err(|error| DataFusionError::External(Box::new(error)))?
            }
            None => vec![None; texts.len()],
        };
        for (row, assignment) in assigned.into_iter().enumerate() {
            let issue = assignment.and_then(|(index, similarity)| {
                let issue = self.models.issues.as_ref()?.issues.get(index as usize)?;
                Some((issue, similarity))
            });
            ids.append_option(issue.map(|(issue, _)| issue.id.as_str()));
            names.append_option(issue.map(|(issue, _)| issue.name.as_str()));
            similarities.append_option(issue.map(|(_, similarity)| f64::from(similarity)));
            known[row] = issue.is_some();
        }
        let columns: Vec<ArrayRef> =
            vec![Arc::new(ids.finish()), Arc::new(names.finish()), Arc::new(similarities.finish())];
        Ok(Arc::new(StructArray::new(issue_fields(), columns, Some(NullBuffer::from(known)))))
    }
}

impl ScalarUDFImpl for Label {
    fn name(&self) -> &str {
        match self.kind {
            Kind::Language => "detect_language",
            Kind::Complaint => "is_complaint",
            Kind::Issue => "assign_issue",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(match self.kind {
            Kind::Language => DataType::Struct(language_fields()),
            Kind::Complaint => DataType::Boolean,
            Kind::Issue => DataType::Struct(issue_fields()),
        })
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let text = |index: usize| {
            let array = arrays.get(index).and_then(|array| array.as_string_opt::<i32>());
            array.ok_or_else(|| DataFusionError::Internal(format!("{} takes text", self.name())))
        };
        let result = match self.kind {
            Kind::Language => self.languages(text(0)?),
            Kind::Complaint => self.complaints(text(0)?, text(1)?),
            Kind::Issue => self.issues(text(0)?)?,
        };
        Ok(ColumnarValue::Array(result))
    }
}

fn language_fields() -> Fields {
    Fields::from(vec![
        Field::new("language", DataType::Utf8, true),
        Field::new("confidence", DataType::Float64, true),
    ])
}

fn issue_fields() -> Fields {
    Fields::from(vec![
        Field::new("issue_id", DataType::Utf8, true),
        Field::new("name", DataType::Utf8, true),
        Field::new("similarity", DataType::Float64, true),
    ])
}

impl std::fmt::Debug for Label {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Label").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl PartialEq for Label {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.models.fingerprint == other.models.fingerprint
    }
}

impl Eq for Label {}

impl Hash for Label {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.kind.hash(state);
        self.models.fingerprint.hash(state);
    }
}
