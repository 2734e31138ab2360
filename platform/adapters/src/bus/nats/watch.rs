//! One watcher of notices.
//!
//! Watchers listen to the subjects themselves rather than consume a stream: what was published
//! before they came is of no use to them, and nothing on the server has to be made or removed.

use super::queue::closed;
use super::{PATIENCE, away, streams};
use async_nats::{Client, Subscriber};
use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::stream::{SelectAll, select_all};
use ports::Result;
use ports::bus::{Notice, Watch, Watched};
use tokio::sync::broadcast;

pub(super) struct NatsWatch {
    notices: SelectAll<Subscriber>,
    alarms: broadcast::Receiver<()>,
}

impl NatsWatch {
    pub(super) async fn open(client: &Client, alarms: broadcast::Receiver<()>) -> Result<Self> {
        let doing = "watch notices on the bus";
        let mut subscribers = Vec::new();
        for subject in streams::WATCHED {
            let subscriber = client.subscribe(subject).await;
            subscribers.push(subscriber.map_err(away(doing))?);
        }
        // The server must know of the subscriptions before anything else is published.
        let flushed = tokio::time::timeout(PATIENCE, client.flush()).await;
        flushed.map_err(away(doing))?.map_err(away(doing))?;
        Ok(Self {
            notices: select_all(subscribers),
            alarms,
        })
    }
}

#[async_trait]
impl Watch for NatsWatch {
    async fn next(&mut self) -> Result<Watched> {
        loop {
            let message = tokio::select! {
                message = self.notices.next() => message,
                // A receiver that lags has missed alarms only: one is as good as many.
                _ = self.alarms.recv() => return Ok(Watched::Lagged),
            };
            let message = message.ok_or_else(|| closed("watch notices on the bus"))?;
            if let Some(notice) = Notice::from_subject(&message.subject) {
                return Ok(Watched::Notice(notice));
            }
        }
    }
}
