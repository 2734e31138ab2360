//! Runs and what is told about them.

use super::MemoryStore;
use super::kept::Kept;
use super::list::page;
use super::refusal::{Outcome, Refusal};
use super::rows::{JobMark, PipelineRow, StageRow};
use super::state::{State, of};
use async_trait::async_trait;
use domain::access::Noun;
use domain::event::{Event, EventKind, NewEvent};
use domain::job::NewJob;
use domain::pipeline::{Pipeline, PipelineState, Span, Stage, StageName, StageState};
use domain::results::StageResult;
use domain::study::Trial;
use domain::{JobId, Message, ModelId, PipelineId, SpanId, Timestamp};
use ports::Result;
use ports::bus::Notice;
use ports::store::{NewPipeline, Page, PageOf, PipelineFilter, Pipelines, plain};
use serde_json::json;

impl State {
    fn insert_pipeline(&mut self, new: &NewPipeline, now: Timestamp) -> Outcome<()> {
        let (id, spec) = (new.pipeline.id, &new.pipeline.spec);
        let dataset = spec.dataset_id;
        // Only a version of a dataset that is not deleted can be learned from.
        let newest = self.undeleted(dataset).map(|dataset| dataset.version);
        let version = newest.map(|newest| spec.dataset_version.unwrap_or(newest));
        let known = version.filter(|version| self.versions.has(&(dataset, *version)));
        let Some(version) = known else {
            let what = format!("dataset {dataset} in this version");
            return Err(Refusal::Missing(what));
        };
        let row = PipelineRow {
            owner: new.pipeline.owner,
            course: spec.course_id,
            dataset,
            dataset_version: version,
            name: new.pipeline.name.clone(),
            state: PipelineState::Queued,
            spec: Kept::new(spec)?,
            error: None,
            best_score: None,
            consumed_us: 0,
            active_since: None,
            active_until: None,
            created_at: now,
            started_at: None,
            finished_at: None,
        };
        self.pipelines.insert(id, row)?;
        for name in StageName::ALL {
            let stage = Stage::pending(*name);
            let row = StageRow {
                stage,
                result: None,
            };
            self.stages.insert((id, *name), row)?;
        }
        let queued = json!({"state": PipelineState::Queued});
        self.append(id, NewEvent::new(EventKind::Pipeline, None, queued), now)?;
        self.notify(&Notice::Pipeline(id));
        self.insert_job(&new.advance, 0, now)
    }

    /// The pipeline with its stages.
    pub(super) fn pipeline(&self, id: PipelineId, now: Timestamp) -> Outcome<Option<Pipeline>> {
        let row = self.pipelines.get(&id);
        row.map(|row| self.read_pipeline(id, row, now)).transpose()
    }

    fn read_pipeline(
        &self,
        id: PipelineId,
        row: &PipelineRow,
        now: Timestamp,
    ) -> Outcome<Pipeline> {
        // While jobs run, the time since the first of them began counts too.
        let active = row.active_since.map_or(0, |since| now.0 - since.0);
        let stages = self.stages.range(of::<_, StageName>(id));
        Ok(Pipeline {
            id,
            owner: row.owner,
            name: row.name.clone(),
            spec: row.spec.read()?.clone(),
            state: row.state,
            stages: stages.map(|(_, row)| row.stage.clone()).collect(),
            best_score: row.best_score,
            consumed_us: row.consumed_us + active.max(0),
            error: row.error.clone(),
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
        })
    }

    fn pipelines(
        &self,
        filter: &PipelineFilter,
        at: &Page,
        now: Timestamp,
    ) -> Outcome<PageOf<Pipeline>> {
        // The scope and the owner that is asked for must both agree.
        let seen = self.seen(Noun::Pipeline, &filter.scope);
        let is_listed = |id: &PipelineId, row: &PipelineRow| {
            seen.has(row.owner, row.course, id)
                && filter.owner.is_none_or(|owner| owner == row.owner)
                && filter.state.is_none_or(|state| state == row.state)
                && filter.dataset.is_none_or(|dataset| dataset == row.dataset)
                && filter
                    .course
                    .is_none_or(|course| row.course == Some(course))
        };
        page(
            self.pipelines.iter(),
            at,
            is_listed,
            |id, row| self.read_pipeline(*id, row, now),
            |pipeline| pipeline.id.to_string(),
        )
    }

    fn stage_result(&self, id: PipelineId, stage: StageName) -> Outcome<Option<StageResult>> {
        let row = self.stages.get(&(id, stage));
        let result = row.and_then(|row| row.result.as_ref());
        result.map(|result| result.read().cloned()).transpose()
    }

    fn change_stages(
        &mut self,
        id: PipelineId,
        is_meant: impl Fn(&StageRow) -> bool,
        change: impl Fn(&mut Stage),
    ) {
        for name in StageName::ALL {
            self.stages
                .change_if(&(id, *name), &is_meant, |row| change(&mut row.stage));
        }
    }

    fn cancel_pipeline(&mut self, id: PipelineId, told: &Message, now: Timestamp) -> Outcome<bool> {
        let Some(pipeline) = self.pipeline(id, now)? else {
            return Ok(false);
        };
        if pipeline.state.is_final() {
            return Ok(false);
        }
        self.end_stages(&pipeline, now)?;
        self.move_pipeline(id, PipelineState::Cancelled, None, Some(told), now)?;
        self.notify(&Notice::Pipeline(id));
        Ok(true)
    }

