//! The store within one process, for tests and simulation: nothing is kept.
//!
//! It answers as the store on SQL does; both pass the same contract, and the same histories are
//! played to both. Every operation is one short critical section without a wait in it: it is ready
//! at once (who loops on it must give others a turn), and a history under a clock moved by hand is
//! the same every time. Each file holds the noun that the file of the same name holds on SQL, and
//! does the same steps in the same order; what is told alike by both is taken from there.
//!
//! A change works on the rows themselves, and each table remembers what a row was before. A change
//! that is refused half-way is taken back from there.

mod access;
mod claim;
mod commit;
mod datasets;
mod deployments;
mod events;
mod jobs;
mod kept;
mod list;
mod models;
mod moves;
mod outbox;
mod pipelines;
mod provider;
mod quotas;
mod recover;
mod refusal;
mod replicas;
mod rows;
mod sight;
mod state;
mod table;
#[cfg(test)]
mod tests;
mod upkeep;
mod users;

pub use sight::SeenJob;

use domain::{Clock, Timestamp};
use ports::Result;
use refusal::Outcome;
use state::State;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

/// The store within one process.
pub struct MemoryStore {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

impl MemoryStore {
    /// An empty store. `clock` is the store's time.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            state: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| {
            // Whoever panicked half-way leaves nothing behind, like a process that dies.
            let mut state = poisoned.into_inner();
            state.undo();
            self.state.clear_poison();
            state
        })
    }

    /// Reads the state of one moment.
    fn look<T>(
        &self,
        doing: &str,
        look: impl FnOnce(&State, Timestamp) -> Outcome<T>,
    ) -> Result<T> {
        let state = self.lock();
        look(&state, self.clock.now()).map_err(|refusal| refusal.told(doing))
    }

    /// Changes the state, or leaves it as it was.
    fn change<T>(
        &self,
        doing: &str,
        change: impl FnOnce(&mut State, Timestamp) -> Outcome<T>,
    ) -> Result<T> {
        self.mend(doing, |state, now| {
            state.transaction(|state| change(state, now))
        })
    }

    /// Makes changes of which each is a transaction of its own.
    fn mend<T>(
        &self,
        doing: &str,
        mend: impl FnOnce(&mut State, Timestamp) -> Outcome<T>,
    ) -> Result<T> {
        let mut state = self.lock();
        let now = self.clock.now();
        mend(&mut state, now).map_err(|refusal| refusal.told(doing))
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}
