//! Honest numbers about a pipeline's models.

use crate::task::{Metric, Task};
use crate::{Message, ModelId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A score with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The score on the held-out rows.
    pub value: f64,
    /// Lower end.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
}

/// How often each class was taken for each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Confusion {
    /// The classes.
    pub labels: Vec<String>,
    /// `matrix[i][j]`: rows of class `i` that were predicted as class `j`.
    pub matrix: Vec<Vec<u64>>,
}

/// A curve for a plot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// What it shows, for example a class.
    pub label: String,
    /// Horizontal values.
    pub x: Vec<f64>,
    /// Vertical values.
    pub y: Vec<f64>,
}

/// The weight of a column in a model's predictions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Importance {
    /// The column.
    pub column: String,
    /// How much the score falls when the column's values are shuffled (mean over repeats).
    pub mean: f64,
    /// Standard deviation over repeats.
    pub std: f64,
}

/// The numbers of one model on the held-out rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelEvaluation {
    /// The model.
    pub model_id: ModelId,
    /// Its algorithm.
    pub algorithm: String,
    /// Every metric of the task.
    pub metrics: BTreeMap<Metric, Interval>,
    /// For classes.
    pub confusion: Option<Confusion>,
    /// ROC curves: one for two classes, one a class otherwise.
    pub roc: Vec<Curve>,
    /// Precision-recall curves, likewise.
    pub precision_recall: Vec<Curve>,
    /// Reliability: mean predicted probability against observed share.
    pub calibration: Vec<Curve>,
    /// For numbers: predicted values against residuals, at most 2 000 points.
    pub residuals: Option<Curve>,
    /// Which columns matter; only for the chosen model.
    pub importance: Vec<Importance>,
}

/// The numbers of a pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// What was learned.
    pub task: Task,
    /// The metric that decided.
    pub metric: Metric,
    /// The classes, in the order of probabilities.
    pub classes: Vec<String>,
    /// The class that counts as positive, for two classes.
    pub positive_class: Option<String>,
    /// Rows learned from.
    pub rows_train: u64,
    /// Rows held out.
    pub rows_test: u64,
    /// The model that is deployed.
    pub chosen_model_id: ModelId,
    /// The first model against the second: who wins, and whether that is more than noise.
    pub verdict: Option<Message>,
    /// What a reader of the chosen model's numbers should be careful about, most important first.
    #[serde(default)]
    pub cautions: Vec<Message>,
    /// Every model, best first.
    pub models: Vec<ModelEvaluation>,
}
