//! `doctor`: every backend asked, every answer in plain words.

use crate::cli::Common;
use crate::settings::Settings;
use crate::site::open_ports;
use crate::up::settings;
use anyhow::bail;
use domain::SystemClock;
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

async fn ask(settings: &Settings) -> anyhow::Result<usize> {
    let ports = open_ports(settings, Arc::new(SystemClock::new())).await?;
    let answers = [
        ("store", &settings.store, ports.store.ping().await),
        ("bus", &settings.bus, ports.bus.ping().await),
        ("cache", &settings.cache, ports.cache.ping().await),
        (
            "artifacts",
            &settings.artifacts,
            ports.artifacts.ping().await,
        ),
    ];
    let mut bad = 0;
    for (name, backend, answer) in answers {
        let shown = if backend.url.is_empty() {
            "embedded".to_owned()
        } else {
            format!("{backend:?}")
        };
        match answer {
            Ok(()) => println!("{name:<11} answers ({shown})"),
            Err(error) => {
                bad += 1;
                println!("{name:<11} DOES NOT ANSWER ({shown}): {}", error.chain());
            }
        }
    }
    Ok(bad)
}