    fn retry_pipeline(
        &mut self,
        id: PipelineId,
        advance: &NewJob,
        now: Timestamp,
    ) -> Outcome<bool> {
        // What failed before anything had begun waits to begin again.
        let mut again = PipelineState::Running;
        let failed = self.pipelines.change_if(
            &id,
            |pipeline| pipeline.state == PipelineState::Failed,
            |pipeline| {
                if pipeline.started_at.is_none() {
                    again = PipelineState::Queued;
                }
                pipeline.state = again;
                pipeline.error = None;
                pipeline.finished_at = None;
            },
        );
        if !failed {
            return Ok(false);
        }
        let unfinished = |row: &StageRow| {
            matches!(
                row.stage.state,
                StageState::Failed | StageState::Cancelled | StageState::Skipped
            )
        };
        self.change_stages(id, unfinished, |stage| {
            stage.state = StageState::Pending;
            stage.error = None;
            stage.message = None;
            stage.finished_at = None;
            stage.progress = 0.0;
        });
        let data = json!({"state": again});
        self.append(id, NewEvent::new(EventKind::Pipeline, None, data), now)?;
        self.notify(&Notice::Pipeline(id));
        self.insert_job(advance, 0, now)?;
        Ok(true)
    }

    fn delete_pipeline(&mut self, id: PipelineId) -> Outcome<bool> {
        let Some(pipeline) = self.pipelines.get(&id) else {
            return Ok(false);
        };
        let refusal = match (pipeline.is_open(), self.deployed.count(id)) {
            (true, _) => Some("it is not finished; cancel it first"),
            (false, 1..) => Some("a deployment uses one of its models"),
            (false, 0) => None,
        };
        if let Some(what) = refusal {
            return Err(Refusal::Conflict(what.to_owned()));
        }
        let numbers: Vec<u64> = self.events.range(of(id)).map(|((_, n), _)| *n).collect();
        let spans: Vec<SpanId> = self.spans.range(of(id)).map(|((_, n), _)| *n).collect();
        let trials: Vec<u32> = self.trials.range(of(id)).map(|((_, n), _)| *n).collect();
        let models: Vec<ModelId> = self.models.find(id).map(|(model, _)| *model).collect();
        let jobs = self.jobs.find(JobMark::Of(id));
        let jobs: Vec<JobId> = jobs.map(|(job, _)| *job).collect();
        self.events.remove_all(numbers.into_iter().map(|n| (id, n)));
        self.spans.remove_all(spans.into_iter().map(|n| (id, n)));
        self.trials.remove_all(trials.into_iter().map(|n| (id, n)));
        self.models.remove_all(models);
        self.stages
            .remove_all(StageName::ALL.iter().map(|name| (id, *name)));
        self.jobs.remove_all(jobs);
        self.share_no_longer(Noun::Pipeline, &id.to_string());
        Ok(self.pipelines.remove(&id))
    }
}

#[async_trait]
impl Pipelines for MemoryStore {
    async fn insert_pipeline(&self, new: &NewPipeline) -> Result<()> {
        plain("store a pipeline", [&*new.pipeline.name])?;
        self.change("store a pipeline", |state, now| {
            state.insert_pipeline(new, now)
        })
    }

    async fn pipeline(&self, id: PipelineId) -> Result<Option<Pipeline>> {
        self.look("read a pipeline", |state, now| state.pipeline(id, now))
    }

    async fn pipelines(&self, filter: &PipelineFilter, page: &Page) -> Result<PageOf<Pipeline>> {
        plain("list pipelines", page.before.as_deref())?;
        self.look("list pipelines", |state, now| {
            state.pipelines(filter, page, now)
        })
    }

    async fn stage_result(&self, id: PipelineId, stage: StageName) -> Result<Option<StageResult>> {
        self.look("read the result of a stage", |state, _| {
            state.stage_result(id, stage)
        })
    }

    async fn cancel_pipeline(&self, id: PipelineId, told: &Message) -> Result<bool> {
        self.change("cancel a pipeline", |state, now| {
            state.cancel_pipeline(id, told, now)
        })
    }

    async fn retry_pipeline(&self, id: PipelineId, advance: &NewJob) -> Result<bool> {
        self.change("retry a pipeline", |state, now| {
            state.retry_pipeline(id, advance, now)
        })
    }

    async fn delete_pipeline(&self, id: PipelineId) -> Result<bool> {
        self.change("delete a pipeline", |state, _| state.delete_pipeline(id))
    }

    async fn events(&self, id: PipelineId, after: u64, limit: u32) -> Result<Vec<Event>> {
        self.look("read the events of a pipeline", |state, _| {
            Ok(state.events(id, after, limit))
        })
    }

    async fn timeline(&self, id: PipelineId) -> Result<Vec<Span>> {
        self.look("read a timeline", |state, _| Ok(state.timeline(id)))
    }

    async fn trials(&self, id: PipelineId) -> Result<Vec<Trial>> {
        self.look("read the trials of a pipeline", |state, _| state.trials(id))
    }
}
