//! What a simulation must see of all jobs at once, and no worker may ask for.

use super::MemoryStore;
use super::rows::JobRow;
use domain::job::{JobKind, JobState};
use domain::{JobId, PipelineId, Timestamp, UserId};

/// A job as it stands.
#[derive(Clone, Debug)]
pub struct SeenJob {
    /// Its id.
    pub id: JobId,
    /// The job that waits for it.
    pub parent: Option<JobId>,
    /// What kind of work it is.
    pub kind: JobKind,
    /// The pipeline that it is part of.
    pub pipeline: Option<PipelineId>,
    /// Whether that pipeline has ended.
    pub is_late: bool,
    /// On whose behalf it is done.
    pub owner: UserId,
    /// How it stands.
    pub state: JobState,
    /// How often it was claimed.
    pub attempt: u32,
    /// Whether it must run alone.
    pub suspect: bool,
    /// When it can be claimed.
    pub not_before: Timestamp,
    /// When its lease ends.
    pub lease_until: Option<Timestamp>,
    /// When it was asked for.
    pub created_at: Timestamp,
}

impl MemoryStore {
    /// Every job, by id.
    #[must_use]
    pub fn all_jobs(&self) -> Vec<SeenJob> {
        let state = self.lock();
        let is_late = |job: &JobRow| {
            let pipeline = job.pipeline.and_then(|id| state.pipelines.get(&id));
            pipeline.is_some_and(|pipeline| !pipeline.is_open())
        };
        let seen = |(id, job): (&JobId, &JobRow)| SeenJob {
            id: *id,
            parent: job.parent,
            kind: job.kind,
            pipeline: job.pipeline,
            is_late: is_late(job),
            owner: job.owner,
            state: job.state,
            attempt: job.attempt,
            suspect: job.suspect,
            not_before: job.not_before,
            lease_until: job.lease_until,
            created_at: job.created_at,
        };
        state.jobs.iter().map(seen).collect()
    }
}
