//! A large file in resumable parts.
//!
//! An upload is a folder of artifacts: a manifest, and each part under the place where it begins.
//! Nothing else is kept, so a part is either there whole or not, any gateway can take the next
//! one, and asking how far an upload came is asking which files there are.

use super::create::{Words, answer, artifact_key, checked, clean_file_name, create};
use super::intake::{Bounds, Pieces, broken_off, store, too_large};
use crate::auth::Caller;
use crate::dto::dataset::{DatasetView, NewUpload, UploadView};
use crate::policy::{self, Action, Resource};
use crate::state::Gateway;
use axum::Json;
use axum::body::Body as Content;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::{CourseId, DatasetId, Failure, FailureKind, Timestamp, UserId};
use futures_util::{StreamExt, TryStreamExt, stream};
use ports::PortError;
use ports::artifacts::{Stored, get_bytes};
use serde::{Deserialize, Serialize};
use service_kit::http::{ApiError, ApiResult, Body, Path};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Uploads that were begun earlier than this are abandoned.
const KEPT: Duration = Duration::from_secs(48 * 3600);
/// How often abandoned uploads are swept.
const SWEEP: Duration = Duration::from_secs(3600);

/// What is known of an upload before its parts come.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    owner: UserId,
    /// The dataset that it becomes: fixed from the start, so that completing twice makes one.
    dataset: DatasetId,
    wish: NewUpload,
}

/// An upload with its manifest and the parts that have arrived.
#[derive(Debug)]
struct Upload {
    id: Uuid,
    manifest: Manifest,
    parts: Vec<Stored>,
}

impl Upload {
    /// The bytes that have arrived without a gap.
    fn received(&self) -> u64 {
        let place = |part: &Stored| part.key.rsplit('/').next().and_then(|name| name.parse().ok());
        self.parts.iter().fold(0, |received, part| {
            if place(part) == Some(received) { received + part.bytes } else { received }
        })
    }

    fn view(&self, gateway: &Gateway) -> UploadView {
        UploadView {
            id: self.id,
            bytes: self.manifest.wish.bytes,
            received: self.received(),
            part_bytes: gateway.config.limits.part_bytes,
        }
    }
}

fn manifest_key(id: Uuid) -> String {
    format!("uploads/{id}/manifest.json")
}

fn parts_prefix(id: Uuid) -> String {
    format!("uploads/{id}/parts/")
}

/// Names of parts sort as the places where they begin.
fn part_key(id: Uuid, start: u64) -> String {
    format!("{}{start:020}", parts_prefix(id))
}

/// Begins an upload in parts. It is kept for two days.
#[utoipa::path(post, path = "/api/v1/uploads", tag = "datasets", request_body = NewUpload,
    responses((status = 201, description = "Where to send the parts", body = UploadView)))]
pub async fn begin_upload(
    State(gateway): State<Gateway>,
    caller: Caller,
    Body(mut wish): Body<NewUpload>,
) -> ApiResult<Response> {
    let limit = gateway.config.limits.upload_bytes;
    if wish.bytes > limit {
        return Err(too_large(limit).into());
    }
    if wish.bytes == 0 {
        return Err(Failure::invalid("upload.empty", "The file is empty.").field("bytes").into());
    }
    wish.file_name = clean_file_name(&wish.file_name);
    checked(&words(&wish))?;
    let manifest = Manifest { owner: caller.user.id, dataset: DatasetId::new(), wish };
    let upload = Upload { id: Uuid::now_v7(), manifest, parts: Vec::new() };
    let bytes = serde_json::to_vec(&upload.manifest)
        .map_err(|error| Failure::internal(format!("a manifest cannot be written: {error}")))?;
    gateway.ports.artifacts.put_once(&manifest_key(upload.id), Bytes::from(bytes)).await?;
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

/// Sends the next part of an upload; the last one completes it into a dataset.
///
/// `Content-Range: bytes FIRST-LAST/TOTAL` says which bytes of the file they are. A part that has
/// arrived already is passed over, so that a part without answer can simply be sent again.
#[utoipa::path(put, path = "/api/v1/uploads/{id}", tag = "datasets",
    params(
        ("id" = Uuid, Path, description = "The upload"),
        ("Content-Range" = String, Header, description = "`bytes FIRST-LAST/TOTAL`"),
    ),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "Taken; more parts are to come", body = UploadView),
        (status = 201, description = "The dataset", body = DatasetView),
        (status = 409, description = "`upload.gap`: go on at `details.received`"),
        (status = 413, description = "`upload.too_large`"),
    ))]
