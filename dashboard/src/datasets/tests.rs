//! Uploads over HTTP: no file stays that nothing refers to, and none goes that something may.

use crate::testing::http::{
    app_over, gateway_over, name, post, read, request, send, sign_in, with,
};
use crate::testing::{PeopleStore, ports, ports_with};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use ports::Ports;

const FORM: &str = "multipart/form-data; boundary=XX";

fn part(field: &str, file: Option<&str>, content: &str) -> String {
    let file = file.map_or_else(String::new, |file| format!("; filename=\"{file}\""));
    format!("--XX\r\nContent-Disposition: form-data; name=\"{field}\"{file}\r\n\r\n{content}\r\n")
}

/// The status and code of the answer to an upload with this body, when everything is done that
/// was begun in the background.
async fn upload(ports: &Ports, body: String, kind: &str) -> (StatusCode, String) {
    let (gateway, app) = gateway_over(ports.clone()).await;
    let (token, _) = sign_in(&app).await;
    let length = body.len().to_string();
    let request = Request::builder()
        .method(Method::POST)
        .uri("/api/v1/datasets")
        .header(header::CONTENT_TYPE, kind)
        .header(header::AUTHORIZATION, token)
        .body(Body::from(body))
        .unwrap();
    let answer = send(&app, with(request, header::CONTENT_LENGTH, &length)).await;
    let status = answer.status();
    let code = read(answer).await["error"]["code"].to_string();
    gateway.ended().await;
    (status, code.trim_matches('"').to_owned())
}

#[tokio::test]
async fn an_upload_that_cannot_be_used_leaves_nothing() {
    let file = part("file", Some("a.csv"), "a,b\n1,2");
    let end = "--XX--\r\n";
    let cases = [
        (file.clone(), "upload.truncated"),
        (file[..file.len() - 3].to_owned(), "upload.truncated"),
        (format!("{file}{file}{end}"), "upload.two_files"),
        (
            format!("{}{end}", part("name", None, "n")),
            "upload.no_file",
        ),
        (
            format!("{file}{}{end}", part("course_id", None, "x")),
            "dataset.course",
        ),
        (
            format!("{file}{}{end}", part("name", None, &"x".repeat(300))),
            "dataset.name",
        ),
        (
            format!("{}{end}", part("file", Some("a.csv"), &"x".repeat(2_000))),
            "upload.too_large",
        ),
        (
            format!("{}{end}", part("file", Some("a.csv"), &"x".repeat(100_000))),
            "upload.too_large",
        ),
    ];
    for (body, expected) in cases {
        let ports = ports_with(PeopleStore::with_datasets(false));
        let shown = body.chars().take(120).collect::<String>();
        let (status, code) = upload(&ports, body, FORM).await;
        assert_eq!(code, expected, "{status} {shown}");
        let left = ports.artifacts.list("").await.unwrap();
        assert!(left.is_empty(), "{expected}: {shown}");
    }
}

/// Whoever does not hear the store must not take its silence for a no.
#[tokio::test]
async fn a_file_stays_when_the_store_s_answer_was_lost() {
    let ports = ports_with(PeopleStore::with_datasets(true));
    let body = format!("{}--XX--\r\n", part("file", Some("a.csv"), "a,b\n1,2"));
    let (status, code) = upload(&ports, body, FORM).await;
    assert_eq!(
        (status, code.as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, "store.unavailable")
    );
    let left = ports.artifacts.list("datasets/").await.unwrap();
    let id = left[0].key.split('/').nth(1).unwrap().parse().unwrap();
    let stored = ports.store.dataset(id).await.unwrap().unwrap();
    assert_eq!(stored.current.artifact, left[0].key);
}

