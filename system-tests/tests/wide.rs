//! Five thousand columns, from the file to an answer: more columns than rows is the lot of
//! everybody who measures much and seldom.

use serde_json::{Map, Value, json};
use std::time::{Duration, Instant};
use system_tests::Sandbox;

const ROWS: usize = 300;
const COLUMNS: usize = 5_000;

/// A number without rhyme; the target follows the first of a row.
fn cell(row: usize, column: usize) -> f64 {
    let mixed = (row * COLUMNS + column + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 40) as f64 / 1e6
}

fn answer(row: usize) -> &'static str {
    ["no", "yes"][usize::from(cell(row, 0) > 8.4)]
}

fn file() -> Vec<u8> {
    let names: Vec<String> = (1..COLUMNS).map(|column| format!("c{column}")).collect();
    let mut text = format!("{},target\n", names.join(","));
    for row in 0..ROWS {
        for column in 0..COLUMNS - 1 {
            text.push_str(&format!("{},", cell(row, column)));
        }
        text.push_str(answer(row));
        text.push('\n');
    }
    text.into_bytes()
}

#[tokio::test]
async fn five_thousand_columns_become_a_model_that_answers() {
    let sandbox = Sandbox::embedded().await.unwrap();
    let admin = sandbox.admin().await.unwrap();
    let (status, dataset) = admin.upload("wide.csv", file()).await.unwrap();
    assert_eq!(status, 201, "{dataset}");
    let id = dataset["id"].as_str().unwrap();
    let dataset = admin.read_dataset(id).await.unwrap();
    let told = (&dataset["state"], &dataset["columns"]);
    assert_eq!(told, (&json!("ready"), &json!(COLUMNS)));
    let profile = admin.get(&format!("/api/v1/datasets/{id}/profile")).await;
    let profile = profile.unwrap();
    let mut warnings = profile["warnings"].as_array().unwrap().iter();
    assert!(warnings.any(|warning| warning["code"] == "profile.wide"));

    let spec = json!({"dataset_id": id, "target": "target", "task": "auto",
                      "budget": {"seconds": 20}, "deploy": {"mode": "auto", "name": "wide"}});
    let begun = Instant::now();
    let ended = admin.finished(&admin.start(&spec).await.unwrap()).await;
    let ended = ended.unwrap();
    let took = begun.elapsed();
    assert_eq!(ended["state"], "succeeded", "{ended}");
    assert_eq!(ended["deployment"]["name"], "wide", "{ended}");
    let cells = (0..COLUMNS - 1).map(|column| (format!("c{}", column + 1), cell(7, column).into()));
    let record: Map<String, Value> = cells.collect();
    let (status, answered) = admin
        .post("/predictions/wide", &Value::Object(record))
        .await
        .unwrap();
    assert_eq!(status, 200, "{answered}");
    assert!(["no", "yes"].contains(&answered["predictions"][0].as_str().unwrap()));
    let peak = sandbox.peak_mib().unwrap();
    println!("{took:?}, {peak} MiB");
    assert!(took < Duration::from_secs(120), "{took:?}");
    assert!(peak < 2_000, "{peak} MiB");
}
