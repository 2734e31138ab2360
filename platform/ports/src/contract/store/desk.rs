//! Where a check works: a store, an owner of its own, and the usual first steps.

use super::samples::{dataset, failure, job, pipeline, profile_job, ready};
use crate::Store;
use crate::store::{Claim, ClaimFilter, Commit, Committed, End, NewPipeline, StageChange, Write};
use domain::dataset::Dataset;
use domain::job::{Job, JobKind, NewJob};
use domain::pipeline::{Pipeline, PipelineState, StageName, StageState};
use domain::{DatasetId, FailureKind, JobId, PipelineId, UserId};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// Where a check works; also for an adapter's own tests.
#[derive(Clone, Debug)]
pub struct Desk {
    /// The store that is checked.
    pub store: Arc<dyn Store>,
    /// An owner that no other check has.
    pub owner: UserId,
    /// A second one.
    pub other: UserId,
    /// The name of a worker that no other check has.
    pub worker: String,
}

impl Desk {
    /// A desk with owners and a worker of its own.
    #[must_use]
    pub fn new(store: &Arc<dyn Store>) -> Self {
        let owner = UserId::new();
        Self {
            store: Arc::clone(store),
            owner,
            other: UserId::new(),
            worker: format!("contract-{owner}/1"),
        }
    }

    /// A patient claim for this desk's worker.
    #[must_use]
    pub fn filter(&self, kind: JobKind, suspects: bool) -> ClaimFilter {
        ClaimFilter {
            kind,
            worker: self.worker.clone(),
            lease: Duration::from_secs(600),
            suspects,
        }
    }

    /// Claims the next job of this desk's owners; what others left in the queue is ended.
    pub async fn claim_as(&self, filter: &ClaimFilter) -> Option<Claim> {
        loop {
            let claim = self.store.claim(filter).await.unwrap()?;
            if [self.owner, self.other].contains(&claim.job.owner) {
                return Some(claim);
            }
            self.end(&claim.job, End::Succeeded(None)).await;
        }
    }

    /// Claims a job of this kind that is no suspect.
    pub async fn claim(&self, kind: JobKind) -> Option<Claim> {
        self.claim_as(&self.filter(kind, false)).await
    }

    /// Claims a job of this kind that must be there.
    #[track_caller]
    pub fn must_claim(&self, kind: JobKind) -> impl Future<Output = Claim> {
        let at = std::panic::Location::caller();
        async move {
            let claim = self.claim(kind).await;
            claim.unwrap_or_else(|| panic!("a {kind} job must be there to claim, at {at}"))
        }
    }

    /// Claims a suspect of this kind that must be there.
    pub async fn must_claim_suspect(&self, kind: JobKind) -> Job {
        let claim = self.claim_as(&self.filter(kind, true)).await;
        claim
            .unwrap_or_else(|| panic!("a suspect {kind} job must be there"))
            .job
    }

    /// Commits a step of this attempt.
    pub async fn commit(&self, job: &Job, end: End, writes: Vec<Write>) -> Committed {
        let (job, attempt) = (job.id, job.attempt);
        let commit = Commit {
            job,
            attempt,
            end,
            writes,
        };
        self.store.commit(&commit).await.unwrap()
    }

    /// Commits a step that writes nothing else.
    pub async fn end(&self, job: &Job, end: End) -> Committed {
        self.commit(job, end, Vec::new()).await
    }

    /// Ends a job that this desk holds.
    #[track_caller]
    pub fn finish(&self, job: &Job, writes: Vec<Write>) -> impl Future<Output = ()> {
        let at = std::panic::Location::caller();
        async move {
            let done = self.commit(job, End::Succeeded(None), writes).await;
            assert_eq!(done, Committed::Yes, "the lease is held, at {at}");
        }
    }

    /// The job as it is stored.
    pub async fn job(&self, id: JobId) -> Job {
        self.store
            .job(id)
            .await
            .unwrap()
            .expect("the job is stored")
    }

    /// Somebody stops the pipeline; whether it was not finished.
    pub async fn cancel(&self, id: PipelineId) -> bool {
        let told = domain::cancel::told("somebody");
        self.store.cancel_pipeline(id, &told).await.unwrap()
    }

    /// The pipeline as it is stored.
    pub async fn look(&self, id: PipelineId) -> Pipeline {
        let found = self.store.pipeline(id).await.unwrap();
        found.expect("the pipeline is stored")
    }

