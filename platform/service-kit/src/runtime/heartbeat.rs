//! Signs of life, and the look for cancellation that goes with them.

use super::Shared;
use crate::step::Step;
use ports::bus::Delivery;
use ports::store::Lease;
use std::time::Duration;

/// Notices of one pipeline come in bursts; cancellation is looked for at most this often.
const NOTICE_GAP: Duration = Duration::from_millis(200);

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

/// One sign of life, to the store and to the bus.
pub(super) async fn beat(
    shared: &Shared,
    step: &Step,
    delivery: Option<&dyn Delivery>,
) -> ports::Result<Lease> {
    if let Some(delivery) = delivery
        && let Err(error) = delivery.in_progress().await
    {
        tracing::debug!(error = %error.chain(), "the bus did not hear the sign of life");
    }
    let store = &shared.ports.store;
    store
        .renew(step.job.id, step.job.attempt, shared.settings.lease)
        .await
}
