//! Threads as an argument, and the three ways this crate uses them.
//!
//! Every helper cuts its work at fixed places that do not depend on the number of threads and
//! joins the parts in order; with one thread no rayon code runs at all.

use rayon::prelude::*;

use crate::Error;

/// Rows per unit of row-parallel work. Fixed, so that sums of floats are the same on any machine.
pub(crate) const ROW_CHUNK: usize = 8192;

/// The worker threads of a fit or of a prediction.
#[derive(Debug)]
pub struct Threads<'p> {
    pool: Pool<'p>,
}

#[derive(Debug)]
enum Pool<'p> {
    Single,
    Borrowed(&'p rayon::ThreadPool),
    Owned(rayon::ThreadPool),
}

impl<'p> Threads<'p> {
    /// The calling thread alone, without any pool.
    pub fn single() -> Self {
        Self { pool: Pool::Single }
    }

    /// `threads` threads of its own; 0 and 1 mean [`Threads::single`].
    pub fn new(threads: usize) -> Result<Self, Error> {
        if threads <= 1 {
            return Ok(Self::single());
        }
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .map_err(Error::Threads)?;
        Ok(Self {
            pool: Pool::Owned(pool),
        })
    }

    /// All threads of a pool that the caller shares between fits.
    pub fn of(pool: &'p rayon::ThreadPool) -> Self {
        Self {
            pool: Pool::Borrowed(pool),
        }
    }

    /// Number of threads.
    pub fn count(&self) -> usize {
        match &self.pool {
            Pool::Single => 1,
            Pool::Borrowed(pool) => pool.current_num_threads(),
            Pool::Owned(pool) => pool.current_num_threads(),
        }
    }

    /// Runs `work` inside the pool once, so that nested parallel steps need no hand-over.
    pub(crate) fn run<R: Send>(&self, work: impl FnOnce(usize) -> R + Send) -> R {
        let count = self.count();
        match &self.pool {
            Pool::Single => work(1),
            Pool::Borrowed(pool) => pool.install(|| work(count)),
            Pool::Owned(pool) => pool.install(|| work(count)),
        }
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
    // Fewer chunks are done before another thread is awake.
    if threads > 1 && values.len() > 4 * size {
        values.par_chunks_mut(size).enumerate().map(work).collect()
    } else {
        values.chunks_mut(size).enumerate().map(work).collect()
    }
}
