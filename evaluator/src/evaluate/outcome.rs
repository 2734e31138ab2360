//! What an evaluation gives.

use domain::evaluation::{Evaluation, ModelEvaluation};
use domain::model::FoldCount;
use domain::{Failure, FailureKind, Message, ModelId};

/// All numbers about a pipeline's models.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The numbers as they are stored and shown; a metric without an interval has
    /// `lo == value == hi`.
    pub evaluation: Evaluation,
    /// What each model's own row takes over, in the order of `evaluation.models`.
    pub scores: Vec<Scored>,
    /// What went wrong or was left out.
    pub warnings: Vec<Message>,
    /// Groups that were held out, where rows were split by groups.
    pub groups: Option<u64>,
}

impl Judged {
    /// The numbers of the chosen model.
    #[must_use]
    pub fn chosen(&self) -> Option<&ModelEvaluation> {
        let id = self.evaluation.chosen_model_id;
        self.evaluation.models.iter().find(|m| m.model_id == id)
    }
}

/// A model's place and score.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// The model.
    pub model_id: ModelId,
    /// The algorithm's name in the registry.
    pub algorithm: String,
    /// Place by cross-validation, from 1; the chosen model has 1.
    pub rank: u32,
    /// Whether it is the one that the pipeline deploys.
    pub chosen: bool,
    /// Score of the cross-validation.
    pub cv_score: f64,
    /// Its standard deviation over folds.
    pub cv_std: f64,
    /// Of how many folds it is made, where that is known.
    pub folds: Option<FoldCount>,
    /// Deciding metric on the held-out rows, where it was measured and is defined.
    pub test_score: Option<f64>,
    /// Its 95 % bootstrap interval.
    pub test_ci: Option<(f64, f64)>,
    /// Microseconds a row when predicting the held-out rows in one go; differs from run to run.
    pub predict_us_per_row: Option<f64>,
}

/// Why there is no evaluation.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum EvaluateError {
    /// Nothing to evaluate.
    #[error("there is no model to evaluate")]
    NoModels,
    /// Every model failed; the messages say how.
    #[error("no model could predict the held-out rows: {}", .0.iter().map(|m| m.text.as_str()).collect::<Vec<_>>().join("; "))]
    Nothing(Vec<Message>),
    /// Somebody ended the work.
    #[error("the evaluation was cancelled")]
    Cancelled,
}

impl EvaluateError {
    /// The same as a failure of the stage.
    #[must_use]
    pub fn failure(&self) -> Failure {
        let (kind, code) = match self {
            Self::NoModels => (FailureKind::Internal, "evaluate.no_models"),
            Self::Nothing(_) => (FailureKind::Internal, "evaluate.nothing_predicts"),
            Self::Cancelled => (FailureKind::Conflict, "evaluate.cancelled"),
        };
        Failure::new(kind, code, self.to_string())
    }
}
