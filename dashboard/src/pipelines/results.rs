//! What came of a pipeline.

use crate::auth::Caller;
use crate::dto::model::LeaderboardRow;
use crate::dto::results::{PlotView, TrialView};
use crate::dto::{Items, shapes};
use crate::find;
use crate::layers::SANDBOX;
use crate::policy::Action;
use crate::state::Gateway;
use axum::Json;
use axum::body::Body as Content;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::evaluation::Evaluation;
use domain::pipeline::{Pipeline, StageName};
use domain::results::{Evaluated, StageResult};
use domain::{Failure, FailureKind};
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

/// The plots of a pipeline; none before it is evaluated.
#[utoipa::path(get, path = "/api/v1/pipelines/{id}/plots", tag = "pipelines",
    params(("id" = Uuid, Path, description = "The pipeline")),
    responses((status = 200, description = "All plots", body = Items<PlotView>)))]
pub async fn plots(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> ApiResult<Json<Items<PlotView>>> {
    let pipeline = find::pipeline(&gateway, &caller, Action::See, &id).await?;
    let evaluated = evaluated(&gateway, &pipeline).await?;
    let plots = evaluated.map_or_else(Vec::new, |evaluated| evaluated.plots);
    let items = plots
        .into_iter()
        .map(|plot| PlotView::new(pipeline.id, plot))
        .collect();
    Ok(Json(Items { items }))
}

/// A plot as SVG.
#[utoipa::path(get, path = "/api/v1/pipelines/{id}/plots/{file}", tag = "pipelines",
    params(
        ("id" = Uuid, Path, description = "The pipeline"),
        ("file" = String, Path, description = "The plot's name with `.svg`"),
    ),
    responses((status = 200, description = "The plot", body = String, content_type = "image/svg+xml")))]
pub async fn plot(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path((id, file)): Path<(String, String)>,
) -> ApiResult<Response> {
    let pipeline = find::pipeline(&gateway, &caller, Action::See, &id).await?;
    let evaluated = evaluated(&gateway, &pipeline).await?;
    let plots = evaluated.map_or_else(Vec::new, |evaluated| evaluated.plots);
    let plot = file
        .strip_suffix(".svg")
        .and_then(|name| plots.into_iter().find(|plot| plot.name == name))
        .ok_or_else(|| Failure::not_found("plot", &file))?;
    document(&gateway, &plot.artifact, "image/svg+xml").await
}

/// The report of a pipeline: one HTML page that needs nothing else.
#[utoipa::path(get, path = "/api/v1/pipelines/{id}/report", tag = "pipelines",
    params(("id" = Uuid, Path, description = "The pipeline")),
    responses(
        (status = 200, description = "The report", body = String, content_type = "text/html"),
        (status = 409, description = "`pipeline.not_evaluated`"),
    ))]
pub async fn report(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    let pipeline = find::pipeline(&gateway, &caller, Action::See, &id).await?;
    let evaluated = evaluated(&gateway, &pipeline)
        .await?
        .ok_or_else(not_evaluated)?;
    document(&gateway, &evaluated.report, "text/html; charset=utf-8").await
}

/// A document that was made from somebody's data: shown, but never trusted.
async fn document(gateway: &Gateway, artifact: &str, kind: &'static str) -> ApiResult<Response> {
    let content = gateway.ports.artifacts.get(artifact).await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(SANDBOX),
        ),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-cache"),
        ),
    ];
    Ok((headers, Content::from_stream(content)).into_response())
}

async fn evaluated(gateway: &Gateway, pipeline: &Pipeline) -> ApiResult<Option<Evaluated>> {
    let result = gateway
        .ports
        .store
        .stage_result(pipeline.id, StageName::Evaluate)
        .await?;
    Ok(match result {
        Some(StageResult::Evaluate(evaluated)) => Some(*evaluated),
        _ => None,
    })
}

fn not_evaluated() -> Failure {
    let text = "The pipeline is not evaluated yet.";
    Failure::new(FailureKind::Conflict, "pipeline.not_evaluated", text)
}
