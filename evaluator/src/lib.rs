//! The evaluator: honest numbers about a pipeline's models, said so that people understand them.
//!
//! | part | what it does |
//! |---|---|
//! | [`evaluate()`] | predicts the held-out rows with every model and measures the answers |
//! | [`plots`] | draws the numbers as SVG |
//! | [`report`] | says all of it in one HTML file, in French or in English |
//! | [`model_card`] | says the essence of it in one page of Markdown |
//! | [`language`] | words, numbers and messages in French and in English |
//!
//! The facts that explain the design:
//!
//! * The model that is deployed is the best by **cross-validation**. The held-out rows only say
//!   how good it is: a choice made with them would make them part of the learning.
//! * An interval says how much a score would change with other rows of the same kind; the verdict
//!   between the first two models resamples the *same* rows for both, because most of the luck of
//!   a test set is shared between models.
//! * One seed gives the same numbers and the same bytes on any number of threads. Only the
//!   measured speed of a prediction differs from run to run.
//! * When the time is nearly up, the less important parts are left out in a fixed order, and a
//!   warning names them. The chosen model and the metric that decides always come out.
//!
//! Everything but `handle` is pure: it reads no store, writes no file, and sees models only through
//! [`evaluate::Predicts`]. It does not train, does not tune a threshold, and explains no single
//! row.

pub mod evaluate;
pub mod language;
pub mod model_card;
pub mod plots;
pub mod report;

mod cautions;
mod chance;
mod handle;

pub use cautions::cautions;
pub use evaluate::evaluate;
pub use language::Language;

use domain::job::JobKind;
use service_kit::{Role, Service, Weight};
use std::sync::Arc;

/// The service.
#[must_use]
pub fn service() -> Service {
    Service {
        role: Role::Evaluator,
        handlers: vec![(JobKind::Evaluate, Weight::Heavy, Arc::new(handle::Evaluate))],
    }
}
