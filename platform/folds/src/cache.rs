//! Tables that were used last.

use crate::{Folds, Rows};
use domain::Failure;
use domain::results::Prepared;
use service_kit::Step;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::OnceCell;

/// Tables kept at once: as many pipelines usually take turns on a machine.
const CAPACITY: usize = 3;
/// Cells (rows × columns) of all tables kept beside the newest one.
const MOST_CELLS: usize = 20_000_000;
/// A table that nobody used for this long is let go, so that an idle program is a small one.
const IDLE: Duration = Duration::from_secs(30);

/// The tables that were used last, newest first.
#[derive(Debug, Default)]
pub struct FoldsCache {
    entries: Mutex<Vec<Entry>>,
}

#[derive(Debug)]
struct Entry {
    key: String,
    /// Empty while somebody loads it: who else wants it waits for that.
    folds: Arc<OnceCell<Arc<Folds>>>,
    used: Instant,
}

/// One for all services of the process: trials and folds use the same tables.
static SHARED: LazyLock<Arc<FoldsCache>> = LazyLock::new(Arc::default);

impl FoldsCache {
    /// The cache of this process.
    #[must_use]
    pub fn shared() -> Arc<Self> {
        Arc::clone(&SHARED)
    }

    /// The folds of a prepared table, loaded if they are not here. Parallel trials load a table
    /// once, not once each, and other tables do not wait for it.
    pub async fn get(
        self: &Arc<Self>,
        step: &Step,
        prepared: &Prepared,
    ) -> Result<Arc<Folds>, Failure> {
        self.of(step, prepared, Rows::Train).await
    }

    /// The same of all rows, those held out among them.
    pub async fn whole(
        self: &Arc<Self>,
        step: &Step,
        prepared: &Prepared,
    ) -> Result<Arc<Folds>, Failure> {
        self.of(step, prepared, Rows::All).await
    }

    async fn of(
        self: &Arc<Self>,
        step: &Step,
        prepared: &Prepared,
        rows: Rows,
    ) -> Result<Arc<Folds>, Failure> {
        let cell = self.cell(&match rows {
            Rows::Train => prepared.train.clone(),
            Rows::All => format!("{} {}", prepared.train, prepared.test),
        });
        let load = || async { Folds::load(step, prepared, rows).await.map(Arc::new) };
        let folds = Arc::clone(cell.get_or_try_init(load).await?);
        let mut entries = lock(&self.entries);
        let sizes: Vec<usize> = entries.iter().filter_map(Entry::cells).collect();
        let mut left = kept(&sizes);
        // One that is being loaded is waited for, and counted once it is here.
        entries.retain(|entry| {
            let stays = left > 0 || entry.cells().is_none();
            left = left.saturating_sub(usize::from(entry.cells().is_some()));
            stays
        });
        Ok(folds)
    }

    /// The place of a table, which becomes the newest one.
    fn cell(self: &Arc<Self>, key: &str) -> Arc<OnceCell<Arc<Folds>>> {
        let mut entries = lock(&self.entries);
        let was_empty = entries.is_empty();
        let found = entries.iter().position(|entry| entry.key == key);
        let cell = found.map_or_else(Arc::default, |place| entries.remove(place).folds);
        let entry = Entry {
            key: key.to_owned(),
            folds: Arc::clone(&cell),
            used: Instant::now(),
        };
        entries.insert(0, entry);
        if was_empty {
            tokio::spawn(Arc::clone(self).let_go());
        }
        cell
    }

    /// Lets tables go that nobody uses, until none is left.
    async fn let_go(self: Arc<Self>) {
        loop {
            tokio::time::sleep(IDLE / 2).await;
            let mut entries = lock(&self.entries);
            for entry in entries.iter_mut().filter(|entry| entry.is_in_use()) {
                entry.used = Instant::now();
            }
            entries.retain(|entry| entry.used.elapsed() < IDLE);
            if entries.is_empty() {
                return;
            }
        }
    }
}

impl Entry {
    fn cells(&self) -> Option<usize> {
        self.folds.get().map(|folds| folds.cells())
    }

    /// Whether somebody loads it or works on it: to let it go would not free it.
    fn is_in_use(&self) -> bool {
        let held = |folds: &Arc<Folds>| Arc::strong_count(folds) > 1;
        Arc::strong_count(&self.folds) > 1 || self.folds.get().is_some_and(held)
    }
}

fn lock(entries: &Mutex<Vec<Entry>>) -> MutexGuard<'_, Vec<Entry>> {
    entries.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many of the tables of these sizes, newest first, are kept: the newest always.
fn kept(sizes: &[usize]) -> usize {
    let mut cells = 0_usize;
    let within = sizes.iter().take(CAPACITY).take_while(|size| {
        cells = cells.saturating_add(**size);
        cells <= MOST_CELLS
    });
    within.count().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_kept_and_others_within_measure() {
        assert_eq!(kept(&[1, 1, 1, 1]), CAPACITY);
        assert_eq!(kept(&[MOST_CELLS + 1, 1]), 1);
        assert_eq!(kept(&[1, MOST_CELLS]), 1);
        assert_eq!(kept(&[1, 1]), 2);
    }
}
