//! Asking a router.

use super::ports;
use crate::config::GatewayConfig;
use crate::state::Gateway;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderValue, Method, Request, Response, StatusCode, header};
use ports::Ports;
use prometheus_client::registry::Registry;
use serde_json::{Value, json};
use service_kit::http::Health;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// All routes over ports in memory; see [`app_over`].
pub async fn app() -> Router {
    app_over(ports()).await
}

/// All routes over these ports, with the user `admin` whose password is `correct horse`.
pub async fn app_over(ports: Ports) -> Router {
    gateway_over(ports).await.1
}

/// The gateway as well: whoever waits for its end waits for what it does in the background.
pub async fn gateway_over(ports: Ports) -> (Gateway, Router) {
    crate::ensure_admin(&ports, Some("correct horse".into()))
        .await
        .unwrap();
    let mut registry = Registry::default();
    let mut config = GatewayConfig::default();
    config.limits.upload_bytes = 1_000;
    let stop = CancellationToken::new();
    let gateway = Gateway::new(ports.clone(), config, &mut registry, stop);
    let routes = crate::router(&gateway, &Health::new(ports, registry));
    (gateway, routes)
}

pub async fn send(app: &Router, request: Request<Body>) -> Response<Body> {
    app.clone().oneshot(request).await.unwrap()
}

pub async fn read(response: Response<Body>) -> Value {
    let bytes = to_bytes(response.into_body(), 1 << 22).await.unwrap();
    serde_json::from_slice(&bytes).unwrap_or(Value::Null)
}

pub fn request(method: Method, path: &str) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(path)
        .body(Body::empty())
        .unwrap()
}

pub fn with(mut request: Request<Body>, name: header::HeaderName, value: &str) -> Request<Body> {
    request
        .headers_mut()
        .insert(name, HeaderValue::from_str(value).unwrap());
    request
}

pub fn post(path: &str, body: &Value) -> Request<Body> {
    Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

pub fn name(text: &'static str) -> header::HeaderName {
    header::HeaderName::from_static(text)
}

/// The bearer token and the cookie of a sign-in.
pub async fn sign_in(app: &Router) -> (String, String) {
    let body = json!({"username": "admin", "password": "correct horse"});
    let response = send(app, post("/api/v1/auth/login", &body)).await;
    assert_eq!(response.status(), StatusCode::OK);
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let token = read(response).await["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    (format!("Bearer {token}"), cookie)
}
