//! Wake-ups within one process.

use async_trait::async_trait;
use domain::job::JobKind;
use ports::bus::{Bus, Delivery, Notice, Watch, Watched, WorkQueue};
use ports::{PortError, Result};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, broadcast};

/// Notices that a slow watcher may lag behind before it is told to look at everything.
const WATCH_CAPACITY: usize = 1024;
/// Work messages that are kept; beyond, the oldest are dropped, for the store is polled anyway.
const QUEUE_CAPACITY: usize = 100_000;

/// A bus within one process.
#[derive(Debug)]
pub struct MemoryBus {
    queues: Mutex<HashMap<JobKind, Arc<Queue>>>,
    notices: broadcast::Sender<Notice>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    order: VecDeque<String>,
    ids: HashSet<String>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each critical section leaves the data whole, so a panic elsewhere does not spoil it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Default for MemoryBus {
    fn default() -> Self {
        Self {
            queues: Mutex::default(),
            notices: broadcast::channel(WATCH_CAPACITY).0,
        }
    }
}

impl MemoryBus {
    fn queue(&self, kind: JobKind) -> Arc<Queue> {
        Arc::clone(lock(&self.queues).entry(kind).or_default())
    }
}

impl Queue {
    fn push(&self, id: String) {
        {
            let mut waiting = lock(&self.waiting);
            if !waiting.ids.insert(id.clone()) {
                return;
            }
            waiting.order.push_back(id);
            if waiting.order.len() > QUEUE_CAPACITY
                && let Some(oldest) = waiting.order.pop_front()
            {
                waiting.ids.remove(&oldest);
            }
        }
        self.arrived.notify_one();
    }

    fn pop(&self) -> Option<String> {
        let mut waiting = lock(&self.waiting);
        let id = waiting.order.pop_front()?;
        waiting.ids.remove(&id);
        // A permit is one notification; whoever takes a message passes it on for the rest.
        if !waiting.order.is_empty() {
            self.arrived.notify_one();
        }
        Some(id)
    }
}

#[async_trait]
impl Bus for MemoryBus {
    async fn publish(&self, id: &str, notice: &Notice) -> Result<()> {
        match notice {
            Notice::Work(kind) => self.queue(*kind).push(id.to_owned()),
            // The store keeps it, and nobody else is there to read it.
            Notice::Dead(_) => {}
            // Nobody watching is no error.
            other => drop(self.notices.send(other.clone())),
        }
        Ok(())
    }

    async fn work(&self, kind: JobKind) -> Result<Box<dyn WorkQueue>> {
        Ok(Box::new(MemoryQueue(self.queue(kind))))
    }

    async fn watch(&self) -> Result<Box<dyn Watch>> {
        Ok(Box::new(MemoryWatch(self.notices.subscribe())))
    }

    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}

struct MemoryQueue(Arc<Queue>);

#[async_trait]
impl WorkQueue for MemoryQueue {
    async fn next(&mut self) -> Result<Box<dyn Delivery>> {
        loop {
            if let Some(id) = self.0.pop() {
                return Ok(Box::new(MemoryDelivery {
                    queue: Arc::clone(&self.0),
                    id: Some(id),
                }));
            }
            self.0.arrived.notified().await;
        }
    }
}

struct MemoryDelivery {
    queue: Arc<Queue>,
    id: Option<String>,
}

#[async_trait]
impl Delivery for MemoryDelivery {
    async fn in_progress(&self) -> Result<()> {
        Ok(())
    }

    async fn ack(mut self: Box<Self>) -> Result<()> {
        self.id = None;
        Ok(())
    }
}

impl Drop for MemoryDelivery {
    fn drop(&mut self) {
        if let Some(id) = self.id.take() {
            self.queue.push(id);
        }
    }
}

struct MemoryWatch(broadcast::Receiver<Notice>);

#[async_trait]
impl Watch for MemoryWatch {
    async fn next(&mut self) -> Result<Watched> {
        match self.0.recv().await {
            Ok(notice) => Ok(Watched::Notice(notice)),
            Err(broadcast::error::RecvError::Lagged(_)) => Ok(Watched::Lagged),
            Err(source) => Err(PortError::Unavailable {
                port: "bus",
                doing: "watch notices".to_owned(),
                source: Box::new(source),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MemoryBus, WATCH_CAPACITY};
    use domain::DatasetId;
    use ports::bus::{Bus, Notice, Watched};

    #[tokio::test]
    async fn keeps_the_contract() {
        ports::contract::bus::all(&MemoryBus::default()).await;
    }

    #[tokio::test]
    async fn who_lags_is_told_so_and_then_goes_on() {
        let bus = MemoryBus::default();
        let mut watch = bus.watch().await.unwrap();
        for _ in 0..=WATCH_CAPACITY {
            bus.publish("", &Notice::Deployments).await.unwrap();
        }
        let last = Notice::Dataset(DatasetId::new());
        bus.publish("", &last).await.unwrap();
        assert_eq!(watch.next().await.unwrap(), Watched::Lagged);
        let mut seen = 0;
        while watch.next().await.unwrap() != Watched::Notice(last.clone()) {
            seen += 1;
        }
        assert!(seen < WATCH_CAPACITY, "the oldest were missed");
    }
}
