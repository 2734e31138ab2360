//! Puts the commit into the program, for `--version`.

use std::process::Command;

fn main() {
    let git = |args: &[&str]| {
        let output = Command::new("git").args(args).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        (output.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
    };
    // Where there is no repository, as in a container's build, whoever builds says it.
    let said = std::env::var("MICROLEARN_COMMIT")
        .ok()
        .filter(|commit| !commit.is_empty());
    println!("cargo::rerun-if-env-changed=MICROLEARN_COMMIT");
    let commit = git(&["rev-parse", "--short=12", "HEAD"]).or(said);
    let commit = commit.unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env=MICROLEARN_COMMIT={commit}");
    // HEAD names the branch; its log grows with every commit and every checkout.
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"]) {
        println!("cargo::rerun-if-changed={log}");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
