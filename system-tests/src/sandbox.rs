//! The real program on a folder of its own.

use crate::Client;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// The admin's password in every sandbox.
pub const PASSWORD: &str = "a-long-enough-password";

/// The program that `cargo build --release` made.
pub fn program() -> Result<PathBuf> {
    if let Some(given) = std::env::var_os("MICROLEARN_BIN") {
        return Ok(given.into());
    }
    // Tests lie in <target>/release/deps, the program beside that folder.
    let test = std::env::current_exe()?;
    let folder = test.ancestors().nth(2).context("the test lies nowhere")?;
    let program = folder.join("microlearn");
    if !program.exists() {
        bail!("{} is not there; run `make build` first", program.display());
    }
    Ok(program)
}

/// The folder of the shipped tables.
#[must_use]
pub fn datasets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets")
}

/// A site in a temporary folder.
#[derive(Debug)]
pub struct Sandbox {
    folder: TempDir,
    process: Child,
    /// Where it answers.
    pub url: String,
    /// What it printed until it was ready.
    pub printed: Vec<String>,
}

impl Sandbox {
    /// Starts the program on an empty folder.
    pub async fn start() -> Result<Self> {
        Self::start_with(&[("MICROLEARN_ADMIN_PASSWORD", PASSWORD)]).await
    }

    /// Starts it with these environment variables.
    pub async fn start_with(environment: &[(&str, &str)]) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (process, url, printed) = spawn(folder.path(), environment).await?;
        Ok(Self {
            folder,
            process,
            url,
            printed,
        })
    }

    /// Ends the process without warning, as a power cut would.
    pub async fn kill(&mut self) -> Result<()> {
        self.process.kill().await.context("kill -9")
    }

    /// Starts the program again on the same folder; on another port.
    pub async fn restart(&mut self) -> Result<()> {
        let (process, url, printed) = spawn(self.folder.path(), &[]).await?;
        (self.process, self.url, self.printed) = (process, url, printed);
        Ok(())
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The process's id.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.process.id()
    }

    /// The most memory that the process has held since it was started.
    pub fn peak_mib(&self) -> Result<u64> {
        let pid = self.pid().context("the process has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = status.lines().find(|line| line.starts_with("VmHWM:"));
        let kib = line.and_then(|line| line.split_whitespace().nth(1));
        Ok(kib.context("no peak is told")?.parse::<u64>()? / 1024)
    }

    /// A client that is signed in as the admin.
    pub async fn admin(&self) -> Result<Client> {
        Client::sign_in(&self.url, "admin", PASSWORD).await
    }
}

async fn spawn(
    folder: &Path,
    environment: &[(&str, &str)],
) -> Result<(Child, String, Vec<String>)> {
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.join("stderr.log"))?;
    let mut process = Command::new(program()?)
        .args(["up", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.join("site"))
        .envs(environment.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::from(log))
        .kill_on_drop(true)
        .spawn()?;
    let mut lines = BufReader::new(process.stdout.take().context("no standard output")?).lines();
    let mut printed = Vec::new();
    let ready = async {
        while let Some(line) = lines.next_line().await? {
            let url = line.strip_prefix("listening on ").map(str::to_owned);
            printed.push(line);
            if let Some(url) = url {
                return Ok(url);
            }
        }
        let log = std::fs::read_to_string(folder.join("stderr.log"))?;
        bail!("the program ended before it was ready: {log}")
    };
    let url = tokio::time::timeout(Duration::from_secs(60), ready).await??;
    Ok((process, url, printed))
}
