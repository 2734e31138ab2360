//! A process that dies without warning loses nothing.

use serde_json::{Value, json};
use std::time::{Duration, Instant};
use system_tests::{Sandbox, datasets};

#[tokio::test]
async fn killed_in_the_middle_of_training_it_goes_on_and_ends_well() {
    let mut sandbox = Sandbox::start().await.unwrap();
    let admin = sandbox.admin().await.unwrap();
    let dataset = admin
        .dataset(&datasets().join("credit-g.csv"))
        .await
        .unwrap();
    let spec = json!({"dataset_id": dataset["id"], "target": "class",
                      "budget": {"work_units": 400}, "deploy": {"name": "credit"}});
    let id = admin.start(&spec).await.unwrap();
    let is_running = |name: &'static str| {
        move |pipeline: &Value| {
            let stages = pipeline["stages"].as_array().unwrap();
            let ended = pipeline["state"] == "succeeded" || pipeline["state"] == "failed";
            ended
                || stages
                    .iter()
                    .any(|s| s["name"] == name && s["state"] == "running")
        }
    };
    let mut client = admin;
    for stage in ["optimise", "train"] {
        let at = client.until(&id, is_running(stage)).await.unwrap();
        assert_eq!(
            at["state"], "running",
            "it ended before {stage} could be interrupted"
        );
        sandbox.kill().await.unwrap();
        sandbox.restart().await.unwrap();
        client = client.at(&sandbox.url);
    }
    let pipeline = client.finished(&id).await.unwrap();
    assert_eq!(pipeline["state"], "succeeded", "{pipeline}");

    // Nothing is lost or doubled: one success a stage, each model and trial once, numbers without gaps.
    let logs = client
        .get(&format!("/api/v1/pipelines/{id}/logs"))
        .await
        .unwrap();
    for stage in [
        "prepare", "select", "optimise", "train", "evaluate", "deploy",
    ] {
        let code = match stage {
            "deploy" => "deploy.auto".to_owned(),
            stage => format!("{stage}.done"),
        };
        let done =
            |line: &&Value| line["stage"] == stage && line["message"]["code"] == code.as_str();
        let lines = logs["items"].as_array().unwrap();
        let count = lines.iter().filter(done).count();
        assert_eq!(count, 1, "{stage} ended {count} times");
    }
    let trials = client
        .get(&format!("/api/v1/pipelines/{id}/trials"))
        .await
        .unwrap();
    let numbers: Vec<u64> = trials["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|trial| trial["number"].as_u64().unwrap())
        .collect();
    let expected: Vec<u64> = (0..numbers.len() as u64).collect();
    assert_eq!(numbers, expected);
    let board = client
        .get(&format!("/api/v1/pipelines/{id}/leaderboard"))
        .await
        .unwrap();
    let mut algorithms: Vec<&str> = board
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["algorithm"].as_str().unwrap())
        .collect();
    let all = algorithms.len();
    algorithms.sort_unstable();
    algorithms.dedup();
    assert_eq!(
        algorithms.len(),
        all,
        "a model stands twice on the leaderboard"
    );
    let deployment = client.get("/api/v1/deployments/credit").await.unwrap();
    assert_eq!(deployment["versions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_cancelled_pipeline_stops_and_stays_so() {
    let sandbox = Sandbox::start().await.unwrap();
    let admin = sandbox.admin().await.unwrap();
    let dataset = admin
        .dataset(&datasets().join("credit-g.csv"))
        .await
        .unwrap();
    let spec = json!({"dataset_id": dataset["id"], "target": "class",
                      "budget": {"seconds": 120}});
    let id = admin.start(&spec).await.unwrap();
    let running = |p: &Value| p["stages"][2]["state"] == "running";
    admin.until(&id, running).await.unwrap();
    let (status, _) = admin
        .post(&format!("/api/v1/pipelines/{id}/cancel"), &json!({}))
        .await
        .unwrap();
    assert!(status.is_success());
    let pipeline = admin.get(&format!("/api/v1/pipelines/{id}")).await.unwrap();
    assert_eq!(pipeline["state"], "cancelled");
    for stage in pipeline["stages"].as_array().unwrap() {
        // The two before the one that ran had ended by themselves.
        let done = matches!(stage["name"].as_str(), Some("prepare" | "select"));
        let ended = if done { "succeeded" } else { "cancelled" };
        assert_eq!(stage["state"], ended, "{stage}");
    }
    let log = admin.get(&format!("/api/v1/pipelines/{id}/logs")).await;
    let log = log.unwrap()["items"].as_array().unwrap().clone();
    let last = &log.last().unwrap()["message"];
    assert_eq!(last["code"], "pipeline.cancelled");
    assert_eq!(last["params"]["by"], "admin");
    let bars = admin.get(&format!("/api/v1/pipelines/{id}/timeline")).await;
    let bars = bars.unwrap()["items"].as_array().unwrap().clone();
    assert!(
        bars.iter().any(|bar| bar["kind"] == "cancelled"),
        "{bars:?}"
    );
    // The workers are free again long before the budget would have ended: another one runs.
    let begun = Instant::now();
    let spec = json!({"dataset_id": dataset["id"], "target": "class",
                      "budget": {"work_units": 1}, "candidates": ["baseline"]});
    let next = admin.start(&spec).await.unwrap();
    let ended = admin.finished(&next).await.unwrap();
    assert_eq!(ended["state"], "succeeded", "{ended}");
    assert!(begun.elapsed() < Duration::from_secs(100));
    let still = admin.get(&format!("/api/v1/pipelines/{id}")).await.unwrap();
    assert_eq!(still["state"], "cancelled");
}
