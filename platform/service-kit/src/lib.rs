//! Written once for all services.
//!
//! - [`service`]: a service declares which kinds of job it handles, and nothing else.
//! - [`runtime`]: takes a free slot, claims, keeps the lease, runs the step, commits; relays the
//!   outbox, mends what dead processes left, and drains on shutdown.
//! - [`step`]: what a handler holds: its job, its ports, its budget, its way to report progress.
//! - [`site`]: whether the store and the artifacts belong together.
//! - [`config`], [`telemetry`], [`http`]: settings, logs and the edges shared by all roles.
//!
//! The crate names no backend: it gets [`ports::Ports`]. A step may run more than once; what it
//! produced is committed once, because the store checks the lease in the same transaction.

pub mod config;
pub mod http;
pub mod runtime;
pub mod service;
pub mod site;
pub mod step;
pub mod telemetry;
pub mod timer;

pub use runtime::{Runtime, Settings, Turns};
pub use service::{Handler, Outcome, Role, Service, Weight};
pub use step::{CancelFlag, Reporter, Step, within};
pub use timer::{ManualTimer, RealTimer, Timer};
