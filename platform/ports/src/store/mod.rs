//! The truth, as one small trait per noun.
//!
//! - Every change is one transaction; a reader sees all of it or nothing.
//! - Every invariant is a unique constraint or one conditional update, so that any number of
//!   processes may try and one wins.
//! - What a job produced is written by [`Jobs::commit`] alone, together with the end of the job,
//!   its events and the messages that wake others. The commit is *fenced*: it does nothing unless
//!   the caller still holds the job's lease and the pipeline still runs.
//! - Time is the store's own: the same for all who share it.
//! - Text with a NUL character is refused as `Invalid`, also where it is only looked for.

mod access;
mod commit;
mod query;
mod text;

pub use access::{
    Audit, AuditFilter, Courses, ProviderTokens, Quotas, RoleRequests, Shares, SignedIn, Users,
};
pub use commit::{Commit, Committed, DatasetOutcome, DeploymentWrite, End, StageChange, Write};
pub use query::{Page, PageOf, PipelineFilter, Scope, Sight};
pub use text::plain;

use crate::Result;
use async_trait::async_trait;
use domain::dataset::{Dataset, DatasetChange, DatasetVersion, FirstRows};
use domain::deployment::Deployment;
use domain::event::{Event, NewEvent};
use domain::job::{Job, JobKind, NewJob};
use domain::model::Model;
use domain::pipeline::{Pipeline, PipelineState, Span, StageName};
use domain::profile::Profile;
use domain::results::StageResult;
use domain::study::Trial;
use domain::{DatasetId, JobId, Message, ModelId, PipelineId, SiteId, Timestamp};
use std::fmt::Debug;
use std::time::Duration;

/// All that is kept: a bundle of one trait per noun.
pub trait Store:
    Datasets
    + Pipelines
    + Jobs
    + Models
    + Deployments
    + Replicas
    + Users
    + ProviderTokens
    + RoleRequests
    + Courses
    + Quotas
    + Shares
    + Audit
    + Outbox
    + Upkeep
    + Send
    + Sync
    + Debug
{
}

impl<T> Store for T where
    T: Datasets
        + Pipelines
        + Jobs
        + Models
        + Deployments
        + Replicas
        + Users
        + ProviderTokens
        + RoleRequests
        + Courses
        + Quotas
        + Shares
        + Audit
        + Outbox
        + Upkeep
        + Send
        + Sync
        + Debug
{
}

/// Uploaded files.
#[async_trait]
pub trait Datasets {
    /// Stores a new dataset with the job that will profile it.
    async fn insert_dataset(&self, dataset: &Dataset, profile: &NewJob) -> Result<()>;

    /// Stores a new version of a dataset with the job that will profile it; its number.
    async fn add_dataset_version(
        &self,
        dataset: DatasetId,
        version: &DatasetVersion,
        profile: &NewJob,
    ) -> Result<u32>;

    /// The dataset with the version that is used, and its newest one.
    async fn dataset(&self, id: DatasetId) -> Result<Option<Dataset>>;

    /// One version of it.
    async fn dataset_version(&self, id: DatasetId, version: u32) -> Result<Option<DatasetVersion>>;

    /// Versions with a number below `before`, newest first, at most `limit`.
    async fn dataset_versions(
        &self,
        id: DatasetId,
        before: Option<u32>,
        limit: u32,
    ) -> Result<Vec<DatasetVersion>>;

    /// Datasets that `scope` may see, newest first.
    async fn datasets(&self, scope: &Scope, page: &Page) -> Result<PageOf<Dataset>>;

    /// What was found in a version, once it is ready.
    async fn profile(&self, id: DatasetId, version: u32) -> Result<Option<Profile>>;

    /// The first rows of a version, as many as were kept when it was read; of versions that were
    /// read before any were, none are.
    async fn first_rows(&self, id: DatasetId, version: u32) -> Result<Option<FirstRows>>;

    /// Changes what people read, and only that of it which is given: two changes of different
    /// things at the same moment both hold. Whether there was such a dataset.
    async fn describe_dataset(&self, id: DatasetId, change: &DatasetChange) -> Result<bool>;

    /// Removes the dataset from sight, and shares it no longer: `Conflict` while a pipeline that is not finished needs it.
    /// Answers the artifacts that nothing refers to any more.
    async fn delete_dataset(&self, id: DatasetId) -> Result<Vec<String>>;
}

/// A pipeline that is to be stored: it starts `queued`, with all six stages `pending` and one
/// `advance` job.
#[derive(Clone, Debug)]
pub struct NewPipeline {
    /// The pipeline; its stages are ignored.
    pub pipeline: Pipeline,
    /// The job that makes the orchestrator look at it.
    pub advance: NewJob,
}

/// Runs and what is told about them.
#[async_trait]
pub trait Pipelines {
    /// Stores a new pipeline.
    async fn insert_pipeline(&self, new: &NewPipeline) -> Result<()>;

