//! Claiming jobs and keeping their leases.

use super::refusal::{Outcome, Refusal};
use super::rows::{JobMark, JobRow};
use super::state::State;
use crate::store::recover::unreadable;
use domain::event::{EventKind, NewEvent};
use domain::job::{Job, JobState};
use domain::pipeline::{Pipeline, PipelineState, StageName, StageState};
use domain::{JobId, PipelineId, Timestamp, UserId};
use ports::bus::Notice;
use ports::store::{Claim, ClaimFilter, Lease};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

impl State {
    /// The jobs that can be claimed now.
    pub(super) fn claimable(
        &self,
        filter: &ClaimFilter,
        now: Timestamp,
    ) -> impl Iterator<Item = (JobId, &JobRow)> {
        let queued = JobMark::Queued(filter.kind, filter.suspects);
        let queued = self.jobs.find(queued).map(|(id, job)| (*id, job));
        queued.filter(move |(_, job)| job.not_before <= now)
    }

    /// The next of them: owners with fewer running jobs first, then age.
    fn next_job(&self, filter: &ClaimFilter, now: Timestamp) -> Option<JobId> {
        let mut busy: BTreeMap<UserId, usize> = BTreeMap::new();
        for (_, job) in self.jobs.find(JobMark::Running) {
            *busy.entry(job.owner).or_default() += 1;
        }
        let jobs = |owner| busy.get(&owner).copied().unwrap_or(0);
        let order =
            |(id, job): &(JobId, &JobRow)| (jobs(job.owner), job.created_at, job.place, *id);
        self.claimable(filter, now)
            .min_by_key(order)
            .map(|(id, _)| id)
    }

    /// Claims the next job, if there is one. What nobody could do is given up on the way: it would
    /// come first for ever.
    pub(super) fn claim(&mut self, filter: &ClaimFilter, now: Timestamp) -> Outcome<Option<Claim>> {
        while let Some(id) = self.next_job(filter, now) {
            match self.take(id, filter, now) {
                Err(Refusal::Unreadable(why)) => {
                    self.give_up(id, unreadable(filter.kind, &why), now)?;
                }
                claimed => return claimed,
            }
        }
        Ok(None)
    }

    fn take(&mut self, id: JobId, filter: &ClaimFilter, now: Timestamp) -> Outcome<Option<Claim>> {
        self.jobs.change(&id, |job| {
            job.state = JobState::Running;
            job.attempt += 1;
            job.worker = Some(filter.worker.clone());
            job.alone = filter.suspects;
            job.lease_until = Some(now.after(filter.lease));
            job.renewed_at = Some(now);
            job.started_at = Some(now);
        });
        let Some(job) = self.job(id)? else {
            return Ok(None);
        };
        let pipeline = match job.pipeline {
            Some(id) => self.begin(&job, id, now)?,
            None => None,
        };
        let at = now;
        Ok(Some(Claim { job, pipeline, at }))
    }

    /// Notes on the pipeline and the stage that work on them has begun.
    fn begin(&mut self, job: &Job, id: PipelineId, now: Timestamp) -> Outcome<Option<Pipeline>> {
        if job.kind.within().is_some() {
            self.pipelines.change_if(
                &id,
                |pipeline| pipeline.active_since.is_none(),
                |pipeline| pipeline.active_since = Some(now),
            );
        }
        if let Some(stage) = job.kind.stage() {
            self.begin_stage(id, stage, now)?;
        }
        self.pipeline(id, now)
    }

    fn begin_stage(&mut self, id: PipelineId, stage: StageName, now: Timestamp) -> Outcome<()> {
        let first = self.pipelines.change_if(
            &id,
            |pipeline| pipeline.state == PipelineState::Queued,
            |pipeline| {
                pipeline.state = PipelineState::Running;
                pipeline.started_at = Some(now);
            },
        );
        if first {
            let data = json!({"state": PipelineState::Running});
            self.append(id, NewEvent::new(EventKind::Pipeline, None, data), now)?;
        }
        // The next step of a stage that waited for its children is no new attempt.
        let mut attempt = 0;
        let begun = self.stages.change_if(
            &(id, stage),
            |row| row.stage.state == StageState::Queued,
            |row| {
                row.stage.state = StageState::Running;
                row.stage.attempt += 1;
                row.stage.started_at.get_or_insert(now);
                attempt = row.stage.attempt;
            },
        );
        if begun {
            let data = json!({"state": StageState::Running, "attempt": attempt});
            self.append(id, NewEvent::new(EventKind::Stage, Some(stage), data), now)?;
        }
        if first || begun {
            self.notify(&Notice::Pipeline(id));
        }
        Ok(())
    }

    /// Whether `attempt` still runs the job. A job of a pipeline that has ended never runs.
    pub(super) fn holds(&self, job: JobId, attempt: u32) -> bool {
        let held = |job: &JobRow| job.attempt == attempt && job.state == JobState::Running;
        self.jobs.get(&job).is_some_and(held)
    }

    /// Extends a lease, or says why it is lost.
    pub(super) fn renew(
        &mut self,
        id: JobId,
        attempt: u32,
        now: Timestamp,
        lease: Duration,
    ) -> Lease {
        if self.holds(id, attempt) {
            self.jobs.change(&id, |job| {
                job.lease_until = Some(now.after(lease));
                job.renewed_at = Some(now);
            });
            return Lease::Held;
        }
        match self.jobs.get(&id) {
            Some(job) if job.state == JobState::Cancelled => Lease::Cancelled,
            _ => Lease::Lost,
        }
    }

    /// Ends the counting of consumed time when no job of the pipeline runs any more. `seen` is the
    /// last sign of life of the job that ended; the latest of all that ran together counts.
    pub(super) fn rest(&mut self, id: PipelineId, seen: Timestamp) {
        let at_work = self.jobs.count(JobMark::Consumes(id)) > 0;
        let pipeline = self.pipelines.get(&id);
        let Some(since) = pipeline.and_then(|pipeline| pipeline.active_since) else {
            return;
        };
        self.pipelines.change(&id, |pipeline| {
            let until = pipeline.active_until.map_or(seen, |until| until.max(seen));
            if at_work {
                pipeline.active_until = Some(until);
            } else {
                pipeline.consumed_us += (until.0 - since.0).max(0);
                (pipeline.active_since, pipeline.active_until) = (None, None);
            }
        });
    }
}
