//! The fitted models and rules that labels depend on, read once, with a fingerprint.

use std::path::{Path, PathBuf};

use refrain_text::{ComplaintRules, Embedding, IssueSet, LanguageDetector};
use sha2::{Digest, Sha256};

use crate::config::ConfigError;

/// The folder within `models/` that holds the issue set in use.
pub const ISSUE_FOLDER: &str = "issues";

/// The files of an issue set.
pub const ISSUE_FILES: [&str; 2] = ["issues.json", "centroids.safetensors"];

/// The files of an embedding.
const EMBEDDING_FILES: [&str; 2] = ["tokenizer.json", "model.safetensors"];

/// The default embedding, `models/embedding/`, which every binary carries.
const DEFAULT_EMBEDDING: [&[u8]; 2] = [
    include_bytes!("../../models/embedding/tokenizer.json"),
    include_bytes!("../../models/embedding/model.safetensors"),
];

/// All models.
pub struct Models {
    /// Language per text.
    pub language: LanguageDetector,
    /// Complaint rules per language.
    pub complaint: ComplaintRules,
    /// Vector per text.
    pub embedding: Embedding,
    /// SHA-256 of the embedding's files, hexadecimal.
    pub embedding_hash: String,
    /// Issues; none before the first `refrain issues fit`.
    pub issues: Option<IssueSet>,
    /// SHA-256 of everything read, hexadecimal: labels are made again when it changes.
    pub fingerprint: String,
    /// The models folder.
    pub folder: PathBuf,
}

impl Models {
    /// Reads `complaint/*.toml`, the embedding and, when it is there, `issues/`.
    ///
    /// `encoder` is the folder of an embedding in Model2Vec's layout; none is the default one.
    pub fn read(folder: &Path, encoder: Option<&Path>) -> anyhow::Result<Self> {
        let mut hash = Sha256::new();
        hash.update(env!("CARGO_PKG_VERSION"));
        let rules = folder.join("complaint");
        let mut texts: Vec<(String, String)> = Vec::new();
        for entry in std::fs::read_dir(&rules).map_err(|source| unreadable(&rules, source))? {
            let path = entry.map_err(|source| unreadable(&rules, source))?.path();
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
        let complaint = ComplaintRules::parse(&borrowed)?;
        let (embedding, embedding_hash) = read_embedding(encoder)?;
        hash.update(&embedding_hash);
        let issues = read_issues(&folder.join(ISSUE_FOLDER), &mut hash)?;
        let fingerprint = hexadecimal(hash);
        Ok(Self {
            language: LanguageDetector::new(),
            complaint,
            embedding,
            embedding_hash,
            issues,
            fingerprint,
            folder: folder.to_owned(),
        })
    }

    /// Refuses issues that were fitted with another embedding: their centroids mean nothing in this one.
    pub fn check_issues(&self) -> Result<(), ConfigError> {
        match &self.issues {
            Some(issues) if issues.embedding_hash != self.embedding_hash => Err(ConfigError::BadValue {
                key: "issues.encoder".to_owned(),
                value: format!("an embedding with SHA-256 {}…", &self.embedding_hash[..12]),
                reason: format!(
                    "but the issues in {} were fitted with another: configure that one, or run `refrain issues fit`",
                    self.folder.join(ISSUE_FOLDER).display()
                ),
            }),
            _ => Ok(()),
        }
    }
}

/// Reads an embedding, the default one without a folder, and the hash of its files.
pub fn read_embedding(folder: Option<&Path>) -> anyhow::Result<(Embedding, String)> {
    let mut hash = Sha256::new();
    let embedding = match folder {
        None => {
            DEFAULT_EMBEDDING.iter().for_each(|bytes| hash.update(bytes));
            Embedding::from_bytes(DEFAULT_EMBEDDING[0], DEFAULT_EMBEDDING[1])?
        }
        Some(folder) => {
            let [tokenizer, vectors] = EMBEDDING_FILES.map(|name| read(&folder.join(name), &mut hash));
            Embedding::from_bytes(&tokenizer?, &vectors?)?
        }
    };
    Ok((embedding, hexadecimal(hash)))
}

fn read_issues(folder: &Path, hash: &mut Sha256) -> anyhow::Result<Option<IssueSet>> {
    if !folder.join(ISSUE_FILES[0]).is_file() {
        return Ok(None);
    }
    let [description, centroids] = ISSUE_FILES.map(|name| read(&folder.join(name), hash));
    Ok(Some(IssueSet::from_bytes(&description?, &centroids?)?))
}

fn read(path: &Path, hash: &mut Sha256) -> Result<Vec<u8>, ConfigError> {
    let bytes = std::fs::read(path).map_err(|source| unreadable(path, source))?;
    hash.update(&bytes);
    Ok(bytes)
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
