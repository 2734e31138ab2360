//! The same file, seed and work-unit budget give the same bytes.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use serde_json::Value;
use system_tests::{datasets, program};

async fn train(folder: &std::path::Path, name: &str, slots: &str) -> (Vec<u8>, Value) {
    let out = folder.join(name);
    let output = tokio::process::Command::new(program().unwrap())
        .args([
            "train",
            "--target",
            "species",
            "--exclude",
            "rownames",
            "--json",
        ])
        .args(["--work-units", "60", "--seed", "7"])
        .arg("--out")
        .arg(&out)
        .arg(datasets().join("penguins.csv"))
        .env("MICROLEARN__WORK__COMPUTE_SLOTS", slots)
        .output()
        .await
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut story: Value = serde_json::from_slice(&output.stdout).unwrap();
    // Where it lies and what was measured by the clock may differ; nothing else.
    for field in ["model", "seconds"] {
        story.as_object_mut().unwrap().remove(field);
    }
    for row in story["leaderboard"].as_array_mut().unwrap() {
        for field in ["fit_seconds", "predict_us_per_row"] {
            row.as_object_mut().unwrap().remove(field);
        }
    }
    (std::fs::read(out).unwrap(), story)
}

#[tokio::test]
async fn twice_the_same_on_any_number_of_workers() {
    let folder = tempfile::tempdir().unwrap();
    let (first, story) = train(folder.path(), "first.mlmodel", "1").await;
    for (name, slots) in [("second.mlmodel", "1"), ("third.mlmodel", "3")] {
        let (again, told) = train(folder.path(), name, slots).await;
        assert_eq!(told, story, "{slots} workers");
        assert!(again == first, "the artefacts differ with {slots} workers");
    }
}
