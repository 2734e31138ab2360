//! Units of work: reading and storing them. Claiming and committing have files of their own.

use super::MemoryStore;
use super::kept::Kept;
use super::refusal::Outcome;
use super::rows::{JobMark, JobRow};
use super::state::State;
use async_trait::async_trait;
use domain::job::{Job, JobKind, JobState, NewJob};
use domain::{JobId, Timestamp};
use ports::Result;
use ports::bus::Notice;
use ports::store::{Claim, ClaimFilter, Commit, Committed, Jobs, Lease, Progress, QueueDepth};
use std::time::Duration;

impl JobRow {
    fn new(job: &NewJob, place: usize, now: Timestamp) -> Outcome<Self> {
        Ok(Self {
            parent: job.parent,
            place,
            kind: job.kind,
            pipeline: job.pipeline,
            owner: job.owner,
            state: JobState::Queued,
            attempt: 0,
            failures: 0,
            crashes: 0,
            suspect: false,
            alone: false,
            not_before: now,
            lease_until: None,
            renewed_at: None,
            worker: None,
            wake_at: 0,
            payload: Kept::new(&job.payload)?,
            memo: None,
            result: None,
            error: None,
            created_at: now,
            started_at: None,
            finished_at: None,
        })
    }

    fn read(&self, id: JobId) -> Outcome<Job> {
        Ok(Job {
            id,
            parent: self.parent,
            kind: self.kind,
            pipeline: self.pipeline,
            owner: self.owner,
            payload: self.payload.read()?.clone(),
            state: self.state,
            attempt: self.attempt,
            failures: self.failures,
            crashes: self.crashes,
            suspect: self.suspect,
            memo: self.memo.clone(),
            result: self.result.clone(),
            error: self.error.clone(),
            created_at: self.created_at,
            started_at: self.started_at,
            finished_at: self.finished_at,
        })
    }
}

impl State {
    /// Stores a job and leaves a message that there is work. `place` orders jobs of one moment.
    pub(super) fn insert_job(&mut self, job: &NewJob, place: usize, now: Timestamp) -> Outcome<()> {
        self.jobs.insert(job.id, JobRow::new(job, place, now)?)?;
        self.notify(&Notice::Work(job.kind));
        Ok(())
    }

    /// The job as a worker holds it.
    pub(super) fn job(&self, id: JobId) -> Outcome<Option<Job>> {
        self.jobs.get(&id).map(|row| row.read(id)).transpose()
    }

    fn children(&self, parent: JobId) -> Outcome<Vec<Job>> {
        let found = self.jobs.find(JobMark::Below(parent));
        let mut found: Vec<_> = found.map(|(id, row)| (row.place, *id, row)).collect();
        found.sort_by_key(|(place, id, _)| (*place, *id));
        found.into_iter().map(|(_, id, row)| row.read(id)).collect()
    }

    fn depth(&self, kind: JobKind) -> QueueDepth {
        let queued = [false, true].map(|suspect| self.jobs.count(JobMark::Queued(kind, suspect)));
        let running = self.jobs.find(JobMark::Running);
        QueueDepth {
            kind,
            queued: queued.iter().sum::<usize>() as u64,
            running: running.filter(|(_, job)| job.kind == kind).count() as u64,
        }
    }

    /// When the next job of this kind becomes claimable. What became due since the caller's last
    /// look is due now; suspects that can be claimed are left out, for most callers must not.
    fn next_due(&self, kind: JobKind, now: Timestamp) -> Option<Duration> {
        let due = |suspect| {
            let queued = self.jobs.find(JobMark::Queued(kind, suspect));
            queued.map(|(_, job)| job.not_before)
        };
        let later = due(true).filter(|due| *due > now);
        due(false).chain(later).min().map(|due| due.since(now))
    }

    fn report(&mut self, progress: &Progress, now: Timestamp) -> Outcome<bool> {
        if !self.holds(progress.job, progress.attempt) {
            return Ok(false);
        }
        let pipeline = progress.pipeline;
        if let Some((stage, fraction, message)) = &progress.stage {
            self.progress(pipeline, *stage, *fraction, message.as_ref());
        }
        if let Some(trial) = &progress.trial {
            self.put_trial(pipeline, trial)?;
        }
        for event in &progress.events {
            self.append(pipeline, event.clone(), now)?;
        }
        self.notify(&Notice::Pipeline(pipeline));
        Ok(true)
    }
}

#[async_trait]
impl Jobs for MemoryStore {
    async fn claim(&self, filter: &ClaimFilter) -> Result<Option<Claim>> {
        let doing = format!("claim a {} job", filter.kind);
        self.change(&doing, |state, now| state.claim(filter, now))
    }

    async fn has_work(&self, filter: &ClaimFilter) -> Result<bool> {
        self.look("look for work", |state, now| {
            Ok(state.claimable(filter, now).next().is_some())
        })
    }

    async fn renew(&self, job: JobId, attempt: u32, lease: Duration) -> Result<Lease> {
        self.change("renew a lease", |state, now| {
            Ok(state.renew(job, attempt, now, lease))
        })
    }

    async fn commit(&self, commit: &Commit) -> Result<Committed> {
        self.change("commit a job", |state, now| state.commit(commit, now))
    }

    async fn report(&self, progress: &Progress) -> Result<bool> {
        self.change("report progress", |state, now| state.report(progress, now))
    }

    async fn job(&self, id: JobId) -> Result<Option<Job>> {
        self.look("read a job", |state, _| state.job(id))
    }

    async fn children(&self, parent: JobId) -> Result<Vec<Job>> {
        self.look("read the children of a job", |state, _| {
            state.children(parent)
        })
    }

    async fn queue_depths(&self) -> Result<Vec<QueueDepth>> {
        self.look("measure the queues", |state, _| {
            Ok(JobKind::ALL.iter().map(|kind| state.depth(*kind)).collect())
        })
    }

    async fn next_due(&self, kind: JobKind) -> Result<Option<Duration>> {
        self.look("look for the next job", |state, now| {
            Ok(state.next_due(kind, now))
        })
    }
}
