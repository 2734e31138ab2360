//! Handing predictions to serving processes.
//!
//! A gateway beside which processes of the role `serving` live hands every prediction to one of
//! them as it came, sign-in and all; they ask who calls as this one would. A prediction changes
//! nothing, so one that found no answer is asked again elsewhere, and at last computed here.

use super::predict::{cut_short, too_large};
use super::replicas::{Errand, Known};
use super::verdict::{Verdict, judge};
use crate::auth::Caller;
use crate::layers::{Unread, late, whole};
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
use std::pin::pin;
use std::time::{Duration, Instant};

/// Tells the gateway how many records were answered; it keeps that to itself.
pub(super) const ROWS: HeaderName = HeaderName::from_static("x-microlearn-rows");

/// How long a replica may take to be reached.
const REACH: Duration = Duration::from_millis(500);
/// A replica that takes longer is asked whether it lives, again and again.
const PATIENCE: Duration = Duration::from_secs(3);
/// How much more time than a request has may pass here, so that what a replica says of its own
/// lateness arrives.
const BEYOND: Duration = Duration::from_secs(2);
/// How long a connection that nobody uses is kept; less than its other end keeps it.
const KEEP: Duration = Duration::from_secs(5);
/// How long a replica that was slow may take to say that it lives.
const ALIVE: Duration = Duration::from_secs(1);
/// A larger answer is none of ours: what may be asked for at once is bounded well below.
const LARGEST_ANSWER: usize = 128 << 20;
/// Replicas that are tried before the prediction is computed here.
const TRIES: usize = 2;

/// What belongs to a connection and not to the message (RFC 9110, 7.6.1).
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

