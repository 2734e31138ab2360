//! One watch on the bus for the whole process.

use super::open::Open;
use crate::state::Gateway;
use domain::access::Holding;
use ports::bus::{Notice, Watched};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::{self, Receiver, Sender, error::RecvError};

/// Notices that a slow reader may lag behind before it looks at everything.
const NOTICES: usize = 1024;
/// Live events that a slow socket may lag behind before it is closed.
const NEWS: usize = 4096;
/// The wait before a lost bus is watched again.
const AGAIN: Duration = Duration::from_secs(1);

/// Wake-ups and live events within one process.
#[derive(Debug)]
pub struct Hub {
    notices: Sender<Watched>,
    pub(super) news: Sender<News>,
    pub(super) open: Open,
}

/// Something that sockets tell, read and written once for all of them.
#[derive(Clone, Debug)]
pub(super) enum News {
    /// An object for those who may see what it is about.
    Tell {
        holding: Arc<Holding>,
        json: Arc<str>,
    },
    /// Something may have been missed: whoever listens must begin anew.
    Gap,
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            notices: broadcast::channel(NOTICES).0,
            news: broadcast::channel(NEWS).0,
            open: Open::default(),
        }
    }
}

impl Hub {
    /// Notices from now on.
    pub(crate) fn notices(&self) -> Receiver<Watched> {
        self.notices.subscribe()
    }
}

/// Passes on what the bus says until the shutdown; a bus that went away is watched again.
pub async fn watch(gateway: Gateway) {
    while !gateway.shutdown.is_cancelled() {
        let trouble = tokio::select! {
            () = gateway.shutdown.cancelled() => return,
            trouble = pass_on(&gateway) => trouble,
        };
        tracing::warn!(error = trouble.chain(), "the bus is not watched");
        tokio::select! {
            () = gateway.shutdown.cancelled() => return,
            () = tokio::time::sleep(AGAIN) => {}
        }
    }
}

async fn pass_on(gateway: &Gateway) -> ports::PortError {
    let mut watch = match gateway.ports.bus.watch().await {
        Ok(watch) => watch,
        Err(error) => return error,
    };
    // Whatever was published before this moment was missed.
    drop(gateway.hub.notices.send(Watched::Lagged));
    loop {
        match watch.next().await {
            // Nobody listening is no error.
            Ok(watched) => drop(gateway.hub.notices.send(watched)),
            Err(error) => return error,
        }
    }
}

/// Waits until something may have changed that is `wanted`, at most for `poll`.
pub(crate) async fn woken(
    notices: &mut Receiver<Watched>,
    wanted: impl Fn(&Notice) -> bool,
    poll: Duration,
) {
    let wake = async {
        loop {
            match notices.recv().await {
                Ok(Watched::Notice(notice)) if wanted(&notice) => return,
                Ok(Watched::Notice(_)) => {}
                Ok(Watched::Lagged) | Err(RecvError::Lagged(_)) => return,
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    };
    // Polling is the fallback: that nothing came is as good a reason to look.
    let _ = tokio::time::timeout(poll, wake).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::DatasetId;

    #[tokio::test(start_paused = true)]
    async fn only_what_is_wanted_wakes_before_the_poll() {
        let hub = Hub::default();
        let poll = Duration::from_millis(200);
        let wanted = Notice::Dataset(DatasetId::new());
        let time = |wake: Option<Watched>| {
            let (hub, wanted) = (&hub, wanted.clone());
            async move {
                let mut notices = hub.notices();
                let begun = tokio::time::Instant::now();
                if let Some(wake) = wake {
                    hub.notices.send(wake).unwrap();
                }
                woken(&mut notices, |notice| *notice == wanted, poll).await;
                begun.elapsed()
            }
        };
        let at_once = Duration::ZERO;
        assert_eq!(time(Some(Watched::Notice(wanted.clone()))).await, at_once);
        assert_eq!(time(Some(Watched::Lagged)).await, at_once);
        assert!(time(Some(Watched::Notice(Notice::Deployments))).await >= poll);
        assert!(time(None).await >= poll);
    }
}
