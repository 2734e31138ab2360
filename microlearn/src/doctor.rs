//! `doctor`: every backend asked, every answer in plain words.

use crate::cli::Common;
use crate::settings::{Backend, Settings};
use crate::up::settings;
use crate::wrong_use;
use adapters::OpenError;
use adapters::open::{artifacts, bus, cache, store};
use anyhow::bail;
use domain::{Clock, SystemClock};
use ports::PortError;
use std::sync::Arc;

pub async fn doctor(args: &Common) -> anyhow::Result<()> {
    let settings = settings(args)?;
    println!("settings    fine");
    let folder = &settings.data.dir;
    if folder.exists() {
        println!("data        {} is there", folder.display());
    } else {
        println!(
            "data        {} is not there yet; `up` will make it",
            folder.display()
        );
    }
    // Opening makes and migrates, which a check must not do to a folder that is not there.
    let scratch = if folder.exists() {
        None
    } else {
        Some(tempfile::tempdir()?)
    };
    let mut checked = settings.clone();
    if let Some(scratch) = &scratch {
        checked.data.dir = scratch.path().to_owned();
    }
    let bad = ask(&checked).await?;
    match bad {
        0 => {
            println!("everything answers");
            Ok(())
        }
        bad => bail!("{bad} of 4 backends do not answer; see above"),
    }
}

/// Asks the four at once, so that one that hangs keeps none of the others waiting.
async fn ask(settings: &Settings) -> anyhow::Result<usize> {
    let urls = settings.urls();
    let clock = || -> Arc<dyn Clock> { Arc::new(SystemClock::new()) };
    let answers = tokio::join!(
        async { asked(store(&urls.store, clock()).await?.ping().await) },
        async { asked(bus(&urls.bus).await?.ping().await) },
        async { asked(cache(&urls.cache, clock()).await?.ping().await) },
        async { asked(artifacts(&urls.artifacts).await?.ping().await) },
    );
    let told = [
        tell("store", &settings.store, answers.0)?,
        tell("bus", &settings.bus, answers.1)?,
        tell("cache", &settings.cache, answers.2)?,
        tell("artifacts", &settings.artifacts, answers.3)?,
    ];
    Ok(told.iter().filter(|answers| !**answers).count())
}

fn asked(answer: Result<(), PortError>) -> Result<(), OpenError> {
    Ok(answer?)
}

/// Prints what came of a backend; whether it answers.
fn tell(name: &str, backend: &Backend, answer: Result<(), OpenError>) -> anyhow::Result<bool> {
    let shown = if backend.url.is_empty() {
        "embedded".to_owned()
    } else {
        format!("{backend:?}")
    };
    let problem = match answer {
        Ok(()) => {
            println!("{name:<11} answers ({shown})");
            return Ok(true);
        }
        Err(OpenError::Port(error)) => error.chain(),
        Err(unknown) => return Err(wrong_use(unknown)),
    };
    println!("{name:<11} DOES NOT ANSWER ({shown}): {problem}");
    println!("            {}", advice(name));
    Ok(false)
}

/// What a person can do about it.
fn advice(name: &str) -> String {
    let what = match name {
        "store" => "the database server runs, and user, password and name are right",
        "bus" => "the NATS server runs with JetStream switched on",
        "cache" => "the Redis server runs, and the password is right",
        _ => "the S3 server runs, and key, secret and endpoint are right",
    };
    format!(
        "See that {what}; the address is the setting {name}.url, or MICROLEARN__{}__URL.",
        name.to_uppercase()
    )
}
