//! A cache and artifacts in memory, and a bus on which nothing happens.

use super::people::away;
use async_trait::async_trait;
use bytes::Bytes;
use domain::job::JobKind;
use futures_util::StreamExt;
use ports::artifacts::{Artifacts, ByteStream, Stored, Written};
use ports::bus::{Bus, Notice, Watch, Watched, WorkQueue};
use ports::{Cache, PortError, Result};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;
use tokio::time::Instant;

/// A cache that forgets texts when their time is over, by tokio's clock, and never forgets counts.
#[derive(Debug, Default)]
pub struct MemoryCache(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    texts: HashMap<String, (Bytes, Instant)>,
    counts: HashMap<String, i64>,
}

impl MemoryCache {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        let mut kept = self.0.lock().unwrap();
        let now = Instant::now();
        kept.texts.retain(|_, (_, until)| now < *until);
        kept
    }
}

#[async_trait]
impl Cache for MemoryCache {
    async fn get(&self, key: &str) -> Result<Option<Bytes>> {
        Ok(self.kept().texts.get(key).map(|(text, _)| text.clone()))
    }
    async fn set(&self, key: &str, value: Bytes, holds: Duration) -> Result<()> {
        let entry = (value, Instant::now() + holds);
        self.kept().texts.insert(key.to_owned(), entry);
        Ok(())
    }
    async fn set_if_absent(&self, key: &str, value: Bytes, holds: Duration) -> Result<bool> {
        let mut kept = self.kept();
        let free = !kept.texts.contains_key(key);
        let entry = (value, Instant::now() + holds);
        kept.texts.entry(key.to_owned()).or_insert(entry);
        Ok(free)
    }
    async fn add(&self, key: &str, by: i64, _: Duration) -> Result<i64> {
        // As over a network: others get their turn before the answer is here.
        tokio::task::yield_now().await;
        let count = {
            let mut kept = self.kept();
            let count = kept.counts.entry(key.to_owned()).or_default();
            *count += by;
            *count
        };
        tokio::task::yield_now().await;
        Ok(count)
    }
    async fn delete(&self, key: &str) -> Result<()> {
        let mut kept = self.kept();
        kept.texts.remove(key);
        kept.counts.remove(key);
        Ok(())
    }
    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}

/// Artifacts in memory.
#[derive(Debug, Default)]
pub struct MemoryArtifacts(Mutex<BTreeMap<String, Bytes>>);

impl MemoryArtifacts {
    pub fn keys(&self) -> Vec<String> {
        self.0.lock().unwrap().keys().cloned().collect()
    }

    fn find(&self, key: &str) -> Result<Bytes> {
        let found = self.0.lock().unwrap().get(key).cloned();
        found.ok_or_else(|| PortError::NotFound {
            doing: "read".into(),
            what: key.into(),
        })
    }
}

#[async_trait]
impl Artifacts for MemoryArtifacts {
    async fn put(&self, key: &str, mut content: ByteStream) -> Result<Written> {
        let mut whole = Vec::new();
        while let Some(piece) = content.next().await {
            whole.extend_from_slice(&piece.map_err(|source| PortError::Unavailable {
                port: "artifacts",
                doing: format!("store {key}"),
                source: Box::new(source),
            })?);
        }
        self.put_once(key, whole.into()).await
    }
    async fn put_once(&self, key: &str, content: Bytes) -> Result<Written> {
        use sha2::Digest;
        let sha256 = crate::auth::secret::hex(&sha2::Sha256::digest(&content));
        let bytes = content.len() as u64;
        self.0.lock().unwrap().insert(key.to_owned(), content);
        Ok(Written { bytes, sha256 })
    }
    async fn get(&self, key: &str) -> Result<ByteStream> {
        let content = self.find(key)?;
        Ok(Box::pin(futures_util::stream::once(
            async move { Ok(content) },
        )))
    }
    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes> {
        let content = self.find(key)?;
        let end = usize::try_from(range.end).unwrap().min(content.len());
        Ok(content.slice(usize::try_from(range.start).unwrap()..end))
    }
    async fn head(&self, key: &str) -> Result<Stored> {
        let bytes = self.find(key)?.len() as u64;
        Ok(Stored {
            key: key.to_owned(),
            bytes,
        })
    }
    async fn list(&self, prefix: &str) -> Result<Vec<Stored>> {
        let all = self.0.lock().unwrap();
        let found = all.iter().filter(|(key, _)| key.starts_with(prefix));
        Ok(found
            .map(|(key, value)| Stored {
                key: key.clone(),
                bytes: value.len() as u64,
            })
            .collect())
    }
    async fn delete(&self, key: &str) -> Result<()> {
        self.0.lock().unwrap().remove(key);
        Ok(())
    }
    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}

/// A bus on which nothing ever happens.
#[derive(Debug)]
pub struct QuietBus;

#[async_trait]
impl Bus for QuietBus {
    async fn publish(&self, _: &str, _: &Notice) -> Result<()> {
        Ok(())
    }
    async fn work(&self, _: JobKind) -> Result<Box<dyn WorkQueue>> {
        Err(away())
    }
    async fn watch(&self) -> Result<Box<dyn Watch>> {
        Ok(Box::new(Nothing))
    }
    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}

struct Nothing;

#[async_trait]
impl Watch for Nothing {
    async fn next(&mut self) -> Result<Watched> {
        std::future::pending().await
    }
}
