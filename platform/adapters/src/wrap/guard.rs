//! What makes a backend's weakness bearable: a call ends in time, is repeated where that does no
//! harm, and is not even sent while the backend is known to be away.

use super::Intercept;
use super::breaker::{Admission, Breaker};
use super::metrics::Metrics;
use domain::Clock;
use ports::{Circuit, CircuitState, PortError, Result};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// How a port is guarded.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Its name in errors and metrics.
    pub port: &'static str,
    /// How long one call may take.
    pub deadline: Duration,
    /// For how long a call that may be repeated is repeated while the backend does not answer;
    /// zero: it is sent once.
    pub patience: Duration,
    /// The longest wait before the first repetition; it doubles with each.
    pub first_wait: Duration,
}

/// The policies of the four ports.
pub(super) mod policies {
    use super::{Duration, Policy};

    const FIRST_WAIT: Duration = Duration::from_millis(50);

    /// A store that restarts is waited out. One call takes a little longer than the connection
    /// pool's own patience, so that its better words are heard.
    pub(in super::super) const STORE: Policy = Policy {
        port: "store",
        deadline: Duration::from_secs(12),
        patience: Duration::from_secs(10),
        first_wait: FIRST_WAIT,
    };
    /// Nobody waits for the bus: the outbox keeps what could not be said.
    pub(in super::super) const BUS: Policy = Policy {
        port: "bus",
        deadline: Duration::from_secs(12),
        patience: Duration::ZERO,
        first_wait: FIRST_WAIT,
    };
    /// What the cache does not answer at once is looked up elsewhere sooner.
    pub(in super::super) const CACHE: Policy = Policy {
        port: "cache",
        deadline: Duration::from_secs(1),
        patience: Duration::ZERO,
        first_wait: FIRST_WAIT,
    };
    /// Lists of a large site take long.
    pub(in super::super) const ARTIFACTS: Policy = Policy {
        port: "artifacts",
        deadline: Duration::from_secs(30),
        patience: Duration::from_secs(10),
        first_wait: FIRST_WAIT,
    };
}

/// The longest wait between two repetitions.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// Deadline, repetition, circuit breaker and metrics of one port.
#[derive(Debug)]
pub struct Guard {
    policy: Policy,
    breaker: Breaker,
    circuit: CircuitState,
    metrics: Metrics,
    /// Told of every call that may have changed something.
    changed: Option<Arc<Notify>>,
}

impl Guard {
    pub(super) fn new(
        policy: Policy,
        clock: Arc<dyn Clock>,
        circuit: CircuitState,
        metrics: Metrics,
    ) -> Self {
        metrics.circuit(policy.port, false);
        Self {
            policy,
            breaker: Breaker::new(clock, circuit.clone()),
            circuit,
            metrics,
            changed: None,
        }
    }

    /// The same guard, which tells of every call that is made once: only such calls leave messages
    /// for others.
    pub(super) fn telling(self, changed: Arc<Notify>) -> Self {
        Self {
            changed: Some(changed),
            ..self
        }
    }

    /// One call, if the circuit lets it through.
    async fn send<T>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        let admission = self.breaker.admit();
        self.make(operation, admission, self.policy.deadline, call)
            .await
    }

    /// One call with leave to make it.
    async fn make<T>(
        &self,
        operation: &'static str,
        admission: Option<Admission<'_>>,
        deadline: Duration,
        call: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        let Some(admission) = admission else {
            return Err(self.away(
                operation,
                "it did not answer lately; it will be asked again soon",
            ));
        };
        let begun = Instant::now();
        let outcome = match tokio::time::timeout(deadline, call).await {
            Ok(outcome) => outcome,
            Err(_) => Err(self.away(operation, format!("no answer within {deadline:?}"))),
        };
        self.metrics
            .called(self.policy.port, operation, &outcome, begun.elapsed());
        match &outcome {
            Err(PortError::Unavailable { .. }) => admission.failed(),
            // The caller's stream broke off, whatever the backend is like.
            Err(PortError::Interrupted { .. }) => drop(admission),
            _ => admission.answered(),
        }
        let open = self.circuit.get() == Circuit::Open;
        self.metrics.circuit(self.policy.port, open);
        outcome
    }

    fn away(&self, operation: &'static str, why: impl Into<String>) -> PortError {
        PortError::Unavailable {
            port: self.policy.port,
            doing: format!("do `{operation}`"),
            source: why.into().into(),
        }
    }
}

impl Intercept for Guard {
    async fn once<T: Send>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        let made = self.send(operation, call).await;
        if let (Ok(_), Some(changed)) = (&made, &self.changed) {
            changed.notify_one();
        }
        made
    }

    async fn again<T: Send, F: Future<Output = Result<T>> + Send>(
        &self,
        operation: &'static str,
        call: impl Fn() -> F + Send + Sync,
    ) -> Result<T> {
        let begun = Instant::now();
        let mut wait = self.policy.first_wait;
        loop {
            let outcome = self.send(operation, call()).await;
            let Err(PortError::Unavailable { .. }) = &outcome else {
                return outcome;
            };
            if begun.elapsed() + wait > self.policy.patience {
                return outcome;
            }
            self.metrics.repeated(self.policy.port);
            tokio::time::sleep(jittered(wait)).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// What streams has no deadline but its reader's and writer's own, so it never is the call by
    /// which a backend is found to be back: where one is due, the backend is asked first.
    async fn stream<T: Send>(
        &self,
        operation: &'static str,
        ask: impl Future<Output = Result<()>> + Send,
        call: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        let mut admission = self.breaker.admit_long();
        if admission.is_none() {
            self.send("ping", ask).await?;
            admission = self.breaker.admit_long();
        }
        self.make(operation, admission, Duration::MAX, call).await
    }

    /// Asked even while the circuit is open: the answer closes it.
    async fn ping(&self, call: impl Future<Output = Result<()>> + Send) -> Result<()> {
        let admission = Some(self.breaker.admission());
        self.make("ping", admission, self.policy.deadline, call)
            .await
    }
}

/// Between half of `wait` and all of it, so that callers who failed together do not return
/// together.
fn jittered(wait: Duration) -> Duration {
    let chance = RandomState::new().hash_one(0_u8) % 1024;
    #[expect(clippy::cast_precision_loss, reason = "at most 1023")]
    let share = 0.5 + chance as f64 / 2048.0;
    wait.mul_f64(share)
}
