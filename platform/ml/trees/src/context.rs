//! What a fit is given besides data and parameters.

use crate::control::Control;
use crate::model::TreeEnsemble;
use crate::parallel::Threads;

/// Seed, threads, control, metric and checkpoint of one fit.
pub struct FitContext<'a> {
    /// The only source of chance.
    pub seed: u64,
    /// Worker threads; they never change the result.
    pub threads: &'a Threads,
    /// Deadline, cancellation, pruning.
    pub control: &'a mut dyn Control,
    /// What early stopping watches; boosting only.
    pub metric: Metric<'a>,
    /// A model to continue: the result is that of a fit that was never interrupted, if data,
    /// params and seed are the same.
    pub resume: Option<&'a TreeEnsemble>,
    /// The part of each validation row, counted from 0: with early stopping, the fit also tells what it
    /// says of each part at the round that is best for the other parts ([`crate::CrossedRounds`]). Only
    /// where the loss is watched.
    pub parts: Option<&'a [u32]>,
}

impl<'a> FitContext<'a> {
    /// A fresh fit that watches the loss.
    pub fn new(seed: u64, threads: &'a Threads, control: &'a mut dyn Control) -> Self {
        Self {
            seed,
            threads,
            control,
            metric: Metric::Loss,
            resume: None,
            parts: None,
        }
    }
}

/// A score of the validation rows, lower is better. The caller's functions know their targets.
#[derive(Clone, Copy, Default)]
pub enum Metric<'a> {
    /// The objective's weighted mean loss.
    #[default]
    Loss,
    /// A function of predictions, `n_outputs` per row, row by row.
    Predictions(&'a (dyn Fn(&[f64]) -> f64 + Sync)),
    /// A function of raw scores in the same layout.
    Raw(&'a (dyn Fn(&[f64]) -> f64 + Sync)),
}

/// Why a fit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All rounds or trees were made.
    Completed,
    /// The validation score had stopped improving.
    EarlyStopped,
    /// The control said so.
    Stopped,
    /// No split is possible any more, so further rounds would change nothing.
    Exhausted,
}
