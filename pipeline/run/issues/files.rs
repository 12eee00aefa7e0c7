//! The files of issues beside the configuration: sets, their history, what people decided.
//!
//! A set is written into a folder of its own before the history names it, and each file is put in place by renaming, so
//! that a run reads either the old state or the new one, whatever crashes.

use std::path::Path;

use anyhow::Context;
use refrain_text::{Edits, IssueHistory, IssueSet};

use crate::models::{EDITS_FILE, HISTORY_FILE, ISSUE_FILES, Models};

/// Writes a set that nothing names yet.
pub(super) fn write_set(models: &Models, folder: &str, set: &IssueSet) -> anyhow::Result<()> {
    let (description, centroids) = set.to_bytes()?;
    let folder = models.issue_folder().join(folder);
    for (name, bytes) in ISSUE_FILES.iter().zip([description, centroids]) {
        put(&folder, name, &bytes)?;
    }
    Ok(())
}

/// Puts a history in place, and removes the sets that it no longer names.
pub(super) fn write_history(models: &Models, history: &IssueHistory) -> anyhow::Result<()> {
    let folder = models.issue_folder();
    put(&folder, HISTORY_FILE, &history.to_bytes()?)?;
    for old in &models.history.sets {
        if !history.sets.iter().any(|set| set.folder == old.folder) {
            let gone = folder.join(&old.folder);
            std::fs::remove_dir_all(&gone).with_context(|| format!("remove {}", gone.display()))?;
        }
    }
    Ok(())
}

/// Puts the edits in place.
pub(super) fn write_edits(models: &Models, edits: &Edits) -> anyhow::Result<()> {
    put(&models.issue_folder(), EDITS_FILE, edits.to_text()?.as_bytes())
}

#[expect(
    clippy::disallowed_methods,
    reason = "models are files beside the configuration, not tables of the lake"
)]
fn put(folder: &Path, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    let partial = folder.join(format!("{name}.partial"));
    std::fs::write(&partial, bytes).with_context(|| format!("write {}", partial.display()))?;
    std::fs::rename(&partial, folder.join(name)).with_context(|| format!("put {name} in place"))?;
    Ok(())
}
