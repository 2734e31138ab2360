//! Pipelines on the wire.

use super::failure::ApiFailure;
use super::{Time, names, shapes};
use domain::pipeline::{Pipeline, PipelineState, Stage, StageName, StageState};
use domain::spec::{Budget, BudgetSpec, PipelineSpec};
use domain::task::{Choice, Metric, Task};
use domain::{DatasetId, Message, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// One run from dataset to endpoint.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Pipeline)]
pub struct PipelineView {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub owner_id: Uuid,
    /// A name for people.
    pub name: String,
    /// The dataset it learns from.
    pub dataset_id: Uuid,
    /// That dataset's name; empty when it was deleted.
    pub dataset_name: String,
    /// The version of the dataset.
    #[schema(required = true)]
    pub dataset_version: Option<u32>,
    /// The column to predict.
    pub target: String,
    /// What is learned; `auto` until the data has decided.
    #[schema(value_type = names::TaskChoice)]
    pub task: Choice<Task>,
    /// The measure that decides; `auto` until the data has decided.
    #[schema(value_type = names::MetricChoice)]
    pub metric: Choice<Metric>,
    /// How it stands.
    #[schema(value_type = names::PipelineState)]
    pub state: PipelineState,
    /// When it was asked for.
    pub created_at: Time,
    /// When its first job was claimed.
    #[schema(required = true)]
    pub started_at: Option<Time>,
    /// When it ended.
    #[schema(required = true)]
    pub finished_at: Option<Time>,
    /// Its place among the pipelines that wait for a worker, from 1, as it stands now; nothing once
    /// work has begun.
    #[schema(required = true)]
    pub queue_position: Option<u64>,
    /// How much is done, 0 to 1.
    pub progress: f64,
    /// Seconds until it ends, as far as can be told.
    #[schema(required = true)]
    pub eta_seconds: Option<f64>,
    /// The best score so far, in the metric's own direction.
    #[schema(required = true)]
    pub best_score: Option<f64>,
    /// What it may spend.
    #[schema(value_type = shapes::BudgetSpec)]
    pub budget: BudgetSpec,
    /// Seconds during which it was worked on.
    pub consumed_seconds: f64,
    /// The six steps, in order.
    pub stages: Vec<StageView>,
    /// The endpoint that it made, if it did.
    #[schema(required = true)]
    pub deployment: Option<DeploymentRef>,
    /// Why it failed, if it did.
    #[schema(required = true)]
    pub error: Option<ApiFailure>,
    /// What a person should know.
    #[schema(value_type = Vec<names::Message>)]
    pub warnings: Vec<Message>,
    /// What was asked for.
    #[schema(value_type = shapes::PipelineSpec)]
    pub spec: PipelineSpec,
}

/// One of the six steps.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Stage)]
pub struct StageView {
    /// Which step.
    #[schema(value_type = names::StageName)]
    pub name: StageName,
    /// How it stands.
    #[schema(value_type = names::StageState)]
    pub state: StageState,
    /// How often it was begun.
    pub attempt: u32,
    /// When it first waited for a worker.
    #[schema(required = true)]
    pub queued_at: Option<Time>,
    /// When it was first begun.
    #[schema(required = true)]
    pub started_at: Option<Time>,
    /// When it ended.
    #[schema(required = true)]
    pub finished_at: Option<Time>,
    /// How much is done, 0 to 1.
    pub progress: f64,
    /// What is happening now, or the outcome in a sentence.
    #[schema(value_type = Option<names::Message>, required = true)]
    pub message: Option<Message>,
    /// Why it failed.
    #[schema(required = true)]
    pub error: Option<ApiFailure>,
}

/// One version of an endpoint.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeploymentRef {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
}

/// What only the results of a pipeline's stages know; see `crate::pipelines::facts`.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// What is learned and by which measure, once decided.
    pub decided: Option<(Task, Metric)>,
    /// What a person should know.
    pub warnings: Vec<Message>,
    /// The endpoint that was made.
    pub deployment: Option<DeploymentRef>,
}

impl PipelineView {
    /// The pipeline in its public form.
    #[must_use]
    pub fn new(pipeline: Pipeline, dataset_name: String, facts: Facts) -> Self {
        let spec = &pipeline.spec;
        let (task, metric) = facts
            .decided
            .map_or((spec.task, spec.metric), |(task, metric)| {
                (Choice::Fixed(task), Choice::Fixed(metric))
            });
        Self {
            id: pipeline.id.0,
            owner_id: pipeline.owner.0,
            name: pipeline.name.clone(),
            dataset_id: spec.dataset_id.0,
            dataset_name,
            dataset_version: spec.dataset_version,
            target: spec.target.clone(),
            task,
            metric,
            state: pipeline.state,
            created_at: pipeline.created_at.into(),
            started_at: pipeline.started_at.map(Time),
            finished_at: pipeline.finished_at.map(Time),
            queue_position: None,
            progress: pipeline.progress(),
            eta_seconds: eta_seconds(&pipeline),
            best_score: pipeline.best_score,
            budget: shown_budget(spec.budget),
            consumed_seconds: consumed_seconds(&pipeline),
            stages: pipeline.stages.iter().map(StageView::from).collect(),
            deployment: facts.deployment,
            error: pipeline.error.as_ref().map(ApiFailure::from),
            warnings: facts.warnings,
            spec: pipeline.spec,
        }
    }
}