    /// A new dataset, still being profiled, and the job that profiles it, claimed.
    pub async fn new_dataset(&self) -> (Dataset, Job) {
        let dataset = dataset(self.owner);
        let profile = profile_job(self.owner, dataset.id, 1);
        self.store.insert_dataset(&dataset, &profile).await.unwrap();
        let claim = self.must_claim(JobKind::Profile).await;
        assert_eq!(claim.job.id, profile.id, "the only job of this owner");
        (dataset, claim.job)
    }

    /// A dataset that can be used.
    pub async fn dataset(&self) -> DatasetId {
        let (dataset, profile) = self.new_dataset().await;
        let settle = Write::Dataset(dataset.id, 1, Box::new(ready()));
        self.finish(&profile, vec![settle]).await;
        dataset.id
    }

    /// Stores jobs that belong to no pipeline.
    pub async fn store_jobs(&self, jobs: &[NewJob]) {
        let (_, profile) = self.new_dataset().await;
        let writes = jobs.iter().cloned().map(Write::Job).collect();
        self.finish(&profile, writes).await;
    }

    /// Stores jobs of this kind and owner; their ids, in order.
    pub async fn store_many(&self, kind: JobKind, owner: UserId, count: usize) -> Vec<JobId> {
        let jobs: Vec<NewJob> = (0..count).map(|_| job(kind, owner)).collect();
        self.store_jobs(&jobs).await;
        jobs.iter().map(|job| job.id).collect()
    }

    /// Stores a pipeline on the dataset.
    pub async fn insert_on(&self, dataset: DatasetId) -> PipelineId {
        let pipeline = pipeline(self.owner, dataset);
        let id = pipeline.id;
        let advance = self.advance(id);
        let new = NewPipeline { pipeline, advance };
        self.store.insert_pipeline(&new).await.unwrap();
        id
    }

    /// A job of this pipeline, not yet stored.
    #[must_use]
    pub fn job_of(&self, id: PipelineId, kind: JobKind) -> NewJob {
        NewJob {
            pipeline: Some(id),
            ..job(kind, self.owner)
        }
    }

    /// A job that makes the orchestrator look at this pipeline, not yet stored.
    #[must_use]
    pub fn advance(&self, id: PipelineId) -> NewJob {
        self.job_of(id, JobKind::Advance)
    }

    /// A new pipeline on a dataset of its own, and its first job, claimed.
    pub async fn new_pipeline(&self) -> (PipelineId, Job) {
        let dataset = self.dataset().await;
        let id = self.insert_on(dataset).await;
        let claim = self.must_claim(JobKind::Advance).await;
        assert_eq!(claim.job.pipeline, Some(id), "the only one of this owner");
        (id, claim.job)
    }

    /// A new pipeline that nobody looks at.
    pub async fn pipeline(&self) -> PipelineId {
        let (id, advance) = self.new_pipeline().await;
        self.finish(&advance, Vec::new()).await;
        id
    }

    /// A running pipeline: the job of this stage is claimed.
    pub async fn running(&self, stage: StageName) -> (PipelineId, Job) {
        let (id, advance) = self.new_pipeline().await;
        let job = self.job_of(id, stage.into());
        let queue = Write::Stage(id, stage, StageChange::Queue(job));
        self.finish(&advance, vec![queue]).await;
        let claim = self.must_claim(stage.into()).await;
        (id, claim.job)
    }

    /// Ends a stage's job, and then the pipeline through an advance job, as the orchestrator does.
    pub async fn end_pipeline(&self, id: PipelineId, job: &Job, state: PipelineState) {
        let failed = state == PipelineState::Failed;
        let failure = failed.then(|| failure(FailureKind::InvalidInput));
        let mut writes = vec![Write::Job(self.advance(id))];
        if let (Some(failure), Some(stage)) = (failure.clone(), job.kind.stage()) {
            let change = StageChange::Ended(StageState::Failed, Some(failure.clone()));
            writes.push(Write::Stage(id, stage, change));
            let done = self.commit(job, End::Failed(failure, None), writes).await;
            assert_eq!(done, Committed::Yes, "the lease is held");
        } else {
            self.finish(job, writes).await;
        }
        let advance = self.must_claim(JobKind::Advance).await.job;
        self.finish(&advance, vec![Write::Pipeline(id, state, failure)])
            .await;
        assert_eq!(self.look(id).await.state, state);
    }
}
