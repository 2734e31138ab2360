//! Adapters of the cache.

mod memory;

pub use memory::MemoryCache;
