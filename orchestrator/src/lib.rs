//! The orchestrator: decides what comes next in a pipeline.
//!
//! - [`machine`] is the pure state machine: `(state, event) → state`, and what a state asks to be
//!   done. It knows no store and no clock.
//! - The handler of `advance` jobs looks at a pipeline, asks the machine, and commits its answer.
//!
//! Every commit that ends a stage leaves an `advance` job behind in the same transaction, so
//! nothing is ever forgotten between two stages; looking once too often changes nothing.
//!
//! It does no work of a stage, and never waits.

mod handle;
pub mod machine;

use domain::job::JobKind;
use service_kit::{Role, Service, Weight};
use std::sync::Arc;

/// The service.
#[must_use]
pub fn service() -> Service {
    Service {
        role: Role::Orchestrator,
        handlers: vec![(JobKind::Advance, Weight::Light, Arc::new(handle::Advance))],
    }
}
