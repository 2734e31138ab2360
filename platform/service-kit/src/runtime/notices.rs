//! Hands notices about pipelines from the bus to the steps of this process.

use super::Shared;
use domain::PipelineId;
use ports::bus::{Notice, Watched};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast;

/// Pipelines about which something was told.
#[derive(Debug)]
pub(crate) struct Notices(broadcast::Sender<PipelineId>);

impl Default for Notices {
    fn default() -> Self {
        Self(broadcast::channel(256).0)
    }
}

impl Notices {
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<PipelineId> {
        self.0.subscribe()
    }

    /// Nobody listening is no error.
    pub(super) fn tell(&self, pipeline: PipelineId) {
        drop(self.0.send(pipeline));
    }
}

/// Watches until shutdown, again after the bus was away. A missed notice costs a heartbeat's time.
pub(super) async fn run(shared: Arc<Shared>) {
    while !shared.shutdown.is_cancelled() {
        let Ok(mut watch) = shared.ports.bus.watch().await else {
            tokio::time::sleep(Duration::from_secs(1)).await;
            continue;
        };
        loop {
            let told = tokio::select! {
                () = shared.shutdown.cancelled() => return,
                told = watch.next() => told,
            };
            match told {
                Ok(Watched::Notice(Notice::Pipeline(id))) => shared.notices.tell(id),
                Ok(_) => {}
                Err(_) => break,
            }
        }
    }
}
