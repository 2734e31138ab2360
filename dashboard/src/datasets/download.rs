//! The uploaded file, as it came.

use crate::auth::Caller;
use crate::find;
use crate::state::Gateway;
use axum::body::Body as Content;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use domain::Failure;
use domain::access::Action;
use service_kit::http::{ApiResult, Path};
use std::time::Duration;

/// How long a link may be followed: it is followed at once.
const LINK_HOLDS: Duration = Duration::from_secs(60);

/// The uploaded file, as it came.
#[utoipa::path(get, path = "/api/v1/datasets/{id}/download", tag = "datasets",
    params(("id" = Uuid, Path, description = "The dataset")),
    responses(
        (status = 200, description = "The file", body = Vec<u8>,
            content_type = "application/octet-stream"),
        (status = 307, description = "It lies at `location`, for a minute"),
    ))]
pub async fn download(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    let dataset = find::dataset(&gateway, &caller, Action::See, &id).await?;
    let current = dataset.current;
    let name = if current.file_name.is_empty() {
        "dataset"
    } else {
        &current.file_name
    };
    file(&gateway, &current.artifact, current.bytes, name).await
}

/// An artifact to be saved as `name`: by a link to where it lies, if links may be given away, else
/// as a stream.
pub(crate) async fn file(
    gateway: &Gateway,
    key: &str,
    bytes: u64,
    name: &str,
) -> ApiResult<Response> {
    let artifacts = &gateway.ports.artifacts;
    let disposition = disposition(name);
    if let Some(link) = artifacts.link(key, &disposition, LINK_HOLDS).await? {
        return Ok(Redirect::temporary(&link).into_response());
    }
    let content = artifacts.get(key).await?;
    let disposition = HeaderValue::try_from(disposition)
        .map_err(|_| Failure::internal("a file name is no header value"))?;
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/octet-stream"),
        ),
        (header::CONTENT_LENGTH, HeaderValue::from(bytes)),
        (header::CONTENT_DISPOSITION, disposition),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-cache"),
        ),
    ];
    Ok((headers, Content::from_stream(content)).into_response())
}

/// After RFC 6266: letters beyond ASCII only in the encoded name.
fn disposition(name: &str) -> String {
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || "._- ".contains(c) {
            c
        } else {
            '_'
        }
    };
    let plain: String = name.chars().map(safe).collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"._-".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_keeps_its_name() {
        let text = disposition("Été \"1\".csv");
        assert!(HeaderValue::try_from(text.clone()).is_ok());
        assert_eq!(
            text,
            "attachment; filename=\"_t_ _1_.csv\"; filename*=UTF-8''%C3%89t%C3%A9%20%221%22.csv"
        );
    }
}
