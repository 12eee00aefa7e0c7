//! CSV as people export it: title rows above the header, totals below, torn quotes between.
//!
//! In: a document and the names of the columns that its header must hold. Out: rows of the header's
//! width with line number and hash. Title rows, header rows and totals rows are merged; a row of
//! another width is malformed. When an open quote swallows the lines below it, only the line with the
//! open quote is lost: reading starts again on the next one.

use csv::{ByteRecord, StringRecord};
use refrain_record::RejectReason;

use crate::legs::{self, Intake};
use crate::reader::Document;

/// First words of a row that sums up the rows above it.
const TOTALS: [&str; 8] = ["total", "grand total", "sum", "summe", "subtotal", "合计", "总计", "итого"];

/// A sheet: its columns' names and its rows.
pub(crate) struct Sheet {
    header: Vec<String>,
    pub(crate) rows: Vec<Row>,
}

/// One row of a sheet.
pub(crate) struct Row {
    pub(crate) position: i64,
    pub(crate) record_hash: i64,
    cells: StringRecord,
}

impl Row {
    /// A cell without surrounding blanks; none when it is empty or when the sheet has no such column.
    pub(crate) fn cell(&self, column: Option<usize>) -> Option<&str> {
        legs::present(self.cells.get(column?)?)
    }
}

impl Sheet {
    /// The place of a column.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|known| known.eq_ignore_ascii_case(name.trim()))
    }
}

/// How a sheet is laid out.
pub(crate) enum Layout<'a> {
    /// The header is the first row that holds all of these names.
    Header(&'a [&'a str]),
    /// No header; a row has at least this and at most that many cells.
    Width(usize, usize),
}

/// Reads a document as a sheet.
///
/// A document with rows but without the header it should have is one malformed record.
pub(crate) fn read(
    intake: &mut Intake<'_>,
    document: &Document<'_>,
    delimiter: u8,
    layout: &Layout<'_>,
) -> Sheet {
    let mut sheet = Sheet { header: Vec::new(), rows: Vec::new() };
    let text = complete_lines(document);
    let mut title_count = 0;
    let mut scan = Scan::new(text, delimiter);
    while let Some(found) = scan.next_record() {
        if found.record.iter().all(|cell| cell.trim_ascii().is_empty()) {
            continue;
        }
        let is_above = matches!(layout, Layout::Header(_)) && sheet.header.is_empty();
        let place = match StringRecord::from_byte_record(found.record.clone()) {
            Ok(cells) => place(&sheet, layout, cells),
            Err(_) if is_above => Place::Title,
            Err(_) => Place::Nowhere(RejectReason::BadEncoding),
        };
        let raw = &text[found.start..found.end];
        let place = match place {
            Place::Row(_) | Place::Header(_) if !is_closed(raw, delimiter) => {
                Place::Nowhere(RejectReason::Malformed)
            }
            place => place,
        };
        match place {
            Place::Row(cells) => {
                intake.read_count += 1;
                let record_hash = legs::record_hash(raw.trim_ascii());
                sheet.rows.push(Row { position: found.line, record_hash, cells });
            }
            Place::Header(cells) => {
                title_count += 1;
                sheet.header = cells.iter().map(|cell| cell.trim().to_owned()).collect();
            }
            Place::Title => {
                title_count += 1;
                scan.split(&found);
            }
            Place::Merged => {
                intake.read_count += 1;
                intake.merged_count += 1;
            }
            Place::Nowhere(reason) => {
                intake.reject_one(found.line, reason, None);
                scan.split(&found);
            }
        }
    }
    if matches!(layout, Layout::Header(_)) && sheet.header.is_empty() {
        if title_count > 0 {
            intake.reject_one(1, RejectReason::Malformed, Some("header"));
        }
    } else {
        intake.read_count += title_count;
        intake.merged_count += title_count;
    }
    sheet
}

/// What a row is in its sheet.
enum Place {
    /// A record.
    Row(StringRecord),
    /// The header.
    Header(StringRecord),
    /// Above the header.
    Title,
    /// Totals, or the header once more.
    Merged,
    /// Not a row of this sheet.
    Nowhere(RejectReason),
}

