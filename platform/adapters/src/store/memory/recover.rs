//! Mending what dead processes left behind: leases that ended, and parents and pipelines that
//! nobody looks at. Each mending is a change of its own, so that one that is refused stops no other.

use super::refusal::Outcome;
use super::rows::{JobMark, JobRow, PipelineMark};
use super::state::State;
use crate::store::recover::{Fate, STALE_US, advance, crashed};
use domain::dataset::DatasetState;
use domain::job::{JobKind, JobState, MAX_CRASHES, Payload};
use domain::pipeline::{PipelineState, StageName, StageState};
use domain::{Failure, JobId, PipelineId, Timestamp};
use ports::bus::Notice;
use ports::store::{ANSWERS_ARE_KEPT, DatasetOutcome, Leases, Repairs, StageChange};

impl State {
    pub(super) fn reconcile(&mut self, leases: Leases, now: Timestamp) -> Outcome<Repairs> {
        let expires = leases == Leases::Expire;
        let has_ended = |job: &JobRow| job.lease_until.is_some_and(|until| until < now);
        let ended = self.running(|job| expires && has_ended(job));
        let (asleep, still) = (self.asleep(), self.standing_still(now));
        let (mut repairs, mut trouble) = (Repairs::default(), None);
        for job in ended {
            match self.transaction(|state| state.put_back(job, now, now)) {
                Ok(Some(Fate::Again)) => repairs.expired += 1,
                Ok(Some(Fate::GivenUp)) => repairs.dead += 1,
                Ok(None) => {}
                Err(refusal) => trouble = Some(refusal),
            }
        }
        let mut count = |woken: Outcome<bool>| match woken {
            Ok(woken) => repairs.woken += u64::from(woken),
            Err(refusal) => trouble = Some(refusal),
        };
        for parent in asleep {
            count(self.transaction(|state| Ok(state.wake(parent, now))));
        }
        for pipeline in still {
            count(self.transaction(|state| state.restart(pipeline, now)));
        }
        let old = now.before(ANSWERS_ARE_KEPT);
        repairs.forgotten = self.transaction(|state| {
            state.forget_work(now);
            Ok(state.forget_answers(old))
        })?;
        trouble.map_or(Ok(repairs), Err)
    }

    /// Puts back the jobs of the workers whose names begin so, whatever their leases say.
    pub(super) fn free_leases(&mut self, prefix: &str, now: Timestamp) -> Outcome<u64> {
        let is_theirs = |worker: &String| worker.starts_with(prefix);
        let held = self.running(|job| job.worker.as_ref().is_some_and(is_theirs));
        let mut freed = 0;
        for job in held {
            let fate = self.transaction(|state| state.put_back(job, Timestamp(i64::MAX), now))?;
            freed += u64::from(fate.is_some());
        }
        Ok(freed)
    }

    fn running(&self, is_meant: impl Fn(&JobRow) -> bool) -> Vec<JobId> {
        let running = self.jobs.find(JobMark::Running);
        let meant = running.filter(|(_, job)| is_meant(job));
        meant.map(|(id, _)| *id).collect()
    }

    /// Puts a job back if its lease ended before `until`. A job that ran alone has its crash
    /// counted, and is given up after too many; one that ran beside others becomes a suspect, to be
    /// run alone.
    fn put_back(&mut self, id: JobId, until: Timestamp, now: Timestamp) -> Outcome<Option<Fate>> {
        let has_ended = |job: &&JobRow| {
            job.state == JobState::Running && job.lease_until.is_some_and(|lease| lease < until)
        };
        let Some(job) = self.jobs.get(&id).filter(has_ended).cloned() else {
            return Ok(None);
        };
        let crashes = job.crashes + u32::from(job.alone);
        let fate = if crashes >= MAX_CRASHES {
            self.bury(id, &job, crashes, now)?;
            Fate::GivenUp
        } else {
            self.jobs.change(&id, |job| {
                job.state = JobState::Queued;
                job.not_before = now;
                job.lease_until = None;
                job.suspect = true;
                job.crashes = crashes;
            });
            self.notify(&Notice::Work(job.kind));
            Fate::Again
        };
        if let Some(pipeline) = job.pipeline
            && job.kind.within().is_some()
        {
            // Down time is not spent: the last sign of life ends the counting.
            self.rest(pipeline, job.renewed_at.unwrap_or(now));
        }
        Ok(Some(fate))
    }

