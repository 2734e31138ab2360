//! Signs of life go to the store first, whatever the bus does, and until the commit has returned.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use adapters::Urls;
use adapters::wrap::{Fault, Faults, Wrapped};
use async_trait::async_trait;
use domain::job::JobKind;
use domain::{Failure, SystemClock};
use ports::bus::{Delivery, Notice, Watch, WorkQueue};
use ports::contract::store::Desk;
use ports::{Bus, Ports, Result};
use service_kit::{Handler, ManualTimer, Outcome, Role, Runtime, Service, Settings, Step, Weight};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Longest wait for something that must happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// A bus that hands over one message and then takes nothing any more: its connection is gone, and
/// what is to be sent fills up.
#[derive(Debug, Default)]
struct Stuck(Arc<Notify>);

#[async_trait]
impl Bus for Stuck {
    async fn publish(&self, _: &str, _: &Notice) -> Result<()> {
        std::future::pending().await
    }
    async fn work(&self, _: JobKind) -> Result<Box<dyn WorkQueue>> {
        Ok(Box::new(Self(Arc::clone(&self.0))))
    }
    async fn watch(&self) -> Result<Box<dyn Watch>> {
        std::future::pending().await
    }
    async fn ping(&self) -> Result<()> {
        std::future::pending().await
    }
}

#[async_trait]
impl WorkQueue for Stuck {
    async fn next(&mut self) -> Result<Box<dyn Delivery>> {
        self.0.notified().await;
        Ok(Box::new(Self::default()))
    }
}

#[async_trait]
impl Delivery for Stuck {
    async fn in_progress(&self) -> Result<()> {
        std::future::pending().await
    }
    async fn ack(self: Box<Self>) -> Result<()> {
        std::future::pending().await
    }
}

/// A step that ends when it may.
struct Waits(Arc<Notify>);

#[async_trait]
impl Handler for Waits {
    async fn step(&self, _: &Step) -> std::result::Result<Outcome, Failure> {
        self.0.notified().await;
        Ok(Outcome::Done {
            result: None,
            writes: Vec::new(),
        })
    }
}

struct Worker {
    desk: Desk,
    bus: Arc<Notify>,
    may_end: Arc<Notify>,
    timer: Arc<ManualTimer>,
    signs: Arc<AtomicU32>,
    commits: Arc<AtomicU32>,
    shutdown: CancellationToken,
    _runtime: Runtime,
    _folder: tempfile::TempDir,
}

/// A worker whose commits hang.
async fn worker() -> Worker {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(SystemClock::new());
    let urls = Urls::embedded(folder.path());
    let site = adapters::open(&urls, clock.clone()).await.unwrap();
    let (signs, commits) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let (counted, committed) = (Arc::clone(&signs), Arc::clone(&commits));
    let faults = Faults::new("store", move |_, operation| {
        match operation {
            "renew" => drop(counted.fetch_add(1, Ordering::SeqCst)),
            "commit" => {
                committed.fetch_add(1, Ordering::SeqCst);
                return Fault::Hangs;
            }
            _ => {}
        }
        Fault::None
    });
    let bus = Arc::new(Notify::new());
    let ports = Ports {
        store: Arc::new(Wrapped::new(Arc::clone(&site.store), faults)),
        bus: Arc::new(Stuck(Arc::clone(&bus))),
        ..site.clone()
    };
    let timer = Arc::new(ManualTimer::default());
    let shutdown = CancellationToken::new();
    let may_end = Arc::new(Notify::new());
    let handler = Arc::new(Waits(Arc::clone(&may_end)));
    let service = Service {
        role: Role::Trainer,
        handlers: vec![(JobKind::Batch, Weight::Heavy, handler)],
    };
    let settings = Settings {
        timer: timer.clone(),
        // A message comes before the next look.
        poll: PATIENCE,
        ..Settings::new("signs", 1)
    };
    let runtime = Runtime::start(ports, clock, vec![service], settings, shutdown.clone());
    Worker {
        desk: Desk::new(&site.store),
        bus,
        may_end,
        timer,
        signs,
        commits,
        shutdown,
        _runtime: runtime,
        _folder: folder,
    }
}

impl Worker {
    /// Lets time pass until `count` has come to `least`.
    async fn passes(&self, count: &AtomicU32, least: u32) {
        let passes = async {
            while count.load(Ordering::SeqCst) < least {
                self.timer.advance(Duration::from_millis(250));
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let passed = tokio::time::timeout(PATIENCE, passes).await;
        passed.unwrap_or_else(|_| panic!("{} of {least}", count.load(Ordering::SeqCst)));
    }

    async fn is_given_a_job(&self) {
        // Its first look finds nothing.
        tokio::time::sleep(Duration::from_millis(50)).await;
        let desk = &self.desk;
        desk.store_many(JobKind::Batch, desk.owner, 1).await;
        self.bus.notify_one();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bus_that_takes_nothing_costs_no_lease() {
    let worker = worker().await;
    worker.is_given_a_job().await;
    worker.passes(&worker.signs, 5).await;
    worker.shutdown.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lease_is_kept_until_the_commit_has_returned() {
    let worker = worker().await;
    worker.is_given_a_job().await;
    worker.passes(&worker.signs, 1).await;
    worker.may_end.notify_one();
    let committing = async {
        while worker.commits.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(PATIENCE, committing).await.unwrap();
    let before = worker.signs.load(Ordering::SeqCst);
    worker.passes(&worker.signs, before + 3).await;
    worker.shutdown.cancel();
}
