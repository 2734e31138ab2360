//! The raw table as the caller holds it: borrowed columns of `f64`.

use serde::{Deserialize, Serialize};

use crate::Error;

/// How a column's numbers are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ColumnKind {
    /// Ordered values; NaN is missing, infinities are values.
    Numeric,
    /// Codes `0..levels` without order; NaN and every other number are missing.
    Categorical {
        /// Number of codes.
        levels: u32,
    },
}

/// One borrowed column.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    /// How the numbers are meant.
    pub kind: ColumnKind,
    /// One value per row.
    pub values: &'a [f64],
}

impl<'a> Column<'a> {
    /// A column of ordered values.
    pub fn numeric(values: &'a [f64]) -> Self {
        Self {
            kind: ColumnKind::Numeric,
            values,
        }
    }

    /// A column of codes `0..levels`.
    pub fn categorical(values: &'a [f64], levels: u32) -> Self {
        Self {
            kind: ColumnKind::Categorical { levels },
            values,
        }
    }
}

/// A table of equally long columns, at least one column and one row.
///
/// ```
/// use trees::{Column, Features};
/// let age = [31.0, f64::NAN, 58.0];
/// let town = [0.0, 2.0, 1.0];
/// let table = Features::new(vec![Column::numeric(&age), Column::categorical(&town, 3)])?;
/// assert_eq!((table.rows(), table.columns().len()), (3, 2));
/// # Ok::<(), trees::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Features<'a> {
    columns: Vec<Column<'a>>,
    rows: usize,
}

impl<'a> Features<'a> {
    /// Checks that there are columns, rows, and equal lengths.
    pub fn new(columns: Vec<Column<'a>>) -> Result<Self, Error> {
        let rows = columns.first().ok_or(Error::Empty("columns"))?.values.len();
        if rows == 0 {
            return Err(Error::Empty("rows"));
        }
        for (index, column) in columns.iter().enumerate() {
            Error::same_length(format!("column {index}"), rows, column.values.len())?;
        }
        Ok(Self { columns, rows })
    }

    /// Number of rows, at least one.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The columns, at least one.
    pub fn columns(&self) -> &[Column<'a>] {
        &self.columns
    }
}
