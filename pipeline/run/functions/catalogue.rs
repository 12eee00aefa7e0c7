//! Every issue that is or was, with what became of it: rows for `issue_catalogue()`.

use std::collections::BTreeMap;

use refrain_text::{IssueChange, KnownIssue};

use crate::models::Models;

/// One issue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) parent_id: Option<String>,
    pub(super) parent_name: Option<String>,
    /// The issue that its contacts are counted to; none when hidden or gone.
    pub(super) counted_to: Option<String>,
    /// The last thing that a fit did to it.
    pub(super) change: Option<IssueChange>,
    /// The issue it split off from or was merged into.
    pub(super) other: Option<String>,
    /// Day of that fit, since 1970-01-01.
    pub(super) changed_on: Option<i32>,
    pub(super) is_hidden: bool,
}

/// All issues, by id.
pub(super) fn rows(models: &Models) -> Vec<Row> {
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    for event in &models.history.events {
        let row = rows.entry(event.issue.clone()).or_default();
        row.id.clone_from(&event.issue);
        row.name.clone_from(&event.name);
        row.change = Some(event.change);
        row.other.clone_from(&event.other);
        row.changed_on = Some(event.day);
    }
    let hidden = models.issues.edits().hidden();
    for KnownIssue { id, name, parent_id, parent_name } in models.issues.known() {
        let row = rows.entry(id.clone()).or_default();
        row.id.clone_from(id);
        row.name.clone_from(name);
        row.parent_id.clone_from(parent_id);
        row.parent_name.clone_from(parent_name);
        row.counted_to = models.issues.target(id).map(|target| target.id.clone());
        row.is_hidden = hidden.contains(id.as_str());
    }
    rows.into_values().collect()
}
