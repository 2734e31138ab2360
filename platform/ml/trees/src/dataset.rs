//! Binned rows with their targets and weights.

use crate::binning::BinnedMatrix;
use crate::error::Error;

/// What a fit learns from, or validates on.
///
/// ```
/// use trees::{BinnedMatrix, BinningParams, Column, Dataset, Features, Threads};
/// let x = [1.0, 2.0, 3.0];
/// let table = Features::new(vec![Column::numeric(&x)])?;
/// let matrix = BinnedMatrix::fit(&table, &BinningParams::default(), &Threads::single())?;
/// let data = Dataset::new(&matrix, &[0.0, 1.0, 1.0])?.with_weights(&[1.0, 2.0, 0.0])?;
/// assert_eq!(data.rows(), 3);
/// # Ok::<(), trees::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Dataset<'a> {
    pub(crate) matrix: &'a BinnedMatrix,
    pub(crate) target: &'a [f64],
    pub(crate) weights: Option<&'a [f64]>,
}

impl<'a> Dataset<'a> {
    /// Targets must be finite and no larger than 10¹⁵⁰ in size, so that squares stay numbers.
    pub fn new(matrix: &'a BinnedMatrix, target: &'a [f64]) -> Result<Self, Error> {
        Error::same_length("the target", matrix.rows(), target.len())?;
        if let Some(row) = target.iter().position(|y| y.is_nan() || y.abs() > 1e150) {
            return Err(Error::Target {
                row,
                value: target[row],
                allowed: "a finite number of ordinary size".into(),
            });
        }
        Ok(Self {
            matrix,
            target,
            weights: None,
        })
    }

    /// Weights multiply a row's loss: finite, not negative, not all zero. A row of weight zero is
    /// left out. Class weights are sample weights.
    pub fn with_weights(self, weights: &'a [f64]) -> Result<Self, Error> {
        Error::same_length("the weights", self.rows(), weights.len())?;
        let wrong = |w: &f64| !w.is_finite() || *w < 0.0;
        if let Some(row) = weights.iter().position(wrong) {
            return Err(Error::Weight {
                row,
                value: weights[row],
            });
        }
        if weights.iter().all(|&w| w == 0.0) {
            return Err(Error::NoWeight);
        }
        Ok(Self {
            weights: Some(weights),
            ..self
        })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.target.len()
    }

    pub(crate) fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    /// Number of rows of positive weight.
    pub(crate) fn counted_rows(&self) -> usize {
        (0..self.rows())
            .filter(|&row| self.weight(row) > 0.0)
            .count()
    }

    /// Rows of positive weight; `None` when those are all.
    pub(crate) fn weighted_rows(&self) -> Option<Vec<u32>> {
        let weights = self.weights.filter(|weights| weights.contains(&0.0))?;
        Some(
            (0..self.rows() as u32)
                .filter(|&row| weights[row as usize] > 0.0)
                .collect(),
        )
    }

    /// Whether all rows that count have the same target.
    pub(crate) fn is_constant(&self) -> bool {
        let mut targets = (0..self.rows())
            .filter(|&row| self.weight(row) > 0.0)
            .map(|row| self.target[row]);
        let first = targets.next();
        targets.all(|y| Some(y) == first)
    }

    /// Weighted mean of the targets.
    pub(crate) fn mean(&self) -> f64 {
        let mut sum = (0.0, 0.0);
        for row in 0..self.rows() {
            sum.0 += self.weight(row) * self.target[row];
            sum.1 += self.weight(row);
        }
        sum.0 / sum.1
    }
}
