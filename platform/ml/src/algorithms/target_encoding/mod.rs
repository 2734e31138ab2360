//! Target encoding: in place of a level stands what the training rows with it say of the target
//! (Micci-Barreca 2001; the formula and the folds are scikit-learn's `TargetEncoder`).
//!
//! A row that is learned from is encoded by the rows of the other folds only, so that no cell tells
//! the row's own target. Rows that are predicted are encoded by all training rows.

use super::grown::Columns;
use crate::features::{FeatureKind, Features, Target};
use crate::model::ModelError;
use crate::split::folds;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Parts that the training rows are cut into.
const FOLDS: u32 = 5;

/// What each level of each categorical column says of the target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetEncoder {
    /// One a column of the features; `None` for numbers, which stay as they are. Encodings stand level
    /// after level, [`Self::outputs`] of each; the last is of rows where the level is missing.
    levels: Vec<Option<Vec<f64>>>,
    /// What levels say that no training row had: the same as all rows together. One number for two
    /// classes and for numbers, else one a class.
    rest: Vec<f64>,
}

/// The rows to learn from, as numbers.
pub(super) struct Taught<'a> {
    pub x: &'a Features,
    pub y: &'a Target,
    /// Target values where they are numbers, in the unit that the trees use.
    pub values: &'a [f64],
    pub weights: Option<&'a [f64]>,
    /// Rows' worth of the overall mean that is mixed into each level.
    pub smooth: f64,
}

impl TargetEncoder {
    /// Numbers that a categorical column becomes.
    pub(super) fn outputs(&self) -> usize {
        self.rest.len()
    }

    /// Columns that it takes.
    pub(super) fn columns(&self) -> usize {
        self.levels.len()
    }

    /// Columns that it gives.
    pub(super) fn encoded_columns(&self) -> usize {
        let widths = self.levels.iter().map(|levels| match levels {
            Some(_) => self.outputs(),
            None => 1,
        });
        widths.sum()
    }

    /// Learns from all rows, and encodes each of them by the rows of other folds. Takes O(rows ×
    /// categorical columns × outputs).
    pub(super) fn fit_transform<'a>(taught: &Taught<'a>, seed: u64) -> (Self, Columns<'a>) {
        let fold_of = folds(taught.y, FOLDS, seed);
        let rows = Sums::new(taught, &fold_of, None);
        let rest = rows.means(&rows.all(), 0.0, &[]);
        let mut columns = Columns::default();
        let mut levels = Vec::with_capacity(taught.x.cols());
        for (column, kind) in taught.x.columns.iter().zip(&taught.x.kinds) {
            let FeatureKind::Categorical { levels: count } = *kind else {
                columns.push(Cow::Borrowed(column), *kind);
                levels.push(None);
                continue;
            };
            let sums = Sums::new(taught, &fold_of, Some((column, count)));
            let by_fold = (0..FOLDS as usize).map(|fold| {
                let rest = rows.means(&rows.without(fold), 0.0, &rest);
                (sums.means(&sums.without(fold), taught.smooth, &rest), rest)
            });
            let by_fold: Vec<(Vec<f64>, Vec<f64>)> = by_fold.collect();
            let width = rest.len();
            for output in 0..width {
                let cells = column.iter().zip(&fold_of);
                let cells = cells.map(|(code, fold)| {
                    let (levels, rest) = &by_fold[*fold as usize];
                    cell(*code, count, levels, rest, output)
                });
                columns.push(Cow::Owned(cells.collect()), FeatureKind::Numeric);
            }
            levels.push(Some(sums.means(&sums.all(), taught.smooth, &rest)));
        }
        (Self { levels, rest }, columns)
    }

    /// Rows that were not learned from, encoded.
    pub(super) fn transform<'f>(&self, features: &'f Features) -> Columns<'f> {
        let mut columns = Columns::default();
        for (column, levels) in features.columns.iter().zip(&self.levels) {
            let Some(levels) = levels else {
                columns.push(Cow::Borrowed(column), FeatureKind::Numeric);
                continue;
            };
            let width = self.outputs();
            let count = (levels.len() / width - 1) as u32;
            for output in 0..width {
                let cells = column.iter();
                let cells = cells.map(|code| cell(*code, count, levels, &self.rest, output));
                columns.push(Cow::Owned(cells.collect()), FeatureKind::Numeric);
            }
        }
        columns
    }

    /// Checks an encoder that comes from outside.
    pub(super) fn validate(&self) -> Result<(), ModelError> {
        let width = self.outputs();
        ModelError::unless(width > 0, "an encoder without outputs")?;
        for levels in self.levels.iter().flatten() {
            let whole = !levels.is_empty() && levels.len().is_multiple_of(width);
            ModelError::unless(whole, "an encoder that lacks levels")?;
        }
        let mut numbers = self.levels.iter().flatten().flatten().chain(&self.rest);
        let finite = numbers.all(|number| number.is_finite());
        ModelError::unless(finite, "an encoder with a number that is none")
    }
}