pub async fn send_part(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    content: Content,
) -> ApiResult<Response> {
    let mut upload = open(&gateway, &caller, &id).await?;
    let range = range(&headers, upload.manifest.wish.bytes)?;
    let received = upload.received();
    if range.start > received {
        let text = format!("Bytes {received} to {} are missing: send them first.", range.start);
        let failure = Failure::new(FailureKind::Conflict, "upload.gap", text);
        return Err(failure.with("received", received).into());
    }
    if range.end > received {
        take(&gateway, &upload, &range, content).await?;
        upload = open(&gateway, &caller, &id).await?;
    } else {
        drain(content).await;
    }
    if upload.received() < upload.manifest.wish.bytes {
        return Ok(Json(upload.view(&gateway)).into_response());
    }
    complete(&gateway, &caller, &upload).await
}

/// Stores one part whole, or nothing of it.
async fn take(
    gateway: &Gateway,
    upload: &Upload,
    range: &std::ops::Range<u64>,
    content: Content,
) -> ApiResult<()> {
    let expected = range.end - range.start;
    let limit = gateway.config.limits.part_bytes;
    if expected > limit {
        return Err(too_large(limit).into());
    }
    if range.start < upload.received() {
        let text = "A part must begin where the last one ended.";
        let failure = Failure::new(FailureKind::Conflict, "upload.overlap", text);
        return Err(failure.with("received", upload.received()).into());
    }
    let bounds = Bounds { bytes: expected, idle: gateway.config.upload_idle };
    let mut pieces = BodyPieces(content.into_data_stream());
    let part = store(gateway, part_key(upload.id, range.start), &mut pieces, bounds).await?;
    if part.written.bytes != expected {
        return Err(broken_off().into());
    }
    part.claim();
    Ok(())
}

/// Joins the parts into the dataset that was promised; again and again if need be, with one result.
async fn complete(gateway: &Gateway, caller: &Caller, upload: &Upload) -> ApiResult<Response> {
    let id = upload.manifest.dataset;
    if gateway.ports.store.dataset(id).await?.is_none() {
        let bounds = Bounds { bytes: upload.manifest.wish.bytes, idle: gateway.config.upload_idle };
        let artifacts = Arc::clone(&gateway.ports.artifacts);
        let keys: Vec<String> = upload.parts.iter().map(|part| part.key.clone()).collect();
        let parts = stream::iter(keys).then(move |key| {
            let artifacts = Arc::clone(&artifacts);
            async move { artifacts.get(&key).await.map_err(std::io::Error::other) }
        });
        let mut pieces = PartPieces(Box::pin(parts.try_flatten()));
        let file = store(gateway, artifact_key(id), &mut pieces, bounds).await?;
        create(gateway, caller, id, words(&upload.manifest.wish), file).await?;
    }
    remove(gateway, upload);
    answer(gateway, id).await
}

struct BodyPieces(axum::body::BodyDataStream);

impl Pieces for BodyPieces {
    async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        self.0.next().await.transpose().map_err(|_| broken_off().into())
    }
}

struct PartPieces(ports::ByteStream);

impl Pieces for PartPieces {
    async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        let lost = |error| Failure::new(
            FailureKind::Unavailable,
            "artifacts.unavailable",
            format!("A part of the upload could not be read: {error}"),
        );
        self.0.next().await.transpose().map_err(|error| lost(error).into())
    }
}

async fn drain(content: Content) {
    let mut pieces = content.into_data_stream();
    while let Some(Ok(_)) = pieces.next().await {}
}

/// The upload, if it is the caller's.
async fn open(gateway: &Gateway, caller: &Caller, id: &str) -> ApiResult<Upload> {
    let none = || ApiError::from(Failure::not_found("upload", id));
    let key: Uuid = id.parse().map_err(|_| none())?;
    let artifacts = gateway.ports.artifacts.as_ref();
    let bytes = match get_bytes(artifacts, &manifest_key(key)).await {
        Ok(bytes) => bytes,
        Err(PortError::NotFound { .. }) => return Err(none()),
        Err(error) => return Err(error.into()),
    };
    let manifest: Manifest = serde_json::from_slice(&bytes)
        .map_err(|error| Failure::internal(format!("a manifest is damaged: {error}")))?;
    let resource = Resource { noun: "upload", id, owner: manifest.owner };
    policy::may(&caller.user, Action::Change, &resource)?;
    let parts = artifacts.list(&parts_prefix(key)).await?;
    Ok(Upload { id: key, manifest, parts })
}

