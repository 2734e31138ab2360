//! What is typed or set wrongly ends with exit code 64, one clear message and nothing begun.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

fn microlearn(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_microlearn"))
        .args(arguments)
        .envs(environment.iter().copied())
        .current_dir(folder)
        .output()
        .unwrap()
}

/// Ends with this code, says `word` on standard error and nothing on standard output, and leaves
/// nothing in the folder but what was there.
fn ends(code: i32, word: &str, arguments: &[&str], environment: &[(&str, &str)]) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.csv"), "x,y\n1,2\n").unwrap();
    std::fs::write(folder.path().join("odd.toml"), "[work]\nslots = 2\n").unwrap();
    std::fs::write(folder.path().join("broken.toml"), "[work\n").unwrap();
    let ended = microlearn(folder.path(), arguments, environment);
    let told = String::from_utf8(ended.stderr).unwrap();
    let shown = format!("{arguments:?} {environment:?}: {told}");
    assert_eq!(ended.status.code(), Some(code), "{shown}");
    assert!(told.contains(word), "`{word}` is not said by {shown}");
    assert!(!told.contains("panicked"), "{shown}");
    assert!(ended.stdout.is_empty(), "{shown}");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 3, "{shown}");
}

#[test]
fn wrong_flags_and_commands_are_named() {
    let wrong: [(&str, &[&str]); 10] = [
        ("cook", &["cook"]),
        ("--colour", &["up", "--colour", "red"]),
        ("here", &["up", "--listen", "here"]),
        ("metrics_listen", &["up", "--metrics-listen", "here"]),
        ("--only", &["run"]),
        ("cook", &["run", "--only", "cook"]),
        ("--target", &["train", "a.csv"]),
        ("<FILE>", &["predict", "model"]),
        (
            "--seed",
            &["train", "a.csv", "--target", "y", "--seed", "x"],
        ),
        (
            "--work-units",
            &[
                "train",
                "a.csv",
                "--target",
                "y",
                "--budget",
                "9s",
                "--work-units",
                "1",
            ],
        ),
    ];
    for (word, arguments) in wrong {
        ends(64, word, arguments, &[]);
    }
}

#[test]
fn wrong_values_of_a_training_are_named() {
    for (flag, value) in [
        ("--task", "guess"),
        ("--metric", "beauty"),
        ("--budget", "soon"),
        ("--budget", "0s"),
        ("--work-units", "0"),
        ("--candidates", "magic"),
    ] {
        let arguments = ["train", "a.csv", "--target", "y", flag, value];
        ends(64, value.trim_end_matches('s'), &arguments, &[]);
    }
}

#[test]
fn wrong_settings_are_named() {
    for command in ["up", "config", "doctor"] {
        ends(64, "slots", &[command, "--config", "odd.toml"], &[]);
    }
    ends(
        64,
        "broken.toml",
        &["config", "--config", "broken.toml"],
        &[],
    );
    ends(64, "no.toml", &["up", "--config", "no.toml"], &[]);
    let misspelt = [("MICROLEARN__WORK__SLOTS", "2")];
    ends(64, "slots", &["up"], &misspelt);
    let wrong = [("MICROLEARN__WORK__COMPUTE_SLOTS", "many")];
    ends(64, "compute_slots", &["up"], &wrong);
    let unknown = [("MICROLEARN__STORE__URL", "mysql://db/site")];
    ends(64, "mysql", &["run", "--only", "trainer"], &unknown);
    let folder = tempfile::tempdir().unwrap();
    let doctor = microlearn(folder.path(), &["doctor"], &unknown);
    assert_eq!(doctor.status.code(), Some(64));
}

#[test]
fn help_and_version_are_answers() {
    let folder = tempfile::tempdir().unwrap();
    for question in ["--help", "--version"] {
        let ended = microlearn(folder.path(), &[question], &[]);
        assert_eq!(ended.status.code(), Some(0), "{question}");
        assert!(!ended.stdout.is_empty() && ended.stderr.is_empty());
    }
}

/// The site's folder is not made and no password is told by a program that cannot be reached.
#[test]
fn an_address_that_is_taken_is_told_before_anything_is_begun() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = other.local_addr().unwrap().to_string();
    ends(1, &taken, &["up", "--listen", &taken], &[]);
    ends(1, "--listen", &["up", "--listen", &taken], &[]);
    let metrics = ["up", "--listen", "127.0.0.1:0", "--metrics-listen", &taken];
    ends(1, "--metrics-listen", &metrics, &[]);
    ends(
        1,
        &taken,
        &["run", "--only", "dashboard", "--listen", &taken],
        &[],
    );
}
