//! Asterisk and its family (FreePBX, Issabel, Wazo): which of its files a document is.
//!
//! In: a document of a source in format `asterisk`. Out: rows, through `queue_log`, `cdr` or
//! `captions`. A call's id is the `uniqueid` of its first channel, `<epoch>.<n>`: the epoch in it is
//! the UTC second in which the call began, which no later line can change, so it gives `leg_date`.

mod captions;
mod cdr;
mod queue_log;

use crate::container;
use crate::legs::Intake;
use crate::reader::Document;

/// Reads a queue_log, a CDR file or one call's captions, by name: `.vtt`, then `queue_log` or no `.csv`.
pub(crate) fn read(intake: &mut Intake<'_>, document: &Document<'_>) {
    let name = container::file_name(document.name).to_ascii_lowercase();
    if name.ends_with(".vtt") {
        captions::read(intake, document);
    } else if name.contains("queue_log") || !name.ends_with(".csv") {
        queue_log::read(intake, document);
    } else {
        cdr::read(intake, document);
    }
}

/// The text of the epoch in a call's id, or the id itself when it holds none.
///
/// With `systemname` configured, Asterisk puts that name and a hyphen before it.
fn epoch_of(call_id: &str) -> &str {
    let bare = call_id.rsplit_once('-').map_or(call_id, |(_, bare)| bare);
    match bare.split_once('.') {
        Some((epoch, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => epoch,
        _ => call_id,
    }
}
