//! A large file in resumable parts.
//!
//! An upload is a folder of artifacts: a manifest, and each part under the place where it begins.
//! Nothing else is kept, so a part is either there whole or not, any gateway can take the next
//! one, and asking how far an upload came is asking which files there are. Of one that is complete
//! the manifest stays for a while: it names the dataset to whoever has not heard the answer.

mod folder;
mod joins;
pub mod send;
mod sweep;

pub(crate) use joins::Joins;
pub use sweep::sweep_uploads;

use super::create::{checked, clean_file_name};
use super::intake::too_large;
use crate::auth::Caller;
use crate::dto::dataset::{NewUpload, UploadView};
use crate::state::Gateway;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::access::{Action, Resource};
use domain::{CourseId, DatasetId, Failure};
use folder::{Manifest, Upload, manifest_key, open, remove, words};
use service_kit::http::{ApiResult, Body, Path};
use uuid::Uuid;

/// Begins an upload in parts. It is kept for two days.
#[utoipa::path(post, path = "/api/v1/uploads", tag = "datasets", request_body = NewUpload,
    responses((status = 201, description = "Where to send the parts", body = UploadView)))]
pub async fn begin_upload(
    State(gateway): State<Gateway>,
    caller: Caller,
    Body(mut wish): Body<NewUpload>,
) -> ApiResult<Response> {
    let course = wish.course_id.map(CourseId);
    caller.may(Action::Create, &Resource::New(course))?;
    let limit = gateway.config.limits.upload_bytes;
    if wish.bytes > limit {
        return Err(too_large(limit).into());
    }
    if wish.bytes == 0 {
        return Err(Failure::invalid("upload.empty", "The file is empty.")
            .field("bytes")
            .into());
    }
    wish.file_name = clean_file_name(&wish.file_name);
    checked(&words(&wish))?;
    let manifest = Manifest {
        owner: caller.user.id,
        dataset: DatasetId::new(),
        wish,
        completed: false,
    };
    let upload = Upload {
        id: Uuid::now_v7(),
        manifest,
        parts: Vec::new(),
    };
    let manifest = upload.manifest.to_bytes()?;
    let artifacts = &gateway.ports.artifacts;
    artifacts
        .put_once(&manifest_key(upload.id), manifest)
        .await?;
    let location = [(header::LOCATION, format!("/api/v1/uploads/{}", upload.id))];
    Ok((StatusCode::CREATED, location, Json(upload.view(&gateway))).into_response())
}

/// How far an upload came.
#[utoipa::path(get, path = "/api/v1/uploads/{id}", tag = "datasets",
    params(("id" = Uuid, Path, description = "The upload")),
    responses((status = 200, description = "How far it came", body = UploadView)))]
pub async fn show_upload(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> ApiResult<Json<UploadView>> {
    let upload = open(&gateway, &caller, &id).await?;
    Ok(Json(upload.view(&gateway)))
}

/// Gives an upload up.
#[utoipa::path(delete, path = "/api/v1/uploads/{id}", tag = "datasets",
    params(("id" = Uuid, Path, description = "The upload")),
    responses((status = 204, description = "Given up")))]
pub async fn abandon_upload(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    let upload = open(&gateway, &caller, &id).await?;
    remove(&gateway, &upload);
    Ok(StatusCode::NO_CONTENT)
}
