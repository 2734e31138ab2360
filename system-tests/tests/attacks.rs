//! Attacks, each of which must be refused, and after each of which the site must stand.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::future::join_all;
use reqwest::multipart::{Form, Part};
use reqwest::{Method, StatusCode, Url, header};
use serde_json::{Value, json};
use std::io::Write;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use system_tests::{Client, PASSWORD, Sandbox, datasets};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

async fn administrator(site: &Sandbox) -> Client {
    Client::sign_in(&site.url, "admin", PASSWORD).await.unwrap()
}

/// The site still answers, and answers who it knows.
async fn stands(client: &Client) {
    client.get("/api/v1/me").await.unwrap();
}

/// The session cookie of a browser that signs in, with what it had before.
async fn browser(site: &Sandbox, before: Option<&str>) -> String {
    let http = system_tests::http();
    let mut request = http.post(format!("{}/api/v1/auth/login", site.url));
    if let Some(before) = before {
        request = request.header(header::COOKIE, before);
    }
    let login = json!({"username": "admin", "password": PASSWORD});
    let answer = request.json(&login).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite"));
    cookie.split(';').next().unwrap().to_owned()
}

/// A page of another site can make a browser send the cookie; it gets nowhere, by any route.
#[tokio::test]
async fn nothing_changes_by_a_cookie_alone() {
    let site = Sandbox::embedded().await.unwrap();
    let admin = administrator(&site).await;
    let cookie = browser(&site, None).await;
    let api = admin.get("/api/openapi.json").await.unwrap();
    let http = system_tests::http();
    let mut tried = 0;
    for (path, methods) in api["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let method: Method = method.to_uppercase().parse().unwrap();
            if method.is_safe() || path.starts_with("/api/v1/auth/login") {
                continue;
            }
            let path = path.replace(['{', '}'], "");
            let request = http.request(method.clone(), format!("{}{path}", site.url));
            let request = request.header(header::COOKIE, &cookie);
            let answer = request
                .header(header::ORIGIN, "https://evil.example")
                .send();
            let answer = answer.await.unwrap();
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{method} {path}");
            let answer: Value = answer.json().await.unwrap();
            assert_eq!(answer["error"]["code"], "auth.csrf", "{method} {path}");
            tried += 1;
        }
    }
    assert!(tried > 30, "only {tried} operations change something");
    let mut noted = 0;
    for _ in 0..50 {
        let audit = admin.get("/api/v1/audit?outcome=refused&limit=200").await;
        let audit = audit.unwrap();
        let of = audit["items"].as_array().unwrap().iter();
        noted = of
            .filter(|entry| entry["details"]["code"] == "auth.csrf")
            .count();
        // Signing out stands outside the gate.
        if noted + 1 >= tried {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(noted + 1 >= tried, "{noted} of {tried} are in the audit");
}

/// Forms of other sites can send texts without asking, but no JSON.
#[tokio::test]
async fn nobody_is_signed_in_by_a_form_of_another_site() {
    let site = Sandbox::embedded().await.unwrap();
    let login = json!({"username": "admin", "password": PASSWORD}).to_string();
    let http = system_tests::http();
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ] {
        let request = http.post(format!("{}/api/v1/auth/login", site.url));
        let request = request.header(header::CONTENT_TYPE, kind);
        let answer = request.body(login.clone()).send().await.unwrap();
        assert!(answer.status().is_client_error(), "{kind}");
        assert!(!answer.headers().contains_key(header::SET_COOKIE), "{kind}");
    }
    // A page of another site may not even ask whether it might.
    let ask = http.request(Method::OPTIONS, format!("{}/api/v1/auth/login", site.url));
    let ask = ask.header(header::ORIGIN, "https://evil.example");
    let ask = ask.header("access-control-request-method", "POST");
    let ask = ask.header("access-control-request-headers", "content-type");
    let answer = ask.send().await.unwrap();
    assert!(!answer.headers().contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn a_session_that_somebody_else_chose_is_not_taken() {
    let site = Sandbox::embedded().await.unwrap();
    let chosen = "microlearn_session=mls_chosen-by-somebody-else-0123456789012345";
    let given = browser(&site, Some(chosen)).await;
    assert_ne!(given, chosen);
    let http = system_tests::http();
    let ask = async |cookie: &str| {
        let me = http.get(format!("{}/api/v1/me", site.url));
        let me = me.header(header::COOKIE, cookie).send().await.unwrap();
        me.status()
    };
    assert_eq!(ask(chosen).await, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(&given).await, StatusCode::OK);
    // Whoever signs in again in the same browser leaves no session behind.
    let again = browser(&site, Some(&given)).await;
    assert_ne!(again, given);
    assert_eq!(ask(&given).await, StatusCode::UNAUTHORIZED);
}

/// Fields that are not asked for are refused by name, so that none is ever written unseen.
#[tokio::test]
async fn nothing_is_set_that_was_not_asked_for() {
    let site = Sandbox::embedded().await.unwrap();
    let admin = administrator(&site).await;
    let dataset = admin.dataset(&datasets().join("iris.csv")).await.unwrap();
    let dataset = dataset["id"].as_str().unwrap();
    let me = admin.get("/api/v1/me").await.unwrap();
    let other = "0190b3c4-0000-7000-8000-000000000000";
    for (method, path, body) in [
        (
            Method::POST,
            "/api/v1/users".to_owned(),
            json!({"username": "eve", "password_hash": "x"}),
        ),
        (
            Method::PATCH,
            format!("/api/v1/users/{}", me["id"].as_str().unwrap()),
            json!({"subject": "x"}),
        ),
        (
            Method::PATCH,
            format!("/api/v1/datasets/{dataset}"),
            json!({"name": "x", "owner_id": other}),
        ),
        (
            Method::POST,
            "/api/v1/pipelines".to_owned(),
            json!({"dataset_id": dataset, "target": "species", "owner_id": other}),
        ),
        (
            Method::POST,
            "/api/v1/tokens".to_owned(),
            json!({"name": "x", "user_id": other}),
        ),
        (
            Method::POST,
            "/api/v1/me/password".to_owned(),
            json!({"current_password": PASSWORD, "new_password": PASSWORD, "user_id": other}),
        ),
        (
            Method::POST,
            format!("/api/v1/shares/datasets/{dataset}"),
            json!({"username": "admin", "by": other}),
        ),
    ] {
        let request = admin.request(method.clone(), &path).json(&body);
        let (status, answer) = admin.send(request).await.unwrap();
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {answer}");
    }
    let (_, wide) = admin
        .post(
            "/api/v1/tokens",
            &json!({"name": "wide", "scopes": ["root"]}),
        )
        .await
        .unwrap();
    assert!(wide["error"].is_object(), "{wide}");
}

/// Files and folders that a name points to stay what they are.
#[tokio::test]
async fn names_of_files_lead_nowhere() {
    let site = Sandbox::embedded().await.unwrap();
    let admin = administrator(&site).await;
    let folder = site.folder().unwrap();
    let table = std::fs::read(datasets().join("iris.csv")).unwrap();
    for name in [
        "../../../outside.csv",
        "..\\..\\outside.csv",
        "/tmp/outside.csv",
        "C:\\outside.csv",
        "a\r\nx-injected: 1.csv",
        "\"; x=\"y.csv",
        "%2e%2e%2foutside.csv",
        "nul\0.csv",
    ] {
        let (status, made) = admin.upload(name, table.clone()).await.unwrap();
        if status != StatusCode::CREATED {
            assert!(status.is_client_error(), "{name:?}: {status} {made}");
            continue;
        }
        let path = format!("/api/v1/datasets/{}/download", made["id"].as_str().unwrap());
        let answer = admin.request(Method::GET, &path).send().await.unwrap();
        assert!(answer.status().is_success(), "{name:?}");
        let headers = answer.headers();
        assert!(!headers.contains_key("x-injected"), "{name:?}");
        let disposition = headers[header::CONTENT_DISPOSITION].to_str().unwrap();
        assert!(disposition.starts_with("attachment"), "{disposition}");
        assert!(!disposition.contains(".."), "{name:?}: {disposition}");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    }
    let outside = |path: &std::path::Path| path.join("outside.csv").exists();
    assert!(!outside(folder) && !outside(std::path::Path::new("/tmp")));
    for path in [
        "/api/v1/pipelines/x/plots/..%2f..%2fmicrolearn.db",
        "/api/v1/pipelines/..%2f..%2fmicrolearn.db/report",
        "/api/v1/models/..%2f..%2fmicrolearn.db/export",
        "/api/v1/uploads/..%2f..%2fmicrolearn.db",
        "/..%2f..%2fetc/passwd",
        "/assets/..%2f..%2f..%2fetc%2fpasswd",
    ] {
        let answer = admin.request(Method::GET, path).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(
            !text.contains("root:") && !text.contains("SQLite"),
            "{path}"
        );
        assert!(status.as_u16() < 500, "{path}: {status}");
    }
    stands(&admin).await;
}

/// The path with one question.
fn asking(path: &str, field: &str, word: &str) -> String {
    let url = Url::parse_with_params(&format!("http://x{path}"), [(field, word)]).unwrap();
    format!("{}?{}", url.path(), url.query().unwrap_or_default())
}

#[tokio::test]
async fn words_of_databases_are_words() {
    let site = Sandbox::embedded().await.unwrap();
    let admin = administrator(&site).await;
    for word in [
        "' OR 1=1 --",
        "'; DROP TABLE users; --",
        "\\",
        "%",
        "_",
        "\" OR \"\"=\"",
    ] {
        let login = json!({"username": word, "password": word});
        let (status, _) = admin.post("/api/v1/auth/login", &login).await.unwrap();
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{word}");
        for (path, field) in [("/api/v1/users", "search"), ("/api/v1/audit", "action")] {
            let found = admin.request(Method::GET, &asking(path, field, word));
            let (status, found) = admin.send(found).await.unwrap();
            assert_eq!(status, StatusCode::OK, "{word}: {found}");
            let items = found["items"].as_array().unwrap();
            assert!(items.is_empty(), "{path} {word}: {found}");
        }
        for field in ["cursor", "dataset_id", "state"] {
            let listed = asking("/api/v1/pipelines", field, word);
            let listed = admin.request(Method::GET, &listed);
            let (status, _) = admin.send(listed).await.unwrap();
            assert!(status.is_client_error(), "{field}={word}: {status}");
        }
    }
    let people = admin.get("/api/v1/users").await.unwrap();
    assert_eq!(
        people["items"].as_array().unwrap().len(),
        1,
        "nobody was dropped"
    );
}

/// Small files that would become large ones, deep ones and wide ones.
#[tokio::test]
async fn files_that_are_bombs_are_refused() {
    let site = Sandbox::embedded().await.unwrap();
    let admin = administrator(&site).await;
    // 17 GiB of one line would take ten minutes to write: one line of 64 MiB says the same.
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..64 {
        bomb.write_all(&vec![b'a'; 1 << 20]).unwrap();
    }
    let bombs = [
        ("bomb.csv.gz", bomb.finish().unwrap()),
        ("deep.json", "[".repeat(1 << 20).into_bytes()),
        (
            "deep.ndjson",
            format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000)).into_bytes(),
        ),
        (
            "wide.csv",
            [vec![b','; 1 << 20], vec![b'\n'], vec![b','; 1 << 20]].concat(),
        ),
    ];
    for (name, bytes) in bombs {
        let (status, made) = admin.upload(name, bytes).await.unwrap();
        if status == StatusCode::CREATED {
            let read = admin
                .read_dataset(made["id"].as_str().unwrap())
                .await
                .unwrap();
            // A deep value of one column is a long text.
            let is_text = name == "deep.ndjson" && read["columns"] == 1;
            assert!(read["state"] == "failed" || is_text, "{name}: {read}");
        } else {
            assert!(status.is_client_error(), "{name}: {status} {made}");
        }
        stands(&admin).await;
    }
}

