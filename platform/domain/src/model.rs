//! Trained models.

use crate::study::Params;
use crate::task::{Metric, Task};
use crate::{CourseId, ModelId, PipelineId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

/// Of how many folds a model is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoldCount {
    /// Folds that were fitted.
    pub done: u32,
    /// Folds that were asked for.
    pub of: u32,
}

impl FoldCount {
    /// Whether a fold is missing: it failed, or there was no time for it.
    #[must_use]
    pub fn is_short(self) -> bool {
        self.done < self.of
    }
}

/// A trained, stored model with its numbers; a row of the leaderboard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Its id.
    pub id: ModelId,
    /// The pipeline that trained it.
    pub pipeline: PipelineId,
    /// Whose it is.
    pub owner: UserId,
    /// The course it belongs to, if any.
    pub course: Option<CourseId>,
    /// Counts from 0 within the pipeline.
    pub number: u32,
    /// The algorithm's name in the registry.
    pub algorithm: String,
    /// Its configuration.
    pub params: Params,
    /// What it predicts.
    pub task: Task,
    /// The column it predicts.
    pub target: String,
    /// The measure of all its scores.
    pub metric: Metric,
    /// Score of the out-of-fold predictions, by fold and averaged.
    pub cv_score: f64,
    /// Standard deviation of that score over folds.
    pub cv_std: f64,
    /// Of how many folds it is made; nothing where an older version stored it.
    #[serde(default)]
    pub folds: Option<FoldCount>,
    /// Its score by fold; nothing where the fold is missing or the metric is not defined there.
    #[serde(default)]
    pub fold_scores: Vec<Option<f64>>,
    /// Score on the held-out rows, once evaluated.
    pub test_score: Option<f64>,
    /// Its 95 % bootstrap interval.
    pub test_ci: Option<(f64, f64)>,
    /// Seconds of fitting, over all folds.
    pub fit_seconds: f64,
    /// Microseconds a row when predicting the held-out rows in one go.
    pub predict_us_per_row: Option<f64>,
    /// Size of the artefact.
    pub bytes: u64,
    /// Hash of the artefact, lower-case hexadecimal.
    pub sha256: String,
    /// Where the artefact lies among the artifacts.
    pub artifact: String,
    /// Place on the leaderboard by `cv_score`, from 1, once evaluated.
    pub rank: Option<u32>,
    /// Whether it is the one that the pipeline deploys.
    pub chosen: bool,
    /// When it was stored.
    pub created_at: Timestamp,
}
