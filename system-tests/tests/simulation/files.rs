//! Files and messages: held in memory, reached through the gate.

use crate::door::Door;
use crate::lock;
use async_trait::async_trait;
use bytes::Bytes;
use domain::job::JobKind;
use ports::artifacts::{ByteStream, SITE_MARK, Stored, Written};
use ports::bus::{Notice, Watch, WorkQueue};
use ports::{Artifacts, Bus, PortError, Result};
use std::ops::Range;

/// What every file holds: only whether it is there matters.
const CONTENT: &[u8] = b"x";

fn stored(key: &str) -> Stored {
    let (key, bytes) = (key.to_owned(), CONTENT.len() as u64);
    Stored { key, bytes }
}

impl Door {
    fn has(&self, key: &str) -> Result<Stored> {
        if lock(&self.hub.files).contains(key) {
            return Ok(stored(key));
        }
        lock(&self.hub.watch).missed(key);
        Err(PortError::NotFound {
            doing: "read a file".to_owned(),
            what: key.to_owned(),
        })
    }

    fn keep(&self, key: &str) -> Written {
        lock(&self.hub.files).insert(key.to_owned());
        Written {
            bytes: CONTENT.len() as u64,
            sha256: String::new(),
        }
    }
}

#[async_trait]
impl Artifacts for Door {
    async fn put(&self, key: &str, _: ByteStream) -> Result<Written> {
        self.call("artifacts", "put", async { Ok(self.keep(key)) })
            .await
    }

    async fn put_once(&self, key: &str, _: Bytes) -> Result<Written> {
        self.call("artifacts", "put", async { Ok(self.keep(key)) })
            .await
    }

    async fn get(&self, key: &str) -> Result<ByteStream> {
        if key == SITE_MARK {
            let mark = Bytes::from(self.hub.site.clone());
            return Ok(Box::pin(futures_util::stream::once(async { Ok(mark) })));
        }
        let call = async { self.has(key) };
        self.call("artifacts", "get", call).await?;
        let content = async { Ok(Bytes::from_static(CONTENT)) };
        Ok(Box::pin(futures_util::stream::once(content)))
    }

    async fn get_range(&self, key: &str, _: Range<u64>) -> Result<Bytes> {
        self.has(key).map(|_| Bytes::from_static(CONTENT))
    }

    async fn head(&self, key: &str) -> Result<Stored> {
        self.has(key)
    }

    async fn list(&self, prefix: &str) -> Result<Vec<Stored>> {
        let list = async {
            let files = lock(&self.hub.files);
            let below = files.iter().filter(|key| key.starts_with(prefix));
            Ok(below.map(|key| stored(key)).collect())
        };
        self.call("artifacts", "list", list).await
    }

    async fn delete(&self, key: &str) -> Result<()> {
        let delete = async {
            lock(&self.hub.files).remove(key);
            lock(&self.hub.watch).removed(key);
            Ok(())
        };
        self.call("artifacts", "delete", delete).await
    }

    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Bus for Door {
    async fn publish(&self, _: &str, notice: &Notice) -> Result<()> {
        let publish = async {
            lock(&self.hub.mail).push(notice.clone());
            Ok(())
        };
        self.call("bus", "publish", publish).await
    }

    /// Turns are given by the scheduler: nobody listens.
    async fn work(&self, _: JobKind) -> Result<Box<dyn WorkQueue>> {
        Err(nobody())
    }

    async fn watch(&self) -> Result<Box<dyn Watch>> {
        Err(nobody())
    }

    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}

fn nobody() -> PortError {
    PortError::Unavailable {
        port: "bus",
        doing: "listen".to_owned(),
        source: "messages are handed over by the scheduler".into(),
    }
}
