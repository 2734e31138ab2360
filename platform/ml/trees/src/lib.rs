//! Histogram trees: gradient boosting, random forest and extra trees.
//!
//! Pure, synchronous and seeded: data in, model out; no files, no clock, no global state. The
//! caller brings threads, a [`Control`] that may end a fit, and a seed that decides everything
//! left to chance.
//!
//! # Parts, in the order data passes them
//! * [`Features`]: the caller's columns; [`BinnedMatrix`]: the same in bins of one byte, made once
//!   and shared by any number of fits; [`Dataset`]: binned rows, targets, weights.
//! * [`boost`] with [`BoostParams`]: `objective` gives gradients, `gradient` rounds them to fixed
//!   point, `grow` grows a tree on `hist`ograms, looking for `split`s and `partition`ing rows.
//! * [`forest`] with [`ForestParams`]: deep trees on class counts or squared error.
//! * [`TreeEnsemble`]: the model over raw values, with predictions, Shapley values, importances.
//!
//! # Facts that explain the design
//! * Rows are u8 bins in blocks of eight columns: one load brings a row, and eight histograms of
//!   256 bins stay in the first-level cache (Ke et al. 2017 for histograms and subtraction).
//! * Histograms sum integers. Integer sums do not depend on order, so one seed gives the same bits
//!   on any number of threads, and subtraction is exact.
//! * Chance is derived from (seed, round) and never carried over, so a checkpoint is just the
//!   model: continuing it gives the bits of an uninterrupted fit.
//! * Missing has a bin of its own, and each split learns where it goes.
//!
//! # What it does not do
//! It reads no files, parses no strings and fills no gaps; it knows no metric but its losses; it
//! does not search parameters. Sparse input, ranking losses and data larger than memory are
//! outside.

mod binning;
mod boost;
mod context;
mod control;
mod cost;
mod dataset;
mod error;
mod features;
mod forest;
mod gradient;
mod grow;
mod hist;
mod model;
mod objective;
mod parallel;
mod params;
mod partition;
mod rng;
mod split;
mod tree;

pub use binning::{BinnedMatrix, Binner, BinningParams, FeatureBins};
pub use boost::{BoostFit, CrossedRounds, RoundScore, boost};
pub use context::{FitContext, Metric, Outcome};
pub use control::{Control, Flow};
pub use dataset::Dataset;
pub use error::{Error, ErrorKind, ParamError};
pub use features::{Column, ColumnKind, Features};
pub use forest::{ForestFit, ForestParams, ForestTask, Impurity, MaxFeatures, forest};
pub use model::{Importance, Origin, TreeEnsemble};
pub use objective::{Link, Objective};
pub use parallel::Threads;
pub use params::{BoostParams, CategoricalParams, EarlyStopping, TreeParams};
