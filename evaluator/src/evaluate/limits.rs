//! How much time is left, and what was left out for lack of it.

use super::EvaluateError;
use domain::{Deadline, Message};
use ml::fit::CancelFlag;

/// How long an evaluation may take.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// When it should be ready; never with a budget of work units, which has no clock.
    pub deadline: Option<Deadline>,
    /// Ends the work without a result, from any thread.
    pub cancel: CancelFlag,
}

/// A part that may be left out, in the order in which it is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    OtherModels,
    OtherMetrics,
    Curves,
    Intervals,
    Verdict,
    OtherIntervals,
    Importance,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::OtherModels => "other_models",
            Self::Intervals => "intervals",
            Self::Verdict => "verdict",
            Self::OtherMetrics => "other_metrics",
            Self::Curves => "curves",
            Self::OtherIntervals => "other_intervals",
            Self::Importance => "importance",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::OtherModels => "the scores of the other models",
            Self::Intervals => "intervals of the scores",
            Self::Verdict => "the comparison of the first two models",
            Self::OtherMetrics => "the other metrics",
            Self::Curves => "curves and confusion matrices",
            Self::OtherIntervals => "intervals of the other metrics",
            Self::Importance => "the importance of the columns",
        }
    }
}

/// [`Limits`], with a memory of what was left out.
pub(super) struct Clockwork<'a> {
    limits: &'a Limits,
    skipped: Vec<Part>,
}

impl<'a> Clockwork<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            skipped: Vec::new(),
        }
    }

    /// Ends the work when it was cancelled.
    pub(super) fn check(&self) -> Result<(), EvaluateError> {
        if self.limits.cancel.is_cancelled() {
            Err(EvaluateError::Cancelled)
        } else {
            Ok(())
        }
    }

    /// Whether there is no time for something that takes `seconds`, or the work was cancelled.
    /// Cheap, and asked from any thread.
    pub(super) fn stop(&self, seconds: f64) -> bool {
        self.limits.cancel.is_cancelled() || self.left().is_some_and(|left| left <= seconds)
    }

    /// Seconds that are left; nothing without a deadline.
    pub(super) fn left(&self) -> Option<f64> {
        let deadline = self.limits.deadline.as_ref();
        deadline.map(|deadline| deadline.left().as_secs_f64())
    }

    /// Whether there is time for a part that takes `seconds`; remembers it when not.
    pub(super) fn enough(&mut self, seconds: f64, part: Part) -> bool {
        let enough = self.left().is_none_or(|left| left > seconds);
        if !enough {
            self.skip(part);
        }
        enough
    }

    /// Of `wanted` repetitions that take `seconds` each, those for which half of the time left
    /// is enough; fewer than `least` are none, and the part is left out.
    pub(super) fn repeats(
        &mut self,
        wanted: usize,
        least: usize,
        seconds: f64,
        part: Part,
    ) -> usize {
        if !self.enough(0.0, part) {
            return 0;
        }
        let affordable = match self.left() {
            Some(left) if seconds > 0.0 => (left / 2.0 / seconds).min(wanted as f64) as usize,
            _ => wanted,
        };
        if affordable < least {
            self.skip(part);
            return 0;
        }
        affordable
    }

    /// Remembers that a part was left out.
    pub(super) fn skip(&mut self, part: Part) {
        if !self.skipped.contains(&part) {
            self.skipped.push(part);
        }
    }

    /// The warning that names all that was left out.
    pub(super) fn skipped(mut self) -> Option<Message> {
        if self.skipped.is_empty() {
            return None;
        }
        self.skipped.sort_unstable();
        let words: Vec<_> = self.skipped.iter().map(|part| part.words()).collect();
        let names: Vec<_> = self.skipped.iter().map(|part| part.name()).collect();
        let text = format!(
            "Time was short, so parts of the evaluation were left out: {}.",
            words.join(", ")
        );
        Some(Message::new("evaluate.parts_skipped", text).with("parts", names))
    }
}
