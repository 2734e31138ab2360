//! Backends, and the stand-ins at work on them.

use crate::stage::{reader, services};
use adapters::Urls;
use domain::{Clock, SystemClock};
use ports::Ports;
use prometheus_client::registry::Registry;
use service_kit::{Runtime, Service, Settings};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Opened backends.
pub struct Site {
    pub ports: Ports,
    clock: Arc<dyn Clock>,
}

/// Stand-ins at work.
pub struct Working {
    runtime: Runtime,
    stop: CancellationToken,
}

/// A setting of the program, from the environment.
fn setting(name: &str) -> String {
    std::env::var(format!("MICROLEARN__{name}")).unwrap_or_default()
}

impl Site {
    /// On the backends that the environment names.
    pub async fn of_environment() -> anyhow::Result<Self> {
        Self::open(&Urls {
            store: setting("STORE__URL"),
            bus: setting("BUS__URL"),
            cache: setting("CACHE__URL"),
            artifacts: setting("ARTIFACTS__URL"),
        })
        .await
    }

    /// Everything embedded, below one folder.
    pub async fn embedded(folder: &Path) -> anyhow::Result<Self> {
        Self::open(&Urls::embedded(folder)).await
    }

    /// Whether the environment names backends.
    pub fn is_named() -> bool {
        !setting("STORE__URL").is_empty()
    }

    async fn open(urls: &Urls) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let ports = adapters::open(urls, Arc::clone(&clock)).await?;
        let ports = adapters::wrap::guarded(ports, &clock, &mut Registry::default());
        Ok(Self { ports, clock })
    }

    /// Starts the stand-ins.
    pub fn work(&self, name: &str) -> Working {
        self.start(name, services())
    }

    /// Starts what the process does that asks for pipelines: it relays its own changes, and reads
    /// datasets.
    pub fn ask(&self) -> Working {
        self.start("ask", vec![reader()])
    }

    fn start(&self, name: &str, services: Vec<Service>) -> Working {
        let mut settings = Settings::new(format!("{name}-{}", std::process::id()), 2);
        if let Ok(seconds) = setting("WORK__LEASE_SECONDS").parse() {
            settings.lease = Duration::from_secs(seconds);
        }
        let (ports, clock) = (self.ports.clone(), Arc::clone(&self.clock));
        let stop = CancellationToken::new();
        let runtime = Runtime::start(ports, clock, services, settings, stop.clone());
        Working { runtime, stop }
    }
}

impl Working {
    /// Lets them come to their end.
    pub async fn stop(self) {
        self.stop.cancel();
        self.runtime.drained().await;
    }
}
