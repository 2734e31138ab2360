//! The loop of one slot.

use super::{Shared, attempt, heartbeat};
use crate::{Handler, Settings, Weight};
use domain::job::JobKind;
use ports::bus::{Delivery, WorkQueue};
use ports::store::ClaimFilter;
use std::sync::Arc;
use std::time::Duration;

/// Who handles a kind of job, and how much of the machine it takes.
#[derive(Clone)]
pub(super) struct Handles {
    pub(super) kind: JobKind,
    pub(super) weight: Weight,
    pub(super) handler: Arc<dyn Handler>,
}

/// How many slots a kind of this weight has.
pub(super) fn slots(weight: Weight, settings: &Settings) -> usize {
    match weight {
        Weight::Light => settings.light_slots,
        Weight::Heavy => settings.compute_slots,
    }
}

/// Which jobs a loop claims.
pub(super) fn filter(shared: &Shared, kind: JobKind, suspects: bool) -> ClaimFilter {
    let settings = &shared.settings;
    ClaimFilter {
        kind,
        worker: settings.worker.clone(),
        lease: settings.lease,
        suspects,
    }
}

/// Works until shutdown: as long as there is work, claim after claim; else wait to be woken.
pub(super) async fn run(shared: Arc<Shared>, handles: Handles) {
    let filter = filter(&shared, handles.kind, false);
    let mut queue: Option<Box<dyn WorkQueue>> = None;
    let mut delivery: Option<Box<dyn Delivery>> = None;
    while !shared.shutdown.is_cancelled() {
        let worked = claim_and_work(&shared, &handles, &filter, delivery.as_deref()).await;
        if let Some(delivery) = delivery.take() {
            heartbeat::tell(&shared, "acknowledged", delivery.ack()).await;
        }
        if worked {
            continue;
        }
        delivery = wait(&shared, handles.kind, &mut queue).await;
    }
}

/// One claim, and the step if it won one.
pub(super) async fn claim_and_work(
    shared: &Arc<Shared>,
    handles: &Handles,
    filter: &ClaimFilter,
    delivery: Option<&dyn Delivery>,
) -> bool {
    // The slot comes before the claim, so that a lease never waits for a core.
    let heavy = match handles.weight {
        Weight::Heavy => shared.heavy.acquire().await.ok(),
        Weight::Light => None,
    };
    let Ok(_gate) = shared.gate.acquire().await else {
        return false;
    };
    if shared.shutdown.is_cancelled() {
        return false;
    }
    let claim = match shared.ports.store.claim(filter).await {
        Ok(claim) => claim,
        Err(error) => {
            tracing::warn!(error = %error.chain(), kind = %handles.kind, "could not look for work");
            shared.settings.timer.sleep(shared.settings.poll).await;
            return false;
        }
    };
    let Some(claim) = claim else { return false };
    attempt::run(shared, handles.handler.as_ref(), claim, delivery).await;
    drop(heavy);
    true
}

/// Waits for a message, for a retry that is due, or for the next poll. A bus that does not answer
/// keeps nobody from polling.
async fn wait(
    shared: &Shared,
    kind: JobKind,
    queue: &mut Option<Box<dyn WorkQueue>>,
) -> Option<Box<dyn Delivery>> {
    let due = shared.ports.store.next_due(kind).await.ok().flatten();
    let poll = due
        .unwrap_or(shared.settings.poll)
        .min(shared.settings.poll);
    let timer = tokio::time::sleep(poll.max(Duration::from_millis(5)));
    let message = async {
        let open = match queue {
            Some(open) => open,
            None => queue.insert(shared.ports.bus.work(kind).await?),
        };
        open.next().await
    };
    let received = tokio::select! {
        () = shared.shutdown.cancelled() => return None,
        () = timer => return None,
        received = message => received,
    };
    match received {
        Ok(delivery) => Some(delivery),
        Err(error) => {
            tracing::debug!(error = %error.chain(), %kind, "the bus is away; polling instead");
            *queue = None;
            tokio::time::sleep(shared.settings.poll).await;
            None
        }
    }
}
