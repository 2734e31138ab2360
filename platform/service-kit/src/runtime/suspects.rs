//! Jobs whose process died while they ran beside others: each is run alone, so that only the one
//! that kills is blamed.

use super::worker::{Handles, filter};
use super::{GATE, Shared, attempt};
use std::sync::Arc;

/// Runs suspects until shutdown.
pub(super) async fn run(shared: Arc<Shared>, handled: Vec<Handles>) {
    loop {
        round(&shared, &handled).await;
        tokio::select! {
            () = shared.shutdown.cancelled() => return,
            () = tokio::time::sleep(shared.settings.poll) => {}
        }
    }
}

/// Runs every suspect that can be claimed now.
pub(super) async fn round(shared: &Arc<Shared>, handled: &[Handles]) {
    for handles in handled {
        while let Some(true) = run_one(shared, handles).await {}
    }
}

async fn run_one(shared: &Arc<Shared>, handles: &Handles) -> Option<bool> {
    if shared.shutdown.is_cancelled() {
        return None;
    }
    let filter = filter(shared, handles.kind, true);
    if !shared.ports.store.has_work(&filter).await.ok()? {
        return Some(false);
    }
    // With the whole gate, nothing else of this process runs.
    let _gate = shared.gate.acquire_many(GATE).await.ok()?;
    let claim = shared.ports.store.claim(&filter).await.ok()??;
    tracing::info!(kind = %handles.kind, job.id = %claim.job.id, "running a suspect alone");
    attempt::run(shared, handles.handler.as_ref(), claim, None).await;
    Some(true)
}
