//! The fitted models and rules that labels depend on, read once, with a fingerprint of each.

use std::path::{Path, PathBuf};

use refrain_text::{
    ComplaintRules, Edits, Embedding, Encoder, EncoderFiles, IssueHistory, IssueModel, IssueSet,
    LanguageDetector,
};
use sha2::{Digest, Sha256};

use crate::config::ConfigError;

/// The folder within `models/` that holds the issue sets.
pub const ISSUE_FOLDER: &str = "issues";

/// The file that says which issue set is in force when.
pub const HISTORY_FILE: &str = "history.json";

/// The file of what people decided about issues.
pub const EDITS_FILE: &str = "edits.toml";

/// The files of an issue set, in a folder of its own.
pub const ISSUE_FILES: [&str; 2] = ["issues.json", "centroids.safetensors"];

/// The default embedding, `models/embedding/`, which every binary carries.
const DEFAULT_TOKENIZER: &[u8] = include_bytes!("../../models/embedding/tokenizer.json");
const DEFAULT_VECTORS: &[u8] = include_bytes!("../../models/embedding/model.safetensors");

/// All models.
pub struct Models {
    /// Language per text.
    pub language: LanguageDetector,
    /// Complaint rules per language.
    pub complaint: ComplaintRules,
    /// Vector per text.
    pub encoder: Encoder,
    /// Issues by day; none before the first `refrain issues fit`.
    pub issues: IssueModel,
    /// The newest set when another encoder made it: then `issues` has none.
    pub foreign: Option<IssueSet>,
    /// Which fits there were.
    pub history: IssueHistory,
    /// What labels follow from.
    pub fingerprints: Fingerprints,
    /// The models folder.
    pub folder: PathBuf,
}

/// SHA-256 of everything read, hexadecimal: what was made with one of these is made again when it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprints {
    /// The version of Refrain, which decides on languages.
    pub version: String,
    /// The complaint rules.
    pub complaint: String,
    /// The encoder's files.
    pub encoder: String,
    /// Each issue set in force, with its first day, UTC.
    pub sets: Vec<(Option<i32>, String)>,
    /// Edits and history.
    pub people: String,
}

impl Fingerprints {
    /// One for everything.
    pub fn whole(&self) -> String {
        let mut hash = Sha256::new();
        for part in [&self.version, &self.complaint, &self.encoder, &self.people] {
            hash.update(part);
        }
        self.sets.iter().for_each(|(from, set)| hash.update(format!("{from:?}{set}")));
        hexadecimal(hash)
    }
}

impl Models {
    /// Reads `complaint/*.toml`, the encoder and, when they are there, `issues/`.
    ///
    /// `encoder` is the folder of an embedding or a sentence transformer; none is the default embedding.
    pub fn read(folder: &Path, encoder: Option<&Path>) -> anyhow::Result<Self> {
        let (complaint, complaint_hash) = read_complaint(&folder.join("complaint"))?;
        let (encoder, encoder_hash) = read_encoder(encoder)?;
        let issues = folder.join(ISSUE_FOLDER);
        let mut people = Sha256::new();
        let history = match read_if_there(&issues.join(HISTORY_FILE), &mut people)? {
            Some(bytes) => IssueHistory::from_bytes(&bytes)?,
            None => IssueHistory::default(),
        };
        let edits = match read_if_there(&issues.join(EDITS_FILE), &mut people)? {
            Some(bytes) => Edits::parse(&String::from_utf8_lossy(&bytes))?,
            None => Edits::default(),
        };
        let mut sets = Vec::new();
        let mut set_hashes = Vec::new();
        let mut foreign = None;
        for set in &history.sets {
            let (read, hash) = read_set(&issues.join(&set.folder))?;
            set_hashes.push((set.from, hash));
            if read.embedding_hash == encoder_hash {
                sets.push((set.from, read));
            } else {
                // Another encoder's centres mean nothing here; `check_issues` says so where it matters.
                foreign = Some(read);
            }
        }
        if foreign.is_some() {
            sets.clear();
        }
        let issues = IssueModel::new(sets, edits, &encoder)?;
        let fingerprints = Fingerprints {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            complaint: complaint_hash,
            encoder: encoder_hash,
            sets: set_hashes,
            people: hexadecimal(people),
        };
        Ok(Self {
            language: LanguageDetector::new(),
            complaint,
            encoder,
            issues,
            foreign,
            history,
            fingerprints,
            folder: folder.to_owned(),
        })
    }

