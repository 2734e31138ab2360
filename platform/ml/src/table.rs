//! A typed table, as read from a file or from a request.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The code of a missing word.
pub const MISSING: u32 = u32::MAX;

/// One column of a [`Table`].
///
/// Numbers and moments (seconds since 1970) are `Numeric`; everything else is `Words`, trimmed
/// and otherwise as the file writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Column {
    /// Numbers; NaN is missing.
    Numeric(Vec<f64>),
    /// Words, each stored once.
    Words {
        /// For every row an index into `levels`, or [`MISSING`].
        codes: Vec<u32>,
        /// The different words.
        levels: Vec<String>,
    },
}

/// What is wrong with the parts of a table.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TableError {
    /// As many names as columns are needed.
    #[error("{names} names were given for {columns} columns")]
    Names {
        /// Names given.
        names: usize,
        /// Columns given.
        columns: usize,
    },
    /// Two columns have one name.
    #[error("the column `{0}` occurs twice")]
    Twice(String),
    /// Columns differ in length.
    #[error("the column `{column}` has {found} rows where {expected} are needed")]
    Length {
        /// The column.
        column: String,
        /// Rows of the first column.
        expected: usize,
        /// Rows of this one.
        found: usize,
    },
    /// A code without a word.
    #[error("the column `{column}` has the code {code} but only {levels} levels")]
    Code {
        /// The column.
        column: String,
        /// The code.
        code: u32,
        /// Words that there are.
        levels: usize,
    },
}

/// Equally long, named columns.
///
/// ```
/// use ml::table::{Column, Table};
/// let table = Table::new(
///     vec!["age".into(), "town".into()],
///     vec![
///         Column::Numeric(vec![31.0, f64::NAN]),
///         Column::words(["Lyon", ""]),
///     ],
/// )?;
/// assert_eq!(table.rows(), 2);
/// assert_eq!(table.column("town").and_then(|c| c.word(0)), Some("Lyon"));
/// # Ok::<(), ml::table::TableError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// The columns' names, all different.
    pub names: Vec<String>,
    /// The columns, in the order of their names.
    pub columns: Vec<Column>,
}

impl Table {
    /// Checks names, lengths and codes.
    pub fn new(names: Vec<String>, columns: Vec<Column>) -> Result<Self, TableError> {
        if names.len() != columns.len() {
            return Err(TableError::Names {
                names: names.len(),
                columns: columns.len(),
            });
        }
        let mut seen = std::collections::HashSet::new();
        let expected = columns.first().map_or(0, Column::len);
        for (name, column) in names.iter().zip(&columns) {
            if !seen.insert(name.as_str()) {
                return Err(TableError::Twice(name.clone()));
            }
            column.check(name, expected)?;
        }
        Ok(Self { names, columns })
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, Column::len)
    }

    /// The column called `name`.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        let index = self.names.iter().position(|other| other == name)?;
        self.columns.get(index)
    }

    /// These rows, in this order; an index may occur more than once.
    ///
    /// # Panics
    /// When an index is not below [`Table::rows`], as slices do.
    #[must_use]
    pub fn take(&self, rows: &[u32]) -> Self {
        Self {
            names: self.names.clone(),
            columns: self.columns.iter().map(|c| c.take(rows)).collect(),
        }
    }

    /// The rows of this table and then those of another one, which has the same columns in the same
    /// order.
    pub fn append(&self, other: &Self) -> Result<Self, TableError> {
        let columns = self.columns.iter().zip(&other.columns);
        let columns: Vec<Column> = columns.filter_map(|(a, b)| a.append(b)).collect();
        if self.names != other.names {
            return Err(TableError::Names {
                names: self.names.len(),
                columns: other.names.len(),
            });
        }
        Self::new(self.names.clone(), columns)
    }
}

impl Column {
    /// A column of words; the empty word is missing.
    pub fn words<W: AsRef<str>>(words: impl IntoIterator<Item = W>) -> Self {
        let mut index = HashMap::new();
        let mut levels = Vec::new();
        let mut code_of = |word: &str| {
            if word.is_empty() {
                return MISSING;
            }
            if let Some(code) = index.get(word) {
                return *code;
            }
            let code = u32::try_from(levels.len()).unwrap_or(MISSING);
            levels.push(word.to_owned());
            index.insert(word.to_owned(), code);
            code
        };
        let codes = words.into_iter().map(|w| code_of(w.as_ref())).collect();
        Self::Words { codes, levels }
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Numeric(values) => values.len(),
            Self::Words { codes, .. } => codes.len(),
        }
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The word of a row, unless it is missing or the column is numeric.
    #[must_use]
    pub fn word(&self, row: usize) -> Option<&str> {
        match self {
            Self::Numeric(_) => None,
            Self::Words { codes, levels } => {
                levels.get(*codes.get(row)? as usize).map(String::as_str)
            }
        }
    }

