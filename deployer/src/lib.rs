//! The deployer: decides whether the best model answers under a name, and commits that.
//!
//! - [`decide`] is pure: policy and score in, verdict out.
//! - Before that, where time is left, the model is fitted again on all rows: those held out have told
//!   all that they can.
//! - The handler commits a deployment row; every process that serves predictions watches those
//!   rows, loads the artefact, and switches once it is loaded.
//!
//! It serves nothing itself, so a deployer that is away delays new deployments and no prediction.

pub mod decide;
mod handle;
mod refit;

use domain::job::JobKind;
use service_kit::{Role, Service, Weight};
use std::sync::Arc;

/// The service.
#[must_use]
pub fn service() -> Service {
    Service {
        role: Role::Deployer,
        handlers: vec![(JobKind::Deploy, Weight::Light, Arc::new(handle::Deploy))],
    }
}
