//! How stages and pipelines move on.

use super::kept::Kept;
use super::refusal::Outcome;
use super::rows::{JobMark, PipelineRow, StageRow};
use super::state::{State, of};
use domain::event::{EventKind, NewEvent};
use domain::job::JobState;
use domain::pipeline::{Pipeline, PipelineState, StageName, StageState};
use domain::study::TrialState;
use domain::{Failure, JobId, Message, PipelineId, Timestamp, cancel, failing};
use ports::store::StageChange;
use serde_json::json;

impl State {
    /// Notes how far a stage is. Progress never goes back, whichever of many reporters comes last.
    pub(super) fn progress(
        &mut self,
        pipeline: PipelineId,
        stage: StageName,
        fraction: f64,
        message: Option<&Message>,
    ) {
        let fraction = if fraction.is_finite() {
            fraction.clamp(0.0, 1.0)
        } else {
            0.0
        };
        self.stages.change_if(
            &(pipeline, stage),
            |row| row.stage.state == StageState::Running,
            |row| {
                if let Some(message) = message {
                    row.stage.message = Some(message.clone());
                }
                if fraction > row.stage.progress {
                    row.stage.progress = fraction;
                }
            },
        );
    }

    /// Moves a stage on and tells it; nothing happens to a stage that has ended.
    pub(super) fn move_stage(
        &mut self,
        pipeline: PipelineId,
        stage: StageName,
        change: &StageChange,
        now: Timestamp,
    ) -> Outcome<()> {
        let key = (pipeline, stage);
        let (state, message, moved) = match change {
            StageChange::Queue(job) => {
                let moved = self.stages.change_if(
                    &key,
                    |row| row.stage.state == StageState::Pending,
                    |row| {
                        row.stage.state = StageState::Queued;
                        row.stage.queued_at.get_or_insert(now);
                        row.stage.error = None;
                    },
                );
                if moved {
                    self.insert_job(job, 0, now)?;
                }
                (StageState::Queued, None, moved)
            }
            StageChange::Succeeded(result, message) => {
                let result = Kept::new(&**result)?;
                let moved = self.stages.change_if(&key, StageRow::is_open, |row| {
                    row.stage.state = StageState::Succeeded;
                    row.stage.progress = 1.0;
                    row.stage.finished_at = Some(now);
                    row.stage.message = Some(message.clone());
                    row.result = Some(result);
                });
                (StageState::Succeeded, Some(message.clone()), moved)
            }
            StageChange::Ended(state, failure) => {
                let moved = self.stages.change_if(&key, StageRow::is_open, |row| {
                    row.stage.state = *state;
                    row.stage.finished_at = Some(now);
                    row.stage.error.clone_from(failure);
                });
                let message = failure.as_ref().map(|failure| failure.message.clone());
                (*state, message, moved)
            }
        };
        if !moved {
            return Ok(());
        }
        let mut event = NewEvent::new(EventKind::Stage, Some(stage), json!({"state": state}));
        event.message = message;
        self.append(pipeline, event, now)
    }

    /// Moves a pipeline on and tells it; whether it had not ended.
    pub(super) fn move_pipeline(
        &mut self,
        id: PipelineId,
        state: PipelineState,
        error: Option<&Failure>,
        told: Option<&Message>,
        now: Timestamp,
    ) -> Outcome<bool> {
        let moved = self
            .pipelines
            .change_if(&id, PipelineRow::is_open, |pipeline| {
                pipeline.state = state;
                pipeline.error = error.cloned();
                pipeline.finished_at = state.is_final().then_some(now);
            });
        if !moved {
            return Ok(false);
        }
        if state == PipelineState::Failed {
            self.fail_stages(id, error, now)?;
        }
        if state.is_final() {
            self.close(id, now)?;
        }
        let mut event = NewEvent::new(EventKind::Pipeline, None, json!({"state": state}));
        event.message = told.or(error.map(|failure| &failure.message)).cloned();
        self.append(id, event, now)?;
        Ok(true)
    }

    /// Ends the stages of a pipeline that fails.
    fn fail_stages(
        &mut self,
        id: PipelineId,
        error: Option<&Failure>,
        now: Timestamp,
    ) -> Outcome<()> {
        let stages = self.stages.range(of::<_, StageName>(id));
        let stages: Vec<_> = stages
            .map(|((_, name), row)| (*name, row.stage.state))
            .collect();
        for (stage, state) in failing::stages(&stages) {
            let why = error.filter(|_| state == StageState::Failed).cloned();
            self.move_stage(id, stage, &StageChange::Ended(state, why), now)?;
        }
        Ok(())
    }

    /// Ends the stages of a pipeline that a person stops, and draws where those ended that had
    /// begun.
    pub(super) fn end_stages(&mut self, pipeline: &Pipeline, now: Timestamp) -> Outcome<()> {
        let open = self.jobs.find(JobMark::OpenOf(pipeline.id));
        let at_work: Vec<(JobId, StageName)> = open
            .filter_map(|(id, job)| Some((*id, job.kind.stage()?)))
            .collect();
        for (job, stage) in at_work {
            self.put_span(pipeline.id, &cancel::bar(pipeline, stage, job, now))?;
        }
        for (stage, state) in cancel::stages(pipeline) {
            let change = StageChange::Ended(state, None);
            self.move_stage(pipeline.id, stage, &change, now)?;
        }
        Ok(())
    }

    /// The end of a pipeline is the end of all its jobs and trials: not even a straggler's heartbeat
    /// keeps one alive.
    pub(super) fn close(&mut self, id: PipelineId, now: Timestamp) -> Outcome<()> {
        let open = self.jobs.find(JobMark::OpenOf(id));
        let open: Vec<JobId> = open.map(|(job, _)| *job).collect();
        for job in open {
            self.jobs.change(&job, |job| {
                job.state = JobState::Cancelled;
                job.finished_at = Some(now);
                job.lease_until = None;
            });
        }
        self.end_trials(id, None, TrialState::Cancelled, None, now)?;
        self.rest(id, now);
        Ok(())
    }
}
