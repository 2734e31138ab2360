//! Whether a model answers so fast that changing threads would take longer.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// More records than this are never answered on an async thread.
const FEW: usize = 2;
/// The longest that an answer may keep an async thread from other requests.
const QUICK: Duration = Duration::from_millis(1);

/// How long the newest answer to a few records took, in microseconds. Nobody can tell from an
/// algorithm's name: neighbours and kernels grow with the rows that they were trained on.
#[derive(Debug)]
pub struct Pace(AtomicU64);

impl Default for Pace {
    /// Until it has answered once, a model counts as slow.
    fn default() -> Self {
        Self(AtomicU64::new(u64::MAX))
    }
}

impl Pace {
    /// Whether so many records may be answered on an async thread.
    pub(super) fn is_quick_for(&self, records: usize) -> bool {
        records <= FEW && Duration::from_micros(self.0.load(Relaxed)) <= QUICK
    }

    /// Notes an answer. Large ones say nothing about what a single record costs.
    pub(super) fn note(&self, records: usize, took: Duration) {
        if (1..=FEW).contains(&records) {
            let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
            self.0.store(micros, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_quick_for_a_few_records_once_it_has_shown_it() {
        let pace = Pace::default();
        assert!(!pace.is_quick_for(1), "nothing is known yet");
        pace.note(50_000, Duration::ZERO);
        assert!(!pace.is_quick_for(1), "many records tell nothing of one");
        pace.note(1, QUICK);
        assert!(pace.is_quick_for(FEW));
        assert!(!pace.is_quick_for(FEW + 1));
        pace.note(2, QUICK * 2);
        assert!(!pace.is_quick_for(1));
    }
}
