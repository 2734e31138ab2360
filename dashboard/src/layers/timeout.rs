//! An answer that takes too long is given up.

use crate::state::Gateway;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::{Failure, FailureKind};
use service_kit::http::ApiError;
use std::time::Duration;

/// The layer. It bounds the time until the answer begins; a stream may then go on.
pub async fn timeout(State(gateway): State<Gateway>, request: Request, next: Next) -> Response {
    let limit = gateway.config.request_timeout;
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => late(limit),
    }
}

/// The answer to a request that took longer than `limit`.
pub(crate) fn late(limit: Duration) -> Response {
    let seconds = limit.as_secs();
    let text = format!("There was no answer within {seconds} seconds. Try again.");
    let failure = Failure::new(FailureKind::Unavailable, "http.timeout", text);
    ApiError::from(failure.with("seconds", seconds)).into_response()
}
