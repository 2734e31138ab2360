//! Leaf-wise growth (Shi 2007; Ke et al. 2017): always split the leaf that gains most.

mod columns;
mod growth;
mod queue;
mod slots;
mod worker;

use std::ops::Range;

use crate::binning::BinnedMatrix;
use crate::gradient::{Pair, Scale};
use crate::hist::Bin;
use crate::parallel::{ROW_CHUNK, map_chunks};
use crate::params::{CategoricalParams, TreeParams};
use crate::tree::GrownTree;
use growth::Growth;
pub(crate) use queue::Ranked;
use slots::Slots;
use worker::Worker;

/// Grows trees on one matrix; keeps its buffers from tree to tree.
pub(crate) struct Grower<'m> {
    matrix: &'m BinnedMatrix,
    threads: usize,
    /// Bins of all columns.
    bins: usize,
    params: &'m TreeParams,
    categorical: &'m CategoricalParams,
    workers: Vec<Worker<'m>>,
    slots: Slots,
    /// Row numbers, each leaf's together.
    rows: Vec<u32>,
    spare: Vec<u32>,
    /// Sums of single rows in the order of the leaves being built (at most two), read once per
    /// block.
    ordered: [Vec<Bin>; 2],
    /// Ranges of `rows` by leaf number, of the last tree.
    leaves: Vec<Range<usize>>,
}

/// Nanoseconds of work, roughly, from which on another thread pays.
const WORTH_A_THREAD: usize = 12_000;

/// Whether any step of a fit on these rows pays another thread.
pub(crate) fn pays_threads(matrix: &BinnedMatrix) -> bool {
    let bins = matrix.binner().features().iter();
    let bins: usize = bins.map(|bins| bins.value_bins() + 1).sum();
    matrix.rows() > ROW_CHUNK || work(matrix, matrix.rows(), 2, bins) >= WORTH_A_THREAD
}

/// What histograms of so many rows take, and so many searches of a leaf's best split. A bin is searched
/// from both sides, with divisions; a cell is one addition.
fn work(matrix: &BinnedMatrix, rows: usize, searches: usize, bins: usize) -> usize {
    rows * matrix.columns() + 4 * searches * bins
}

/// What one tree is grown from.
pub(crate) struct TreeTask<'t> {
    pub pairs: &'t [Pair],
    pub scale: Scale,
    /// Rows the tree sees, ascending; `None` is all of the matrix.
    pub in_bag: Option<&'t [u32]>,
    /// Source of the tree's chance.
    pub seed: u64,
    pub should_stop: &'t (dyn Fn() -> bool + Sync),
}

impl<'m> Grower<'m> {
    pub fn new(
        matrix: &'m BinnedMatrix,
        params: &'m TreeParams,
        categorical: &'m CategoricalParams,
        threads: usize,
    ) -> Self {
        let blocks = matrix.blocks().iter();
        let workers: Vec<_> = blocks
            .map(|block| Worker::new(block, matrix.binner()))
            .collect();
        let bins = workers.iter().map(Worker::bins).sum();
        Self {
            matrix,
            threads,
            bins,
            params,
            categorical,
            workers,
            slots: Slots::new(bins),
            rows: Vec::new(),
            spare: Vec::new(),
            ordered: [Vec::new(), Vec::new()],
            leaves: Vec::new(),
        }
    }

    /// One tree with its leaf values in real units; `None` when told to stop.
    pub fn grow(&mut self, task: &TreeTask) -> Option<GrownTree> {
        self.rows.clear();
        match task.in_bag {
            Some(rows) => self.rows.extend_from_slice(rows),
            None => self.rows.extend(0..self.matrix.rows() as u32),
        }
        self.spare.resize(self.rows.len(), 0);
        order(self.threads, task, &self.rows, &mut self.ordered[0]);
        self.slots.reset();
        let (tree, leaves) = Growth::new(self, task).run()?;
        self.leaves = leaves;
        Some(tree)
    }

    /// Threads for histograms of so many rows and so many searches of a leaf's best split.
    fn threads_for(&self, rows: usize, searches: usize) -> usize {
        match work(self.matrix, rows, searches, self.bins) < WORTH_A_THREAD {
            true => 1,
            false => self.threads,
        }
    }

    /// Rows of a leaf of the last tree.
    pub fn leaf_rows(&self, leaf: usize) -> &[u32] {
        &self.rows[self.leaves[leaf].clone()]
    }
}

/// The rows' sums, in the rows' order.
fn order(threads: usize, task: &TreeTask, rows: &[u32], ordered: &mut Vec<Bin>) {
    ordered.resize(rows.len(), Bin::default());
    map_chunks(threads, ordered, ROW_CHUNK, |first, chunk| {
        for (sum, &row) in chunk.iter_mut().zip(&rows[first..]) {
            *sum = Bin::of(task.pairs[row as usize], task.scale.shift);
        }
    });
}

#[cfg(test)]
mod tests;
