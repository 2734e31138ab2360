//! Reads CSV, TSV and their cousins.

mod quotes;

use crate::builder::{Builder, unique_names};
use crate::refuse;
use crate::source::{self, Text, Watch};
use csv::StringRecord;
use domain::Failure;
use domain::dataset::FormatOptions;
use quotes::Checked;
use std::cell::Cell;
use std::io::Read;
use std::rc::Rc;

/// A last row that no file has. If it does not come back as a row of its own, it was swallowed by
/// a quote that is never closed, which the `csv` crate would accept without a word.
const END: &str = "\u{1}\u{2}end of file\u{2}\u{1}";

/// The records of a delimited text, and where each begins.
pub(crate) struct Records<R> {
    reader: csv::Reader<R>,
    pub(crate) record: StringRecord,
}

impl<R: Read> Records<R> {
    pub(crate) fn new(text: R, options: &FormatOptions) -> Self {
        let byte = |c: Option<char>| c.and_then(|c| u8::try_from(c).ok());
        let reader = csv::ReaderBuilder::new()
            .delimiter(byte(options.delimiter).unwrap_or(b','))
            .quote(byte(options.quote).unwrap_or(b'"'))
            .quoting(options.quote.is_some())
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(1 << 16)
            .from_reader(text);
        Self {
            reader,
            record: StringRecord::new(),
        }
    }

    /// Reads the next record into `record`; false at the end.
    pub(crate) fn next(&mut self) -> Result<bool, csv::Error> {
        self.reader.read_record(&mut self.record)
    }

    /// The line on which the present record begins.
    fn line(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::line)
    }
}

/// Fills `builder` in one pass.
pub(crate) fn read(
    text: Text,
    watch: &Watch,
    options: &FormatOptions,
    builder: &mut Builder<'_>,
) -> Result<(), Failure> {
    let end = format!("\n{END}");
    let text = Checked::new(text, options);
    let mut rows = Rows {
        broken: text.broken(),
        records: Records::new(text.chain(end.as_bytes()), options),
        watch,
        quote: options.quote,
        line: 1,
    };
    let mut more = rows.next(0)?;
    // Excel's own first line, `sep=;`, names the separator and is no row.
    if more && is_separator_line(&rows.records.record) {
        more = rows.next(0)?;
    }
    if !more {
        return Err(refuse::empty());
    }
    let record = &rows.records.record;
    let last = record.iter().next_back().unwrap_or_default();
    if record.len() > builder.limits.max_columns {
        return Err(refuse::too_many_columns(record.len(), builder.limits));
    }
    let shape = Shape {
        width: record.len(),
        unnamed_last: record.len() > 1 && last.trim().is_empty(),
    };
    let has_header = options.header != Some(false);
    let mut warnings = Vec::new();
    let names = if has_header {
        rows.check(&rows.records.record, 0, None)?;
        unique_names(
            record.iter().map(|name| rows.unwrapped(name)),
            &mut warnings,
        )
    } else {
        (1..=shape.width).map(|n| format!("column_{n}")).collect()
    };
    builder.warnings.append(&mut warnings);
    builder.set_names(names)?;
    if has_header {
        more = rows.next(0)?;
    }
    while more {
        rows.row(&shape, builder)?;
        more = rows.next(builder.seen())?;
    }
    if shape.unnamed_last {
        builder.drop_last_if_empty();
    }
    if watch.repaired() > 0 {
        builder.warnings.push(mixed_encoding(watch.repaired()));
    }
    Ok(())
}

pub(crate) fn mixed_encoding(bytes: u64) -> domain::Message {
    let text = format!(
        "{bytes} bytes of the file are not valid UTF-8; they were read as Windows-1252. Check the \
         accented letters, and save the file as UTF-8 if some are wrong."
    );
    domain::Message::new("profile.mixed_encoding", text).with("bytes", bytes)
}

pub(crate) fn is_separator_line(record: &StringRecord) -> bool {
    record.len() <= 2 && record.get(0).is_some_and(|first| first.starts_with("sep="))
}

/// How many values a row should have.
struct Shape {
    width: usize,
    /// The header ends with a separator, as the rows of such files may or may not do.
    unnamed_last: bool,
}

struct Rows<'w, R> {
    records: Records<R>,
    watch: &'w Watch,
    /// Where in the text the first quote is closed amid a value.
    broken: Rc<Cell<Option<u64>>>,
    quote: Option<char>,
    line: u64,
}

impl<R: Read> Rows<'_, R> {
    /// Goes to the next record, after `row` ended rows; false at the end of the file.
    fn next(&mut self, row: u64) -> Result<bool, Failure> {
        self.watch.mark();
        let next_row = row + 1;
        match self.records.next() {
            Ok(true) => {
                self.line = self.records.line();
                Ok(self.records.record.as_slice() != END)
            }
            // The end mark itself did not arrive: it lies inside the row before.
            Ok(false) => Err(refuse::broken_quotes(row.max(1), self.line)),
            Err(error) => {
                let line = self.records.reader.position().line();
                Err(match error.into_kind() {
                    csv::ErrorKind::Io(error) => source::failure(error, next_row, line),
                    other => Failure::internal(format!("reading CSV: {other:?}")),
                })
            }
        }
    }

    /// Refuses what cannot be a row of text.
    fn check(
        &self,
        record: &StringRecord,
        row: u64,
        builder: Option<&Builder<'_>>,
    ) -> Result<(), Failure> {
        let read = self.records.reader.position().byte();
        let is_here = self.broken.get().is_some_and(|at| at < read);
        if is_here || record.as_slice().ends_with(END) {
            return Err(refuse::broken_quotes(row, self.line));
        }
        if record.as_slice().as_bytes().contains(&0) {
            let at = record.iter().position(|cell| cell.contains('\0'));
            let name = at.and_then(|at| builder?.names().get(at));
            let column = name.map_or("", String::as_str);
            return Err(refuse::nul_byte(row, self.line, column));
        }
        Ok(())
    }

    /// The value of a cell that is quoted after a space: `a, "b"`.
    fn unwrapped<'t>(&self, cell: &'t str) -> &'t str {
        let Some(quote) = self.quote.filter(|_| cell.starts_with(' ')) else {
            return cell;
        };
        let inner = cell.trim().strip_prefix(quote);
        inner
            .and_then(|inner| inner.strip_suffix(quote))
            .unwrap_or(cell)
    }

    fn row(&self, shape: &Shape, builder: &mut Builder<'_>) -> Result<(), Failure> {
        let record = &self.records.record;
        let row = builder.seen() + 1;
        self.check(record, row, Some(builder))?;
        let (found, width) = (record.len(), shape.width);
        let one_more = found == width + 1 && record[width].trim().is_empty();
        let one_less = shape.unnamed_last && found + 1 == width;
        if found != width && !one_more && !one_less {
            // A row over several lines with the wrong width is a quote gone astray.
            if record.as_slice().contains('\n') {
                return Err(refuse::broken_quotes(row, self.line));
            }
            return Err(refuse::ragged_row(row, self.line, found, width));
        }
        if record.as_slice().len() > builder.limits.max_line_bytes {
            let limit = builder.limits.max_line_bytes;
            return Err(refuse::line_too_long(row, self.line, limit));
        }
        for (column, cell) in record.iter().take(width).enumerate() {
            builder.put(column, self.unwrapped(cell))?;
        }
        builder.end_row()
    }
}
