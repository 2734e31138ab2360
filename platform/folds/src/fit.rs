//! Fitting one fold.

use crate::Folds;
use domain::study::Params;
use domain::{Clock, Deadline};
use ml::features::Predictions;
use ml::fit::{CancelFlag, Fit, FitContext, FitData, FitError, Flow, Round, fit};
use ml::registry::algorithm;
use std::time::Duration;

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
    /// Time that it took.
    pub took: Duration,
}

impl Folds {
    /// Fits a configuration on all rows but those of `fold`, watching the fold's rows for early
    /// stopping, and scores it on them.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is one plain circumstance of a fit"
    )]
    pub fn fit(
        &self,
        name: &str,
        params: &Params,
        fold: u32,
        threads: usize,
        clock: &dyn Clock,
        deadline: Option<Deadline>,
        cancel: CancelFlag,
        watch: Watch<'_>,
    ) -> Result<FoldFit, FitError> {
        let begun = clock.now();
        let Some(known) = algorithm(name) else {
            return Err(FitError::Unknown {
                name: name.to_owned(),
                known: String::new(),
            });
        };
        let (rows, others) = self.rows(fold);
        let features = self.features(known.view);
        let train = (features.take(&others), self.target.take(&others));
        let valid = (features.take(&rows), self.target.take(&rows));
        let data = FitData {
            train: (&train.0, &train.1),
            valid: (!rows.is_empty()).then_some((&valid.0, &valid.1)),
            weights: None,
            groups: None,
        };
        let mut context = FitContext::new(self.seed ^ u64::from(fold), self.metric, watch);
        context.threads = threads;
        context.deadline = deadline;
        context.cancel = cancel;
        context.positive = self.positive;
        let fit = fit(name, &data, params, &mut context)?;
        let predictions = fit.model.predict(&valid.0);
        let score = ml::metrics::score(self.metric, &valid.1, &predictions, self.positive).ok();
        let score = score.filter(|score| score.is_finite());
        Ok(FoldFit {
            fit,
            rows,
            predictions,
            score,
            took: clock.now().since(begun),
        })
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
