//! The one program: `up`, `run --only …`, `train`, `predict`, `serve`, `backup`, `restore`,
//! `migrate`, `health`, `prepare`, `doctor`, `config`.
//!
//! Thin on purpose: it parses what was typed, wires adapters to services, and turns errors into
//! one clear line and an exit code (0 done, 1 failed, 64 wrong use or configuration).

mod cli;
mod doctor;
mod health;
mod predict;
mod roles;
mod serve;
mod settings;
mod site;
mod train;
mod transfer;
mod up;

use clap::Parser;
use cli::{Cli, Command};
use std::process::ExitCode;
use std::time::Instant;

/// The version and the commit.
pub const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (",
    env!("MICROLEARN_COMMIT"),
    ")"
);

/// The exit code for wrong use, from sysexits.h.
const EX_USAGE: u8 = 64;

/// Wrong use or configuration: ends with exit code 64.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct WrongUse(String);

/// Marks an error as wrong use or configuration.
pub fn wrong_use(error: impl std::fmt::Display) -> anyhow::Error {
    WrongUse(error.to_string()).into()
}

fn main() -> ExitCode {
    let started = Instant::now();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(shown) => {
            // Help and version are answers, not errors; all else is wrong use.
            let code = if shown.use_stderr() { EX_USAGE } else { 0 };
            drop(shown.print());
            return ExitCode::from(code);
        }
    };
    let done = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => {
            let done = runtime.block_on(run(cli, started));
            // A fit that does not stop in time must not keep the program alive.
            runtime.shutdown_background();
            done
        }
        Err(error) => Err(error.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("microlearn: {error:#}");
            let wrong = error.downcast_ref::<WrongUse>().is_some();
            ExitCode::from(if wrong { EX_USAGE } else { 1 })
        }
    }
}

async fn run(cli: Cli, started: Instant) -> anyhow::Result<()> {
    match cli.command {
        Command::Up(args) => up::up(args).await,
        Command::Run(args) => up::run(args).await,
        Command::Backup(args) => transfer::backup(&args).await,
        Command::Restore(args) => transfer::restore(&args).await,
        Command::Migrate(args) => transfer::migrate(&args).await,
        Command::Health(args) => health::health(&args).await,
        Command::Train(args) => train::train(args, started).await,
        Command::Predict(args) => predict::predict(&args),
        Command::Serve(args) => serve::serve(args).await,
        Command::Prepare(args) => up::prepare(&args).await,
        Command::Doctor(args) => doctor::doctor(&args).await,
        Command::Config(args) => {
            let settings = up::settings(&args)?;
            print!("{}", toml::to_string(&settings)?);
            Ok(())
        }
    }
}
