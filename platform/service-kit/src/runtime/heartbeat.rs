//! Signs of life, and the look for cancellation that goes with them.

use super::Shared;
use crate::step::Step;
use ports::bus::Delivery;
use ports::store::Lease;
use std::time::Duration;

/// Notices of one pipeline come in bursts; cancellation is looked for at most this often.
const NOTICE_GAP: Duration = Duration::from_millis(200);

/// How long the bus may take to be told something that it need not hear.
const TELLING: Duration = Duration::from_secs(1);

/// Keeps the lease while the step runs. Ends only when the step must be left: the lease is lost,
/// or the pipeline was cancelled and the step has not stopped by itself in time.
pub(super) async fn keep(shared: &Shared, step: &Step, delivery: Option<&dyn Delivery>) {
    let mut notices = shared.notices.subscribe();
    let mut failures = 0_u32;
    loop {
        wait(shared, step, &mut notices).await;
        match beat(shared, step, delivery).await {
            Ok(Lease::Held) => failures = 0,
            Ok(lost) => {
                tracing::info!(?lost, "asking the step to stop");
                step.cancel.cancel();
                step.stopped.cancel();
                // The handler usually answers first; this only bounds one that does not.
                shared.settings.timer.sleep(shared.settings.drain).await;
                return;
            }
            Err(error) => {
                failures += 1;
                tracing::warn!(error = %error.chain(), failures, "no sign of life could be given");
            }
        }
    }
}

/// Keeps the lease while the result is on its way to the store. What the store says of the lease
/// changes nothing any more: the commit itself is refused when it is lost. Never ends.
pub(super) async fn hold(shared: &Shared, step: &Step, delivery: Option<&dyn Delivery>) {
    loop {
        shared.settings.timer.sleep(shared.settings.heartbeat).await;
        if let Err(error) = beat(shared, step, delivery).await {
            tracing::debug!(error = %error.chain(), "no sign of life could be given");
        }
    }
}

/// Waits for the next beat: the regular one, or one that a notice about the pipeline asks for.
async fn wait(
    shared: &Shared,
    step: &Step,
    notices: &mut tokio::sync::broadcast::Receiver<domain::PipelineId>,
) {
    let timer = &shared.settings.timer;
    let regular = timer.sleep(shared.settings.heartbeat);
    let told = async {
        timer.sleep(NOTICE_GAP).await;
        loop {
            match notices.recv().await {
                Ok(id) if Some(id) != step.job.pipeline => {}
                Ok(_) | Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => return,
                Err(tokio::sync::broadcast::error::RecvError::Closed) => {
                    std::future::pending::<()>().await;
                }
            }
        }
    };
    tokio::select! {
        biased;
        () = regular => {}
        () = told => {}
    }
}

/// One sign of life, to the store and then to the bus: only the first decides anything, and the
/// second may take for ever while the bus is away.
pub(super) async fn beat(
    shared: &Shared,
    step: &Step,
    delivery: Option<&dyn Delivery>,
) -> ports::Result<Lease> {
    let store = &shared.ports.store;
    let lease = store
        .renew(step.job.id, step.job.attempt, shared.settings.lease)
        .await;
    if let (Ok(Lease::Held), Some(delivery)) = (&lease, delivery) {
        tell(shared, "in progress", delivery.in_progress()).await;
    }
    lease
}

/// Tells the bus something that it need not hear, and does not wait for long.
pub(super) async fn tell(
    shared: &Shared,
    what: &'static str,
    telling: impl Future<Output = ports::Result<()>>,
) {
    tokio::select! {
        biased;
        told = telling => {
            if let Err(error) = told {
                tracing::debug!(error = %error.chain(), what, "the bus did not hear it");
            }
        }
        () = shared.settings.timer.sleep(TELLING) => {
            tracing::debug!(what, "the bus does not take what it is told");
        }
    }
}