impl From<&Stage> for StageView {
    fn from(stage: &Stage) -> Self {
        Self {
            name: stage.name,
            state: stage.state,
            attempt: stage.attempt,
            queued_at: stage.queued_at.map(Time),
            started_at: stage.started_at.map(Time),
            finished_at: stage.finished_at.map(Time),
            progress: stage.progress,
            message: stage.message.clone(),
            error: stage.error.as_ref().map(ApiFailure::from),
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "microseconds of a week are far below 2^53"
)]
fn consumed_seconds(pipeline: &Pipeline) -> f64 {
    pipeline.consumed_us as f64 / 1e6
}

/// The budget with the default filled in.
fn shown_budget(spec: BudgetSpec) -> BudgetSpec {
    match spec.parse() {
        Ok(Budget::Seconds(seconds)) => BudgetSpec {
            seconds: Some(seconds),
            work_units: None,
        },
        _ => spec,
    }
}

/// Seconds until the end: what the progress so far foretells, and never more than the budget has
/// left. Nothing while neither says anything, or after the end.
fn eta_seconds(pipeline: &Pipeline) -> Option<f64> {
    if pipeline.state.is_final() {
        return None;
    }
    let consumed = consumed_seconds(pipeline);
    let left = match pipeline.spec.budget.parse() {
        Ok(Budget::Seconds(seconds)) => Some((seconds - consumed).max(0.0)),
        _ => None,
    };
    let progress = pipeline.progress();
    let foretold = (progress > 0.1).then(|| consumed * (1.0 - progress) / progress);
    match (left, foretold) {
        (Some(left), Some(foretold)) => Some(left.min(foretold)),
        (left, foretold) => left.or(foretold),
    }
}

/// Which pipelines to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PipelineQuery {
    /// In this state.
    #[param(value_type = Option<names::PipelineState>)]
    pub state: Option<PipelineState>,
    /// On this dataset.
    #[param(value_type = Option<Uuid>)]
    pub dataset_id: Option<DatasetId>,
    /// Of this owner.
    #[param(value_type = Option<Uuid>)]
    pub owner: Option<UserId>,
    /// Of this course.
    pub course_id: Option<Uuid>,
    /// Most rows to answer, 1 to 200; 50 when not given.
    pub limit: Option<u32>,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{PipelineId, Timestamp};

    fn pipeline() -> Pipeline {
        Pipeline {
            id: PipelineId::new(),
            owner: UserId::new(),
            name: "p".into(),
            spec: PipelineSpec::new(DatasetId::new(), "t"),
            state: PipelineState::Running,
            stages: StageName::ALL
                .iter()
                .map(|name| Stage::pending(*name))
                .collect(),
            best_score: None,
            consumed_us: 20_000_000,
            error: None,
            created_at: Timestamp(0),
            started_at: Some(Timestamp(0)),
            finished_at: None,
        }
    }

    #[test]
    fn the_time_that_is_left_is_the_budget_s_until_progress_foretells_less() {
        let mut run = pipeline();
        assert_eq!(eta_seconds(&run), Some(40.0));
        for stage in &mut run.stages {
            stage.state = StageState::Succeeded;
        }
        run.stages[5].state = StageState::Queued;
        assert!(eta_seconds(&run).unwrap() < 2.0);
        run.spec.budget.work_units = Some(5);
        assert!(eta_seconds(&run).is_some());
        run.state = PipelineState::Succeeded;
        assert_eq!(eta_seconds(&run), None);
    }

    #[test]
    fn task_and_metric_are_auto_until_decided() {
        let view = PipelineView::new(pipeline(), "d".into(), Facts::default());
        let json = serde_json::to_value(view).unwrap();
        assert_eq!(
            (&json["task"], &json["metric"]),
            (&"auto".into(), &"auto".into())
        );
        assert_eq!(json["budget"], serde_json::json!({"seconds": 60.0}));
        let decided = Facts {
            decided: Some((Task::Binary, Metric::RocAuc)),
            ..Facts::default()
        };
        let json =
            serde_json::to_value(PipelineView::new(pipeline(), "d".into(), decided)).unwrap();
        assert_eq!(json["task"], "binary");
    }
}
