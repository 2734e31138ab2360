//! Shared state within one process.

use async_trait::async_trait;
use bytes::Bytes;
use domain::{Clock, Timestamp};
use ports::{Cache, Result};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Writes between two sweeps for values that have ended.
const SWEEP_EVERY: u32 = 1024;

/// A cache within one process.
#[derive(Debug)]
pub struct MemoryCache {
    clock: Arc<dyn Clock>,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    values: HashMap<String, Entry>,
    writes: u32,
}

#[derive(Debug)]
struct Entry {
    value: Value,
    ends: Timestamp,
}

#[derive(Debug)]
enum Value {
    Bytes(Bytes),
    Count(i64),
}

impl MemoryCache {
    /// An empty cache whose values end by `clock`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            inner: Mutex::default(),
        }
    }

    /// The values that have not ended, for one change.
    fn change(&self) -> (MutexGuard<'_, Inner>, Timestamp) {
        let now = self.clock.now();
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.writes = inner.writes.wrapping_add(1);
        if inner.writes.is_multiple_of(SWEEP_EVERY) {
            inner.values.retain(|_, entry| entry.ends > now);
        }
        (inner, now)
    }
}

impl Inner {
    fn live(&self, key: &str, now: Timestamp) -> Option<&Entry> {
        self.values.get(key).filter(|entry| entry.ends > now)
    }
}

#[async_trait]
impl Cache for MemoryCache {
    async fn get(&self, key: &str) -> Result<Option<Bytes>> {
        let now = self.clock.now();
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(inner.live(key, now).map(|entry| match &entry.value {
            Value::Bytes(bytes) => bytes.clone(),
            Value::Count(count) => Bytes::from(count.to_string()),
        }))
    }

    async fn set(&self, key: &str, value: Bytes, ttl: Duration) -> Result<()> {
        let (mut inner, now) = self.change();
        let entry = Entry {
            value: Value::Bytes(value),
            ends: now.after(ttl),
        };
        inner.values.insert(key.to_owned(), entry);
        Ok(())
    }

    async fn set_if_absent(&self, key: &str, value: Bytes, ttl: Duration) -> Result<bool> {
        let (mut inner, now) = self.change();
        if inner.live(key, now).is_some() {
            return Ok(false);
        }
        let entry = Entry {
            value: Value::Bytes(value),
            ends: now.after(ttl),
        };
        inner.values.insert(key.to_owned(), entry);
        Ok(true)
    }

    async fn add(&self, key: &str, by: i64, ttl: Duration) -> Result<i64> {
        let (mut inner, now) = self.change();
        if let Some(Entry {
            value: Value::Count(count),
            ends,
        }) = inner.values.get_mut(key)
            && *ends > now
        {
            *count = count.saturating_add(by);
            return Ok(*count);
        }
        let entry = Entry {
            value: Value::Count(by),
            ends: now.after(ttl),
        };
        inner.values.insert(key.to_owned(), entry);
        Ok(by)
    }

    async fn delete(&self, key: &str) -> Result<()> {
        self.change().0.values.remove(key);
        Ok(())
    }

    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::MemoryCache;
    use domain::{ManualClock, SystemClock, Timestamp};
    use ports::Cache;
    use std::sync::Arc;
    use std::time::Duration;

    #[tokio::test]
    async fn keeps_the_contract() {
        let cache = MemoryCache::new(Arc::new(SystemClock::new()));
        ports::contract::cache::all(&cache).await;
    }

    #[tokio::test]
    async fn a_value_ends_by_the_clock() {
        let clock = Arc::new(ManualClock::at(Timestamp(0)));
        let cache = MemoryCache::new(clock.clone());
        cache
            .set("k", "v".into(), Duration::from_secs(5))
            .await
            .unwrap();
        clock.advance(Duration::from_secs(6));
        assert_eq!(cache.get("k").await.unwrap(), None);
    }
}
