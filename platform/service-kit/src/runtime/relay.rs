//! From the outbox to the bus: everything that a transaction left behind is published, then removed.

use super::Shared;
use ports::bus::Notice;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

const BATCH: u32 = 256;
/// How often the outbox is looked at for what processes that died left there: a query by a reader on
/// a table that is nearly always empty.
const POLL: Duration = Duration::from_millis(100);

/// Relays until shutdown: woken by changes of this process, and by the poll for those of others.
pub(super) async fn run(shared: Arc<Shared>) {
    loop {
        match relay(&shared).await {
            Ok(sent) if sent == BATCH as usize => continue,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(error = %error.chain(), "messages wait in the outbox");
                tokio::time::sleep(shared.settings.poll).await;
            }
        }
        tokio::select! {
            () = shared.shutdown.cancelled() => return,
            () = shared.relay.notified() => {}
            () = shared.ports.changed.notified() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

/// Publishes one batch. A row that was published and not removed is published again: receivers
/// are idempotent, and its id de-duplicates.
pub(super) async fn relay(shared: &Shared) -> ports::Result<usize> {
    let rows = shared.ports.store.unsent(BATCH).await?;
    let mut told = HashSet::new();
    for row in &rows {
        match Notice::read(&row.subject, row.body.as_deref()) {
            // Watchers need to hear of a pipeline once a batch; all else needs a message each.
            Some(notice @ (Notice::Work(_) | Notice::Dead(_))) => {
                shared.ports.bus.publish(&row.id, &notice).await?
            }
            Some(notice) => {
                if told.insert(notice.clone()) {
                    shared.ports.bus.publish(&row.id, &notice).await?;
                }
            }
            None => tracing::error!(subject = %row.subject, "nobody knows this subject"),
        }
    }
    let ids: Vec<String> = rows.into_iter().map(|row| row.id).collect();
    shared.ports.store.sent(&ids).await?;
    Ok(ids.len())
}
