//! The contract, and what it cannot see from outside.

mod hostile;
mod speed;
mod time;

use super::SqlStore;
use domain::{ManualClock, SystemClock, Timestamp};
use ports::contract::store::Desk;
use std::sync::Arc;
use tempfile::TempDir;

/// A store in a folder that goes with it, on the machine's clock.
async fn open() -> (TempDir, Arc<SqlStore>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("site data %20.db");
    let clock = Arc::new(SystemClock::new());
    let store = SqlStore::open_file(&path, clock).await.unwrap();
    (folder, Arc::new(store))
}

/// A store whose time only moves when told to.
struct Still {
    _folder: TempDir,
    clock: Arc<ManualClock>,
    store: Arc<SqlStore>,
    desk: Desk,
}

async fn stand_still() -> Still {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(Timestamp(1_000_000_000)));
    let path = folder.path().join("still.db");
    let store = SqlStore::open_file(&path, clock.clone()).await.unwrap();
    let store = Arc::new(store);
    let desk = desk(&store);
    Still {
        _folder: folder,
        clock,
        store,
        desk,
    }
}

fn desk(store: &Arc<SqlStore>) -> Desk {
    let store: Arc<dyn ports::Store> = store.clone();
    Desk::new(&store)
}

impl SqlStore {
    /// Changes what no port can change, to play a fault or a newer program.
    async fn meddle(&self, sql: &'static str) {
        let (mut tx, _) = self.db.begin_raw().await.unwrap();
        sqlx::query(sql).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn keeps_the_contract() {
    let (_folder, store) = open().await;
    ports::contract::store::all(store).await;
}
