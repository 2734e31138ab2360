//! What came of a pipeline.

use crate::auth::Caller;
use crate::dto::model::LeaderboardRow;
use crate::dto::results::TrialView;
use crate::dto::{Items, shapes};
use crate::find;
use crate::state::Gateway;
use axum::Json;
use axum::extract::State;
use domain::access::Action;
use domain::evaluation::Evaluation;
use domain::pipeline::{Pipeline, StageName};
use domain::results::{Evaluated, StageResult};
use domain::{Failure, FailureKind, PipelineId};
use service_kit::http::{ApiResult, Path};

/// The models of a pipeline, best first once they are evaluated.
#[utoipa::path(get, path = "/api/v1/pipelines/{id}/leaderboard", tag = "pipelines",
    params(("id" = Uuid, Path, description = "The pipeline")),
    responses((status = 200, description = "All models", body = Vec<LeaderboardRow>)))]
pub async fn leaderboard(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> ApiResult<Json<Vec<LeaderboardRow>>> {
    let pipeline = find::pipeline(&gateway, &caller, Action::See, &id).await?;
    let models = gateway.ports.store.leaderboard(pipeline.id).await?;
    Ok(Json(models.into_iter().map(LeaderboardRow::from).collect()))
}

/// The trials of a pipeline, by number.
#[utoipa::path(get, path = "/api/v1/pipelines/{id}/trials", tag = "pipelines",
    params(("id" = Uuid, Path, description = "The pipeline")),
    responses((status = 200, description = "All trials", body = Items<TrialView>)))]
pub async fn trials(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> ApiResult<Json<Items<TrialView>>> {
    let pipeline = find::pipeline(&gateway, &caller, Action::See, &id).await?;
    let trials = gateway.ports.store.trials(pipeline.id).await?;
    let items = trials
        .into_iter()
        .map(|trial| TrialView::new(pipeline.id, trial))
        .collect();
    Ok(Json(Items { items }))
}

/// All numbers about a pipeline's models on the held-out rows.
#[utoipa::path(get, path = "/api/v1/pipelines/{id}/evaluation", tag = "pipelines",
    params(("id" = Uuid, Path, description = "The pipeline")),
    responses(
        (status = 200, description = "All numbers", body = shapes::Evaluation),
        (status = 409, description = "`pipeline.not_evaluated`"),
    ))]
pub async fn evaluation(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> ApiResult<Json<Evaluation>> {
    let pipeline = find::pipeline(&gateway, &caller, Action::See, &id).await?;
    let evaluated = evaluated(&gateway, &pipeline).await?;
    Ok(Json(evaluated.ok_or_else(not_evaluated)?.evaluation))
}

/// What the evaluation of a pipeline stored, once it has ended.
pub(super) async fn evaluated(
    gateway: &Gateway,
    pipeline: &Pipeline,
) -> ApiResult<Option<Evaluated>> {
    evaluated_stage(gateway, pipeline.id).await
}

/// The same for a pipeline of which only the id is known.
pub(crate) async fn evaluated_stage(
    gateway: &Gateway,
    pipeline: PipelineId,
) -> ApiResult<Option<Evaluated>> {
    let store = &gateway.ports.store;
    let result = store.stage_result(pipeline, StageName::Evaluate).await?;
    Ok(match result {
        Some(StageResult::Evaluate(evaluated)) => Some(*evaluated),
        _ => None,
    })
}

pub(super) fn not_evaluated() -> Failure {
    let text = "The pipeline is not evaluated yet.";
    Failure::new(FailureKind::Conflict, "pipeline.not_evaluated", text)
}
