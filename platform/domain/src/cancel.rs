//! What becomes of a pipeline that a person stops. Every store does as these say.

use crate::pipeline::{Pipeline, Span, SpanKind, StageName, StageState};
use crate::{JobId, Message, SpanId, Timestamp};

/// The state in which a stage ends: cancelled, or skipped where nobody had asked for it. What had
/// ended before stays as it is.
#[must_use]
pub fn ending(state: StageState, was_asked_for: bool) -> StageState {
    match (state.is_final(), was_asked_for) {
        (true, _) => state,
        (false, true) => StageState::Cancelled,
        (false, false) => StageState::Skipped,
    }
}

/// The stages that end with the pipeline, in order, each with the state in which it ends.
#[must_use]
pub fn stages(pipeline: &Pipeline) -> Vec<(StageName, StageState)> {
    let last = pipeline.spec.last_stage();
    let open = pipeline
        .stages
        .iter()
        .filter(|stage| !stage.state.is_final());
    open.map(|stage| (stage.name, ending(stage.state, stage.name <= last)))
        .collect()
}

/// The bar of a stage that `job` was working on or waited to begin: it ends now. It stands in place
/// of the bar that the job drew or would have drawn.
#[must_use]
pub fn bar(pipeline: &Pipeline, stage: StageName, job: JobId, now: Timestamp) -> Span {
    let begun = pipeline.stage(stage);
    let begun = begun.and_then(|stage| stage.started_at.or(stage.queued_at));
    Span {
        id: SpanId(job.0),
        stage,
        kind: SpanKind::Cancelled,
        start: begun.unwrap_or(now),
        end: Some(now),
        label: stage.to_string(),
        parent: None,
    }
}

/// The line of the log that says who stopped it; the log says when.
#[must_use]
pub fn told(by: &str) -> Message {
    Message::new(
        "pipeline.cancelled",
        format!("The pipeline was stopped by {by}."),
    )
    .with("by", by)
}
