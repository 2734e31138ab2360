//! Opening a site: its folder, its ports, its signals.

use crate::settings::Settings;
use crate::wrong_use;
use adapters::OpenError;
use anyhow::{Context, bail};
use domain::{Clock, SystemClock};
use ports::{PortError, Ports};
use prometheus_client::registry::Registry;
use service_kit::site::{self, SiteError};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Between two looks at backends that do not answer yet.
const PAUSE: Duration = Duration::from_secs(1);

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
        // Before the first wait: whoever is told to stop while a backend is away must hear it.
        let shutdown = CancellationToken::new();
        cancel_on_signal(shutdown.clone()).context("signals cannot be heard")?;
        let ports = tokio::select! {
            biased;
            () = shutdown.cancelled() => bail!("stopped before the backends answered"),
            ports = open_patiently(settings, &clock) => ports?,
        };
        let mut registry = Registry::default();
        let ports = adapters::wrap::guarded(ports, &clock, &mut registry);
        Ok(Self {
            ports,
            registry,
            clock,
            shutdown,
        })
    }
}

/// Opens the backends, and sees that they are one site's. Those of a cluster may start after this process, so one that does not
/// answer is waited for.
async fn open_patiently(settings: &Settings, clock: &Arc<dyn Clock>) -> anyhow::Result<Ports> {
    let patience = Duration::from_secs(settings.start.wait_seconds);
    let begun = Instant::now();
    loop {
        let error = match adapters::open(&settings.urls(), Arc::clone(clock)).await {
            Ok(ports) => match site::settle(&ports).await {
                Ok(_) => return Ok(ports),
                Err(SiteError::Port(error)) => error,
                Err(torn) => return Err(wrong_use(torn)),
            },
            Err(OpenError::Port(error)) => error,
            Err(unknown) => return Err(wrong_use(unknown)),
        };
        let worth_waiting = matches!(
            &error,
            PortError::Unavailable { port, .. } if !settings.urls().is_embedded(port)
        );
        if !worth_waiting || begun.elapsed() + PAUSE > patience {
            return Err(anyhow::Error::new(error)
                .context("the backends could not be opened; run `microlearn doctor`"));
        }
        tracing::warn!(error = error.chain(), "waiting for a backend");
        tokio::time::sleep(PAUSE).await;
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

/// Listens from now on: when this returns, no signal ends the process by itself any more.
fn cancel_on_signal(shutdown: CancellationToken) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping");
        shutdown.cancel();
    });
    Ok(())
}
