//! Written once for all services: the worker loop over job rows, leases and heartbeats, the
//! outbox relay, the reconciler, cancellation, configuration, telemetry, the health listener,
//! HTTP errors and graceful shutdown.
//!
//! A service declares which kinds of job it handles ([`Service`]); everything that makes its work
//! survive crashes, cancellation and shutdown happens here. The crate names no backend: it gets
//! [`ports::Ports`].

pub mod http;
