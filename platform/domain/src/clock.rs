//! Time as a value and as an argument.

use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Microseconds since 1970-01-01 UTC. Stored and sent as this integer; shown as RFC 3339 by the gateway.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This moment plus `duration`, saturating.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(micros))
    }

    /// This moment less `duration`, saturating.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(micros))
    }

    /// How long it has been since `earlier`; zero when `earlier` lies in the future.
    #[must_use]
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

/// Where time comes from. Real programs use [`SystemClock`]; tests move a [`ManualClock`] by hand.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The present moment; never goes backwards within one process.
    fn now(&self) -> Timestamp;
}

/// The machine's time at start, moved on by the monotonic clock, so that a clock step (NTP, a
/// person) can neither shorten nor lengthen a budget.
#[derive(Debug)]
pub struct SystemClock {
    started: Instant,
    epoch: Timestamp,
}

impl SystemClock {
    /// A clock that starts at the machine's present time.
    #[must_use]
    pub fn new() -> Self {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            started: Instant::now(),
            epoch: Timestamp(0).after(since_epoch),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        self.epoch.after(self.started.elapsed())
    }
}

/// A clock that only moves when told to.
#[derive(Debug, Default)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock standing at `start`.
    #[must_use]
    pub fn at(start: Timestamp) -> Self {
        Self(AtomicI64::new(start.0))
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// A moment on a clock after which work must stop.
#[derive(Clone, Debug)]
pub struct Deadline {
    clock: Arc<dyn Clock>,
    at: Timestamp,
}

impl Deadline {
    /// The deadline `at` on `clock`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, at: Timestamp) -> Self {
        Self { clock, at }
    }

    /// Whether the moment has passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.clock.now() >= self.at
    }

    /// The time that is left; zero once passed.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.at.since(self.clock.now())
    }

    /// The moment itself.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// A deadline on the same clock at which `fraction` of the time now left is spent.
    #[must_use]
    pub fn fraction(&self, fraction: f64) -> Self {
        let now = self.clock.now();
        let left = self.at.since(now).mul_f64(fraction.clamp(0.0, 1.0));
        Self {
            clock: Arc::clone(&self.clock),
            at: now.after(left),
        }
    }

    /// A deadline on the same clock, `by` earlier.
    #[must_use]
    pub fn earlier(&self, by: Duration) -> Self {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        Self {
            clock: Arc::clone(&self.clock),
            at: Timestamp(self.at.0.saturating_sub(micros)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_passes_when_its_clock_says_so() {
        let clock = Arc::new(ManualClock::at(Timestamp(1_000)));
        let deadline = Deadline::new(
            clock.clone(),
            Timestamp(1_000).after(Duration::from_secs(2)),
        );
        assert_eq!(deadline.left(), Duration::from_secs(2));
        assert!(!deadline.passed());
        clock.advance(Duration::from_secs(3));
        assert!(deadline.passed());
        assert_eq!(deadline.left(), Duration::ZERO);
    }

    #[test]
    fn the_system_clock_never_goes_backwards() {
        let clock = SystemClock::new();
        let first = clock.now();
        assert!(clock.now() >= first);
    }
}
