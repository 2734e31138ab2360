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
    state: Mutex<State>,
    shown: CircuitState,
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
    told: bool,
}

impl Breaker {
    pub(super) fn new(clock: Arc<dyn Clock>, shown: CircuitState) -> Self {
        let state = Mutex::new(State::Closed { failures: 0 });
        Self {
            clock,
            state,
            shown,
        }
    }

    /// Leave to make a call, unless the circuit is open.
    pub(super) fn admit(&self) -> Option<Admission<'_>> {
        let mut state = self.lock();
        match *state {
            State::Closed { .. } => {}
            State::Open { until, rest } if self.clock.now() >= until => {
                self.enter(&mut state, State::HalfOpen { rest });
            }
            State::Open { .. } | State::HalfOpen { .. } => return None,
        }
        Some(self.admission())
    }

    /// Leave to make a call that is itself the question whether the backend answers.
    pub(super) fn admission(&self) -> Admission<'_> {
        Admission {
            breaker: self,
            told: false,
        }
    }

    fn answered(&self) {
        let mut state = self.lock();
        self.enter(&mut state, State::Closed { failures: 0 });
    }

    fn failed(&self) {
        let mut state = self.lock();
        let next = match *state {
            State::Closed { failures } if failures + 1 < TRIPS_AFTER => State::Closed {
                failures: failures + 1,
            },
            State::Closed { .. } => self.open(FIRST_REST),
            State::HalfOpen { rest } => self.open((rest * 2).min(LONGEST_REST)),
            // A call from before it opened.
            open @ State::Open { .. } => open,
        };
        self.enter(&mut state, next);
    }

    /// A probe that was given up tells nothing: the next caller may probe.
    fn given_up(&self) {
        let mut state = self.lock();
        if let State::HalfOpen { rest } = *state {
            let until = self.clock.now();
            self.enter(&mut state, State::Open { until, rest });
        }
    }

    fn open(&self, rest: Duration) -> State {
        let until = self.clock.now().after(rest);
        State::Open { until, rest }
    }

    fn enter(&self, state: &mut MutexGuard<'_, State>, next: State) {
        **state = next;
        self.shown.set(match next {
            State::Closed { .. } => Circuit::Closed,
            State::Open { .. } => Circuit::Open,
            State::HalfOpen { .. } => Circuit::HalfOpen,
        });
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Admission<'_> {
    pub(super) fn answered(mut self) {
        self.told = true;
        self.breaker.answered();
    }

    pub(super) fn failed(mut self) {
        self.told = true;
        self.breaker.failed();
    }
}

impl Drop for Admission<'_> {
    fn drop(&mut self) {
        if !self.told {
            self.breaker.given_up();
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
}
