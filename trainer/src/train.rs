//! The steps of training: plan, wait for the folds, bind.

use crate::bind::{Binder, Bound, Source, row_limit_ms};
use crate::fold::AGAIN_SHARE;
use crate::missing::warnings;
use crate::plan::{MOST_FITS, Models};
use async_trait::async_trait;
use domain::event::{EventKind, NewEvent};
use domain::job::{FoldTask, Job, JobKind, NewJob, Payload};
use domain::model::Model;
use domain::pipeline::StageName;
use domain::results::{Configuration, Optimised, Prepared, StageResult, Trained};
use domain::{Failure, Message, ModelId};
use folds::{FoldOutcome, Folds, FoldsCache, Spare};
use ports::store::Write;
use serde_json::json;
use service_kit::{Handler, Outcome, Step};
use std::sync::Arc;

/// Handles `train` jobs.
#[derive(Debug)]
pub(crate) struct Train {
    pub(crate) cache: Arc<FoldsCache>,
}

/// A fold that was asked for, with its answer if there is one.
#[derive(Debug)]
pub(crate) struct Told {
    pub task: FoldTask,
    pub open: bool,
    pub outcome: Option<FoldOutcome>,
    /// Why its job was given up.
    pub failure: Option<Message>,
}

impl Told {
    pub fn is_fitted(&self) -> bool {
        let outcome = self.outcome.as_ref();
        outcome.is_some_and(|outcome| outcome.kept.is_some())
    }

    /// Why it was not fitted.
    pub fn reason(&self) -> Option<&Message> {
        let outcome = self.outcome.as_ref();
        let told = outcome.and_then(|outcome| outcome.error.as_ref());
        told.or(self.failure.as_ref())
    }
}

#[async_trait]
impl Handler for Train {
    async fn step(&self, step: &Step) -> Result<Outcome, Failure> {
        let prepared = step.prepared().await?;
        let children = step.ports.store.children(step.job.id).await?;
        let told: Vec<Told> = children.into_iter().filter_map(told).collect();
        let open = told.iter().filter(|fold| fold.open).count();
        let optimised = optimised(step).await?;
        let models = Models::of(&optimised, step.budget()?, prepared.folds);
        let folds = self.cache.get(step, &prepared).await?;
        let children = if told.is_empty() {
            let spare = Spare::of(step, AGAIN_SHARE, optimised.work_units)?;
            ask(step, &models, &folds, spare)
        } else {
            Vec::new()
        };
        report(step, told.len() + children.len(), told.len() - open);
        let open = open + children.len();
        if open > 0 {
            // Woken by each fold, to tell progress; the last one binds.
            let wake_at = u32::try_from(open - 1).unwrap_or(u32::MAX);
            return Ok(Outcome::Wait {
                children,
                wake_at,
                memo: json!({}),
                writes: Vec::new(),
            });
        }
        let binder = Binder {
            step,
            prepared: &prepared,
            folds: &folds,
            cuts: cuts(&models, &told, folds.count),
            row_limit_ms: row_limit_ms(step, prepared.rows_test)?,
        };
        let source = |model: &Configuration| source(model, &told);
        let reason = told.iter().find_map(Told::reason);
        let leaders = models.leaders.iter().map(source).collect();
        let mut bound = binder.bind(leaders, reason).await?;
        let others = models.others.iter().map(source).collect();
        let mixture = binder.mix(&mut bound, others).await?;
        bound.extend(mixture);
        let work_units = models.work_units(&told);
        let warnings = warnings(&told, prepared.folds);
        finish(step, &prepared, bound, work_units, warnings)
    }
}

/// A job for every fold of every model that its trial has not kept, and where there is time left one
/// for every other cut of the rows.
fn ask(step: &Step, models: &Models, folds: &Folds, spare: Spare) -> Vec<NewJob> {
    let job = |model: &Configuration, fold, folds| {
        let task = FoldTask {
            model: model.trial,
            fold,
            folds,
            whole: false,
            algorithm: model.algorithm.clone(),
            params: model.params.clone(),
        };
        step.child(JobKind::Fold, Payload::Fold(task))
    };
    let missing = models.missing().into_iter();
    let mut jobs: Vec<NewJob> = missing.map(|(model, fold)| job(model, fold, 1)).collect();
    if folds.can_be_cut_anew() {
        let again = models.again(spare).into_iter();
        jobs.extend(again.map(|(cut, model)| job(model, cut * folds.count, folds.count)));
    }
    jobs
}

/// Cuts of the rows that every model of the leaderboard was fitted on whole.
fn cuts(models: &Models, told: &[Told], folds: u32) -> u32 {
    let whole = |model: &Configuration, cut: u32| {
        told.iter().any(|fold| {
            let kept = fold.outcome.as_ref().and_then(|told| told.kept.as_ref());
            fold.task.model == model.trial
                && fold.task.fold == cut * folds
                && kept.is_some_and(|kept| kept.folds == folds)
        })
    };
    let all = |cut: &u32| models.leaders.iter().all(|model| whole(model, *cut));
    (1..=MOST_FITS).take_while(all).last().unwrap_or(0) + 1
}

