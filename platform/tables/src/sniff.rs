//! Finds out how a file is written, from its first bytes.

mod binary;
mod dialect;
mod header;

use crate::limits::Limits;
use crate::refuse;
use crate::source::{self, Text};
use domain::Failure;
use domain::dataset::{FileFormat, FormatOptions};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use std::io::{Cursor, Read};
use std::path::Path;

/// Bytes, after decompression, that are looked at.
const SAMPLE: u64 = 256 << 10;

/// How a file is written; enough to read it the same way again.
#[derive(Clone, Debug, PartialEq)]
pub struct Sniffed {
    /// Its format.
    pub format: FileFormat,
    /// What else was detected.
    pub options: FormatOptions,
}

/// Looks at the beginning of the file at `path`; `file_name`, as uploaded, only decides where the
/// content says nothing.
///
/// # Errors
/// `dataset.empty`, `dataset.binary`, `dataset.not_json` or `dataset.truncated` when this can be
/// no table.
pub fn sniff(path: &Path, file_name: &str) -> Result<Sniffed, Failure> {
    let limits = Limits::default();
    let head = sample(path, None, 8, &limits)?;
    let compression = binary::compression(&head);
    let sample = sample(path, compression, SAMPLE, &limits)?;
    let name = plain_name(file_name);
    let mut sniffed = content(&sample, &name)?;
    sniffed.options.compression = compression.map(str::to_owned);
    Ok(sniffed)
}

fn sample(
    path: &Path,
    compression: Option<&str>,
    bytes: u64,
    limits: &Limits,
) -> Result<Vec<u8>, Failure> {
    let mut sample = Vec::new();
    source::bytes(path, compression, limits)?
        .take(bytes)
        .read_to_end(&mut sample)
        .map_err(|error| source::failure(error, 1, 1))?;
    Ok(sample)
}

/// The name in lower case, without the ending of a compression.
fn plain_name(file_name: &str) -> String {
    let name = file_name.to_lowercase();
    for ending in [".gz", ".gzip", ".zst", ".zstd"] {
        if let Some(plain) = name.strip_suffix(ending) {
            return plain.to_owned();
        }
    }
    name
}

fn content(sample: &[u8], name: &str) -> Result<Sniffed, Failure> {
    let plain = |format, encoding: &str| Sniffed {
        format,
        options: FormatOptions {
            delimiter: None,
            quote: None,
            header: None,
            encoding: encoding.to_owned(),
            decimal_comma: false,
            compression: None,
        },
    };
    if sample.starts_with(b"PAR1") {
        return Ok(plain(FileFormat::Parquet, UTF_8.name()));
    }
    binary::refuse(sample, name)?;
    let encoding = encoding(sample);
    let text = decoded(sample, encoding)?;
    if text.trim().is_empty() {
        return Err(refuse::empty());
    }
    binary::refuse_controls(&text)?;
    let complete = (sample.len() as u64) < SAMPLE;
    if let Some(format) = json(&text, name) {
        return Ok(plain(format, encoding.name()));
    }
    if [".json", ".ndjson", ".jsonl"]
        .iter()
        .any(|end| name.ends_with(end))
    {
        let reason = "it begins neither with `[` nor with `{`";
        return Err(refuse::not_json(reason, 1, 1));
    }
    // An unfinished last line would count as a row with too few values.
    let end = if complete {
        None
    } else {
        text.rfind(['\n', '\r'])
    };
    let options = dialect::find(&text[..end.unwrap_or(text.len())], encoding.name());
    let format = match options.delimiter {
        Some('\t') => FileFormat::Tsv,
        _ => FileFormat::Csv,
    };
    Ok(Sniffed { format, options })
}

/// The encoding by byte order mark, by the place of NUL bytes, by validity, then by letter statistics.
fn encoding(sample: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(sample) {
        return encoding;
    }
    let nuls = |parity: usize| {
        let bytes = sample.iter().skip(parity).step_by(2);
        bytes.filter(|byte| **byte == 0).count() * 2
    };
    let (even, odd, length) = (nuls(0), nuls(1), sample.len());
    // Western text in UTF-16 has a NUL in nearly every second place, and none in the others.
    if odd * 10 > length * 4 && even * 50 < length {
        return UTF_16LE;
    }
    if even * 10 > length * 4 && odd * 50 < length {
        return UTF_16BE;
    }
    match std::str::from_utf8(sample) {
        Ok(_) => return UTF_8,
        // The sample may end within a character.
        Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => return UTF_8,
        Err(_) => {}
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(sample, true);
    detector.guess(None, chardetng::Utf8Detection::Deny)
}

fn decoded(sample: &[u8], encoding: &'static Encoding) -> Result<String, Failure> {
    let inner = Box::new(Cursor::new(sample.to_vec()));
    let (mut text, _) = Text::new(inner, encoding.name(), &Limits::default());
    let mut decoded = String::new();
    text.read_to_string(&mut decoded)
        .map_err(|error| source::failure(error, 1, 1))?;
    Ok(decoded)
}

/// Which JSON it is, if the first characters can only be JSON.
fn json(text: &str, name: &str) -> Option<FileFormat> {
    let text = text.trim_start();
    let mut bytes = text.bytes().filter(|byte| !byte.is_ascii_whitespace());
    let (first, second) = (bytes.next()?, bytes.next());
    let begins = match first {
        b'{' => matches!(second, Some(b'"' | b'}') | None),
        b'[' => matches!(second, Some(b'{' | b'[' | b']' | b'"') | None) || name.ends_with("json"),
        _ => false,
    };
    if !begins {
        return None;
    }
    let lines = name.ends_with(".ndjson") || name.ends_with(".jsonl");
    let more =
        first_value(text).is_some_and(|end| text[end..].trim_start().starts_with(['{', '[']));
    if lines || more {
        Some(FileFormat::Ndjson)
    } else {
        Some(FileFormat::Json)
    }
}

/// Where the first JSON value of `text` ends, if it does.
fn first_value(text: &str) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}
