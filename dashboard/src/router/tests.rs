//! What holds for every route.

use crate::testing::http::{app, app_over, name, post, read, request, send, sign_in, with};
use crate::testing::ports;
use axum::http::{Method, StatusCode, header};
use domain::UserId;
use domain::user::Role;
use serde_json::{Value, json};

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
            let Ok(method) = Method::from_bytes(method.to_uppercase().as_bytes()) else {
                continue;
            };
            // A path and a body that make no sense: they must not be looked at.
            let path = path
                .replace("{id}", "%FF")
                .replace("{name}", "%FF")
                .replace("{file}", "x");
            let response = send(&app, request(method.clone(), &path)).await;
            assert_eq!(
                response.status(),
                StatusCode::UNAUTHORIZED,
                "{method} {path}"
            );
            assert_eq!(
                read(response).await["error"]["code"],
                "auth.required",
                "{method} {path}"
            );
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
        (
            Method::GET,
            "/api/v1/nonsense",
            StatusCode::NOT_FOUND,
            "http.not_found",
        ),
        (
            Method::GET,
            "/api/v1/deployments/a%00b",
            StatusCode::UNPROCESSABLE_ENTITY,
            "http.path",
        ),
        (
            Method::POST,
            "/predictions/%00",
            StatusCode::UNPROCESSABLE_ENTITY,
            "http.path",
        ),
        (
            Method::GET,
            "/predictions",
            StatusCode::NOT_FOUND,
            "http.not_found",
        ),
        (
            Method::PUT,
            "/api/v1/datasets",
            StatusCode::METHOD_NOT_ALLOWED,
            "http.method_not_allowed",
        ),
        (
            Method::GET,
            "/predictions/x",
            StatusCode::METHOD_NOT_ALLOWED,
            "http.method_not_allowed",
        ),
    ] {
        let unknown = send(&app, request(method.clone(), path)).await;
        assert_eq!(
            unknown.status(),
            StatusCode::UNAUTHORIZED,
            "{method} {path}"
        );
        let known = with(request(method.clone(), path), header::AUTHORIZATION, &token);
        let known = send(&app, known).await;
        assert_eq!(known.status(), status, "{method} {path}");
        assert_eq!(read(known).await["error"]["code"], code, "{method} {path}");
    }
}

#[tokio::test]
async fn what_needs_no_sign_in_answers_without() {
    let app = app().await;
    for path in [
        "/healthz",
        "/api/openapi.json",
        "/api/docs",
        "/api/v1/auth/config",
    ] {
        let response = send(&app, request(Method::GET, path)).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(
            response.headers()["x-content-type-options"],
            "nosniff",
            "{path}"
        );
        assert!(
            response
                .headers()
                .contains_key(header::CONTENT_SECURITY_POLICY),
            "{path}"
        );
    }
    for path in ["/healthz", "/api/openapi.json", "/api/docs"] {
        let response = send(&app, request(Method::DELETE, path)).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        let code = read(response).await["error"]["code"].clone();
        assert_eq!(code, "http.method_not_allowed", "{path}");
    }
    let page = with(
        request(Method::GET, "/datasets/x"),
        header::ACCEPT,
        "text/html",
    );
    assert_eq!(send(&app, page).await.status(), StatusCode::OK);
    let ready = send(&app, request(Method::GET, "/readyz")).await;
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    let told = read(ready).await;
    assert_eq!(
        (
            &told["backends"]["store"]["ok"],
            &told["backends"]["bus"]["ok"]
        ),
        (&json!(false), &json!(true))
    );
}

#[tokio::test]
async fn metrics_are_told_to_administrators_only() {
    let ports = ports();
    let app = app_over(ports.clone()).await;
    let ask = || request(Method::GET, "/metrics");
    let unknown = send(&app, ask()).await;
    assert_eq!(unknown.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(read(unknown).await["error"]["code"], "auth.required");
    let (admin, _) = sign_in(&app).await;
    let told = send(&app, with(ask(), header::AUTHORIZATION, &admin)).await;
    assert_eq!(told.status(), StatusCode::OK);
    let mut student = ports.store.user_by_name("admin").await.unwrap().unwrap();
    student.id = UserId::new();
    student.username = "ada".into();
    student.roles = vec![Role::Student];
    ports.store.insert_user(&student).await.unwrap();
    let body = json!({"username": "ada", "password": "correct horse"});
    let ada = read(send(&app, post("/api/v1/auth/login", &body)).await).await;
    let ada = format!("Bearer {}", ada["access_token"].as_str().unwrap());
    let refused = send(&app, with(ask(), header::AUTHORIZATION, &ada)).await;
    assert_eq!(refused.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_creating_request_that_comes_twice_creates_once() {
    let app = app().await;
    let (token, _) = sign_in(&app).await;
    let make = |name_of_token: &str| {
        let made = post("/api/v1/tokens", &json!({"name": name_of_token}));
        with(
            with(made, header::AUTHORIZATION, &token),
            name("idempotency-key"),
            "k-1",
        )
    };
    let first = read(send(&app, make("ci")).await).await;
    let second = send(&app, make("ci")).await;
    assert_eq!(second.headers()["idempotent-replayed"], "true");
    let second = read(second).await;
    assert_eq!(first["id"], second["id"]);
    assert!(
        first["token"].is_string() && second["token"].is_null(),
        "the secret is told once"
    );
    let other = send(&app, make("other")).await;
    assert_eq!(other.status(), StatusCode::CONFLICT);
}

#[tokio::test]
async fn limits_are_told_and_bodies_are_bounded() {
    let app = app().await;
    let (token, _) = sign_in(&app).await;
    let large = json!({"name": "x".repeat(2 << 20)});
    let large = with(
        post("/api/v1/tokens", &large),
        header::AUTHORIZATION,
        &token,
    );
    let refused = send(&app, large).await;
    assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(refused.headers()["ratelimit-limit"], "600");
    assert_eq!(read(refused).await["error"]["kind"], "too_large");
}
