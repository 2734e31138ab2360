//! The model-selector: which algorithms are worth trying on this data, and why.
//!
//! - [`choose`](mod@choose) is pure: data facts in, candidates with reasons out.
//! - [`race`] lets the candidates of a large table learn from growing samples of its rows; whoever is
//!   far behind and does not catch up is out, and the others are tried in the order of the race.
//! - The handler loads the recipe for its facts and stores the candidates.
//!
//! What it leaves out it says, with the reason, so that a person can disagree by naming candidates in
//! the pipeline's spec.

pub mod choose;
mod handle;
pub mod race;

use domain::job::JobKind;
use folds::FoldsCache;
use service_kit::{Role, Service, Weight};
use std::sync::Arc;

/// The service.
#[must_use]
pub fn service() -> Service {
    let select = handle::Select {
        cache: FoldsCache::shared(),
    };
    Service {
        role: Role::ModelSelector,
        handlers: vec![(JobKind::Select, Weight::Heavy, Arc::new(select))],
    }
}
