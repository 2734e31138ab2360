//! What the end of a step writes, as plain data.

use domain::dataset::{FileFormat, FirstRows, FormatOptions};
use domain::deployment::DeploymentVersion;
use domain::event::NewEvent;
use domain::job::NewJob;
use domain::model::Model;
use domain::pipeline::{PipelineState, Span, StageName, StageState};
use domain::profile::Profile;
use domain::results::StageResult;
use domain::study::Trial;
use domain::{
    CourseId, DatasetId, DeploymentId, Failure, JobId, Message, ModelId, PipelineId, UserId,
};
use serde_json::Value;
use std::time::Duration;

/// The end of a step.
#[derive(Clone, Debug)]
pub struct Commit {
    /// The job.
    pub job: JobId,
    /// The attempt that the caller holds.
    pub attempt: u32,
    /// What becomes of the job.
    pub end: End,
    /// What else is written.
    pub writes: Vec<Write>,
}

/// What becomes of the job.
#[derive(Clone, Debug)]
pub enum End {
    /// It is done. Its parent is woken if few enough children are open.
    Succeeded(Option<Value>),
    /// It stores children and goes on when at most `wake_at` of all its children are open.
    Waiting {
        /// Jobs below it.
        children: Vec<NewJob>,
        /// How many open children are few enough.
        wake_at: u32,
        /// What its next step must know.
        memo: Value,
    },
    /// It failed; it is tried again after the time, or given up.
    Failed(Failure, Option<Duration>),
    /// It was interrupted through no fault of its own (shutdown): it is put back as it was.
    Released,
}

/// Whether a commit took place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Committed {
    /// Everything was written.
    Yes,
    /// Nothing was: the lease was lost or the pipeline had ended. Delete what you made.
    Fenced,
}

/// One change.
#[derive(Clone, Debug)]
pub enum Write {
    /// Stores a job that nobody waits for.
    Job(NewJob),
    /// Tells something.
    Event(PipelineId, NewEvent),
    /// Draws a bar; again with the same id to end it.
    Span(PipelineId, Span),
    /// Stores or replaces a trial.
    Trial(PipelineId, Trial),
    /// Stores or replaces a model.
    Model(Box<Model>),
    /// Moves a stage on.
    Stage(PipelineId, StageName, StageChange),
    /// Moves the pipeline on.
    Pipeline(PipelineId, PipelineState, Option<Failure>),
    /// The best score so far.
    BestScore(PipelineId, f64),
    /// What came of reading a dataset.
    Dataset(DatasetId, u32, Box<DatasetOutcome>),
    /// Deploys a model.
    Deploy(DeploymentWrite),
}

/// How a stage moves on.
#[derive(Clone, Debug)]
pub enum StageChange {
    /// It waits for a worker: stores its job. Nothing happens unless it was `pending`.
    Queue(NewJob),
    /// It produced its result.
    Succeeded(Box<StageResult>, Message),
    /// It ends as `Failed`, `Skipped` or `Cancelled`.
    Ended(StageState, Option<Failure>),
}

/// What came of reading a dataset.
#[derive(Clone, Debug)]
pub enum DatasetOutcome {
    /// It can be used.
    Ready {
        /// How the file is written.
        format: FileFormat,
        /// What was detected about it.
        options: FormatOptions,
        /// What was found in it.
        profile: Profile,
        /// Its first rows.
        first: FirstRows,
    },
    /// It cannot be read.
    Failed {
        /// Why.
        failure: Failure,
        /// How the file is written, if that much was found.
        format: Option<FileFormat>,
    },
}

/// A model that shall answer under a name.
#[derive(Clone, Debug)]
pub struct DeploymentWrite {
    /// The id if the name is new.
    pub id: DeploymentId,
    /// The name.
    pub name: String,
    /// Whose it is.
    pub owner: UserId,
    /// The course it belongs to, if any.
    pub course: Option<CourseId>,
    /// The model.
    pub model: ModelId,
    /// The model's pipeline.
    pub pipeline: PipelineId,
    /// Where the artefact lies.
    pub artifact: String,
    /// Hash of the artefact.
    pub sha256: String,
}

impl DeploymentWrite {
    /// The version that it becomes.
    #[must_use]
    pub fn version(&self, version: u32, now: domain::Timestamp) -> DeploymentVersion {
        DeploymentVersion {
            version,
            model: self.model,
            pipeline: self.pipeline,
            artifact: self.artifact.clone(),
            sha256: self.sha256.clone(),
            created_at: now,
        }
    }
}
