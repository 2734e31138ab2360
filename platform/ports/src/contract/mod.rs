//! What defines a port: one plain async function per guarantee.
//!
//! Each takes the port as a trait object and panics with words when the guarantee does not hold.
//! An adapter's tests call [`artifacts::all`], [`bus::all`], [`cache::all`] and [`store::all`] on
//! an empty backend.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a contract check is a test")]

pub mod artifacts;
pub mod bus;
pub mod cache;
pub mod store;