fn remove(gateway: &Gateway, upload: &Upload) {
    let parts = upload.parts.iter().map(|part| part.key.clone());
    // The manifest goes last: as long as it is there, the sweep finds what is left.
    gateway.discard(parts.chain([manifest_key(upload.id)]).collect());
}

fn words(wish: &NewUpload) -> Words {
    Words {
        file_name: wish.file_name.clone(),
        name: wish.name.clone(),
        description: wish.description.clone(),
        course: wish.course_id.map(CourseId),
    }
}

/// The bytes that a part says it holds.
fn range(headers: &HeaderMap, total: u64) -> Result<std::ops::Range<u64>, Failure> {
    let text = headers.get(header::CONTENT_RANGE).and_then(|value| value.to_str().ok());
    let parsed = text.and_then(|text| {
        let (range, of) = text.strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
        let whole = of == "*" || of.parse() == Ok(total);
        (whole && first <= last && last < total).then_some(first..last + 1)
    });
    parsed.ok_or_else(|| {
        let text = format!("Say which bytes these are: Content-Range: bytes FIRST-LAST/{total}.");
        Failure::invalid("upload.range", text).field("Content-Range").with("bytes", total)
    })
}

/// Removes uploads that nobody goes on with, until the shutdown.
pub async fn sweep_uploads(gateway: Gateway) {
    loop {
        tokio::select! {
            () = gateway.shutdown.cancelled() => return,
            () = tokio::time::sleep(SWEEP) => {}
        }
        match gateway.ports.artifacts.list("uploads/").await {
            Ok(files) => {
                let now = gateway.now();
                let old = files.into_iter().filter(|file| abandoned(&file.key, now));
                gateway.discard(old.map(|file| file.key).collect());
            }
            Err(error) => tracing::warn!(error = error.chain(), "uploads could not be swept"),
        }
    }
}

/// Whether the file belongs to an upload that is older than uploads are kept: its id tells when
/// it was begun.
fn abandoned(key: &str, now: Timestamp) -> bool {
    let id = key.split('/').nth(1).and_then(|id| id.parse::<Uuid>().ok());
    let begun = id.and_then(|id| id.get_timestamp()).map(|time| time.to_unix().0);
    begun.is_some_and(|seconds| {
        let begun = Timestamp(i64::try_from(seconds).unwrap_or(0).saturating_mul(1_000_000));
        now.since(begun) > KEPT
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use domain::{Clock, SystemClock};

    #[test]
    fn a_part_says_which_bytes_it_holds() {
        let of = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_RANGE, HeaderValue::from_static(text));
            range(&headers, 100)
        };
        assert_eq!(of("bytes 0-49/100").unwrap(), 0..50);
        assert_eq!(of("bytes 50-99/*").unwrap(), 50..100);
        for bad in ["", "bytes 0-100/100", "bytes 9-3/100", "bytes 0-9/50", "items 0-9/100", "bytes -5/100"] {
            assert!(of(bad).is_err(), "{bad}");
        }
        assert!(range(&HeaderMap::new(), 100).is_err());
    }

    #[test]
    fn what_counts_is_what_came_without_a_gap() {
        let id = Uuid::now_v7();
        let part = |start, bytes| Stored { key: part_key(id, start), bytes };
        let wish = NewUpload {
            file_name: "a.csv".into(),
            bytes: 30,
            name: None,
            description: None,
            course_id: None,
        };
        let manifest = Manifest { owner: UserId::new(), dataset: DatasetId::new(), wish };
        let mut upload = Upload { id, manifest, parts: vec![part(0, 10), part(10, 10)] };
        assert_eq!(upload.received(), 20);
        upload.parts = vec![part(0, 10), part(20, 10)];
        assert_eq!(upload.received(), 10);
        upload.parts.clear();
        assert_eq!(upload.received(), 0);
    }

    #[test]
    fn only_old_uploads_are_abandoned() {
        let key = format!("uploads/{}/manifest.json", Uuid::now_v7());
        let now = SystemClock::new().now();
        assert!(!abandoned(&key, now));
        assert!(abandoned(&key, now.after(KEPT + Duration::from_secs(60))));
        assert!(!abandoned("uploads/strange/file", now));
    }
}
