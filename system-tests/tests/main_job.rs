//! A file becomes a deployed model that answers.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use serde_json::{Value, json};
use system_tests::{Client, Sandbox, datasets, program};

fn spec(dataset: &Value, target: &str) -> Value {
    json!({"dataset_id": dataset["id"], "target": target, "task": "auto",
           "budget": {"seconds": 8}, "exclude_columns": ["rownames"]})
}

#[tokio::test]
async fn penguins_become_an_endpoint_that_agrees_with_the_offline_prediction() {
    let sandbox = Sandbox::start().await.unwrap();
    let admin = sandbox.admin().await.unwrap();
    let dataset = admin
        .dataset(&datasets().join("penguins.csv"))
        .await
        .unwrap();
    assert_eq!(
        (&dataset["rows"], &dataset["state"]),
        (&json!(344), &json!("ready"))
    );

    let mut asked = spec(&dataset, "species");
    asked["metric"] = json!("accuracy");
    asked["deploy"] = json!({"mode": "auto", "name": "penguins"});
    let id = admin.start(&asked).await.unwrap();
    let pipeline = admin.finished(&id).await.unwrap();
    assert_eq!(pipeline["state"], "succeeded", "{pipeline}");
    for stage in pipeline["stages"].as_array().unwrap() {
        assert_eq!(stage["state"], "succeeded", "{stage}");
    }
    assert_eq!(
        pipeline["deployment"],
        json!({"name": "penguins", "version": 1})
    );

    let board = admin
        .get(&format!("/api/v1/pipelines/{id}/leaderboard"))
        .await
        .unwrap();
    let board = board.as_array().unwrap();
    assert!(board.len() >= 5, "{} algorithms", board.len());
    let best = &board[0];
    let score = best["test_score"].as_f64().unwrap();
    assert!(score >= 0.97, "accuracy {score}");
    let (lo, hi) = (
        best["test_ci"][0].as_f64().unwrap(),
        best["test_ci"][1].as_f64().unwrap(),
    );
    assert!(
        (lo..=hi).contains(&score),
        "{score} lies outside [{lo}, {hi}]"
    );
    let trials = admin
        .get(&format!("/api/v1/pipelines/{id}/trials"))
        .await
        .unwrap();
    assert!(trials["items"].as_array().unwrap().len() >= 10);

    let path = format!("/api/v1/models/{}", best["model_id"].as_str().unwrap());
    let model = admin.get(&path).await.unwrap();
    let records = agree(&admin, &dataset, &model).await;

    // One record is answered as a list of one.
    let (status, one) = admin
        .post("/predictions/penguins", &records[0])
        .await
        .unwrap();
    assert!(status.is_success(), "{one}");
    assert_eq!(one["predictions"].as_array().unwrap().len(), 1);
    let shares = one["probabilities"][0].as_object().unwrap();
    let sum: f64 = shares.values().map(|share| share.as_f64().unwrap()).sum();
    assert_eq!(shares.len(), 3);
    assert!((sum - 1.0).abs() < 1e-9, "{sum}");

    // The story can be read: events without gaps, a timeline, plots and a report.
    let timeline = admin
        .get(&format!("/api/v1/pipelines/{id}/timeline"))
        .await
        .unwrap();
    for kind in ["compute", "trial"] {
        let bars = timeline["items"].as_array().unwrap();
        assert!(
            bars.iter().any(|bar| bar["kind"] == kind),
            "no bar of kind {kind}"
        );
    }
    let plots = admin
        .get(&format!("/api/v1/pipelines/{id}/plots"))
        .await
        .unwrap();
    for plot in plots["items"].as_array().unwrap() {
        let svg = admin.get(plot["url"].as_str().unwrap()).await.unwrap();
        assert!(svg.as_str().unwrap().contains("<svg"), "{plot}");
    }
    let report = admin
        .get(&format!("/api/v1/pipelines/{id}/report"))
        .await
        .unwrap();
    assert!(report.as_str().unwrap().contains("</html>"));
}

/// The endpoint `penguins` and the artefact's offline prediction agree, row by row; gives the records.
async fn agree(admin: &Client, dataset: &Value, model: &Value) -> Vec<Value> {
    let id = dataset["id"].as_str().unwrap();
    let preview = format!("/api/v1/datasets/{id}/preview?rows=100");
    let records = records(&admin.get(&preview).await.unwrap());
    let (status, online) = admin
        .post("/predictions/penguins", &json!(records))
        .await
        .unwrap();
    assert!(status.is_success(), "{online}");
    let offline = offline(admin, model).await;
    let shares = online["probabilities"].as_array().unwrap();
    let online = online["predictions"].as_array().unwrap();
    assert_eq!(online.len(), 100);
    for ((class, shares), (expected, by_class)) in online.iter().zip(shares).zip(&offline) {
        assert_eq!(class, expected);
        for (name, expected) in ["Adelie", "Chinstrap", "Gentoo"].iter().zip(by_class) {
            let share = shares[name].as_f64().unwrap();
            assert!(
                (share - expected).abs() < 1e-12,
                "{name}: {share} and {expected}"
            );
        }
    }
    records
}

