//! Handing predictions to serving processes.
//!
//! A gateway beside which processes of the role `serving` live hands every prediction to one of
//! them as it came, sign-in and all; they ask who calls as this one would. A prediction changes
//! nothing, so one that found no answer is asked again elsewhere, and at last computed here.

use super::predict::{cut_short, too_large};
use super::replicas::Errand;
use crate::state::Gateway;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap, HeaderName};
use axum::http::{StatusCode, Uri, request, response};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use service_kit::http::ApiError;
use std::time::{Duration, Instant};

/// Tells the gateway how many records were answered; it keeps that to itself.
pub(super) const ROWS: HeaderName = HeaderName::from_static("x-microlearn-rows");

/// How long a replica may take to be reached.
const REACH: Duration = Duration::from_millis(500);
/// How long a replica may take for a small request before another is asked.
const PATIENCE: Duration = Duration::from_secs(3);
/// A body up to this size is a small request.
const SMALL: usize = 64 << 10;
/// How long a connection that nobody uses is kept; less than its other end keeps it.
const KEEP: Duration = Duration::from_secs(5);
/// Replicas that are tried before the prediction is computed here.
const TRIES: usize = 2;

/// What belongs to a connection and not to the message (RFC 9110, 7.6.1), and what names the
/// caller's address, which nobody behind this gateway may believe from a stranger.
const OF_THE_CONNECTION: [HeaderName; 8] = [
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::CONTENT_LENGTH,
];

/// The client that speaks to replicas.
#[derive(Clone, Debug)]
pub struct Sharer {
    client: Client<HttpConnector, Body>,
    born: Instant,
}

impl Default for Sharer {
    fn default() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(REACH));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(KEEP)
            .build(connector);
        Self {
            client,
            born: Instant::now(),
        }
    }
}

/// Why a body could not be read.
fn incomplete(headers: &HeaderMap, limit: usize) -> ApiError {
    let length = headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    match length {
        Some(length) if length <= limit => cut_short(),
        _ => too_large(limit),
    }
}

/// The layer: hands the request to a replica, or lets it through where there is none.
pub async fn share(State(gateway): State<Gateway>, request: Request, next: Next) -> Response {
    if gateway.replicas.is_empty() {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let limit = gateway.config.limits.prediction_bytes;
    let Ok(body) = to_bytes(body, limit).await else {
        return incomplete(&parts.headers, limit).into_response();
    };
    for name in OF_THE_CONNECTION {
        parts.headers.remove(name);
    }
    let mut tried = Vec::new();
    while tried.len() < TRIES
        && let Some(errand) = gateway.replicas.pick(&tried, gateway.sharer.born.elapsed())
    {
        tried.push(errand.0.address.clone());
        if let Some(answer) = ask(&gateway, &errand, &parts, &body).await {
            return answer;
        }
    }
    next.run(Request::from_parts(parts, Body::from(body))).await
}

/// The answer of a replica; nothing if it has none, and then it is left alone for a while.
async fn ask(
    gateway: &Gateway,
    errand: &Errand,
    parts: &request::Parts,
    body: &Bytes,
) -> Option<Response> {
    let replica = &errand.0;
    let begun = Instant::now();
    let patience = if body.len() <= SMALL {
        PATIENCE
    } else {
        gateway.config.request_timeout
    };
    let asked = tokio::time::timeout(patience, send(gateway, &replica.address, parts, body));
    let problem = match asked.await {
        Ok(Ok((head, answer))) if is_final(head.status) => {
            replica.answered();
            return Some(told(gateway, parts, head, answer, begun.elapsed()));
        }
        Ok(Ok((head, _))) => format!("it answered {}", head.status),
        Ok(Err(error)) => error,
        Err(_) => format!("no answer within {patience:?}"),
    };
    tracing::warn!(
        replica = replica.address,
        problem,
        "a prediction is asked for elsewhere"
    );
    replica.failed(gateway.sharer.born.elapsed());
    None
}

/// Whether another process would answer the same.
fn is_final(status: StatusCode) -> bool {
    !matches!(
        status,
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT
    )
}

async fn send(
    gateway: &Gateway,
    address: &str,
    parts: &request::Parts,
    body: &Bytes,
) -> Result<(response::Parts, Bytes), String> {
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let uri: Uri = format!("http://{address}{path}")
        .parse()
        .map_err(|error| format!("its address is none: {error}"))?;
    let mut request = Request::new(Body::from(body.clone()));
    *request.method_mut() = parts.method.clone();
    *request.uri_mut() = uri;
    *request.headers_mut() = parts.headers.clone();
    let answer = gateway.sharer.client.request(request).await;
    let (head, body) = answer.map_err(|error| chain(&error))?.into_parts();
    let body = to_bytes(Body::new(body), usize::MAX).await;
    Ok((head, body.map_err(|error| chain(&error))?))
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

/// The replica's answer as this gateway's, counted as its own.
fn told(
    gateway: &Gateway,
    parts: &request::Parts,
    head: response::Parts,
    body: Bytes,
    took: Duration,
) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = head.status;
    *response.headers_mut() = head.headers;
    let headers = response.headers_mut();
    for name in OF_THE_CONNECTION {
        headers.remove(name);
    }
    let rows = rows(headers);
    headers.remove(ROWS);
    let name = parts.uri.path().rsplit('/').next().unwrap_or_default();
    // A name that nobody knows must not become a number that is kept.
    if gateway.serving.slot(name).is_some() && !is_a_strangers(head.status) {
        gateway.metrics.predicted(name, rows, took);
        gateway
            .serving
            .stats(name, gateway.now())
            .note(gateway.now(), rows, took);
    }
    response
}

fn is_a_strangers(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::NOT_FOUND
            | StatusCode::TOO_MANY_REQUESTS
    )
}

fn rows(headers: &HeaderMap) -> Option<usize> {
    headers.get(ROWS)?.to_str().ok()?.parse().ok()
}