    /// The pipeline with its stages.
    async fn pipeline(&self, id: PipelineId) -> Result<Option<Pipeline>>;

    /// Pipelines that match, newest first.
    async fn pipelines(&self, filter: &PipelineFilter, page: &Page) -> Result<PageOf<Pipeline>>;

    /// What a stage produced, once it succeeded.
    async fn stage_result(&self, id: PipelineId, stage: StageName) -> Result<Option<StageResult>>;

    /// Ends a pipeline that is not finished, with its stages and its jobs, as
    /// [`domain::cancel`] says; `told` goes with the event of its end. Running jobs lose the right
    /// to commit at once. Whether it was not finished.
    async fn cancel_pipeline(&self, id: PipelineId, told: &Message) -> Result<bool>;

    /// Puts a failed pipeline back to `running`, its failed stage to `pending`, and stores
    /// `advance`. Whether it had failed.
    async fn retry_pipeline(&self, id: PipelineId, advance: &NewJob) -> Result<bool>;

    /// Removes a finished pipeline and all that was told about it; answers the artifacts' prefix
    /// users. `Conflict` while it runs or while a deployment uses one of its models.
    async fn delete_pipeline(&self, id: PipelineId) -> Result<bool>;

    /// Events with a number above `after`, in order, at most `limit`.
    async fn events(&self, id: PipelineId, after: u64, limit: u32) -> Result<Vec<Event>>;

    /// The bars of its timeline, by start.
    async fn timeline(&self, id: PipelineId) -> Result<Vec<Span>>;

    /// Its trials, by number.
    async fn trials(&self, id: PipelineId) -> Result<Vec<Trial>>;
}

/// A job that was claimed, with what its worker must know of the pipeline.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The job, `running`, with the attempt that fences its writes.
    pub job: Job,
    /// Its pipeline.
    pub pipeline: Option<Pipeline>,
    /// The store's time at the claim.
    pub at: Timestamp,
}

/// Which jobs a worker may claim.
#[derive(Clone, Debug)]
pub struct ClaimFilter {
    /// The kind of work.
    pub kind: JobKind,
    /// The name of the claiming process, unique among its instances.
    pub worker: String,
    /// How long the lease holds unless renewed.
    pub lease: Duration,
    /// Whether to claim suspects: jobs whose process died while they ran beside others. They
    /// must be run alone, and are claimed only this way.
    pub suspects: bool,
}

/// What a worker learns when it renews a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lease {
    /// It holds.
    Held,
    /// Another attempt runs, or the job is finished: stop, nothing can be committed.
    Lost,
    /// The pipeline was cancelled or ended: stop.
    Cancelled,
}

/// Numeric news of a running job.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The job.
    pub job: JobId,
    /// The attempt that reports.
    pub attempt: u32,
    /// Its pipeline.
    pub pipeline: PipelineId,
    /// The stage, and how much of it is done; nothing when only events are told.
    pub stage: Option<(StageName, f64, Option<Message>)>,
    /// The trial that the job computes, if it does and it moved on.
    pub trial: Option<Trial>,
    /// Events that go with it.
    pub events: Vec<NewEvent>,
}

/// Work that is waiting and running, by kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueDepth {
    /// The kind of work.
    pub kind: JobKind,
    /// Jobs that can be claimed.
    pub queued: u64,
    /// Jobs that run.
    pub running: u64,
}

/// Units of work.
#[async_trait]
pub trait Jobs {
    /// Claims the next job in fair-share order: owners with fewer running jobs first, then age.
    /// Sets its stage and pipeline `running` if it is their first. One winner among many callers.
    /// A job that cannot be read, because another version stored it, ends as `failed` on the way,
    /// and so does its stage: it must not keep the others waiting.
    async fn claim(&self, filter: &ClaimFilter) -> Result<Option<Claim>>;

    /// Whether a claim would find something now. A look without a lock: another may be faster.
    async fn has_work(&self, filter: &ClaimFilter) -> Result<bool>;

    /// Extends the lease.
    async fn renew(&self, job: JobId, attempt: u32, lease: Duration) -> Result<Lease>;

    /// Ends a step with everything that it produced, in one transaction.
    async fn commit(&self, commit: &Commit) -> Result<Committed>;

    /// Tells progress; whether the caller still holds the lease (else nothing was written).
    async fn report(&self, progress: &Progress) -> Result<bool>;

    /// The job, for tools and tests.
    async fn job(&self, id: JobId) -> Result<Option<Job>>;

    /// The jobs below `parent`, in the order in which they were stored.
    async fn children(&self, parent: JobId) -> Result<Vec<Job>>;

    /// What waits and runs.
    async fn queue_depths(&self) -> Result<Vec<QueueDepth>>;

    /// When the next job of this kind that must wait becomes claimable, if one does.
    async fn next_due(&self, kind: JobKind) -> Result<Option<Duration>>;
}

