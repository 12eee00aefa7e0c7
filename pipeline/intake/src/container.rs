//! Compressed files and archives: from the bytes of a source file to the members inside.
//!
//! In: a path (its ending tells `.gz`, `.tar`, `.tar.gz`, `.tgz`) and bytes. Out: members, and where
//! the damage begins, if any. What was readable before the damage is given out. A tar member is a
//! slice, never a copy. Nothing is unpacked to disk and nothing is inflated beyond a stated size.

use std::io::{Cursor, Read};

use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;

/// Largest size a source file may have after decompression; the rest counts as damaged.
///
/// One GiB: a hundred times a large day of one site, and half of what Arrow's text offsets can hold.
pub const MAXIMUM_INFLATED_BYTES: usize = 1 << 30;

/// A source file, opened.
pub(crate) struct Opened {
    /// The file itself, or the regular files of the archive, in order.
    pub(crate) members: Vec<Member>,
    /// Whether the stream ended before its time: the last line may be torn.
    pub(crate) is_cut: bool,
    /// 1-based index of the archive member from which on nothing could be read.
    pub(crate) damaged_member: Option<i64>,
}

/// One file inside the source file.
pub(crate) struct Member {
    /// Name inside the archive, or the path without `.gz`.
    pub(crate) name: String,
    /// Its content.
    pub(crate) bytes: Bytes,
}

/// Opens a source file.
pub(crate) fn open(path: &str, bytes: &Bytes, maximum: usize) -> Opened {
    let lower = path.to_ascii_lowercase();
    let (name, is_archive) = if lower.ends_with(".tgz") {
        (&path[..path.len() - 4], true)
    } else {
        let name = if lower.ends_with(".gz") { &path[..path.len() - 3] } else { path };
        (name, name.to_ascii_lowercase().ends_with(".tar"))
    };
    let (bytes, is_cut) = if bytes.starts_with(&[0x1F, 0x8B]) {
        inflate(bytes, maximum)
    } else if lower.ends_with("gz") && !bytes.is_empty() {
        (Bytes::new(), true)
    } else {
        (bytes.slice(..bytes.len().min(maximum)), bytes.len() > maximum)
    };
    if is_archive {
        let (members, damaged_member) = unpack(&bytes, is_cut);
        return Opened { members, is_cut: false, damaged_member };
    }
    Opened { members: vec![Member { name: name.to_owned(), bytes }], is_cut, damaged_member: None }
}

/// Inflates concatenated gzip members; true when the stream is damaged or larger than allowed.
fn inflate(bytes: &Bytes, maximum: usize) -> (Bytes, bool) {
    let mut inflated = Vec::with_capacity(bytes.len().saturating_mul(5).min(maximum));
    let mut stream = MultiGzDecoder::new(&bytes[..]).take(maximum as u64 + 1);
    // On an error the vector keeps what was read before it.
    let mut is_cut = stream.read_to_end(&mut inflated).is_err();
    if inflated.len() > maximum {
        inflated.truncate(maximum);
        is_cut = true;
    }
    (inflated.into(), is_cut)
}

fn unpack(bytes: &Bytes, is_cut: bool) -> (Vec<Member>, Option<i64>) {
    let mut members = Vec::new();
    let mut is_damaged = is_cut;
    let mut archive = tar::Archive::new(Cursor::new(&bytes[..]));
    if let Ok(entries) = archive.entries() {
        for entry in entries {
            let Ok(entry) = entry else {
                is_damaged = true;
                break;
            };
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            if !entry.header().entry_type().is_file() || file_name(&name).starts_with("._") {
                continue;
            }
            let start = entry.raw_file_position();
            let range = start.checked_add(entry.size()).and_then(|end| {
                let range = usize::try_from(start).ok()?..usize::try_from(end).ok()?;
                (range.end <= bytes.len()).then_some(range)
            });
            let Some(range) = range else {
                is_damaged = true;
                break;
            };
            members.push(Member { name, bytes: bytes.slice(range) });
        }
    }
    let damaged_member = is_damaged.then_some(members.len() as i64 + 1);
    (members, damaged_member)
}

/// The last part of a path.
pub(crate) fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// The lines of a text with their 1-based numbers, without line ends, blank ones left out.
///
/// Of a text that was cut, the last line is not given out unless it is complete: it is the damage.
pub(crate) fn lines(text: &[u8], is_cut: bool) -> impl Iterator<Item = (i64, &[u8])> {
    let end = if is_cut {
        text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1)
    } else {
        text.len()
    };
    (1i64..)
        .zip(text[..end].split(|byte| *byte == b'\n'))
        .map(|(number, line)| (number, line.trim_ascii()))
        .filter(|(_, line)| !line.is_empty())
}

/// The 1-based number of the line on which a text that was cut breaks off.
pub(crate) fn torn_line(text: &[u8]) -> i64 {
    text.iter().filter(|byte| **byte == b'\n').count() as i64 + 1
}

#[cfg(test)]
mod tests;
