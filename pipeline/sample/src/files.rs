//! The files of one delivery day, plain or compressed, and archives of small members.
//!
//! In: bytes. Out: files under the output folder, with no time stamp of their own, so that the same
//! bytes in give the same bytes out. Nothing is buffered beyond one writer per file.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::SampleError;
use crate::calendar::push_date;

/// A file being written.
#[derive(Debug)]
pub(crate) struct OutFile {
    path: PathBuf,
    writer: Writer,
}

#[derive(Debug)]
enum Writer {
    Plain(BufWriter<File>),
    Compressed(Box<GzEncoder<BufWriter<File>>>),
}

impl OutFile {
    /// Creates a file and its folder; a compressed one gets `.gz` appended.
    ///
    /// # Errors
    /// [`SampleError::Write`].
    pub(crate) fn create(path: &Path, compress: bool) -> Result<Self, SampleError> {
        let mut path = path.to_owned();
        if compress {
            path.as_mut_os_string().push(".gz");
        }
        let opened = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| File::create(&path));
        let file = match opened {
            Ok(file) => BufWriter::with_capacity(1 << 17, file),
            Err(source) => return Err(SampleError::Write { path, source }),
        };
        let writer = if compress {
            Writer::Compressed(Box::new(GzEncoder::new(file, Compression::new(6))))
        } else {
            Writer::Plain(file)
        };
        Ok(Self { path, writer })
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// [`SampleError::Write`].
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), SampleError> {
        match &mut self.writer {
            Writer::Plain(file) => file.write_all(bytes),
            Writer::Compressed(file) => file.write_all(bytes),
        }
        .map_err(|source| SampleError::Write { path: self.path.clone(), source })
    }

    /// Writes what is buffered and closes; returns the file's size.
    ///
    /// # Errors
    /// [`SampleError::Write`].
    pub(crate) fn finish(self) -> Result<u64, SampleError> {
        let Self { path, writer } = self;
        let file = match writer {
            Writer::Plain(file) => Ok(file),
            Writer::Compressed(file) => file.finish(),
        };
        let size = file
            .and_then(|file| file.into_inner().map_err(std::io::IntoInnerError::into_error))
            .and_then(|file| file.metadata())
            .map(|metadata| metadata.len());
        size.map_err(|source| SampleError::Write { path, source })
    }
}

/// A tar archive of small members.
#[derive(Debug)]
pub(crate) struct Archive {
    file: OutFile,
}

const BLOCK: usize = 512;

impl Archive {
    /// Appends a member; its time is the contact's, not the writing's.
    ///
    /// # Errors
    /// [`SampleError::Write`].
    ///
    /// # Source
    /// POSIX.1-1988 ustar header; names stay below its 100 bytes.
    pub(crate) fn append(&mut self, name: &[u8], changed_at: i64, content: &[u8]) -> Result<(), SampleError> {
        let mut header = [0_u8; BLOCK];
        let length = name.len().min(100);
        header[..length].copy_from_slice(&name[..length]);
        push_octal(&mut header[100..107], 0o644);
        push_octal(&mut header[108..115], 0);
        push_octal(&mut header[116..123], 0);
        push_octal(&mut header[124..135], content.len() as u64);
        push_octal(&mut header[136..147], changed_at.max(0) as u64);
        header[148..156].fill(b' ');
        header[156] = b'0';
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u64 = header.iter().map(|byte| u64::from(*byte)).sum();
        push_octal(&mut header[148..154], sum);
        header[154] = 0;
        self.file.write(&header)?;
        self.file.write(content)?;
        let over = content.len() % BLOCK;
        if over > 0 {
            self.file.write(&[0; BLOCK][over..])?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<u64, SampleError> {
        self.file.write(&[0; 2 * BLOCK])?;
        self.file.finish()
    }
}

fn push_octal(field: &mut [u8], mut number: u64) {
    for place in field.iter_mut().rev() {
        *place = b'0' + (number & 7) as u8;
        number >>= 3;
    }
}

/// All files of one delivery day.
#[derive(Debug)]
pub(crate) struct DayFiles {
    pub(crate) queue_log: OutFile,
    pub(crate) call_details: OutFile,
    pub(crate) captions: Archive,
    pub(crate) tickets: OutFile,
    pub(crate) call_log: OutFile,
    pub(crate) contact_records: OutFile,
    pub(crate) contact_lens: Archive,
    pub(crate) orders: OutFile,
}

impl DayFiles {
    /// How many files a day has.
    pub(crate) const COUNT: u64 = 8;

    /// Creates the files of a day.
    ///
    /// # Errors
    /// [`SampleError::Write`].
    pub(crate) fn create(out: &Path, day: i64, compress: bool) -> Result<Self, SampleError> {
        let mut date = Vec::new();
        push_date(&mut date, day);
        let date = String::from_utf8_lossy(&date).into_owned();
        let file = |name: String| OutFile::create(&out.join(name), compress);
        Ok(Self {
            queue_log: file(format!("in-house/queue_log/queue_log-{date}"))?,
            call_details: file(format!("in-house/cdr/Master-{date}.csv"))?,
            captions: Archive { file: file(format!("in-house/captions/captions-{date}.tar"))? },
            tickets: file(format!("zendesk/tickets-{date}.ndjson"))?,
            call_log: file(format!("outsourced/call-log-{date}.csv"))?,
            contact_records: file(format!("hosted/contact-records/contact-records-{date}.ndjson"))?,
            contact_lens: Archive { file: file(format!("hosted/contact-lens/contact-lens-{date}.tar"))? },
            orders: file(format!("shop/orders-{date}.csv"))?,
        })
    }

    /// Closes all of them; returns their sizes' sum.
    ///
    /// # Errors
    /// [`SampleError::Write`].
    pub(crate) fn finish(self) -> Result<u64, SampleError> {
        Ok(self.queue_log.finish()?
            + self.call_details.finish()?
            + self.captions.finish()?
            + self.tickets.finish()?
            + self.call_log.finish()?
            + self.contact_records.finish()?
            + self.contact_lens.finish()?
            + self.orders.finish()?)
    }
}
