//! Mends what dead processes left behind, now and then.

use super::Shared;
use ports::store::Repairs;
use std::sync::Arc;
use std::time::Duration;

/// How often the store is looked over.
const EVERY: Duration = Duration::from_secs(2);

/// Looks the store over until shutdown.
pub(super) async fn run(shared: Arc<Shared>) {
    loop {
        match shared.ports.store.reconcile().await {
            Ok(repairs) if repairs != Repairs::default() => {
                tracing::info!(
                    expired = repairs.expired,
                    dead = repairs.dead,
                    woken = repairs.woken,
                    forgotten = repairs.forgotten,
                    "the store was mended"
                );
                shared.wake_relay();
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(error = %error.chain(), "the store was not looked over"),
        }
        tokio::select! {
            () = shared.shutdown.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
