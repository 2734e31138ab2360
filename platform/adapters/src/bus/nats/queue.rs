//! One consumer of one kind of work.

use super::{away, streams};
use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::{AckKind, Context, Message};
use async_trait::async_trait;
use domain::job::JobKind;
use futures_util::StreamExt;
use ports::bus::{Delivery, WorkQueue};
use ports::{PortError, Result};
use std::time::Duration;

/// How long one request for a message stands.
const STANDS: Duration = Duration::from_secs(30);
/// A server that is silent for twice this long is away.
const SILENCE: Duration = Duration::from_secs(5);

/// The competing consumers of a kind share one durable consumer of the server.
pub(super) struct NatsQueue {
    messages: pull::Stream,
}

impl NatsQueue {
    pub(super) async fn open(context: &Context, kind: JobKind) -> Result<Self> {
        let doing = "wait for work on the bus";
        let stream = match context.get_stream(streams::JOBS).await {
            Ok(stream) => stream,
            Err(_) => {
                // Gone with the server's disk, perhaps.
                streams::ensure(context).await?;
                context
                    .get_stream(streams::JOBS)
                    .await
                    .map_err(away(doing))?
            }
        };
        let messages = streams::consumer(&stream, kind)
            .await?
            .stream()
            // What one process has fetched and not begun, no other can begin.
            .max_messages_per_batch(1)
            .expires(STANDS)
            .heartbeat(SILENCE)
            .messages()
            .await
            .map_err(away(doing))?;
        Ok(Self { messages })
    }
}

#[async_trait]
impl WorkQueue for NatsQueue {
    async fn next(&mut self) -> Result<Box<dyn Delivery>> {
        let doing = "wait for work on the bus";
        match self.messages.next().await {
            Some(Ok(message)) => Ok(Box::new(NatsDelivery(Some(message)))),
            Some(Err(error)) => Err(away(doing)(error)),
            None => Err(closed(doing)),
        }
    }
}

/// The error of a subscription that has ended.
pub(super) fn closed(doing: &'static str) -> PortError {
    away(doing)(std::io::Error::other("the subscription has ended"))
}

/// A message in hand; dropping it gives it back.
struct NatsDelivery(Option<Message>);

#[async_trait]
impl Delivery for NatsDelivery {
    async fn in_progress(&self) -> Result<()> {
        match &self.0 {
            Some(message) => answer(message, AckKind::Progress).await,
            None => Ok(()),
        }
    }

    async fn ack(mut self: Box<Self>) -> Result<()> {
        match self.0.take() {
            Some(message) => answer(&message, AckKind::Ack).await,
            None => Ok(()),
        }
    }
}

async fn answer(message: &Message, kind: AckKind) -> Result<()> {
    let answered = message.ack_with(kind).await;
    answered.map_err(|source| PortError::Unavailable {
        port: "bus",
        doing: "answer a message".to_owned(),
        source,
    })
}

impl Drop for NatsDelivery {
    fn drop(&mut self) {
        let (Some(message), Ok(runtime)) = (self.0.take(), tokio::runtime::Handle::try_current())
        else {
            return;
        };
        // Where this fails the server gives it to another by itself, only later.
        runtime.spawn(async move { drop(answer(&message, AckKind::Nak(None)).await) });
    }
}
