//! Listing, describing and deleting datasets.

use super::create::{Words, checked};
use crate::auth::Caller;
use crate::dto::dataset::{DatasetPatch, DatasetVersionView, DatasetView};
use crate::dto::{Page, Paging};
use crate::find;
use crate::policy;
use crate::state::Gateway;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::access::Action;
use domain::dataset::DatasetChange;
use domain::{CourseId, Failure, FailureKind};
use ports::PortError;
use service_kit::http::{ApiError, ApiResult, Body, Path, Query};

/// Datasets that the caller may see, newest first.
#[utoipa::path(get, path = "/api/v1/datasets", tag = "datasets", params(Paging),
    responses((status = 200, description = "One page", body = Page<DatasetView>)))]
pub async fn list_datasets(
    State(gateway): State<Gateway>,
    caller: Caller,
    Query(paging): Query<Paging>,
) -> ApiResult<Json<Page<DatasetView>>> {
    let scope = policy::scope(&caller);
    let page = gateway
        .ports
        .store
        .datasets(&scope, &paging.page()?)
        .await?;
    Ok(Json(Page::of(page, DatasetView::from)))
}

/// A dataset, in the version that is used.
#[utoipa::path(get, path = "/api/v1/datasets/{id}", tag = "datasets",
    params(("id" = Uuid, Path, description = "The dataset")),
    responses((status = 200, description = "The dataset", body = DatasetView)))]
pub async fn show_dataset(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> ApiResult<Json<DatasetView>> {
    Ok(Json(
        find::dataset(&gateway, &caller, Action::See, &id)
            .await?
            .into(),
    ))
}

/// The versions of a dataset, newest first: every file that was uploaded, with why it could not be
/// read where that is so.
#[utoipa::path(get, path = "/api/v1/datasets/{id}/versions", tag = "datasets",
    params(("id" = Uuid, Path, description = "The dataset"), Paging),
    responses((status = 200, description = "One page", body = Page<DatasetVersionView>)))]
pub async fn list_versions(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> ApiResult<Json<Page<DatasetVersionView>>> {
    let dataset = find::dataset(&gateway, &caller, Action::See, &id).await?;
    let (limit, before) = (paging.rows(), paging.number()?);
    let store = &gateway.ports.store;
    // One more than is shown tells whether there is another page.
    let mut found = store
        .dataset_versions(dataset.id, before, limit + 1)
        .await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| more);
    Ok(Json(Page {
        next_cursor: next.map(|version| version.version.to_string()),
        items: found.into_iter().map(DatasetVersionView::from).collect(),
    }))
}

/// Changes what people read about a dataset.
#[utoipa::path(patch, path = "/api/v1/datasets/{id}", tag = "datasets", request_body = DatasetPatch,
    params(("id" = Uuid, Path, description = "The dataset")),
    responses((status = 200, description = "The dataset", body = DatasetView)))]
pub async fn change_dataset(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
    Body(patch): Body<DatasetPatch>,
) -> ApiResult<Json<DatasetView>> {
    let dataset = find::dataset(&gateway, &caller, Action::Change, &id).await?;
    let words = Words {
        // An empty name takes the file's back.
        file_name: dataset.current.file_name,
        name: patch.name.clone(),
        description: patch.description.clone(),
        course: None,
    };
    let (name, description) = checked(&words)?;
    let change = DatasetChange {
        name: patch.name.map(|_| name),
        description: patch.description.map(|_| description),
        course: patch.course_id.map(|course| course.map(CourseId)),
    };
    let store = &gateway.ports.store;
    if !store.describe_dataset(dataset.id, &change).await? {
        return Err(Failure::not_found("dataset", &id).into());
    }
    show_dataset(State(gateway), caller, Path(id)).await
}

/// Deletes a dataset with its file. Pipelines that have ended keep what they learned.
#[utoipa::path(delete, path = "/api/v1/datasets/{id}", tag = "datasets",
    params(("id" = Uuid, Path, description = "The dataset")),
    responses(
        (status = 204, description = "Deleted"),
        (status = 409, description = "`dataset.in_use`: a pipeline that has not ended needs it"),
    ))]
pub async fn delete_dataset(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    let dataset = find::dataset(&gateway, &caller, Action::Change, &id).await?;
    let artifacts = gateway
        .ports
        .store
        .delete_dataset(dataset.id)
        .await
        .map_err(|error| match error {
            PortError::Conflict { .. } => {
                let text = "A pipeline that has not ended needs this dataset. Cancel it first.";
                ApiError::from(Failure::new(FailureKind::Conflict, "dataset.in_use", text))
            }
            other => other.into(),
        })?;
    gateway.discard(artifacts);
    caller
        .did(&gateway, "delete", format!("dataset/{id}"))
        .await;
    Ok(StatusCode::NO_CONTENT)
}
