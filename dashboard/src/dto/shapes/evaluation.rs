//! Numbers about a pipeline's models.

#![expect(dead_code, reason = "only the schemas are used")]

use crate::dto::names;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// The numbers of a pipeline.
#[derive(ToSchema)]
pub struct Evaluation {
    /// What was learned.
    task: names::Task,
    /// The metric that decided.
    metric: names::Metric,
    /// The classes, in the order of probabilities.
    classes: Vec<String>,
    /// The class that counts as positive, for two classes.
    positive_class: Option<String>,
    /// Rows learned from.
    rows_train: u64,
    /// Rows held out.
    rows_test: u64,
    /// The model that is deployed.
    chosen_model_id: Uuid,
    /// The first model against the second: who wins, and whether that is more than noise.
    verdict: Option<names::Message>,
    /// What a reader of the chosen model's numbers should be careful about, most important first.
    cautions: Vec<names::Message>,
    /// Every model, best first.
    models: Vec<ModelEvaluation>,
}

/// The numbers of one model on the held-out rows.
#[derive(ToSchema)]
pub struct ModelEvaluation {
    /// The model.
    model_id: Uuid,
    /// Its algorithm.
    algorithm: String,
    /// Every metric of the task, by name.
    metrics: BTreeMap<String, Interval>,
    /// For classes.
    confusion: Option<Confusion>,
    /// ROC curves.
    roc: Vec<Curve>,
    /// Precision-recall curves.
    precision_recall: Vec<Curve>,
    /// Mean predicted probability against observed share.
    calibration: Vec<Curve>,
    /// For numbers: predicted values against residuals.
    residuals: Option<Curve>,
    /// Which columns matter.
    importance: Vec<Importance>,
}

/// A score with its 95 % interval.
#[derive(ToSchema)]
pub struct Interval {
    /// The score on the held-out rows.
    value: f64,
    /// Lower end.
    lo: f64,
    /// Upper end.
    hi: f64,
}

/// How often each class was taken for each other.
#[derive(ToSchema)]
pub struct Confusion {
    /// The classes.
    labels: Vec<String>,
    /// `matrix[i][j]`: rows of class `i` predicted as class `j`.
    matrix: Vec<Vec<u64>>,
}

/// A curve for a plot.
#[derive(ToSchema)]
pub struct Curve {
    /// What it shows.
    label: String,
    /// Horizontal values.
    x: Vec<f64>,
    /// Vertical values.
    y: Vec<f64>,
}

/// The weight of a column in a model's predictions.
#[derive(ToSchema)]
pub struct Importance {
    /// The column.
    column: String,
    /// How much the score falls when its values are shuffled.
    mean: f64,
    /// Standard deviation over repeats.
    std: f64,
}
