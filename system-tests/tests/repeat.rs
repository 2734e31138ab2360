//! The same file, seed and work-unit budget give the same bytes.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use serde_json::Value;
use std::fmt::Write;
use std::path::Path;
use system_tests::{datasets, program};

/// Trains on a table with so many slots and bytes of memory.
async fn train(
    (table, target): (&Path, &str),
    units: &str,
    (slots, memory): (&str, &str),
) -> (Vec<u8>, Value) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("it.mlmodel");
    let output = tokio::process::Command::new(program().unwrap())
        .args(["train", "--target", target, "--json"])
        .args(["--exclude", "rownames"])
        .args(["--work-units", units, "--seed", "7"])
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
    let (first, story) = train(table, "60", ("1", "0")).await;
    for slots in ["1", "2", "4"] {
        let (again, told) = train(table, "60", (slots, "0")).await;
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
    let (first, story) = train(table, "1500", ("1", "0")).await;
    for (slots, memory) in [("2", "0"), ("4", "100000000")] {
        let (again, told) = train(table, "1500", (slots, memory)).await;
        assert_eq!(told, story, "{slots} workers, {memory} bytes");
        assert!(again == first, "the artefacts differ with {slots} workers");
    }
}