/// Trained models.
#[async_trait]
pub trait Models {
    /// The model.
    async fn model(&self, id: ModelId) -> Result<Option<Model>>;

    /// Models that `scope` may see, newest first.
    async fn models(&self, scope: &Scope, page: &Page) -> Result<PageOf<Model>>;

    /// The models of a pipeline, by rank where ranked, else by number.
    async fn leaderboard(&self, pipeline: PipelineId) -> Result<Vec<Model>>;
}

/// Names under which models answer.
#[async_trait]
pub trait Deployments {
    /// Stores or extends a deployment: the same owner gets the next version, a name of another
    /// owner is a `Conflict`.
    async fn deploy(&self, write: &DeploymentWrite) -> Result<Deployment>;

    /// The deployment called `name`.
    async fn deployment(&self, name: &str) -> Result<Option<Deployment>>;

    /// Deployments that `scope` may see, newest first.
    async fn deployments(&self, scope: &Scope, page: &Page) -> Result<PageOf<Deployment>>;

    /// Makes another version answer: `NotFound` if there is none such.
    async fn activate(&self, name: &str, version: u32) -> Result<Deployment>;

    /// Removes the name; whether there was one.
    async fn undeploy(&self, name: &str) -> Result<bool>;
}

/// A process that answers predictions, so that gateways can share requests out among several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replica {
    /// Its name, unique among all processes.
    pub id: String,
    /// Where it answers: `HOST:PORT`.
    pub address: String,
}

/// Which processes answer predictions.
#[async_trait]
pub trait Replicas {
    /// A sign of life: the replica counts as alive for `holds` from now.
    async fn announce(&self, replica: &Replica, holds: Duration) -> Result<()>;

    /// Those whose last sign of life still holds, by id.
    async fn replicas(&self) -> Result<Vec<Replica>>;

    /// The replica goes; no error if it was not there.
    async fn withdraw(&self, id: &str) -> Result<()>;
}

/// A message that a transaction left behind for the bus.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxRow {
    /// Its id; also the message's, for de-duplication.
    pub id: String,
    /// The notice's subject.
    pub subject: String,
    /// What it says beyond that, as JSON.
    pub body: Option<String>,
}

/// Messages that wait to be sent.
#[async_trait]
pub trait Outbox {
    /// The oldest unsent rows. Never a cursor: a row may become visible late.
    async fn unsent(&self, limit: u32) -> Result<Vec<OutboxRow>>;

    /// Removes rows that were sent.
    async fn sent(&self, ids: &[String]) -> Result<()>;
}

/// How long the answer to a creating request is remembered: whoever has heard nothing asks again
/// within minutes, not days.
pub const ANSWERS_ARE_KEPT: Duration = Duration::from_secs(24 * 3600);

/// Which site a store belongs to. Its artifacts hold the same id under [`SITE_MARK`], so that nobody
/// takes one site's files for another's.
///
/// [`SITE_MARK`]: crate::artifacts::SITE_MARK
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// Its id.
    pub id: SiteId,
    /// Whether the artifacts have been given the id. If not, they may still be without.
    pub marked: bool,
}

/// What a reconciler does about leases that have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leases {
    /// It takes them for signs of death, and puts their jobs back.
    Expire,
    /// It leaves them alone: the store was away, and nobody could give a sign of life.
    Spare,
}

/// What the reconciler mended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repairs {
    /// Leases that had ended: their jobs were put back.
    pub expired: u64,
    /// Jobs given up after too many crashes.
    pub dead: u64,
    /// Parents whose children are done, and pipelines that nobody looked at.
    pub woken: u64,
    /// Answers to creating requests that were forgotten because of their age.
    pub forgotten: u64,
}

/// Care for the whole.
#[async_trait]
pub trait Upkeep {
    /// The store's time.
    async fn now(&self) -> Result<Timestamp>;

    /// Puts back jobs whose lease has ended, if leases expire, gives up those that crashed too often,
    /// wakes parents without open children and pipelines that stand still, and forgets answers older
    /// than [`ANSWERS_ARE_KEPT`] and work that counts no longer.
    async fn reconcile(&self, leases: Leases) -> Result<Repairs>;

    /// Ends the leases of a process that is known to be dead.
    async fn free_leases(&self, worker_prefix: &str) -> Result<u64>;

    /// Which artifacts' keys below `pipelines/` and `datasets/` something refers to.
    async fn owners_of_artifacts(&self) -> Result<Vec<String>>;

    /// Which site this is, if that was decided.
    async fn site(&self) -> Result<Option<Site>>;

    /// Keeps which site this is, unless it is another already; that the artifacts were marked is
    /// never forgotten. One winner among many callers: ask again who it was.
    async fn keep_site(&self, site: &Site) -> Result<()>;

    /// How many pipelines are in each state.
    async fn pipeline_counts(&self) -> Result<Vec<(PipelineState, u64)>>;

    /// Whether the backend answers.
    async fn ping(&self) -> Result<()>;
}
