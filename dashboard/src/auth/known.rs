//! Callers who were known a moment ago, in this process.
//!
//! Predictions take microseconds and must go on while the store is away, so the gate before them
//! may believe what the store said two seconds ago, or within the last hour when it does not
//! answer. Everything else asks the store each time: a token that was ended is refused at once.

use super::caller::Caller;
use domain::{Failure, FailureKind, UserId};
use ports::PortError;
use service_kit::http::{ApiError, ApiResult};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

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
    vouched: Instant,
    /// Until when that is fresh enough.
    fresh_until: Instant,
}

impl Known {
    fn entries(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        // An entry is written in one piece, so a panic elsewhere does not spoil the map.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a caller for whom the store has vouched.
    pub fn keep(&self, hash: String, caller: Caller) {
        let mut entries = self.entries();
        if entries.len() >= MOST {
            entries.clear();
        }
        let now = Instant::now();
        entries.insert(
            hash,
            Entry {
                caller,
                vouched: now,
                fresh_until: now + FRESH,
            },
        );
    }

    /// The caller, if the store vouched for them a moment ago.
    pub fn recent(&self, hash: &str) -> Option<Caller> {
        let entries = self.entries();
        let entry = entries.get(hash)?;
        (Instant::now() < entry.fresh_until).then(|| entry.caller.clone())
    }

    /// The caller, if the store vouched for them before it went away. It is not asked again for a
    /// moment, so that not every prediction waits for it in vain.
    pub fn older(&self, hash: &str) -> Option<Caller> {
        let mut entries = self.entries();
        let entry = entries.get_mut(hash)?;
        let now = Instant::now();
        entry.fresh_until = now + FRESH;
        (now - entry.vouched < WHILE_AWAY).then(|| entry.caller.clone())
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
    use domain::user::{Role, Token, TokenKind, User};
    use domain::{Timestamp, TokenId};

    fn caller() -> Caller {
        let id = UserId::new();
        let user = User {
            id,
            username: "ada".into(),
            display_name: "Ada".into(),
            roles: vec![Role::Student],
            password_hash: None,
            must_change_password: false,
            disabled: false,
            created_at: Timestamp(0),
        };
        let token = Token {
            id: TokenId::new(),
            hash: "h".into(),
            user: id,
            kind: TokenKind::Bearer,
            name: "n".into(),
            created_at: Timestamp(0),
            used_at: Timestamp(0),
            expires_at: Timestamp(i64::MAX),
        };
        Caller::new(user, token, "secret", false)
    }

    #[test]
    fn a_known_caller_is_believed_until_forgotten() {
        let known = Known::default();
        assert!(known.recent("h").is_none() && known.older("h").is_none());
        let caller = caller();
        known.keep("h".into(), caller.clone());
        assert!(known.recent("h").is_some());
        known.forget_user(caller.user.id);
        assert!(known.recent("h").is_none() && known.older("h").is_none());
        known.keep("h".into(), caller);
        known.forget("h");
        assert!(known.older("h").is_none());
    }

    #[tokio::test]
    async fn a_store_that_hangs_is_not_waited_for() {
        let known = Known::default();
        let never = std::future::pending::<Result<(), PortError>>();
        let error = known.ask(never).await.unwrap_err();
        assert_eq!(error.failure().kind, FailureKind::Unavailable);
    }
}
