//! Threads as an argument, and the three ways this crate uses them.
//!
//! Every helper cuts its work at fixed places that do not depend on the number of threads and
//! joins the parts in order; with one thread no rayon code runs at all.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use crate::Error;

/// Rows per unit of row-parallel work. Fixed, so that sums of floats are the same on any machine.
pub(crate) const ROW_CHUNK: usize = 2048;

/// The worker threads of a fit or of a prediction.
#[derive(Debug)]
pub struct Threads {
    pool: Option<rayon::ThreadPool>,
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
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        Ok(Self {
            pool: Some(pool.map_err(Error::Threads)?),
        })
    }

    /// Number of threads.
    pub fn count(&self) -> usize {
        let count = |pool: &rayon::ThreadPool| pool.current_num_threads();
        self.pool.as_ref().map_or(1, count)
    }

    /// Runs `work` inside the pool once, so that nested parallel steps need no hand-over.
    pub(crate) fn run<R: Send>(&self, work: impl FnOnce(usize) -> R + Send) -> R {
        let count = self.count();
        match &self.pool {
            None => work(1),
            Some(pool) => pool.install(|| with_all_awake(|| work(count))),
        }
    }
}

/// Keeps the pool's other threads looking for work while `work` runs: most steps are shorter than
/// it takes to wake a thread (LightGBM's OpenMP spins as well). Idle ones let other programs go
/// first.
fn with_all_awake<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    let (first, over) = (rayon::current_thread_index(), AtomicBool::new(false));
    rayon::scope(|scope| {
        scope.spawn_broadcast(|_, thread| {
            let rests = Some(thread.index()) == first;
            while !rests && !over.load(Ordering::Relaxed) {
                if rayon::yield_now() != Some(rayon::Yield::Executed) {
                    std::thread::yield_now();
                }
            }
        });
        let _ends = Ends(&over);
        work()
    })
}

/// Says that it is over when it is dropped, by a panic too.
struct Ends<'o>(&'o AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
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
