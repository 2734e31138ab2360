//! Threads as an argument, and the three ways this crate uses them.
//!
//! Every helper cuts its work at fixed places that do not depend on the number of threads and
//! joins the parts in order; with one thread no rayon code runs at all.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::Error;

/// Rows per unit of row-parallel work. Fixed, so that sums of floats are the same on any machine.
pub(crate) const ROW_CHUNK: usize = 2048;

/// The worker threads of a fit or of a prediction.
#[derive(Debug)]
pub struct Threads {
    pool: Option<Pool>,
}

#[derive(Debug)]
struct Pool {
    threads: rayon::ThreadPool,
    /// Whether its threads are kept awake for someone.
    awake: AtomicBool,
}

impl Threads {
    /// The calling thread alone, without any pool.
    pub fn single() -> Self {
        Self { pool: None }
    }

    /// `threads` threads of its own; 0 and 1 mean [`Threads::single`].
    pub fn new(threads: usize) -> Result<Self, Error> {
        if threads <= 1 {
            return Ok(Self::single());
        }
        let threads = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        Ok(Self {
            pool: Some(Pool {
                threads: threads.map_err(Error::Threads)?,
                awake: AtomicBool::new(false),
            }),
        })
    }

    /// Number of threads.
    pub fn count(&self) -> usize {
        let count = |pool: &Pool| pool.threads.current_num_threads();
        self.pool.as_ref().map_or(1, count)
    }

    /// Runs `work` inside the pool once, so that nested parallel steps need no hand-over, and keeps
    /// all threads of the pool awake meanwhile.
    pub(crate) fn run<R: Send>(&self, work: impl FnOnce(usize) -> R + Send) -> R {
        let count = self.count();
        let Some(pool) = &self.pool else {
            return work(1);
        };
        if pool.awake.swap(true, Ordering::Acquire) {
            return pool.threads.install(|| work(count));
        }
        let _sleeps = Reset(&pool.awake);
        let work = || all_awake(count - 1, || work(count));
        pool.threads.install(work)
    }
}

/// Keeps the pool's `others` looking for work while `work` runs: most steps of a fit are shorter than
/// it takes to wake a thread. (LightGBM's OpenMP spins as well.)
fn all_awake<R: Send>(others: usize, work: impl FnOnce() -> R + Send) -> R {
    let first = rayon::current_thread_index();
    let (arrived, goes_on) = (AtomicUsize::new(0), AtomicBool::new(true));
    rayon::scope(|scope| {
        scope.spawn_broadcast(|_, thread| {
            if Some(thread.index()) == first {
                return;
            }
            arrived.fetch_add(1, Ordering::Relaxed);
            while goes_on.load(Ordering::Relaxed) {
                if rayon::yield_now() != Some(rayon::Yield::Executed) {
                    std::thread::yield_now();
                }
            }
        });
        let _ends = Reset(&goes_on);
        // Whoever came later could hold a piece of work that others wait for, beneath this loop.
        while arrived.load(Ordering::Relaxed) < others {
            std::thread::yield_now();
        }
        work()
    })
}

/// Sets a flag to false when it is dropped, by a panic too.
struct Reset<'f>(&'f AtomicBool);

impl Drop for Reset<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// `f` on every item, results in order.
pub(crate) fn map_mut<T: Send, R: Send>(
    threads: usize,
    items: &mut [T],
    f: impl Fn(&mut T) -> R + Sync + Send,
) -> Vec<R> {
    if threads > 1 && items.len() > 1 {
        items.par_iter_mut().map(f).collect()
    } else {
        items.iter_mut().map(f).collect()
    }
}

/// `f(index)` for `0..count`, results in order.
pub(crate) fn map_range<R: Send>(
    threads: usize,
    range: std::ops::Range<usize>,
    f: impl Fn(usize) -> R + Sync + Send,
) -> Vec<R> {
    if threads > 1 && range.len() > 1 {
        range.into_par_iter().map(f).collect()
    } else {
        range.map(f).collect()
    }
}

/// `f(first_index, chunk)` on chunks of `size` entries, results in order.
pub(crate) fn map_chunks<T: Send, R: Send>(
    threads: usize,
    values: &mut [T],
    size: usize,
    f: impl Fn(usize, &mut [T]) -> R + Sync + Send,
) -> Vec<R> {
    let work = |(index, chunk): (usize, &mut [T])| f(index * size, chunk);
    if threads > 1 && values.len() > size {
        values.par_chunks_mut(size).enumerate().map(work).collect()
    } else {
        values.chunks_mut(size).enumerate().map(work).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    fn sum(threads: &Threads) -> usize {
        let parts = |count| map_range(count, 0..64, |at| map_range(count, 0..at, |i| i).len());
        threads.run(|count| parts(count).into_iter().sum())
    }

    #[test]
    fn short_runs_on_more_threads_than_cores_end() {
        let threads = Threads::new(8).unwrap();
        for _ in 0..500 {
            assert_eq!(sum(&threads), 2016);
        }
    }

    #[test]
    fn runs_within_and_beside_each_other_end() {
        let threads = Threads::new(3).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        assert_eq!(threads.run(|_| sum(&threads)), 2016);
                    }
                });
            }
        });
    }

    #[test]
    fn a_panic_in_a_run_lets_the_threads_go() {
        let threads = Threads::new(2).unwrap();
        let run = AssertUnwindSafe(|| threads.run(|_| panic!("on purpose")));
        assert!(catch_unwind(run).is_err());
        assert_eq!(sum(&threads), 2016);
    }
}
