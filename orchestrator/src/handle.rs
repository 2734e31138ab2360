//! Looking at a pipeline and committing what the machine decides.

use crate::machine::{Decision, Event, Run};
use async_trait::async_trait;
use domain::dataset::DatasetState;
use domain::job::{JobKind, NewJob, Payload};
use domain::pipeline::{Pipeline, PipelineState, StageState};
use domain::{Failure, JobId};
use ports::store::{StageChange, Write};
use service_kit::{Handler, Outcome, Step};

/// Handles `advance` jobs.
#[derive(Debug)]
pub(crate) struct Advance;

#[async_trait]
impl Handler for Advance {
    async fn step(&self, step: &Step) -> Result<Outcome, Failure> {
        let pipeline = step.pipeline()?;
        let spec = &pipeline.spec;
        let version = spec.dataset_version.unwrap_or(1);
        let found = step
            .ports
            .store
            .dataset_version(spec.dataset_id, version)
            .await?;
        let (state, error) = found.map_or((DatasetState::Failed, None), |version| {
            (version.state, version.error)
        });
        let mut writes = Vec::new();
        let mut run = Run::of(pipeline, state);
        while let Some(decision) = run.decide() {
            let event = carry_out(pipeline, decision, error.as_ref(), &mut writes);
            run = run
                .apply(event)
                .map_err(|refused| Failure::internal(refused.to_string()))?;
        }
        Ok(Outcome::Done {
            result: None,
            writes,
        })
    }
}

/// What a decision writes, and the event that it is.
fn carry_out(
    pipeline: &Pipeline,
    decision: Decision,
    unreadable: Option<&Failure>,
    writes: &mut Vec<Write>,
) -> Event {
    match decision {
        Decision::Queue(stage) => {
            let job = NewJob {
                id: JobId::new(),
                parent: None,
                kind: JobKind::from(stage),
                pipeline: Some(pipeline.id),
                owner: pipeline.owner,
                payload: Payload::Pipeline,
            };
            writes.push(Write::Stage(pipeline.id, stage, StageChange::Queue(job)));
            Event::Queued(stage)
        }
        Decision::Skip(stage) => {
            let change = StageChange::Ended(StageState::Skipped, None);
            writes.push(Write::Stage(pipeline.id, stage, change));
            Event::Skipped(stage)
        }
        Decision::Finish(state) => {
            let failure = (state == PipelineState::Failed)
                .then(|| reason(pipeline, unreadable))
                .flatten();
            // The store ends what is still open, as it does when there is nobody left to decide.
            writes.push(Write::Pipeline(pipeline.id, state, failure));
            Event::Finished(state)
        }
    }
}

/// Why the pipeline failed: the failed stage's reason, or the dataset's.
fn reason(pipeline: &Pipeline, unreadable: Option<&Failure>) -> Option<Failure> {
    let stage = pipeline
        .stages
        .iter()
        .find(|stage| stage.state == StageState::Failed);
    stage
        .and_then(|stage| stage.error.clone())
        .or_else(|| unreadable.cloned())
}
