//! How much time a step has.

use super::Step;
use domain::spec::Budget;
use domain::{Deadline, Failure, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// How long work may go on after its deadline, and by which share of the budget longer.
const PATIENCE: Duration = Duration::from_millis(500);
const PATIENCE_SHARE: f64 = 0.02;

impl Step {
    /// The pipeline's budget.
    pub fn budget(&self) -> Result<Budget, Failure> {
        self.pipeline()?.spec.budget.parse()
    }

    /// When the pipeline's budget in seconds ends, if it has one: what was not consumed at the
    /// claim, counted from the claim. Time without a running job does not count.
    pub fn deadline(&self) -> Result<Option<Deadline>, Failure> {
        let pipeline = self.pipeline()?;
        let Budget::Seconds(seconds) = pipeline.spec.budget.parse()? else {
            return Ok(None);
        };
        let consumed = Duration::from_micros(u64::try_from(pipeline.consumed_us).unwrap_or(0));
        let left = Duration::from_secs_f64(seconds).saturating_sub(consumed);
        Ok(Some(Deadline::new(
            Arc::clone(&self.clock),
            self.begun.after(left),
        )))
    }

    /// When work is given up that should have ended at `deadline`: what never looks at the time must
    /// not take that of others.
    pub fn patience(&self, deadline: Option<&Deadline>) -> Result<Option<Deadline>, Failure> {
        let Budget::Seconds(total) = self.budget()? else {
            return Ok(None);
        };
        let grace = PATIENCE + Duration::from_secs_f64(total * PATIENCE_SHARE);
        Ok(deadline
            .map(|deadline| Deadline::new(Arc::clone(&self.clock), deadline.at().after(grace))))
    }

    /// Time since the claim.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.clock.now().since(self.begun)
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
