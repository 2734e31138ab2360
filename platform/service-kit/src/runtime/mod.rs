//! Everything that makes work survive crashes, cancellation and shutdown.
//!
//! ```text
//! free slot → claim → heartbeat ┬ handler ┬ commit (fenced) → relay wakes the next
//!                               └ reports ┘
//! ```

mod attempt;
mod heartbeat;
mod notices;
mod reconciler;
mod relay;
mod suspects;
mod sweeper;
mod turns;
mod worker;

pub use turns::Turns;

use crate::{RealTimer, Role, Service, Timer};
use domain::Clock;
use notices::Notices;
use ports::Ports;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Enough for every step that could ever run at once; a suspect takes them all.
const GATE: u32 = 1 << 16;

/// How a process works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The name of this process, unique among its instances; the prefix names its machine or folder.
    pub worker: String,
    /// Heavy steps at once; usually the number of cores.
    pub compute_slots: usize,
    /// Light steps of one kind at once.
    pub light_slots: usize,
    /// Threads that one heavy step may use.
    pub threads: usize,
    /// Bytes that one copy of a table may take in memory.
    pub table_bytes: u64,
    /// The same where a file is read for its profile.
    pub profile_bytes: u64,
    /// How long a lease holds without a sign of life.
    pub lease: Duration,
    /// How often a sign of life is given and cancellation looked for.
    pub heartbeat: Duration,
    /// How often the store is polled when nothing wakes.
    pub poll: Duration,
    /// How often files that nothing needs are looked for, by the processes of the orchestrator.
    pub sweep: Duration,
    /// How long running steps may take to stop at shutdown.
    pub drain: Duration,
    /// What steps and their signs of life wait on.
    pub timer: Arc<dyn Timer>,
}

/// Bytes of a table in memory at most, however large the machine: more rows teach little.
pub(crate) const MOST_TABLE_BYTES: u64 = 1 << 30;
/// The same where a file is read for its profile: as much on any machine of a gigabyte or more.
const PROFILE_BYTES: u64 = 256 << 20;
/// The same at least: below, tables that people make by hand would be learned from in part.
const LEAST_TABLE_BYTES: u64 = 64 << 20;
/// Copies of a table, as it was read, that a process holds at once with what is made of them, and how
/// many more for each heavy step; so many steps at most work on tables of full size.
const COPIES: u64 = 6;
const COPIES_A_SLOT: u64 = 6;
const MOST_SLOTS: u64 = 4;

impl Settings {
    /// Divides `memory` bytes among the copies of a table that are in memory when all slots work.
    #[must_use]
    pub fn within_memory(mut self, memory: u64) -> Self {
        let copies = COPIES + COPIES_A_SLOT * MOST_SLOTS.min(self.compute_slots as u64);
        self.table_bytes = (memory / copies).clamp(LEAST_TABLE_BYTES, MOST_TABLE_BYTES);
        self.profile_bytes = (memory / 4).clamp(LEAST_TABLE_BYTES, PROFILE_BYTES);
        self
    }

    /// The usual settings for a process called `worker` on a machine with `cores`.
    #[must_use]
    pub fn new(worker: impl Into<String>, cores: usize) -> Self {
        Self {
            worker: worker.into(),
            compute_slots: cores.max(1),
            light_slots: 2,
            threads: 1,
            table_bytes: MOST_TABLE_BYTES,
            profile_bytes: PROFILE_BYTES,
            lease: Duration::from_secs(15),
            heartbeat: Duration::from_millis(1_500),
            poll: Duration::from_secs(1),
            sweep: Duration::from_secs(3_600),
            drain: Duration::from_secs(10),
            timer: Arc::new(RealTimer),
        }
    }
}

/// The services of one process at work.
#[derive(Debug)]
pub struct Runtime {
    shared: Arc<Shared>,
    tasks: TaskTracker,
}

/// What every loop of the process shares.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) ports: Ports,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settings: Settings,
    pub(crate) heavy: Arc<Semaphore>,
    pub(crate) gate: Arc<Semaphore>,
    pub(crate) relay: Notify,
    pub(crate) notices: Notices,
    pub(crate) sight: Mutex<reconciler::Sight>,
    pub(crate) shutdown: CancellationToken,
}

impl Runtime {
    /// Starts working for `services` until `shutdown`.
    #[must_use]
    pub fn start(
        ports: Ports,
        clock: Arc<dyn Clock>,
        services: Vec<Service>,
        settings: Settings,
        shutdown: CancellationToken,
    ) -> Self {
        let shared = Shared::new(ports, clock, settings, shutdown);
        let tasks = TaskTracker::new();
        tasks.spawn(relay::run(Arc::clone(&shared)));
        tasks.spawn(reconciler::run(Arc::clone(&shared)));
        tasks.spawn(notices::run(Arc::clone(&shared)));
        if services
            .iter()
            .any(|service| service.role == Role::Orchestrator)
        {
            tasks.spawn(sweeper::run(Arc::clone(&shared)));
        }
        let mut handled = Vec::new();
        for service in services {
            for (kind, weight, handler) in service.handlers {
                let slots = worker::slots(weight, &shared.settings);
                for _ in 0..slots {
                    let handles = worker::Handles {
                        kind,
                        weight,
                        handler: Arc::clone(&handler),
                    };
                    tasks.spawn(worker::run(Arc::clone(&shared), handles));
                }
                handled.push(worker::Handles {
                    kind,
                    weight,
                    handler,
                });
            }
        }
        tasks.spawn(suspects::run(Arc::clone(&shared), handled));
        tasks.close();
        Self { shared, tasks }
    }

    /// Waits until every loop has ended after shutdown. Steps that do not stop in time are left
    /// behind; their leases end by themselves.
    pub async fn drained(self) {
        self.shared.shutdown.cancelled().await;
        // A little more than the steps get, so that their own release is still written.
        let limit = self.shared.settings.drain + Duration::from_secs(1);
        if tokio::time::timeout(limit, self.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!("some work did not stop in time; it will be run again");
        }
    }
}

impl Shared {
    fn new(
        ports: Ports,
        clock: Arc<dyn Clock>,
        settings: Settings,
        shutdown: CancellationToken,
    ) -> Arc<Self> {
        Arc::new(Self {
            ports,
            clock,
            heavy: Arc::new(Semaphore::new(settings.compute_slots)),
            gate: Arc::new(Semaphore::new(GATE as usize)),
            relay: Notify::new(),
            notices: Notices::default(),
            sight: Mutex::default(),
            settings,
            shutdown,
        })
    }

    /// Makes the relay look at the outbox now.
    pub(crate) fn wake_relay(&self) {
        self.relay.notify_one();
    }
}
