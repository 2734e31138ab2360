//! Scoring one configuration, fold by fold.

use crate::curve::Curve;
use crate::plan::{may_begin, slow_ends, trial_ends, trials_end};
use crate::wilcoxon::worse;
use async_trait::async_trait;
use domain::event::{EventKind, NewEvent};
use domain::job::{Payload, TrialTask};
use domain::pipeline::StageName;
use domain::results::KeptFolds;
use domain::spec::Budget;
use domain::study::{Trial, TrialState};
use domain::{Deadline, Failure, Message, Timestamp};
use folds::{Allowance, FoldFit, Folds, FoldsCache, Keeping, mean, std};
use ml::fit::{CancelFlag, FitError, StopReason};
use ports::store::Write;
use serde::{Deserialize, Serialize};
use serde_json::json;
use service_kit::{Handler, Outcome, Reporter, Step, within};
use std::sync::Arc;

/// A chance below which a trial is worse than the best of its kind. With four folds out of five it is
/// so when all of them are worse.
const BY_CHANCE: f64 = 0.1;

/// The reason of a trial that did not begin, because it could not have ended.
pub(crate) const TOO_SLOW: &str = "trial.too_slow";

/// The reason of one that did not end when its time was up.
pub(crate) const GIVEN_UP: &str = "trial.given_up";

/// Handles `trial` jobs.
#[derive(Debug)]
pub(crate) struct ScoreTrial {
    pub(crate) cache: Arc<FoldsCache>,
}

/// What a trial tells the study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct TrialOutcome {
    pub state: TrialState,
    pub score: Option<f64>,
    pub std: Option<f64>,
    pub fold_scores: Vec<f64>,
    pub visits: u64,
    pub fold_seconds: f64,
    /// The best loss on the rows that the first fit watched, in the algorithm's own measure.
    #[serde(default)]
    pub curve_end: Option<f64>,
    /// Its fitted folds, unless they are too large.
    #[serde(default)]
    pub kept: Option<KeptFolds>,
    pub error: Option<Message>,
}

impl TrialOutcome {
    /// Of a trial that tells nothing but why.
    pub fn failed(error: Message) -> Self {
        Self {
            state: TrialState::Failed,
            score: None,
            std: None,
            fold_scores: Vec::new(),
            visits: 0,
            fold_seconds: 0.0,
            curve_end: None,
            kept: None,
            error: Some(error),
        }
    }
}

#[async_trait]
impl Handler for ScoreTrial {
    async fn step(&self, step: &Step) -> Result<Outcome, Failure> {
        let Payload::Trial(task) = &step.job.payload else {
            return Err(Failure::internal("a trial without a configuration"));
        };
        let prepared = step.prepared().await?;
        let folds = self.cache.get(step, &prepared).await?;
        // Its share does not pay for reading the table, which only the first trial of a process does.
        let (begun, ready) = (step.begun, step.now());
        let ends = |at| ends(step, ready, at);
        step.reporter.trial(record(task, None, begun, None));
        let scoring = Scoring {
            folds,
            task: task.clone(),
            allowance: Allowance {
                threads: step.threads,
                clock: Arc::clone(&step.clock),
                deadline: ends(trial_ends)?,
                cancel: CancelFlag::from(step.cancel.shared()),
            },
            trials_end: ends(|_, budget_ends, total| trials_end(budget_ends, total))?,
            reporter: step.reporter.clone(),
        };
        let known = ml::registry::algorithm(&task.algorithm);
        let waited_for = match known.is_some_and(|known| !known.interruptible) {
            true => ends(slow_ends)?,
            false => scoring.allowance.deadline.clone(),
        };
        let patience = step.patience(waited_for.as_ref())?;
        let scored = within(patience, step.compute(move || scoring.run())).await;
        let outcome = match scored.transpose()? {
            Some((mut outcome, keeping)) => {
                outcome.kept = keeping.put(step).await?;
                outcome
            }
            None => TrialOutcome::failed(given_up()),
        };
        let trial = record(task, Some(&outcome), begun, Some(step.now()));
        let pipeline = step.pipeline()?.id;
        let told = json!({"number": task.number, "algorithm": task.algorithm,
                          "state": outcome.state, "score": outcome.score});
        let mut event = NewEvent::new(EventKind::Trial, Some(StageName::Optimise), told);
        event.message.clone_from(&outcome.error);
        let writes = vec![Write::Trial(pipeline, trial), Write::Event(pipeline, event)];
        let result = serde_json::to_value(&outcome)
            .map_err(|error| Failure::internal(format!("a trial cannot be written: {error}")))?;
        Ok(Outcome::Done {
            result: Some(result),
            writes,
        })
    }
}

