//! Fills a [`RawTable`] cell by cell, within the limits.

mod growing;
mod names;
mod sample;

pub(crate) use names::unique_names;

use crate::limits::{Limits, WhenFull};
use crate::raw::{MISSING, RawTable};
use crate::refuse;
use domain::{Failure, Message};
use growing::Growing;
use hashbrown::DefaultHashBuilder;
use sample::keeps;
use std::collections::HashMap;

/// Cells between two looks at memory: it takes a look at every column.
const UNCHECKED: usize = 1 << 16;
/// Rows between two looks at whether to stop.
const ROWS_BETWEEN_STOPS: u64 = 1000;

/// Takes the table in parts of so many rows.
pub(crate) struct Parts<'a> {
    pub(crate) rows: usize,
    pub(crate) each: &'a mut dyn FnMut(RawTable) -> Result<(), Failure>,
}

pub(crate) struct Builder<'a> {
    pub(crate) limits: &'a Limits,
    pub(crate) warnings: Vec<Message>,
    pub(crate) decimal_comma: Option<bool>,
    pub(crate) semicolons: bool,
    parts: Option<Parts<'a>>,
    hasher: DefaultHashBuilder,
    names: Vec<String>,
    index: HashMap<String, usize>,
    columns: Vec<Growing>,
    /// Rows held, and rows seen.
    rows: usize,
    seen: u64,
    /// One row in `1 << thinning` is held; which ones the file held is in `held` from then on.
    thinning: u32,
    held: Vec<u64>,
    keeping: bool,
    /// Cells since memory was looked at.
    unchecked: usize,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(limits: &'a Limits, parts: Option<Parts<'a>>) -> Self {
        Self {
            limits,
            warnings: Vec::new(),
            decimal_comma: None,
            semicolons: false,
            parts,
            hasher: DefaultHashBuilder::default(),
            names: Vec::new(),
            index: HashMap::new(),
            columns: Vec::new(),
            rows: 0,
            seen: 0,
            thinning: 0,
            held: Vec::new(),
            keeping: true,
            unchecked: 0,
        }
    }

    /// Data rows that have ended so far.
    pub(crate) fn seen(&self) -> u64 {
        self.seen
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Names all columns at once; `names` must be different.
    pub(crate) fn set_names(&mut self, names: Vec<String>) -> Result<(), Failure> {
        if names.len() > self.limits.max_columns {
            return Err(refuse::too_many_columns(names.len(), self.limits));
        }
        names.iter().try_for_each(|name| check_name(name))?;
        self.index = names.iter().cloned().zip(0..).collect();
        self.columns.resize_with(names.len(), Growing::default);
        self.names = names;
        Ok(())
    }

    /// The column called `name`, new if there is none yet. `guess` is looked at first.
    pub(crate) fn find(&mut self, name: &str, guess: usize) -> Result<usize, Failure> {
        if self.names.get(guess).is_some_and(|known| known == name) {
            return Ok(guess);
        }
        if name.is_empty() || name.contains('\0') {
            let name = format!("column_{}", name.replace('\0', ""));
            return self.find(&name, guess);
        }
        if let Some(&column) = self.index.get(name) {
            return Ok(column);
        }
        let column = self.names.len();
        if column == self.limits.max_columns {
            return Err(refuse::too_many_columns(column + 1, self.limits));
        }
        check_name(name)?;
        self.names.push(name.to_owned());
        self.index.insert(name.to_owned(), column);
        self.columns.push(Growing::default());
        Ok(column)
    }

    /// The cell of the present row in `column`; a second one for the same place is ignored.
    pub(crate) fn put(&mut self, column: usize, text: &str) -> Result<(), Failure> {
        if !self.keeping || self.columns[column].raw.codes.len() > self.rows {
            return Ok(());
        }
        self.put_at(column, self.rows, text)
    }

    /// The cell of any row, for files that write column after column.
    pub(crate) fn put_at(&mut self, column: usize, row: usize, text: &str) -> Result<(), Failure> {
        let text = text.trim();
        if text.len() > self.limits.max_cell_bytes {
            let (row, limit) = (row as u64 + 1, self.limits.max_cell_bytes);
            return Err(refuse::cell_too_long(row, &self.names[column], limit));
        }
        let growing = &mut self.columns[column];
        let code = if text.is_empty() {
            MISSING
        } else {
            growing.code(text, &self.hasher).ok_or_else(|| {
                refuse::out_of_memory(self.limits.max_memory_bytes, self.rows as u64)
            })?
        };
        let codes = &mut growing.raw.codes;
        if row < codes.len() {
            codes[row] = code;
        } else {
            // Cells that were left out before this one are missing.
            codes.resize(row, MISSING);
            codes.push(code);
        }
        Ok(())
    }

    /// Ends the present row; cells that were not put are missing.
    pub(crate) fn end_row(&mut self) -> Result<(), Failure> {
        self.seen += 1;
        if self.seen > self.limits.max_rows {
            return Err(refuse::too_many_rows(self.limits));
        }
        if self.seen.is_multiple_of(ROWS_BETWEEN_STOPS) {
            self.limits.go_on()?;
        }
        if self.keeping {
            self.rows += 1;
            if self.thinning > 0 {
                self.held.push(self.seen - 1);
            }
            self.check()?;
        }
        self.keeping = keeps(self.seen, self.thinning);
        Ok(())
    }

    /// Sets the number of rows after column-wise filling and looks at memory.
    pub(crate) fn reach(&mut self, rows: usize) -> Result<(), Failure> {
        self.rows = self.rows.max(rows);
        self.seen = self.seen.max(rows as u64);
        if self.seen > self.limits.max_rows {
            return Err(refuse::too_many_rows(self.limits));
        }
        self.unchecked += 1;
        if self.unchecked < UNCHECKED {
            return Ok(());
        }
        self.unchecked = 0;
        self.limits.go_on()?;
        if self.bytes() > self.limits.max_memory_bytes {
            let limit = self.limits.max_memory_bytes;
            return Err(refuse::out_of_memory(limit, self.rows as u64));
        }
        Ok(())
    }

    /// Bytes of the table once it is handed over: a column that lacks its last cells, as most do
    /// where each record names few of them, is then as long as the others.
    fn bytes(&self) -> u64 {
        let columns = self.columns.iter().map(|column| column.bytes(self.rows));
        (columns.sum::<usize>() + 8 * self.held.capacity()) as u64
    }

    /// Looks at memory and at the size of the part, not at every row.
    fn check(&mut self) -> Result<(), Failure> {
        if let Some(parts) = &self.parts
            && self.rows >= parts.rows
        {
            return self.hand_over();
        }
        // Cells are counted, not rows: the next record may name thousands of columns.
        self.unchecked += self.columns.len();
        if self.unchecked < UNCHECKED {
            return Ok(());
        }
        self.unchecked = 0;
        self.fit()
    }

    /// Gives up rows, or refuses, until the table is within its memory.
    fn fit(&mut self) -> Result<(), Failure> {
        while self.bytes() > self.limits.max_memory_bytes {
            if self.limits.when_full == WhenFull::Refuse || self.rows < 1000 {
                let limit = self.limits.max_memory_bytes;
                return Err(refuse::out_of_memory(limit, self.rows as u64));
            }
            self.thin();
        }
        Ok(())
    }

    /// Takes away what was put so far, and the columns with it.
    pub(crate) fn reset(&mut self) {
        self.names.clear();
        self.index.clear();
        self.columns.clear();
        self.rows = 0;
        self.seen = 0;
    }

    /// Number of cells of each column, to see whether column-wise data is complete.
    pub(crate) fn lengths(&self) -> impl Iterator<Item = (&str, usize)> {
        let lengths = self.columns.iter().map(|column| column.raw.codes.len());
        self.names.iter().map(String::as_str).zip(lengths)
    }

    /// The text of one cell of a column.
    pub(crate) fn cell(&self, column: usize, row: usize) -> Option<&str> {
        self.columns.get(column)?.raw.get(row)
    }

    /// Gives up the last column if it has no value: what a separator at every line's end leaves.
    pub(crate) fn drop_last_if_empty(&mut self) {
        let is_empty = |column: &Growing| column.raw.texts.len() == 0;
        if self.columns.len() > 1 && self.columns.last().is_some_and(is_empty) {
            self.columns.pop();
            self.names.pop();
        }
    }

    fn take(&mut self) -> RawTable {
        let columns = self.columns.iter_mut().map(|column| {
            let mut raw = std::mem::take(column).raw;
            // Not `resize` alone, which may take twice the room that was counted.
            raw.codes
                .reserve_exact(self.rows.saturating_sub(raw.codes.len()));
            raw.codes.resize(self.rows, MISSING);
            raw
        });
        let rows_in_file = match self.parts {
            Some(_) => self.rows as u64,
            None => self.seen,
        };
        RawTable {
            columns: columns.collect(),
            names: self.names.clone(),
            rows: self.rows,
            rows_in_file,
            decimal_comma: self.decimal_comma,
            semicolons: self.semicolons,
            warnings: std::mem::take(&mut self.warnings),
        }
    }

    fn hand_over(&mut self) -> Result<(), Failure> {
        let table = self.take();
        self.rows = 0;
        match &mut self.parts {
            Some(parts) => (parts.each)(table),
            None => Ok(()),
        }
    }

    /// Hands over what is left after the last full part.
    pub(crate) fn hand_over_rest(&mut self) -> Result<(), Failure> {
        if self.seen == 0 {
            return Err(refuse::header_only(self.names.len()));
        }
        if self.rows > 0 {
            self.hand_over()
        } else {
            Ok(())
        }
    }

    /// The table.
    pub(crate) fn finish(mut self) -> Result<RawTable, Failure> {
        // Filled by columns, the last and short ones may not have been looked at.
        self.fit()?;
        if self.thinning > 0 {
            let text = format!(
                "The file has {} rows, more than fit in memory; a uniform sample of {} is used.",
                self.seen, self.rows
            );
            let message = Message::new("profile.sampled", text)
                .with("rows", self.seen)
                .with("sample", self.rows);
            self.warnings.push(message);
        }
        Ok(self.take())
    }
}

/// Names stand in messages, URLs and plots; a longer one is a file read wrongly.
fn check_name(name: &str) -> Result<(), Failure> {
    const LIMIT: usize = 1000;
    if name.len() > LIMIT {
        return Err(refuse::name_too_long(name, LIMIT));
    }
    Ok(())
}
