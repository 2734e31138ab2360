//! The contract, what it cannot see from outside, and that both stores answer alike.

pub(super) mod faults;
mod hostile;
mod plans;
mod twins;

use super::{MemoryStore, SqlStore};
use domain::{Clock, ManualClock, SystemClock, Timestamp};
use ports::Store;
use ports::contract::store::Desk;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

/// A store in a folder that goes with it, on the machine's clock.
async fn open() -> (TempDir, Arc<SqlStore>) {
    let folder = tempfile::tempdir().unwrap();
    let store = open_in(folder.path(), Arc::new(SystemClock::new())).await;
    (folder, store)
}

async fn open_in(folder: &Path, clock: Arc<dyn Clock>) -> Arc<SqlStore> {
    let path = folder.join("site data %20.db");
    Arc::new(SqlStore::open_file(&path, clock).await.unwrap())
}

/// A clock that only moves when told to.
fn still() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Timestamp(1_000_000_000)))
}

fn desk<S: Store + 'static>(store: &Arc<S>) -> Desk {
    let store: Arc<dyn Store> = store.clone();
    Desk::new(&store)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn keeps_the_contract() {
    let (_folder, store) = open().await;
    ports::contract::store::all(store).await;
}

#[tokio::test]
async fn keeps_the_contract_to_the_moment() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), still());
    let sql: Arc<dyn Store> = open_in(folder.path(), clock.clone()).await;
    ports::contract::store::clock::all(&sql, &clock).await;
    let clock = still();
    let memory: Arc<dyn Store> = Arc::new(MemoryStore::new(clock.clone()));
    ports::contract::store::clock::all(&memory, &clock).await;
}
