//! Batch plans: which source files belong to which batch, decided once and written down.
//!
//! A plan is created with a conditional put before any of its files is processed, so a batch that
//! crashed is repeated with exactly the same files, whatever has arrived since.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Lake, LakeError, Location};

/// A source file as a plan names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedFile {
    /// Path relative to the source's folder.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// The store's own mark of this content, where it has one.
    pub etag: Option<String>,
    /// SHA-256 of the content, hexadecimal.
    pub sha256: String,
    /// An earlier file with the same content: this one is not read, its records are duplicates.
    pub duplicate_of: Option<String>,
}

/// The files of one batch of one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchPlan {
    /// Version of this format.
    pub format: u32,
    /// The source.
    pub source: String,
    /// Batches of a source are numbered from 1.
    pub number: i64,
    /// The files, by path.
    pub files: Vec<PlannedFile>,
}

impl Lake {
    /// All plans of a source, in order.
    ///
    /// # Errors
    /// [`LakeError::Damaged`] when a plan does not parse.
    pub async fn plans(&self, source: &str) -> Result<Vec<BatchPlan>, LakeError> {
        let folder = self.location().child(&plan_folder(source));
        let mut plans = Vec::new();
        for (name, _) in folder.list().await? {
            let Some(bytes) = folder.get(&name).await? else { continue };
            let plan: BatchPlan = serde_json::from_slice(&bytes).map_err(|source| LakeError::Damaged {
                path: folder.object_url(&name),
                kind: "batch plan",
                source,
            })?;
            plans.push(plan);
        }
        plans.sort_by_key(|plan| plan.number);
        Ok(plans)
    }

    /// Plans the next batch: the files of a source that no earlier plan names with this content.
    ///
    /// Returns `None` when there is nothing new. Only files whose size or mark is unknown are read
    /// to be hashed.
    ///
    /// # Errors
    /// [`LakeError::PlanRace`] when another run planned the same number; run again.
    pub async fn plan_next(
        &self,
        source: &str,
        folder: &Location,
        earlier: &[BatchPlan],
    ) -> Result<Option<BatchPlan>, LakeError> {
        let planned: Vec<&PlannedFile> = earlier.iter().flat_map(|plan| &plan.files).collect();
        let known: BTreeSet<(&str, u64, Option<&str>)> =
            planned.iter().map(|file| (file.path.as_str(), file.size, file.etag.as_deref())).collect();
        let known_content: BTreeSet<(&str, &str)> =
            planned.iter().map(|file| (file.path.as_str(), file.sha256.as_str())).collect();
        let mut first_with: BTreeMap<String, String> =
            planned.iter().rev().map(|file| (file.sha256.clone(), file.path.clone())).collect();
        let mut files = Vec::new();
        for (path, meta) in folder.list().await? {
            if known.contains(&(path.as_str(), meta.size, meta.e_tag.as_deref())) {
                continue;
            }
            let Some(bytes) = folder.get(&path).await? else { continue };
            let sha256 = hexadecimal(&Sha256::digest(&bytes));
            if known_content.contains(&(path.as_str(), sha256.as_str())) {
                continue;
            }
            let duplicate_of = first_with.get(&sha256).filter(|_| !bytes.is_empty()).cloned();
            first_with.entry(sha256.clone()).or_insert_with(|| path.clone());
            files.push(PlannedFile {
                path,
                size: bytes.len() as u64,
                etag: meta.e_tag,
                sha256,
                duplicate_of,
            });
        }
        if files.is_empty() {
            return Ok(None);
        }
        let number = earlier.last().map_or(1, |plan| plan.number + 1);
        let plan = BatchPlan { format: 1, source: source.to_owned(), number, files };
        let path = format!("{}/{number:08}.json", plan_folder(source));
        let body = serde_json::to_vec_pretty(&plan).map_err(|source| LakeError::Damaged {
            path: path.clone(),
            kind: "batch plan",
            source,
        })?;
        let body = Bytes::from(body);
        if self.location().put_new(&path, body.clone()).await? {
            return Ok(Some(plan));
        }
        // The store may have kept an earlier attempt of this very put and lost the answer.
        if self.location().get(&path).await?.is_some_and(|standing| standing == body) {
            return Ok(Some(plan));
        }
        Err(LakeError::PlanRace { source_name: source.to_owned(), number })
    }
}

fn plan_folder(source: &str) -> String {
    format!("_intake/{source}")
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
