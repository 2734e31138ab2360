//! Tests of the whole, from outside.
//!
//! - [`Sandbox`] starts the real program on a folder of its own and a free port, kills it, starts
//!   it again.
//! - [`Client`] speaks to it as any program would.
//! - [`Servers`] starts real backends.
//! - [`program`] finds the binary that was built.
//!
//! Nothing here knows the inside of the house but the tests of its arrows and of its documents.

mod client;
mod sandbox;
mod servers;

pub use client::Client;
pub use sandbox::{PASSWORD, Sandbox, datasets, program};
pub use servers::Servers;
