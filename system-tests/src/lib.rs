//! Tests of the whole, from outside.
//!
//! - [`Sandbox`] starts the real program on a folder of its own and a free port, kills it, starts
//!   it again.
//! - [`Client`] speaks to it as any program would.
//! - [`program`] finds the binary that was built.
//!
//! Nothing here knows the inside of the house but one test, which reads the crates' arrows.

mod client;
mod sandbox;

pub use client::Client;
pub use sandbox::{PASSWORD, Sandbox, datasets, program};
