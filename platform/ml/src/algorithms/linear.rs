//! The fitted form of every linear model.

use crate::features::Features;
use crate::model::{Model, ModelError};
use serde::{Deserialize, Serialize};

/// How weighted sums become answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Link {
    /// The sum is the value.
    Identity,
    /// One sum, the log-odds of class 1 against class 0.
    Logistic,
    /// One sum a class.
    Softmax,
}

/// Weighted sums of the features.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Linear {
    /// How sums become answers.
    pub link: Link,
    /// For every sum its constant.
    pub intercepts: Vec<f64>,
    /// Sum after sum, one weight a column.
    pub coefficients: Vec<f64>,
}

impl Linear {
    /// The weights of the features in one sum.
    fn weights(&self, sum: usize) -> &[f64] {
        let columns = self.coefficients.len() / self.intercepts.len();
        &self.coefficients[sum * columns..(sum + 1) * columns]
    }

    /// Where the sums stand in an answer until the link spreads them: a single one stands last.
    fn first_place(&self) -> usize {
        self.outputs() - self.intercepts.len()
    }

    /// Whether every sum is a number for any features up to `largest` in size: finite weights of
    /// a target near the largest number there is are not enough for that.
    pub(crate) fn is_finite(&self, largest: f64) -> bool {
        let mut sums = self.intercepts.iter().enumerate();
        sums.all(|(sum, intercept)| {
            let sizes = self.weights(sum).iter().map(|w| w.abs() * largest);
            (intercept.abs() + sizes.sum::<f64>()).is_finite()
        })
    }

    /// Writes the answer for one row of features.
    pub(crate) fn answer(&self, features: &[f64], out: &mut [f64]) {
        let first = self.first_place();
        for (sum, intercept) in self.intercepts.iter().enumerate() {
            let products = self.weights(sum).iter().zip(features);
            out[first + sum] = intercept + products.map(|(w, v)| w * v).sum::<f64>();
        }
        self.link.spread(out);
    }
}

impl Link {
    /// Turns the sums of a row into its answer, in place.
    fn spread(self, row: &mut [f64]) {
        match self {
            Self::Identity => {}
            Self::Logistic => {
                let (no, yes) = (logistic(-row[1]), logistic(row[1]));
                row.copy_from_slice(&[no, yes]);
            }
            Self::Softmax => softmax(row),
        }
    }
}

impl Model for Linear {
    fn outputs(&self) -> usize {
        match self.link {
            Link::Identity => 1,
            Link::Logistic => 2,
            Link::Softmax => self.intercepts.len(),
        }
    }

    fn columns(&self) -> Option<usize> {
        self.coefficients.len().checked_div(self.intercepts.len())
    }

    fn predict_into(&self, features: &Features, out: &mut [f64]) {
        let (outputs, first) = (self.outputs(), self.first_place());
        let mut sums = vec![0.0; features.rows()];
        for (sum, intercept) in self.intercepts.iter().enumerate() {
            sums.fill(*intercept);
            for (column, weight) in features.columns.iter().zip(self.weights(sum)) {
                if *weight != 0.0 {
                    sums.iter_mut()
                        .zip(column)
                        .for_each(|(s, v)| *s += weight * v);
                }
            }
            for (row, value) in out.chunks_exact_mut(outputs).zip(&sums) {
                row[first + sum] = *value;
            }
        }
        for row in out.chunks_exact_mut(outputs) {
            self.link.spread(row);
        }
    }

    fn row_nanoseconds(&self) -> f64 {
        self.coefficients.len() as f64
    }

    fn validate(&self) -> Result<(), ModelError> {
        let (sums, weights) = (self.intercepts.len(), self.coefficients.len());
        let single = self.link != Link::Softmax;
        let sums_fit = sums >= 1 && (!single || sums == 1) && (single || sums >= 2);
        ModelError::unless(sums_fit, "a linear model with another number of sums")?;
        let whole = weights >= sums && weights.is_multiple_of(sums);
        ModelError::unless(whole, "a linear model with another number of weights")?;
        let mut all = self.intercepts.iter().chain(&self.coefficients);
        ModelError::unless(all.all(|v| v.is_finite()), "a weight that is no number")
    }
}

/// 1 / (1 + e⁻ᵗ), without overflow.
pub(crate) fn logistic(t: f64) -> f64 {
    1.0 / (1.0 + (-t).exp())
}

/// Turns log-odds into probabilities, in place.
pub(crate) fn softmax(row: &mut [f64]) {
    let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    row.iter_mut().for_each(|v| *v = (*v - largest).exp());
    let sum: f64 = row.iter().sum();
    row.iter_mut().for_each(|v| *v /= sum);
}
