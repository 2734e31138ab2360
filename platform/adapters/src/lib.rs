//! The adapters of the four ports, and [`open`], the one place where a URL picks among them.
//!
//! | port | URL | adapter |
//! |---|---|---|
//! | store | `sqlite:PATH` | [`store::SqlStore`] on a file, one writer |
//! | store | `memory:` | [`store::MemoryStore`], for tests and simulation: nothing is kept |
//! | bus | `memory:` | [`bus::MemoryBus`] |
//! | cache | `memory:` | [`cache::MemoryCache`] |
//! | artifacts | `file:PATH` | [`artifacts::Folder`] |
//!
//! Nothing else in the house names a backend.

pub mod artifacts;
pub mod bus;
pub mod cache;
mod open;
pub mod store;

pub use open::{OpenError, Urls, open};
