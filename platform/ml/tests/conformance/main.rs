//! What every row of the registry promises, for every task that it names.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may stop at a surprise"
)]

#[path = "../common/mod.rs"]
mod common;
mod learning;
mod odd;
mod search;
mod stopping;

use domain::task::Task;
use ml::model::FittedModel;
use ml::registry::{Algorithm, algorithms};

/// Calls `check` for every algorithm and every task of it.
fn every(check: impl Fn(&str, &'static Algorithm, Task)) {
    for algorithm in algorithms() {
        for task in algorithm.tasks {
            check(&format!("{} {task}", algorithm.name), algorithm, *task);
        }
    }
}

fn bytes(model: &FittedModel) -> Vec<u8> {
    postcard::to_allocvec(model).unwrap()
}
