//! A dataset outlives a bad file: it goes on with the last version that could be read.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use reqwest::multipart::{Form, Part};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use system_tests::{Client, Sandbox};

fn table(rows: usize) -> String {
    let line = |row: usize| format!("{}.5,{}\n", row % 17, ["no", "yes"][row % 2]);
    let lines: String = (0..rows).map(line).collect();
    format!("size,answer\n{lines}")
}

async fn next_version(admin: &Client, id: &str, file: &str, text: &str) -> (StatusCode, Value) {
    let part = Part::bytes(text.as_bytes().to_vec()).file_name(file.to_owned());
    let path = format!("/api/v1/datasets/{id}/versions");
    let request = admin.request(Method::POST, &path);
    let request = request.multipart(Form::new().part("file", part));
    admin.send(request).await.unwrap()
}

#[tokio::test]
async fn a_version_that_cannot_be_read_takes_nothing_from_the_dataset() {
    let sandbox = Sandbox::embedded().await.unwrap();
    let admin = sandbox.admin().await.unwrap();
    let (status, dataset) = admin
        .upload("good.csv", table(150).into_bytes())
        .await
        .unwrap();
    assert_eq!(status, 201, "{dataset}");
    let id = dataset["id"].as_str().unwrap();
    let path = format!("/api/v1/datasets/{id}");
    let (status, refused) = next_version(&admin, id, "bad.csv", "a,b\n1,2\n1,2,3,4\n").await;
    assert_eq!(status, 422, "{refused}");
    assert_eq!(refused["error"]["code"], "dataset.ragged_row");
    assert_eq!(refused["error"]["details"]["version"], 2);

    // It is what it was, and says which file failed and why.
    let shown = admin.get(&path).await.unwrap();
    let told = [&shown["state"], &shown["version"], &shown["rows"]];
    assert_eq!(told, [&json!("ready"), &json!(1), &json!(150)]);
    assert_eq!(shown["error"], Value::Null);
    let newest = &shown["newest"];
    assert_eq!(
        (&newest["version"], &newest["state"], &newest["file_name"]),
        (&json!(2), &json!("failed"), &json!("bad.csv"))
    );
    assert_eq!(newest["error"]["code"], "dataset.ragged_row");
    for part in ["profile", "preview", "download"] {
        admin.download(&format!("{path}/{part}")).await.unwrap();
    }
    let spec = json!({"dataset_id": id, "target": "answer", "candidates": ["baseline"],
                      "budget": {"work_units": 1}, "stop_after": "prepare"});
    let pipeline = admin.start(&spec).await.unwrap();
    let ended = admin.finished(&pipeline).await.unwrap();
    assert_eq!(ended["state"], "succeeded", "{ended}");
    assert_eq!(ended["dataset_version"], 1);

    // Every file is in the list; a good one takes over.
    let listed = admin
        .get(&format!("{path}/versions?limit=1"))
        .await
        .unwrap();
    assert_eq!(listed["items"][0]["version"], 2);
    let cursor = listed["next_cursor"].as_str().unwrap();
    let rest = format!("{path}/versions?limit=1&cursor={cursor}");
    let rest = admin.get(&rest).await.unwrap();
    assert_eq!(rest["items"][0]["version"], 1);
    assert_eq!(rest["next_cursor"], Value::Null);
    let (status, shown) = next_version(&admin, id, "better.csv", &table(200)).await;
    assert_eq!(status, 201, "{shown}");
    let told = [&shown["version"], &shown["rows"], &shown["newest"]];
    assert_eq!(told, [&json!(3), &json!(200), &Value::Null]);
}

/// The first rows are kept when the file is read: a look at them opens no file.
#[tokio::test]
async fn the_first_rows_are_shown_without_the_file() {
    let sandbox = Sandbox::embedded().await.unwrap();
    let admin = sandbox.admin().await.unwrap();
    let (_, dataset) = admin
        .upload("good.csv", table(150).into_bytes())
        .await
        .unwrap();
    let id = dataset["id"].as_str().unwrap();
    let preview = async |rows: u32| {
        let path = format!("/api/v1/datasets/{id}/preview?rows={rows}");
        admin.get(&path).await
    };
    let from_file = preview(101).await.unwrap();
    assert_eq!(from_file["rows"].as_array().unwrap().len(), 101);
    let files = sandbox
        .folder()
        .unwrap()
        .join("site/artifacts/datasets")
        .join(id);
    std::fs::remove_dir_all(files).unwrap();
    let kept = preview(100).await.unwrap();
    assert_eq!(kept["total_rows"], 150);
    let first = from_file["rows"].as_array().unwrap()[..100].to_vec();
    assert_eq!(kept["rows"], json!(first));
    assert_eq!(
        preview(3).await.unwrap()["rows"].as_array().unwrap().len(),
        3
    );
    assert!(preview(101).await.is_err(), "more are in the file alone");
}
