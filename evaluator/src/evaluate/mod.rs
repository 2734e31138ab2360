//! Predicts the held-out rows with every model and measures the answers.
//!
//! | file | |
//! |---|---|
//! | `rank.rs` | the order of the models, by cross-validation |
//! | `measure.rs` | metrics of one model with their intervals |
//! | `curves.rs` | confusion, ROC, precision-recall, calibration, residuals |
//! | `verdict.rs` | the first model against the second, on the same rows |
//! | `importance.rs` | which columns the chosen model relies on |
//! | `limits.rs` | how much time is left, and what was left out for lack of it |
//! | `outcome.rs` | what comes out |

mod curves;
mod importance;
mod limits;
mod measure;
mod outcome;
mod rank;
#[cfg(test)]
mod tests;
mod verdict;

pub use limits::Limits;
pub use outcome::{EvaluateError, Judged, Scored};

use crate::cautions::cautions;
use domain::evaluation::{Evaluation, ModelEvaluation};
use domain::model::FoldCount;
use domain::task::{Metric, Task};
use domain::{Message, ModelId};
use limits::{Clockwork, Part};
use measure::Measured;
use ml::artefact::Predictor;
use ml::features::{Predictions, Target};
use ml::metrics::Units;
use ml::table::Table;
use rank::{quick_first, ranked};
use rayon::prelude::*;

/// Whatever predicts a table; the service hands in loaded models, tests hand in simpler things.
pub trait Predicts: Sync {
    /// The answer for every row, in order, or why there is none.
    fn predict(&self, table: &Table) -> Result<Predictions, Message>;
}

impl Predicts for Predictor {
    fn predict(&self, table: &Table) -> Result<Predictions, Message> {
        Ok(self.predict_table(table))
    }
}

/// A trained model that takes part.
#[derive(Clone, Copy)]
pub struct Candidate<'a> {
    /// Its id.
    pub model_id: ModelId,
    /// The algorithm's name in the registry.
    pub algorithm: &'a str,
    /// Score of the cross-validation, in the metric's own direction.
    pub cv_score: f64,
    /// Its standard deviation over folds.
    pub cv_std: f64,
    /// Of how many folds it is made, where that is known.
    pub folds: Option<FoldCount>,
    /// Its score by fold; empty where that is not known.
    pub fold_scores: &'a [Option<f64>],
    /// About how long the answer for one row takes.
    pub row_nanoseconds: f64,
    /// The model itself.
    pub predictor: &'a dyn Predicts,
}

/// The rows that no model has seen.
#[derive(Clone, Copy)]
pub struct HeldOut<'a> {
    /// The columns.
    pub table: &'a Table,
    /// What should have been predicted.
    pub target: &'a Target,
    /// Columns that models learn from; the importance of these is measured.
    pub features: &'a [String],
    /// What resamples draw: rows, or groups of them where these were split by groups.
    pub units: &'a Units,
}

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// What is learned.
    pub task: Task,
    /// The metric that decides.
    pub metric: Metric,
    /// The classes in the order of codes; empty for numbers.
    pub classes: &'a [String],
    /// The class that counts as positive, for two classes.
    pub positive: Option<usize>,
    /// Rows learned from.
    pub rows_train: u64,
    /// Nanoseconds that the answer for one row may take, about.
    pub row_limit: Option<f64>,
    /// Start of all chance.
    pub seed: u64,
}

impl Question<'_> {
    /// The positive class; the second where nobody said and where it does not matter.
    fn positive(&self) -> usize {
        let last = self.classes.len().saturating_sub(1);
        self.positive.unwrap_or(1).min(last)
    }
}

