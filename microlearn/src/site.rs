//! Opening a site: its folder, its ports, its signals.

use crate::settings::Settings;
use crate::wrong_use;
use adapters::OpenError;
use anyhow::{Context, bail};
use domain::{Clock, SystemClock};
use ports::Ports;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// An opened site.
#[derive(Debug)]
pub struct Site {
    pub ports: Ports,
    pub clock: Arc<dyn Clock>,
    pub shutdown: CancellationToken,
}

impl Site {
    /// Opens the backends of `settings`; the token is cancelled by Ctrl-C and by SIGTERM.
    pub async fn open(settings: &Settings) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let ports = open_ports(settings, Arc::clone(&clock)).await?;
        let shutdown = CancellationToken::new();
        tokio::spawn(cancel_on_signal(shutdown.clone()));
        Ok(Self {
            ports,
            clock,
            shutdown,
        })
    }
}

/// Opens the backends of `settings`; a URL that nobody knows is wrong configuration.
pub async fn open_ports(settings: &Settings, clock: Arc<dyn Clock>) -> anyhow::Result<Ports> {
    let opened = adapters::open(&settings.urls(), clock).await;
    opened.map_err(|error| match error {
        OpenError::UnknownUrl { .. } => wrong_use(error),
        OpenError::Port(error) => anyhow::Error::new(error)
            .context("the backends could not be opened; run `microlearn doctor`"),
    })
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
