//! What was found in a dataset.

use crate::task::Task;
use crate::{Message, text_enum};
use serde::{Deserialize, Serialize};

text_enum!(
    /// What a column's values are.
    ColumnKind {
        /// Numbers.
        Numeric = "numeric",
        /// One of a number of levels.
        Categorical = "categorical",
        /// Two words that mean yes and no.
        Boolean = "boolean",
        /// Days or moments.
        Datetime = "datetime",
        /// Free words.
        Text = "text",
        /// A number or a word of each row's own, which says nothing about other rows.
        Id = "id",
    }
);

/// Counts of values between edges.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// `counts.len() + 1` ascending edges; the last bin includes its right edge.
    pub edges: Vec<f64>,
    /// How many values lie in each bin.
    pub counts: Vec<u64>,
}

/// Quantiles of a numeric column (linear interpolation, as NumPy's default).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quantiles {
    /// 5 %.
    pub p05: f64,
    /// 25 %.
    pub p25: f64,
    /// The median.
    pub p50: f64,
    /// 75 %.
    pub p75: f64,
    /// 95 %.
    pub p95: f64,
}

/// A frequent value and how often it occurs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TopValue {
    /// The value as the file writes it, trimmed.
    pub value: String,
    /// Rows with it.
    pub count: u64,
}

/// What was found in one column. Numbers stand only where the kind has them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnProfile {
    /// The column's name, trimmed and unique in the table.
    pub name: String,
    /// What its values are.
    pub kind: ColumnKind,
    /// Rows without a value.
    pub missing: u64,
    /// Different values among the rest.
    pub unique: u64,
    /// Smallest value.
    pub min: Option<f64>,
    /// Largest value.
    pub max: Option<f64>,
    /// Mean.
    pub mean: Option<f64>,
    /// Standard deviation (n − 1).
    pub std: Option<f64>,
    /// Quantiles.
    pub quantiles: Option<Quantiles>,
    /// The most frequent values, most frequent first; at most 20.
    pub top: Vec<TopValue>,
    /// How the numbers are spread.
    pub histogram: Option<Histogram>,
    /// How the values are written: needed to read the next file the same way.
    pub parsing: Parsing,
    /// What a person should know before training.
    pub warnings: Vec<Message>,
}

/// How a column's text becomes values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parsing {
    /// `3,14` is a number.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub decimal_comma: bool,
    /// Words that stand for "no value" in this column beyond the empty cell, as written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_words: Vec<String>,
    /// For booleans: the word that means yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub true_word: Option<String>,
    /// For days and moments: which of `ymd`, `dmy`, `mdy` is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_order: Option<String>,
}

/// What was found in a dataset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Data rows.
    pub rows: u64,
    /// One description a column, in the file's order.
    pub columns: Vec<ColumnProfile>,
    /// What a person should know about the table as a whole.
    pub warnings: Vec<Message>,
    /// The column that looks most like a target, if one does.
    pub suggested_target: Option<String>,
    /// The task that goes with it.
    pub suggested_task: Option<Task>,
}

impl Profile {
    /// The column called `name`.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&ColumnProfile> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl ColumnProfile {
    /// Whether no two of so many `rows` have the same value, and there are enough of them to say so.
    #[must_use]
    pub fn is_all_different(&self, rows: u64) -> bool {
        const ENOUGH: u64 = 20;
        let present = rows.saturating_sub(self.missing);
        present >= ENOUGH && self.unique == present
    }

    /// The task that this column asks for as a target: words and booleans are classes, two
    /// values are classes, integers with at most ten values are classes, all else is a number.
    #[must_use]
    pub fn task(&self) -> Task {
        let whole = self.kind == ColumnKind::Numeric
            && self
                .top
                .iter()
                .all(|t| t.value.parse::<f64>().is_ok_and(|v| v.fract() == 0.0));
        match (self.kind, self.unique) {
            (_, 2) => Task::Binary,
            (ColumnKind::Numeric, levels) if !whole || levels > 10 => Task::Regression,
            _ => Task::Multiclass,
        }
    }
}