#[tokio::test]
async fn bodies_and_headers_that_are_too_large_or_too_deep_are_refused() {
    let site = Sandbox::embedded().await.unwrap();
    let admin = administrator(&site).await;
    let deep = "[".repeat(200_000);
    let large = format!("{{\"name\": \"{}\"}}", "x".repeat(2 << 20));
    let mut statuses = Vec::new();
    for (path, body) in [
        ("/api/v1/pipelines", &deep),
        ("/api/v1/auth/login", &deep),
        ("/predictions/x", &deep),
        ("/api/v1/tokens", &large),
        ("/api/v1/auth/login", &large),
    ] {
        let request = admin.request(Method::POST, path).body(body.clone());
        let request = request.header(header::CONTENT_TYPE, "application/json");
        let (status, answer) = admin.send(request).await.unwrap();
        assert!(status.is_client_error(), "{path}: {status} {answer}");
        statuses.push(status);
    }
    assert_eq!(statuses[3..], [StatusCode::PAYLOAD_TOO_LARGE; 2]);
    let wide = admin.request(Method::GET, "/api/v1/me");
    let wide = wide.header("x-wide", "x".repeat(1 << 20)).send().await;
    // It may hang up before everything was sent.
    if let Ok(answer) = wide {
        let status = answer.status();
        assert_eq!(status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    }
    let search = "(a+)+$".repeat(30);
    let search = admin.request(Method::GET, &asking("/api/v1/users", "search", &search));
    let begun = Instant::now();
    let (status, _) = admin.send(search).await.unwrap();
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(begun.elapsed() < Duration::from_secs(5));
    stands(&admin).await;
}

/// Thousands who connect and say nothing, or one byte a second, keep nobody out for long.
#[tokio::test]
async fn those_who_only_hold_connections_are_hung_up_on() {
    let site = Sandbox::embedded().await.unwrap();
    let admin = administrator(&site).await;
    let address: SocketAddr = site.url.trim_start_matches("http://").parse().unwrap();
    // Another address than that of those who are let through.
    let hold = async |number: usize| {
        let socket = TcpSocket::new_v4().ok()?;
        socket.bind(SocketAddr::from(([127, 0, 0, 2], 0))).ok()?;
        let connect = tokio::time::timeout(Duration::from_secs(10), socket.connect(address));
        let mut stream = connect.await.ok()?.ok()?;
        if number.is_multiple_of(2) {
            let slow = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ";
            let _ = stream.write_all(slow).await;
        }
        Some(stream)
    };
    let held = join_all((0..10_000).map(hold)).await;
    let mut held: Vec<TcpStream> = held.into_iter().flatten().collect();
    assert!(held.len() >= 1_000, "only {} were held", held.len());
    let ask = tokio::time::timeout(Duration::from_secs(60), admin.get("/api/v1/me"));
    assert!(matches!(ask.await, Ok(Ok(_))), "nobody else is answered");
    // All of them are hung up on.
    let mut byte = [0];
    for stream in [0, held.len() - 1] {
        let read = held[stream].read(&mut byte);
        let read = tokio::time::timeout(Duration::from_secs(60), read).await;
        assert!(!matches!(read, Ok(Ok(1..)) | Err(_)), "it is still held");
    }
}

/// No field of a request is an address that the site would go to.
#[tokio::test]
async fn no_request_names_an_address_to_go_to() {
    let site = Sandbox::embedded().await.unwrap();
    let admin = administrator(&site).await;
    let api = admin.get("/api/openapi.json").await.unwrap();
    fn walk(value: &Value, at: &str, found: &mut Vec<String>) {
        if let Some(fields) = value.as_object() {
            for (name, field) in fields {
                let suspicious = ["url", "uri", "href", "webhook", "callback", "endpoint"];
                if suspicious.contains(&name.as_str()) || *field == json!("uri") {
                    found.push(format!("{at}/{name}"));
                }
                walk(field, &format!("{at}/{name}"), found);
            }
        }
        if let Some(items) = value.as_array() {
            items.iter().for_each(|item| walk(item, at, found));
        }
    }
    let schemas = api["components"]["schemas"].as_object().unwrap();
    let mut found = Vec::new();
    for name in schemas.keys().filter(|name| {
        let asked = name.starts_with("New") || name.ends_with("Patch") || name.ends_with("Spec");
        asked || name.ends_with("Request") || name.ends_with("Upload")
    }) {
        walk(&schemas[name], name, &mut found);
    }
    assert_eq!(found, Vec::<String>::new());
    // A table that names one is a table.
    let table = b"url,y\nhttp://127.0.0.1:1/x,1\nfile:///etc/passwd,2\n".to_vec();
    let part = Part::bytes(table).file_name("urls.csv");
    let form = Form::new().part("file", part);
    let request = admin
        .request(Method::POST, "/api/v1/datasets")
        .multipart(form);
    let (status, made) = admin.send(request).await.unwrap();
    assert_eq!(status, StatusCode::CREATED, "{made}");
}
