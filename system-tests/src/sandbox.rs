//! The real program on a folder of its own.

use crate::{Client, EACH_ALONE, Stack};
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

/// The variable that chooses what the sites of the tests stand on: `embedded`, or `servers` for
/// real servers with each service in a process of its own.
const BACKENDS: &str = "MICROLEARN_TEST_BACKENDS";

/// Whatever port is free.
const ANY_PORT: &str = "127.0.0.1:0";

/// A site of its own.
#[derive(Debug)]
pub struct Sandbox {
    site: Site,
    /// Where it answers.
    pub url: String,
    /// What it printed until it was ready.
    pub printed: Vec<String>,
}

#[derive(Debug)]
enum Site {
    Embedded { folder: TempDir, process: Child },
    Distributed(Box<Stack>),
}

impl Sandbox {
    /// An empty site on the backends that the environment asks for; embedded if it does not.
    pub async fn start() -> Result<Self> {
        if std::env::var(BACKENDS).is_ok_and(|asked| asked == "servers") {
            return Self::distributed().await;
        }
        Self::embedded().await
    }

    /// An empty embedded site.
    pub async fn embedded() -> Result<Self> {
        Self::embedded_with(&[("MICROLEARN_ADMIN_PASSWORD", PASSWORD)]).await
    }

    /// The same with these environment variables.
    pub async fn embedded_with(environment: &[(&str, &str)]) -> Result<Self> {
        Self::embedded_at(ANY_PORT, environment).await
    }

    /// The same at an address that others must know before it is there.
    pub async fn embedded_at(address: &str, environment: &[(&str, &str)]) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (process, url, printed) = spawn(folder.path(), address, environment).await?;
        Ok(Self {
            site: Site::Embedded { folder, process },
            url,
            printed,
        })
    }

    async fn distributed() -> Result<Self> {
        let stack = Stack::start(&EACH_ALONE).await?;
        Ok(Self {
            url: stack.url.clone(),
            site: Site::Distributed(Box::new(stack)),
            printed: Vec::new(),
        })
    }

    /// Ends every process of the program without warning, as a power cut would.
    pub async fn kill(&mut self) -> Result<()> {
        match &mut self.site {
            Site::Embedded { process, .. } => process.kill().await.context("kill -9"),
            Site::Distributed(stack) => {
                for number in 0..stack.count() {
                    stack.kill(number).await?;
                }
                Ok(())
            }
        }
    }

    /// Starts the program again on what it left; an embedded one on another port.
    pub async fn restart(&mut self) -> Result<()> {
        match &mut self.site {
            Site::Embedded { folder, process } => {
                (*process, self.url, self.printed) = spawn(folder.path(), ANY_PORT, &[]).await?;
            }
            Site::Distributed(stack) => {
                for number in 0..stack.count() {
                    stack.revive(number).await?;
                }
                self.url.clone_from(&stack.url);
            }
        }
        Ok(())
    }

    /// The folder of an embedded site.
    pub fn folder(&self) -> Result<&Path> {
        match &self.site {
            Site::Embedded { folder, .. } => Ok(folder.path()),
            Site::Distributed(_) => bail!("a site on servers has no folder; use Sandbox::embedded"),
        }
    }

    /// The most memory that the process of an embedded site has held since it was started.
    pub fn peak_mib(&self) -> Result<u64> {
        let Site::Embedded { process, .. } = &self.site else {
            bail!("a site on servers is many processes; use Sandbox::embedded");
        };
        let pid = process.id().context("the process has ended")?;
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
    address: &str,
    environment: &[(&str, &str)],
) -> Result<(Child, String, Vec<String>)> {
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.join("stderr.log"))?;
    let mut process = Command::new(program()?)
        .args(["up", "--listen", address, "--data"])
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
