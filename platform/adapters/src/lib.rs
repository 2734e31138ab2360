//! The adapters of the four ports, and [`open`], the one place where a URL picks among them.
//!
//! | port | URL | adapter |
//! |---|---|---|
//! | store | `sqlite:PATH` | [`store::SqlStore`] on a file, one writer |
//! | store | `postgres://…` | [`store::SqlStore`] on a server |
//! | store | `memory:` | [`store::MemoryStore`], for tests and simulation: nothing is kept |
//! | bus | `memory:` | [`bus::MemoryBus`] |
//! | bus | `nats://…` | [`bus::NatsBus`] |
//! | cache | `memory:` | [`cache::MemoryCache`] |
//! | cache | `redis://…` | [`cache::RedisCache`] |
//! | artifacts | `file:PATH` | [`artifacts::Folder`] |
//! | artifacts | `s3://…` | [`artifacts::Bucket`] |
//!
//! Nothing else in the house names a backend. [`wrap::guarded`] puts deadlines, repetition, circuit
//! breakers and metrics before all of them.

pub mod artifacts;
pub mod bus;
pub mod cache;
pub mod open;
pub mod store;
mod transfer;
pub mod wrap;

pub use open::{OpenError, Urls, open, redacted};
pub use transfer::{SiteData, Transferred};
