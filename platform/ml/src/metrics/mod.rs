//! Scores, with scikit-learn's names and definitions, and the curves behind them.
//!
//! | file | |
//! |---|---|
//! | `rows.rs` | means over rows: log loss, accuracy, Brier, squared and absolute errors, … |
//! | `labels.rs` | formulas on the confusion matrix: F1, precision, recall, MCC, … |
//! | `ranked.rs` | ROC AUC and average precision |
//! | `curves.rs` | ROC, precision-recall and calibration curves |
//! | `bootstrap.rs` | 95 % intervals |
//!
//! A metric is first *prepared* (errors computed, scores sorted) and then evaluated for a number
//! of times that each row counts. A score counts each row once; the bootstrap counts again and
//! again without sorting anew.

mod bootstrap;
mod curves;
mod labels;
mod ranked;
mod rows;

pub use bootstrap::{Units, bootstrap_interval};
pub use curves::{
    Bins, Calibration, PrecisionRecallCurve, RocCurve, calibration_curve, precision_recall_curve,
    roc_curve,
};
pub use labels::confusion;

use crate::features::{Predictions, Target};
use domain::Failure;
use domain::task::{Metric, Task};

/// Why a score does not exist.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum MetricError {
    /// No rows.
    #[error("there are no rows to score")]
    NoRows,
    /// Target and predictions differ in shape.
    #[error("{found} predicted numbers stand against {expected} expected ones")]
    Shape {
        /// Numbers that the target asks for: rows times outputs.
        expected: usize,
        /// Numbers predicted.
        found: usize,
    },
    /// The metric measures other tasks.
    #[error("{metric} does not measure {measured}")]
    Task {
        /// The metric.
        metric: Metric,
        /// What the target is.
        measured: &'static str,
    },
    /// A class code or a positive class that the target does not have.
    #[error("the class {class} does not exist: there are {classes} classes")]
    Class {
        /// The code.
        class: usize,
        /// Classes that there are.
        classes: usize,
    },
    /// A prediction or a target that is no number.
    #[error("row {row} has no finite prediction or target")]
    NotFinite {
        /// The row, from 0.
        row: usize,
    },
    /// The metric compares classes, and the rows have one only.
    #[error("{metric} is not defined for rows of one class")]
    OneClass {
        /// The metric.
        metric: Metric,
    },
    /// The metric needs two rows.
    #[error("{metric} needs two rows at least")]
    OneRow {
        /// The metric.
        metric: Metric,
    },
    /// Logarithms need values above −1.
    #[error("{metric} is not defined for the value {value} in row {row}: it must be above -1")]
    Domain {
        /// The metric.
        metric: Metric,
        /// The value.
        value: f64,
        /// The row, from 0.
        row: usize,
    },
    /// The errors are too large to be summed.
    #[error("{metric} is larger than any number")]
    Overflow {
        /// The metric.
        metric: Metric,
    },
}

impl MetricError {
    /// The same as a failure.
    #[must_use]
    pub fn failure(&self) -> Failure {
        Failure::invalid("metric.undefined", self.to_string())
    }
}

/// The score of `predictions`; `positive` is the class that counts as positive in binary tasks.
///
/// For several classes ROC AUC is the macro average over the classes that have both positive and
/// negative rows.
///
/// ```
/// use domain::task::Metric;
/// use ml::features::{Predictions, Target};
/// let target = Target::Classes { codes: vec![0, 1, 1], count: 2 };
/// let predictions = Predictions { outputs: 2, values: vec![0.8, 0.2, 0.7, 0.3, 0.1, 0.9] };
/// assert_eq!(ml::metrics::score(Metric::RocAuc, &target, &predictions, 1), Ok(1.0));
/// assert_eq!(ml::metrics::score(Metric::Recall, &target, &predictions, 1), Ok(0.5));
/// ```
pub fn score(
    metric: Metric,
    target: &Target,
    predictions: &Predictions,
    positive: usize,
) -> Result<f64, MetricError> {
    let prepared = Prepared::new(metric, target, predictions, positive)?;
    let once = vec![1; target.len()];
    let score = prepared.evaluate(&once);
    let score = score.ok_or(MetricError::OneClass { metric })?;
    if score.is_finite() {
        Ok(score)
    } else {
        Err(MetricError::Overflow { metric })
    }
}

/// A metric ready to be evaluated for any counts of rows.
enum Prepared {
    Rows(rows::Rows),
    Labels(labels::Labels),
    Ranked(ranked::Ranked),
}

impl Prepared {
    fn new(
        metric: Metric,
        target: &Target,
        predictions: &Predictions,
        positive: usize,
    ) -> Result<Self, MetricError> {
        check(target, predictions)?;
        let (task, measured) = match target {
            Target::Values(_) => (Task::Regression, "numbers"),
            Target::Classes { count: 2, .. } => (Task::Binary, "two classes"),
            Target::Classes { .. } => (Task::Multiclass, "several classes"),
        };
        if !metric.measures(task) {
            return Err(MetricError::Task { metric, measured });
        }
        match target {
            Target::Values(values) => {
                rows::Rows::regression(metric, values, &predictions.values).map(Self::Rows)
            }
            Target::Classes { codes, count } => {
                if positive >= *count && task == Task::Binary {
                    return Err(MetricError::Class {
                        class: positive,
                        classes: *count,
                    });
                }
                let binary = (task == Task::Binary).then_some(positive);
                Ok(match metric {
                    Metric::RocAuc | Metric::AveragePrecision => {
                        Self::Ranked(ranked::Ranked::new(metric, codes, predictions, binary))
                    }
                    Metric::LogLoss | Metric::Accuracy | Metric::Brier => {
                        Self::Rows(rows::Rows::classes(metric, codes, predictions, positive))
                    }
                    _ => Self::Labels(labels::Labels::new(metric, codes, predictions, binary)),
                })
            }
        }
    }

    /// The score where row `i` counts `counts[i]` times; `None` where it is not defined.
    fn evaluate(&self, counts: &[u32]) -> Option<f64> {
        match self {
            Self::Rows(rows) => rows.evaluate(counts),
            Self::Labels(labels) => labels.evaluate(counts),
            Self::Ranked(ranked) => ranked.evaluate(counts),
        }
    }
}

/// Checks shapes, class codes and that every number is one.
fn check(target: &Target, predictions: &Predictions) -> Result<(), MetricError> {
    if target.is_empty() {
        return Err(MetricError::NoRows);
    }
    let outputs = target.outputs();
    let (expected, found) = (target.len() * outputs, predictions.values.len());
    if expected != found || predictions.outputs != outputs {
        return Err(MetricError::Shape { expected, found });
    }
    if let Some(place) = predictions.values.iter().position(|v| !v.is_finite()) {
        let row = place / outputs;
        return Err(MetricError::NotFinite { row });
    }
    match target {
        Target::Values(values) => match values.iter().position(|v| !v.is_finite()) {
            Some(row) => Err(MetricError::NotFinite { row }),
            None => Ok(()),
        },
        Target::Classes { codes, count } => match codes.iter().find(|c| **c as usize >= *count) {
            Some(code) => Err(MetricError::Class {
                class: *code as usize,
                classes: *count,
            }),
            None => Ok(()),
        },
    }
}
