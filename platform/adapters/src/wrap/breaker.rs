//! When to stop asking a backend that does not answer.

use domain::{Clock, Timestamp};
use ports::{Circuit, CircuitState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Failures in a row that open the circuit.
const TRIPS_AFTER: u32 = 5;
/// How long it stays open the first time; twice as long after each probe that fails.
const FIRST_REST: Duration = Duration::from_millis(250);
/// How long it stays open at most: a backend that is back is found out within this time.
const LONGEST_REST: Duration = Duration::from_secs(4);

/// A circuit breaker.
#[derive(Debug)]
pub(super) struct Breaker {
    clock: Arc<dyn Clock>,
    now: Mutex<Now>,
    shown: CircuitState,
}

#[derive(Clone, Copy, Debug)]
struct Now {
    state: State,
    /// Counts how often it has opened and closed. What comes of a call that was let through before
    /// the last time says nothing about the backend as it is now.
    generation: u64,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Closed { failures: u32 },
    Open { until: Timestamp, rest: Duration },
    HalfOpen { rest: Duration },
}

/// Leave to make one call; the breaker learns what came of it.
#[derive(Debug)]
pub(super) struct Admission<'a> {
    breaker: &'a Breaker,
    generation: u64,
    /// Whether it is the one call that goes through a half-open circuit.
    probes: bool,
    told: bool,
}

impl Breaker {
    pub(super) fn new(clock: Arc<dyn Clock>, shown: CircuitState) -> Self {
        let state = State::Closed { failures: 0 };
        let generation = 0;
        Self {
            clock,
            now: Mutex::new(Now { state, generation }),
            shown,
        }
    }

    /// Leave to make a call, unless the circuit is open.
    pub(super) fn admit(&self) -> Option<Admission<'_>> {
        let mut now = self.lock();
        match now.state {
            State::Closed { .. } => Some(self.admission_of(now.generation, false)),
            State::Open { until, rest } if self.clock.now() >= until => {
                self.enter(&mut now, State::HalfOpen { rest });
                Some(self.admission_of(now.generation, true))
            }
            State::Open { .. } | State::HalfOpen { .. } => None,
        }
    }

    /// Leave to make a call that may take for ever: only while the circuit is closed, as nobody
    /// could wait for what comes of it.
    pub(super) fn admit_long(&self) -> Option<Admission<'_>> {
        let now = self.lock();
        match now.state {
            State::Closed { .. } => Some(self.admission_of(now.generation, false)),
            State::Open { .. } | State::HalfOpen { .. } => None,
        }
    }

    /// Leave to make a call that is itself the question whether the backend answers.
    pub(super) fn admission(&self) -> Admission<'_> {
        self.admission_of(self.lock().generation, false)
    }

    fn admission_of(&self, generation: u64, probes: bool) -> Admission<'_> {
        Admission {
            breaker: self,
            generation,
            probes,
            told: false,
        }
    }

    fn open(&self, rest: Duration) -> State {
        let until = self.clock.now().after(rest);
        State::Open { until, rest }
    }

    fn enter(&self, now: &mut MutexGuard<'_, Now>, state: State) {
        now.state = state;
        self.shown.set(match state {
            State::Closed { .. } => Circuit::Closed,
            State::Open { .. } => Circuit::Open,
            State::HalfOpen { .. } => Circuit::HalfOpen,
        });
    }

    /// Opens or closes it: what was let through before is stale from now on.
    fn turn(&self, now: &mut MutexGuard<'_, Now>, state: State) {
        now.generation += 1;
        self.enter(now, state);
    }

    fn lock(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Admission<'_> {
    /// The backend answered.
    pub(super) fn answered(mut self) {
        self.told = true;
        let Some(mut now) = self.fresh() else { return };
        let closed = State::Closed { failures: 0 };
        match now.state {
            State::Closed { .. } => self.breaker.enter(&mut now, closed),
            State::Open { .. } | State::HalfOpen { .. } => self.breaker.turn(&mut now, closed),
        }
    }

    /// The backend did not answer.
    pub(super) fn failed(mut self) {
        self.told = true;
        let Some(mut now) = self.fresh() else { return };
        match now.state {
            State::Closed { failures } if failures + 1 < TRIPS_AFTER => {
                let failures = failures + 1;
                self.breaker.enter(&mut now, State::Closed { failures });
            }
            State::Closed { .. } => {
                let open = self.breaker.open(FIRST_REST);
                self.breaker.turn(&mut now, open);
            }
            State::HalfOpen { rest } if self.probes => {
                let open = self.breaker.open((rest * 2).min(LONGEST_REST));
                self.breaker.turn(&mut now, open);
            }
            // A question beside the probe, or while it rests: it is known already.
            State::Open { .. } | State::HalfOpen { .. } => {}
        }
    }

    /// What the breaker is now, unless it has opened or closed since this call was let through.
    fn fresh(&self) -> Option<MutexGuard<'_, Now>> {
        let now = self.breaker.lock();
        (now.generation == self.generation).then_some(now)
    }
}

