//! Fitting folds of one model.

use async_trait::async_trait;
use domain::job::{FoldTask, Payload};
use domain::spec::Budget;
use domain::{Deadline, Failure, Message};
use folds::{Allowance, FoldFit, FoldOutcome, Folds, FoldsCache, Keeping};
use ml::fit::{CancelFlag, FitError, Flow, Round, StopReason};
use service_kit::{Handler, Outcome, Reporter, Step, within};
use std::sync::Arc;
use std::time::Duration;

/// Share of the seconds that is kept for evaluation and deployment.
const KEPT_SHARE: f64 = 0.13;

/// The same of folds of other cuts, which come before weighing and before the model of all rows.
pub(crate) const AGAIN_SHARE: f64 = 0.35;

/// The same of folds of all rows, after which there is nothing but to deploy.
const LAST_SHARE: f64 = 0.03;

/// Handles `fold` jobs.
#[derive(Debug)]
pub(crate) struct FitFold {
    pub(crate) cache: Arc<FoldsCache>,
}

#[async_trait]
impl Handler for FitFold {
    async fn step(&self, step: &Step) -> Result<Outcome, Failure> {
        let Payload::Fold(task) = &step.job.payload else {
            return Err(Failure::internal("a fold without a model"));
        };
        let prepared = step.prepared().await?;
        let folds = match task.whole {
            true => self.cache.whole(step, &prepared).await?,
            false => self.cache.get(step, &prepared).await?,
        };
        let share = match task.whole {
            true => LAST_SHARE,
            false if task.fold >= folds.count => AGAIN_SHARE,
            false => KEPT_SHARE,
        };
        let fitting = Fitting {
            folds,
            task: task.clone(),
            allowance: Allowance {
                threads: step.threads,
                clock: Arc::clone(&step.clock),
                deadline: fold_deadline(step, share)?,
                cancel: CancelFlag::from(step.cancel.shared()),
            },
            reporter: step.reporter.clone(),
        };
        let patience = step.patience(fitting.allowance.deadline.as_ref())?;
        let fitted = within(patience, step.compute(move || fitting.run())).await;
        let late = || Err(FitError::NoTime.message());
        let outcome = match fitted.transpose()?.unwrap_or_else(late) {
            Ok(keeping) => FoldOutcome {
                kept: keeping.put(step).await?,
                error: None,
            },
            Err(reason) => {
                step.reporter.log(not_fitted(task, &reason));
                FoldOutcome {
                    kept: None,
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
fn fold_deadline(step: &Step, share: f64) -> Result<Option<Deadline>, Failure> {
    let Budget::Seconds(total) = step.budget()? else {
        return Ok(None);
    };
    let kept = Duration::from_secs_f64(total * share);
    Ok(step.deadline()?.map(|deadline| deadline.earlier(kept)))
}

/// Everything that a blocking thread needs to fit a fold.
struct Fitting {
    folds: Arc<Folds>,
    task: FoldTask,
    allowance: Allowance,
    reporter: Reporter,
}

impl Fitting {
    /// What was fitted, or why nothing was; an error only when the job itself must not go on. Of
    /// several folds those count that are whole when the time is up.
    fn run(self) -> Result<Result<Keeping, Message>, Failure> {
        let mut keeping = Keeping::any();
        let first = self.task.fold;
        for fold in first..first.saturating_add(self.task.folds) {
            match self.fit(fold) {
                Ok(fit) if fold > first && fit.fit.stopped == Some(StopReason::Deadline) => break,
                Ok(fit) => keeping.add(fit.kept(fold))?,
                Err(FitError::Cancelled) => return Err(Step::stopped_failure()),
                Err(error) if fold == first => return Ok(Err(error.message())),
                Err(_) => break,
            }
        }
        Ok(Ok(keeping))
    }

    fn fit(&self, fold: u32) -> Result<FoldFit, FitError> {
        let label = format!("{} · {}", self.task.algorithm, fold + 1);
        let mut curve = |round: Round| {
            self.reporter
                .curve(&label, round.round, round.valid, round.train);
            Flow::Continue
        };
        let fit = self.folds.fit(
            &self.task.algorithm,
            &self.task.params,
            fold,
            &self.allowance,
            &mut curve,
        )?;
        if fit.gpu {
            self.reporter.used_gpu();
        }
        Ok(fit)
    }
}

/// A line of the log; the trainer warns once a model.
fn not_fitted(task: &FoldTask, reason: &Message) -> Message {
    let (algorithm, fold) = (task.algorithm.as_str(), task.fold + 1);
    let called = ml::registry::called(algorithm);
    let text = format!("Fold {fold} of {called} was not fitted: {reason}.");
    Message::new("train.fold_failed", text)
        .with("algorithm", algorithm)
        .with("fold", fold)
        .because(reason)
}
