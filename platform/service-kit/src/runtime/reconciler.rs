//! Mends what dead processes left behind, now and then.
//!
//! A lease that has ended is a sign of death only if whoever holds it could have renewed it. So
//! leases expire only after the store has answered for as long as a lease holds: after an outage of
//! the store, or of this machine, everybody who lives has had time to say so.

use super::Shared;
use domain::Timestamp;
use ports::store::{Leases, Repairs};
use ports::{PortError, Result};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// How often the store is looked over.
const EVERY: Duration = Duration::from_secs(2);

/// Since when the store has answered without a gap.
#[derive(Debug, Default)]
pub(crate) struct Sight {
    since: Option<Timestamp>,
    last: Timestamp,
}

impl Sight {
    fn answered(&mut self, now: Timestamp, lease: Duration) {
        // Looks that lie further apart have seen nothing of what was between them.
        let gap = (lease / 2).max(EVERY * 2);
        if now.since(self.last) > gap {
            self.since = None;
        }
        self.since.get_or_insert(now);
        self.last = now;
    }

    fn failed(&mut self) {
        self.since = None;
    }

    /// What a look says of the store. One that refuses a row has answered: leases must not hold for
    /// ever because of that.
    fn after(&mut self, looked: &Result<Repairs>, now: Timestamp, lease: Duration) {
        match looked {
            Err(PortError::Unavailable { .. }) => self.failed(),
            Ok(_) | Err(_) => self.answered(now, lease),
        }
    }

    fn leases(&self, now: Timestamp, lease: Duration) -> Leases {
        match self.since {
            Some(since) if now.since(since) >= lease => Leases::Expire,
            _ => Leases::Spare,
        }
    }
}

/// Looks the store over until shutdown.
pub(super) async fn run(shared: Arc<Shared>) {
    loop {
        match look(&shared).await {
            Ok(repairs) if repairs != Repairs::default() => {
                tracing::info!(
                    expired = repairs.expired,
                    dead = repairs.dead,
                    woken = repairs.woken,
                    forgotten = repairs.forgotten,
                    "the store was mended"
                );
                shared.wake_relay();
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(error = %error.chain(), "the store was not looked over"),
        }
        tokio::select! {
            () = shared.shutdown.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// One look.
pub(super) async fn look(shared: &Shared) -> Result<Repairs> {
    let (store, clock) = (&shared.ports.store, &shared.clock);
    let lease = shared.settings.lease;
    let sight = || shared.sight.lock().unwrap_or_else(PoisonError::into_inner);
    // A question first, as the look itself must know whether the time before it was without a gap.
    let asked = store.ping().await.map(|()| clock.now());
    let leases = match &asked {
        Ok(now) => {
            let mut sight = sight();
            sight.answered(*now, lease);
            sight.leases(*now, lease)
        }
        Err(_) => Leases::Spare,
    };
    let repairs = match asked {
        Ok(_) => store.reconcile(leases).await,
        Err(error) => Err(error),
    };
    sight().after(&repairs, clock.now(), lease);
    repairs
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEASE: Duration = Duration::from_secs(15);

    fn at(seconds: i64) -> Timestamp {
        Timestamp(1_700_000_000_000_000 + seconds * 1_000_000)
    }

    /// Looks every two seconds from `from` to `to`; what was done at the last.
    fn looks(sight: &mut Sight, from: i64, to: i64) -> Leases {
        let mut last = Leases::Spare;
        for second in (from..=to).step_by(2) {
            sight.answered(at(second), LEASE);
            last = sight.leases(at(second), LEASE);
        }
        last
    }

    #[test]
    fn leases_expire_after_the_store_has_answered_for_one() {
        let mut sight = Sight::default();
        assert_eq!(looks(&mut sight, 0, 14), Leases::Spare);
        assert_eq!(looks(&mut sight, 16, 16), Leases::Expire);
        assert_eq!(looks(&mut sight, 18, 400), Leases::Expire);
    }

    #[test]
    fn an_outage_and_a_sleep_begin_the_count_again() {
        let mut sight = Sight::default();
        looks(&mut sight, 0, 100);
        sight.failed();
        assert_eq!(looks(&mut sight, 102, 116), Leases::Spare);
        assert_eq!(looks(&mut sight, 118, 118), Leases::Expire);
        // Nobody looked for a minute: this machine slept, and so did its steps.
        assert_eq!(looks(&mut sight, 178, 192), Leases::Spare);
        assert_eq!(looks(&mut sight, 194, 194), Leases::Expire);
    }

    #[test]
    fn a_row_that_cannot_be_read_is_no_outage() {
        let mut sight = Sight::default();
        looks(&mut sight, 0, 100);
        let doing = || "mend".to_owned();
        let refused = PortError::Corrupt {
            doing: doing(),
            source: "no such state".into(),
        };
        sight.after(&Err(refused), at(102), LEASE);
        assert_eq!(sight.leases(at(102), LEASE), Leases::Expire);
        let away = PortError::Unavailable {
            port: "store",
            doing: doing(),
            source: "gone".into(),
        };
        sight.after(&Err(away), at(104), LEASE);
        assert_eq!(sight.leases(at(104), LEASE), Leases::Spare);
    }

    #[test]
    fn one_look_that_was_late_is_no_gap() {
        let mut sight = Sight::default();
        looks(&mut sight, 0, 100);
        assert_eq!(looks(&mut sight, 107, 107), Leases::Expire);
    }
}