fn records(preview: &Value) -> Vec<Value> {
    let names = preview["columns"].as_array().unwrap();
    let rows = preview["rows"].as_array().unwrap();
    rows.iter()
        .map(|row| {
            let cells = names.iter().zip(row.as_array().unwrap());
            cells
                .map(|(name, cell)| (name.as_str().unwrap().to_owned(), cell.clone()))
                .collect()
        })
        .collect()
}

/// The same rows predicted by `microlearn predict` with the model as anybody downloads it: classes,
/// and the share of each.
async fn offline(admin: &Client, model: &Value) -> Vec<(String, Vec<f64>)> {
    let path = format!("/api/v1/models/{}/export", model["id"].as_str().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("best.mlmodel");
    std::fs::write(&file, admin.download(&path).await.unwrap()).unwrap();
    let output = tokio::process::Command::new(program().unwrap())
        .arg("predict")
        .arg(file)
        .arg(datasets().join("penguins.csv"))
        .output()
        .await
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines = text.lines();
    assert_eq!(
        lines.next(),
        Some("prediction,p_Adelie,p_Chinstrap,p_Gentoo")
    );
    let row = |line: &str| {
        let mut cells = line.split(',');
        let class = cells.next().unwrap().to_owned();
        (class, cells.map(|cell| cell.parse().unwrap()).collect())
    };
    lines.map(row).collect()
}

#[tokio::test]
async fn every_task_ends_in_an_endpoint() {
    let sandbox = Sandbox::start().await.unwrap();
    let admin = sandbox.admin().await.unwrap();
    let tables = [
        ("titanic.csv", "survived", "binary"),
        ("student-por.csv", "G3", "regression"),
        ("iris.csv", "species", "multiclass"),
    ];
    for (file, target, task) in tables {
        let dataset = admin.dataset(&datasets().join(file)).await.unwrap();
        let asked = json!({"dataset_id": dataset["id"], "target": target,
                           "budget": {"work_units": 60},
                           "deploy": {"mode": "auto", "name": task}});
        let id = admin.start(&asked).await.unwrap();
        let pipeline = admin.finished(&id).await.unwrap();
        assert_eq!(pipeline["state"], "succeeded", "{file}: {pipeline}");
        assert_eq!(pipeline["task"], task, "{file}");
        let path = format!("/api/v1/pipelines/{id}/leaderboard");
        let board = admin.get(&path).await.unwrap();
        let best = &board[0];
        let score = best["test_score"].as_f64().unwrap();
        let interval = &best["test_ci"];
        let (lo, hi) = (interval[0].as_f64().unwrap(), interval[1].as_f64().unwrap());
        assert!(
            (lo..=hi).contains(&score),
            "{file}: {score} in {lo} to {hi}"
        );
        let path = format!(
            "/api/v1/datasets/{}/preview?rows=20",
            dataset["id"].as_str().unwrap()
        );
        let records = records(&admin.get(&path).await.unwrap());
        let (status, answer) = admin
            .post(&format!("/predictions/{task}"), &json!(records))
            .await
            .unwrap();
        assert!(status.is_success(), "{file}: {answer}");
        assert_eq!(
            answer["predictions"].as_array().unwrap().len(),
            records.len()
        );
    }
}

#[tokio::test]
async fn what_is_left_of_a_budget_goes_to_other_cuts_and_to_all_rows() {
    let sandbox = Sandbox::start().await.unwrap();
    let admin = sandbox.admin().await.unwrap();
    let penguins = datasets().join("penguins.csv");
    let dataset = admin.dataset(&penguins).await.unwrap();
    let mut asked = spec(&dataset, "species");
    // As many trials as there may be leave most of it.
    asked["budget"] = json!({"work_units": 200});
    asked["candidates"] = json!(["knn"]);
    asked["deploy"] = json!({"mode": "auto", "name": "penguins"});
    let id = admin.start(&asked).await.unwrap();
    let pipeline = admin.finished(&id).await.unwrap();
    assert_eq!(pipeline["state"], "succeeded", "{pipeline}");

    let timeline = format!("/api/v1/pipelines/{id}/timeline");
    let timeline = admin.get(&timeline).await.unwrap();
    let bars = timeline["items"].as_array().unwrap();
    for stage in ["train", "deploy"] {
        let fold = |bar: &&Value| bar["kind"] == "fold" && bar["stage"] == stage;
        assert!(bars.iter().any(|bar| fold(&bar)), "{stage}: {timeline}");
    }
    let logs = format!("/api/v1/pipelines/{id}/logs");
    let logs = admin.get(&logs).await.unwrap().to_string();
    assert!(logs.contains("deploy.refitted"), "{logs}");

    // What answers is the model that is downloaded: that of all rows.
    let board = format!("/api/v1/pipelines/{id}/leaderboard");
    let board = admin.get(&board).await.unwrap();
    let path = format!("/api/v1/models/{}", board[0]["model_id"].as_str().unwrap());
    let model = admin.get(&path).await.unwrap();
    agree(&admin, &dataset, &model).await;
}

#[tokio::test]
async fn the_same_table_in_other_clothes_gives_the_same_profile_and_score() {
    let sandbox = Sandbox::start().await.unwrap();
    let admin = sandbox.admin().await.unwrap();
    let csv = std::fs::read_to_string(datasets().join("penguins.csv")).unwrap();
    let (names, rows) = parse(&csv);
    let forms = [
        ("penguins.csv", csv.clone().into_bytes()),
        ("records.json", as_records(&names, &rows)),
        ("columns.json", as_columns(&names, &rows)),
        ("lines.ndjson", as_lines(&names, &rows)),
    ];
    let mut seen: Option<(Value, Value)> = None;
    for (name, bytes) in forms {
        let (status, dataset) = admin.upload(name, bytes).await.unwrap();
        assert_eq!(status, 201, "{name}: {dataset}");
        let dataset = admin
            .read_dataset(dataset["id"].as_str().unwrap())
            .await
            .unwrap();
        let profile = format!(
            "/api/v1/datasets/{}/profile",
            dataset["id"].as_str().unwrap()
        );
        let profile = admin.get(&profile).await.unwrap();
        let mut asked = spec(&dataset, "species");
        asked["budget"] = json!({"work_units": 20});
        asked["candidates"] = json!(["baseline", "random_forest"]);
        asked["stop_after"] = json!("evaluate");
        let id = admin.start(&asked).await.unwrap();
        let ended = admin.finished(&id).await.unwrap();
        assert_eq!(ended["state"], "succeeded", "{name}: {ended}");
        let board = admin
            .get(&format!("/api/v1/pipelines/{id}/leaderboard"))
            .await
            .unwrap();
        let scores = json!([
            board[0]["algorithm"],
            board[0]["cv_score"],
            board[0]["test_score"]
        ]);
        match &seen {
            None => seen = Some((profile, scores)),
            Some((first, score)) => {
                assert_eq!(*first, profile, "{name}");
                assert_eq!(*score, scores, "{name}");
            }
        }
    }
}

fn parse(csv: &str) -> (Vec<String>, Vec<Vec<Value>>) {
    let mut lines = csv
        .lines()
        .map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let names = lines.next().unwrap();
    let cell = |text: String| match (text.as_str(), text.parse::<f64>()) {
        ("" | "NA", _) => Value::Null,
        (_, Ok(number)) if number.fract() == 0.0 => json!(number as i64),
        (_, Ok(number)) => json!(number),
        _ => json!(text),
    };
    (
        names,
        lines
            .map(|row| row.into_iter().map(cell).collect())
            .collect(),
    )
}

/// JSON text by hand, for the order of columns is part of what is tested.
fn record(names: &[String], row: &[Value]) -> String {
    let fields: Vec<String> = names
        .iter()
        .zip(row)
        .map(|(name, value)| format!("{}:{value}", json!(name)))
        .collect();
    format!("{{{}}}", fields.join(","))
}

fn as_lines(names: &[String], rows: &[Vec<Value>]) -> Vec<u8> {
    let lines: Vec<String> = rows.iter().map(|row| record(names, row)).collect();
    lines.join("\n").into_bytes()
}

fn as_records(names: &[String], rows: &[Vec<Value>]) -> Vec<u8> {
    let records: Vec<String> = rows.iter().map(|row| record(names, row)).collect();
    format!("[{}]", records.join(",\n")).into_bytes()
}

fn as_columns(names: &[String], rows: &[Vec<Value>]) -> Vec<u8> {
    let column = |place: usize| rows.iter().map(|row| row[place].clone()).collect();
    let columns: Vec<Value> = (0..names.len()).map(column).collect();
    record(names, &columns).into_bytes()
}
