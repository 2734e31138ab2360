//! Learning from tables: pure, synchronous, seeded.
//!
//! ```text
//! Table ──Recipe::fit──▶ Recipe ──features, target──▶ Features, Target ──fit──▶ FittedModel
//!                          │                                                       │
//!                          └───────────────────▶ ModelFile ◀───────────────────────┘
//!                                                    │
//!                 JSON records, Table ──────▶ Predictor ──▶ Predictions ──▶ metrics::score
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`table`], [`values`] | typed tables, and how text becomes values |
//! | [`recipe`] | preparation, fitted on training rows only; one code path for one row or a million |
//! | [`features`] | what algorithms see and answer |
//! | [`split`] | held-out rows and folds |
//! | [`fit`](mod@fit) | the grammar: data, parameters and a context give a model |
//! | [`registry`] | the one table of algorithms: names, tasks, spaces, portfolios, cost |
//! | [`algorithms`], [`model`] | one file or folder each, and their fitted forms |
//! | [`ensemble`], [`stack`] | several models as one, mixed on out-of-fold predictions |
//! | [`metrics`] | scikit-learn's scores and curves, bootstrap intervals |
//! | [`artefact`] | the model file, and the predictor made of it |
//!
//! Facts that explain the design. The same inputs and seed give the same bytes on any number of
//! threads, so every draw is a function of the seed and sums have a fixed order; whoever allows a GPU
//! gives that up. Fitted models are
//! structs of this crate and never a library's, because a stored model must load for ever. An
//! artefact is read as if an enemy had written it.
//!
//! The crate does no IO, reads no clock but the deadline it is given, starts no background work
//! and knows neither databases nor data frames.

pub mod algorithms;
pub mod artefact;
pub mod ensemble;
pub mod features;
pub mod fit;
pub mod metrics;
pub mod model;
mod numbers;
mod random;
pub mod recipe;
pub mod registry;
pub mod split;
pub mod stack;
pub mod table;
pub mod values;