    /// The cells of these rows.
    ///
    /// # Panics
    /// When an index is not below the number of rows, as slices do.
    #[must_use]
    pub fn take(&self, rows: &[u32]) -> Self {
        match self {
            Self::Numeric(values) => Self::Numeric(take(values, rows)),
            Self::Words { codes, levels } if rows.len() >= levels.len() => Self::Words {
                codes: take(codes, rows),
                levels: levels.clone(),
            },
            // A few rows of many words take theirs along, not all there are.
            Self::Words { codes, levels } => {
                let words = rows.iter().map(|&row| codes[row as usize]);
                Self::words(words.map(|code| levels.get(code as usize).map_or("", String::as_str)))
            }
        }
    }

    /// Nothing where one holds numbers and the other one words.
    fn append(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Numeric(a), Self::Numeric(b)) => Some(Self::Numeric([&a[..], b].concat())),
            (Self::Words { codes, levels }, Self::Words { .. }) => {
                let mut levels = levels.clone();
                let mut known: HashMap<String, u32> = (0..)
                    .zip(&levels)
                    .map(|(code, level)| (level.clone(), code))
                    .collect();
                let mut codes = codes.clone();
                for row in 0..other.len() {
                    codes.push(match other.word(row) {
                        None => MISSING,
                        Some(word) => *known.entry(word.to_owned()).or_insert_with(|| {
                            levels.push(word.to_owned());
                            u32::try_from(levels.len() - 1).unwrap_or(MISSING)
                        }),
                    });
                }
                Some(Self::Words { codes, levels })
            }
            _ => None,
        }
    }

    fn check(&self, name: &str, expected: usize) -> Result<(), TableError> {
        if self.len() != expected {
            return Err(TableError::Length {
                column: name.to_owned(),
                expected,
                found: self.len(),
            });
        }
        let Self::Words { codes, levels } = self else {
            return Ok(());
        };
        let wrong = |code: &&u32| **code != MISSING && **code as usize >= levels.len();
        match codes.iter().find(wrong) {
            None => Ok(()),
            Some(code) => Err(TableError::Code {
                column: name.to_owned(),
                code: *code,
                levels: levels.len(),
            }),
        }
    }
}

/// The entries of `values` at `rows`.
pub(crate) fn take<T: Copy>(values: &[T], rows: &[u32]) -> Vec<T> {
    rows.iter().map(|&row| values[row as usize]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unequal_columns_are_refused_by_name() {
        let columns = vec![Column::Numeric(vec![1.0]), Column::Numeric(vec![])];
        let error = Table::new(vec!["a".into(), "b".into()], columns).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the column `b` has 0 rows where 1 are needed"
        );
    }

    #[test]
    fn rows_are_appended_by_their_words() {
        let table = |words: [&str; 2], number| {
            let columns = vec![
                Column::words(words),
                Column::Numeric(vec![number, f64::INFINITY]),
            ];
            Table::new(vec!["w".into(), "n".into()], columns).unwrap()
        };
        let both = table(["x", "y"], 1.0)
            .append(&table(["", "y"], 2.0))
            .unwrap();
        let words = both.column("w").unwrap();
        let words: Vec<_> = (0..4).map(|row| words.word(row)).collect();
        assert_eq!(words, [Some("x"), Some("y"), None, Some("y")]);
        let more = both.append(&table(["z", "x"], 3.0)).unwrap();
        assert_eq!(more.column("w").unwrap().word(4), Some("z"));
        let Some(Column::Numeric(numbers)) = more.column("n") else {
            panic!("numbers")
        };
        assert_eq!(numbers[..3], [1.0, f64::INFINITY, 2.0]);
        let words = Table::new(vec!["w".into()], vec![Column::words(["a"])]).unwrap();
        assert!(more.append(&words).is_err(), "other columns");
        let numbers = Table::new(vec!["w".into()], vec![Column::Numeric(vec![1.0])]).unwrap();
        assert!(words.append(&numbers).is_err(), "columns of another kind");
    }

    #[test]
    fn take_keeps_levels_and_repeats_rows() {
        let table = Table::new(vec!["w".into()], vec![Column::words(["x", "", "y"])]).unwrap();
        let taken = table.take(&[2, 2, 1]);
        let column = taken.column("w").unwrap();
        assert_eq!(
            (column.word(0), column.word(1), column.word(2)),
            (Some("y"), Some("y"), None)
        );
    }
}
