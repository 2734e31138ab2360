//! What holds for every route.

use crate::testing::app;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderValue, Method, Request, Response, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt;

async fn send(app: &Router, request: Request<Body>) -> Response<Body> {
    app.clone().oneshot(request).await.unwrap()
}

async fn read(response: Response<Body>) -> Value {
    let bytes = to_bytes(response.into_body(), 1 << 22).await.unwrap();
    serde_json::from_slice(&bytes).unwrap_or(Value::Null)
}

fn request(method: Method, path: &str) -> Request<Body> {
    Request::builder().method(method).uri(path).body(Body::empty()).unwrap()
}

fn with(mut request: Request<Body>, name: header::HeaderName, value: &str) -> Request<Body> {
    request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
    request
}

fn post(path: &str, body: &Value) -> Request<Body> {
    Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

fn name(text: &'static str) -> header::HeaderName {
    header::HeaderName::from_static(text)
}

/// The bearer token and the cookie of a sign-in.
async fn sign_in(app: &Router) -> (String, String) {
    let body = json!({"username": "admin", "password": "correct horse"});
    let response = send(app, post("/api/v1/auth/login", &body)).await;
    assert_eq!(response.status(), StatusCode::OK);
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let token = read(response).await["access_token"].as_str().unwrap().to_owned();
    (format!("Bearer {token}"), cookie)
}

#[tokio::test]
async fn every_described_route_asks_who_is_calling() {
    let app = app().await;
    let api: Value = serde_json::from_str(&crate::openapi_text()).unwrap();
    let mut asked = 0;
    for (path, item) in api["paths"].as_object().unwrap() {
        if path.starts_with("/api/v1/auth/") {
            continue;
        }
        for method in item.as_object().unwrap().keys() {
            let Ok(method) = Method::from_bytes(method.to_uppercase().as_bytes()) else { continue };
            // A path and a body that make no sense: they must not be looked at.
            let path = path.replace("{id}", "%FF").replace("{name}", "%FF").replace("{file}", "x");
            let response = send(&app, request(method.clone(), &path)).await;
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{method} {path}");
            assert_eq!(read(response).await["error"]["code"], "auth.required", "{method} {path}");
            asked += 1;
        }
    }
    assert!(asked > 40, "only {asked} operations are described");
}

#[tokio::test]
async fn unknown_routes_and_methods_are_told_in_json_to_known_callers_only() {
    let app = app().await;
    let (token, _) = sign_in(&app).await;
    for (method, path, status, code) in [
        (Method::GET, "/api/v1/nonsense", StatusCode::NOT_FOUND, "http.not_found"),
        (Method::GET, "/predictions", StatusCode::NOT_FOUND, "http.not_found"),
        (Method::PUT, "/api/v1/datasets", StatusCode::METHOD_NOT_ALLOWED, "http.method_not_allowed"),
        (Method::GET, "/predictions/x", StatusCode::METHOD_NOT_ALLOWED, "http.method_not_allowed"),
    ] {
        let unknown = send(&app, request(method.clone(), path)).await;
        assert_eq!(unknown.status(), StatusCode::UNAUTHORIZED, "{method} {path}");
        let known = with(request(method.clone(), path), header::AUTHORIZATION, &token);
        let known = send(&app, known).await;
        assert_eq!(known.status(), status, "{method} {path}");
        assert_eq!(read(known).await["error"]["code"], code, "{method} {path}");
    }
}

#[tokio::test]
async fn what_needs_no_sign_in_answers_without() {
    let app = app().await;
    for path in ["/healthz", "/metrics", "/api/openapi.json", "/api/docs", "/api/v1/auth/config"] {
        let response = send(&app, request(Method::GET, path)).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff", "{path}");
        assert!(response.headers().contains_key(header::CONTENT_SECURITY_POLICY), "{path}");
    }
    let page = with(request(Method::GET, "/datasets/x"), header::ACCEPT, "text/html");
    assert_eq!(send(&app, page).await.status(), StatusCode::OK);
    let ready = send(&app, request(Method::GET, "/readyz")).await;
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    let told = read(ready).await;
    assert_eq!((&told["backends"]["store"]["ok"], &told["backends"]["bus"]["ok"]), (&json!(false), &json!(true)));
}

#[tokio::test]
async fn a_cookie_changes_something_only_with_its_csrf_token() {
    let app = app().await;
    let (_, cookie) = sign_in(&app).await;
    let me = send(&app, with(request(Method::GET, "/api/v1/me"), header::COOKIE, &cookie)).await;
    let me = read(me).await;
    assert_eq!(me["username"], "admin");
    let csrf = me["csrf_token"].as_str().unwrap().to_owned();
    let make = || with(post("/api/v1/tokens", &json!({"name": "ci"})), header::COOKIE, &cookie);
    let without = send(&app, make()).await;
    assert_eq!(without.status(), StatusCode::FORBIDDEN);
    assert_eq!(read(without).await["error"]["code"], "auth.csrf");
    let wrong = send(&app, with(make(), name("x-csrf-token"), "x")).await;
    assert_eq!(wrong.status(), StatusCode::FORBIDDEN);
    let right = send(&app, with(make(), name("x-csrf-token"), &csrf)).await;
    assert_eq!(right.status(), StatusCode::CREATED);
    // A session token is no bearer token, and the other way round.
    let session = cookie.split_once('=').unwrap().1;
    let misused = with(request(Method::GET, "/api/v1/me"), header::AUTHORIZATION, &format!("Bearer {session}"));
    assert_eq!(send(&app, misused).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn signing_out_ends_both_secrets() {
    let app = app().await;
    let (token, cookie) = sign_in(&app).await;
    let out = with(post("/api/v1/auth/logout", &json!({})), header::AUTHORIZATION, &token);
    let out = send(&app, out).await;
    assert_eq!(out.status(), StatusCode::NO_CONTENT);
    assert!(out.headers()[header::SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    for (header, value) in [(header::AUTHORIZATION, &token), (header::COOKIE, &cookie)] {
        let me = send(&app, with(request(Method::GET, "/api/v1/me"), header, value)).await;
        assert_eq!(me.status(), StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn wrong_passwords_are_refused_alike_and_then_slowed_down() {
    let app = app().await;
    let mut codes = Vec::new();
    for username in ["nobody", "admin", "admin", "admin", "admin", "admin", "admin", "admin"] {
        let body = json!({"username": username, "password": "wrong"});
        let refused = read(send(&app, post("/api/v1/auth/login", &body)).await).await;
        codes.push(refused["error"]["code"].as_str().unwrap().to_owned());
    }
    assert_eq!(codes[0], codes[1]);
    assert_eq!(codes.last().unwrap(), "auth.locked");
}

#[tokio::test]
async fn a_creating_request_that_comes_twice_creates_once() {
    let app = app().await;
    let (token, _) = sign_in(&app).await;
    let make = |name_of_token: &str| {
        let made = post("/api/v1/tokens", &json!({"name": name_of_token}));
        with(with(made, header::AUTHORIZATION, &token), name("idempotency-key"), "k-1")
    };
    let first = read(send(&app, make("ci")).await).await;
    let second = send(&app, make("ci")).await;
    assert_eq!(second.headers()["idempotent-replayed"], "true");
    let second = read(second).await;
    assert_eq!(first["id"], second["id"]);
    assert!(first["token"].is_string() && second["token"].is_null(), "the secret is told once");
    let other = send(&app, make("other")).await;
    assert_eq!(other.status(), StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_personal_token_cannot_make_more_of_itself() {
    let app = app().await;
    let (token, _) = sign_in(&app).await;
    let make = |token: &str| with(post("/api/v1/tokens", &json!({"name": "ci"})), header::AUTHORIZATION, token);
    let made = read(send(&app, make(&token)).await).await;
    let personal = format!("Bearer {}", made["token"].as_str().unwrap());
    let me = with(request(Method::GET, "/api/v1/me"), header::AUTHORIZATION, &personal);
    assert_eq!(send(&app, me).await.status(), StatusCode::OK);
    assert_eq!(send(&app, make(&personal)).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn limits_are_told_and_bodies_are_bounded() {
    let app = app().await;
    let (token, _) = sign_in(&app).await;
    let large = json!({"name": "x".repeat(2 << 20)});
    let large = with(post("/api/v1/tokens", &large), header::AUTHORIZATION, &token);
    let refused = send(&app, large).await;
    assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(refused.headers()["ratelimit-limit"], "600");
    assert_eq!(read(refused).await["error"]["kind"], "too_large");
}
