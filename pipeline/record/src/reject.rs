//! Why a source record could not be kept.
//!
//! A rejected record is not an error of the run: it becomes a row of table `reject` and is counted.
//! The row names source, file and position, never the record's content.

/// Why a record was rejected. The text form is what table `reject` holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RejectReason {
    /// The file's bytes are not text in the declared encoding.
    BadEncoding,
    /// The line or document does not follow its format (torn JSON, wrong number of fields).
    Malformed,
    /// A field that identifies the record is empty.
    MissingId,
    /// A time that the record needs is empty.
    MissingTime,
    /// A time does not exist or does not follow the declared pattern.
    BadTime,
    /// A number is not a number, or is negative where that has no meaning.
    BadNumber,
    /// The record ends before it starts.
    EndsBeforeStart,
    /// An archive or compressed file is damaged from here on.
    DamagedArchive,
    /// A transcript or caption block cannot be read.
    BadTranscript,
}

impl RejectReason {
    /// Every reason, in the order of documentation.
    pub const ALL: [Self; 9] = [
        Self::BadEncoding,
        Self::Malformed,
        Self::MissingId,
        Self::MissingTime,
        Self::BadTime,
        Self::BadNumber,
        Self::EndsBeforeStart,
        Self::DamagedArchive,
        Self::BadTranscript,
    ];

    /// The reason as table `reject` holds it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadEncoding => "bad_encoding",
            Self::Malformed => "malformed",
            Self::MissingId => "missing_id",
            Self::MissingTime => "missing_time",
            Self::BadTime => "bad_time",
            Self::BadNumber => "bad_number",
            Self::EndsBeforeStart => "ends_before_start",
            Self::DamagedArchive => "damaged_archive",
            Self::BadTranscript => "bad_transcript",
        }
    }
}

impl std::fmt::Display for RejectReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
