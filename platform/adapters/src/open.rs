//! From URLs to ports.

use crate::artifacts::{Bucket, Folder};
use crate::bus::{MemoryBus, NatsBus};
use crate::cache::{MemoryCache, RedisCache};
use crate::store::{MemoryStore, SqlStore};
use domain::Clock;
use ports::{Artifacts, Bus, Cache, Circuits, PortError, Ports, Store};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use url::Url;

/// One URL a port. Shown without what is secret in them.
#[derive(Clone)]
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

impl fmt::Debug for Urls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Urls")
            .field("store", &redacted(&self.store))
            .field("bus", &redacted(&self.bus))
            .field("cache", &redacted(&self.cache))
            .field("artifacts", &redacted(&self.artifacts))
            .finish()
    }
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
        _ => Err(unknown_store(url)),
    }
}

fn unknown_store(url: &str) -> OpenError {
    let known = "sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME";
    unknown("store", url, known)
}

/// Opens a store that is there, and changes nothing in it; nothing if there is none.
pub async fn look_at_store(
    url: &str,
    clock: Arc<dyn Clock>,
) -> Result<Option<SqlStore>, OpenError> {
    match split(url) {
        ("sqlite", path) if !path.is_empty() && path != ":memory:" => {
            let path = PathBuf::from(path);
            if !path.is_file() {
                return Ok(None);
            }
            Ok(Some(SqlStore::look_at_file(&path, clock).await?))
        }
        ("postgres" | "postgresql", _) => Ok(Some(SqlStore::look_at_server(url, clock).await?)),
        ("memory", "") => Ok(None),
        _ => Err(unknown_store(url)),
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
        _ => Err(unknown_artifacts(url)),
    }
}

/// Opens artifacts that are there, and changes nothing in them; nothing if there are none.
pub async fn look_at_artifacts(url: &str) -> Result<Option<Arc<dyn Artifacts>>, OpenError> {
    let looked: ports::Result<Arc<dyn Artifacts>> = match split(url) {
        ("file", path) if !path.is_empty() => {
            let folder = Folder::look_at(path.as_ref()).await;
            folder.map(|folder| Arc::new(folder) as _)
        }
        ("s3", _) => {
            let bucket = Bucket::look_at(url).await;
            bucket.map(|bucket| Arc::new(bucket) as _)
        }
        _ => return Err(unknown_artifacts(url)),
    };
    match looked {
        Err(PortError::NotFound { .. }) => Ok(None),
        looked => Ok(Some(looked?)),
    }
}

fn unknown_artifacts(url: &str) -> OpenError {
    unknown("artifacts", url, "file:PATH or s3://BUCKET?endpoint=URL")
}

/// Scheme and the rest; `sqlite://PATH` means the same as `sqlite:PATH`.
fn split(url: &str) -> (&str, &str) {
    let (scheme, rest) = url.split_once(':').unwrap_or((url, ""));
    (scheme, rest.strip_prefix("//").unwrap_or(rest))
}

fn unknown(port: &'static str, url: &str, known: &'static str) -> OpenError {
    let url = redacted(url);
    OpenError::UnknownUrl { port, url, known }
}

/// A URL as it may be shown: without user and password, and without the values of parameters that
/// are not known to be harmless. What cannot be understood is not shown at all.
#[must_use]
pub fn redacted(url: &str) -> String {
    const HARMLESS: [&str; 4] = ["endpoint", "links", "region", "sslmode"];
    if matches!(split(url).0, "sqlite" | "file" | "memory" | "") {
        return url.to_owned();
    }
    let Some(parsed) = Url::parse(url).ok().filter(Url::has_host) else {
        // Without a scheme there may be anything in it.
        return match url.split_once(':') {
            Some((scheme, _)) if is_word(scheme) => format!("{scheme}:…"),
            _ if is_word(url) => url.to_owned(),
            _ => "…".to_owned(),
        };
    };
    let mut shown = format!("{}://", parsed.scheme());
    if !parsed.username().is_empty() || parsed.password().is_some() {
        shown += "…@";
    }
    shown += parsed.host_str().unwrap_or_default();
    if let Some(port) = parsed.port() {
        shown += &format!(":{port}");
    }
    shown += parsed.path();
    for (place, (name, value)) in parsed.query_pairs().enumerate() {
        let value = match HARMLESS.contains(&&*name) {
            // The address of a server may hold a password of its own.
            true if value.contains(':') => redacted(&value),
            true => value.into_owned(),
            false => "…".to_owned(),
        };
        shown += &format!("{}{name}={value}", if place == 0 { '?' } else { '&' });
    }
    shown
}

fn is_word(text: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"+-._".contains(&byte);
    text.bytes().all(good)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::SystemClock;

    #[test]
    fn what_is_secret_is_never_shown_and_all_else_is() {
        for (url, shown) in [
            ("sqlite:/a@b/c.db", "sqlite:/a@b/c.db"),
            ("memory:", "memory:"),
            ("", ""),
            ("nats://host:4222", "nats://host:4222"),
            ("nats://tok@host", "nats://…@host"),
            ("redis://:pw@host/0", "redis://…@host/0"),
            (
                "postgres://host/site?user=ml&password=pw&sslmode=require",
                "postgres://host/site?user=…&password=…&sslmode=require",
            ),
            ("postgres://ml:p%40w@db/site", "postgres://…@db/site"),
            (
                "s3://id:pw@lake/x?endpoint=http://u:pw@h:9000&region=eu",
                "s3://…@lake/x?endpoint=http://…@h:9000/&region=eu",
            ),
            ("postgres://ml:p/w#pw@[db/site", "postgres:…"),
            ("ml:pw@db", "ml:…"),
            ("pw@db", "…"),
        ] {
            assert_eq!(redacted(url), shown);
        }
        let urls = Urls {
            store: "postgres://h/d?password=pw".to_owned(),
            ..Urls::embedded(std::path::Path::new("/data"))
        };
        assert!(!format!("{urls:?}").contains("pw"), "{urls:?}");
    }

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
