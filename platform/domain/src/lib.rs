//! The nouns of MicroLearn and their pure state transitions.
//!
//! | noun | meaning |
//! |---|---|
//! | **dataset** | a file that somebody uploaded; every upload of it is a *version* |
//! | **profile** | what was found in a dataset: a typed description of each column |
//! | **pipeline** | one way from a dataset to an endpoint, described by a *spec* |
//! | **stage** | one of the six steps of a pipeline; one service owns each |
//! | **job** | the unit of work that a worker claims: a stage's step, a trial, a fold, … |
//! | **candidate** | an algorithm with its search space, and why it was chosen |
//! | **trial** | one configuration of a candidate, scored by cross-validation |
//! | **model** | a trained, stored artefact with its numbers |
//! | **deployment** | a name under which a version of a model answers |
//! | **event** | something that happened to a pipeline, numbered within it |
//! | **course** | people who learn and teach something together |
//! | **message** | a text for people: a stable code, its parameters, and English words |
//!
//! Every id is a type of its own, every state an enum, and everything that is stored or sent has
//! a serde form. The crate does no IO, reads no clock and knows no database: time is an argument.

pub mod access;
pub mod audit;
pub mod cancel;
pub mod clock;
pub mod course;
pub mod dataset;
pub mod deployment;
pub mod evaluation;
pub mod event;
pub mod failing;
pub mod failure;
pub mod ids;
pub mod job;
pub mod message;
pub mod model;
pub mod pipeline;
pub mod profile;
pub mod quota;
pub mod results;
pub mod spec;
pub mod study;
mod suits;
pub mod task;
pub mod user;

pub use clock::{Clock, Deadline, ManualClock, SystemClock, Timestamp};
pub use failure::{Failure, FailureKind};
pub use ids::*;
pub use message::Message;
