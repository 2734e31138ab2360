//! A creating request that is sent twice creates once: `Idempotency-Key`.
//!
//! The answer to the first request is remembered in the store under the caller and the key, with
//! a fingerprint of the request; the second one gets the same answer. While the first is still
//! being answered, the second is told to wait.

use crate::auth::{Caller, secret};
use crate::state::Gateway;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::{Failure, FailureKind, UserId};
use futures_util::StreamExt;
use ports::PortError;
use serde::{Deserialize, Serialize};
use service_kit::http::{ApiError, ApiResult};
use std::time::Duration;

/// How long a request may take before its key is free again.
const IN_FLIGHT: Duration = Duration::from_secs(3600);
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
}

/// The layer.
pub async fn once(State(gateway): State<Gateway>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST || !request.headers().contains_key("idempotency-key") {
        return next.run(request).await;
    }
    let answered = answer(&gateway, request, next).await;
    answered.unwrap_or_else(IntoResponse::into_response)
}

async fn answer(gateway: &Gateway, request: Request, next: Next) -> ApiResult<Response> {
    let Some(caller) = request.extensions().get::<Caller>().cloned() else {
        return Err(Failure::internal("idempotency stands outside the gate").into());
    };
    let user = caller.user.id;
    let key = key(request.headers())?;
    let (fingerprint, request) = fingerprint(gateway, request).await?;
    if let Some(before) = recall(gateway, user, &key, &fingerprint).await? {
        drain(request).await;
        return Ok(before);
    }
    let lock = format!("idempotency:{user}:{}", secret::hash(&key));
    // Without a cache two requests at the same moment may both create; nothing is lost.
    let cache = &gateway.ports.cache;
    let free = cache
        .set_if_absent(&lock, Bytes::from_static(b"1"), IN_FLIGHT)
        .await
        .unwrap_or(true);
    if !free {
        drain(request).await;
        let text = "A request with this Idempotency-Key is being answered. Try again in a moment.";
        let failure = Failure::new(FailureKind::Conflict, "http.in_flight", text);
        return Err(failure.with("retry_after_seconds", 1).into());
    }
    let unlock = Unlock {
        gateway: gateway.clone(),
        lock,
    };
    // What has begun is finished and remembered also when the client goes away in the middle:
    // otherwise the same request, sent again, would create the thing again.
    let work = gateway.spawn({
        let gateway = gateway.clone();
        async move {
            let _unlock = unlock;
            // Whoever came between the first look and the lock may have answered already.
            if let Some(before) = recall(&gateway, user, &key, &fingerprint).await? {
                return Ok(before);
            }
            let response = next.run(request).await;
            remember(&gateway, user, &key, &fingerprint, response).await
        }
    });
    match work.await {
        Ok(response) => response,
        // The layer over all routes answers panics.
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => Err(Failure::internal("a request has ended").into()),
    }
}

/// Frees the key, however its work ends.
struct Unlock {
    gateway: Gateway,
    lock: String,
}

impl Drop for Unlock {
    fn drop(&mut self) {
        let cache = std::sync::Arc::clone(&self.gateway.ports.cache);
        let lock = std::mem::take(&mut self.lock);
        self.gateway
            .spawn(async move { drop(cache.delete(&lock).await) });
    }
}

fn key(headers: &HeaderMap) -> Result<String, Failure> {
    let value = headers
        .get("idempotency-key")
        .and_then(|value| value.to_str().ok());
    let key = value
        .map(str::trim)
        .filter(|key| !key.is_empty() && key.len() <= 200);
    key.map(str::to_owned).ok_or_else(|| {
        let text = "Give an Idempotency-Key of 1 to 200 visible ASCII characters.";
        Failure::invalid("http.idempotency_key", text).field("Idempotency-Key")
    })
}

