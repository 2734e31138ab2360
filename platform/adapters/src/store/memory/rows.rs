//! What the tables hold. Columns are those of the schema; marks are its indexes.

use super::kept::Kept;
use super::table::Row;
use domain::dataset::{DatasetVersion, FirstRows};
use domain::deployment::DeploymentVersion;
use domain::event::NewEvent;
use domain::job::{JobKind, JobState, Payload};
use domain::model::Model;
use domain::pipeline::{PipelineState, Span, Stage, StageState};
use domain::profile::Profile;
use domain::results::StageResult;
use domain::spec::PipelineSpec;
use domain::study::{Trial, TrialState};
use domain::{CourseId, DatasetId, Failure, JobId, PipelineId, Timestamp, UserId};
use serde_json::Value;

/// The answer to a creating request, once there is one.
#[derive(Clone, Debug)]
pub(super) struct Remembered {
    pub(super) fingerprint: String,
    pub(super) answer: Option<String>,
    pub(super) created_at: Timestamp,
}

impl Row for Remembered {
    type Mark = ();
}

#[derive(Clone, Debug)]
pub(super) struct DatasetRow {
    pub(super) owner: UserId,
    pub(super) course: Option<CourseId>,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) version: u32,
    pub(super) deleted: bool,
    pub(super) created_at: Timestamp,
}

impl Row for DatasetRow {
    type Mark = ();
}

#[derive(Clone, Debug)]
pub(super) struct VersionRow {
    pub(super) version: DatasetVersion,
    pub(super) profile: Option<Kept<Profile>>,
    pub(super) first: Option<FirstRows>,
}

impl Row for VersionRow {
    type Mark = ();
}

#[derive(Clone, Debug)]
pub(super) struct PipelineRow {
    pub(super) owner: UserId,
    pub(super) course: Option<CourseId>,
    pub(super) dataset: DatasetId,
    pub(super) dataset_version: u32,
    pub(super) name: String,
    pub(super) state: PipelineState,
    pub(super) spec: Kept<PipelineSpec>,
    pub(super) error: Option<Failure>,
    pub(super) best_score: Option<f64>,
    pub(super) consumed_us: i64,
    pub(super) active_since: Option<Timestamp>,
    pub(super) active_until: Option<Timestamp>,
    pub(super) created_at: Timestamp,
    pub(super) started_at: Option<Timestamp>,
    pub(super) finished_at: Option<Timestamp>,
}

/// What pipelines are found by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PipelineMark {
    /// It is not finished.
    Open,
    /// It learns from this dataset.
    On(DatasetId),
}

impl PipelineRow {
    pub(super) fn is_open(&self) -> bool {
        !self.state.is_final()
    }
}

impl Row for PipelineRow {
    type Mark = PipelineMark;

    fn marks(&self) -> Vec<PipelineMark> {
        let mut marks = vec![PipelineMark::On(self.dataset)];
        if self.is_open() {
            marks.push(PipelineMark::Open);
        }
        marks
    }
}

#[derive(Clone, Debug)]
pub(super) struct StageRow {
    pub(super) stage: Stage,
    pub(super) result: Option<Kept<StageResult>>,
}

impl StageRow {
    /// Whether it has not ended.
    pub(super) fn is_open(&self) -> bool {
        matches!(
            self.stage.state,
            StageState::Pending | StageState::Queued | StageState::Running
        )
    }
}

impl Row for StageRow {
    type Mark = ();
}

#[derive(Clone, Debug)]
pub(super) struct JobRow {
    pub(super) parent: Option<JobId>,
    pub(super) place: usize,
    pub(super) kind: JobKind,
    pub(super) pipeline: Option<PipelineId>,
    pub(super) owner: UserId,
    pub(super) state: JobState,
    pub(super) attempt: u32,
    pub(super) failures: u32,
    pub(super) crashes: u32,
    pub(super) suspect: bool,
    pub(super) alone: bool,
    pub(super) not_before: Timestamp,
    pub(super) lease_until: Option<Timestamp>,
    pub(super) renewed_at: Option<Timestamp>,
    pub(super) worker: Option<String>,
    pub(super) wake_at: u32,
    pub(super) payload: Kept<Payload>,
    pub(super) memo: Option<Value>,
    pub(super) result: Option<Value>,
    pub(super) error: Option<Failure>,
    pub(super) created_at: Timestamp,
    pub(super) started_at: Option<Timestamp>,
    pub(super) finished_at: Option<Timestamp>,
}

