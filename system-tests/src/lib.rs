//! Tests of the whole, from outside.
//!
//! - [`Sandbox`] starts the real program on a folder of its own and a free port, kills it, starts
//!   it again.
//! - [`Client`] speaks to it as any program would.
//! - [`Servers`] starts real backends.
//! - [`Stack`] starts the program in many processes on real servers, and does them harm.
//! - [`Realm`] is an identity provider, and [`Browser`] signs in there.
//! - [`Proxy`] stands before a server and cuts, slows or spoils what passes.
//! - [`history::check`] says whether a pipeline lost or doubled anything.
//! - [`program`] finds the binary that was built.
//!
//! Nothing here knows the inside of the house but the tests of its arrows and of its documents, and
//! the simulation (`tests/simulation`), which plays the worker and the orchestrator themselves.

mod browser;
mod chance;
mod client;
pub mod history;
mod proxy;
mod realm;
mod sandbox;
mod servers;
mod stack;

pub use browser::{Browser, location};
pub use chance::Chance;
pub use client::Client;

/// What speaks HTTP in tests, as programs do.
#[must_use]
pub fn http() -> reqwest::Client {
    client::http(reqwest::redirect::Policy::default())
}
pub use proxy::{Proxy, Weather};
pub use realm::Realm;
pub use sandbox::{PASSWORD, Sandbox, datasets, program};
pub use servers::Servers;
pub use stack::{EACH_ALONE, STAND_INS, Stack};
