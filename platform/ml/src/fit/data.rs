//! What is learned from, and the checks on it.

use super::FitError;
use crate::features::{FeatureKind, Features, Target};
use crate::recipe::View;
use crate::registry::Algorithm;
use domain::task::Task;

/// Rows to learn from.
#[derive(Clone, Copy, Debug)]
pub struct FitData<'a> {
    /// Features and target of the training rows.
    pub train: (&'a Features, &'a Target),
    /// Rows to watch, for early stopping; nothing is learned from them.
    pub valid: Option<(&'a Features, &'a Target)>,
    /// The part of each watched row. Whoever scores a model on the rows that it watched gives them: then
    /// [`super::Fit::watched`] says what a fit that chooses its rounds says of each part at the rounds
    /// that are best for the others.
    pub parts: Option<&'a [u32]>,
    /// The weight of each training row.
    pub weights: Option<&'a [f64]>,
}

impl<'a> FitData<'a> {
    /// Training rows alone.
    #[must_use]
    pub fn new(features: &'a Features, target: &'a Target) -> Self {
        Self {
            train: (features, target),
            valid: None,
            parts: None,
            weights: None,
        }
    }

    pub(crate) fn check(&self, algorithm: &Algorithm) -> Result<(), FitError> {
        let (x, y) = self.train;
        check_rows("training", x, y, algorithm.view)?;
        let task = match y {
            Target::Values(_) => Task::Regression,
            Target::Classes { count: 2, .. } => Task::Binary,
            Target::Classes { .. } => Task::Multiclass,
        };
        if !algorithm.tasks.contains(&task) {
            let reason = format!("{} does not learn {task} targets", algorithm.name);
            return Err(FitError::Data { reason });
        }
        if let Some((valid_x, valid_y)) = self.valid {
            check_rows("validation", valid_x, valid_y, algorithm.view)?;
            let same = valid_x.kinds == x.kinds
                && std::mem::discriminant(y) == std::mem::discriminant(valid_y)
                && valid_y.outputs() == y.outputs();
            FitError::unless(same, || {
                "validation and training rows differ in their columns or classes".into()
            })?;
        }
        if let Some(parts) = self.parts {
            let (found, rows) = (parts.len(), self.valid.map_or(0, |(x, _)| x.rows()));
            FitError::unless(found == rows, || {
                format!("{found} parts were given for {rows} validation rows")
            })?;
        }
        self.check_weights(algorithm)
    }

    fn check_weights(&self, algorithm: &Algorithm) -> Result<(), FitError> {
        let Some(weights) = self.weights else {
            return Ok(());
        };
        let (found, rows) = (weights.len(), self.train.0.rows());
        FitError::unless(found == rows, || {
            format!("{found} weights were given for {rows} rows")
        })?;
        FitError::unless(algorithm.weights, || {
            format!("{} does not take row weights", algorithm.name)
        })?;
        let wrong = weights.iter().position(|w| !w.is_finite() || *w < 0.0);
        if let Some(row) = wrong {
            let weight = weights[row];
            let reason = format!("the weight {weight} of row {row} is negative or no number");
            return Err(FitError::Data { reason });
        }
        let sum: f64 = weights.iter().sum();
        FitError::unless(sum > 0.0, || "all row weights are zero".into())
    }
}

/// Dense values lie within a hundred deviations (`recipe` sees to it). Far larger ones would take
/// libraries and 32-bit floats out of their range; one line search never comes back from there.
pub(crate) const MAX_DENSE: f64 = 1e6;

fn check_rows(what: &str, x: &Features, y: &Target, view: View) -> Result<(), FitError> {
    FitError::unless(x.rows() > 0, || format!("there are no {what} rows"))?;
    FitError::unless(x.cols() > 0, || format!("the {what} rows have no columns"))?;
    FitError::unless(x.rows() == y.len(), || {
        format!("{} {what} rows have {} targets", x.rows(), y.len())
    })?;
    FitError::unless(
        x.kinds.len() == x.cols() && x.names.len() == x.cols(),
        || format!("the {what} columns have other numbers of names or kinds"),
    )?;
    for (name, column) in x.names.iter().zip(&x.columns) {
        FitError::unless(column.len() == x.rows(), || {
            format!("the {what} column `{name}` has another length")
        })?;
    }
    if view == View::Dense {
        for ((name, kind), column) in x.names.iter().zip(&x.kinds).zip(&x.columns) {
            let in_range = column.iter().all(|v| v.abs() <= MAX_DENSE);
            FitError::unless(*kind == FeatureKind::Numeric && in_range, || {
                format!(
                    "the {what} column `{name}` is not scaled: it must hold numbers within ±10⁶"
                )
            })?;
        }
    }
    match y {
        Target::Values(values) => {
            let wrong = values.iter().position(|v| !v.is_finite());
            FitError::unless(wrong.is_none(), || {
                format!("a target of the {what} rows is not finite")
            })
        }
        Target::Classes { codes, count } => {
            FitError::unless(*count >= 2, || "there are fewer than two classes".into())?;
            let wrong = codes.iter().any(|code| *code as usize >= *count);
            FitError::unless(!wrong, || format!("a class of the {what} rows is unknown"))
        }
    }
}
