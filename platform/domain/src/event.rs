//! What happened to a pipeline, in order.

use crate::pipeline::StageName;
use crate::{Message, PipelineId, Timestamp, text_enum};
use serde::{Deserialize, Serialize};
use serde_json::Value;

text_enum!(
    /// What an event tells.
    EventKind {
        /// The pipeline's state changed: `{state}`.
        Pipeline = "pipeline",
        /// A stage's state changed: `{state, attempt}`.
        Stage = "stage",
        /// A stage moved on: `{fraction, …}`.
        Progress = "progress",
        /// A trial changed: `{number, algorithm, state, score}`.
        Trial = "trial",
        /// A point of a training curve: `{label, round, score, train_score}`.
        Curve = "curve",
        /// A model was stored: `{model_id, algorithm}`.
        Model = "model",
        /// A line for the log: `{level}`.
        Log = "log",
        /// Something a person should know.
        Warning = "warning",
    }
);

/// Something that happened, before it has a number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewEvent {
    /// What it tells.
    pub kind: EventKind,
    /// The stage that it is about.
    pub stage: Option<StageName>,
    /// The same in words.
    pub message: Option<Message>,
    /// The numbers.
    pub data: Value,
}

impl NewEvent {
    /// An event of `kind` with `data`.
    #[must_use]
    pub fn new(kind: EventKind, stage: Option<StageName>, data: Value) -> Self {
        Self {
            kind,
            stage,
            message: None,
            data,
        }
    }

    /// Adds the words.
    #[must_use]
    pub fn saying(mut self, message: Message) -> Self {
        self.message = Some(message);
        self
    }

    /// A line for the log.
    #[must_use]
    pub fn log(stage: Option<StageName>, message: Message) -> Self {
        Self::new(EventKind::Log, stage, serde_json::json!({"level": "info"})).saying(message)
    }

    /// Something a person should know.
    #[must_use]
    pub fn warning(stage: Option<StageName>, message: Message) -> Self {
        Self::new(
            EventKind::Warning,
            stage,
            serde_json::json!({"level": "warn"}),
        )
        .saying(message)
    }
}

/// Something that happened to a pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Counts from 1 within the pipeline, without gaps.
    pub seq: u64,
    /// The pipeline.
    pub pipeline_id: PipelineId,
    /// When.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub what: NewEvent,
}
