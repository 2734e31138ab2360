//! Jobs whose process died while they ran beside others: each is run alone, so that only the one
//! that kills is blamed.

use super::worker::{Handles, filter};
use super::{GATE, Shared, attempt};
use ports::store::ClaimFilter;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::SemaphorePermit;

/// How often a process that waits to be alone looks whether that is still needed.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

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
    let _gate = alone(shared, &filter).await?;
    if shared.shutdown.is_cancelled() {
        return None;
    }
    let claim = shared.ports.store.claim(&filter).await.ok()??;
    tracing::info!(kind = %handles.kind, job.id = %claim.job.id, "running a suspect alone");
    attempt::run(shared, handles.handler.as_ref(), claim, None).await;
    Some(true)
}

/// Waits until nothing else of this process runs: with the whole gate. Whoever waits for it keeps
/// every other step from beginning, so it is left as soon as another process has the suspect.
async fn alone<'s>(shared: &'s Shared, filter: &ClaimFilter) -> Option<SemaphorePermit<'s>> {
    let gate = shared.gate.acquire_many(GATE);
    let mut gate = std::pin::pin!(gate);
    loop {
        tokio::select! {
            biased;
            () = shared.shutdown.cancelled() => return None,
            gate = &mut gate => return gate.ok(),
            () = shared.settings.timer.sleep(LOOK_AGAIN) => {}
        }
        if !shared.ports.store.has_work(filter).await.ok()? {
            return None;
        }
    }
}
