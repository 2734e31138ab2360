//! The model-selector: which algorithms are worth trying on this data, and why.
//!
//! - [`choose`] is pure: data facts in, candidates with reasons out.
//! - The handler loads the recipe for its facts and stores the candidates.
//!
//! It fits nothing. What it leaves out it says, with the reason, so that a person can disagree by
//! naming candidates in the pipeline's spec.

pub mod choose;
mod handle;

use domain::job::JobKind;
use service_kit::{Role, Service, Weight};
use std::sync::Arc;

/// The service.
#[must_use]
pub fn service() -> Service {
    Service {
        role: Role::ModelSelector,
        handlers: vec![(JobKind::Select, Weight::Light, Arc::new(handle::Select))],
    }
}