    /// The folder of the issue sets, their history and edits.
    pub fn issue_folder(&self) -> PathBuf {
        self.folder.join(ISSUE_FOLDER)
    }

    /// Refuses issues that were fitted with another encoder.
    pub fn check_issues(&self) -> Result<(), ConfigError> {
        if self.foreign.is_none() {
            return Ok(());
        }
        Err(ConfigError::BadValue {
            key: "issues.encoder".to_owned(),
            value: format!("an encoder with SHA-256 {}…", &self.fingerprints.encoder[..12]),
            reason: format!(
                "but the issues in {} were fitted with another: configure that one, or run `refrain issues fit`",
                self.issue_folder().display()
            ),
        })
    }
}

/// Reads an encoder, the default embedding without a folder, and the hash of its files.
pub fn read_encoder(folder: Option<&Path>) -> anyhow::Result<(Encoder, String)> {
    let mut hash = Sha256::new();
    let files = match folder {
        None => {
            hash.update(DEFAULT_TOKENIZER);
            hash.update(DEFAULT_VECTORS);
            EncoderFiles {
                tokenizer: DEFAULT_TOKENIZER.to_vec(),
                weights: DEFAULT_VECTORS.to_vec(),
                ..EncoderFiles::default()
            }
        }
        Some(folder) => EncoderFiles {
            tokenizer: read(&folder.join("tokenizer.json"), &mut hash)?,
            weights: read(&folder.join("model.safetensors"), &mut hash)?,
            config: read_if_there(&folder.join("config.json"), &mut hash)?,
            modules: read_if_there(&folder.join("modules.json"), &mut hash)?,
            pooling: read_if_there(&folder.join("1_Pooling/config.json"), &mut hash)?,
            limits: read_if_there(&folder.join("sentence_bert_config.json"), &mut hash)?,
        },
    };
    let mut encoder = Encoder::from_files(files)?;
    if encoder.is_slow() {
        encoder = encoder.with_second_view(Embedding::from_bytes(DEFAULT_TOKENIZER, DEFAULT_VECTORS)?);
    }
    Ok((encoder, hexadecimal(hash)))
}

fn read_complaint(folder: &Path) -> anyhow::Result<(ComplaintRules, String)> {
    let mut hash = Sha256::new();
    let mut texts: Vec<(String, String)> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|source| unreadable(folder, source))? {
        let path = entry.map_err(|source| unreadable(folder, source))?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let language = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).map_err(|source| unreadable(&path, source))?;
            texts.push((language, text));
        }
    }
    texts.sort();
    for (language, text) in &texts {
        hash.update(language);
        hash.update(text);
    }
    let borrowed: Vec<(&str, &str)> =
        texts.iter().map(|(language, text)| (language.as_str(), text.as_str())).collect();
    Ok((ComplaintRules::parse(&borrowed)?, hexadecimal(hash)))
}

fn read_set(folder: &Path) -> anyhow::Result<(IssueSet, String)> {
    let mut hash = Sha256::new();
    let [description, centroids] = ISSUE_FILES.map(|name| read(&folder.join(name), &mut hash));
    Ok((IssueSet::from_bytes(&description?, &centroids?)?, hexadecimal(hash)))
}

fn read(path: &Path, hash: &mut Sha256) -> Result<Vec<u8>, ConfigError> {
    let bytes = std::fs::read(path).map_err(|source| unreadable(path, source))?;
    hash.update(&bytes);
    Ok(bytes)
}

fn read_if_there(path: &Path, hash: &mut Sha256) -> Result<Option<Vec<u8>>, ConfigError> {
    if path.is_file() { read(path, hash).map(Some) } else { Ok(None) }
}

fn hexadecimal(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unreadable(path: &Path, source: std::io::Error) -> ConfigError {
    ConfigError::BadValue {
        key: "model file".to_owned(),
        value: path.display().to_string(),
        reason: format!("which cannot be read: {source}"),
    }
}
