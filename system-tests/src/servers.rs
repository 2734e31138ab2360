//! Real servers: PostgreSQL, NATS, Valkey and SeaweedFS, started by `scripts/servers.py`.

use anyhow::{Context, bail};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Servers on free ports, gone with this value or with this process.
#[derive(Debug)]
pub struct Servers {
    child: Child,
    told: Value,
}

impl Servers {
    /// Starts all four.
    pub fn start() -> anyhow::Result<Self> {
        Self::of("postgres,nats,redis,s3")
    }

    /// Starts those that are named, separated by commas.
    pub fn of(names: &str) -> anyhow::Result<Self> {
        let mut child = Command::new("python3")
            .arg(script())
            .args(["up", "--only", names])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("python3 could not be started")?;
        let stdout = child.stdout.take().context("the servers say nothing")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let told = serde_json::from_str(&line)
            .with_context(|| format!("the servers did not start: {line:?}"))?;
        Ok(Self { child, told })
    }

    /// The URL of `store`, `bus`, `cache` or `artifacts`.
    #[must_use]
    pub fn url(&self, port: &str) -> &str {
        self.told[port].as_str().unwrap_or_default()
    }

    /// Where their data lies.
    #[must_use]
    pub fn folder(&self) -> &Path {
        Path::new(self.told["dir"].as_str().unwrap_or_default())
    }

    /// Does `stop`, `start`, `restart` or `wipe` to one of them; it keeps its port.
    pub fn act(&self, what: &str, name: &str) -> anyhow::Result<()> {
        let done = Command::new("python3")
            .arg(script())
            .args([what, name, "--dir"])
            .arg(self.folder())
            .stdout(Stdio::null())
            .status()?;
        if !done.success() {
            bail!("{what} {name} failed: {done}");
        }
        Ok(())
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        // It stops its servers by itself when asked kindly; `kill` alone would leave it no time.
        let asked = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        if asked.is_err() {
            self.child.kill().ok();
        }
        self.child.wait().ok();
    }
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/servers.py")
}
