//! How the caller watches and ends a fit; the crate itself knows no clock.

/// The caller's answer after each round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Go on.
    Continue,
    /// End here and return the model as it is.
    Stop,
}

/// Deadline, cancellation and pruning, implemented by the caller.
///
/// `()` never stops; a closure `FnMut(round, train_score, valid_score) -> Flow` is a control, too.
pub trait Control: Send + Sync {
    /// Called after every boosting round and after every tree of a forest, in order,
    /// from one thread. Scores are losses (lower is better), present where they are computed.
    fn on_round(
        &mut self,
        round: usize,
        train_score: Option<f64>,
        valid_score: Option<f64>,
    ) -> Flow;

    /// Asked at every split while a tree grows, possibly from several threads, so it must be cheap.
    /// On `true` the unfinished round or tree is thrown away, and the fit ends.
    fn should_stop(&self) -> bool {
        false
    }
}

impl Control for () {
    fn on_round(&mut self, _: usize, _: Option<f64>, _: Option<f64>) -> Flow {
        Flow::Continue
    }
}

impl<F> Control for F
where
    F: FnMut(usize, Option<f64>, Option<f64>) -> Flow + Send + Sync,
{
    fn on_round(&mut self, round: usize, train: Option<f64>, valid: Option<f64>) -> Flow {
        self(round, train, valid)
    }
}
