//! Stopping, repeating and deleting pipelines.

use super::create::advance_job;
use super::read;
use crate::auth::Caller;
use crate::dto::pipeline::PipelineView;
use crate::find;
use crate::state::Gateway;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::access::Action;
use domain::pipeline::PipelineState;
use domain::{Failure, FailureKind, PipelineId};
use ports::PortError;
use service_kit::http::{ApiError, ApiResult, Path};
use std::sync::Arc;

/// Stops a pipeline. What was finished stays.
#[utoipa::path(post, path = "/api/v1/pipelines/{id}/cancel", tag = "pipelines",
    params(("id" = Uuid, Path, description = "The pipeline")),
    responses(
        (status = 200, description = "The pipeline, cancelled", body = PipelineView),
        (status = 409, description = "`pipeline.finished`"),
    ))]
pub async fn cancel_pipeline(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> ApiResult<Json<PipelineView>> {
    let pipeline = find::pipeline(&gateway, &caller, Action::Change, &id).await?;
    let told = domain::cancel::told(&caller.user.username);
    let stopped = gateway
        .ports
        .store
        .cancel_pipeline(pipeline.id, &told)
        .await?;
    let view = read::view(&gateway, pipeline.id).await?;
    // Cancelling twice is what was wanted; cancelling what has ended otherwise is not.
    if !stopped && view.state != PipelineState::Cancelled {
        let text = format!("The pipeline has {} already.", view.state);
        let failure = Failure::new(FailureKind::Conflict, "pipeline.finished", text);
        return Err(failure.with("state", view.state.as_str()).into());
    }
    caller
        .did(&gateway, "cancel", format!("pipeline/{id}"))
        .await;
    Ok(Json(view))
}

/// Goes on with a failed pipeline from its failed stage.
#[utoipa::path(post, path = "/api/v1/pipelines/{id}/retry", tag = "pipelines",
    params(("id" = Uuid, Path, description = "The pipeline")),
    responses(
        (status = 202, description = "The pipeline, running again", body = PipelineView),
        (status = 409, description = "`pipeline.not_failed`, or `pipeline.dataset_deleted`"),
    ))]
pub async fn retry_pipeline(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    let pipeline = find::pipeline(&gateway, &caller, Action::Change, &id).await?;
    let store = &gateway.ports.store;
    // Every stage needs it to be there, so the pipeline would only fail again.
    if pipeline.state == PipelineState::Failed
        && store.dataset(pipeline.spec.dataset_id).await?.is_none()
    {
        return Err(dataset_deleted().into());
    }
    if !store
        .retry_pipeline(pipeline.id, &advance_job(&pipeline))
        .await?
    {
        let text = "Only a pipeline that has failed can be retried. Clone this one instead.";
        return Err(Failure::new(FailureKind::Conflict, "pipeline.not_failed", text).into());
    }
    caller
        .did(&gateway, "retry", format!("pipeline/{id}"))
        .await;
    Ok((
        StatusCode::ACCEPTED,
        Json(read::view(&gateway, pipeline.id).await?),
    )
        .into_response())
}

/// The refusal of work that needs a dataset which is gone.
pub(super) fn dataset_deleted() -> Failure {
    let text = "The dataset of this pipeline was deleted. Upload it again and make a new pipeline.";
    Failure::new(FailureKind::Conflict, "pipeline.dataset_deleted", text)
}

/// Deletes a pipeline that has ended, with its models, plots and reports.
#[utoipa::path(delete, path = "/api/v1/pipelines/{id}", tag = "pipelines",
    params(("id" = Uuid, Path, description = "The pipeline")),
    responses(
        (status = 204, description = "Deleted"),
        (status = 409, description = "`pipeline.in_use`: it runs, or a deployment answers with its model"),
    ))]
pub async fn delete_pipeline(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    let pipeline = find::pipeline(&gateway, &caller, Action::Change, &id).await?;
    let deleted = gateway
        .ports
        .store
        .delete_pipeline(pipeline.id)
        .await
        .map_err(|error| match error {
            PortError::Conflict { .. } => {
                let text = "The pipeline runs, or a deployment answers with one of its models. \
                        Cancel the one or delete the other first.";
                ApiError::from(Failure::new(FailureKind::Conflict, "pipeline.in_use", text))
            }
            other => other.into(),
        })?;
    if !deleted {
        return Err(Failure::not_found("pipeline", &id).into());
    }
    discard_artifacts(&gateway, pipeline.id);
    caller
        .did(&gateway, "delete", format!("pipeline/{id}"))
        .await;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes what the pipeline stored. What is left behind when that fails, the reconciler finds.
fn discard_artifacts(gateway: &Gateway, id: PipelineId) {
    let artifacts = Arc::clone(&gateway.ports.artifacts);
    let gateway = gateway.clone();
    gateway.clone().spawn(async move {
        match artifacts.list(&format!("pipelines/{id}/")).await {
            Ok(files) => gateway.discard(files.into_iter().map(|file| file.key).collect()),
            Err(error) => tracing::warn!(%id, error = error.chain(), "artifacts were left behind"),
        }
    });
}
