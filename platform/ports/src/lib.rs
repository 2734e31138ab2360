//! The four ports: everything MicroLearn needs from the world outside its own memory.
//!
//! | port | holds | embedded | distributed |
//! |---|---|---|---|
//! | [`Store`] | the truth | SQLite | PostgreSQL |
//! | [`Bus`] | wake-ups and notices | in process | NATS JetStream |
//! | [`Cache`] | fast shared state that can be lost | in memory | Redis |
//! | [`Artifacts`] | files | a folder | S3 |
//!
//! **The store decides, messages only wake.** Nothing is true because a message said so; a lost
//! message costs time, never work. Each port's guarantees stand in its documentation and are
//! checked by the plain functions of [`contract`], which every adapter passes.
//!
//! The crate names no backend and does no IO.

pub mod artifacts;
pub mod bus;
pub mod cache;
pub mod circuit;
pub mod contract;
pub mod error;
pub mod store;

pub use artifacts::{Artifacts, ByteStream, Stored};
pub use bus::{Bus, Delivery, Notice, Watch, WorkQueue};
pub use cache::Cache;
pub use circuit::{Circuit, CircuitState, Circuits};
pub use error::{PortError, Result};
pub use store::Store;

use std::sync::Arc;
use tokio::sync::Notify;

/// The four ports of a running program.
#[derive(Clone, Debug)]
pub struct Ports {
    /// The truth.
    pub store: Arc<dyn Store>,
    /// Wake-ups.
    pub bus: Arc<dyn Bus>,
    /// What may be lost.
    pub cache: Arc<dyn Cache>,
    /// Files.
    pub artifacts: Arc<dyn Artifacts>,
    /// Whether calls go through to them.
    pub circuits: Circuits,
    /// Told after every change that this process made to the store: a message may wait in the
    /// outbox. Whoever relays it polls as well, for the changes of others.
    pub changed: Arc<Notify>,
}
