//! The shape of a cluster: real servers, and the program in as many processes as one likes.

use crate::{Client, PASSWORD, Servers, program};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// One process of each role, as a small cluster has them.
pub const EACH_ALONE: [&str; 9] = [
    "dashboard",
    "serving",
    "data-preparer",
    "model-selector",
    "hyperopt",
    "trainer",
    "evaluator",
    "deployer",
    "orchestrator",
];

/// How long a process may take to be ready, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Processes of the program on servers of their own.
#[derive(Debug)]
pub struct Stack {
    /// The four servers.
    pub servers: Servers,
    folder: TempDir,
    environment: Vec<(String, String)>,
    processes: Vec<Process>,
    /// Where the gateway answers.
    pub url: String,
}

/// One process: which roles it plays.
#[derive(Debug)]
struct Process {
    roles: String,
    listen: String,
    /// Where it answers health; a gateway does so at its own address, too.
    health: String,
    child: Option<Child>,
}

impl Stack {
    /// Starts the four servers and a process for each entry of `roles`, the gateway first. An entry
    /// may name several roles, separated by commas, and may come several times.
    pub async fn start(roles: &[&str]) -> Result<Self> {
        Self::on(Servers::start()?, &[], roles).await
    }

    /// The same on servers that run already, with more environment variables.
    pub async fn on(
        servers: Servers,
        environment: &[(&str, &str)],
        roles: &[&str],
    ) -> Result<Self> {
        let mut all: Vec<(String, String)> = ["store", "bus", "cache", "artifacts"]
            .iter()
            .map(|port| {
                let name = format!("MICROLEARN__{}__URL", port.to_uppercase());
                (name, servers.url(port).to_owned())
            })
            .collect();
        all.push(("MICROLEARN_ADMIN_PASSWORD".into(), PASSWORD.into()));
        let given = environment
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()));
        all.extend(given);
        let mut stack = Self {
            servers,
            folder: tempfile::tempdir()?,
            environment: all,
            processes: Vec::new(),
            url: String::new(),
        };
        for roles in roles {
            stack.add(roles).await?;
        }
        Ok(stack)
    }

    /// Starts one more process; its number.
    pub async fn add(&mut self, roles: &str) -> Result<usize> {
        self.processes.push(Process {
            roles: roles.to_owned(),
            listen: "127.0.0.1:0".to_owned(),
            health: String::new(),
            child: None,
        });
        let number = self.processes.len() - 1;
        self.revive(number).await?;
        Ok(number)
    }

    /// Starts a process that is not running, and waits until it is ready. A gateway comes back at
    /// the same address.
    pub async fn revive(&mut self, number: usize) -> Result<()> {
        let process = self.processes.get_mut(number).context("no such process")?;
        let started = spawn(self.folder.path(), &self.environment, number, process).await?;
        process.child = Some(started.child);
        process.health = started.health;
        if let Some(address) = started.pages {
            process.listen = address.trim_start_matches("http://").to_owned();
            if process.roles.contains("dashboard") {
                self.url = address;
            }
        }
        Ok(())
    }

    /// How many processes there are, running or not.
    #[must_use]
    pub fn count(&self) -> usize {
        self.processes.len()
    }

    /// The processes that play a role.
    #[must_use]
    pub fn playing(&self, role: &str) -> Vec<usize> {
        let all = self.processes.iter().enumerate();
        all.filter(|(_, process)| process.roles.split(',').any(|played| played == role))
            .map(|(number, _)| number)
            .collect()
    }

    /// The roles of a process.
    #[must_use]
    pub fn roles(&self, number: usize) -> &str {
        self.processes
            .get(number)
            .map_or("", |process| &process.roles)
    }

    /// Where a process answers health and metrics.
    #[must_use]
    pub fn health(&self, number: usize) -> Option<&str> {
        self.processes
            .get(number)
            .map(|process| process.health.as_str())
    }

    /// Ends a process without warning.
    pub async fn kill(&mut self, number: usize) -> Result<()> {
        let process = self.processes.get_mut(number).context("no such process")?;
        if let Some(mut child) = process.child.take() {
            child.kill().await.context("kill -9")?;
        }
        Ok(())
    }

    /// Sends a signal, like `STOP`, `CONT` or `TERM`.
    pub async fn signal(&self, number: usize, signal: &str) -> Result<()> {
        let process = self.processes.get(number).context("no such process")?;
        let child = process.child.as_ref().context("it does not run")?;
        let pid = child.id().context("it has ended")?;
        let sent = Command::new("kill")
            .args([format!("-{signal}"), pid.to_string()])
            .status()
            .await?;
        if !sent.success() {
            bail!("the signal {signal} could not be sent: {sent}");
        }
        Ok(())
    }

    /// Whether a process still runs.
    pub fn lives(&mut self, number: usize) -> bool {
        let process = self.processes.get_mut(number);
        let child = process.and_then(|process| process.child.as_mut());
        child.is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// A client that is signed in as the admin.
    pub async fn admin(&self) -> Result<Client> {
        Client::sign_in(&self.url, "admin", PASSWORD).await
    }

    /// What a process wrote to its log.
    pub fn log(&self, number: usize) -> String {
        std::fs::read_to_string(log(self.folder.path(), number)).unwrap_or_default()
    }
}

fn log(folder: &Path, number: usize) -> std::path::PathBuf {
    folder.join(format!("{number}.log"))
}

/// The roles of the stand-ins, `system-tests/examples/stand_ins`: services whose stages do
/// nothing, one of which can be made to kill its process.
pub const STAND_INS: &str = "stand-ins";

/// The program of a process with its arguments.
fn command(folder: &Path, number: usize, process: &Process) -> Result<Command> {
    if process.roles == STAND_INS {
        let stand_ins = program()?.with_file_name("examples").join("stand_ins");
        let mut command = Command::new(stand_ins);
        command.args(["work", &format!("stand-ins-{number}")]);
        return Ok(command);
    }
    let mut command = Command::new(program()?);
    command
        .args([
            "run",
            "--only",
            &process.roles,
            "--listen",
            &process.listen,
            "--metrics-listen",
            "127.0.0.1:0",
            "--data",
        ])
        .arg(folder.join(format!("site-{number}")));
    Ok(command)
}

/// A process that is ready.
struct Started {
    child: Child,
    /// Where health and metrics answer.
    health: String,
    /// Where the pages and the API answer, if it has them.
    pages: Option<String>,
}

/// Starts a process.
async fn spawn(
    folder: &Path,
    environment: &[(String, String)],
    number: usize,
    process: &Process,
) -> Result<Started> {
    let log_file = std::fs::File::options()
        .create(true)
        .append(true)
        .open(log(folder, number))?;
    let mut child = command(folder, number, process)?
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdout(Stdio::piped())
        .stderr(Stdio::from(log_file))
        .kill_on_drop(true)
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("no standard output")?).lines();
    let mut health = String::new();
    let ready = async {
        while let Some(line) = lines.next_line().await? {
            if let Some(url) = line.strip_prefix("metrics on ") {
                url.clone_into(&mut health);
            }
            if let Some(url) = line.strip_prefix("listening on ") {
                return Ok(Some(url.to_owned()));
            }
            if line.starts_with("working as ") {
                return Ok(None);
            }
        }
        let said = std::fs::read_to_string(log(folder, number))?;
        bail!("{} ended before it was ready: {said}", process.roles)
    };
    let pages = timeout(PATIENCE, ready).await??;
    Ok(Started {
        child,
        health,
        pages,
    })
}
