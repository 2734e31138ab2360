//! `up` and `run`: roles at work until they are told to stop.

use crate::cli::{Common, Run, Up};
use crate::settings::Settings;
use crate::site::{Site, lock};
use crate::{VERSION, roles, wrong_use};
use anyhow::{Context, anyhow};
use dashboard::{Gateway, GatewayConfig, GatewayError, Oidc, Part, Tls};
use domain::FailureKind;
use service_kit::http::Health;
use service_kit::{Role, Runtime};
use std::net::SocketAddr;
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

/// The addresses of a process, taken before anything else is begun: a program that cannot be
/// reached shall leave nothing behind.
struct Doors {
    /// Where the pages and the API answer, if this process has them.
    pages: Option<TcpListener>,
    /// Where health and metrics answer without sign-in.
    metrics: Option<TcpListener>,
    /// The certificate, if this site answers over HTTPS itself.
    tls: Option<Tls>,
    /// The identity provider, if people sign in there.
    oidc: Option<Oidc>,
}

impl Doors {
    async fn open(settings: &Settings, has_gateway: bool) -> anyhow::Result<Self> {
        let pages = match has_gateway {
            true => Some(bind(settings.http.listen, "--listen").await?),
            false => None,
        };
        let metrics = match settings.metrics_listen()? {
            Some(address) => Some(bind(address, "--metrics-listen").await?),
            None => None,
        };
        let tls = settings.tls()?;
        let oidc = settings.oidc()?;
        Ok(Self {
            pages,
            metrics,
            tls,
            oidc,
        })
    }
}

/// Everything in this process.
pub async fn up(args: Up) -> anyhow::Result<()> {
    let settings = listening(&args)?;
    let doors = Doors::open(&settings, true).await?;
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
    play(&settings, site, doors, Role::ALL, worker).await
}

/// Some roles against the configured backends.
pub async fn run(args: Run) -> anyhow::Result<()> {
    let settings = listening(&args.up)?;
    let mut chosen = Vec::new();
    for name in &args.only {
        chosen.push(name.trim().parse::<Role>().map_err(wrong_use)?);
    }
    let has_gateway = chosen.iter().copied().any(is_gateway);
    let doors = Doors::open(&settings, has_gateway).await?;
    settings.start_logs();
    if has_gateway {
        ready_spool(&spool(&settings), IN_USE)?;
    }
    let site = Site::open(&settings).await?;
    let worker = format!("run-{}", uuid::Uuid::now_v7());
    play(&settings, site, doors, &chosen, worker).await
}

/// What the first start makes on the backends, and nothing else.
pub async fn prepare(args: &Common) -> anyhow::Result<()> {
    let settings = settings(args)?;
    settings.start_logs();
    Site::open(&settings).await?;
    println!("store, bus, cache and artifacts are ready");
    Ok(())
}

async fn play(
    settings: &Settings,
    mut site: Site,
    doors: Doors,
    chosen: &[Role],
    worker: String,
) -> anyhow::Result<()> {
    let services: Vec<_> = chosen.iter().copied().filter_map(roles::service).collect();
    let runtime = Runtime::start(
        site.ports.clone(),
        site.clock.clone(),
        services,
        settings.runtime(worker),
        site.shutdown.clone(),
    );
    let mut registry = std::mem::take(&mut site.registry);
    let pages = doors.pages.map(|listener| {
        let (ports, stop) = (site.ports.clone(), site.shutdown.clone());
        let config = config(settings, chosen);
        let https = doors.oidc.as_ref().is_some_and(Oidc::is_https);
        let config = GatewayConfig {
            cookie_secure: config.cookie_secure || https,
            oidc: doors.oidc.clone(),
            // Predictions are handed on within the site, without TLS.
            tls: doors
                .tls
                .clone()
                .filter(|_| chosen.contains(&Role::Dashboard)),
            ..config
        };
        let gateway = Gateway::new(ports, config, &mut registry, stop);
        (listener, gateway)
    });
    let health = Health::new(site.ports.clone(), registry);
    if let Some(listener) = doors.metrics {
        println!("metrics on http://{}", listener.local_addr()?);
        let (router, stop) = (health.router(), site.shutdown.clone());
        tokio::spawn(dashboard::listen(
            listener, router, MACHINES, false, None, stop,
        ));
    }
    if chosen.contains(&Role::Dashboard) {
        match &doors.oidc {
            Some(_) => println!("people sign in at {}", settings.oidc.issuer),
            None => first_account(&site).await?,
        }
    }
    match pages {
        Some((listener, gateway)) => {
            let scheme = if gateway.config.tls.is_some() {
                "https"
            } else {
                "http"
            };
            println!("listening on {scheme}://{}", listener.local_addr()?);
            dashboard::serve(listener, gateway, &health).await?;
        }
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

/// Takes the address that `flag` chooses.
pub async fn bind(address: SocketAddr, flag: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        let (ip, taken) = (address.ip(), error.kind() == std::io::ErrorKind::AddrInUse);
        let free = SocketAddr::new(ip, 0);
        if taken {
            anyhow!(
                "the address {address} is taken by another program; stop that program, or choose \
                 another address, for example {flag} {free} for any free port"
            )
        } else {
            anyhow!("{address} cannot be listened on: {error}; choose an address of this machine with {flag}")
        }
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
        cookie_secure: settings.http.https || !settings.http.tls_certificate.is_empty(),
        trust_forwarded: settings.http.behind_proxy,
        cors_origins: settings.http.cors_origins.clone(),
        session_lifetime: Duration::from_secs(settings.session.hours * 3600),
        session_idle: Duration::from_secs(settings.session.idle_hours * 3600),
        spool: spool(settings),
        ..GatewayConfig::default()
    };
    config.limits.upload_bytes = settings.limits.upload_bytes;
    config.limits.prediction_rows = settings.limits.prediction_rows;
    config.limits.user = settings.quota.user;
    config.limits.course = settings.quota.course;
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
