//! `up` and `run`: roles at work until they are told to stop.

use crate::cli::{Common, Run, Up};
use crate::settings::Settings;
use crate::site::{Site, lock};
use crate::{VERSION, roles, wrong_use};
use anyhow::Context;
use dashboard::{Gateway, GatewayConfig, GatewayError, Part};
use domain::FailureKind;
use service_kit::http::Health;
use service_kit::{Role, Runtime};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::TcpListener;

/// The prefix of the worker name of every `up`: of those in one folder, one lives.
const UP: &str = "up-";
/// Connections of machines that ask for health and metrics.
const MACHINES: usize = 64;
/// How long a file in the spool folder may be in use by another process.
const IN_USE: Duration = Duration::from_secs(3600);

/// The settings of a command, with its flags applied.
pub fn settings(common: &Common) -> anyhow::Result<Settings> {
    let mut settings = Settings::load(common.config.as_deref()).map_err(wrong_use)?;
    if let Some(data) = &common.data {
        settings.data.dir.clone_from(data);
    }
    Ok(settings)
}

fn listening(args: &Up) -> anyhow::Result<Settings> {
    let mut settings = settings(&args.common)?;
    if let Some(listen) = args.listen {
        settings.http.listen = listen;
    }
    if let Some(listen) = &args.metrics_listen {
        settings.http.metrics_listen.clone_from(listen);
    }
    // Before anything is opened or begun.
    settings
        .metrics_listen()
        .map_err(|error| wrong_use(format!("{error:#}")))?;
    Ok(settings)
}

/// Everything in this process.
pub async fn up(args: Up) -> anyhow::Result<()> {
    let settings = listening(&args)?;
    settings.start_logs();
    let _lock = lock(&settings.data.dir)?;
    // The folder is ours alone: whatever lies there was left behind.
    ready_spool(&spool(&settings), Duration::ZERO)?;
    let site = Site::open(&settings).await?;
    let freed = site
        .ports
        .store
        .free_leases(UP)
        .await
        .context("the store does not answer")?;
    if freed > 0 {
        tracing::info!(jobs = freed, "work that was cut off goes on");
    }
    let worker = format!("{UP}{}", uuid::Uuid::now_v7());
    play(&settings, site, Role::ALL, worker).await
}

/// Some roles against the configured backends.
pub async fn run(args: Run) -> anyhow::Result<()> {
    let settings = listening(&args.up)?;
    let mut chosen = Vec::new();
    for name in &args.only {
        chosen.push(name.trim().parse::<Role>().map_err(wrong_use)?);
    }
    settings.start_logs();
    if chosen.iter().copied().any(is_gateway) {
        ready_spool(&spool(&settings), IN_USE)?;
    }
    let site = Site::open(&settings).await?;
    let worker = format!("run-{}", uuid::Uuid::now_v7());
    play(&settings, site, &chosen, worker).await
}

async fn play(
    settings: &Settings,
    mut site: Site,
    chosen: &[Role],
    worker: String,
) -> anyhow::Result<()> {
    let services: Vec<_> = chosen.iter().copied().filter_map(roles::service).collect();
    let has_gateway = chosen.iter().copied().any(is_gateway);
    let runtime = Runtime::start(
        site.ports.clone(),
        site.clock.clone(),
        services,
        settings.runtime(worker),
        site.shutdown.clone(),
    );
    let mut registry = std::mem::take(&mut site.registry);
    let gateway = has_gateway.then(|| {
        let (ports, stop) = (site.ports.clone(), site.shutdown.clone());
        Gateway::new(ports, config(settings, chosen), &mut registry, stop)
    });
    let health = Health::new(site.ports.clone(), registry);
    if let Some(address) = settings.metrics_listen()? {
        let listener = bind(address).await?;
        println!("metrics on http://{}", listener.local_addr()?);
        let (router, stop) = (health.router(), site.shutdown.clone());
        tokio::spawn(dashboard::listen(listener, router, MACHINES, stop));
    }
    if chosen.contains(&Role::Dashboard) {
        first_account(&site).await?;
    }
    match gateway {
        Some(gateway) => answer(settings, gateway, &health).await?,
        None => {
            println!("working as {}", names(chosen));
            site.shutdown.cancelled().await;
        }
    }
    site.shutdown.cancel();
    runtime.drained().await;
    Ok(())
}

