//! Tables that were used last.

use crate::Folds;
use domain::Failure;
use domain::results::Prepared;
use service_kit::Step;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

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
    folds: Arc<Folds>,
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

    /// The folds of a prepared table, loaded if they are not here.
    pub async fn get(
        self: &Arc<Self>,
        step: &Step,
        prepared: &Prepared,
    ) -> Result<Arc<Folds>, Failure> {
        // Loading under the lock makes parallel trials load a table once, not once each.
        let mut entries = self.entries.lock().await;
        let found = entries.iter().position(|entry| entry.key == prepared.train);
        let folds = match found {
            Some(place) => entries.remove(place).folds,
            None => Arc::new(Folds::load(step, prepared).await?),
        };
        if entries.is_empty() {
            tokio::spawn(Arc::clone(self).let_go());
        }
        let entry = Entry {
            key: prepared.train.clone(),
            folds: Arc::clone(&folds),
            used: Instant::now(),
        };
        entries.insert(0, entry);
        let sizes: Vec<usize> = entries.iter().map(|entry| entry.folds.cells()).collect();
        entries.truncate(kept(&sizes));
        Ok(folds)
    }

    /// Lets tables go that nobody uses, until none is left.
    async fn let_go(self: Arc<Self>) {
        loop {
            tokio::time::sleep(IDLE / 2).await;
            let mut entries = self.entries.lock().await;
            entries.retain(|entry| entry.used.elapsed() < IDLE);
            if entries.is_empty() {
                return;
            }
        }
    }
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
