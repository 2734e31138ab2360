//! What an algorithm sees: numbers in columns, a target, and what it answers.

use crate::table::take;
use serde::{Deserialize, Serialize};

/// How the numbers of a feature are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FeatureKind {
    /// Ordered values; NaN is missing.
    Numeric,
    /// Codes `0..levels` without order; NaN is missing.
    Categorical {
        /// Number of codes.
        levels: u32,
    },
}

/// A matrix of features, stored by column.
///
/// ```
/// use ml::features::{FeatureKind, Features};
/// let x = Features::new(vec!["a".into()], vec![FeatureKind::Numeric], vec![vec![1.0, 2.0]]);
/// assert_eq!((x.rows(), x.cols()), (2, 1));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Features {
    /// One name a column.
    pub names: Vec<String>,
    /// One kind a column.
    pub kinds: Vec<FeatureKind>,
    /// The values: one inner vector a column, one value a row.
    pub columns: Vec<Vec<f64>>,
    rows: usize,
}

impl Features {
    /// A matrix of these columns; the first one says how many rows there are.
    #[must_use]
    pub fn new(names: Vec<String>, kinds: Vec<FeatureKind>, columns: Vec<Vec<f64>>) -> Self {
        let rows = columns.first().map_or(0, Vec::len);
        Self {
            names,
            kinds,
            columns,
            rows,
        }
    }

    /// Numeric columns named `x0`, `x1`, ….
    #[must_use]
    pub fn numeric(columns: Vec<Vec<f64>>) -> Self {
        let names = (0..columns.len()).map(|i| format!("x{i}")).collect();
        let kinds = vec![FeatureKind::Numeric; columns.len()];
        Self::new(names, kinds, columns)
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    #[must_use]
    pub fn cols(&self) -> usize {
        self.columns.len()
    }

    /// These rows, in this order.
    ///
    /// # Panics
    /// When an index is not below [`Features::rows`], as slices do.
    #[must_use]
    pub fn take(&self, rows: &[u32]) -> Self {
        Self {
            names: self.names.clone(),
            kinds: self.kinds.clone(),
            columns: self.columns.iter().map(|c| take(c, rows)).collect(),
            rows: rows.len(),
        }
    }
}

/// What is to be predicted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Target {
    /// Classes.
    Classes {
        /// The class of each row, below `count`.
        codes: Vec<u32>,
        /// Number of classes, whether or not each occurs here.
        count: usize,
    },
    /// Numbers.
    Values(Vec<f64>),
}

impl Target {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Classes { codes, .. } => codes.len(),
            Self::Values(values) => values.len(),
        }
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Numbers that a prediction for one row consists of: one a class, or one.
    #[must_use]
    pub fn outputs(&self) -> usize {
        match self {
            Self::Classes { count, .. } => *count,
            Self::Values(_) => 1,
        }
    }

    /// These rows, in this order.
    ///
    /// # Panics
    /// When an index is not below [`Target::len`], as slices do.
    #[must_use]
    pub fn take(&self, rows: &[u32]) -> Self {
        match self {
            Self::Classes { codes, count } => Self::Classes {
                codes: take(codes, rows),
                count: *count,
            },
            Self::Values(values) => Self::Values(take(values, rows)),
        }
    }

    /// Whether some row has each class; nothing where the target is a number.
    fn seen(&self) -> Vec<bool> {
        let Self::Classes { codes, count } = self else {
            return Vec::new();
        };
        let mut seen = vec![false; *count];
        codes.iter().for_each(|code| seen[*code as usize] = true);
        seen
    }
}

/// Answers for a number of rows: for classes the probability of every class (two for a binary
/// task), summing to one in each row; for numbers one value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Predictions {
    /// Numbers a row.
    pub outputs: usize,
    /// Row after row.
    pub values: Vec<f64>,
}

impl Predictions {
    /// Answers for `rows` rows, all zero.
    #[must_use]
    pub fn zeros(rows: usize, outputs: usize) -> Self {
        Self {
            outputs,
            values: vec![0.0; rows * outputs],
        }
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.values.len() / self.outputs.max(1)
    }