fn place(sheet: &Sheet, layout: &Layout<'_>, cells: StringRecord) -> Place {
    let is_row = match layout {
        Layout::Width(least, most) => (*least..=*most).contains(&cells.len()),
        Layout::Header(needed) if sheet.header.is_empty() => {
            let is_header = needed.iter().all(|name| cells.iter().any(|cell| is_name(cell, name)));
            return if is_header { Place::Header(cells) } else { Place::Title };
        }
        Layout::Header(needed) => {
            if is_totals(sheet, needed, &cells) || is_header(sheet, &cells) {
                return Place::Merged;
            }
            let width = sheet.header.len();
            cells.len() >= width && cells.iter().skip(width).all(|cell| cell.trim().is_empty())
        }
    };
    if is_row { Place::Row(cells) } else { Place::Nowhere(RejectReason::Malformed) }
}

/// Whether every quote of a record that spans lines is closed before a delimiter or the line's end.
///
/// The parser is lenient: a quote left open in the last column would otherwise take in the rows below,
/// up to the next quote, as part of that column.
fn is_closed(raw: &[u8], delimiter: u8) -> bool {
    if !raw.trim_ascii_end().contains(&b'\n') {
        return true;
    }
    let mut bytes = raw.iter().copied().peekable();
    let (mut is_quoted, mut is_cell_start) = (false, true);
    while let Some(byte) = bytes.next() {
        if is_quoted && byte == b'"' && bytes.next_if_eq(&b'"').is_none() {
            is_quoted = false;
            if bytes.peek().is_some_and(|next| *next != delimiter && !matches!(next, b'\r' | b'\n')) {
                return false;
            }
        } else if !is_quoted {
            is_quoted = is_cell_start && byte == b'"';
        }
        is_cell_start = !is_quoted && (byte == delimiter || byte == b'\n');
    }
    !is_quoted
}

/// The text without a torn last line.
fn complete_lines<'t>(document: &Document<'t>) -> &'t [u8] {
    if !document.is_cut {
        return document.text;
    }
    let end = document.text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    &document.text[..end]
}

fn is_name(cell: &str, name: &str) -> bool {
    cell.trim().eq_ignore_ascii_case(name.trim())
}

/// The header once more, as in files that were put together.
fn is_header(sheet: &Sheet, cells: &StringRecord) -> bool {
    cells.len() == sheet.header.len()
        && cells.iter().zip(&sheet.header).all(|(cell, name)| is_name(cell, name))
}

/// A row that begins like a sum and lacks a cell that every record has.
fn is_totals(sheet: &Sheet, needed: &[&str], cells: &StringRecord) -> bool {
    let Some(first) = cells.iter().find_map(legs::present) else { return false };
    let begins_like_sum = TOTALS.iter().any(|word| {
        first.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
            && !first[word.len()..].starts_with(char::is_alphanumeric)
    });
    begins_like_sum
        && needed.iter().any(|name| {
            let cell = sheet.column(name).and_then(|column| cells.get(column));
            cell.and_then(legs::present).is_none()
        })
}

/// Reads records one after the other and can go back to the line after a record's first.
struct Scan<'t> {
    text: &'t [u8],
    delimiter: u8,
    /// Where the parser began, in bytes.
    base: usize,
    parser: csv::Reader<&'t [u8]>,
    /// A place in bytes, and the number of its line.
    line_at: (usize, i64),
}

/// A record and the bytes it covers.
struct FoundRecord {
    record: ByteRecord,
    start: usize,
    end: usize,
    line: i64,
}

impl<'t> Scan<'t> {
    fn new(text: &'t [u8], delimiter: u8) -> Self {
        Self { text, delimiter, base: 0, parser: parser(text, delimiter), line_at: (0, 1) }
    }

    fn next_record(&mut self) -> Option<FoundRecord> {
        let mut record = ByteRecord::new();
        // The bytes are in memory and width is not fixed, so the parser has no error to give.
        if !self.parser.read_byte_record(&mut record).unwrap_or(false) {
            return None;
        }
        let mut start = self.base + record.position().map_or(0, |position| position.byte() as usize);
        let end = self.base + self.parser.position().byte() as usize;
        while start < end && matches!(self.text[start], b'\n' | b'\r') {
            start += 1;
        }
        let (counted, line) = self.line_at;
        let line = line + self.text[counted..start].iter().filter(|byte| **byte == b'\n').count() as i64;
        self.line_at = (start, line);
        Some(FoundRecord { record, start, end, line })
    }

    /// Goes back to the second line of a record that is none, if it has one.
    fn split(&mut self, found: &FoundRecord) {
        let text = &self.text[found.start..found.end];
        let Some(first_line) = text.iter().position(|byte| *byte == b'\n') else { return };
        let second = found.start + first_line + 1;
        if second < found.end {
            self.base = second;
            self.parser = parser(&self.text[second..], self.delimiter);
        }
    }
}

fn parser(text: &[u8], delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text)
}

#[cfg(test)]
mod tests;
