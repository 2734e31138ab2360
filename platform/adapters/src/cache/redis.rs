//! Values shared between processes, in Redis or Valkey.

use async_trait::async_trait;
use bytes::Bytes;
use ports::{Cache, PortError, Result};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{AsyncCommands, Client, RedisError, Script};
use std::fmt;
use std::time::Duration;

/// How long the server may take to answer, or to be reached.
const PATIENCE: Duration = Duration::from_secs(2);
/// Before every key, so that a server may be shared.
const PREFIX: &str = "ml:";

/// Adds, and gives a counter its end with its first addition.
const ADD: &str = "local n = redis.call('INCRBY', KEYS[1], ARGV[1]) \
    if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end \
    return n";

/// A cache between processes.
pub struct RedisCache {
    connection: ConnectionManager,
    add: Script,
}

impl fmt::Debug for RedisCache {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("RedisCache").finish_non_exhaustive()
    }
}

impl RedisCache {
    /// Connects to `redis://[:PASSWORD@]HOST[:PORT][/DB]`, or `rediss:` for TLS. From then on the
    /// connection mends itself.
    pub async fn connect(url: &str) -> Result<Self> {
        let doing = "connect to the cache";
        let client = Client::open(url).map_err(away(doing))?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_number_of_retries(2);
        let connection = ConnectionManager::new_with_config(client, config)
            .await
            .map_err(away(doing))?;
        Ok(Self {
            connection,
            add: Script::new(ADD),
        })
    }
}

fn keyed(key: &str) -> String {
    format!("{PREFIX}{key}")
}

/// Redis knows no shorter time than a millisecond.
fn millis(ttl: Duration) -> u64 {
    u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).max(1)
}

#[async_trait]
impl Cache for RedisCache {
    async fn get(&self, key: &str) -> Result<Option<Bytes>> {
        let mut connection = self.connection.clone();
        let value: Option<Vec<u8>> = connection
            .get(keyed(key))
            .await
            .map_err(away("read from the cache"))?;
        Ok(value.map(Bytes::from))
    }

    async fn set(&self, key: &str, value: Bytes, ttl: Duration) -> Result<()> {
        let mut connection = self.connection.clone();
        connection
            .pset_ex(keyed(key), &value[..], millis(ttl))
            .await
            .map_err(away("write to the cache"))
    }

    async fn set_if_absent(&self, key: &str, value: Bytes, ttl: Duration) -> Result<bool> {
        let mut connection = self.connection.clone();
        let set: Option<String> = redis::cmd("SET")
            .arg(keyed(key))
            .arg(&value[..])
            .arg("NX")
            .arg("PX")
            .arg(millis(ttl))
            .query_async(&mut connection)
            .await
            .map_err(away("write to the cache"))?;
        Ok(set.is_some())
    }

    async fn add(&self, key: &str, by: i64, ttl: Duration) -> Result<i64> {
        let mut connection = self.connection.clone();
        self.add
            .key(keyed(key))
            .arg(by)
            .arg(millis(ttl))
            .invoke_async(&mut connection)
            .await
            .map_err(away("count in the cache"))
    }

    async fn delete(&self, key: &str) -> Result<()> {
        let mut connection = self.connection.clone();
        connection
            .del(keyed(key))
            .await
            .map_err(away("delete from the cache"))
    }

    async fn ping(&self) -> Result<()> {
        let mut connection = self.connection.clone();
        redis::cmd("PING")
            .query_async(&mut connection)
            .await
            .map_err(away("ask the cache"))
    }
}

/// How an error of the server or of the connection is told.
fn away(doing: &'static str) -> impl FnOnce(RedisError) -> PortError {
    move |source| PortError::Unavailable {
        port: "cache",
        doing: doing.to_owned(),
        source: Box::new(source),
    }
}
