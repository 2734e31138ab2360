//! Fitting one fold of one model.

use async_trait::async_trait;
use bytes::Bytes;
use domain::job::{FoldTask, Payload};
use domain::spec::Budget;
use domain::{Clock, Deadline, Failure, Message};
use folds::{FoldFit, Folds, FoldsCache};
use ml::fit::{CancelFlag, FitError, Flow, Round};
use serde::{Deserialize, Serialize};
use service_kit::{Handler, Outcome, Reporter, Step};
use std::sync::Arc;
use std::time::Duration;

/// Share of the seconds that is kept for evaluation and deployment.
const KEPT_SHARE: f64 = 0.13;

/// Predicted numbers of a fold that are kept for an ensemble: 64 MB.
const MOST_KEPT: usize = 8_000_000;

/// Handles `fold` jobs.
#[derive(Debug)]
pub(crate) struct FitFold {
    pub(crate) cache: Arc<FoldsCache>,
}

/// What a fold tells the trainer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct FoldOutcome {
    /// The fitted model among the artifacts, unless there was no time or it failed.
    pub model: Option<String>,
    /// What it says about the fold's rows, among the artifacts, unless that is too much to keep.
    #[serde(default)]
    pub predictions: Option<String>,
    pub score: Option<f64>,
    pub seconds: f64,
    pub visits: u64,
    pub rounds: u32,
    /// Why there is no model.
    pub error: Option<Message>,
}

#[async_trait]
impl Handler for FitFold {
    async fn step(&self, step: &Step) -> Result<Outcome, Failure> {
        let Payload::Fold(task) = &step.job.payload else {
            return Err(Failure::internal("a fold without a model"));
        };
        let prepared = step.prepared().await?;
        let folds = self.cache.get(step, &prepared).await?;
        let fitting = Fitting {
            folds,
            task: task.clone(),
            deadline: fold_deadline(step)?,
            clock: Arc::clone(&step.clock),
            cancel: CancelFlag::from(step.cancel.shared()),
            threads: step.threads,
            reporter: step.reporter.clone(),
        };
        let fitted = step.compute(move || fitting.run()).await?;
        let outcome = match fitted {
            Ok(fit) => stored(step, fit).await?,
            Err(reason) => {
                step.reporter.log(not_fitted(task, &reason));
                FoldOutcome {
                    model: None,
                    predictions: None,
                    score: None,
                    seconds: 0.0,
                    visits: 0,
                    rounds: 0,
                    error: Some(reason),
                }
            }
        };
        let result = serde_json::to_value(&outcome)
            .map_err(|error| Failure::internal(format!("a fold cannot be written: {error}")))?;
        Ok(Outcome::Done {
            result: Some(result),
            writes: Vec::new(),
        })
    }
}

/// When folds must end, so that there is time to evaluate and deploy.
fn fold_deadline(step: &Step) -> Result<Option<Deadline>, Failure> {
    let Budget::Seconds(total) = step.budget()? else {
        return Ok(None);
    };
    let kept = Duration::from_secs_f64(total * KEPT_SHARE);
    Ok(step.deadline()?.map(|deadline| deadline.earlier(kept)))
}

async fn stored(step: &Step, fit: FoldFit) -> Result<FoldOutcome, Failure> {
    let (model, predictions) = (fit.fit.model, fit.predictions);
    let (model, predictions) = step
        .compute(move || {
            let kept = (predictions.values.len() <= MOST_KEPT).then_some(&predictions);
            Ok((written(&model)?, kept.map(written).transpose()?))
        })
        .await?;
    let (key, _) = step.put("fold.postcard", model).await?;
    let predictions = match predictions {
        Some(bytes) => Some(step.put("predictions.postcard", bytes).await?.0),
        None => None,
    };
    Ok(FoldOutcome {
        model: Some(key),
        predictions,
        score: fit.score,
        seconds: fit.took.as_secs_f64(),
        visits: fit.fit.visits,
        rounds: fit.fit.rounds,
        error: None,
    })
}

fn written(what: &impl Serialize) -> Result<Bytes, Failure> {
    let bytes = postcard::to_allocvec(what)
        .map_err(|error| Failure::internal(format!("a fitted fold cannot be written: {error}")))?;
    Ok(bytes.into())
}

/// Everything that a blocking thread needs to fit a fold.
struct Fitting {
    folds: Arc<Folds>,
    task: FoldTask,
    deadline: Option<Deadline>,
    clock: Arc<dyn Clock>,
    cancel: CancelFlag,
    threads: usize,
    reporter: Reporter,
}

impl Fitting {
    /// The fit, or why there is none; an error only when the job itself must not go on.
    fn run(self) -> Result<Result<FoldFit, Message>, Failure> {
        let label = format!("{} · {}", self.task.algorithm, self.task.fold + 1);
        let mut curve = |round: Round| {
            self.reporter
                .curve(&label, round.round, round.valid, round.train);
            Flow::Continue
        };
        let fit = self.folds.fit(
            &self.task.algorithm,
            &self.task.params,
            self.task.fold,
            self.threads,
            self.clock.as_ref(),
            self.deadline.clone(),
            self.cancel.clone(),
            &mut curve,
        );
        match fit {
            Ok(fit) => Ok(Ok(fit)),
            Err(FitError::Cancelled) => Err(Step::stopped_failure()),
            Err(error) => Ok(Err(error.message())),
        }
    }
}

/// A line of the log; the trainer warns once a model.
fn not_fitted(task: &FoldTask, reason: &Message) -> Message {
    let (algorithm, fold) = (task.algorithm.as_str(), task.fold + 1);
    let text = format!("Fold {fold} of {algorithm} was not fitted: {reason}.");
    Message::new("train.fold_failed", text)
        .with("algorithm", algorithm)
        .with("fold", fold)
        .because(reason)
}
