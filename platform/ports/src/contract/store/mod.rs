//! What defines a store.
//!
//! One shared database is enough: every check makes owners, ids and names of its own and looks at
//! nothing else. Queues are common to all, so the checks run one after another, and a claim that
//! meets somebody else's job ends that job and goes on: never run them against data that matters.

pub mod access;
pub mod budget;
pub mod children;
pub mod clock;
pub mod commit;
pub mod crash;
pub mod crowd;
pub mod datasets;
pub mod deployments;
mod desk;
pub mod events;
pub mod jobs;
pub mod leases;
pub mod lists;
pub mod models;
pub mod outbox;
pub mod pipelines;
pub mod provider;
pub mod references;
pub mod removal;
pub mod replicas;
pub mod samples;
pub mod stages;
pub mod text;
pub mod upkeep;
pub mod users;

pub use desk::Desk;

use super::{CROWD, refused, together};
use crate::Store;
use std::sync::Arc;

/// Every check.
pub async fn all(store: Arc<dyn Store>) {
    datasets::all(&store).await;
    pipelines::all(&store).await;
    removal::all(&store).await;
    lists::all(&store).await;
    stages::all(&store).await;
    jobs::all(&store).await;
    leases::all(&store).await;
    commit::all(&store).await;
    references::all(&store).await;
    children::all(&store).await;
    crash::all(&store).await;
    budget::all(&store).await;
    events::all(&store).await;
    models::all(&store).await;
    deployments::all(&store).await;
    replicas::all(&store).await;
    users::all(&store).await;
    access::all(&store).await;
    provider::all(&store).await;
    text::all(&store).await;
    outbox::all(&store).await;
    upkeep::all(&store).await;
    crowd::all(&store).await;
}
