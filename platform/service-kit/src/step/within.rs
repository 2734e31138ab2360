//! Waiting for work that may not look at the time.

use domain::Deadline;
use std::future::Future;
use std::time::Duration;

/// How often the time is looked at: clocks of tests move by themselves.
const LOOK: Duration = Duration::from_millis(20);

/// What `work` gives, unless the deadline passes first; then it is not waited for any longer. What
/// runs on a blocking thread goes on there, unheard, until it ends by itself.
pub async fn within<T>(deadline: Option<Deadline>, work: impl Future<Output = T>) -> Option<T> {
    let passed = async {
        match deadline {
            None => std::future::pending().await,
            Some(deadline) => {
                while !deadline.passed() {
                    tokio::time::sleep(LOOK).await;
                }
            }
        }
    };
    tokio::select! {
        biased;
        done = work => Some(done),
        () = passed => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Clock, ManualClock, Timestamp};
    use std::sync::{Arc, mpsc};

    #[tokio::test]
    async fn a_member_that_never_looks_at_the_time_is_given_up() {
        let clock = Arc::new(ManualClock::at(Timestamp(0)));
        let deadline = || {
            let clock = Arc::clone(&clock) as Arc<dyn Clock>;
            Some(Deadline::new(clock, Timestamp(5_000_000)))
        };
        let quick = tokio::task::spawn_blocking(|| 7);
        assert_eq!(
            within(deadline(), quick).await.map(Result::ok),
            Some(Some(7))
        );
        // It ends when this test lets it, and not before.
        let (release, released) = mpsc::channel::<()>();
        let slow = tokio::task::spawn_blocking(move || released.recv().is_ok());
        let waiting = tokio::spawn(within(deadline(), slow));
        clock.advance(Duration::from_secs(4));
        tokio::time::sleep(LOOK * 3).await;
        assert!(!waiting.is_finished(), "there is time");
        clock.advance(Duration::from_secs(1));
        assert!(waiting.await.is_ok_and(|done| done.is_none()), "given up");
        assert!(release.send(()).is_ok(), "it is still at work");
    }

    #[tokio::test]
    async fn without_a_deadline_work_is_waited_for() {
        assert_eq!(within(None, async { 3 }).await, Some(3));
    }
}