impl Drop for Admission<'_> {
    /// A probe that was given up tells nothing: the next caller may probe.
    fn drop(&mut self) {
        if self.told || !self.probes {
            return;
        }
        let Some(mut now) = self.fresh() else { return };
        if let State::HalfOpen { rest } = now.state {
            let until = self.breaker.clock.now();
            self.breaker.enter(&mut now, State::Open { until, rest });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ManualClock;

    fn breaker() -> (Breaker, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::at(Timestamp(0)));
        let of = Arc::clone(&clock) as Arc<dyn Clock>;
        (Breaker::new(of, CircuitState::default()), clock)
    }

    fn trip(breaker: &Breaker) {
        for _ in 0..TRIPS_AFTER {
            breaker.admit().unwrap().failed();
        }
        assert_eq!(breaker.shown.get(), Circuit::Open);
    }

    #[test]
    fn it_opens_after_failures_in_a_row_only() {
        let (breaker, _clock) = breaker();
        for _ in 0..3 {
            for _ in 1..TRIPS_AFTER {
                breaker.admit().unwrap().failed();
            }
            breaker.admit().unwrap().answered();
        }
        assert_eq!(breaker.shown.get(), Circuit::Closed);
        trip(&breaker);
        assert!(breaker.admit().is_none());
    }

    #[test]
    fn one_call_at_a_time_probes_and_an_answer_closes_it() {
        let (breaker, clock) = breaker();
        trip(&breaker);
        clock.advance(FIRST_REST);
        let probe = breaker.admit().unwrap();
        assert_eq!(breaker.shown.get(), Circuit::HalfOpen);
        assert!(breaker.admit().is_none(), "one probe at a time");
        probe.answered();
        assert_eq!(breaker.shown.get(), Circuit::Closed);
        assert!(breaker.admit().is_some());
    }

    #[test]
    fn it_rests_longer_after_each_failed_probe_but_never_too_long() {
        let (breaker, clock) = breaker();
        trip(&breaker);
        let mut rest = FIRST_REST;
        for _ in 0..10 {
            clock.advance(rest - Duration::from_micros(1));
            assert!(breaker.admit().is_none());
            clock.advance(Duration::from_micros(1));
            breaker.admit().unwrap().failed();
            rest = (rest * 2).min(LONGEST_REST);
        }
        assert_eq!(rest, LONGEST_REST);
    }

    #[test]
    fn a_probe_that_is_given_up_leaves_the_way_to_the_next() {
        let (breaker, clock) = breaker();
        trip(&breaker);
        clock.advance(FIRST_REST);
        drop(breaker.admit().unwrap());
        breaker.admit().unwrap().answered();
        assert_eq!(breaker.shown.get(), Circuit::Closed);
    }

    #[test]
    fn what_was_let_through_before_it_opened_changes_nothing_after() {
        let (breaker, clock) = breaker();
        let (slow, slower, slowest) = (
            breaker.admit().unwrap(),
            breaker.admit().unwrap(),
            breaker.admit().unwrap(),
        );
        trip(&breaker);
        slow.answered();
        assert_eq!(breaker.shown.get(), Circuit::Open, "it answered long ago");
        clock.advance(FIRST_REST);
        let probe = breaker.admit().unwrap();
        slower.failed();
        drop(slowest);
        assert_eq!(breaker.shown.get(), Circuit::HalfOpen);
        assert!(breaker.admit().is_none(), "one probe at a time");
        probe.failed();
        clock.advance(FIRST_REST * 2);
        breaker.admit().unwrap().answered();
        assert_eq!(
            breaker.shown.get(),
            Circuit::Closed,
            "it rested once more, not twice"
        );
    }

    #[test]
    fn a_question_beside_the_probe_closes_it_and_does_nothing_else() {
        let (breaker, clock) = breaker();
        trip(&breaker);
        breaker.admission().failed();
        clock.advance(FIRST_REST);
        let probe = breaker.admit().unwrap();
        breaker.admission().failed();
        drop(breaker.admission());
        assert_eq!(breaker.shown.get(), Circuit::HalfOpen);
        breaker.admission().answered();
        assert_eq!(breaker.shown.get(), Circuit::Closed);
        probe.failed();
        assert_eq!(breaker.shown.get(), Circuit::Closed, "it was asked before");
    }

    #[test]
    fn what_may_take_for_ever_never_probes() {
        let (breaker, clock) = breaker();
        trip(&breaker);
        clock.advance(LONGEST_REST);
        assert!(breaker.admit_long().is_none());
        let probe = breaker.admit().unwrap();
        assert!(breaker.admit_long().is_none());
        probe.answered();
        breaker.admit_long().unwrap().answered();
    }
}