/// Evaluates `candidates` on the held-out rows.
///
/// The chosen model is the best by cross-validation among those that could predict, with missing
/// folds counted as the worst of any that learns (`rank.rs`); equal scores are decided by the order of
/// `candidates`. Models that would answer too slowly stand behind all others. What `limits` leave no time for is left out. The work
/// is done in this order, so that what costs much and matters less comes last: the deciding metric
/// of the chosen model (never left out) and its interval, that of the others, all other metrics,
/// curves, the others' intervals, the verdict, intervals of the other metrics, importance.
///
/// # Errors
/// When there is no candidate, none can predict, or the work was cancelled. A metric that is not
/// defined for the held-out rows is no error; it is missing in the result.
pub fn evaluate(
    candidates: &[Candidate<'_>],
    held_out: HeldOut<'_>,
    question: &Question<'_>,
    limits: &Limits,
) -> Result<Judged, EvaluateError> {
    let mut clock = Clockwork::new(limits);
    let mut warnings = Vec::new();
    let mut order = ranked(candidates, question.metric);
    if let Some(limit) = question.row_limit {
        warnings.extend(quick_first(&mut order, limit));
    }
    let mut models = predict_all(&order, held_out, question, &mut clock, &mut warnings)?;
    let Some(chosen) = models.iter().position(Measured::has_predicted) else {
        return Err(match order.first() {
            None => EvaluateError::NoModels,
            Some(_) => EvaluateError::Nothing(warnings),
        });
    };
    // The chosen model stands first even where a better one could not predict.
    models[..=chosen].rotate_right(1);
    let target = held_out.target;
    if target.is_empty() {
        let text = "There are no held-out rows, so nothing could be measured.";
        warnings.push(Message::new("evaluate.no_rows", text));
    } else if models[0].deciding.is_none() {
        warnings.push(undefined(question.metric));
    }
    measure::other_metrics(&mut models, target, question, &mut clock)?;
    let mut evaluations = draw_curves(&models, held_out, question, &mut clock)?;
    measure::other_intervals(&mut models, held_out, question, &mut clock)?;
    let verdict = verdict::verdict(&models, held_out, question, &mut clock)?;
    let metrics = measure::with_intervals(&models, held_out, question, &mut clock)?;
    for (evaluation, metrics) in evaluations.iter_mut().zip(metrics) {
        evaluation.metrics = metrics;
    }
    evaluations[0].importance = importance::importance(&models[0], held_out, question, &mut clock)?;
    warnings.extend(clock.skipped());
    let mut judged = Judged {
        scores: models
            .iter()
            .zip(1..)
            .map(|(model, rank)| model.scored(rank))
            .collect(),
        evaluation: Evaluation {
            task: question.task,
            metric: question.metric,
            classes: question.classes.to_vec(),
            positive_class: match question.task {
                Task::Binary => question.classes.get(question.positive()).cloned(),
                _ => None,
            },
            rows_train: question.rows_train,
            rows_test: target.len() as u64,
            chosen_model_id: models[0].candidate.model_id,
            verdict,
            cautions: Vec::new(),
            models: evaluations,
        },
        warnings,
        groups: held_out.units.groups().map(|groups| groups as u64),
    };
    judged.evaluation.cautions = cautions(&judged);
    Ok(judged)
}

/// Predicts with the best model first, in parts side by side, then with the others side by side, each
/// on one thread. Of the others those take part for which there is
/// time.
fn predict_all<'a>(
    order: &[Candidate<'a>],
    held_out: HeldOut<'_>,
    question: &Question<'_>,
    clock: &mut Clockwork<'_>,
    warnings: &mut Vec<Message>,
) -> Result<Vec<Measured<'a>>, EvaluateError> {
    let mut models = Vec::new();
    for candidate in order {
        clock.check()?;
        let parts = rayon::current_num_threads();
        let mut model = Measured::new(*candidate, held_out, question, parts);
        if let Ok(model) = &mut model {
            measure::first_interval(model, held_out, question, clock);
        }
        let found = model.is_ok();
        models.push(Some(model));
        if found {
            break;
        }
    }
    let watch: &Clockwork<'_> = clock;
    let others = order[models.len()..].par_iter().map(|candidate| {
        let seconds = measure::prediction_seconds(*candidate, held_out, watch);
        (!watch.stop(seconds)).then(|| Measured::new(*candidate, held_out, question, 1))
    });
    models.extend(others.collect::<Vec<_>>());
    clock.check()?;
    let named = order.iter().zip(models).map(|(candidate, model)| {
        let reason = match model {
            Some(Ok(model)) => return model,
            Some(Err(reason)) => reason,
            None => {
                clock.skip(Part::OtherModels);
                return Measured::unmeasured(*candidate);
            }
        };
        warnings.push(could_not_predict(candidate.algorithm, &reason));
        Measured::unmeasured(*candidate)
    });
    Ok(named.collect())
}

fn could_not_predict(algorithm: &str, reason: &Message) -> Message {
    let name = crate::Language::English.algorithm(algorithm);
    let text = format!("{name} could not predict the held-out rows: {reason}.");
    Message::new("evaluate.model_failed", text)
        .with("algorithm", algorithm)
        .because(reason)
}

fn draw_curves(
    models: &[Measured<'_>],
    held_out: HeldOut<'_>,
    question: &Question<'_>,
    clock: &mut Clockwork<'_>,
) -> Result<Vec<ModelEvaluation>, EvaluateError> {
    clock.check()?;
    // Three curves a class, each as long as a metric that sorts.
    let classes = question.classes.len().max(1);
    let seconds = measure::scoring(models) * measure::rounds(models.len());
    let draw = clock.enough(seconds * 3.0 * classes as f64, Part::Curves);
    let each = models.par_iter();
    Ok(each
        .map(|model| curves::curves(model, held_out.target, question, draw))
        .collect())
}

fn undefined(metric: Metric) -> Message {
    let name = crate::Language::English.metric(metric);
    let text = format!("{name} is not defined for these held-out rows, so no score is shown.");
    Message::new("evaluate.metric_undefined", text).with("metric", metric.as_str())
}
