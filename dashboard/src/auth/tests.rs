//! Signing in and out, over HTTP.

use crate::testing::http::{app, name, post, read, request, send, sign_in, with};
use axum::http::{Method, StatusCode, header};
use serde_json::json;

#[tokio::test]
async fn a_cookie_changes_something_only_with_its_csrf_token() {
    let app = app().await;
    let (_, cookie) = sign_in(&app).await;
    let me = send(
        &app,
        with(request(Method::GET, "/api/v1/me"), header::COOKIE, &cookie),
    )
    .await;
    let me = read(me).await;
    assert_eq!(me["username"], "admin");
    let csrf = me["csrf_token"].as_str().unwrap().to_owned();
    let make = || {
        with(
            post("/api/v1/tokens", &json!({"name": "ci"})),
            header::COOKIE,
            &cookie,
        )
    };
    let without = send(&app, make()).await;
    assert_eq!(without.status(), StatusCode::FORBIDDEN);
    assert_eq!(read(without).await["error"]["code"], "auth.csrf");
    let wrong = send(&app, with(make(), name("x-csrf-token"), "x")).await;
    assert_eq!(wrong.status(), StatusCode::FORBIDDEN);
    let right = send(&app, with(make(), name("x-csrf-token"), &csrf)).await;
    assert_eq!(right.status(), StatusCode::CREATED);
    // A session token is no bearer token, and the other way round.
    let session = cookie.split_once('=').unwrap().1;
    let misused = with(
        request(Method::GET, "/api/v1/me"),
        header::AUTHORIZATION,
        &format!("Bearer {session}"),
    );
    assert_eq!(send(&app, misused).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn signing_out_ends_both_secrets() {
    let app = app().await;
    let (token, cookie) = sign_in(&app).await;
    let out = with(
        post("/api/v1/auth/logout", &json!({})),
        header::AUTHORIZATION,
        &token,
    );
    let out = send(&app, out).await;
    assert_eq!(out.status(), StatusCode::NO_CONTENT);
    assert!(
        out.headers()[header::SET_COOKIE]
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );
    for (header, value) in [(header::AUTHORIZATION, &token), (header::COOKIE, &cookie)] {
        let me = send(
            &app,
            with(request(Method::GET, "/api/v1/me"), header, value),
        )
        .await;
        assert_eq!(me.status(), StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn wrong_passwords_are_refused_alike_and_then_slowed_down() {
    let app = app().await;
    let mut codes = Vec::new();
    for username in [
        "nobody", "admin", "admin", "admin", "admin", "admin", "admin", "admin",
    ] {
        let body = json!({"username": username, "password": "wrong"});
        let refused = read(send(&app, post("/api/v1/auth/login", &body)).await).await;
        codes.push(refused["error"]["code"].as_str().unwrap().to_owned());
    }
    assert_eq!(codes[0], codes[1]);
    assert_eq!(codes.last().unwrap(), "auth.locked");
}

#[tokio::test]
async fn a_personal_token_cannot_make_more_of_itself() {
    let app = app().await;
    let (token, _) = sign_in(&app).await;
    let make = |token: &str| {
        with(
            post("/api/v1/tokens", &json!({"name": "ci"})),
            header::AUTHORIZATION,
            token,
        )
    };
    let made = read(send(&app, make(&token)).await).await;
    let personal = format!("Bearer {}", made["token"].as_str().unwrap());
    let me = with(
        request(Method::GET, "/api/v1/me"),
        header::AUTHORIZATION,
        &personal,
    );
    assert_eq!(send(&app, me).await.status(), StatusCode::OK);
    assert_eq!(
        send(&app, make(&personal)).await.status(),
        StatusCode::FORBIDDEN
    );
}

/// Stores cannot even be asked for such names.
#[tokio::test]
async fn names_with_characters_that_cannot_be_seen_are_refused() {
    let app = app().await;
    let (token, _) = sign_in(&app).await;
    let login = |username: &str| json!({"username": username, "password": "correct horse"});
    for (username, code) in [("ad\nmin", "auth.bad_credentials"), ("a\0", "http.json")] {
        let refused = send(&app, post("/api/v1/auth/login", &login(username))).await;
        assert!(refused.status().is_client_error(), "{username:?}");
        assert_eq!(read(refused).await["error"]["code"], code, "{username:?}");
    }
    let named = post("/api/v1/tokens", &json!({"name": "a\u{7}b"}));
    let refused = send(&app, with(named, header::AUTHORIZATION, &token)).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let refused = read(refused).await;
    assert_eq!(refused["error"]["code"], "http.control_character");
    assert_eq!(refused["error"]["field"], "name");
}

#[tokio::test]
async fn whoever_guesses_too_often_is_told_when_to_come_back() {
    let app = app().await;
    let guess = json!({"username": "ada", "password": "wrong"});
    let mut answer = send(&app, post("/api/v1/auth/login", &guess)).await;
    while answer.status() == StatusCode::UNAUTHORIZED {
        answer = send(&app, post("/api/v1/auth/login", &guess)).await;
    }
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    let headers = answer.headers();
    assert_eq!(headers["ratelimit-remaining"], "0");
    assert_eq!(headers["ratelimit-reset"], headers[header::RETRY_AFTER]);
}
