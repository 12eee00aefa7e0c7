//! Text to labels: redaction, language, complaint, embedding, issue.
//!
//! In: texts of customers, and models as bytes. Out: labels, in the order of the texts.
//! Pure: no file is opened here, no clock and no environment is read; the same input gives the same output with any
//! number of threads. Nothing here knows where texts come from or where labels go.

mod complaint;
mod embedding;
mod error;
mod issues;
mod language;
mod latent;
mod redaction;

pub use complaint::ComplaintRules;
pub use embedding::Embedding;
pub use error::TextError;
pub use issues::{Issue, IssueParameters, IssueSet};
pub use language::{Detection, LANGUAGES, LanguageDetector};
pub use redaction::redact;
