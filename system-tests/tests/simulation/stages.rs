//! Stand-ins for the services: they write files, have children and produce typed results as the real
//! ones do, and compute nothing. The orchestrator is the real one.

use crate::hub::Hub;
use crate::lock;
use async_trait::async_trait;
use domain::evaluation::Evaluation;
use domain::job::{FoldTask, Job, JobKind, NewJob, Payload, TrialTask};
use domain::pipeline::StageName;
use domain::results::{Deployed, Evaluated, Optimised, Prepared, Selection, StageResult, Trained};
use domain::study::{Params, TrialState};
use domain::task::{Metric, Task};
use domain::{Failure, JobId, Message, ModelId};
use ports::contract::store::samples;
use ports::store::{DatasetOutcome, Write};
use serde_json::json;
use service_kit::{Handler, Outcome, Role, Service, Step, Weight};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Does every kind of job, and suffers its fate.
struct StandIn {
    hub: Arc<Hub>,
    process: usize,
    real: Option<Arc<dyn Handler>>,
}

/// What one process handles: these kinds of job.
pub fn services(hub: &Arc<Hub>, process: usize, kinds: &[JobKind]) -> Vec<Service> {
    let orchestrator = orchestrator::service().handlers;
    let real = |kind| {
        let handlers = orchestrator.iter().find(|(handled, ..)| *handled == kind);
        handlers.map(|(_, _, handler)| Arc::clone(handler))
    };
    let handler = |kind: &JobKind| {
        let weight = match kind {
            JobKind::Trial | JobKind::Fold => Weight::Heavy,
            _ => Weight::Light,
        };
        let handler = StandIn {
            hub: Arc::clone(hub),
            process,
            real: real(*kind),
        };
        (*kind, weight, Arc::new(handler) as Arc<dyn Handler>)
    };
    vec![Service {
        role: Role::Orchestrator,
        handlers: kinds.iter().map(handler).collect(),
    }]
}

#[async_trait]
impl Handler for StandIn {
    async fn step(&self, step: &Step) -> Result<Outcome, Failure> {
        // The work lasts as long as the scheduler wants, and may be cut off on both sides of it.
        self.hub.gate.pass(self.process, "work", None).await;
        let kills = lock(&self.hub.fates).kills(&step.job);
        if kills {
            lock(&self.hub.killed).push(self.process);
            return std::future::pending().await;
        }
        let failure = lock(&self.hub.fates).failure(&step.job);
        if let Some(real) = &self.real {
            return match failure {
                Some(failure) => Err(failure),
                None => real.step(step).await,
            };
        }
        let outcome = self.done(step).await?;
        self.hub.gate.pass(self.process, "work", None).await;
        // Whoever fails late leaves files behind.
        failure.map_or(Ok(outcome), Err)
    }
}

impl StandIn {
    async fn done(&self, step: &Step) -> Result<Outcome, Failure> {
        step.reporter.progress(0.5, None);
        match step.job.kind {
            JobKind::Profile => Ok(self.profile(&step.job)),
            JobKind::Prepare => prepare(step).await,
            JobKind::Select => select(step).await,
            JobKind::Optimise => self.optimise(step).await,
            JobKind::Trial => Ok(trial(&step.job)),
            JobKind::Train => self.train(step).await,
            JobKind::Fold => fold(step).await,
            JobKind::Evaluate => evaluate(step).await,
            JobKind::Deploy => deploy(step).await,
            other => Err(Failure::internal(format!("nobody does {other}"))),
        }
    }

    fn below(&self, limit: u32) -> u32 {
        let drawn = lock(&self.hub.fates).below(limit as usize);
        u32::try_from(drawn).unwrap()
    }

