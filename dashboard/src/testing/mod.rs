//! Ports for the tests of this crate, and ways to ask a router over them. Everything that needs a
//! real store is tested with the real adapters in `system-tests`.

pub mod http;
mod memory;
mod people;

pub use memory::{MemoryArtifacts, MemoryCache};

use memory::QuietBus;
use people::PeopleStore;
use ports::{Circuits, Ports};
use std::sync::Arc;

/// Ports made of all of these.
pub fn ports() -> Ports {
    Ports {
        store: Arc::new(PeopleStore::default()),
        bus: Arc::new(QuietBus),
        cache: Arc::new(MemoryCache::default()),
        artifacts: Arc::new(MemoryArtifacts::default()),
        circuits: Circuits::default(),
        changed: Arc::default(),
    }
}
