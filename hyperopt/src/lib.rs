//! Hyperopt: which configurations are best, by an ask/tell study.
//!
//! - [`study`] is pure: what is known in, what to try next out. First each candidate's portfolio,
//!   then search: the next algorithm by how well its kind has done, the configuration by
//!   [`tpe`] (or by chance where too little is known).
//! - [`space`] draws, normalises and bounds configurations.
//! - The `optimise` handler asks and waits; every `trial` is a job of its own, scored fold by
//!   fold on any worker. The study is rebuilt from the store at each step, so nothing is lost
//!   when any of them dies.
//!
//! Samplers see values, never a store; a trial's pruning threshold is fixed when it is asked, so
//! that the same history always gives the same study, on any number of workers.

mod choice;
mod curve;
mod optimise;
mod plan;
mod points;
pub mod space;
pub mod study;
mod told;
pub mod tpe;
mod trial;
mod wilcoxon;

use domain::job::JobKind;
use folds::FoldsCache;
use service_kit::{Role, Service, Weight};
use std::sync::Arc;

/// The service.
#[must_use]
pub fn service() -> Service {
    let trials = trial::ScoreTrial {
        cache: FoldsCache::shared(),
    };
    Service {
        role: Role::Hyperopt,
        handlers: vec![
            (
                JobKind::Optimise,
                Weight::Light,
                Arc::new(optimise::Optimise),
            ),
            (JobKind::Trial, Weight::Heavy, Arc::new(trials)),
        ],
    }
}
