//! A table as its file writes it.

use domain::Message;

/// The code of a cell without a value.
pub(crate) const MISSING: u32 = u32::MAX;

/// Different texts, each stored once, numbered from 0.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub(crate) struct Texts {
    arena: String,
    ends: Vec<u32>,
}

impl Texts {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn get(&self, code: u32) -> &str {
        let index = code as usize;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.arena[start as usize..self.ends[index] as usize]
    }

    /// The number of the new text, unless there is no room for it.
    pub(crate) fn add(&mut self, text: &str) -> Option<u32> {
        let end = u32::try_from(self.arena.len() + text.len()).ok()?;
        let code = u32::try_from(self.ends.len()).ok()?;
        self.arena.push_str(text);
        self.ends.push(end);
        (code != MISSING).then_some(code)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.arena.capacity() + 4 * self.ends.capacity()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..).take(self.len()).map(|code| self.get(code))
    }
}

/// One column of a [`RawTable`]: trimmed texts, each different one stored once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RawColumn {
    /// For every row a number in `texts`, or [`MISSING`]. Numbers are given in order of first
    /// appearance, except in a sample, where some texts may have left.
    pub(crate) codes: Vec<u32>,
    pub(crate) texts: Texts,
}

impl RawColumn {
    /// The text of a row, or `None` where the cell is empty or the row does not exist.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&str> {
        let code = *self.codes.get(row)?;
        (code != MISSING).then(|| self.texts.get(code))
    }

    /// The different texts, in order of first appearance.
    pub fn levels(&self) -> impl Iterator<Item = &str> {
        self.texts.iter()
    }
}

/// A table as its file writes it: every cell is trimmed text, or missing where it is empty.
///
/// Each column stores each of its different texts once, so that profiling parses, counts and
/// compares texts instead of cells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RawTable {
    pub(crate) names: Vec<String>,
    pub(crate) columns: Vec<RawColumn>,
    pub(crate) rows: usize,
    pub(crate) rows_in_file: u64,
    /// Whether the file as a whole writes `3,14`, if that is known.
    pub(crate) decimal_comma: Option<bool>,
    /// Its values stand between semicolons, as where `3,14` is a number.
    pub(crate) semicolons: bool,
    pub(crate) warnings: Vec<Message>,
}

impl RawTable {
    /// Rows that are held.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Rows of the file; more than [`RawTable::rows`] where only a sample fits in memory.
    #[must_use]
    pub fn rows_in_file(&self) -> u64 {
        self.rows_in_file
    }

    /// Number of columns.
    #[must_use]
    pub fn width(&self) -> usize {
        self.names.len()
    }

    /// The columns' names: trimmed, not empty, all different.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The columns, in the order of their names.
    #[must_use]
    pub fn columns(&self) -> &[RawColumn] {
        &self.columns
    }

    /// The column called `name`.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&RawColumn> {
        let index = self.names.iter().position(|other| other == name)?;
        self.columns.get(index)
    }

    /// The first `rows` rows.
    #[must_use]
    pub fn preview(&self, rows: usize) -> Vec<Vec<Option<String>>> {
        let cell = |column: &RawColumn, row| column.get(row).map(str::to_owned);
        (0..rows.min(self.rows))
            .map(|row| self.columns.iter().map(|c| cell(c, row)).collect())
            .collect()
    }

    /// What reading had to change or leave out: renamed columns, mended characters, sampled rows.
    #[must_use]
    pub fn warnings(&self) -> &[Message] {
        &self.warnings
    }
}