    fn profile(&self, job: &Job) -> Outcome {
        let mut writes = Vec::new();
        if let Payload::Profile { dataset, version } = job.payload {
            let unreadable = DatasetOutcome::Failed {
                failure: Failure::invalid("drawn.unreadable", "It was drawn to be no table."),
                format: None,
            };
            let outcome = if self.below(10) == 0 {
                unreadable
            } else {
                samples::ready()
            };
            writes.push(Write::Dataset(dataset, version, Box::new(outcome)));
        }
        Outcome::Done {
            result: None,
            writes,
        }
    }

    async fn optimise(&self, step: &Step) -> Result<Outcome, Failure> {
        let pipeline = step.pipeline()?.id;
        let (children, open) = children(step).await?;
        let asked = u32::try_from(children.len()).unwrap_or(u32::MAX);
        // A study asks for more while the last trials still run.
        let more = if asked == 0 {
            1 + self.below(3)
        } else {
            self.below(4 - asked.min(3))
        };
        if open == 0 && (more == 0 || asked >= 4) {
            let result = Optimised {
                chosen: Vec::new(),
                others: Vec::new(),
                trials: asked,
                work_units: 0.0,
            };
            return Ok(stage(StageResult::Optimise(result), Vec::new()));
        }
        let task = |number| TrialTask {
            number,
            algorithm: "drawn".to_owned(),
            params: Params::default(),
            prune_above: None,
            rival: Vec::new(),
            curve_above: None,
        };
        let asked_for = (asked..asked + more).map(|number| Payload::Trial(task(number)));
        let children: Vec<NewJob> = asked_for
            .map(|payload| child(&step.job, JobKind::Trial, payload))
            .collect();
        let trials = (asked..asked + more)
            .map(|number| Write::Trial(pipeline, samples::trial(number, TrialState::Queued)));
        Ok(Outcome::Wait {
            wake_at: self.below(open + more),
            memo: json!({ "asked": asked + more }),
            writes: trials.collect(),
            children,
        })
    }

    async fn train(&self, step: &Step) -> Result<Outcome, Failure> {
        let pipeline = step.pipeline()?;
        let (folds, open) = children(step).await?;
        if folds.is_empty() {
            let task = |fold| FoldTask {
                model: 0,
                fold,
                folds: 1,
                whole: false,
                algorithm: "drawn".to_owned(),
                params: Params::default(),
            };
            let count = 1 + self.below(3);
            let payloads = (0..count).map(|fold| Payload::Fold(task(fold)));
            let children = payloads.map(|payload| child(&step.job, JobKind::Fold, payload));
            return Ok(Outcome::Wait {
                children: children.collect(),
                wake_at: 0,
                memo: json!({ "asked": count }),
                writes: Vec::new(),
            });
        }
        if open > 0 {
            return Err(Failure::invalid("law.woken", "woken while folds are open"));
        }
        for fold in &folds {
            if let Some(key) = fold.outcome::<String>() {
                step.fetch(&key).await?;
            }
        }
        let (artifact, _) = step.put("model.mlm", "x".into()).await?;
        let model = domain::model::Model {
            artifact,
            ..samples::model(pipeline.owner, pipeline.id, 0)
        };
        let models = vec![model.id];
        let writes = vec![Write::Model(Box::new(model))];
        Ok(stage(
            StageResult::Train(Trained {
                models,
                work_units: 0.0,
            }),
            writes,
        ))
    }
}

/// The children of a step's job, and how many are open. Exactly those that earlier steps committed
/// are there.
async fn children(step: &Step) -> Result<(Vec<Job>, u32), Failure> {
    let children = step.ports.store.children(step.job.id).await?;
    let memo = step.job.memo.as_ref();
    let asked = memo.and_then(|memo| memo["asked"].as_u64()).unwrap_or(0);
    if asked != children.len() as u64 {
        let text = format!("{asked} children were stored, {} are there", children.len());
        return Err(Failure::invalid("law.children", text));
    }
    let open = children
        .iter()
        .filter(|child| child.state.is_open())
        .count();
    Ok((children, u32::try_from(open).unwrap_or(u32::MAX)))
}

