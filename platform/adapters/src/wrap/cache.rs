//! The cache behind an interceptor.

use super::wrapped;
use bytes::Bytes;
use ports::Cache;
use std::time::Duration;

wrapped! { Cache of Cache:
    again get(key: &str) -> Option<Bytes>;
    once set(key: &str, value: Bytes, ttl: Duration) -> ();
    once set_if_absent(key: &str, value: Bytes, ttl: Duration) -> bool;
    once add(key: &str, by: i64, ttl: Duration) -> i64;
    again delete(key: &str) -> ();
    check ping() -> ();
}