fn is_gateway(role: Role) -> bool {
    matches!(role, Role::Dashboard | Role::Serving)
}

fn names(roles: &[Role]) -> String {
    roles
        .iter()
        .map(|role| role.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

/// Makes the first account on a new site and says its password, once.
async fn first_account(site: &Site) -> anyhow::Result<()> {
    let given = std::env::var("MICROLEARN_ADMIN_PASSWORD")
        .ok()
        .filter(|text| !text.is_empty());
    let made = dashboard::ensure_admin(&site.ports, given).await;
    let made = made.map_err(|error| match error {
        GatewayError::Refused(failure) if failure.kind == FailureKind::InvalidInput => {
            wrong_use(format!("MICROLEARN_ADMIN_PASSWORD: {failure}"))
        }
        other => anyhow::Error::new(other).context("the first account could not be made"),
    })?;
    if let Some(password) = made {
        println!("first sign-in: user admin, password {password}");
        println!("(shown this once; change it under your account)");
    }
    Ok(())
}

async fn answer(settings: &Settings, gateway: Gateway, health: &Health) -> anyhow::Result<()> {
    let listener = bind(settings.http.listen).await?;
    let address = listener.local_addr()?;
    println!("listening on http://{address}");
    dashboard::serve(listener, gateway, health).await?;
    Ok(())
}

async fn bind(address: std::net::SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!(
            "{address} cannot be listened on; is another program there? Try --listen 127.0.0.1:0"
        )
    })
}

fn config(settings: &Settings, chosen: &[Role]) -> GatewayConfig {
    let announce = Some(settings.http.announce.clone()).filter(|address| !address.is_empty());
    let part = match (
        chosen.contains(&Role::Dashboard),
        chosen.contains(&Role::Serving),
    ) {
        (true, false) => Part::Gateway,
        (false, true) => Part::Serving,
        _ => Part::Alone,
    };
    let mut config = GatewayConfig {
        part,
        announce,
        version: VERSION.to_owned(),
        commit: env!("MICROLEARN_COMMIT").to_owned(),
        cookie_secure: settings.http.https,
        trust_forwarded: settings.http.behind_proxy,
        cors_origins: settings.http.cors_origins.clone(),
        session_lifetime: Duration::from_secs(settings.session.hours * 3600),
        spool: spool(settings),
        ..GatewayConfig::default()
    };
    config.limits.upload_bytes = settings.limits.upload_bytes;
    config.limits.prediction_rows = settings.limits.prediction_rows;
    config
}

/// Where gateways put files that must lie on a disk for a moment.
fn spool(settings: &Settings) -> PathBuf {
    settings.data.dir.join("spool")
}

/// Makes the spool folder, and removes files that a process which was killed has left there: those
/// that nobody has written to for longer than `in_use`.
fn ready_spool(folder: &Path, in_use: Duration) -> anyhow::Result<()> {
    let shown = folder.display();
    std::fs::create_dir_all(folder)
        .with_context(|| format!("the folder {shown} cannot be made"))?;
    let files = std::fs::read_dir(folder).with_context(|| format!("{shown} cannot be read"))?;
    for file in files.filter_map(Result::ok) {
        let age = file.metadata().and_then(|about| about.modified());
        let age = age.map(|written| written.elapsed().unwrap_or_default());
        // Another process may have been faster; what stays is looked at again at the next start.
        if age.is_ok_and(|age| age >= in_use)
            && let Err(error) = std::fs::remove_file(file.path())
        {
            tracing::debug!(%error, path = %file.path().display(), "a file was left behind");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_in_the_spool_folder_is_swept() {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join("spool");
        ready_spool(&folder, Duration::ZERO).unwrap();
        let left = folder.join("preview-x");
        std::fs::write(&left, "x").unwrap();
        ready_spool(&folder, IN_USE).unwrap();
        assert!(left.exists(), "another process may be reading it");
        ready_spool(&folder, Duration::ZERO).unwrap();
        assert!(!left.exists());
    }
}