fn child(parent: &Job, kind: JobKind, payload: Payload) -> NewJob {
    NewJob {
        id: JobId::new(),
        parent: Some(parent.id),
        kind,
        pipeline: parent.pipeline,
        owner: parent.owner,
        payload,
    }
}

fn stage(result: StageResult, writes: Vec<Write>) -> Outcome {
    Outcome::Stage {
        result: Box::new(result),
        message: Message::new("drawn.done", "It is done."),
        writes,
    }
}

async fn prepare(step: &Step) -> Result<Outcome, Failure> {
    let (train, _) = step.put("train.parquet", "x".into()).await?;
    let (test, _) = step.put("test.parquet", "x".into()).await?;
    let prepared = Prepared {
        task: Task::Binary,
        metric: Metric::RocAuc,
        classes: Vec::new(),
        positive: None,
        profile: samples::profile(),
        recipe: train.clone(),
        train,
        test,
        rows_train: 2,
        rows_test: 1,
        features: Vec::new(),
        folds: 3,
        dataset_sha256: String::new(),
        split: None,
        warnings: Vec::new(),
    };
    Ok(stage(StageResult::Prepare(Box::new(prepared)), Vec::new()))
}

async fn select(step: &Step) -> Result<Outcome, Failure> {
    let prepared = step.prepared().await?;
    step.fetch(&prepared.train).await?;
    let selection = Selection {
        candidates: Vec::new(),
        work_units: 0.0,
        dense_columns: 0,
    };
    Ok(stage(StageResult::Select(selection), Vec::new()))
}

fn trial(job: &Job) -> Outcome {
    let mut writes = Vec::new();
    if let (Payload::Trial(task), Some(pipeline)) = (&job.payload, job.pipeline) {
        let trial = samples::trial(task.number, TrialState::Succeeded);
        writes.push(Write::Trial(pipeline, trial));
    }
    let result = Some(json!(0.5));
    Outcome::Done { result, writes }
}

async fn fold(step: &Step) -> Result<Outcome, Failure> {
    let (key, _) = step.put("fold.bin", "x".into()).await?;
    Ok(Outcome::Done {
        result: Some(json!(key)),
        writes: Vec::new(),
    })
}

async fn evaluate(step: &Step) -> Result<Outcome, Failure> {
    let pipeline = step.pipeline()?.id;
    let models = step.ports.store.leaderboard(pipeline).await?;
    for model in &models {
        step.fetch(&model.artifact).await?;
    }
    let (report, _) = step.put("report.html", "x".into()).await?;
    let evaluation = Evaluation {
        task: Task::Binary,
        metric: Metric::RocAuc,
        classes: Vec::new(),
        positive_class: None,
        rows_train: 2,
        rows_test: 1,
        chosen_model_id: models.first().map_or_else(ModelId::new, |model| model.id),
        verdict: None,
        cautions: Vec::new(),
        models: Vec::new(),
    };
    let evaluated = Evaluated {
        evaluation,
        plots: Vec::new(),
        reports: BTreeMap::from([("fr".to_owned(), report)]),
        cards: BTreeMap::new(),
    };
    Ok(stage(
        StageResult::Evaluate(Box::new(evaluated)),
        Vec::new(),
    ))
}

async fn deploy(step: &Step) -> Result<Outcome, Failure> {
    let pipeline = step.pipeline()?;
    let trained = step.result_of(StageName::Train).await?;
    let mut writes = Vec::new();
    let mut deployment = None;
    // Half of them, so that others can be deleted.
    if let (StageResult::Train(_), Some(name)) = (trained, &pipeline.spec.deploy.name) {
        let write = samples::deployment(pipeline.owner, pipeline.id, name);
        writes.push(Write::Deploy(write));
        deployment = Some((name.clone(), 1));
    }
    let reason = Message::new("drawn.deployed", "It was asked for.");
    let deployed = Deployed { deployment, reason };
    Ok(stage(StageResult::Deploy(deployed), writes))
}
