//! Counts and times every answer by its route, not by its path: ids must not become labels.

use crate::state::Gateway;
use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use std::time::Instant;

/// The layer.
pub async fn count(State(gateway): State<Gateway>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = name(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("other", MatchedPath::as_str);
    let (status, took) = (response.status().as_u16(), begun.elapsed());
    gateway.metrics.answered(method, route, status, took);
    tracing::debug!(
        method,
        route,
        status,
        milliseconds = took.as_millis(),
        "answered"
    );
    response
}

/// A client may invent methods; they must not become labels either.
fn name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
