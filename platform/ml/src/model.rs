//! Fitted models: our own structs, serialised as they stand.
//!
//! Stored artefacts must load for ever. Variants of [`FittedModel`] and fields of its structs are
//! therefore never reordered, changed or removed; a new form is a new variant at the end.

use crate::algorithms::baseline::Constant;
use crate::algorithms::grown::{Encoded, Grown};
use crate::algorithms::kernel_ridge::KernelSums;
use crate::algorithms::knn::Neighbours;
use crate::algorithms::linear::Linear;
use crate::algorithms::mlp::{Mlp, Network};
use crate::features::{Features, Predictions};
use serde::{Deserialize, Serialize};

/// A fitted model of any algorithm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum FittedModel {
    /// The same answer for every row.
    Baseline(Constant),
    /// A weighted sum of the features.
    Linear(Linear),
    /// The answers of the nearest training rows.
    Neighbours(Neighbours),
    /// Boosted trees or a forest.
    Trees(Grown),
    /// A multilayer perceptron.
    Mlp(Mlp),
    /// A neural network with bins.
    Network(Network),
    /// A weighted sum of how alike a row is to each training row.
    Kernel(KernelSums),
    /// Trees behind a target encoder.
    Encoded(Encoded),
}

/// Features that a model was not made for, or a stored model that is none.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum ModelError {
    /// Another number of columns than in training.
    #[error("the model was fitted on {expected} columns and is asked about {found}")]
    Columns {
        /// Columns in training.
        expected: usize,
        /// Columns now.
        found: usize,
    },
    /// A column that is not as long as the others.
    #[error("the column {column} has another length than the others")]
    Ragged {
        /// The column, from 0.
        column: usize,
    },
    /// An output buffer of another size.
    #[error("the output has room for {found} numbers where {expected} are needed")]
    Output {
        /// Numbers needed.
        expected: usize,
        /// Numbers that fit.
        found: usize,
    },
    /// A stored model whose parts do not fit together.
    #[error("not a valid model: {0}")]
    Corrupt(&'static str),
}

impl ModelError {
    pub(crate) fn unless(holds: bool, reason: &'static str) -> Result<(), Self> {
        if holds {
            Ok(())
        } else {
            Err(Self::Corrupt(reason))
        }
    }
}

/// What every fitted struct can do; `FittedModel` forwards to it.
pub(crate) trait Model {
    /// Numbers a row.
    fn outputs(&self) -> usize;
    /// Columns it was fitted on; `None` takes any.
    fn columns(&self) -> Option<usize>;
    /// Writes the answers row after row; `out` has room for exactly them, and the columns are as
    /// many and as long as they should be.
    fn predict_into(&self, features: &Features, out: &mut [f64]);
    /// About how long the answer for one row takes a core: counted and not measured, so that equal
    /// models say the same everywhere.
    fn row_nanoseconds(&self) -> f64;
    /// Checks that all parts fit together; what passes can predict without panicking.
    fn validate(&self) -> Result<(), ModelError>;
}

impl FittedModel {
    fn inner(&self) -> &dyn Model {
        match self {
            Self::Baseline(model) => model,
            Self::Linear(model) => model,
            Self::Neighbours(model) => model,
            Self::Trees(model) => model,
            Self::Mlp(model) => model,
            Self::Network(model) => model,
            Self::Kernel(model) => model,
            Self::Encoded(model) => model,
        }
    }

    /// Numbers a row: one a class, or one.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.inner().outputs()
    }

    /// Columns that it needs; `None` takes any.
    #[must_use]
    pub fn columns(&self) -> Option<usize> {
        self.inner().columns()
    }

    /// About how long the answer for one row takes a core: counted and not measured, so that equal
    /// models say the same everywhere.
    #[must_use]
    pub fn row_nanoseconds(&self) -> f64 {
        self.inner().row_nanoseconds()
    }

    /// The answers for these rows. Features of another shape give NaN everywhere, which no metric
    /// accepts; [`FittedModel::predict_into`] says what is wrong.
    #[must_use]
    pub fn predict(&self, features: &Features) -> Predictions {
        let mut predictions = Predictions::zeros(features.rows(), self.outputs());
        if self
            .predict_into(features, &mut predictions.values)
            .is_err()
        {
            predictions.values.fill(f64::NAN);
        }
        predictions
    }

    /// Writes the answers for these rows, row after row.
    pub fn predict_into(&self, features: &Features, out: &mut [f64]) -> Result<(), ModelError> {
        let (expected, found) = (self.columns(), features.cols());
        if let Some(expected) = expected.filter(|expected| *expected != found) {
            return Err(ModelError::Columns { expected, found });
        }
        let wrong = |column: &Vec<f64>| column.len() != features.rows();
        if let Some(column) = features.columns.iter().position(wrong) {
            return Err(ModelError::Ragged { column });
        }
        let (expected, found) = (features.rows() * self.outputs(), out.len());
        if expected != found {
            return Err(ModelError::Output { expected, found });
        }
        self.inner().predict_into(features, out);
        Ok(())
    }

    /// Checks a model that comes from outside.
    pub(crate) fn validate(&self) -> Result<(), ModelError> {
        ModelError::unless(self.outputs() > 0, "no outputs")?;
        self.inner().validate()
    }
}
