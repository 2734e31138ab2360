//! Tables that were used last.

use crate::Folds;
use domain::Failure;
use domain::results::Prepared;
use service_kit::Step;
use std::sync::Arc;
use tokio::sync::Mutex;

/// Tables kept at once: as many pipelines usually take turns on a machine.
const CAPACITY: usize = 3;
/// Cells (rows × columns) above which a table is not kept beside others.
const LARGE: usize = 20_000_000;

/// The tables that were used last, newest first.
#[derive(Debug, Default)]
pub struct FoldsCache {
    entries: Mutex<Vec<(String, Arc<Folds>)>>,
}

impl FoldsCache {
    /// The folds of a prepared table, loaded if they are not here.
    pub async fn get(&self, step: &Step, prepared: &Prepared) -> Result<Arc<Folds>, Failure> {
        // Loading under the lock makes parallel trials load a table once, not once each.
        let mut entries = self.entries.lock().await;
        if let Some(place) = entries.iter().position(|(key, _)| *key == prepared.train) {
            let entry = entries.remove(place);
            let folds = Arc::clone(&entry.1);
            entries.insert(0, entry);
            return Ok(folds);
        }
        let folds = Arc::new(Folds::load(step, prepared).await?);
        if folds.cells() > LARGE {
            entries.clear();
        }
        entries.insert(0, (prepared.train.clone(), Arc::clone(&folds)));
        entries.truncate(CAPACITY);
        Ok(folds)
    }
}
