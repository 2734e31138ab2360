//! The step of a study: rebuild it from the store, ask, wait; at the end choose.

use crate::choice::{best, choose, simplest};
use crate::plan::{MAX_TRIALS, Plan, Situation, affordable, plan, seconds_kept, units_left};
use crate::study::{Past, Standing, ask};
use crate::told::Told;
use async_trait::async_trait;
use domain::event::NewEvent;
use domain::job::{JobKind, Payload, TrialTask};
use domain::pipeline::StageName;
use domain::results::{Optimised, Prepared, Selection, StageResult};
use domain::spec::Budget;
use domain::study::{Candidate, Trial, TrialState};
use domain::task::Metric;
use domain::{Failure, Message};
use folds::mean;
use ml::recipe::View;
use ports::store::Write;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use service_kit::{Handler, Outcome, Step};
use std::collections::HashSet;

/// Handles `optimise` jobs.
#[derive(Debug)]
pub(crate) struct Optimise;

#[async_trait]
impl Handler for Optimise {
    async fn step(&self, step: &Step) -> Result<Outcome, Failure> {
        let prepared = step.prepared().await?;
        let Selection {
            candidates,
            work_units,
            dense_columns,
        } = selection(step).await?;
        let told: Vec<Told> = step
            .ports
            .store
            .children(step.job.id)
            .await?
            .into_iter()
            .filter_map(Told::of)
            .collect();
        let price = |task: &TrialTask| cost(task, &told, &prepared, dense_columns);
        let situation = situation(step, &prepared, &told, work_units)?;
        let memo = forget(step, &told, prepared.metric).await?;
        report(step, &told, &situation, prepared.metric);
        let mut asked = match plan(&situation) {
            Plan::Ask(count) => {
                let tasks = asks(step, &candidates, &told, count, prepared.metric)?;
                let prices: Vec<f64> = tasks.iter().map(price).collect();
                let chosen = affordable(&prices, units_left(&situation), told.is_empty());
                numbered(tasks, &chosen, told.len())
            }
            Plan::Wait | Plan::Stop => Vec::new(),
        };
        let open = situation.open + asked.len();
        if open == 0 {
            return finish(step, &prepared, &candidates, &told, work_units);
        }
        let mut writes: Vec<Write> = best(&told, prepared.metric)
            .map(|score| Write::BestScore(step.job.pipeline.unwrap_or_default(), score))
            .into_iter()
            .collect();
        let pipeline = step.pipeline()?;
        writes.extend(
            asked
                .iter()
                .map(|task| Write::Trial(pipeline.id, queued(task))),
        );
        let wake_at = match situation.budget {
            // In batches the study goes on when all are told: the longest begins first, so that no
            // worker waits long for another one.
            Budget::WorkUnits(_) => {
                asked.sort_by(|a, b| price(b).total_cmp(&price(a)));
                0
            }
            // Else it goes on as soon as one is.
            Budget::Seconds(_) => u32::try_from(open - 1).unwrap_or(u32::MAX),
        };
        let children = asked
            .into_iter()
            .map(|task| step.child(JobKind::Trial, Payload::Trial(task)))
            .collect();
        Ok(Outcome::Wait {
            children,
            wake_at,
            memo,
            writes,
        })
    }
}

/// What the study remembers from step to step.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Memo {
    /// Trials whose folds were removed.
    forgotten: Vec<u32>,
}

/// Removes the folds of trials that will not be trained: later ones only push them further back.
async fn forget(step: &Step, told: &[Told], metric: Metric) -> Result<Value, Failure> {
    let known = step.job.memo.clone();
    let mut memo: Memo = known
        .and_then(|memo| serde_json::from_value(memo).ok())
        .unwrap_or_default();
    let (chosen, others) = choose(told, metric);
    let needed: HashSet<u32> = chosen.iter().chain(&others).map(|c| c.trial).collect();
    for trial in told {
        let number = trial.task.number;
        let kept = trial
            .outcome
            .as_ref()
            .and_then(|outcome| outcome.kept.as_ref());
        if let Some(kept) = kept
            && !needed.contains(&number)
            && !memo.forgotten.contains(&number)
        {
            step.forget(&kept.file).await;
            memo.forgotten.push(number);
        }
    }
    serde_json::to_value(memo)
        .map_err(|error| Failure::internal(format!("the memo cannot be written: {error}")))
}

/// What was selected, without those that were left out.
async fn selection(step: &Step) -> Result<Selection, Failure> {
    match step.result_of(StageName::Select).await? {
        StageResult::Select(mut selection) => {
            selection.candidates.retain(|candidate| candidate.selected);
            Ok(selection)
        }
        _ => Err(Failure::internal(
            "the result of select is of another stage",
        )),
    }
}

