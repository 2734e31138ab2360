//! Who is not known gets nowhere.

use reqwest::{Method, StatusCode};
use serde_json::Value;
use system_tests::{Sandbox, http, program};

/// Routes that anybody may call.
fn is_public(path: &str) -> bool {
    ["/healthz", "/readyz", "/api/openapi.json", "/api/docs"].contains(&path)
        || path.starts_with("/api/v1/auth/")
        || path.starts_with("/auth/")
}

#[tokio::test]
async fn every_route_but_the_public_ones_answers_401() {
    let sandbox = Sandbox::embedded().await.unwrap();
    let http = http();
    let document: Value = http
        .get(format!("{}/api/openapi.json", sandbox.url))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let mut asked = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let Ok(method) = method.to_uppercase().parse::<Method>() else {
                continue;
            };
            if is_public(path) || method == Method::TRACE {
                continue;
            }
            let url = format!("{}{}", sandbox.url, path.replace(['{', '}'], "x"));
            let answer = http.request(method.clone(), url).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{method} {path}");
            asked += 1;
        }
    }
    assert!(asked > 30, "only {asked} routes are documented");
}

#[tokio::test]
async fn the_first_password_is_printed_once_and_works() {
    let mut sandbox = Sandbox::embedded_with(&[]).await.unwrap();
    let line = sandbox
        .printed
        .iter()
        .find(|line| line.contains("password"));
    let password = line
        .expect("no password was printed")
        .rsplit(' ')
        .next()
        .unwrap()
        .to_owned();
    system_tests::Client::sign_in(&sandbox.url, "admin", &password)
        .await
        .unwrap();
    sandbox.kill().await.unwrap();
    sandbox.restart().await.unwrap();
    assert!(
        sandbox
            .printed
            .iter()
            .all(|line| !line.contains("password"))
    );
    system_tests::Client::sign_in(&sandbox.url, "admin", &password)
        .await
        .unwrap();
    assert!(
        system_tests::Client::sign_in(&sandbox.url, "admin", "wrong")
            .await
            .is_err()
    );
    // Neither the database nor the log holds it.
    for file in ["site/microlearn.db", "site/microlearn.db-wal", "stderr.log"] {
        let bytes = std::fs::read(sandbox.folder().unwrap().join(file)).unwrap_or_default();
        let found = bytes
            .windows(password.len())
            .any(|part| part == password.as_bytes());
        assert!(!found, "{file} holds the password");
    }
}

#[tokio::test]
async fn a_second_program_on_the_same_folder_is_refused() {
    let sandbox = Sandbox::embedded().await.unwrap();
    let output = tokio::process::Command::new(program().unwrap())
        .args(["up", "--listen", "127.0.0.1:0", "--data"])
        .arg(sandbox.folder().unwrap().join("site"))
        .output()
        .await
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("another microlearn"));
}
