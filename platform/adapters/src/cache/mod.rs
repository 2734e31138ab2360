//! Adapters of the cache.

mod memory;
mod redis;

pub use memory::MemoryCache;
pub use redis::RedisCache;