fn situation(
    step: &Step,
    prepared: &Prepared,
    told: &[Told],
    work_units: f64,
) -> Result<Situation, Failure> {
    let metric = prepared.metric;
    let mut best = f64::INFINITY;
    let mut stale = 0;
    for trial in told.iter().filter(|trial| !trial.open) {
        match trial.past(metric).standing {
            Standing::Scored(loss) if loss < best => (best, stale) = (loss, 0),
            _ => stale += 1,
        }
    }
    // What a trial has kept needs no training.
    let (chosen, _) = choose(told, metric);
    let untrained = chosen
        .iter()
        .filter(|configuration| configuration.kept.is_none());
    let training: f64 = untrained
        .clone()
        .map(|configuration| configuration.fold_seconds * f64::from(prepared.folds))
        .sum();
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let training_units = untrained
        .map(|configuration| configuration.fold_visits as f64 * f64::from(prepared.folds) / 1e6)
        .sum();
    Ok(Situation {
        budget: step.budget()?,
        ends: step.deadline()?.map(|deadline| deadline.at()),
        now: step.now(),
        asked: told.len(),
        open: told.iter().filter(|trial| trial.open).count(),
        running: told.iter().filter(|trial| trial.running).count(),
        units: work_units + units(told),
        training_seconds: training,
        training_units,
        stale,
        scored: best.is_finite(),
    })
}

/// Work units of all trials so far.
fn units(told: &[Told]) -> f64 {
    let visits = told
        .iter()
        .filter_map(|trial| Some(trial.outcome.as_ref()?.visits));
    #[expect(clippy::cast_precision_loss, reason = "shown to people")]
    let visits = visits.sum::<u64>() as f64;
    visits / 1e6
}

fn asks(
    step: &Step,
    candidates: &[Candidate],
    told: &[Told],
    count: usize,
    metric: Metric,
) -> Result<Vec<TrialTask>, Failure> {
    let seed = step.pipeline()?.spec.seed.unwrap_or(0);
    // What was given up once goes on unheard; there must not be two of them. And who had too little
    // time will never have more.
    let candidates: Vec<Candidate> = candidates
        .iter()
        .filter(|candidate| !told.iter().any(|trial| trial.too_slow(candidate)))
        .cloned()
        .collect();
    let mut past: Vec<Past> = told.iter().map(|trial| trial.past(metric)).collect();
    let mut tasks = Vec::new();
    while tasks.len() < count
        && let Some(next) = ask(&candidates, &past, seed)
    {
        let number = u32::try_from(past.len()).unwrap_or(u32::MAX);
        past.push(Past {
            algorithm: next.algorithm.clone(),
            params: next.params.clone(),
            standing: Standing::Open,
            fold_losses: Vec::new(),
            curve_end: None,
        });
        let (algorithm, params) = (next.algorithm, next.params);
        tasks.push(TrialTask {
            number,
            algorithm,
            params,
            prune_above: next.prune_above,
            rival: next.rival,
            curve_above: next.curve_above,
        });
    }
    Ok(tasks)
}

/// The chosen of the tasks. Trials are numbered without gaps, in the order in which they are asked.
fn numbered(tasks: Vec<TrialTask>, chosen: &[usize], told: usize) -> Vec<TrialTask> {
    let tasks = tasks.into_iter().enumerate();
    let kept = tasks.filter(|(place, _)| chosen.contains(place));
    kept.enumerate()
        .map(|(more, (_, task))| TrialTask {
            number: u32::try_from(told + more).unwrap_or(u32::MAX),
            ..task
        })
        .collect()
}

/// About how many work units a trial takes: as many as the algorithm's whole trials took so far, or what
/// its formula says.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn cost(task: &TrialTask, told: &[Told], prepared: &Prepared, dense_columns: u64) -> f64 {
    let own = told
        .iter()
        .filter(|trial| trial.task.algorithm == task.algorithm);
    let whole = own.filter_map(|trial| {
        let outcome = trial.outcome.as_ref()?;
        (outcome.state == TrialState::Succeeded).then_some(outcome.visits as f64)
    });
    let visits: Vec<f64> = whole.collect();
    let visits = mean(&visits).or_else(|| {
        let algorithm = ml::registry::algorithm(&task.algorithm)?;
        let folds = u64::from(prepared.folds.max(1));
        let rows = usize::try_from(prepared.rows_train / folds * (folds - 1)).ok()?;
        let columns = match algorithm.view {
            View::Dense if dense_columns > 0 => usize::try_from(dense_columns).ok()?,
            _ => prepared.features.len(),
        };
        let outputs = prepared.classes.len().max(1);
        let one = algorithm.visits(rows, columns, outputs, &task.params);
        Some(one as f64 * folds as f64)
    });
    visits.unwrap_or(0.0) / 1e6
}

