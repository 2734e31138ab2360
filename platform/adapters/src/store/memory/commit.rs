//! The end of a step: one fenced change.

use super::refusal::Outcome;
use super::rows::{JobMark, JobRow};
use super::state::State;
use crate::store::deployments::DOING as DEPLOYING;
use domain::job::{JobKind, JobState, Payload};
use domain::study::TrialState;
use domain::{Failure, JobId, PipelineId, Timestamp};
use ports::bus::Notice;
use ports::store::{Commit, Committed, End, Write};
use std::time::Duration;

impl State {
    pub(super) fn commit(&mut self, commit: &Commit, now: Timestamp) -> Outcome<Committed> {
        if !self.holds(commit.job, commit.attempt) {
            return Ok(Committed::Fenced);
        }
        let mut touched: Vec<PipelineId> = Vec::new();
        for write in &commit.writes {
            if let Some(pipeline) = self.apply(write, now)?
                && !touched.contains(&pipeline)
            {
                touched.push(pipeline);
            }
        }
        self.end(commit.job, &commit.end, now)?;
        // Neither this job nor what was written after its end outlives a pipeline.
        for write in &commit.writes {
            if let Write::Pipeline(pipeline, state, _) = write
                && state.is_final()
            {
                self.close(*pipeline, now)?;
            }
        }
        for pipeline in touched {
            self.notify(&Notice::Pipeline(pipeline));
        }
        Ok(Committed::Yes)
    }

    /// Applies one write; answers the pipeline whose readers should be woken.
    fn apply(&mut self, write: &Write, now: Timestamp) -> Outcome<Option<PipelineId>> {
        Ok(match write {
            Write::Job(job) => {
                self.insert_job(job, 0, now)?;
                None
            }
            Write::Event(pipeline, event) => {
                self.append(*pipeline, event.clone(), now)?;
                Some(*pipeline)
            }
            Write::Span(pipeline, span) => {
                self.put_span(*pipeline, span)?;
                Some(*pipeline)
            }
            Write::Trial(pipeline, trial) => {
                self.put_trial(*pipeline, trial)?;
                Some(*pipeline)
            }
            Write::Model(model) => {
                self.put_model(model)?;
                Some(model.pipeline)
            }
            Write::Stage(pipeline, stage, change) => {
                self.move_stage(*pipeline, *stage, change, now)?;
                Some(*pipeline)
            }
            Write::Pipeline(pipeline, state, error) => {
                self.move_pipeline(*pipeline, *state, error.as_ref(), None, now)?;
                Some(*pipeline)
            }
            Write::BestScore(pipeline, score) if score.is_finite() => {
                self.pipelines
                    .change(pipeline, |row| row.best_score = Some(*score));
                Some(*pipeline)
            }
            Write::BestScore(..) => None,
            Write::Dataset(dataset, version, outcome) => {
                self.settle(*dataset, *version, outcome, now)?;
                None
            }
            Write::Deploy(write) => {
                let deployed = self.deploy(write, now);
                deployed.map_err(|refusal| refusal.attempting(DEPLOYING))?;
                None
            }
        })
    }

    /// What becomes of the job and, through it, of its parent.
    fn end(&mut self, id: JobId, end: &End, now: Timestamp) -> Outcome<()> {
        match end {
            End::Succeeded(result) => self.end_as(id, |job| {
                job.state = JobState::Succeeded;
                job.result.clone_from(result);
                job.finished_at = Some(now);
            }),
            End::Waiting {
                children,
                wake_at,
                memo,
            } => {
                let first = self.jobs.count(JobMark::Below(id));
                for (place, child) in (first..).zip(children) {
                    self.insert_job(child, place, now)?;
                }
                // A step that ended as planned clears its record of crashes: progress was made.
                self.end_as(id, |job| {
                    job.state = JobState::Waiting;
                    job.memo = Some(memo.clone());
                    job.wake_at = *wake_at;
                    (job.suspect, job.crashes, job.failures) = (false, 0, 0);
                });
                self.wake(id, now);
            }
            End::Failed(failure, Some(after)) => self.try_again(id, failure, *after, now),
            End::Failed(failure, None) => {
                self.end_as(id, |job| {
                    job.state = JobState::Failed;
                    job.failures += 1;
                    job.error = Some(failure.clone());
                    job.finished_at = Some(now);
                });
                self.end_trial(id, failure, now)?;
                self.mourn(id, failure);
            }
            End::Released => {
                self.end_as(id, |job| {
                    job.state = JobState::Queued;
                    job.not_before = now;
                });
                if let Some(job) = self.jobs.get(&id) {
                    let work = Notice::Work(job.kind);
                    self.notify(&work);
                }
            }
        }
        let ended = self.jobs.get(&id);
        let Some(job) = ended else {
            return Ok(());
        };
        let (kind, pipeline, parent) = (job.kind, job.pipeline, job.parent);
        let (owner, started) = (job.owner, job.started_at);
        if let Some(started) = started.filter(|_| kind != JobKind::Advance) {
            self.worked(owner, pipeline, started, now);
        }
        if let Some(pipeline) = pipeline
            && kind.within().is_some()
        {
            self.rest(pipeline, now);
        }
        let is_over = matches!(end, End::Succeeded(_) | End::Failed(_, None));
        if let Some(parent) = parent
            && is_over
        {
            self.wake(parent, now);
        }
        Ok(())
    }

    /// Changes a job that nobody holds any more.
    fn end_as(&mut self, id: JobId, change: impl FnOnce(&mut JobRow)) {
        self.jobs.change(&id, |job| {
            job.lease_until = None;
            change(job);
        });
    }

    fn try_again(&mut self, id: JobId, failure: &Failure, after: Duration, now: Timestamp) {
        self.end_as(id, |job| {
            job.state = JobState::Queued;
            job.failures += 1;
            job.error = Some(failure.clone());
            job.not_before = now.after(after);
        });
    }

    /// Ends the trial that a job computed, if it computed one and died of it.
    pub(super) fn end_trial(&mut self, id: JobId, why: &Failure, now: Timestamp) -> Outcome<()> {
        let Some(job) = self.jobs.get(&id) else {
            return Ok(());
        };
        if job.kind != JobKind::Trial {
            return Ok(());
        }
        if let (Payload::Trial(task), Some(pipeline)) = (job.payload.read()?, job.pipeline) {
            let (number, error) = (Some(task.number), Some(&why.message));
            self.end_trials(pipeline, number, TrialState::Failed, error, now)?;
        }
        Ok(())
    }

    /// Queues a waiting parent's next step if few enough of its children are open.
    pub(super) fn wake(&mut self, parent: JobId, now: Timestamp) -> bool {
        let open = self.jobs.count(JobMark::OpenBelow(parent));
        let Some(job) = self.jobs.get(&parent) else {
            return false;
        };
        if job.state != JobState::Waiting || open > job.wake_at as usize {
            return false;
        }
        let work = Notice::Work(job.kind);
        self.jobs.change(&parent, |job| {
            job.state = JobState::Queued;
            job.not_before = now;
        });
        self.notify(&work);
        true
    }
}
