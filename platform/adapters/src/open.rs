//! From URLs to ports.

use crate::artifacts::{Bucket, Folder};
use crate::bus::{MemoryBus, NatsBus};
use crate::cache::{MemoryCache, RedisCache};
use crate::store::{MemoryStore, SqlStore};
use domain::Clock;
use ports::{Artifacts, Bus, Cache, Circuits, PortError, Ports, Store};
use std::path::PathBuf;
use std::sync::Arc;

/// One URL a port.
#[derive(Clone, Debug)]
pub struct Urls {
    /// `sqlite:PATH` or `postgres://…`; for tests and simulation `memory:`, which keeps nothing.
    pub store: String,
    /// `memory:` or `nats://…`.
    pub bus: String,
    /// `memory:`, `redis://…` or `rediss://…`.
    pub cache: String,
    /// `file:PATH` or `s3://…`; see [`Bucket::open`].
    pub artifacts: String,
}

impl Urls {
    /// Everything embedded, below one folder.
    #[must_use]
    pub fn embedded(data: &std::path::Path) -> Self {
        Self {
            store: format!("sqlite:{}", data.join("microlearn.db").display()),
            bus: "memory:".to_owned(),
            cache: "memory:".to_owned(),
            artifacts: format!("file:{}", data.join("artifacts").display()),
        }
    }
}

impl Urls {
    /// Whether a port's backend is a part of this process, and there is nothing to wait for.
    #[must_use]
    pub fn is_embedded(&self, port: &str) -> bool {
        let url = match port {
            "store" => &self.store,
            "bus" => &self.bus,
            "cache" => &self.cache,
            _ => &self.artifacts,
        };
        matches!(split(url).0, "sqlite" | "file" | "memory")
    }
}

/// Why the ports could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No adapter has this URL.
    #[error("the {port} URL {url:?} is not known; use {known}")]
    UnknownUrl {
        /// The port.
        port: &'static str,
        /// What was given, without a password.
        url: String,
        /// What would have been right.
        known: &'static str,
    },
    /// The backend refused.
    #[error("{0}")]
    Port(#[from] PortError),
}

/// Opens the four ports, creating and migrating what is missing.
pub async fn open(urls: &Urls, clock: Arc<dyn Clock>) -> Result<Ports, OpenError> {
    Ok(Ports {
        store: store(&urls.store, Arc::clone(&clock)).await?,
        bus: bus(&urls.bus).await?,
        cache: cache(&urls.cache, clock).await?,
        artifacts: artifacts(&urls.artifacts).await?,
        circuits: Circuits::default(),
        changed: Arc::default(),
    })
}

/// Opens the store.
pub async fn store(url: &str, clock: Arc<dyn Clock>) -> Result<Arc<dyn Store>, OpenError> {
    match split(url) {
        ("memory", "") => Ok(Arc::new(MemoryStore::new(clock))),
        _ => Ok(Arc::new(sql_store(url, clock).await?)),
    }
}

/// Opens a store that lasts.
pub(crate) async fn sql_store(url: &str, clock: Arc<dyn Clock>) -> Result<SqlStore, OpenError> {
    match split(url) {
        ("sqlite", path) if !path.is_empty() && path != ":memory:" => {
            Ok(SqlStore::open_file(&PathBuf::from(path), clock).await?)
        }
        ("postgres" | "postgresql", _) => Ok(SqlStore::open_server(url, clock).await?),
        _ => Err(unknown(
            "store",
            url,
            "sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME",
        )),
    }
}

/// Opens the bus.
pub async fn bus(url: &str) -> Result<Arc<dyn Bus>, OpenError> {
    match split(url) {
        ("nats" | "tls", _) => Ok(Arc::new(NatsBus::connect(url).await?)),
        ("memory", "") => Ok(Arc::new(MemoryBus::default())),
        _ => Err(unknown("bus", url, "memory: or nats://HOST")),
    }
}

/// Opens the cache.
pub async fn cache(url: &str, clock: Arc<dyn Clock>) -> Result<Arc<dyn Cache>, OpenError> {
    match split(url) {
        ("redis" | "rediss", _) => Ok(Arc::new(RedisCache::connect(url).await?)),
        ("memory", "") => Ok(Arc::new(MemoryCache::new(clock))),
        _ => Err(unknown("cache", url, "memory: or redis://HOST")),
    }
}

/// Opens the artifacts.
pub async fn artifacts(url: &str) -> Result<Arc<dyn Artifacts>, OpenError> {
    match split(url) {
        ("file", path) if !path.is_empty() => Ok(Arc::new(Folder::open(path.as_ref()).await?)),
        ("s3", _) => Ok(Arc::new(Bucket::open(url).await?)),
        _ => Err(unknown(
            "artifacts",
            url,
            "file:PATH or s3://BUCKET?endpoint=URL",
        )),
    }
}

/// Scheme and the rest; `sqlite://PATH` means the same as `sqlite:PATH`.
fn split(url: &str) -> (&str, &str) {
    let (scheme, rest) = url.split_once(':').unwrap_or((url, ""));
    (scheme, rest.strip_prefix("//").unwrap_or(rest))
}

fn unknown(port: &'static str, url: &str, known: &'static str) -> OpenError {
    // A URL may hold a password between `:` and `@`; only what is before is safe to repeat.
    let url = url
        .split('@')
        .next()
        .filter(|_| url.contains('@'))
        .map_or_else(|| url.to_owned(), |_| format!("{}:…", split(url).0));
    OpenError::UnknownUrl { port, url, known }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::SystemClock;

    #[test]
    fn a_password_is_never_repeated() {
        let error = unknown("store", "mysql://root:hunter2@host/db", "sqlite:PATH").to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[tokio::test]
    async fn everything_embedded_opens_below_one_folder() {
        let folder = tempfile::tempdir().unwrap();
        let urls = Urls::embedded(&folder.path().join("new"));
        for urls in [&urls, &urls] {
            let ports = open(urls, Arc::new(SystemClock::new())).await.unwrap();
            ports.store.ping().await.unwrap();
            ports.artifacts.ping().await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_store_in_memory_keeps_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let urls = Urls {
            store: "memory:".to_owned(),
            ..Urls::embedded(folder.path())
        };
        let store = async || {
            let clock = Arc::new(SystemClock::new());
            open(&urls, clock).await.unwrap().store
        };
        let first = store().await;
        ports::contract::store::users::all(&first).await;
        assert!(first.count_users().await.unwrap() > 0);
        assert_eq!(store().await.count_users().await.unwrap(), 0);
        assert!(!folder.path().join("microlearn.db").exists());
    }

    #[tokio::test]
    async fn what_no_adapter_can_keep_is_refused() {
        let clock = || Arc::new(SystemClock::new());
        for url in [
            "",
            "sqlite:",
            "sqlite://",
            "sqlite::memory:",
            "memory:x",
            "oracle:x",
            "x.db",
        ] {
            let refusal = store(url, clock()).await.unwrap_err();
            assert!(matches!(refusal, OpenError::UnknownUrl { .. }), "{url}");
        }
        for url in ["file:", "file://", "/tmp"] {
            assert!(artifacts(url).await.is_err(), "{url}");
        }
    }
}
