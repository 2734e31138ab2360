//! The trainer: fits the chosen configurations, one job a fold, and binds the folds of each into
//! one model file.
//!
//! - The `train` handler plans which models to fit ([`plan`] is pure), stores a `fold` job for
//!   every fold of each, best model first, and binds what came back.
//! - The `fold` handler fits one fold and tells its curve while it goes.
//!
//! A model is the mean of its folds' models (bagging); each fold's model never saw the rows that
//! it is scored on. Whatever happens to the budget, the best model's first fold is fitted, or
//! else the baseline is: training always ends with at least one model.

mod bind;
mod cuts;
mod fold;
mod missing;
mod mix;
mod plan;
mod train;

use domain::job::JobKind;
use folds::FoldsCache;
use service_kit::{Role, Service, Weight};
use std::sync::Arc;

/// The service.
#[must_use]
pub fn service() -> Service {
    let cache = FoldsCache::shared();
    Service {
        role: Role::Trainer,
        handlers: vec![
            (
                JobKind::Train,
                Weight::Light,
                Arc::new(train::Train {
                    cache: Arc::clone(&cache),
                }),
            ),
            (
                JobKind::Fold,
                Weight::Heavy,
                Arc::new(fold::FitFold { cache }),
            ),
        ],
    }
}