fn queued(task: &TrialTask) -> Trial {
    Trial {
        number: task.number,
        algorithm: task.algorithm.clone(),
        params: task.params.clone(),
        state: TrialState::Queued,
        score: None,
        std: None,
        fold_scores: Vec::new(),
        visits: 0,
        error: None,
        started_at: None,
        finished_at: None,
    }
}

fn report(step: &Step, told: &[Told], situation: &Situation, metric: Metric) {
    let done = told.len() - situation.open;
    let left = situation
        .ends
        .map(|ends| ends.since(situation.now).as_secs());
    let best = best(told, metric);
    let score = best.map_or(String::new(), |best| format!(", best {metric} {best:.4}"));
    let time = left.map_or(String::new(), |left| {
        format!(", {left} s of the budget left")
    });
    let text = format!("Trial {done} of at most {MAX_TRIALS}{score}{time}.");
    let message = Message::new("optimise.progress", text)
        .with("done", done)
        .with("most", MAX_TRIALS)
        .with("metric", metric.as_str())
        .with("best", best)
        .with("seconds_left", left);
    step.reporter
        .progress(fraction(situation, done), Some(message));
}

#[expect(clippy::cast_precision_loss, reason = "a share needs no more")]
fn fraction(situation: &Situation, done: usize) -> f64 {
    let by_count = done as f64 / MAX_TRIALS as f64;
    let by_budget = match (situation.budget, situation.ends) {
        (Budget::WorkUnits(units), _) => situation.units / (units as f64).max(1.0),
        (Budget::Seconds(total), Some(ends)) => {
            spent_share(ends.since(situation.now).as_secs_f64() / total)
        }
        _ => 0.0,
    };
    by_count.max(by_budget).min(0.99)
}

/// How much of the trials' time is spent when `left` of the whole budget is left.
fn spent_share(left: f64) -> f64 {
    let kept = seconds_kept(1.0);
    1.0 - (left - kept).max(0.0) / (1.0 - kept)
}

fn finish(
    step: &Step,
    prepared: &Prepared,
    candidates: &[Candidate],
    told: &[Told],
    work_units: f64,
) -> Result<Outcome, Failure> {
    let (mut chosen, others) = choose(told, prepared.metric);
    let mut reason = None;
    if chosen.is_empty() {
        // Every trial failed or ran out of time; training still tries the simplest that may end.
        chosen = vec![simplest(candidates, told)];
        reason = told
            .iter()
            .find_map(|trial| trial.outcome.as_ref()?.error.clone());
    }
    let best = best(told, prepared.metric);
    let first = chosen
        .first()
        .map_or("", |configuration| configuration.algorithm.as_str());
    let count = told.len();
    let called = ml::registry::called(first);
    let metric = prepared.metric;
    let message = match best {
        // Else a budget that is not spent looks like a fault.
        Some(score) if count >= MAX_TRIALS => {
            let text = format!(
                "{count} trials, more than which are not made; the best is {called} with {metric} \
                 {score:.4}. What is left of the budget goes to the training."
            );
            Message::new("optimise.done_all", text)
                .with("metric", metric.as_str())
                .with("score", score)
        }
        Some(score) => {
            let trials = if count == 1 { "trial" } else { "trials" };
            let text = format!("{count} {trials}; the best is {called} with {metric} {score:.4}.");
            Message::new("optimise.done", text)
                .with("metric", metric.as_str())
                .with("score", score)
        }
        // A sentence that mentions a score needs one.
        None => {
            let text =
                format!("None of {count} trials was finished; training goes on with {called}.");
            Message::new("optimise.done_without_score", text)
        }
    };
    let message = message.with("trials", count).with("algorithm", first);
    let trials = u32::try_from(told.len()).unwrap_or(u32::MAX);
    let pipeline = step.pipeline()?.id;
    let best = best.map(|score| Write::BestScore(pipeline, score));
    let warning = reason.map(|reason| {
        let event = NewEvent::warning(Some(StageName::Optimise), reason);
        Write::Event(pipeline, event)
    });
    let writes = best.into_iter().chain(warning).collect();
    let result = StageResult::Optimise(Optimised {
        chosen,
        others,
        trials,
        work_units: work_units + units(told),
    });
    Ok(Outcome::Stage {
        result: Box::new(result),
        message,
        writes,
    })
}
