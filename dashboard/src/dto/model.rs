//! Models on the wire.

use super::{Time, names};
use domain::model::Model;
use domain::study::Params;
use domain::task::{Metric, Task};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A trained, stored model.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Model)]
pub struct ModelView {
    /// Its id.
    pub id: Uuid,
    /// The pipeline that trained it.
    pub pipeline_id: Uuid,
    /// Whose it is.
    pub owner_id: Uuid,
    /// The course it belongs to, if any.
    #[schema(required = true)]
    pub course_id: Option<Uuid>,
    /// What it predicts.
    #[schema(value_type = names::Task)]
    pub task: Task,
    /// The column it predicts.
    pub target: String,
    /// Hash of the artefact, lower-case hexadecimal.
    pub sha256: String,
    /// When it was stored.
    pub created_at: Time,
    /// Its numbers.
    #[serde(flatten)]
    pub numbers: LeaderboardRow,
}

/// Of how many folds a model is made; `cv_score` is the mean of those that are done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Folds)]
pub struct FoldsView {
    /// Folds that were fitted.
    pub done: u32,
    /// Folds that were asked for.
    pub of: u32,
}

/// A row of a pipeline's leaderboard.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeaderboardRow {
    /// The model.
    pub model_id: Uuid,
    /// The algorithm's name.
    pub algorithm: String,
    /// The algorithm's name for people.
    pub algorithm_title: String,
    /// Its configuration.
    #[schema(value_type = Object)]
    pub params: Params,
    /// The measure of all its scores.
    #[schema(value_type = names::Metric)]
    pub metric: Metric,
    /// Score of the out-of-fold predictions, by fold and averaged.
    pub cv_score: f64,
    /// Standard deviation of that score over folds.
    pub cv_std: f64,
    /// Of how many folds it is made; null for a model that an older version trained.
    #[schema(required = true)]
    pub folds: Option<FoldsView>,
    /// Score on the held-out rows, once evaluated.
    #[schema(required = true)]
    pub test_score: Option<f64>,
    /// Its 95 % interval.
    #[schema(value_type = Option<Vec<f64>>, required = true)]
    pub test_ci: Option<(f64, f64)>,
    /// Seconds of fitting, over all folds.
    pub fit_seconds: f64,
    /// Microseconds a row when predicting.
    #[schema(required = true)]
    pub predict_us_per_row: Option<f64>,
    /// Size of the artefact.
    pub bytes: u64,
    /// Place on the leaderboard, from 1, once evaluated.
    #[schema(required = true)]
    pub rank: Option<u32>,
    /// Whether it is the one that the pipeline deploys.
    pub chosen: bool,
}

impl From<Model> for LeaderboardRow {
    fn from(model: Model) -> Self {
        Self {
            model_id: model.id.0,
            algorithm_title: title(&model.algorithm),
            algorithm: model.algorithm,
            params: model.params,
            metric: model.metric,
            cv_score: model.cv_score,
            cv_std: model.cv_std,
            folds: model.folds.map(|folds| FoldsView {
                done: folds.done,
                of: folds.of,
            }),
            test_score: model.test_score,
            test_ci: model.test_ci,
            fit_seconds: model.fit_seconds,
            predict_us_per_row: model.predict_us_per_row,
            bytes: model.bytes,
            rank: model.rank,
            chosen: model.chosen,
        }
    }
}

impl From<Model> for ModelView {
    fn from(model: Model) -> Self {
        Self {
            id: model.id.0,
            pipeline_id: model.pipeline.0,
            owner_id: model.owner.0,
            course_id: model.course.map(|id| id.0),
            task: model.task,
            target: model.target.clone(),
            sha256: model.sha256.clone(),
            created_at: model.created_at.into(),
            numbers: LeaderboardRow::from(model),
        }
    }
}

/// An algorithm's name for people; its plain name where a newer program trained it.
fn title(algorithm: &str) -> String {
    ml::registry::title(algorithm)
        .unwrap_or(algorithm)
        .to_owned()
}
