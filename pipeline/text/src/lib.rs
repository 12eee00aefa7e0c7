//! Text to labels: redaction, language, complaint, embedding, issue.
//!
//! In: texts of customers, and models as bytes. Out: labels, in the order of the texts.
//! Pure: no file is opened here, no clock and no environment is read; the same input gives the same output with any
//! number of threads. Nothing here knows where texts come from or where labels go.

mod complaint;
mod eigen;
mod embedding;
mod encoder;
mod error;
mod issues;
mod language;
mod latent;
mod redaction;
mod statement;

pub use complaint::ComplaintRules;
pub use embedding::Embedding;
pub use encoder::{Encoder, EncoderFiles, stored_vector};
pub use error::TextError;
pub use issues::{
    Assigned, Edit, Edits, Fitted, Issue, IssueChange, IssueEvent, IssueHistory, IssueModel, IssueParameters,
    IssueSet, KnownIssue, LabelOf, Parent, Part, Previous, SetInForce, new_issue_id,
};
pub use language::{Detection, LANGUAGES, LanguageDetector};
pub use redaction::redact;
pub use statement::{Boilerplate, Statement};
