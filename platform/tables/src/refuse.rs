//! Every way in which a file is refused: one function a code, with words that say what to do.

use crate::limits::Limits;
use domain::{Failure, FailureKind, Message};

pub(crate) fn empty() -> Failure {
    Failure::invalid(
        "dataset.empty",
        "The file is empty. Upload a file with a row of column names and rows of values below it.",
    )
}

pub(crate) fn header_only(columns: usize) -> Failure {
    let text = format!(
        "The file has a header of {columns} columns but not one row of values. Add the rows and \
         upload it again."
    );
    Failure::invalid("dataset.header_only", text).with("columns", columns)
}

pub(crate) fn ragged_row(row: u64, line: u64, found: usize, expected: usize) -> Failure {
    let text = format!(
        "Row {row} (line {line}) has {found} values where the header has {expected}. Correct that \
         line; if a value holds the separator itself, put the value in quotes."
    );
    Failure::invalid("dataset.ragged_row", text)
        .with("row", row)
        .with("line", line)
        .with("found", found)
        .with("expected", expected)
}

pub(crate) fn broken_quotes(row: u64, line: u64) -> Failure {
    let text = format!(
        "A quote that opens in row {row} (line {line}) is not closed where it should be. Close \
         it, or double a quote that is part of the value."
    );
    Failure::invalid("dataset.broken_quotes", text)
        .with("row", row)
        .with("line", line)
}

pub(crate) fn nul_byte(row: u64, line: u64, column: &str) -> Failure {
    let text = format!(
        "Row {row} (line {line}) has a NUL byte in the column `{column}`: the file is damaged or \
         not a text file. Export it again as CSV."
    );
    Failure::invalid("dataset.nul_byte", text)
        .with("row", row)
        .with("line", line)
        .with("column", column)
}

pub(crate) fn too_many_columns(columns: usize, limits: &Limits) -> Failure {
    let limit = limits.max_columns;
    let text = format!(
        "The file has {columns} columns or more; at most {limit} can be used. Keep those that \
         matter and upload it again."
    );
    Failure::new(FailureKind::TooLarge, "dataset.too_many_columns", text)
        .with("columns", columns)
        .with("limit", limit)
}

pub(crate) fn too_many_rows(limits: &Limits) -> Failure {
    let limit = limits.max_rows;
    let text = format!("The file has more than {limit} rows. Upload a part of it.");
    Failure::new(FailureKind::TooLarge, "dataset.too_many_rows", text).with("limit", limit)
}

pub(crate) fn line_too_long(row: u64, line: u64, limit: usize) -> Failure {
    let text = format!(
        "Row {row} (line {line}) is longer than {limit} bytes. This is probably not a table with \
         one row a line; check the file, or a quote that is never closed."
    );
    Failure::new(FailureKind::TooLarge, "dataset.line_too_long", text)
        .with("row", row)
        .with("line", line)
        .with("limit", limit)
}

pub(crate) fn cell_too_long(row: u64, column: &str, limit: usize) -> Failure {
    let text = format!(
        "The value in row {row}, column `{column}`, is longer than {limit} bytes. Shorten it or \
         leave the column out."
    );
    Failure::new(FailureKind::TooLarge, "dataset.cell_too_long", text)
        .with("row", row)
        .with("column", column)
        .with("limit", limit)
}

pub(crate) fn name_too_long(name: &str, limit: usize) -> Failure {
    let start: String = name.chars().take(40).collect();
    let text = format!(
        "The name of the column `{start}…` is longer than {limit} bytes. Shorten it; if it is no \
         name, add a first row with the columns' names."
    );
    Failure::invalid("dataset.name_too_long", text)
        .with("column", start)
        .with("limit", limit)
}

pub(crate) fn too_large(limit: u64) -> Failure {
    let text = format!(
        "The file decompresses to more than {limit} bytes, which is more than is allowed. Upload \
         a part of it."
    );
    Failure::new(FailureKind::TooLarge, "dataset.too_large", text).with("limit", limit)
}

pub(crate) fn out_of_memory(limit: u64, rows: u64) -> Failure {
    let text = format!(
        "The table does not fit in {limit} bytes of memory; {rows} rows did. Upload it in parts."
    );
    Failure::new(FailureKind::TooLarge, "dataset.too_large", text)
        .with("limit", limit)
        .with("rows", rows)
}

pub(crate) fn damaged(cut_off: bool, compression: &str) -> Failure {
    let what = if cut_off {
        "ends too early"
    } else {
        "is damaged"
    };
    let text = format!(
        "The {compression} compression of the file {what}: the upload or the download before it \
         was probably cut off. Compress it again and upload it again."
    );
    Failure::invalid("dataset.truncated", text).with("compression", compression)
}

/// A file that is something else: `kind` is a code and the words for it.
pub(crate) fn binary((code, kind): (&str, &str), advice: &str) -> Failure {
    let text = format!("The file is {kind}, not a table of text. {advice}");
    let mut failure = Failure::invalid("dataset.binary", text).with("kind", kind);
    failure.message = failure.message.because(&Message::new(code, kind));
    failure
}

pub(crate) fn not_json(reason: &str, line: usize, column: usize) -> Failure {
    let text =
        format!("The file is not valid JSON: {reason}. Correct that place and upload it again.");
    Failure::invalid("dataset.not_json", text)
        .with("reason", reason)
        .with("line", line)
        .with("column", column)
}

pub(crate) fn json_shape(reason: &str) -> Failure {
    let text = format!(
        "The JSON is no table: {reason}. Use a list of records `[{{\"age\":31}}, …]`, one record \
         a line, or an object of columns `{{\"age\":[31, …]}}`."
    );
    Failure::invalid("dataset.json_shape", text).with("reason", reason)
}

pub(crate) fn not_parquet(reason: &str) -> Failure {
    let text = format!(
        "The Parquet file cannot be read: {reason}. Write it again, or save the table as CSV."
    );
    Failure::invalid("dataset.not_parquet", text).with("reason", reason)
}

pub(crate) fn unreadable(error: &std::io::Error) -> Failure {
    let text = format!("The stored file could not be read ({error}). Try again.");
    Failure::new(FailureKind::Unavailable, "dataset.unreadable", text)
}

/// The same words as every other step of a job that is asked to stop.
pub(crate) fn stopped() -> Failure {
    Failure::new(
        FailureKind::Unavailable,
        "job.stopped",
        "The work was asked to stop.",
    )
}
