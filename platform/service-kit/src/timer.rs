//! Waiting as an argument, beside [`domain::Clock`]: real programs wait, tests let time pass.

use async_trait::async_trait;
use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// Lets time pass.
#[async_trait]
pub trait Timer: Send + Sync + Debug {
    /// Returns when `duration` has passed. Cancel-safe.
    async fn sleep(&self, duration: Duration);
}

/// The machine's time.
#[derive(Debug, Default)]
pub struct RealTimer;

#[async_trait]
impl Timer for RealTimer {
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// A timer on which time passes only when told to.
#[derive(Debug, Default)]
pub struct ManualTimer(Mutex<Sleepers>);

#[derive(Debug, Default)]
struct Sleepers {
    now: Duration,
    asleep: Vec<(Duration, oneshot::Sender<()>)>,
}

impl ManualTimer {
    /// Lets `duration` pass: wakes everybody whose time has come.
    pub fn advance(&self, duration: Duration) {
        let mut sleepers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sleepers.now += duration;
        let now = sleepers.now;
        let asleep = std::mem::take(&mut sleepers.asleep);
        for (until, wake) in asleep {
            if until > now {
                sleepers.asleep.push((until, wake));
            } else {
                // Who went away need not be woken.
                wake.send(()).ok();
            }
        }
    }

    /// How many wait for time to pass.
    #[must_use]
    pub fn asleep(&self) -> usize {
        let sleepers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = sleepers.asleep.iter().filter(|(_, wake)| !wake.is_closed());
        waiting.count()
    }
}

#[async_trait]
impl Timer for ManualTimer {
    async fn sleep(&self, duration: Duration) {
        let (wake, woken) = oneshot::channel();
        {
            let mut sleepers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let until = sleepers.now + duration;
            sleepers.asleep.push((until, wake));
        }
        // The sender is dropped with the timer alone: then nothing is waited for any more.
        drop(woken.await);
    }
}