/// Where the folds of a model lie: as its trial kept them, and as their jobs did.
fn source(model: &Configuration, told: &[Told]) -> Source {
    let own = told.iter().filter(|fold| fold.task.model == model.trial);
    let fitted = own.filter_map(|fold| fold.outcome.as_ref()?.kept.as_ref());
    let files = model.kept.iter().chain(fitted);
    Source {
        algorithm: model.algorithm.clone(),
        params: model.params.clone(),
        files: files.map(|kept| kept.file.clone()).collect(),
    }
}

async fn optimised(step: &Step) -> Result<Optimised, Failure> {
    let mut optimised = step.optimised().await?;
    // A backup of a site at work may lack what was kept; then it is fitted again.
    let all = optimised.chosen.iter_mut().chain(&mut optimised.others);
    for configuration in all {
        if let Some(kept) = &configuration.kept
            && !step.has(&kept.file).await?
        {
            configuration.kept = None;
        }
    }
    optimised.others.retain(|other| other.kept.is_some());
    Ok(optimised)
}

fn told(job: Job) -> Option<Told> {
    let outcome = job.outcome();
    let failure = job.error.map(|failure| failure.message);
    let Payload::Fold(task) = job.payload else {
        return None;
    };
    Some(Told {
        task,
        open: job.state.is_open(),
        outcome,
        failure,
    })
}

fn report(step: &Step, all: usize, done: usize) {
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more")]
    let fraction = done as f64 / all.max(1) as f64;
    let text = format!("{done} of {all} folds are fitted.");
    let message = Message::new("train.progress", text)
        .with("done", done)
        .with("all", all);
    step.reporter.progress(fraction * 0.98, Some(message));
}

fn finish(
    step: &Step,
    prepared: &Prepared,
    bound: Vec<Bound>,
    work_units: f64,
    warnings: Vec<Message>,
) -> Result<Outcome, Failure> {
    let pipeline = step.pipeline()?;
    let message = done(&bound, prepared.folds);
    let mut writes: Vec<Write> = warnings
        .into_iter()
        .map(|warning| {
            let event = NewEvent::warning(Some(StageName::Train), warning);
            Write::Event(pipeline.id, event)
        })
        .collect();
    let mut models = Vec::new();
    for (number, bound) in (0_u32..).zip(bound) {
        let id = ModelId::new();
        let data = json!({"model_id": id, "algorithm": bound.source.algorithm});
        let event = NewEvent::new(EventKind::Model, Some(StageName::Train), data);
        writes.push(Write::Event(pipeline.id, event));
        writes.push(Write::Model(Box::new(Model {
            id,
            pipeline: pipeline.id,
            owner: pipeline.owner,
            course: pipeline.spec.course_id,
            number,
            algorithm: bound.source.algorithm,
            params: bound.source.params,
            task: prepared.task,
            target: pipeline.spec.target.clone(),
            metric: prepared.metric,
            cv_score: bound.cv_score,
            cv_std: bound.cv_std,
            folds: Some(bound.folds),
            fold_scores: bound.fold_scores,
            test_score: None,
            test_ci: None,
            fit_seconds: bound.seconds,
            predict_us_per_row: None,
            bytes: bound.written.bytes,
            sha256: bound.written.sha256,
            artifact: bound.artifact,
            rank: None,
            chosen: false,
            created_at: step.now(),
        })));
        models.push(id);
    }
    let result = Box::new(StageResult::Train(Trained { models, work_units }));
    Ok(Outcome::Stage {
        result,
        message,
        writes,
    })
}

/// The outcome in a sentence; it says how many models lack folds.
fn done(bound: &[Bound], folds: u32) -> Message {
    let short = bound.iter().filter(|bound| bound.folds.is_short()).count();
    let models = bound.len();
    if short == 0 {
        let text = match models {
            1 => format!("One model was trained, {folds} folds."),
            _ => format!("{models} models were trained, {folds} folds each."),
        };
        return Message::new("train.done", text)
            .with("models", models)
            .with("folds", folds);
    }
    let text = match models {
        1 => format!("One model was trained; it lacks some of its {folds} folds."),
        _ => format!(
            "{models} models were trained; {short} of them lack some of their {folds} folds."
        ),
    };
    Message::new("train.done_short", text)
        .with("models", models)
        .with("short", short)
        .with("folds", folds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::model::FoldCount;
    use domain::study::Params;
    use ports::artifacts::Written;

    fn bound(done: u32) -> Bound {
        Bound {
            source: Source {
                algorithm: "knn".into(),
                params: Params::default(),
                files: Vec::new(),
            },
            cv_score: 0.5,
            cv_std: 0.0,
            folds: FoldCount { done, of: 5 },
            fold_scores: Vec::new(),
            seconds: 1.0,
            row_nanoseconds: 0.0,
            predictions: None,
            artifact: String::new(),
            written: Written {
                bytes: 1,
                sha256: String::new(),
            },
        }
    }

    #[test]
    fn what_was_trained_is_told_as_it_is() {
        let all = done(&[bound(5), bound(5)], 5);
        assert_eq!(all.text, "2 models were trained, 5 folds each.");
        let short = done(&[bound(5), bound(2)], 5);
        assert_eq!(short.code, "train.done_short");
        assert_eq!(short.params["short"], 1);
    }
}
