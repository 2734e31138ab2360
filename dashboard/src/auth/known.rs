//! Callers who were known a moment ago, in this process.
//!
//! Predictions take microseconds and must go on while the store is away, so the gate before them
//! may believe what the store said two seconds ago, or within the last hour when it does not
//! answer. So may the gate before what only looks at things. Whatever changes something asks the
//! store each time. What this process ends, it forgets at once; what another one ends, within two
//! seconds.

use super::caller::Caller;
use domain::{Failure, FailureKind, Timestamp, UserId};
use ports::PortError;
use service_kit::http::{ApiError, ApiResult};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long an answer of the store is taken for fresh.
const FRESH: Duration = Duration::from_secs(2);
/// How long it is believed while the store is away.
const WHILE_AWAY: Duration = Duration::from_secs(3600);
/// How long a prediction waits for the store to say who is calling.
const PATIENCE: Duration = Duration::from_secs(1);
/// More callers than this are not remembered.
const MOST: usize = 10_000;

/// Callers by the hash of their token.
#[derive(Debug, Default)]
pub struct Known(Mutex<HashMap<String, Entry>>);

#[derive(Debug)]
struct Entry {
    caller: Caller,
    /// When the store last vouched for them.
    vouched: Timestamp,
    /// Until when that is fresh enough.
    fresh_until: Timestamp,
}

impl Entry {
    /// Until when the caller can be believed at all. The store would not know a token that has
    /// ended, so neither does who answers in its place.
    fn ends(&self) -> Timestamp {
        let expires = self.caller.token.ends_at();
        expires.min(self.vouched.after(WHILE_AWAY))
    }
}

impl Known {
    fn entries(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        // An entry is written in one piece, so a panic elsewhere does not spoil the map.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a caller for whom the store has vouched.
    pub fn keep(&self, hash: String, caller: Caller, now: Timestamp) {
        let mut entries = self.entries();
        if entries.len() >= MOST {
            entries.clear();
        }
        entries.insert(
            hash,
            Entry {
                caller,
                vouched: now,
                fresh_until: now.after(FRESH),
            },
        );
    }

    /// The caller, if the store vouched for them a moment ago.
    pub fn recent(&self, hash: &str, now: Timestamp) -> Option<Caller> {
        let entries = self.entries();
        let entry = entries.get(hash)?;
        (now < entry.fresh_until.min(entry.ends())).then(|| entry.caller.clone())
    }

    /// The caller, if the store vouched for them before it went away. It is not asked again for a
    /// moment, so that not every prediction waits for it in vain.
    pub fn older(&self, hash: &str, now: Timestamp) -> Option<Caller> {
        let mut entries = self.entries();
        let entry = entries.get_mut(hash).filter(|entry| now < entry.ends())?;
        entry.fresh_until = now.after(FRESH);
        Some(entry.caller.clone())
    }

    /// Asks the store, but not for long.
    pub async fn ask<T>(
        &self,
        question: impl Future<Output = Result<T, PortError>>,
    ) -> ApiResult<T> {
        match tokio::time::timeout(PATIENCE, question).await {
            Ok(answer) => answer.map_err(ApiError::from),
            Err(_) => {
                let text = "The store does not answer. Try again in a moment.";
                let failure = Failure::new(FailureKind::Unavailable, "store.unavailable", text);
                Err(failure.with("retry_after_seconds", 1).into())
            }
        }
    }

    /// Forgets one token.
    pub fn forget(&self, hash: &str) {
        self.entries().remove(hash);
    }

    /// Forgets every token of a user.
    pub fn forget_user(&self, user: UserId) {
        self.entries()
            .retain(|_, entry| entry.caller.user.id != user);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{caller, somebody};

    const NOW: Timestamp = Timestamp(1_700_000_000_000_000);

    #[test]
    fn a_known_caller_is_believed_until_forgotten() {
        let known = Known::default();
        let believed = |hash| known.recent(hash, NOW).is_some() || known.older(hash, NOW).is_some();
        assert!(!believed("h"));
        let caller = caller();
        known.keep("h".into(), caller.clone(), NOW);
        assert!(known.recent("h", NOW).is_some());
        known.forget_user(caller.user.id);
        assert!(!believed("h"));
        known.keep("h".into(), caller, NOW);
        known.forget("h");
        assert!(!believed("h"));
    }

    #[test]
    fn while_the_store_is_away_a_caller_is_believed_for_an_hour() {
        let known = Known::default();
        known.keep("h".into(), caller(), NOW);
        let later = |seconds| NOW.after(Duration::from_secs(seconds));
        assert!(known.recent("h", later(3)).is_none(), "the store is asked");
        for second in (3..3_600).step_by(3) {
            assert!(known.older("h", later(second)).is_some());
            assert!(known.recent("h", later(second + 1)).is_some());
        }
        for second in 3_600..3_700 {
            assert!(known.recent("h", later(second)).is_none());
            assert!(known.older("h", later(second)).is_none());
        }
    }

    #[test]
    fn a_token_that_has_ended_is_not_believed() {
        let known = Known::default();
        let mut somebody = somebody();
        somebody.token.expires_at = NOW.after(Duration::from_secs(1));
        let caller = Caller::new(somebody, "secret", false);
        known.keep("h".into(), caller, NOW);
        assert!(known.recent("h", NOW).is_some());
        let ended = NOW.after(Duration::from_secs(1));
        assert!(known.recent("h", ended).is_none() && known.older("h", ended).is_none());
    }

    #[tokio::test]
    async fn a_store_that_hangs_is_not_waited_for() {
        let known = Known::default();
        let never = std::future::pending::<Result<(), PortError>>();
        let error = known.ask(never).await.unwrap_err();
        assert_eq!(error.failure().kind, FailureKind::Unavailable);
    }
}
