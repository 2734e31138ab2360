//! Everything about a fit that is not data: chance, threads, time, cancellation, progress.

use super::FitError;
use domain::Deadline;
use domain::task::Metric;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Tells a fit, from any thread, that nobody wants it any more.
#[derive(Clone, Debug, Default)]
pub struct CancelFlag(Arc<AtomicBool>);

impl CancelFlag {
    /// A flag that is not set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the flag, for good.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it is set.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl From<Arc<AtomicBool>> for CancelFlag {
    fn from(flag: Arc<AtomicBool>) -> Self {
        Self(flag)
    }
}

/// One finished round (a tree, an epoch).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Round {
    /// Counts from 1.
    pub round: u32,
    /// Rounds that there will be at most.
    pub of: u32,
    /// Loss on the training rows, where it is computed.
    pub train: Option<f64>,
    /// Loss on the validation rows, where there are any; smaller is better.
    pub valid: Option<f64>,
}

/// The caller's answer to a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Go on.
    Continue,
    /// End here and give what there is.
    Stop,
}

/// Why a fit ended before its last round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// The validation loss did not get better any more.
    EarlyStopping,
    /// The time was up.
    Deadline,
    /// `on_round` said so.
    Asked,
}

/// What a GPU has to do with a fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gpu {
    /// Nothing: models are to be the same on every machine.
    Forbidden,
    /// It computes where there is one and it is quicker.
    Allowed,
    /// It computed.
    Used,
}

/// The circumstances of a fit.
pub struct FitContext<'a> {
    /// Where chance comes from; equal seeds give equal models.
    pub seed: u64,
    /// Threads to compute with; the model does not depend on it.
    pub threads: usize,
    /// Whether a GPU may compute, and after the fit whether it did.
    pub gpu: Gpu,
    /// Cells (rows × columns) of the dense view that may be in memory.
    pub dense_cells: usize,
    /// When to end with what there is.
    pub deadline: Option<Deadline>,
    /// When to end with nothing.
    pub cancel: CancelFlag,
    /// What decides about early stopping and about which constant is best.
    pub metric: Metric,
    /// The class that counts as positive in a binary task.
    pub positive: usize,
    /// Called after every round, from one thread at a time.
    pub on_round: &'a mut (dyn FnMut(Round) -> Flow + Send),
}

impl<'a> FitContext<'a> {
    /// One thread, all the time in the world, class 1 positive.
    pub fn new(
        seed: u64,
        metric: Metric,
        on_round: &'a mut (dyn FnMut(Round) -> Flow + Send),
    ) -> Self {
        Self {
            seed,
            threads: 1,
            gpu: Gpu::Forbidden,
            dense_cells: super::MAX_DENSE_CELLS,
            deadline: None,
            cancel: CancelFlag::new(),
            metric,
            positive: 1,
            on_round,
        }
    }

    /// Whether there is any use in beginning.
    pub(crate) fn start(&self) -> Result<(), FitError> {
        match self.interrupted()? {
            None => Ok(()),
            Some(_) => Err(FitError::NoTime),
        }
    }

    /// An error when cancelled, a reason when the time is up.
    pub(crate) fn interrupted(&self) -> Result<Option<StopReason>, FitError> {
        if self.cancel.is_cancelled() {
            return Err(FitError::Cancelled);
        }
        let passed = self.deadline.as_ref().is_some_and(Deadline::passed);
        Ok(passed.then_some(StopReason::Deadline))
    }

    /// Tells a finished round, and says whether to end with it.
    pub(crate) fn report(&mut self, round: Round) -> Result<Option<StopReason>, FitError> {
        let flow = (self.on_round)(round);
        match (self.interrupted()?, flow) {
            (Some(reason), _) => Ok(Some(reason)),
            (None, Flow::Stop) => Ok(Some(StopReason::Asked)),
            (None, Flow::Continue) => Ok(None),
        }
    }
}
