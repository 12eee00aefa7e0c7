//! Labels that people gave to contacts, in CSV: `contact_id,language,issue,is_complaint`.
//!
//! In: a sheet whose `contact_id` is in the lake's form (`<source>:<id>`). Out: one row per contact.
//! An empty cell says nothing about that label. Whether the contact exists is not known here.

use crate::legs::Intake;
use crate::reader::Document;
use crate::rows::GivenLabel;
use crate::spreadsheet::{self, Layout};
use crate::typing::{self, Field, Kind};

/// Reads labels.
pub(crate) fn read(intake: &mut Intake<'_>, document: &Document<'_>) {
    let sheet = spreadsheet::read(intake, document, b',', &Layout::Header(&["contact_id"]));
    let [contact_id, language, issue, is_complaint] =
        ["contact_id", "language", "issue", "is_complaint"].map(|name| sheet.column(name));
    let positions: Vec<i64> = sheet.rows.iter().map(|row| row.position).collect();
    let fields = [Field::required("contact_id", Kind::Id), Field::optional("is_complaint", Kind::YesNo)];
    let text = [contact_id, is_complaint]
        .map(|column| sheet.rows.iter().map(|row| row.cell(column)).collect())
        .into();
    let mut typed = typing::check(&positions, &fields, text);
    intake.rejects.append(&mut typed.rejects);
    let complaints = typed.column("is_complaint");
    for (number, row) in typed.rows.iter().enumerate() {
        let row = &sheet.rows[*row];
        intake.given_labels.push(GivenLabel {
            contact_id: row.cell(contact_id),
            language: row.cell(language),
            issue_id: row.cell(issue),
            is_complaint: complaints[number].map(|answer| answer == 1),
            position: row.position,
            record_hash: row.record_hash,
            ..GivenLabel::default()
        });
    }
}

#[cfg(test)]
mod tests;