/// What must end then, by when this trial was ready, the end of the budget and its seconds.
fn ends(
    step: &Step,
    ready: Timestamp,
    at: fn(Timestamp, Timestamp, f64) -> Timestamp,
) -> Result<Option<Deadline>, Failure> {
    let Budget::Seconds(total) = step.budget()? else {
        return Ok(None);
    };
    Ok(step.deadline()?.map(|deadline| {
        let at = at(ready, deadline.at(), total);
        Deadline::new(Arc::clone(&step.clock), at)
    }))
}

fn record(
    task: &TrialTask,
    outcome: Option<&TrialOutcome>,
    started: Timestamp,
    finished: Option<Timestamp>,
) -> Trial {
    Trial {
        number: task.number,
        algorithm: task.algorithm.clone(),
        params: task.params.clone(),
        state: outcome.map_or(TrialState::Running, |outcome| outcome.state),
        score: outcome.and_then(|outcome| outcome.score),
        std: outcome.and_then(|outcome| outcome.std),
        fold_scores: outcome
            .map(|outcome| outcome.fold_scores.clone())
            .unwrap_or_default(),
        visits: outcome.map_or(0, |outcome| outcome.visits),
        error: outcome.and_then(|outcome| outcome.error.clone()),
        started_at: Some(started),
        finished_at: finished,
    }
}

/// Everything that a blocking thread needs to score a configuration.
struct Scoring {
    folds: Arc<Folds>,
    task: TrialTask,
    /// Its deadline is when this trial must end.
    allowance: Allowance,
    /// When all trials must.
    trials_end: Option<Deadline>,
    reporter: Reporter,
}

impl Scoring {
    fn run(&self) -> Result<(TrialOutcome, Keeping), Failure> {
        let mut keeping = Keeping::small();
        let mut scores = Vec::new();
        let (mut visits, mut seconds, mut state) = (0_u64, 0.0, TrialState::Succeeded);
        let (mut error, mut curve_end, mut longest) = (None, None, None);
        for fold in 0..self.folds.count {
            let mut curve = Curve::towards(self.goal(fold));
            if let Some(reason) = self.cannot_start(longest) {
                (state, error) = (TrialState::Pruned, Some(reason));
                break;
            }
            match self.fit(fold, &mut curve) {
                Ok(fit) => {
                    let stopped = fit.fit.stopped;
                    if fold == 0 {
                        curve_end = curve.best();
                    }
                    visits += fit.fit.visits;
                    let took = fit.took.as_secs_f64();
                    seconds += took;
                    longest = Some(longest.map_or(took, |longest: f64| longest.max(took)));
                    scores.extend(fit.score);
                    if fit.gpu {
                        self.reporter.used_gpu();
                    }
                    keeping.add(fit.kept(fold))?;
                    match stopped {
                        Some(StopReason::Deadline) => {
                            (state, error) = (TrialState::Pruned, Some(out_of_time()));
                            break;
                        }
                        Some(StopReason::Asked) => {
                            state = TrialState::Pruned;
                            break;
                        }
                        Some(StopReason::EarlyStopping) | None => {}
                    }
                }
                Err(FitError::Cancelled) => return Err(Step::stopped_failure()),
                Err(FitError::NoTime) => {
                    (state, error) = (TrialState::Pruned, Some(out_of_time()));
                    break;
                }
                Err(other) => {
                    (state, error) = (TrialState::Failed, Some(failed(&self.task, &other)));
                    break;
                }
            }
            if fold + 1 < self.folds.count
                && scores.len() == fold as usize + 1
                && self.is_hopeless(&scores)
            {
                state = TrialState::Pruned;
                break;
            }
        }
        if scores.is_empty() {
            state = TrialState::Failed;
        }
        #[expect(clippy::cast_precision_loss, reason = "few folds")]
        let fitted = scores.len().max(1) as f64;
        let outcome = TrialOutcome {
            state,
            score: mean(&scores),
            std: std(&scores),
            fold_scores: scores,
            visits,
            fold_seconds: seconds / fitted,
            curve_end,
            kept: None,
            error,
        };
        Ok((outcome, keeping))
    }

