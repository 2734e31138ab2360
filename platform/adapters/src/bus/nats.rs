//! Wake-ups between processes, over NATS JetStream.
//!
//! | stream | subjects | keeps |
//! |---|---|---|
//! | `ML_JOBS` | `ml.job.<kind>` | work, until it is acknowledged; one durable consumer a kind |
//! | `ML_EVENTS` | `ml.evt.<pipeline>`, `ml.dataset.<id>`, `ml.deployments` | the last notices of each, 7 days |
//! | `ML_DLQ` | `ml.dlq.<kind>` | what was given up, 30 days |
//!
//! Nothing here is the truth: streams that are gone are made again, and whoever may have missed
//! something is told to look at everything.

mod queue;
mod streams;
mod watch;

use async_nats::jetstream::{self, Context};
use async_nats::{Client, ConnectOptions, Event, HeaderMap, header};
use async_trait::async_trait;
use domain::job::JobKind;
use ports::bus::{Bus, Notice, Watch, WorkQueue};
use ports::{PortError, Result};
use queue::NatsQueue;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::sync::broadcast;
use watch::NatsWatch;

/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Signs that notices may have been missed, kept for a watcher that is slow to look.
const ALARMS: usize = 16;

/// A bus between processes.
#[derive(Debug)]
pub struct NatsBus {
    client: Client,
    stream: Context,
    /// Something was missed: the connection broke, or messages came faster than they were read.
    alarms: broadcast::Sender<()>,
}

impl NatsBus {
    /// Connects to `nats://[USER:PASSWORD@]HOST[:PORT]` and makes the streams. From then on the
    /// connection mends itself, and so do the streams.
    pub async fn connect(url: &str) -> Result<Self> {
        let (alarms, _) = broadcast::channel(ALARMS);
        let connected = Arc::new(Notify::new());
        let (alarm, again) = (alarms.clone(), Arc::clone(&connected));
        let client = ConnectOptions::new()
            .name("microlearn")
            .connection_timeout(PATIENCE)
            .request_timeout(Some(PATIENCE))
            .event_callback(move |event| {
                let (alarm, again) = (alarm.clone(), Arc::clone(&again));
                async move {
                    match event {
                        Event::Connected => {
                            again.notify_one();
                            drop(alarm.send(()));
                        }
                        Event::SlowConsumer(_) => drop(alarm.send(())),
                        other => tracing::debug!(%other, "bus"),
                    }
                }
            })
            .connect(url)
            .await
            .map_err(away("connect to the bus"))?;
        let mut stream = jetstream::new(client.clone());
        stream.set_timeout(PATIENCE);
        streams::ensure(&stream).await?;
        tokio::spawn(keep_ensuring(stream.clone(), Arc::downgrade(&connected)));
        Ok(Self {
            client,
            stream,
            alarms,
        })
    }

    async fn publish_once(&self, id: &str, notice: &Notice) -> Result<()> {
        let mut headers = HeaderMap::new();
        headers.insert(header::NATS_MESSAGE_ID, id);
        let subject = notice.subject();
        let body = notice.body().unwrap_or_else(|| id.to_owned());
        let doing = "publish on the bus";
        let sent = self
            .stream
            .publish_with_headers(subject, headers, body.into())
            .await
            .map_err(away(doing))?;
        match sent.await {
            Ok(_) => Ok(()),
            Err(error) => Err(away(doing)(error)),
        }
    }
}

/// Makes the streams again after every new connection: the server may have lost them.
async fn keep_ensuring(stream: Context, connected: std::sync::Weak<Notify>) {
    while let Some(notify) = connected.upgrade() {
        notify.notified().await;
        drop(notify);
        if let Err(error) = streams::ensure(&stream).await {
            tracing::warn!(error = %error.chain(), "the streams of the bus could not be made");
        }
    }
}

#[async_trait]
impl Bus for NatsBus {
    async fn publish(&self, id: &str, notice: &Notice) -> Result<()> {
        if self.publish_once(id, notice).await.is_ok() {
            return Ok(());
        }
        // The stream may be gone with the server's disk.
        streams::ensure(&self.stream).await?;
        self.publish_once(id, notice).await
    }

    async fn work(&self, kind: JobKind) -> Result<Box<dyn WorkQueue>> {
        Ok(Box::new(NatsQueue::open(&self.stream, kind).await?))
    }

    async fn watch(&self) -> Result<Box<dyn Watch>> {
        let watch = NatsWatch::open(&self.client, self.alarms.subscribe()).await?;
        Ok(Box::new(watch))
    }

    async fn ping(&self) -> Result<()> {
        let asked = tokio::time::timeout(PATIENCE, self.stream.query_account()).await;
        asked
            .map_err(away("ask the bus"))?
            .map_err(away("ask the bus"))?;
        Ok(())
    }
}

/// How an error of the server or of the connection is told.
fn away<E: std::error::Error + Send + Sync + 'static>(
    doing: &'static str,
) -> impl FnOnce(E) -> PortError {
    move |source| PortError::Unavailable {
        port: "bus",
        doing: doing.to_owned(),
        source: Box::new(source),
    }
}