/// What a level says: by its own numbers, or by those of all rows where it has none.
fn cell(code: f64, count: u32, levels: &[f64], rest: &[f64], output: usize) -> f64 {
    place(code, count).map_or(rest[output], |place| levels[place * rest.len() + output])
}

/// Where a level's numbers stand; missing ones are the last. None is of a level beyond those that the
/// recipe knows.
fn place(code: f64, levels: u32) -> Option<usize> {
    if (0.0..f64::from(levels)).contains(&code) {
        Some(code as usize)
    } else {
        code.is_nan().then_some(levels as usize)
    }
}

/// Sums over the rows of each level in each fold: the weights, then what each output adds up to.
struct Sums {
    /// Numbers a level.
    width: usize,
    folds: Vec<Vec<f64>>,
}

impl Sums {
    /// By the levels of a column, or of all rows as if they had one level.
    fn new(taught: &Taught<'_>, fold_of: &[u32], column: Option<(&[f64], u32)>) -> Self {
        let outputs = match taught.y {
            Target::Classes { count, .. } if *count > 2 => *count,
            _ => 1,
        };
        let width = 1 + outputs;
        let levels = column.map_or(1, |(_, levels)| levels as usize + 1);
        let mut folds = vec![vec![0.0; levels * width]; FOLDS as usize];
        for (row, fold) in fold_of.iter().enumerate() {
            let weight = taught.weights.map_or(1.0, |weights| weights[row]);
            let level = column.map_or(Some(0), |(codes, levels)| place(codes[row], levels));
            let Some(level) = level else { continue };
            let sums = &mut folds[*fold as usize][level * width..][..width];
            sums[0] += weight;
            match taught.y {
                Target::Classes { codes, .. } if outputs > 1 => {
                    sums[1 + codes[row] as usize] += weight;
                }
                _ => sums[1] += weight * taught.values[row],
            }
        }
        Self { width, folds }
    }

    /// What all folds but this one add up to.
    fn without(&self, fold: usize) -> Vec<f64> {
        let mut sums = vec![0.0; self.folds[0].len()];
        let others = self.folds.iter().enumerate();
        for (_, other) in others.filter(|(place, _)| *place != fold) {
            let pairs = sums.iter_mut().zip(other);
            pairs.for_each(|(sum, part)| *sum += part);
        }
        sums
    }

    fn all(&self) -> Vec<f64> {
        self.without(self.folds.len())
    }

    /// The mean of each level of such sums, with `smooth` rows of `rest` in it; `rest` itself where
    /// there are no rows at all, and 0 where that is not known either.
    fn means(&self, sums: &[f64], smooth: f64, rest: &[f64]) -> Vec<f64> {
        let mut means = Vec::with_capacity(sums.len());
        for level in sums.chunks_exact(self.width) {
            let weight = level[0] + smooth;
            means.extend(level[1..].iter().enumerate().map(|(output, sum)| {
                let rest = rest.get(output).copied().unwrap_or(0.0);
                match weight > 0.0 {
                    true => (sum + smooth * rest) / weight,
                    false => rest,
                }
            }));
        }
        means
    }
}

#[cfg(test)]
mod tests;