/// What names the caller's address: whoever is behind this gateway must not believe a stranger.
const OF_THE_CALLER: [HeaderName; 3] = [
    header::FORWARDED,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-real-ip"),
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

/// The layer: hands the request to a replica, or lets it through where there is none.
pub async fn share(State(gateway): State<Gateway>, request: Request, next: Next) -> Response {
    if gateway.replicas.is_empty() {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let limit = gateway.config.limits.prediction_bytes;
    let body = match whole(body, limit, gateway.config.request_timeout).await {
        Ok(body) => body,
        Err(Unread::TooLarge) => return too_large(limit).into_response(),
        Err(Unread::CutShort) => return cut_short().into_response(),
    };
    for name in OF_THE_CONNECTION.iter().chain(&OF_THE_CALLER) {
        parts.headers.remove(name);
    }
    let limit = gateway.config.request_timeout;
    let handed = tokio::time::timeout(limit + BEYOND, hand_on(&gateway, &parts, &body)).await;
    match handed {
        Ok(Some(answer)) => {
            // The replica has asked the policy, about the same caller.
            if let Some(caller) = parts.extensions.get::<Caller>() {
                caller.was_allowed();
            }
            answer
        }
        Ok(None) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Err(_) => late(limit),
    }
}

/// The answer of the first replica that has one.
async fn hand_on(gateway: &Gateway, parts: &request::Parts, body: &Bytes) -> Option<Response> {
    let mut tried = Vec::new();
    while tried.len() < TRIES
        && let Some(errand) = gateway.replicas.pick(&tried, gateway.sharer.born.elapsed())
    {
        tried.push(errand.0.address.clone());
        if let Some(answer) = ask(gateway, &errand, parts, body).await {
            return Some(answer);
        }
    }
    None
}

/// The answer of a replica, if it is one to hand on. Only a replica that is not well itself is
/// left alone for a while: one deployment that is slow or loads must not keep the others from it.
async fn ask(
    gateway: &Gateway,
    errand: &Errand,
    parts: &request::Parts,
    body: &Bytes,
) -> Option<Response> {
    let replica = &errand.0;
    let begun = Instant::now();
    let mut asked = pin!(send(gateway, &replica.address, parts, body));
    let problem = loop {
        match tokio::time::timeout(PATIENCE, &mut asked).await {
            Ok(Ok((head, answer))) => match judge(head.status, &answer) {
                Verdict::Final => {
                    replica.answered();
                    return Some(told(gateway, parts, head, answer, begun.elapsed()));
                }
                Verdict::Elsewhere => {
                    replica.answered();
                    return None;
                }
                Verdict::Sick => break format!("it answered {}", head.status),
            },
            Ok(Err(error)) => break error,
            // A model may be slow in a process that is well: others would take as long.
            Err(_) if lives(gateway, replica).await => {}
            Err(_) => break "it does not answer".to_owned(),
        }
    };
    tracing::warn!(
        replica = replica.address,
        problem,
        "a prediction is asked for elsewhere"
    );
    replica.failed(gateway.sharer.born.elapsed());
    None
}

/// Whether a replica that is slow says that it lives. One that hangs does not even do that.
async fn lives(gateway: &Gateway, replica: &Known) -> bool {
    let asked = async {
        let uri = format!("http://{}/healthz", replica.address).parse().ok()?;
        gateway.sharer.client.get(uri).await.ok()
    };
    let said = tokio::time::timeout(ALIVE, asked).await;
    matches!(said, Ok(Some(said)) if said.status().is_success())
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
    let body = to_bytes(Body::new(body), LARGEST_ANSWER).await;
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
    for name in &OF_THE_CONNECTION {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::GatewayConfig;
    use crate::testing::http::{post, read, send as ask_router, with};
    use axum::Router;
    use axum::middleware::from_fn_with_state;
    use axum::response::IntoResponse;
    use axum::routing::{MethodRouter, any, get};
    use ports::store::Replica;
    use prometheus_client::registry::Registry;
    use serde_json::json;
    use tokio::net::TcpListener;
    use tokio_util::sync::CancellationToken;

    const LOADING: &str = r#"{"error":{"kind":"unavailable","code":"deployment.loading"}}"#;

    /// A gateway that knows one replica, and its routes, which answer `here` by themselves.
    fn gateway_beside(address: &str) -> (Gateway, Router) {
        let (ports, config) = (crate::testing::ports(), GatewayConfig::default());
        let stop = CancellationToken::new();
        let gateway = Gateway::new(ports, config, &mut Registry::default(), stop);
        gateway.replicas.update(&[Replica {
            id: "1".into(),
            address: address.into(),
        }]);
        let routes = Router::new()
            .fallback(any(|| async { axum::Json("here") }))
            .layer(from_fn_with_state(gateway.clone(), share));
        (gateway, routes)
    }

    /// Where these routes are answered.
    async fn listening(routes: Router) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move { axum::serve(listener, routes).await });
        address
    }

    fn rests(gateway: &Gateway) -> bool {
        let now = gateway.sharer.born.elapsed();
        gateway.replicas.pick(&[], now).is_none()
    }

    #[tokio::test]
    async fn a_deployment_that_loads_is_asked_for_elsewhere_and_its_replica_goes_on() {
        for (body, rest) in [(LOADING, false), ("no server", true)] {
            let answer = move || async move { (StatusCode::SERVICE_UNAVAILABLE, body) };
            let replica = Router::new().fallback(any(answer));
            let (gateway, routes) = gateway_beside(&listening(replica).await);
            let answered = ask_router(&routes, post("/predictions/a", &json!({}))).await;
            assert_eq!(read(answered).await, "here");
            assert_eq!(rests(&gateway), rest, "{body}");
        }
        let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (gateway, routes) = gateway_beside(&nobody.local_addr().unwrap().to_string());
        drop(nobody);
        let answered = ask_router(&routes, post("/predictions/a", &json!({}))).await;
        assert_eq!(read(answered).await, "here");
        assert!(rests(&gateway), "nobody answers there");
    }

    #[tokio::test]
    async fn a_replica_is_not_told_where_a_stranger_says_to_come_from() {
        let echo = |headers: HeaderMap| async move {
            let names: Vec<String> = headers.keys().map(ToString::to_string).collect();
            axum::Json(names).into_response()
        };
        let (_, routes) = gateway_beside(&listening(Router::new().fallback(any(echo))).await);
        let mut request = post("/predictions/a", &json!({}));
        for name in OF_THE_CALLER {
            request = with(request, name, "192.0.2.1");
        }
        let told = read(ask_router(&routes, with(request, header::AUTHORIZATION, "x")).await).await;
        let told: Vec<String> = serde_json::from_value(told).unwrap();
        assert!(told.contains(&"authorization".to_owned()), "{told:?}");
        assert!(
            OF_THE_CALLER
                .iter()
                .all(|name| !told.contains(&name.to_string())),
            "{told:?}"
        );
    }

    /// A replica that says to live what `alive` says, and answers anything else after that time.
    fn slow(alive: MethodRouter, after: Duration) -> Router {
        let answer = move || async move {
            tokio::time::sleep(after).await;
            axum::Json("there")
        };
        Router::new().route("/healthz", alive).fallback(any(answer))
    }

    #[tokio::test(start_paused = true)]
    async fn a_model_that_is_slow_in_a_process_that_is_well_is_waited_for() {
        let alive = || get(|| async { "alive" });
        let (gateway, routes) =
            gateway_beside(&listening(slow(alive(), Duration::from_secs(20))).await);
        let answered = ask_router(&routes, post("/predictions/a", &json!({}))).await;
        assert_eq!(read(answered).await, "there");
        assert!(!rests(&gateway));
        let (gateway, routes) =
            gateway_beside(&listening(slow(alive(), Duration::from_secs(3_600))).await);
        let answered = ask_router(&routes, post("/predictions/a", &json!({}))).await;
        assert_eq!(answered.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(read(answered).await["error"]["code"], "http.timeout");
        assert!(!rests(&gateway));
    }

    #[tokio::test(start_paused = true)]
    async fn a_replica_that_hangs_is_left_alone() {
        let hangs = slow(get(std::future::pending::<()>), Duration::from_secs(20));
        let (gateway, routes) = gateway_beside(&listening(hangs).await);
        let answered = ask_router(&routes, post("/predictions/a", &json!({}))).await;
        assert_eq!(read(answered).await, "here");
        assert!(rests(&gateway));
    }
}