    /// Makes a job a dead letter, and tells those who wait for it that it will never end.
    fn bury(&mut self, id: JobId, job: &JobRow, crashes: u32, now: Timestamp) -> Outcome<()> {
        let failure = crashed(job.kind, crashes);
        self.jobs.change(&id, |job| {
            job.state = JobState::Failed;
            job.crashes = crashes;
            job.error = Some(failure.clone());
            job.finished_at = Some(now);
            job.lease_until = None;
        });
        self.end_trial(id, &failure, now)?;
        self.mourn(id, &failure);
        if let Some(parent) = job.parent {
            self.wake(parent, now);
            return Ok(());
        }
        if let Payload::Profile { dataset, version } = *job.payload.read()? {
            let outcome = DatasetOutcome::Failed {
                failure,
                format: None,
            };
            return self.settle(dataset, version, &outcome, now);
        }
        self.fail(job, job.kind.stage(), failure, now)
    }

    /// Gives up a job that cannot be read: the stage that it was done for fails with it.
    pub(super) fn give_up(&mut self, id: JobId, failure: Failure, now: Timestamp) -> Outcome<()> {
        self.jobs.change(&id, |job| {
            job.state = JobState::Failed;
            job.error = Some(failure.clone());
            job.finished_at = Some(now);
            job.lease_until = None;
        });
        self.mourn(id, &failure);
        let Some(job) = self.jobs.get(&id).cloned() else {
            return Ok(());
        };
        self.fail(&job, job.kind.within(), failure, now)
    }

    /// What a dead letter means for its pipeline: the stage fails, and the orchestrator ends the
    /// rest.
    fn fail(
        &mut self,
        job: &JobRow,
        stage: Option<StageName>,
        failure: Failure,
        now: Timestamp,
    ) -> Outcome<()> {
        let Some(pipeline) = job.pipeline else {
            return Ok(());
        };
        if let Some(stage) = stage {
            let change = StageChange::Ended(StageState::Failed, Some(failure));
            self.move_stage(pipeline, stage, &change, now)?;
            self.insert_job(&advance(pipeline, job.owner), 0, now)?;
            self.notify(&Notice::Pipeline(pipeline));
        } else if job.kind == JobKind::Advance {
            // Another look would kill the next process: nobody is left to decide but the store.
            self.move_pipeline(pipeline, PipelineState::Failed, Some(&failure), None, now)?;
            self.notify(&Notice::Pipeline(pipeline));
        }
        Ok(())
    }

    /// Waiting parents of which few enough children are open.
    fn asleep(&self) -> Vec<JobId> {
        let waiting = self.jobs.find(JobMark::Waiting);
        let open = |id| self.jobs.count(JobMark::OpenBelow(id));
        let asleep = waiting.filter(|(id, job)| open(**id) <= job.wake_at as usize);
        asleep.map(|(id, _)| *id).collect()
    }

    fn is_at_rest(&self, pipeline: PipelineId) -> bool {
        self.jobs.count(JobMark::OpenOf(pipeline)) == 0
    }

    /// Open pipelines that no job moves on, that have not just been made and that do not wait for
    /// their dataset.
    fn standing_still(&self, now: Timestamp) -> Vec<PipelineId> {
        let stale = now.0.saturating_sub(STALE_US);
        let open = self.pipelines.find(PipelineMark::Open);
        let still = open.filter(|(id, pipeline)| {
            let version = (pipeline.dataset, pipeline.dataset_version);
            let version = self.versions.get(&version);
            let is_read = |state: DatasetState| state != DatasetState::Profiling;
            pipeline.created_at.0 < stale
                && version.is_some_and(|row| is_read(row.version.state))
                && self.is_at_rest(**id)
        });
        still.map(|(id, _)| *id).collect()
    }

    /// Lets the orchestrator look at a pipeline if it still stands still; whether it did.
    fn restart(&mut self, id: PipelineId, now: Timestamp) -> Outcome<bool> {
        let open = self.pipelines.get(&id).filter(|row| row.is_open());
        let Some(owner) = open.map(|row| row.owner) else {
            return Ok(false);
        };
        if !self.is_at_rest(id) {
            return Ok(false);
        }
        self.insert_job(&advance(id, owner), 0, now)?;
        Ok(true)
    }
}
