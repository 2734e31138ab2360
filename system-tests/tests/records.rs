//! What is asked of a model is read as what it learned from, over HTTP and from a file.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use serde_json::{Value, json};
use std::path::Path;
use std::process::Output;
use system_tests::{Client, Sandbox, program};

/// Records with one in another, and words where there is no value.
fn table() -> Vec<u8> {
    let row = |row: usize| {
        let grade = match row % 10 {
            9 => json!("abs"),
            _ => json!((row * 7 % 200) as f64 / 10.0),
        };
        let town = match row % 9 {
            8 => json!("NA"),
            other => json!(["Fès", "Lyon"][other % 2]),
        };
        let passed = if row * 7 % 200 > 100 { "yes" } else { "no" };
        json!({"pupil": {"grade": grade, "age": 10 + row % 5}, "town": town, "passed": passed})
    };
    let rows: Vec<Value> = (0..200).map(row).collect();
    serde_json::to_vec(&rows).unwrap()
}

async fn predicted(admin: &Client, record: Value) -> (u16, Value) {
    let (status, answer) = admin.post("/predictions/pupils", &record).await.unwrap();
    (status.as_u16(), answer)
}

async fn offline(folder: &Path, file: &str, content: &str) -> Output {
    std::fs::write(folder.join(file), content).unwrap();
    let mut predict = tokio::process::Command::new(program().unwrap());
    let predict = predict.args(["predict", "best.mlmodel", file]);
    predict.current_dir(folder).output().await.unwrap()
}

#[tokio::test]
async fn a_record_is_read_as_the_file_was() {
    let sandbox = Sandbox::start().await.unwrap();
    let admin = sandbox.admin().await.unwrap();
    let (status, dataset) = admin.upload("pupils.json", table()).await.unwrap();
    assert_eq!(status, 201, "{dataset}");
    let spec = json!({"dataset_id": dataset["id"], "target": "passed",
                      "candidates": ["random_forest"], "budget": {"work_units": 4},
                      "deploy": {"mode": "auto", "name": "pupils"}});
    let id = admin.start(&spec).await.unwrap();
    let ended = admin.finished(&id).await.unwrap();
    assert_eq!(ended["state"], "succeeded", "{ended}");

    // Words for no value say what null says, and records in records are columns.
    let ask = async |grade: Value, town: Value| {
        let pupil = json!({"grade": grade, "age": 12});
        let (status, answer) = predicted(&admin, json!({"pupil": pupil, "town": town})).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["notes"], Value::Null, "{answer}");
        answer["probabilities"].clone()
    };
    let nothing = ask(Value::Null, Value::Null).await;
    for (grade, town) in [("abs", "NA"), ("ABS", "?"), ("NA", "n/a"), ("", "unknown")] {
        assert_eq!(
            ask(json!(grade), json!(town)).await,
            nothing,
            "{grade} {town}"
        );
    }
    let flat = json!({"pupil.grade": 19.5, "pupil.age": 12, "town": "Lyon"});
    let (_, flat) = predicted(&admin, flat).await;
    assert_eq!(flat["probabilities"], ask(json!(19.5), json!("Lyon")).await);
    assert_eq!(flat["predictions"], json!(["yes"]));

    // What must be there is named; what may be missing is noted.
    let (status, answer) = predicted(&admin, json!({})).await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (422, &json!("prediction.no_columns"))
    );
    let (status, answer) = predicted(&admin, json!({"pupil": {"grade": 12}})).await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (422, &json!("prediction.missing_columns"))
    );
    assert_eq!(answer["error"]["details"]["columns"], json!(["pupil.age"]));
    let (status, answer) = predicted(&admin, json!({"pupil": {"age": 12}, "shoe": 43})).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(
        answer["notes"]["absent_columns"],
        json!({"pupil.grade": 1, "town": 1})
    );
    assert_eq!(answer["notes"]["unknown_columns"], json!({"shoe": 1}));

    // A file says the same.
    let board = format!("/api/v1/pipelines/{id}/leaderboard");
    let board = admin.get(&board).await.unwrap();
    let model = format!(
        "/api/v1/models/{}/export",
        board[0]["model_id"].as_str().unwrap()
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("best.mlmodel");
    std::fs::write(&file, admin.download(&model).await.unwrap()).unwrap();
    let told = async |file: &str, content: &str| {
        let ended = offline(folder.path(), file, content).await;
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (ended.status.code(), text(ended.stdout), text(ended.stderr))
    };
    let (code, out, _) = told("words.csv", "pupil.grade,pupil.age,town\nabs,12,NA\n,12,\n").await;
    assert_eq!(code, Some(0));
    let lines: Vec<&str> = out.lines().skip(1).collect();
    assert_eq!(lines[0], lines[1], "words and empty cells are alike");
    let (code, out, err) = told("few.csv", "pupil.grade,town\n12,Lyon\n13,Lyon\n").await;
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.contains("pupil.age"), "{err}");
    let (code, _, err) = told("none.csv", "x,y\n12,Lyon\n13,Lyon\n").await;
    assert_eq!(code, Some(1));
    assert!(err.contains("none of the columns"), "{err}");
    let (code, _, err) = told("some.csv", "pupil.age,shoe\n12,43\n13,41\n").await;
    assert_eq!(code, Some(0));
    assert!(err.contains("pupil.grade, town"), "{err}");
}
