//! Streams and sockets that are open. Each takes a connection and a task for hours, so one user may
//! hold a few, and all together leave connections for everything else.

use crate::state::Gateway;
use domain::{Failure, FailureKind, UserId};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Streams and sockets that one user may hold open here. A page of a pipeline takes two; a class may
/// share one account.
const MOST_OF_A_USER: usize = 60;

/// How many are open, by user.
#[derive(Debug, Default)]
pub(super) struct Open(Mutex<HashMap<UserId, usize>>);

impl Open {
    /// Counts one more, unless there are too many: `most` in all.
    fn enter(&self, user: UserId, most: usize) -> Result<(), Failure> {
        // A count is changed in one piece, so a panic elsewhere does not spoil it.
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_user = open.get(&user).copied().unwrap_or(0);
        if of_user >= MOST_OF_A_USER {
            let text = format!(
                "You hold {MOST_OF_A_USER} streams of events open, which is the most. \
                 Close pages that you do not need."
            );
            let failure = Failure::new(FailureKind::RateLimited, "events.too_many", text);
            return Err(failure.with("limit", MOST_OF_A_USER));
        }
        if open.values().sum::<usize>() >= most {
            let text = "Too many people follow events here. Try again in a moment.";
            let failure = Failure::new(FailureKind::Unavailable, "events.full", text);
            return Err(failure.with("retry_after_seconds", 5));
        }
        open.insert(user, of_user + 1);
        Ok(())
    }

    fn leave(&self, user: UserId) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match open.get_mut(&user) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(open.remove(&user)),
        }
    }
}

/// Counts a stream while it is open.
#[derive(Debug)]
pub(super) struct OpenStream {
    gateway: Gateway,
    user: UserId,
}

impl OpenStream {
    pub(super) fn new(gateway: &Gateway, user: UserId) -> Result<Self, Failure> {
        let most = gateway.config.limits.connections / 4 * 3;
        gateway.hub.open.enter(user, most)?;
        gateway.metrics.streams.inc();
        Ok(Self {
            gateway: gateway.clone(),
            user,
        })
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.gateway.hub.open.leave(self.user);
        self.gateway.metrics.streams.dec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_holds_a_few_and_all_leave_room() {
        let (open, ada, bob) = (Open::default(), UserId::new(), UserId::new());
        let most = MOST_OF_A_USER + 2;
        for _ in 0..MOST_OF_A_USER {
            open.enter(ada, most).unwrap();
        }
        let refused = open.enter(ada, most).unwrap_err();
        assert_eq!(refused.message.code, "events.too_many");
        open.enter(bob, most).unwrap();
        open.enter(bob, most).unwrap();
        assert_eq!(
            open.enter(bob, most).unwrap_err().message.code,
            "events.full"
        );
        open.leave(ada);
        open.enter(bob, most).unwrap();
        for _ in 0..3 {
            open.leave(bob);
        }
        assert_eq!(
            open.0.lock().unwrap().len(),
            1,
            "nobody is kept for nothing"
        );
    }
}
