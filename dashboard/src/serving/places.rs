//! Predictions that may take a while: off the async threads, a few at a time.

use domain::Failure;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// As many places as there are processors: more predictions at once would only slow each other
/// down, and everything else with them.
#[derive(Debug)]
pub struct Places(Arc<Semaphore>);

impl Default for Places {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        Self(Arc::new(Semaphore::new(processors)))
    }
}

impl Places {
    /// Does the work when there is a place. Work that has begun keeps its place to its end, also
    /// when nobody waits for it any more.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let place = Arc::clone(&self.0).acquire_owned().await;
        let place = place.map_err(|_| Failure::internal("predictions have ended"))?;
        let work = move || {
            let _place = place;
            work()
        };
        let done = spawn_blocking(work).await;
        done.map_err(|error| Failure::internal(format!("a prediction has ended: {error}")))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::join_all;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    #[tokio::test]
    async fn no_more_work_runs_than_there_are_places() {
        let places = Places(Arc::new(Semaphore::new(2)));
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let works = (0..64).map(|_| {
            let (now, most) = (Arc::clone(&now), Arc::clone(&most));
            places.run(move || {
                most.fetch_max(now.fetch_add(1, Relaxed) + 1, Relaxed);
                std::thread::yield_now();
                now.fetch_sub(1, Relaxed);
                Ok(())
            })
        });
        assert!(join_all(works).await.iter().all(Result::is_ok));
        assert!(most.load(Relaxed) <= 2, "{most:?} ran at once");
    }
}
