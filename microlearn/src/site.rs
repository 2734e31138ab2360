//! Opening a site: its folder, its ports, its signals.

use crate::settings::Settings;
use crate::wrong_use;
use adapters::OpenError;
use anyhow::{Context, bail};
use domain::{Clock, SystemClock};
use ports::Ports;
use prometheus_client::registry::Registry;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// An opened site.
#[derive(Debug)]
pub struct Site {
    pub ports: Ports,
    /// The metrics of the ports; those of the process join them.
    pub registry: Registry,
    pub clock: Arc<dyn Clock>,
    pub shutdown: CancellationToken,
}

impl Site {
    /// Opens the backends of `settings`; the token is cancelled by Ctrl-C and by SIGTERM.
    pub async fn open(settings: &Settings) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let ports = adapters::open(&settings.urls(), Arc::clone(&clock)).await;
        let ports = ports.map_err(|error| match error {
            OpenError::UnknownUrl { .. } => wrong_use(error),
            OpenError::Port(error) => anyhow::Error::new(error)
                .context("the backends could not be opened; run `microlearn doctor`"),
        })?;
        let mut registry = Registry::default();
        let ports = adapters::wrap::guarded(ports, &clock, &mut registry);
        let shutdown = CancellationToken::new();
        tokio::spawn(cancel_on_signal(shutdown.clone()));
        Ok(Self {
            ports,
            registry,
            clock,
            shutdown,
        })
    }
}

/// Keeps a second `up` out of the folder, until dropped.
pub fn lock(folder: &Path) -> anyhow::Result<File> {
    let shown = folder.display();
    std::fs::create_dir_all(folder)
        .with_context(|| format!("the data folder {shown} cannot be made"))?;
    let path = folder.join("microlearn.lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .with_context(|| format!("{} cannot be written", path.display()))?;
    if file.try_lock().is_err() {
        bail!("another microlearn uses the data folder {shown}; stop it, or give --data DIR");
    }
    Ok(file)
}

async fn cancel_on_signal(shutdown: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping");
    shutdown.cancel();
}