/// What jobs are found by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum JobMark {
    /// It can be claimed, now or later: of this kind, a suspect or not.
    Queued(JobKind, bool),
    /// A worker holds its lease.
    Running,
    /// It waits for its children.
    Waiting,
    /// It is below this job.
    Below(JobId),
    /// It is below this job and has not ended.
    OpenBelow(JobId),
    /// It is part of this pipeline.
    Of(PipelineId),
    /// It is part of this pipeline and has not ended.
    OpenOf(PipelineId),
    /// It runs, and the time that it takes is consumed by this pipeline.
    Consumes(PipelineId),
}

impl JobRow {
    fn is_open(&self) -> bool {
        self.state.is_open()
    }
}

impl Row for JobRow {
    type Mark = JobMark;

    fn marks(&self) -> Vec<JobMark> {
        let mut marks = Vec::with_capacity(6);
        match self.state {
            JobState::Queued => marks.push(JobMark::Queued(self.kind, self.suspect)),
            JobState::Running => marks.push(JobMark::Running),
            JobState::Waiting => marks.push(JobMark::Waiting),
            JobState::Succeeded | JobState::Failed | JobState::Cancelled => {}
        }
        if let Some(parent) = self.parent {
            marks.push(JobMark::Below(parent));
            if self.is_open() {
                marks.push(JobMark::OpenBelow(parent));
            }
        }
        if let Some(pipeline) = self.pipeline {
            marks.push(JobMark::Of(pipeline));
            if self.is_open() {
                marks.push(JobMark::OpenOf(pipeline));
            }
            if self.state == JobState::Running && self.kind != JobKind::Advance {
                marks.push(JobMark::Consumes(pipeline));
            }
        }
        marks
    }
}

#[derive(Clone, Debug)]
pub(super) struct TrialRow {
    pub(super) state: TrialState,
    pub(super) trial: Kept<Trial>,
}

impl Row for TrialRow {
    type Mark = ();
}

#[derive(Clone, Debug)]
pub(super) struct ModelRow {
    pub(super) pipeline: PipelineId,
    pub(super) number: u32,
    pub(super) owner: UserId,
    pub(super) course: Option<CourseId>,
    pub(super) model: Kept<Model>,
}

impl Row for ModelRow {
    /// The pipeline that trained it.
    type Mark = PipelineId;

    fn marks(&self) -> Vec<PipelineId> {
        vec![self.pipeline]
    }
}

#[derive(Clone, Debug)]
pub(super) struct DeploymentRow {
    pub(super) name: String,
    pub(super) owner: UserId,
    pub(super) course: Option<CourseId>,
    pub(super) version: u32,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

impl Row for DeploymentRow {
    /// The name under which it answers.
    type Mark = String;

    fn marks(&self) -> Vec<String> {
        vec![self.name.clone()]
    }
}

#[derive(Clone, Debug)]
pub(super) struct DeployedRow(pub(super) DeploymentVersion);

impl Row for DeployedRow {
    /// The pipeline that made the model.
    type Mark = PipelineId;

    fn marks(&self) -> Vec<PipelineId> {
        vec![self.0.pipeline]
    }
}

#[derive(Clone, Debug)]
pub(super) struct EventRow {
    pub(super) at: Timestamp,
    pub(super) what: NewEvent,
}

impl Row for EventRow {
    type Mark = ();
}

#[derive(Clone, Debug)]
pub(super) struct SpanRow {
    /// The start with which it was first drawn, by which bars are ordered.
    pub(super) start: Timestamp,
    pub(super) span: Span,
}

impl Row for SpanRow {
    type Mark = ();
}

/// A message's subject.
/// Where a replica answers, and until when its sign of life holds.
impl Row for (String, Timestamp) {
    type Mark = ();
}

/// A message for the bus.
#[derive(Clone, Debug)]
pub(super) struct Left {
    pub(super) subject: String,
    pub(super) body: Option<String>,
}

impl Row for Left {
    type Mark = ();
}
