//! Fitting one fold.

use crate::{Folds, Kept};
use domain::study::Params;
use domain::{Clock, Deadline, Timestamp};
use ml::features::{Features, Predictions, Target};
use ml::fit::{CancelFlag, Fit, FitContext, FitData, FitError, Flow, Gpu, Round, fit, sample};
use ml::model::FittedModel;
use ml::registry::{Algorithm, algorithm};
use std::sync::Arc;
use std::time::Duration;

/// Rows that are predicted between two looks at clock and cancel flag.
const PART: usize = 2_048;
/// Scoring what was fitted may take so long after the deadline, or this share of the time that the
/// fit took: much less than is kept for what comes after.
const GRACE: Duration = Duration::from_secs(1);
const GRACE_SHARE: f64 = 0.25;

/// Called after every round; says whether to go on.
pub type Watch<'a> = &'a mut (dyn FnMut(Round) -> Flow + Send);

/// What fitting without one fold gives.
#[derive(Debug)]
pub struct FoldFit {
    /// The model, and what it cost.
    pub fit: Fit,
    /// The rows of the fold.
    pub rows: Vec<u32>,
    /// What the model says about them.
    pub predictions: Predictions,
    /// The score of that, where the metric is defined.
    pub score: Option<f64>,
    /// Whether a GPU computed.
    pub gpu: bool,
    /// Time that it took.
    pub took: Duration,
}

impl FoldFit {
    /// As it is kept.
    #[must_use]
    pub fn kept(self, fold: u32) -> Kept {
        Kept {
            fold,
            score: self.score,
            seconds: self.took.as_secs_f64(),
            model: self.fit.model,
            predictions: Some(self.predictions),
        }
    }
}

/// What a fit may take.
#[derive(Clone, Debug)]
pub struct Allowance {
    /// Threads to compute with.
    pub threads: usize,
    /// What time is told by.
    pub clock: Arc<dyn Clock>,
    /// When to end with what there is.
    pub deadline: Option<Deadline>,
    /// When to end with nothing.
    pub cancel: CancelFlag,
}

impl Folds {
    /// Fits a configuration on all rows but those of `fold`, watching the fold's rows for early
    /// stopping, and scores it on them.
    pub fn fit(
        &self,
        name: &str,
        params: &Params,
        fold: u32,
        allowance: &Allowance,
        watch: Watch<'_>,
    ) -> Result<FoldFit, FitError> {
        let (rows, others) = self.rows(fold);
        let seed = self.seed ^ u64::from(fold);
        self.fit_rows(name, params, (others, rows), seed, allowance, watch)
    }

    /// Fits a configuration on the first of these rows, watching the second for early stopping, and
    /// scores it on them.
    pub fn fit_rows(
        &self,
        name: &str,
        params: &Params,
        (others, rows): (Vec<u32>, Vec<u32>),
        seed: u64,
        allowance: &Allowance,
        watch: Watch<'_>,
    ) -> Result<FoldFit, FitError> {
        let clock = allowance.clock.as_ref();
        let begun = clock.now();
        let Some(known) = algorithm(name) else {
            return Err(FitError::Unknown {
                name: name.to_owned(),
                known: String::new(),
            });
        };
        let train = self.sight(known, others, seed);
        let train = self.take(known, &train);
        let seen = self.sight(known, rows.clone(), seed);
        let watched = self.take(known, &seen);
        let parts = self.parts(&seen, seed);
        let data = FitData {
            train: (&train.0, &train.1),
            valid: (!rows.is_empty()).then_some((&watched.0, &watched.1)),
            parts: (!rows.is_empty()).then_some(&parts),
            weights: None,
        };
        let mut context = FitContext::new(seed, self.metric, watch);
        context.threads = allowance.threads;
        context.deadline.clone_from(&allowance.deadline);
        context.cancel = allowance.cancel.clone();
        context.positive = self.positive;
        context.gpu = self.gpu;
        context.dense_cells = self.dense_cells;
        let mut fit = fit(name, &data, params, &mut context)?;
        let gpu = context.gpu == Gpu::Used;
        drop((train.0, watched));
        let until = Until {
            clock,
            deadline: allowance.deadline.clone(),
            cancel: allowance.cancel.clone(),
            grace: GRACE.max(clock.now().since(begun).mul_f64(GRACE_SHARE)),
        };
        let mut predictions = match fit.watched.take() {
            Some(all) if seen.len() == rows.len() => all,
            some => {
                let mut all = self.predict(known, &fit.model, &rows, &until)?;
                some.inspect(|some| overwrite(&mut all, some, &rows, &seen));
                all
            }
        };
        // Another fold has rows of the class, and what is served is the mean over all folds.
        predictions.allow_unseen(&train.1);
        let truth = self.target.take(&rows);
        let score = ml::metrics::score(self.metric, &truth, &predictions, self.positive).ok();
        let score = score.filter(|score| score.is_finite());
        Ok(FoldFit {
            fit,
            rows,
            predictions,
            score,
            gpu,
            took: clock.now().since(begun),
        })
    }
}