#[tokio::test]
async fn an_upload_whose_answer_was_lost_is_found_again_by_its_key() {
    let ports = ports_with(PeopleStore::with_datasets(true));
    let app = app_over(ports.clone()).await;
    let (token, _) = sign_in(&app).await;
    let body = format!("{}--XX--\r\n", part("file", Some("a.csv"), "a,b\n1,2"));
    let upload = || {
        let request = Request::builder().method(Method::POST);
        let request = request
            .uri("/api/v1/datasets")
            .header(header::CONTENT_TYPE, FORM)
            .header(header::AUTHORIZATION, &token)
            .body(Body::from(body.clone()));
        with(request.unwrap(), name("idempotency-key"), "k-1")
    };
    let lost = send(&app, upload()).await;
    assert_eq!(lost.status(), StatusCode::SERVICE_UNAVAILABLE);
    let mut told = Vec::new();
    for _ in 0..2 {
        let found = send(&app, upload()).await;
        assert_eq!(found.status(), StatusCode::CREATED);
        let location = found.headers()[header::LOCATION].to_str().unwrap();
        told.push(location.to_owned());
        told.push(format!(
            "/api/v1/datasets/{}",
            read(found).await["id"].as_str().unwrap()
        ));
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
    let files = ports.artifacts.list("datasets/").await.unwrap();
    assert_eq!(files.len(), 1, "{files:?}");
}

#[tokio::test]
async fn the_last_part_can_be_sent_again_like_any_other() {
    let ports = ports_with(PeopleStore::with_datasets(false));
    let (gateway, app) = gateway_over(ports.clone()).await;
    let (token, _) = sign_in(&app).await;
    let signed = |request| with(request, header::AUTHORIZATION, &token);
    let begin = serde_json::json!({"file_name": "a.csv", "bytes": 10});
    let begun = read(send(&app, signed(post("/api/v1/uploads", &begin))).await).await;
    assert!(begun["dataset_id"].is_null());
    let path = format!("/api/v1/uploads/{}", begun["id"].as_str().unwrap());
    let put = || {
        let part = Request::builder().method(Method::PUT).uri(&path);
        let part = part.body(Body::from("0123456789")).unwrap();
        signed(with(part, name("content-range"), "bytes 0-9/10"))
    };
    let first = send(&app, put()).await;
    assert_eq!(first.status(), StatusCode::CREATED);
    let first = read(first).await;
    let again = send(&app, put()).await;
    assert_eq!(again.status(), StatusCode::CREATED);
    assert_eq!(read(again).await["id"], first["id"]);
    let shown = read(send(&app, signed(request(Method::GET, &path))).await).await;
    assert_eq!(
        (&shown["received"], &shown["dataset_id"]),
        (&10.into(), &first["id"])
    );
    gateway.ended().await;
    let parts = format!("uploads/{}/parts/", begun["id"].as_str().unwrap());
    assert!(ports.artifacts.list(&parts).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_no_form_is_refused() {
    for kind in ["application/json", "multipart/form-data"] {
        let (status, code) = upload(&ports(), "{}".into(), kind).await;
        assert_eq!(
            (status, code.as_str()),
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "http.content_type")
        );
    }
}

#[tokio::test]
async fn a_part_says_which_bytes_it_holds() {
    let ports = ports();
    let app = app_over(ports.clone()).await;
    let (token, _) = sign_in(&app).await;
    let begin = serde_json::json!({"file_name": "a.csv", "bytes": 10});
    let begin = post("/api/v1/uploads", &begin);
    let begun = send(&app, with(begin, header::AUTHORIZATION, &token)).await;
    assert_eq!(begun.status(), StatusCode::CREATED);
    let id = read(begun).await["id"].as_str().unwrap().to_owned();
    let put = |range: &str, content: &'static str| {
        let path = format!("/api/v1/uploads/{id}");
        let part = Request::builder().method(Method::PUT).uri(path);
        let part = part.body(Body::from(content)).unwrap();
        let part = with(part, header::AUTHORIZATION, &token);
        with(part, name("content-range"), range)
    };
    for (range, content, status, received) in [
        ("bytes 4-9/10", "456789", StatusCode::CONFLICT, None),
        (
            "bytes 0-3/10",
            "012",
            StatusCode::UNPROCESSABLE_ENTITY,
            None,
        ),
        ("bytes 0-3/10", "01234", StatusCode::PAYLOAD_TOO_LARGE, None),
        ("bytes 0-3/10", "0123", StatusCode::OK, Some(4)),
        ("bytes 0-3/10", "0123", StatusCode::OK, Some(4)),
        ("bytes 2-5/10", "2345", StatusCode::CONFLICT, None),
        ("bytes 4-6/10", "456", StatusCode::OK, Some(7)),
    ] {
        let answer = send(&app, put(range, content)).await;
        assert_eq!(answer.status(), status, "{range} {content}");
        if let Some(received) = received {
            assert_eq!(read(answer).await["received"], received, "{range}");
        }
    }
}
