//! Ports for the tests of this crate, and ways to ask a router over them. Everything that needs a
//! real store is tested with the real adapters in `system-tests`.

pub mod http;
mod memory;
mod people;

pub use memory::{MemoryArtifacts, MemoryCache};

pub use people::PeopleStore;

use memory::QuietBus;
use ports::{Circuits, Ports};
use std::sync::Arc;

/// Ports made of all of these.
pub fn ports() -> Ports {
    ports_with(PeopleStore::default())
}

/// Ports with this store.
pub fn ports_with(store: PeopleStore) -> Ports {
    Ports {
        store: Arc::new(store),
        bus: Arc::new(QuietBus),
        cache: Arc::new(MemoryCache::default()),
        artifacts: Arc::new(MemoryArtifacts::default()),
        circuits: Circuits::default(),
        changed: Arc::default(),
    }
}
