//! Whether calls go through to a backend.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// The state of a circuit breaker (Nygard, "Release It!").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Circuit {
    /// Calls go through.
    #[default]
    Closed,
    /// The backend failed again and again: calls are refused at once, for a moment.
    Open,
    /// One call goes through, to see whether the backend is back.
    HalfOpen,
}

impl Circuit {
    /// Its name in answers and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

/// A circuit's state, shared by who keeps it and who shows it.
#[derive(Clone, Debug, Default)]
pub struct CircuitState(Arc<AtomicU8>);

impl CircuitState {
    /// The state now.
    #[must_use]
    pub fn get(&self) -> Circuit {
        match self.0.load(Ordering::Relaxed) {
            0 => Circuit::Closed,
            1 => Circuit::Open,
            _ => Circuit::HalfOpen,
        }
    }

    /// Shows another state.
    pub fn set(&self, circuit: Circuit) {
        self.0.store(circuit as u8, Ordering::Relaxed);
    }
}

/// The circuits of the four ports; closed for ever where no breaker stands before them.
#[derive(Clone, Debug, Default)]
pub struct Circuits {
    /// Before the store.
    pub store: CircuitState,
    /// Before the bus.
    pub bus: CircuitState,
    /// Before the cache.
    pub cache: CircuitState,
    /// Before the artifacts.
    pub artifacts: CircuitState,
}
