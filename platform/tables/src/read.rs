//! One door for every format.

use crate::builder::{Builder, Parts};
use crate::limits::Limits;
use crate::raw::RawTable;
use crate::sniff::Sniffed;
use crate::source::{self, Text};
use crate::{delimited, json, parquet, refuse};
use domain::Failure;
use domain::dataset::FileFormat;
use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

/// Reads the whole file at `path` as `sniffed` says.
///
/// # Errors
/// When the file is no table, or beyond `limits`; codes begin with `dataset.`, and rows are
/// counted from 1 without the header.
pub fn read(path: &Path, sniffed: &Sniffed, limits: &Limits) -> Result<RawTable, Failure> {
    let mut builder = Builder::new(limits, None);
    fill(path, sniffed, &mut builder)?;
    finish(builder)
}

/// Reads the file in parts of `rows` rows and hands each to `each`, so that a file of any length
/// can be answered in little memory. Returns the number of rows. JSON that is written column by
/// column cannot be cut, and comes as one part.
///
/// # Errors
/// As [`read`], and whatever `each` fails with.
pub fn read_in_parts(
    path: &Path,
    sniffed: &Sniffed,
    limits: &Limits,
    rows: usize,
    each: &mut dyn FnMut(RawTable) -> Result<(), Failure>,
) -> Result<u64, Failure> {
    let mut total = 0;
    let mut counted = |table: RawTable| {
        total += table.rows() as u64;
        each(table)
    };
    let parts = Parts {
        rows: rows.max(1),
        each: &mut counted,
    };
    let mut builder = Builder::new(limits, Some(parts));
    fill(path, sniffed, &mut builder)?;
    builder.hand_over_rest()?;
    drop(builder);
    Ok(total)
}

fn fill(path: &Path, sniffed: &Sniffed, builder: &mut Builder<'_>) -> Result<(), Failure> {
    let options = &sniffed.options;
    builder.decimal_comma = match options.delimiter {
        _ if options.decimal_comma => Some(true),
        // Where a comma separates values it seldom stands within them.
        None | Some(',') => Some(false),
        Some(_) => None,
    };
    builder.semicolons = options.delimiter == Some(';');
    let limits = builder.limits;
    let compression = options.compression.as_deref();
    if sniffed.format == FileFormat::Parquet {
        return fill_from_parquet(path, compression, builder);
    }
    let bytes = source::bytes(path, compression, limits)?;
    let (text, watch) = Text::new(bytes, &options.encoding, limits);
    match sniffed.format {
        FileFormat::Json => json::read(text, &watch, false, builder),
        FileFormat::Ndjson => json::read(text, &watch, true, builder),
        _ => delimited::read(text, &watch, options, builder),
    }
}

fn fill_from_parquet(
    path: &Path,
    compression: Option<&str>,
    builder: &mut Builder<'_>,
) -> Result<(), Failure> {
    if compression.is_none() {
        let file = File::open(path).map_err(|error| refuse::unreadable(&error))?;
        return parquet::foreign::read(file, builder);
    }
    // Parquet is read from its end, so a compressed one has to be unpacked first.
    let limit = builder.limits.max_memory_bytes;
    let mut bytes = Vec::new();
    source::bytes(path, compression, builder.limits)?
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| source::failure(error, 1, 1))?;
    if bytes.len() as u64 > limit {
        return Err(refuse::too_large(limit));
    }
    parquet::foreign::read(Cursor::new(bytes), builder)
}

fn finish(builder: Builder<'_>) -> Result<RawTable, Failure> {
    if builder.seen() == 0 {
        return Err(refuse::header_only(builder.names().len()));
    }
    builder.finish()
}