    /// The answer for one row.
    ///
    /// # Panics
    /// When there is no such row, as slices do.
    #[must_use]
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.outputs..(row + 1) * self.outputs]
    }

    /// The answers for these rows, in this order.
    ///
    /// # Panics
    /// When there is no such row, as slices do.
    #[must_use]
    pub fn take(&self, rows: &[u32]) -> Self {
        let values = rows.iter().flat_map(|row| self.row(*row as usize));
        Self {
            outputs: self.outputs,
            values: values.copied().collect(),
        }
    }

    /// The most probable class of every row; the first of equals.
    #[must_use]
    pub fn classes(&self) -> Vec<u32> {
        (0..self.rows()).map(|row| argmax(self.row(row))).collect()
    }

    /// One output of every row.
    #[must_use]
    pub fn output(&self, output: usize) -> Vec<f64> {
        let rows = self.values.chunks_exact(self.outputs.max(1));
        rows.filter_map(|row| row.get(output).copied()).collect()
    }

    /// What a model says that learned from `learned`, when it may not take classes that it never saw
    /// for impossible: each of them gets half a row's share of the rows, and the others share the rest
    /// as before. Where every class was seen nothing changes.
    pub fn allow_unseen(&mut self, learned: &Target) {
        let seen = learned.seen();
        let count = seen.iter().filter(|seen| **seen).count();
        if count == 0 || count == seen.len() || seen.len() != self.outputs {
            return;
        }
        let unseen = (seen.len() - count) as f64;
        // Where more classes are unseen than rows are seen, they share a half.
        let share = (0.5 / (learned.len() as f64 + 1.0)).min(0.5 / unseen);
        let rest = 1.0 - share * unseen;
        for row in self.values.chunks_exact_mut(self.outputs) {
            let known = row.iter().zip(&seen).filter(|(_, seen)| **seen);
            let sum: f64 = known.map(|(value, _)| value).sum();
            for (value, seen) in row.iter_mut().zip(&seen) {
                *value = match seen {
                    false => share,
                    true if sum > 0.0 => *value / sum * rest,
                    true => rest / count as f64,
                };
            }
        }
    }

    /// Adds `weight` times `other`, for the mean of several models.
    pub fn add(&mut self, other: &Self, weight: f64) {
        for (sum, value) in self.values.iter_mut().zip(&other.values) {
            *sum += weight * value;
        }
    }
}

/// The place of the largest value; the first of equals.
pub(crate) fn argmax(values: &[f64]) -> u32 {
    let mut best = 0;
    for (index, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = index;
        }
    }
    best as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_the_first_largest() {
        let predictions = Predictions {
            outputs: 2,
            values: vec![0.5, 0.5, 0.1, 0.9],
        };
        assert_eq!(predictions.classes(), [0, 1]);
        assert_eq!(predictions.output(1), [0.5, 0.9]);
    }

    #[test]
    fn classes_never_seen_are_improbable_and_not_impossible() {
        let learned = Target::Classes {
            codes: vec![0, 2, 0, 2],
            count: 3,
        };
        let mut predictions = Predictions {
            outputs: 3,
            values: vec![0.25, 0.0, 0.75, 0.5, 0.5, 0.0, 0.0, 1.0, 0.0],
        };
        predictions.allow_unseen(&learned);
        // Half a row of four and one: 0.1.
        let expected = [0.225, 0.1, 0.675, 0.9, 0.1, 0.0, 0.45, 0.1, 0.45];
        for (value, expected) in predictions.values.iter().zip(expected) {
            assert!((value - expected).abs() < 1e-12, "{:?}", predictions.values);
        }
    }

    #[test]
    fn many_classes_never_seen_leave_half_to_the_others() {
        let learned = Target::Classes {
            codes: vec![0],
            count: 101,
        };
        let mut predictions = Predictions::zeros(1, 101);
        predictions.values[0] = 1.0;
        predictions.allow_unseen(&learned);
        assert!((predictions.values[0] - 0.5).abs() < 1e-12);
        assert!((predictions.values[7] - 0.005).abs() < 1e-12);
    }

    #[test]
    fn where_every_class_was_seen_nothing_changes() {
        let learned = Target::Classes {
            codes: vec![1, 0],
            count: 2,
        };
        let mut predictions = Predictions {
            outputs: 2,
            values: vec![0.0, 1.0],
        };
        predictions.allow_unseen(&learned);
        assert_eq!(predictions.values, [0.0, 1.0]);
    }
}
