//! Taking parts, and joining them.

use super::folder::{self, Upload, open, part_key, words};
use crate::auth::Caller;
use crate::datasets::create::{FIRST, answer, artifact_key, create};
use crate::datasets::intake::{Bounds, Pieces, broken_off, store as store_file, too_large};
use crate::dto::dataset::{DatasetView, UploadView};
use crate::layers::drain;
use crate::state::Gateway;
use axum::Json;
use axum::body::Body as Content;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::{Failure, FailureKind};
use futures_util::{StreamExt, TryStreamExt, stream};
use service_kit::http::{ApiError, ApiResult, Path};
use std::sync::Arc;

/// Sends the next part of an upload; the last one completes it into a dataset.
///
/// `Content-Range: bytes FIRST-LAST/TOTAL` says which bytes of the file they are. A part that has
/// arrived already is passed over, so that a part without answer can simply be sent again; the
/// last one too, for as long as the upload is kept.
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
        let text = format!(
            "Bytes {received} to {} are missing: send them first.",
            range.start
        );
        let failure = Failure::new(FailureKind::Conflict, "upload.gap", text);
        return Err(failure.with("received", received).into());
    }
    if range.end > received {
        take(&gateway, &upload, &range, content).await?;
        upload = open(&gateway, &caller, &id).await?;
    } else {
        let most = gateway.config.limits.part_bytes;
        drain(content, most, gateway.config.upload_idle).await;
    }
    if upload.received() < upload.manifest.wish.bytes {
        return Ok(Json(upload.view(&gateway)).into_response());
    }
    let dataset = upload.manifest.dataset;
    if !upload.manifest.completed {
        // Joining goes on when the client hangs up: it is the same work when it comes again.
        let joined = gateway.spawn(join_alone(gateway.clone(), caller, upload.id));
        joined
            .await
            .map_err(|_| Failure::internal("the joining of an upload has ended"))??;
    }
    answer(&gateway, dataset, FIRST).await
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
    let bounds = Bounds {
        bytes: expected,
        exact: true,
        idle: gateway.config.upload_idle,
    };
    let mut pieces = BodyPieces(content.into_data_stream());
    let part = store_file(
        gateway,
        part_key(upload.id, range.start),
        &mut pieces,
        bounds,
    )
    .await?;
    part.claim();
    Ok(())
}

/// Joins unless somebody has while this one waited: a large file is not copied twice at once.
async fn join_alone(gateway: Gateway, caller: Caller, id: uuid::Uuid) -> ApiResult<()> {
    let _alone = gateway.joins.alone(id).await;
    let upload = open(&gateway, &caller, &id.to_string()).await?;
    if upload.manifest.completed {
        return Ok(());
    }
    join(&gateway, &caller, upload).await
}

/// Joins the parts into the dataset that was promised; again and again if need be, with one result.
async fn join(gateway: &Gateway, caller: &Caller, upload: Upload) -> ApiResult<()> {
    let (id, wish) = (upload.manifest.dataset, &upload.manifest.wish);
    let (store, artifacts) = (&gateway.ports.store, &gateway.ports.artifacts);
    if store.dataset(id).await?.is_none() {
        let bounds = Bounds {
            bytes: wish.bytes,
            exact: true,
            idle: gateway.config.upload_idle,
        };
        let joined = upload.joined();
        let keys: Vec<String> = joined.iter().map(|part| part.key.clone()).collect();
        let source = Arc::clone(artifacts);
        let parts = stream::iter(keys).then(move |key| {
            let source = Arc::clone(&source);
            async move { source.get(&key).await.map_err(std::io::Error::other) }
        });
        let mut pieces = PartPieces(Box::pin(parts.try_flatten()));
        let file = store_file(gateway, artifact_key(id), &mut pieces, bounds).await?;
        create(gateway, caller, id, words(wish), file).await?;
    }
    // The parts are let go only when the whole is known to be there.
    let first = store.dataset_version(id, FIRST).await?;
    let first = first.ok_or_else(|| Failure::not_found("dataset", id))?;
    artifacts.head(&first.artifact).await?;
    folder::complete(gateway, upload).await
}

struct BodyPieces(axum::body::BodyDataStream);

impl Pieces for BodyPieces {
    async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        self.0
            .next()
            .await
            .transpose()
            .map_err(|_| broken_off().into())
    }
}

struct PartPieces(ports::ByteStream);

impl Pieces for PartPieces {
    async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        let lost = |error| {
            Failure::new(
                FailureKind::Unavailable,
                "artifacts.unavailable",
                format!("A part of the upload could not be read: {error}"),
            )
        };
        self.0
            .next()
            .await
            .transpose()
            .map_err(|error| lost(error).into())
    }
}

/// The bytes that a part says it holds.
fn range(headers: &HeaderMap, total: u64) -> Result<std::ops::Range<u64>, Failure> {
    let text = headers
        .get(header::CONTENT_RANGE)
        .and_then(|value| value.to_str().ok());
    let parsed = text.and_then(|text| {
        let (range, of) = text.strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
        let whole = of == "*" || of.parse() == Ok(total);
        (whole && first <= last && last < total).then_some(first..last + 1)
    });
    parsed.ok_or_else(|| {
        let text = format!("Say which bytes these are: Content-Range: bytes FIRST-LAST/{total}.");
        Failure::invalid("upload.range", text)
            .field("Content-Range")
            .with("bytes", total)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_part_says_which_bytes_it_holds() {
        let of = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_RANGE, HeaderValue::from_static(text));
            range(&headers, 100)
        };
        assert_eq!(of("bytes 0-49/100").unwrap(), 0..50);
        assert_eq!(of("bytes 50-99/*").unwrap(), 50..100);
        for bad in [
            "",
            "bytes 0-100/100",
            "bytes 9-3/100",
            "bytes 0-9/50",
            "items 0-9/100",
            "bytes -5/100",
        ] {
            assert!(of(bad).is_err(), "{bad}");
        }
        assert!(range(&HeaderMap::new(), 100).is_err());
    }
}
