//! Pipelines and their stages.

use crate::spec::PipelineSpec;
use crate::{Failure, Message, PipelineId, Timestamp, UserId, text_enum};
use serde::{Deserialize, Serialize};

text_enum!(
    /// How a pipeline stands.
    PipelineState {
        /// Nothing has begun.
        Queued = "queued",
        /// A stage has begun.
        Running = "running",
        /// All that was asked for is done.
        Succeeded = "succeeded",
        /// A stage failed.
        Failed = "failed",
        /// A person stopped it.
        Cancelled = "cancelled",
    }
);

impl PipelineState {
    /// Whether nothing more happens by itself.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

text_enum!(
    /// The six steps, in order.
    StageName {
        /// Typed table, split and recipe.
        Prepare = "prepare",
        /// Which algorithms are worth trying.
        Select = "select",
        /// Which configurations are best.
        Optimise = "optimise",
        /// The models.
        Train = "train",
        /// The honest numbers.
        Evaluate = "evaluate",
        /// The endpoint.
        Deploy = "deploy",
    }
);

impl StageName {
    /// The stage after this one.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        Self::ALL.get(self as usize + 1).copied()
    }
}

text_enum!(
    /// How a stage stands.
    StageState {
        /// An earlier stage is not done.
        Pending = "pending",
        /// It waits for a worker.
        Queued = "queued",
        /// It is being worked on.
        Running = "running",
        /// Its result is stored.
        Succeeded = "succeeded",
        /// It could not be done.
        Failed = "failed",
        /// A person stopped it.
        Cancelled = "cancelled",
        /// It was not asked for.
        Skipped = "skipped",
    }
);

impl StageState {
    /// Whether nothing more happens by itself.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(
            self,
            Self::Succeeded | Self::Failed | Self::Cancelled | Self::Skipped
        )
    }
}

/// One of the six steps of one pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// Which step.
    pub name: StageName,
    /// How it stands.
    pub state: StageState,
    /// How often it was begun.
    pub attempt: u32,
    /// When it first waited for a worker.
    pub queued_at: Option<Timestamp>,
    /// When it was first begun.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Between 0 and 1.
    pub progress: f64,
    /// What is happening now, or the outcome in a sentence.
    pub message: Option<Message>,
    /// Why it failed.
    pub error: Option<Failure>,
}

impl Stage {
    /// A stage that has not begun.
    #[must_use]
    pub fn pending(name: StageName) -> Self {
        Self {
            name,
            state: StageState::Pending,
            attempt: 0,
            queued_at: None,
            started_at: None,
            finished_at: None,
            progress: 0.0,
            message: None,
            error: None,
        }
    }
}

/// One run from dataset to endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pipeline {
    /// Its id.
    pub id: PipelineId,
    /// Whose it is.
    pub owner: UserId,
    /// A name for people.
    pub name: String,
    /// What was asked for, with the dataset's version filled in.
    pub spec: PipelineSpec,
    /// How it stands.
    pub state: PipelineState,
    /// The six steps, in order.
    pub stages: Vec<Stage>,
    /// The best score so far, in the metric's own direction.
    pub best_score: Option<f64>,
    /// Microseconds during which at least one of its jobs ran; what a budget in seconds is compared with.
    pub consumed_us: i64,
    /// Why it failed.
    pub error: Option<Failure>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When its first job was claimed.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

impl Pipeline {
    /// The stage called `name`. Every pipeline holds all six.
    #[must_use]
    pub fn stage(&self, name: StageName) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.name == name)
    }

    /// How much is done, between 0 and 1: stages weighted by the time that they usually take.
    #[must_use]
    pub fn progress(&self) -> f64 {
        if self.state == PipelineState::Succeeded {
            return 1.0;
        }
        let weight = |name: StageName| match name {
            StageName::Prepare | StageName::Select | StageName::Deploy => 0.05,
            StageName::Optimise => 0.5,
            StageName::Train => 0.3,
            StageName::Evaluate => 0.05,
        };
        // What was not asked for is no work left; what a failure or a person kept from being done is.
        let unasked = !self.state.is_final();
        let done = |stage: &Stage| match stage.state {
            StageState::Succeeded => 1.0,
            StageState::Skipped if unasked => 1.0,
            StageState::Pending | StageState::Queued | StageState::Skipped => 0.0,
            _ => stage.progress.clamp(0.0, 1.0),
        };
        self.stages
            .iter()
            .map(|stage| weight(stage.name) * done(stage))
            .sum::<f64>()
            .min(1.0)
    }
}

/// A bar of a pipeline's timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// Its id.
    pub id: crate::SpanId,
    /// The stage that it is part of.
    pub stage: StageName,
    /// What the time went into.
    pub kind: SpanKind,
    /// When it began.
    pub start: Timestamp,
    /// When it ended; nothing while it goes on.
    pub end: Option<Timestamp>,
    /// What it was, for people.
    pub label: String,
    /// The bar that it belongs below.
    pub parent: Option<crate::SpanId>,
}

text_enum!(
    /// What time went into.
    SpanKind {
        /// Waiting for a worker.
        Queued = "queued",
        /// Fetching inputs.
        Download = "download",
        /// Computing.
        Compute = "compute",
        /// Storing results.
        Upload = "upload",
        /// Lost to an attempt that failed.
        Retry = "retry",
        /// Lost when a person stopped the pipeline.
        Cancelled = "cancelled",
        /// One trial.
        Trial = "trial",
        /// One fold's model.
        Fold = "fold",
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_follow_each_other() {
        assert_eq!(StageName::Prepare.next(), Some(StageName::Select));
        assert_eq!(StageName::Deploy.next(), None);
        assert_eq!(StageName::ALL.len(), 6);
    }
}