/// What makes a request the same one: its path and body. A file is too large to be looked at
/// twice; its announced size stands for it.
async fn fingerprint(gateway: &Gateway, request: Request) -> ApiResult<(String, Request)> {
    let path = request.uri().path().to_owned();
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    if kind.is_some_and(|kind| kind.starts_with("multipart/")) {
        let length = request.headers().get(header::CONTENT_LENGTH).cloned();
        return Ok((secret::hash(&format!("{path}\n{length:?}")), request));
    }
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, gateway.config.limits.body_bytes)
        .await
        .map_err(|_| {
            Failure::new(
                FailureKind::TooLarge,
                "http.too_large",
                "The body is too large.",
            )
        })?;
    let text = String::from_utf8_lossy(&bytes);
    let fingerprint = secret::hash(&format!("{path}\n{text}"));
    Ok((fingerprint, Request::from_parts(parts, Body::from(bytes))))
}

async fn recall(
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
    Ok(Some((status, headers, remembered.body).into_response()))
}

async fn remember(
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

fn other_request(error: PortError) -> ApiError {
    match error {
        PortError::Conflict { .. } => {
            let text = "This Idempotency-Key was used for another request. Use a new one.";
            Failure::new(FailureKind::Conflict, "http.idempotency_conflict", text).into()
        }
        other => other.into(),
    }
}

/// Reads what the client is sending anyway: many clients do not look at an answer before.
async fn drain(request: Request) {
    let mut body = request.into_body().into_data_stream();
    while let Some(Ok(_)) = body.next().await {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::GatewayConfig;
    use crate::testing::http::{name, post, send, with};
    use axum::http::HeaderValue;
    use axum::routing::post as route;
    use axum::{Extension, Router};
    use domain::user::{Token, TokenKind, User};
    use domain::{Timestamp, TokenId};
    use prometheus_client::registry::Registry;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use tokio::sync::Notify;
    use tokio_util::sync::CancellationToken;

    fn caller() -> Caller {
        let user = User {
            id: UserId::new(),
            username: "u".into(),
            display_name: "U".into(),
            roles: Vec::new(),
            password_hash: None,
            must_change_password: false,
            disabled: false,
            created_at: Timestamp(0),
        };
        let token = Token {
            id: TokenId::new(),
            hash: String::new(),
            user: user.id,
            kind: TokenKind::Bearer,
            name: String::new(),
            created_at: Timestamp(0),
            used_at: Timestamp(0),
            expires_at: Timestamp(0),
        };
        Caller::new(user, token, "secret", false)
    }

    #[tokio::test]
    async fn what_a_client_does_not_wait_for_is_done_once_all_the_same() {
        let mut registry = Registry::default();
        let (ports, config) = (crate::testing::ports(), GatewayConfig::default());
        let gateway = Gateway::new(ports, config, &mut registry, CancellationToken::new());
        let made = Arc::new(AtomicUsize::new(0));
        let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let handler = {
            let (made, begun, go_on) = (made.clone(), begun.clone(), go_on.clone());
            move || async move {
                begun.notify_one();
                go_on.notified().await;
                made.fetch_add(1, Relaxed);
                "made"
            }
        };
        let app = Router::new()
            .route("/things", route(handler))
            .layer(axum::middleware::from_fn_with_state(gateway.clone(), once))
            .layer(Extension(caller()));
        let ask = || {
            let request = post("/things", &serde_json::json!({}));
            with(request, name("idempotency-key"), "k-1")
        };
        tokio::select! {
            _ = send(&app, ask()) => unreachable!("the handler waits"),
            () = begun.notified() => {}
        }
        // The client is gone.
        let early = send(&app, ask()).await;
        assert_eq!(early.status(), StatusCode::CONFLICT, "it is in flight");
        go_on.notify_one();
        gateway.ended().await;
        let late = send(&app, ask()).await;
        assert_eq!(late.headers()["idempotent-replayed"], "true");
        assert_eq!(made.load(Relaxed), 1);
    }

    #[test]
    fn keys_have_a_length() {
        let of = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("idempotency-key", HeaderValue::from_str(text).unwrap());
            key(&headers)
        };
        assert_eq!(of(" abc ").unwrap(), "abc");
        assert!(of("").is_err());
        assert!(of(&"x".repeat(201)).is_err());
    }
}
