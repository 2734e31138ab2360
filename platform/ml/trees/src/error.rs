//! What can go wrong, in words a user can act on.

use std::fmt::Display;

/// A parameter outside its domain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} = {value} is not possible: it must be {allowed}")]
pub struct ParamError {
    /// The field's name, as written in the params struct.
    pub field: &'static str,
    /// The value found.
    pub value: String,
    /// What would be accepted.
    pub allowed: &'static str,
}

impl ParamError {
    /// `Ok` when `holds`, else the error; keeps every `validate` one line per rule.
    pub(crate) fn unless(
        holds: bool,
        field: &'static str,
        value: impl Display,
        allowed: &'static str,
    ) -> Result<(), Self> {
        if holds {
            return Ok(());
        }
        Err(Self {
            field,
            value: value.to_string(),
            allowed,
        })
    }
}

/// Everything `trees` refuses.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A parameter outside its domain.
    #[error(transparent)]
    Param(#[from] ParamError),
    /// A table without columns or without rows.
    #[error("the table has no {0}")]
    Empty(&'static str),
    /// More rows than a row index with exact counts can hold.
    #[error("{rows} rows are more than the {limit} one model can learn from")]
    TooManyRows {
        /// Rows given.
        rows: usize,
        /// Rows accepted.
        limit: usize,
    },
    /// Two things that must be equally long are not.
    #[error("{what} has {found} entries where {expected} are needed")]
    Length {
        /// What was measured: a column, the target, the output buffer.
        what: String,
        /// Entries needed.
        expected: usize,
        /// Entries found.
        found: usize,
    },
    /// A column that is numeric where a categorical one was learned, or the reverse.
    #[error("column {column} is not of the kind its bins were made for")]
    ColumnKind {
        /// The first such column.
        column: usize,
    },
    /// A target value the loss is not defined for.
    #[error("target {value} in row {row} is not possible: it must be {allowed}")]
    Target {
        /// The first such row.
        row: usize,
        /// Its value.
        value: f64,
        /// What the loss accepts.
        allowed: String,
    },
    /// A negative, infinite or missing weight.
    #[error("weight {value} in row {row} is not possible: it must be finite and not negative")]
    Weight {
        /// The first such row.
        row: usize,
        /// Its value.
        value: f64,
    },
    /// Nothing to learn from: all weights are zero.
    #[error("all sample weights are zero")]
    NoWeight,
    /// Rows binned by another binner than the training rows.
    #[error("the validation rows were not binned with the training rows' thresholds")]
    OtherBinner,
    /// A checkpoint that cannot be continued on these data with these params.
    #[error("cannot continue the given model: {0}")]
    Resume(String),
    /// The loss left the range of numbers.
    #[error("training diverged in round {round}: gradients are no longer finite")]
    Diverged {
        /// The round, counted from zero.
        round: usize,
    },
    /// A stored model whose parts do not fit together.
    #[error("not a valid tree ensemble: {0}")]
    Corrupt(&'static str),
    /// The operating system gave no threads.
    #[error("cannot start worker threads")]
    Threads(#[source] rayon::ThreadPoolBuildError),
}

/// Whose fault an [`Error`] is; callers map it to a status or to a retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The parameters must change.
    Params,
    /// The data must change.
    Data,
    /// The stored model cannot be used.
    Model,
    /// The machine failed; the same call may succeed later.
    Machine,
}

impl Error {
    /// The group this error belongs to.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Param(_) => ErrorKind::Params,
            Self::Resume(_) | Self::Corrupt(_) => ErrorKind::Model,
            Self::Threads(_) => ErrorKind::Machine,
            _ => ErrorKind::Data,
        }
    }

    /// `Ok` when `found == expected`.
    pub(crate) fn same_length(
        what: impl Into<String>,
        expected: usize,
        found: usize,
    ) -> Result<(), Self> {
        if expected == found {
            return Ok(());
        }
        Err(Self::Length {
            what: what.into(),
            expected,
            found,
        })
    }
}
