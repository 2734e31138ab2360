//! What the handlers of a gateway share.

use crate::auth::{Known, Strangers, password::Passwords};
use crate::config::{GatewayConfig, Part};
use crate::datasets::{Joins, Looks};
use crate::events::Hub;
use crate::layers::RateLimiter;
use crate::metrics::Metrics;
use crate::pipelines::FactsCache;
use crate::quota::Rates;
use crate::serving::{Replicas, Serving, Sharer};
use domain::audit::AuditEntry;
use domain::{Clock, SystemClock, Timestamp};
use ports::Ports;
use prometheus_client::registry::Registry;
use std::ops::Deref;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A gateway: ports, configuration, and the tables that it keeps in memory. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Gateway(Arc<Shared>);

/// What the handlers of a gateway share.
#[derive(Debug)]
pub struct Shared {
    /// The four ports.
    pub ports: Ports,
    /// What can be set.
    pub config: GatewayConfig,
    /// Counters for `/metrics`.
    pub(crate) metrics: Metrics,
    /// Wake-ups and live events.
    pub(crate) hub: Hub,
    /// Loaded deployments.
    pub(crate) serving: Serving,
    /// Processes that predictions are handed to.
    pub(crate) replicas: Replicas,
    /// What speaks to them.
    pub(crate) sharer: Sharer,
    /// Callers who were known a moment ago.
    pub(crate) known: Known,
    /// Refusals of callers who are not known.
    pub(crate) strangers: Strangers,
    /// The password hasher.
    pub(crate) passwords: Passwords,
    /// Results of stages that never change again.
    pub(crate) facts: FactsCache,
    /// Looks at the beginnings of files.
    pub(crate) looks: Looks,
    /// Uploads whose parts are being joined.
    pub(crate) joins: Joins,
    /// Requests of each user in this minute.
    pub(crate) limiter: RateLimiter,
    /// How many predictions users may ask for in a minute.
    pub(crate) rates: Rates,
    /// Ends streams and background work.
    pub(crate) shutdown: CancellationToken,
    clock: SystemClock,
    tasks: TaskTracker,
}

impl Deref for Gateway {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Gateway {
    /// A gateway that counts in `registry`. Nothing runs yet; see [`Gateway::start`].
    #[must_use]
    pub fn new(
        ports: Ports,
        config: GatewayConfig,
        registry: &mut Registry,
        shutdown: CancellationToken,
    ) -> Self {
        Self(Arc::new(Shared {
            metrics: Metrics::new(registry, &config),
            hub: Hub::default(),
            serving: Serving::default(),
            replicas: Replicas::default(),
            sharer: Sharer::default(),
            known: Known::default(),
            strangers: Strangers::default(),
            passwords: Passwords::default(),
            facts: FactsCache::default(),
            looks: Looks::default(),
            joins: Joins::default(),
            limiter: RateLimiter::default(),
            rates: Rates::default(),
            shutdown,
            clock: SystemClock::new(),
            tasks: TaskTracker::new(),
            ports,
            config,
        }))
    }

    /// Starts what runs beside the requests: the watch on the bus, live events, the loading of
    /// deployments, and the sweeping of abandoned uploads. All of it ends by the shutdown token.
    pub fn start(&self) {
        self.spawn(crate::events::watch(self.clone()));
        self.spawn(crate::events::tail(self.clone()));
        self.spawn(crate::serving::keep_loaded(self.clone()));
        if self.config.part == Part::Gateway {
            self.spawn(crate::serving::keep_replicas(self.clone()));
        }
        self.spawn(crate::datasets::sweep_uploads(self.clone()));
        self.spawn(crate::auth::oidc::keep_renewed(self.clone()));
    }

    /// Waits until everything that was spawned has ended; only after the shutdown.
    pub async fn ended(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Shared {
    /// This process's time, for ages and rates. What is stored uses the store's.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Runs work that must not end with the request that asked for it.
    pub(crate) fn spawn<F>(&self, work: F) -> tokio::task::JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send,
    {
        self.tasks.spawn(work)
    }

    /// Notes something for the audit. A note that cannot be written does not undo what was done.
    pub(crate) async fn note(&self, entry: &AuditEntry) {
        if let Err(error) = self.ports.store.note(entry).await {
            let (action, resource) = (&*entry.action, &*entry.resource);
            let error = error.chain();
            tracing::warn!(action, resource, error, "an action was not noted");
        }
    }

    /// Removes artifacts that nothing refers to any more, without anybody waiting for it.
    pub(crate) fn discard(&self, keys: Vec<String>) {
        let artifacts = Arc::clone(&self.ports.artifacts);
        self.spawn(async move {
            for key in keys {
                if let Err(error) = artifacts.delete(&key).await {
                    tracing::warn!(key, error = error.chain(), "an artifact was left behind");
                }
            }
        });
    }
}
