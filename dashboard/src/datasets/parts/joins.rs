//! One joining of an upload at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

type Lock = tokio::sync::Mutex<()>;

/// The uploads that are being joined in this process.
#[derive(Debug, Default)]
pub(crate) struct Joins(Mutex<HashMap<Uuid, Weak<Lock>>>);

impl Joins {
    /// Waits until nobody else joins this upload, and keeps others from it until it is dropped.
    pub(super) async fn alone(&self, upload: Uuid) -> OwnedMutexGuard<()> {
        self.of(upload).lock_owned().await
    }

    fn of(&self, upload: Uuid) -> Arc<Lock> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = all.get(&upload).and_then(Weak::upgrade) {
            return lock;
        }
        all.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::default();
        all.insert(upload, Arc::downgrade(&lock));
        lock
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn an_upload_is_joined_once_at_a_time_and_then_forgotten() {
        let (joins, one, other) = (Joins::default(), Uuid::new_v4(), Uuid::new_v4());
        let first = joins.alone(one).await;
        assert!(joins.alone(one).now_or_never().is_none());
        let second = joins.alone(other).await;
        drop(first);
        assert!(joins.alone(one).now_or_never().is_some());
        drop(second);
        drop(joins.alone(Uuid::new_v4()).await);
        assert_eq!(joins.0.lock().unwrap().len(), 1);
    }
}
