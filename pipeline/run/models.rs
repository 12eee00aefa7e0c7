//! The fitted models and rules that labels depend on, read once, with a fingerprint.

use std::path::{Path, PathBuf};

use refrain_text::{ComplaintRules, Embedding, IssueSet, LanguageDetector};
use sha2::{Digest, Sha256};

use crate::config::ConfigError;

/// The folder within `models/` that holds the issue set in use.
pub const ISSUE_FOLDER: &str = "issues";

/// The files of an issue set.
pub const ISSUE_FILES: [&str; 4] =
    ["tokenizer.json", "embedding.safetensors", "issues.json", "centroids.safetensors"];

/// An embedding and the issues that were fitted in it.
pub struct IssueModel {
    /// Texts to vectors.
    pub embedding: Embedding,
    /// Vectors to issues.
    pub issues: IssueSet,
}

/// All models.
pub struct Models {
    /// Language per text.
    pub language: LanguageDetector,
    /// Complaint rules per language.
    pub complaint: ComplaintRules,
    /// Issues; none before the first `refrain issues fit`.
    pub issue: Option<IssueModel>,
    /// SHA-256 of everything read, hexadecimal: labels are made again when it changes.
    pub fingerprint: String,
    /// The models folder.
    pub folder: PathBuf,
}

impl Models {
    /// Reads `complaint/*.toml` and, when it is there, `issues/`.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
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
        let issue = read_issues(&folder.join(ISSUE_FOLDER), &mut hash)?;
        let fingerprint = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self {
            language: LanguageDetector::new(),
            complaint,
            issue,
            fingerprint,
            folder: folder.to_owned(),
        })
    }
}

fn read_issues(folder: &Path, hash: &mut Sha256) -> anyhow::Result<Option<IssueModel>> {
    if !folder.join(ISSUE_FILES[2]).is_file() {
        return Ok(None);
    }
    let mut contents = Vec::new();
    for name in ISSUE_FILES {
        let path = folder.join(name);
        let bytes = std::fs::read(&path).map_err(|source| unreadable(&path, source))?;
        hash.update(&bytes);
        contents.push(bytes);
    }
    let embedding = Embedding::from_bytes(&contents[0], &contents[1])?;
    let issues = IssueSet::from_bytes(&contents[2], &contents[3])?;
    Ok(Some(IssueModel { embedding, issues }))
}

fn unreadable(path: &Path, source: std::io::Error) -> ConfigError {
    ConfigError::Unreadable { path: path.to_owned(), source }
}
