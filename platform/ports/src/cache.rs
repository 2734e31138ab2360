//! Fast shared state that can be lost.

use crate::Result;
use async_trait::async_trait;
use bytes::Bytes;
use std::fmt::Debug;
use std::time::Duration;

/// Small values under keys, each with an end.
///
/// - Everything may vanish at any moment; what is kept here can be rebuilt from the store.
/// - [`Cache::add`] and [`Cache::set_if_absent`] are atomic among all processes.
#[async_trait]
pub trait Cache: Send + Sync + Debug {
    /// The value, unless it ended or was lost.
    async fn get(&self, key: &str) -> Result<Option<Bytes>>;

    /// Stores a value for `ttl`.
    async fn set(&self, key: &str, value: Bytes, ttl: Duration) -> Result<()>;

    /// Stores a value for `ttl` unless there is one; whether it was stored.
    async fn set_if_absent(&self, key: &str, value: Bytes, ttl: Duration) -> Result<bool>;

    /// Adds to a counter that ends `ttl` after its first addition; the new count.
    async fn add(&self, key: &str, by: i64, ttl: Duration) -> Result<i64>;

    /// Removes the value.
    async fn delete(&self, key: &str) -> Result<()>;

    /// Whether the backend answers.
    async fn ping(&self) -> Result<()>;
}
