//! Answers that are remembered, and given again.

use crate::state::Gateway;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{Failure, FailureKind, UserId};
use ports::PortError;
use serde::{Deserialize, Serialize};
use service_kit::http::{ApiError, ApiResult};

/// Answers that are remembered are small objects.
const LARGEST_ANSWER: usize = 1 << 20;

/// Put on an answer that holds a secret: what is remembered in its place.
#[derive(Clone, Debug)]
pub(crate) struct RememberAs(pub String);

/// An answer that was remembered.
#[derive(Debug, Serialize, Deserialize)]
struct Remembered {
    status: u16,
    body: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    location: Option<String>,
}

/// The answer that was given under this key, if one was.
pub(super) async fn recall(
    gateway: &Gateway,
    user: UserId,
    key: &str,
    fingerprint: &str,
) -> ApiResult<Option<Response>> {
    let found = gateway
        .ports
        .store
        .remember(user, key, fingerprint, None)
        .await;
    let Some(text) = found.map_err(other_request)? else {
        return Ok(None);
    };
    let remembered: Remembered = serde_json::from_str(&text)
        .map_err(|error| Failure::internal(format!("a remembered answer is damaged: {error}")))?;
    let status = StatusCode::from_u16(remembered.status).unwrap_or(StatusCode::OK);
    let headers = [
        (header::CONTENT_TYPE.as_str(), "application/json"),
        ("idempotent-replayed", "true"),
    ];
    let mut response = (status, headers, remembered.body).into_response();
    let location = remembered.location.map(HeaderValue::try_from);
    if let Some(Ok(location)) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(Some(response))
}

/// Remembers an answer, if the thing was made.
pub(super) async fn remember(
    gateway: &Gateway,
    user: UserId,
    key: &str,
    fingerprint: &str,
    response: Response,
) -> ApiResult<Response> {
    // What was refused may be sent again. Mended, it is another request and needs another key.
    if !response.status().is_success() {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, LARGEST_ANSWER)
        .await
        .map_err(|_| Failure::internal("an answer is too large to be remembered"))?;
    let body = match parts.extensions.get::<RememberAs>() {
        Some(RememberAs(body)) => body.clone(),
        None => String::from_utf8_lossy(&bytes).into_owned(),
    };
    let remembered = Remembered {
        status: parts.status.as_u16(),
        body,
        location: location(&parts.headers),
    };
    let text = serde_json::to_string(&remembered)
        .map_err(|error| Failure::internal(format!("an answer cannot be remembered: {error}")))?;
    // The thing is made; failing to remember the answer must not look like failing to make it.
    if let Err(error) = gateway
        .ports
        .store
        .remember(user, key, fingerprint, Some(&text))
        .await
    {
        tracing::warn!(error = error.chain(), "an answer could not be remembered");
    }
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

fn location(headers: &HeaderMap) -> Option<String> {
    let location = headers.get(header::LOCATION)?;
    location.to_str().ok().map(str::to_owned)
}

fn other_request(error: PortError) -> ApiError {
    match error {
        PortError::Conflict { .. } => {
            let text = "This Idempotency-Key was used for another request. Use a new one.";
            Failure::new(FailureKind::Conflict, "http.idempotency_conflict", text).into()
        }
        other => other.into(),
    }
}
