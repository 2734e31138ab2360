//! A site is backed up, comes back, and moves to a cluster: with all that it held.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use serde_json::{Value, json};
use std::path::Path;
use std::process::Output;
use system_tests::{Client, PASSWORD, Sandbox, Servers, Stack, datasets, program};

async fn run(arguments: &[&str]) -> Output {
    let mut command = tokio::process::Command::new(program().unwrap());
    command.args(arguments).output().await.unwrap()
}

async fn runs_well(arguments: &[&str]) -> String {
    let output = run(arguments).await;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn record() -> Value {
    json!({"bill_length_mm": 39.1, "bill_depth_mm": 18.7, "flipper_length_mm": 181,
           "body_mass_g": 3750, "island": "Torgersen", "sex": "male", "year": 2007})
}

/// A site with a model that answers; its answer.
async fn with_a_model(client: &Client) -> Value {
    let dataset = client
        .dataset(&datasets().join("penguins.csv"))
        .await
        .unwrap();
    let spec = json!({"dataset_id": dataset["id"], "target": "species",
                      "budget": {"work_units": 30}, "candidates": ["logistic"],
                      "deploy": {"mode": "auto", "name": "penguins"}});
    let id = client.start(&spec).await.unwrap();
    let ended = client.finished(&id).await.unwrap();
    assert_eq!(ended["state"], "succeeded", "{ended}");
    predicted(client).await
}

async fn predicted(client: &Client) -> Value {
    let (status, answer) = client
        .post("/predictions/penguins", &record())
        .await
        .unwrap();
    assert!(status.is_success(), "{answer}");
    answer
}

async fn pipelines(client: &Client) -> Value {
    client.get("/api/v1/pipelines").await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_site_at_work_comes_back_whole() {
    let mut site = Sandbox::embedded().await.unwrap();
    let client = site.admin().await.unwrap();
    let answer = with_a_model(&client).await;
    let before = pipelines(&client).await;
    let data = site.folder().unwrap().join("site");
    let backup = site.folder().unwrap().join("backup");
    let said = runs_well(&["backup", "--data", text(&data), text(&backup)]).await;
    assert!(said.contains("compared"), "{said}");

    let again = run(&["backup", "--data", text(&data), text(&backup)]).await;
    assert_eq!(again.status.code(), Some(64), "the folder exists");
    let busy = run(&["restore", "--data", text(&data), text(&backup)]).await;
    assert!(!busy.status.success(), "the site is at work");
    site.kill().await.unwrap();
    let full = run(&["restore", "--data", text(&data), text(&backup)]).await;
    let said = String::from_utf8_lossy(&full.stderr).into_owned();
    assert!(!full.status.success() && said.contains("already"), "{said}");

    std::fs::remove_dir_all(&data).unwrap();
    runs_well(&["restore", "--data", text(&data), text(&backup)]).await;
    site.restart().await.unwrap();
    let client = site.admin().await.unwrap();
    assert_eq!(predicted(&client).await, answer);
    assert_eq!(pipelines(&client).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_a_killed_site_comes_back_and_stays_as_it_was() {
    let mut site = Sandbox::embedded().await.unwrap();
    let client = site.admin().await.unwrap();
    let answer = with_a_model(&client).await;
    let before = pipelines(&client).await;
    site.kill().await.unwrap();
    let data = site.folder().unwrap().join("site");
    let copy = site.folder().unwrap().join("copy");
    std::fs::rename(&data, &copy).unwrap();
    let database = || {
        ["microlearn.db", "microlearn.db-wal"].map(|name| std::fs::read(copy.join(name)).unwrap())
    };
    let stored = database();
    assert!(
        !stored[1].is_empty(),
        "nothing was on its way into the database"
    );
    runs_well(&["restore", "--data", text(&data), text(&copy)]).await;
    assert!(database() == stored, "restoring has changed the copy");
    site.restart().await.unwrap();
    let client = site.admin().await.unwrap();
    assert_eq!(predicted(&client).await, answer);
    assert_eq!(pipelines(&client).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_moves_to_a_cluster_and_back() {
    let mut site = Sandbox::embedded().await.unwrap();
    let client = site.admin().await.unwrap();
    let answer = with_a_model(&client).await;
    let before = pipelines(&client).await;
    site.kill().await.unwrap();
    let servers = Servers::start().unwrap();
    let sqlite = format!(
        "sqlite:{}",
        site.folder().unwrap().join("site/microlearn.db").display()
    );
    let (postgres, s3) = (
        servers.url("store").to_owned(),
        servers.url("artifacts").to_owned(),
    );
    let there = [
        "migrate",
        "--from",
        &sqlite,
        "--to",
        &postgres,
        "--to-artifacts",
        &s3,
    ];
    runs_well(&there).await;
    let twice = run(&there).await;
    assert!(!twice.status.success(), "the target is not empty any more");

    let roles = [
        "dashboard",
        "serving",
        "data-preparer,model-selector,hyperopt,trainer,evaluator,deployer,orchestrator",
    ];
    let stack = Stack::on(servers, &[], &roles).await.unwrap();
    let client = Client::sign_in(&stack.url, "admin", PASSWORD)
        .await
        .unwrap();
    assert_eq!(predicted(&client).await, answer);
    assert_eq!(pipelines(&client).await, before);
    with_a_model(&client).await;

    let home = site.folder().unwrap().join("home");
    std::fs::create_dir(&home).unwrap();
    let sqlite = format!("sqlite:{}", home.join("microlearn.db").display());
    runs_well(&[
        "migrate",
        "--from",
        &postgres,
        "--to",
        &sqlite,
        "--from-artifacts",
        &s3,
    ])
    .await;
}