    /// What the curve of a fold's fit should end below.
    fn goal(&self, fold: u32) -> Option<f64> {
        let known = ml::registry::algorithm(&self.task.algorithm)?;
        self.task
            .curve_above
            .filter(|_| fold == 0 && !known.planned)
    }

    fn fit(&self, fold: u32, curve: &mut Curve) -> Result<FoldFit, FitError> {
        self.folds.fit(
            &self.task.algorithm,
            &self.task.params,
            fold,
            &self.allowance,
            &mut |round| curve.follow(round),
        )
    }

    /// Why a fit must not begin: the time is up, or it cannot be interrupted and would take more
    /// than what is left. `longest` is what a fold of this trial took so far.
    fn cannot_start(&self, longest: Option<f64>) -> Option<Message> {
        let left = |deadline: &Deadline| deadline.left().as_secs_f64();
        let own = self.allowance.deadline.as_ref().map(left)?;
        let all = self.trials_end.as_ref().map_or(own, left);
        // The very first trials must tell something even when the budget is nearly spent.
        if own <= 0.0 && longest.is_some() {
            return Some(out_of_time());
        }
        let algorithm = ml::registry::algorithm(&self.task.algorithm)?;
        let (rows, outputs) = (self.folds.target.len(), self.folds.target.outputs());
        let columns = self.folds.columns(algorithm.view);
        let params = &self.task.params;
        let most = algorithm.uninterrupted_seconds(rows, columns, outputs, params)?;
        if may_begin(most, longest, own, all) {
            return None;
        }
        Some(longest.map_or_else(|| too_slow(most), |_| out_of_time()))
    }

    /// Whether the rest would be in vain: after one fold by the median of other trials, and after each
    /// by a comparison with the best of its kind, fold by fold.
    fn is_hopeless(&self, scores: &[f64]) -> bool {
        let losses: Vec<f64> = scores.iter().map(|s| self.folds.metric.loss(*s)).collect();
        match (&losses[..], self.task.prune_above) {
            ([first], Some(limit)) => *first > limit,
            _ => worse(&losses, &self.task.rival) < BY_CHANCE,
        }
    }
}

fn too_slow(seconds: f64) -> Message {
    let text = format!(
        "It cannot be interrupted and would take about {seconds:.0} s, more than is left for it."
    );
    Message::new(TOO_SLOW, text).with("seconds", seconds.round())
}

fn given_up() -> Message {
    let text = "It went on long after its time and was given up; it is not tried again.";
    Message::new(GIVEN_UP, text)
}

fn out_of_time() -> Message {
    Message::new(
        "trial.out_of_time",
        "The time for the trial was up before every fold was fitted.",
    )
}

fn failed(task: &TrialTask, error: &FitError) -> Message {
    let text = format!(
        "Trial {} of {} failed: {error}.",
        task.number, task.algorithm
    );
    Message::new("trial.failed", text)
        .with("number", task.number)
        .with("algorithm", task.algorithm.as_str())
        .because(&error.message())
}
