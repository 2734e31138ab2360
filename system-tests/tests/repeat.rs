//! What is promised of the model file: the same file, seed and work-unit budget give the same bytes,
//! and a limit for its answers is kept.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use ml::artefact::ModelFile;
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;
use system_tests::{datasets, program};

/// Trains on a table with so many slots and bytes of memory.
async fn train(
    (table, target): (&Path, &str),
    units: &str,
    (slots, memory): (&str, &str),
    more: &[&str],
) -> (Vec<u8>, Value) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("it.mlmodel");
    let output = tokio::process::Command::new(program().unwrap())
        .args(["train", "--target", target, "--json"])
        .args(["--exclude", "rownames"])
        .args(["--work-units", units, "--seed", "7"])
        .args(more)
        .arg("--out")
        .arg(&out)
        .arg(table)
        .env("MICROLEARN__WORK__COMPUTE_SLOTS", slots)
        .env("MICROLEARN__WORK__MEMORY_BYTES", memory)
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
    let penguins = datasets().join("penguins.csv");
    let table = (penguins.as_path(), "species");
    let (first, story) = train(table, "60", ("1", "0"), &[]).await;
    for slots in ["1", "2", "4"] {
        let (again, told) = train(table, "60", (slots, "0"), &[]).await;
        assert_eq!(told, story, "{slots} workers");
        assert!(again == first, "the artefacts differ with {slots} workers");
    }
}

/// Twelve thousand rows are enough for a race, and little memory for a part of them.
#[tokio::test]
async fn the_same_after_a_race_and_with_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.csv");
    let mut text = String::from("rownames,a,b,c,d,answer\n");
    for row in 0..15_500_u32 {
        let chance = |by: u32| f64::from(row.wrapping_mul(by) >> 8) / f64::from(1 << 24);
        let (a, b, c) = (
            chance(2_654_435_761),
            chance(2_246_822_519),
            chance(3_266_489_917),
        );
        let word = ["x", "y", "z"][(row % 3) as usize];
        let answer = a + b * b + if word == "x" { 0.4 } else { 0.0 } + 0.3 * c > 1.0;
        writeln!(text, "{row},{a:.4},{b:.4},{c:.4},{word},{answer}").unwrap();
    }
    std::fs::write(&path, text).unwrap();
    let table = (path.as_path(), "answer");
    let (first, story) = train(table, "1500", ("1", "0"), &[]).await;
    for (slots, memory) in [("2", "0"), ("4", "100000000")] {
        let (again, told) = train(table, "1500", (slots, memory), &[]).await;
        assert_eq!(told, story, "{slots} workers, {memory} bytes");
        assert!(again == first, "the artefacts differ with {slots} workers");
    }
}

/// Milliseconds that the model counts for an answer, and its algorithm.
async fn answering(limit: Option<f64>) -> (f64, String) {
    let titanic = datasets().join("titanic.csv");
    let limit = limit.map(|limit| limit.to_string());
    let more: Vec<&str> = limit
        .iter()
        .flat_map(|limit| ["--predict-limit-ms", limit])
        .collect();
    let (file, story) = train((&titanic, "survived"), "400", ("2", "0"), &more).await;
    let file = ModelFile::from_bytes(&file).unwrap();
    let mut models = story["leaderboard"].as_array().unwrap().iter();
    let chosen = models.find(|model| model["chosen"] == true).unwrap();
    let chosen = chosen["algorithm"].as_str().unwrap().to_owned();
    (file.row_nanoseconds() / 1e6, chosen)
}

#[tokio::test]
async fn a_limit_for_answers_is_kept() {
    let (free, _) = answering(None).await;
    for part in [0.5, 0.1] {
        let limit = part * free;
        let (needed, algorithm) = answering(Some(limit)).await;
        assert!(needed <= limit, "{algorithm}: {needed} ms of {limit}");
        assert_ne!(
            algorithm, "baseline",
            "something has learned within {limit} ms"
        );
    }
}
