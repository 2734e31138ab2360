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

use domain::study::{ParamValue, Params};
use domain::task::Task;
use ml::features::{Features, Target};
use ml::fit::{Fit, FitData, FitError};
use ml::model::FittedModel;
use ml::registry::{Algorithm, algorithms};
use std::ops::Deref;

/// An algorithm as it is fitted: with its defaults, or with levels as numbers.
struct Form {
    algorithm: &'static Algorithm,
    params: Params,
}

impl Form {
    fn of(algorithm: &'static Algorithm) -> Self {
        let params = Params::default();
        Self { algorithm, params }
    }

    fn baseline() -> Self {
        Self::of(&algorithms()[0])
    }

    fn encoded(algorithm: &'static Algorithm) -> Self {
        let target = ParamValue::Text("target".to_owned());
        let params = Params::default().with("categorical_encoding", target);
        Self { algorithm, params }
    }
}

impl Deref for Form {
    type Target = Algorithm;

    fn deref(&self) -> &Algorithm {
        self.algorithm
    }
}

/// Calls `check` for every form and every task of it.
fn every(check: impl Fn(&str, &Form, Task)) {
    for algorithm in algorithms() {
        for task in algorithm.tasks {
            check(
                &format!("{} {task}", algorithm.name),
                &Form::of(algorithm),
                *task,
            );
            if algorithm.name == "gradient_boosting" {
                let label = format!("{} of levels as numbers, {task}", algorithm.name);
                check(&label, &Form::encoded(algorithm), *task);
            }
        }
    }
}

/// A fit without deadline, validation rows or weights.
fn plain(form: &Form, x: &Features, y: &Target) -> Result<Fit, FitError> {
    common::with(form, &FitData::new(x, y), &form.params, 7, 1)
}

fn bytes(model: &FittedModel) -> Vec<u8> {
    postcard::to_allocvec(model).unwrap()
}
