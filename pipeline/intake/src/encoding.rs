//! Text encodings: whatever the file is in, what follows sees UTF-8.
//!
//! In: bytes, and the encoding the source declares. A byte order mark wins over the declaration.
//! Out: UTF-8 in which a line that could not be decoded is replaced by a byte that is not UTF-8, so
//! that the one rule "a record that is not UTF-8 is rejected" holds for every encoding. No
//! replacement character is ever put into a text, and no encoding is guessed.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use serde::Deserialize;

use crate::source::IntakeError;

/// Stands for a line that could not be decoded: never part of UTF-8.
const UNDECODABLE: u8 = 0xFF;

/// A declared text encoding, by any label of the Encoding Standard (`gbk`, `windows-1252`, …).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct TextEncoding(&'static Encoding);

impl Default for TextEncoding {
    fn default() -> Self {
        Self(UTF_8)
    }
}

impl TryFrom<String> for TextEncoding {
    type Error = IntakeError;

    fn try_from(label: String) -> Result<Self, IntakeError> {
        match Encoding::for_label(label.as_bytes()) {
            Some(encoding) => Ok(Self(encoding)),
            None => Err(IntakeError::UnknownEncoding { label }),
        }
    }
}

impl TextEncoding {
    /// The bytes in UTF-8, borrowed when they are that already.
    pub(crate) fn decode<'a>(self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let (encoding, bytes) = match Encoding::for_bom(bytes) {
            Some((encoding, length)) => (encoding, &bytes[length..]),
            None => (self.0, bytes),
        };
        if encoding == UTF_8 {
            Cow::Borrowed(bytes)
        } else if encoding == UTF_16LE {
            Cow::Owned(from_utf_16(bytes, u16::from_le_bytes))
        } else if encoding == UTF_16BE {
            Cow::Owned(from_utf_16(bytes, u16::from_be_bytes))
        } else {
            Cow::Owned(from_lines(bytes, encoding))
        }
    }
}

/// Every other encoding of the standard keeps the line feed at 0x0A and never uses it in a longer sequence.
fn from_lines(bytes: &[u8], encoding: &'static Encoding) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len() + bytes.len() / 2);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match encoding.decode_without_bom_handling_and_without_replacement(line) {
            Some(decoded) => text.extend_from_slice(decoded.as_bytes()),
            None => push_undecodable(&mut text, line.ends_with(b"\n")),
        }
    }
    text
}

fn from_utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Vec<u8> {
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
    let mut text = Vec::with_capacity(bytes.len());
    for line in units.split_inclusive(|unit| *unit == u16::from(b'\n')) {
        match String::from_utf16(line) {
            Ok(decoded) => text.extend_from_slice(decoded.as_bytes()),
            Err(_) => push_undecodable(&mut text, line.last() == Some(&u16::from(b'\n'))),
        }
    }
    if bytes.len() % 2 == 1 {
        text.push(UNDECODABLE);
    }
    text
}

fn push_undecodable(text: &mut Vec<u8>, has_line_feed: bool) {
    text.push(UNDECODABLE);
    if has_line_feed {
        text.push(b'\n');
    }
}

#[cfg(test)]
mod tests;
