//! From a file's bytes to bounded, valid UTF-8: decompression, character encoding, limits.

use crate::limits::Limits;
use crate::refuse;
use domain::Failure;
use encoding_rs::{Encoding, WINDOWS_1252};
use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::rc::Rc;

const CHUNK: usize = 1 << 16;

/// Why reading stopped before the end; travels inside an [`io::Error`] through other readers.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stop {
    #[error("more than {0} bytes after decompression")]
    TooLarge(u64),
    #[error("a line of more than {limit} bytes")]
    LongLine { limit: usize, newlines: bool },
    #[error("the {compression} data is damaged")]
    Damaged {
        cut_off: bool,
        compression: &'static str,
    },
}

/// The failure that an error while reading row `row`, which begins on `line`, stands for.
pub(crate) fn failure(error: io::Error, row: u64, line: u64) -> Failure {
    match error.downcast::<Stop>() {
        Ok(Stop::TooLarge(limit)) => refuse::too_large(limit),
        Ok(Stop::LongLine { newlines: true, .. }) => refuse::broken_quotes(row, line),
        Ok(Stop::LongLine { limit, .. }) => refuse::line_too_long(row, line, limit),
        Ok(Stop::Damaged {
            cut_off,
            compression,
        }) => refuse::damaged(cut_off, compression),
        Err(error) => refuse::unreadable(&error),
    }
}

/// The decompressed bytes of a file, at most as many as allowed.
pub(crate) fn bytes(
    path: &Path,
    compression: Option<&str>,
    limits: &Limits,
) -> Result<Box<dyn Read>, Failure> {
    let file = File::open(path).map_err(|error| refuse::unreadable(&error))?;
    let (inner, name): (Box<dyn Read>, _) = match compression {
        Some("gzip") => {
            let file = io::BufReader::with_capacity(CHUNK, file);
            (Box::new(flate2::bufread::MultiGzDecoder::new(file)), "gzip")
        }
        Some("zstd") => {
            let decoder = zstd::stream::read::Decoder::new(file);
            let decoder = decoder.map_err(|error| refuse::unreadable(&error))?;
            (Box::new(decoder), "zstd")
        }
        _ => return Ok(Box::new(file)),
    };
    Ok(Box::new(Decompressed {
        inner,
        name,
        left: limits.max_bytes_decompressed,
        limit: limits.max_bytes_decompressed,
    }))
}

/// Tells damage apart from other errors, and ends decompression bombs.
struct Decompressed {
    inner: Box<dyn Read>,
    name: &'static str,
    left: u64,
    limit: u64,
}

impl Read for Decompressed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer).map_err(|error| {
            io::Error::other(Stop::Damaged {
                cut_off: error.kind() == io::ErrorKind::UnexpectedEof,
                compression: self.name,
            })
        })?;
        match self.left.checked_sub(read as u64) {
            Some(left) => self.left = left,
            None => return Err(io::Error::other(Stop::TooLarge(self.limit))),
        }
        Ok(read)
    }
}

/// What the consumer of a [`Text`] tells it, and learns from it.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    since_mark: Cell<usize>,
    newlines: Cell<bool>,
    repaired: Cell<u64>,
}

impl Watch {
    /// A row ended: the next one may be as long again.
    pub(crate) fn mark(&self) {
        self.since_mark.set(0);
        self.newlines.set(false);
    }

    /// Bytes that were not valid UTF-8 and were read as Windows-1252.
    pub(crate) fn repaired(&self) -> u64 {
        self.repaired.get()
    }
}

/// Valid UTF-8 without a byte order mark, whatever the file's encoding, that ends with an error
/// once more than the allowed bytes pass between two [`Watch::mark`]s.
pub(crate) struct Text {
    inner: Box<dyn Read>,
    /// `None` for UTF-8, which is only checked.
    decoder: Option<encoding_rs::Decoder>,
    raw: Vec<u8>,
    held: usize,
    out: Vec<u8>,
    at: usize,
    started: bool,
    done: bool,
    max_line: usize,
    watch: Rc<Watch>,
}

impl Text {
    pub(crate) fn new(inner: Box<dyn Read>, encoding: &str, limits: &Limits) -> (Self, Rc<Watch>) {
        let encoding = Encoding::for_label(encoding.as_bytes()).unwrap_or(encoding_rs::UTF_8);
        let watch = Rc::new(Watch::default());
        let text = Self {
            inner,
            decoder: (encoding != encoding_rs::UTF_8)
                .then(|| encoding.new_decoder_with_bom_removal()),
            raw: vec![0; CHUNK],
            held: 0,
            out: Vec::new(),
            at: 0,
            started: false,
            done: false,
            max_line: limits.max_line_bytes,
            watch: Rc::clone(&watch),
        };
        (text, watch)
    }

    fn fill(&mut self) -> io::Result<()> {
        self.out.clear();
        self.at = 0;
        if !self.done {
            let read = self.inner.read(&mut self.raw[self.held..])?;
            self.done = read == 0;
            let end = self.held + read;
            if let Some(decoder) = &mut self.decoder {
                let room = decoder.max_utf8_buffer_length(end).unwrap_or(4 * CHUNK);
                self.out.resize(room, 0);
                let (_, _, written, _) =
                    decoder.decode_to_utf8(&self.raw[..end], &mut self.out, self.done);
                self.out.truncate(written);
            } else {
                let repaired = &self.watch.repaired;
                let kept = check_utf8(&self.raw[..end], self.done, &mut self.out, repaired);
                self.raw.copy_within(kept..end, 0);
                self.held = end - kept;
            }
        }
        if !self.started && !self.out.is_empty() {
            self.started = true;
            if self.out.starts_with("\u{feff}".as_bytes()) {
                self.at = 3;
            }
        }
        Ok(())
    }
}

/// Appends `bytes` to `out` as UTF-8 and returns where an unfinished last character begins. Bytes
/// that are no UTF-8 are read as Windows-1252: such files are usually glued from two encodings.
fn check_utf8(bytes: &[u8], last: bool, out: &mut Vec<u8>, repaired: &Cell<u64>) -> usize {
    let mut at = 0;
    loop {
        let rest = &bytes[at..];
        let error = match std::str::from_utf8(rest) {
            Ok(_) => {
                out.extend_from_slice(rest);
                return bytes.len();
            }
            Err(error) => error,
        };
        let good = error.valid_up_to();
        out.extend_from_slice(&rest[..good]);
        at += good;
        let wrong = match error.error_len() {
            Some(wrong) => wrong,
            None if last => rest.len() - good,
            None => return at,
        };
        let (words, _) = WINDOWS_1252.decode_without_bom_handling(&bytes[at..at + wrong]);
        out.extend_from_slice(words.as_bytes());
        repaired.set(repaired.get() + wrong as u64);
        at += wrong;
    }
}

impl Read for Text {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.out.len() && !self.done {
            self.fill()?;
        }
        let watch = &self.watch;
        let since = watch.since_mark.get();
        if since > self.max_line {
            return Err(io::Error::other(Stop::LongLine {
                limit: self.max_line,
                newlines: watch.newlines.get(),
            }));
        }
        let count = buffer.len().min(self.out.len() - self.at);
        let chunk = &self.out[self.at..self.at + count];
        buffer[..count].copy_from_slice(chunk);
        // Within the first chunk after a mark a newline may end an earlier row that the consumer
        // has buffered; later ones can only lie inside this row.
        if since > CHUNK && !watch.newlines.get() {
            watch.newlines.set(chunk.contains(&b'\n'));
        }
        watch.since_mark.set(since + count);
        self.at += count;
        Ok(count)
    }
}
