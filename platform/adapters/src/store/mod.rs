//! The store on SQL: one set of statements for SQLite and PostgreSQL, through sqlx's `Any`.
//!
//! SQLite has one writer: every change runs on a single connection that begins `IMMEDIATE`, so
//! writers queue in this process instead of failing as busy, and reads go to a pool of their own.
//!
//! Nothing else relies on there being one writer. Whoever changes a pipeline or a job of it first
//! takes the pipeline's row (a dataset's, a deployment's likewise), and looks in a later statement
//! than the one that took it: under PostgreSQL's `READ COMMITTED` only that one sees what whoever
//! held the row before has written.
//!
//! [`MemoryStore`] answers the same within one process, and keeps nothing.

mod audit;
mod claim;
mod commit;
mod copy;
mod courses;
mod datasets;
mod db;
mod deployments;
mod errors;
mod events;
mod jobs;
mod list;
mod memory;
mod models;
mod moves;
mod outbox;
mod pipelines;
mod provider;
mod quotas;
mod recover;
mod replicas;
mod role_requests;
mod rows;
mod schema;
mod shares;
mod upkeep;
mod users;

pub use copy::Digests;
pub use memory::{MemoryStore, SeenJob};
pub use schema::Schema;

use db::Db;
use domain::Clock;
use ports::Result;
use schema::Opening;
use std::path::Path;
use std::sync::Arc;

/// The store on SQL.
#[derive(Debug)]
pub struct SqlStore {
    db: Db,
}

impl SqlStore {
    /// Opens an SQLite file, creating and migrating it. `clock` is the store's time.
    pub async fn open_file(path: &Path, clock: Arc<dyn Clock>) -> Result<Self> {
        let db = Db::open_file(path, clock, Opening::Migrate).await?;
        Ok(Self { db })
    }

    /// Opens a PostgreSQL database, `postgres://USER:PASSWORD@HOST/NAME`, and migrates it. The
    /// store's time is the server's; `clock` carries it on between two looks.
    pub async fn open_server(url: &str, clock: Arc<dyn Clock>) -> Result<Self> {
        let db = Db::open_server(url, clock, Opening::Migrate).await?;
        Ok(Self { db })
    }

    /// Opens an SQLite file that is there, and changes nothing in it; see [`Self::schema`].
    pub async fn look_at_file(path: &Path, clock: Arc<dyn Clock>) -> Result<Self> {
        let db = Db::open_file(path, clock, Opening::AsItIs).await?;
        Ok(Self { db })
    }

    /// Opens a PostgreSQL database, and changes nothing in it; see [`Self::schema`].
    pub async fn look_at_server(url: &str, clock: Arc<dyn Clock>) -> Result<Self> {
        let db = Db::open_server(url, clock, Opening::AsItIs).await?;
        Ok(Self { db })
    }
}

#[cfg(test)]
mod tests;