/// Puts the answers of some `seen` of the ascending `rows` in place of those in `all`.
fn overwrite(all: &mut Predictions, some: &Predictions, rows: &[u32], seen: &[u32]) {
    for (place, row) in seen.iter().enumerate() {
        if let Ok(at) = rows.binary_search(row) {
            let at = at * all.outputs;
            all.values[at..at + all.outputs].copy_from_slice(some.row(place));
        }
    }
}

/// How long answers may be waited for.
struct Until<'a> {
    clock: &'a dyn Clock,
    deadline: Option<Deadline>,
    cancel: CancelFlag,
    grace: Duration,
}

impl Folds {
    /// These rows, or as many as the algorithm looks at.
    fn sight(&self, algorithm: &Algorithm, rows: Vec<u32>, seed: u64) -> Vec<u32> {
        let target = self.target.take(&rows);
        let columns = self.columns(algorithm.view);
        match sample(algorithm, &target, columns, self.dense_cells, seed) {
            None => rows,
            Some(sample) => sample.iter().map(|&place| rows[place as usize]).collect(),
        }
    }

    fn take(&self, algorithm: &Algorithm, rows: &[u32]) -> (Features, Target) {
        (self.features(algorithm.view, rows), self.target.take(rows))
    }

    /// What the model says about these rows, some at a time. A model that answers so slowly that it
    /// would still be at it long after the deadline has no time.
    fn predict(
        &self,
        algorithm: &Algorithm,
        model: &FittedModel,
        rows: &[u32],
        until: &Until<'_>,
    ) -> Result<Predictions, FitError> {
        let outputs = model.outputs();
        let mut all = Predictions::zeros(rows.len(), outputs);
        let begun = until.clock.now();
        let mut done = 0;
        for (part, out) in rows.chunks(PART).zip(all.values.chunks_mut(PART * outputs)) {
            if until.cancel.is_cancelled() {
                return Err(FitError::Cancelled);
            }
            if done > 0 && until.is_too_far(begun, done, rows.len()) {
                return Err(FitError::NoTime);
            }
            let features = self.features(algorithm.view, part);
            out.copy_from_slice(&model.predict(&features).values);
            done += part.len();
        }
        Ok(all)
    }
}

impl Until<'_> {
    /// Whether the rest would take longer than there is time, given what `done` of `all` rows took.
    fn is_too_far(&self, begun: Timestamp, done: usize, all: usize) -> bool {
        let Some(deadline) = &self.deadline else {
            return false;
        };
        let took = self.clock.now().since(begun).as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let rest = took / done as f64 * (all - done) as f64;
        rest > deadline.left().max(self.grace).as_secs_f64()
    }
}

/// The mean; nothing of nothing.
#[must_use]
pub fn mean(values: &[f64]) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "few values")]
    let count = values.len() as f64;
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / count)
}

/// The standard deviation (n − 1); zero of one value.
#[must_use]
pub fn std(values: &[f64]) -> Option<f64> {
    let mean = mean(values)?;
    if values.len() < 2 {
        return Some(0.0);
    }
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    #[expect(clippy::cast_precision_loss, reason = "few values")]
    let degrees = (values.len() - 1) as f64;
    Some((squares / degrees).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ManualClock;

    #[test]
    fn answers_to_some_of_the_rows_take_their_places() {
        let mut all = Predictions::zeros(4, 2);
        let some = Predictions {
            outputs: 2,
            values: vec![0.1, 0.9, 0.2, 0.8],
        };
        overwrite(&mut all, &some, &[3, 5, 8, 9], &[5, 9]);
        assert_eq!(all.values, [0.0, 0.0, 0.1, 0.9, 0.0, 0.0, 0.2, 0.8]);
    }

    #[test]
    fn answers_that_would_come_long_after_the_deadline_are_not_waited_for() {
        let clock = Arc::new(ManualClock::at(Timestamp(0)));
        let deadline = Deadline::new(Arc::clone(&clock) as Arc<dyn Clock>, Timestamp(10_000_000));
        let begun = clock.now();
        clock.advance(Duration::from_secs(1));
        let cancel = CancelFlag::new();
        let until = Until {
            clock: clock.as_ref(),
            deadline: Some(deadline),
            cancel: cancel.clone(),
            grace: Duration::from_secs(1),
        };
        // One second for each thousand rows, nine seconds left.
        assert!(!until.is_too_far(begun, 1_000, 10_000));
        assert!(until.is_too_far(begun, 1_000, 10_100));
        clock.advance(Duration::from_secs(10));
        // The time is up: what ends within a second is still scored.
        assert!(!until.is_too_far(begun, 11_000, 12_000));
        assert!(until.is_too_far(begun, 11_000, 12_100));
        let long = Until {
            grace: Duration::from_secs(3),
            deadline: until.deadline.clone(),
            cancel: cancel.clone(),
            ..until
        };
        assert!(!long.is_too_far(begun, 11_000, 14_000));
        let endless = Until {
            deadline: None,
            ..until
        };
        assert!(!endless.is_too_far(begun, 1, 1_000_000));
    }
}
