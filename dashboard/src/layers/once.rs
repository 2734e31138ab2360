//! A creating request that is sent twice creates once: `Idempotency-Key`.
//!
//! The answer to the first request is remembered in the store under the caller and the key, with
//! a fingerprint of the request; the second one gets the same answer. While the first is still
//! being answered, the second is told to wait. A first one that was cut off, or that made the thing
//! and could not answer, has noted what it was about to make: see [`Promise`].

use super::promise::Promise;
use super::replay::{recall, remember};
use super::{Unread, body};
use crate::auth::{Caller, secret};
use crate::state::Gateway;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::{Failure, FailureKind};
use service_kit::http::{ApiError, ApiResult};
use std::pin::pin;
use std::time::Duration;

/// A key is held for as long as a request may take and this much more, and held anew while its
/// request goes on: a gateway that was killed does not keep it for longer.
const BEYOND: Duration = Duration::from_secs(60);

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
    let (fingerprint, mut request) = fingerprint(gateway, request).await?;
    if let Some(before) = recall(gateway, user, &key, &fingerprint).await? {
        caller.was_allowed();
        drain(gateway, request).await;
        return Ok(before);
    }
    let lock = Lock {
        gateway: gateway.clone(),
        key: format!("idempotency:{user}:{}", secret::hash(&key)),
    };
    if !lock.take().await {
        drain(gateway, request).await;
        let text = "A request with this Idempotency-Key is being answered. Try again in a moment.";
        let failure = Failure::new(FailureKind::Conflict, "http.in_flight", text);
        return Err(failure.with("retry_after_seconds", 1).into());
    }
    // What has begun is finished and remembered also when the client goes away in the middle:
    // otherwise the same request, sent again, would find nothing made.
    let work = gateway.spawn({
        let gateway = gateway.clone();
        let held = Held(lock);
        async move {
            // Whoever came between the first look and the lock may have answered already.
            if let Some(before) = recall(&gateway, user, &key, &fingerprint).await? {
                caller.was_allowed();
                return Ok(before);
            }
            let promise = Promise::of(user, &key, &fingerprint);
            request.extensions_mut().insert(promise);
            let response = held.during(next.run(request)).await;
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

/// One request at a time under a key.
struct Lock {
    gateway: Gateway,
    key: String,
}

impl Lock {
    fn holds(&self) -> Duration {
        self.gateway.config.request_timeout + BEYOND
    }

    /// Whether it was free. Without a cache two requests at the same moment may both go on: a dataset
    /// or a pipeline is still made once, as both promise the same id; of a version or a deployment
    /// there may then be two.
    async fn take(&self) -> bool {
        let cache = &self.gateway.ports.cache;
        let taken = cache.set_if_absent(&self.key, Bytes::from_static(b"1"), self.holds());
        taken.await.unwrap_or(true)
    }
}

/// A lock that is held, and freed however its work ends.
struct Held(Lock);

impl Held {
    /// Does the work, and holds the lock anew as long as it goes on: uploads take their time.
    async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        let Lock { gateway, key } = &self.0;
        let mut work = pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                () = tokio::time::sleep(self.0.holds() / 3) => {}
            }
            let one = Bytes::from_static(b"1");
            drop(gateway.ports.cache.set(key, one, self.0.holds()).await);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let cache = std::sync::Arc::clone(&self.0.gateway.ports.cache);
        let key = std::mem::take(&mut self.0.key);
        self.0
            .gateway
            .spawn(async move { drop(cache.delete(&key).await) });
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
    let (parts, content) = request.into_parts();
    let (most, within) = (
        gateway.config.limits.body_bytes,
        gateway.config.request_timeout,
    );
    let bytes = body::whole(content, most, within).await.map_err(unread)?;
    let text = String::from_utf8_lossy(&bytes);
    let fingerprint = secret::hash(&format!("{path}\n{text}"));
    Ok((fingerprint, Request::from_parts(parts, Body::from(bytes))))
}

fn unread(unread: Unread) -> ApiError {
    match unread {
        Unread::TooLarge => {
            let text = "The body is too large.";
            Failure::new(FailureKind::TooLarge, "http.too_large", text).into()
        }
        Unread::CutShort => {
            Failure::invalid("http.body", "The body did not arrive whole. Send it again.").into()
        }
    }
}

async fn drain(gateway: &Gateway, request: Request) {
    let most = gateway.config.limits.upload_bytes;
    body::drain(request.into_body(), most, gateway.config.upload_idle).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::GatewayConfig;
    use crate::layers::Promised;
    use crate::testing::caller;
    use crate::testing::http::{name, post, send, with};
    use axum::http::{HeaderValue, StatusCode};
    use axum::routing::{MethodRouter, post as route};
    use axum::{Extension, Router};
    use prometheus_client::registry::Registry;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use tokio::sync::Notify;
    use tokio_util::sync::CancellationToken;

    #[tokio::test]
    async fn what_a_client_does_not_wait_for_is_done_once_all_the_same() {
        let gateway = gateway();
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
        let app = things(&gateway, route(handler));
        tokio::select! {
            _ = ask(&app) => unreachable!("the handler waits"),
            () = begun.notified() => {}
        }
        // The client is gone.
        let early = ask(&app).await;
        assert_eq!(early.status(), StatusCode::CONFLICT, "it is in flight");
        go_on.notify_one();
        gateway.ended().await;
        let late = ask(&app).await;
        assert_eq!(late.headers()["idempotent-replayed"], "true");
        assert_eq!(made.load(Relaxed), 1);
    }

    fn gateway() -> Gateway {
        let (ports, config) = (crate::testing::ports(), GatewayConfig::default());
        let stop = CancellationToken::new();
        Gateway::new(ports, config, &mut Registry::default(), stop)
    }

    /// These things behind the layer, and a way to ask for one under a key.
    fn things(gateway: &Gateway, make: MethodRouter) -> Router {
        Router::new()
            .route("/things", make)
            .layer(axum::middleware::from_fn_with_state(gateway.clone(), once))
            .layer(Extension(caller()))
    }

    async fn ask(app: &Router) -> Response {
        let request = post("/things", &serde_json::json!({}));
        send(app, with(request, name("idempotency-key"), "k-1")).await
    }

    #[tokio::test]
    async fn a_thing_whose_answer_failed_is_promised_and_not_made_again() {
        let gateway = gateway();
        let tries = Arc::new(AtomicUsize::new(10));
        let handler = {
            let gateway = gateway.clone();
            move |promise: Promise| async move {
                let new = tries.fetch_add(1, Relaxed);
                match promise.note(&gateway, new).await.unwrap() {
                    // It is made, and then something fails.
                    Promised::Now(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
                    Promised::Before(made) => {
                        let location = [(header::LOCATION, "/things/10")];
                        (StatusCode::CREATED, location, made.to_string()).into_response()
                    }
                }
            }
        };
        let app = things(&gateway, route(handler));
        assert_eq!(ask(&app).await.status(), StatusCode::SERVICE_UNAVAILABLE);
        for replayed in [false, true] {
            let answer = ask(&app).await;
            assert_eq!(answer.status(), StatusCode::CREATED);
            assert_eq!(answer.headers()[header::LOCATION], "/things/10");
            assert_eq!(
                answer.headers().contains_key("idempotent-replayed"),
                replayed
            );
            assert_eq!(crate::testing::http::read(answer).await, 10);
        }
        let without_key = send(&app, post("/things", &serde_json::json!({}))).await;
        assert_eq!(without_key.status(), StatusCode::SERVICE_UNAVAILABLE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_is_held_while_its_request_goes_on_and_not_for_the_dead() {
        let gateway = gateway();
        let go_on = Arc::new(Notify::new());
        let handler = {
            let go_on = go_on.clone();
            move || async move {
                go_on.notified().await;
                "made"
            }
        };
        let app = things(&gateway, route(handler));
        let dead = Lock {
            gateway: gateway.clone(),
            key: format!("idempotency:{}:{}", caller().user.id, secret::hash("k-1")),
        };
        assert!(dead.take().await);
        assert_eq!(ask(&app).await.status(), StatusCode::CONFLICT);
        tokio::time::sleep(dead.holds()).await;
        let long = tokio::spawn({
            let app = app.clone();
            async move { ask(&app).await }
        });
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert_eq!(ask(&app).await.status(), StatusCode::CONFLICT);
        go_on.notify_one();
        assert_eq!(long.await.unwrap().status(), StatusCode::OK);
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
