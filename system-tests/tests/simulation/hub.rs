//! What all processes of one world share: the store, the files, the bus, time.

use crate::door::Door;
use crate::fates::Fates;
use crate::gate::Gate;
use crate::lock;
use crate::mutants::Mutant;
use crate::watch::Watch;
use adapters::cache::MemoryCache;
use adapters::store::MemoryStore;
use domain::{Clock, JobId, ManualClock, SiteId, Timestamp};
use ports::bus::Notice;
use ports::store::{Claim, ClaimFilter, Commit, Committed, Jobs, Lease, Site, Upkeep};
use ports::{Circuits, Ports, Result};
use service_kit::ManualTimer;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// When every world begins.
const DAWN: Timestamp = Timestamp(1_700_000_000_000_000);

pub struct Hub {
    /// The processes' time, which never goes back.
    pub clock: Arc<ManualClock>,
    /// The store's time, which may be set back a little.
    pub stores: Arc<Skewed>,
    pub timer: Arc<ManualTimer>,
    pub store: Arc<MemoryStore>,
    /// What the artifacts are marked with.
    pub site: String,
    pub gate: Gate,
    pub watch: Mutex<Watch>,
    pub fates: Mutex<Fates>,
    pub files: Mutex<BTreeSet<String>>,
    /// Messages on their way.
    pub mail: Mutex<Vec<Notice>>,
    /// Processes that a job has just killed.
    pub killed: Mutex<Vec<usize>>,
    mutant: Option<Mutant>,
}

/// A clock that differs from another one.
#[derive(Debug)]
pub struct Skewed {
    clock: Arc<ManualClock>,
    micros: AtomicI64,
}

impl Skewed {
    pub fn set_back(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap();
        self.micros.fetch_sub(micros, Ordering::Relaxed);
    }
}

impl Clock for Skewed {
    fn now(&self) -> Timestamp {
        Timestamp(self.clock.now().0 + self.micros.load(Ordering::Relaxed))
    }
}

impl Hub {
    pub fn new(seed: u64, mutant: Option<Mutant>) -> Arc<Self> {
        let clock = Arc::new(ManualClock::at(DAWN));
        let stores = Arc::new(Skewed {
            clock: clock.clone(),
            micros: AtomicI64::new(0),
        });
        let store = Arc::new(MemoryStore::new(stores.clone()));
        let (id, marked) = (SiteId::default(), true);
        crate::now(store.keep_site(&Site { id, marked })).unwrap();
        Arc::new(Self {
            store,
            site: id.to_string(),
            timer: Arc::default(),
            gate: Gate::default(),
            watch: Mutex::default(),
            fates: Mutex::new(Fates::new(seed)),
            files: Mutex::default(),
            mail: Mutex::default(),
            killed: Mutex::default(),
            clock,
            stores,
            mutant,
        })
    }

    pub fn is(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    /// The ports as one process sees them.
    pub fn ports(self: &Arc<Self>, process: usize) -> Ports {
        let hub = Arc::clone(self);
        let door = Arc::new(Door { hub, process });
        Ports {
            store: door.clone(),
            bus: door.clone(),
            cache: Arc::new(MemoryCache::new(self.clock.clone())),
            artifacts: door,
            circuits: Circuits::default(),
            changed: Arc::default(),
        }
    }

    pub async fn claim(&self, filter: &ClaimFilter) -> Result<Option<Claim>> {
        let claim = self.store.claim(filter).await?;
        if let Some(claim) = &claim {
            let jobs = self.store.all_jobs();
            lock(&self.watch).claimed(filter, claim, &jobs, self.stores.now());
        }
        Ok(claim)
    }

    pub async fn renew(&self, job: JobId, attempt: u32, lease: Duration) -> Result<Lease> {
        let answer = self.store.renew(job, attempt, lease).await?;
        lock(&self.watch).renewed(job, attempt, answer);
        Ok(answer)
    }

    pub async fn commit(&self, commit: &Commit) -> Result<Committed> {
        let before = self.store.job(commit.job).await?;
        let before = before.map(|job| (job.state, job.attempt));
        let spoiled = self.mutant.map(|mutant| mutant.spoil(commit, before));
        let answer = self
            .store
            .commit(spoiled.as_ref().unwrap_or(commit))
            .await?;
        lock(&self.watch).committed(commit, answer, before, &lock(&self.files));
        Ok(answer)
    }
}
