//! Leaf-wise growth (Shi 2007; Ke et al. 2017): always split the leaf that gains most.

mod columns;
mod slots;
mod worker;

use std::collections::BinaryHeap;
use std::ops::Range;

use crate::binning::BinnedMatrix;
use crate::gradient::{Pair, Scale};
use crate::hist::{Bin, Rows};
use crate::parallel::{ROW_CHUNK, map_chunks, map_mut};
use crate::params::{CategoricalParams, TreeParams};
use crate::partition::partition;
use crate::rng::{self, Stream};
use crate::split::{Bounds, Leaf, Limits, Split, output};
use crate::tree::{BinNode, GrownTree};
use columns::Columns;
use slots::Slots;
use worker::{Build, Job, Search, Worker};

/// Grows trees on one matrix; keeps its buffers from tree to tree.
pub(crate) struct Grower<'m> {
    matrix: &'m BinnedMatrix,
    threads: usize,
    params: &'m TreeParams,
    categorical: &'m CategoricalParams,
    workers: Vec<Worker<'m>>,
    slots: Slots,
    /// Row numbers, each leaf's together.
    rows: Vec<u32>,
    spare: Vec<u32>,
    /// Sums of single rows in the order of the leaf being built, read once per block.
    ordered: [Vec<Bin>; 2],
    /// Ranges of `rows` by leaf number, of the last tree.
    leaves: Vec<Range<usize>>,
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

/// A leaf that may still be split.
struct Live {
    node: usize,
    rows: Range<usize>,
    depth: usize,
    total: Bin,
    bounds: Bounds,
    extra_l2: f64,
    slot: Option<usize>,
    split: Option<Split>,
}

/// Orders leaves by gain; the older one first among equals.
struct Ranked(f64, usize);

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0).then(other.1.cmp(&self.1))
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ranked {}

impl<'m> Grower<'m> {
    pub fn new(
        matrix: &'m BinnedMatrix,
        params: &'m TreeParams,
        categorical: &'m CategoricalParams,
        threads: usize,
    ) -> Self {
        let workers: Vec<_> = matrix
            .blocks()
            .iter()
            .map(|block| Worker::new(block, matrix.binner()))
            .collect();
        let bins = workers.iter().map(Worker::bins).sum();
        Self {
            matrix,
            threads,
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

    /// Rows of a leaf of the last tree.
    pub fn leaf_rows(&self, leaf: usize) -> &[u32] {
        &self.rows[self.leaves[leaf].clone()]
    }

    /// One tree with its leaf values in real units; `None` when told to stop.
    pub fn grow(&mut self, task: &TreeTask) -> Option<GrownTree> {
        let limits = Limits::new(self.params, self.categorical, task.scale);
        let columns = Columns::draw(self.matrix, self.params, task.seed);
        self.load(task);
        let root = Live {
            node: 0,
            rows: 0..self.rows.len(),
            depth: 0,
            total: self.ordered[0].iter().fold(Bin::default(), |sum, &row| sum.plus(row)),
            bounds: Bounds::FREE,
            extra_l2: 0.0,
            slot: None,
            split: None,
        };
        let mut nodes = vec![BinNode::leaf(0, 0.0)];
        let mut live = vec![root];
        let mut queue = BinaryHeap::new();
        self.find_root(task, &limits, &columns, &mut live, &mut queue);
        while live.len() < self.params.max_leaves {
            let Some(Ranked(_, at)) = queue.pop() else { break };
            if (task.should_stop)() {
                self.slots.reset();
                return None;
            }
            self.split(task, &limits, &columns, at, &mut nodes, &mut live, &mut queue);
        }
        self.slots.reset();
        Some(self.finish(task, &limits, nodes, live))
    }

    /// Fills `rows` and the ordered sums of the root.
    fn load(&mut self, task: &TreeTask) {
        self.rows.clear();
        match task.in_bag {
            Some(rows) => self.rows.extend_from_slice(rows),
            None => self.rows.extend(0..self.matrix.rows() as u32),
        }
        self.spare.resize(self.rows.len(), 0);
        order(self.threads, task, &self.rows, &mut self.ordered[0]);
    }

    fn find_root(
        &mut self,
        task: &TreeTask,
        limits: &Limits,
        columns: &Columns,
        live: &mut [Live],
        queue: &mut BinaryHeap<Ranked>,
    ) {
        if !self.may_split(&live[0], limits) {
            return;
        }
        let Some(slot) = self.slots.take() else { return };
        live[0].slot = Some(slot);
        let rows = match task.in_bag {
            Some(_) => Rows::Listed(&self.rows),
            None => Rows::All(self.rows.len()),
        };
        let job = Job {
            builds: vec![Build {
                rows,
                ordered: &self.ordered[0],
                slot,
            }],
            subtract: None,
            searches: vec![search(&live[0], columns, task.seed)],
            limits,
            columns,
            monotone: &self.params.monotone_constraints,
            threads: self.threads,
        };
        let found = run(self.threads, &mut self.workers, &job);
        enqueue(&[0], found, live, &mut self.slots, queue);
    }

    fn may_split(&self, leaf: &Live, limits: &Limits) -> bool {
        self.params.max_depth.is_none_or(|depth| leaf.depth < depth)
            && leaf.total.count(limits.shift) / 2 >= limits.min_count
            && leaf.total.hessian(limits.shift) >= 2.0 * limits.min_hess
    }

    /// Splits leaf `at`: it becomes the left child, the right one is appended.
    #[expect(clippy::too_many_arguments, reason = "the growing tree's parts are borrowed apart")]
    fn split(
        &mut self,
        task: &TreeTask,
        limits: &Limits,
        columns: &Columns,
        at: usize,
        nodes: &mut Vec<BinNode>,
        live: &mut Vec<Live>,
        queue: &mut BinaryHeap<Ranked>,
    ) {
        let Some(split) = live[at].split.take() else { return };
        let (node, rows, depth) = (live[at].node, live[at].rows.clone(), live[at].depth);
        let missing_bin = self.matrix.binner().features()[split.column].value_bins() as u8;
        let left_bins = split.rule.left_bins(missing_bin);
        let middle = rows.start
            + partition(
                self.threads,
                &mut self.rows[rows.clone()],
                &mut self.spare,
                self.matrix.column(split.column),
                left_bins,
            );
        let child = nodes.len();
        nodes[node] = BinNode {
            column: split.column as u32,
            child: child as u32,
            rule: split.rule,
            left_bins,
            gain: (split.gain * task.scale.gain()).min(f64::from(f32::MAX)) as f32,
            cover: live[at].total.count(limits.shift) as f32,
            leaf: 0,
        };
        nodes.extend([BinNode::leaf(0, 0.0); 2]);

        let totals = (split.left, live[at].total.minus(split.left));
        let value = |total: Bin| {
            let l2 = limits.l2 + split.extra_l2;
            let (grad, hess) = (total.gradient(), total.hessian(limits.shift));
            output(grad, hess, limits.l1, l2, live[at].bounds)
        };
        let monotone = self.params.monotone_constraints.get(split.column).copied();
        let bounds =
            live[at].bounds.divide(monotone.unwrap_or(0), value(totals.0), value(totals.1));
        let parent_slot = live[at].slot.take();
        let make = |node, rows, total, bounds| Live {
            node,
            rows,
            depth: depth + 1,
            total,
            bounds,
            extra_l2: split.extra_l2,
            slot: None,
            split: None,
        };
        live[at] = make(child, rows.start..middle, totals.0, bounds.0);
        live.push(make(child + 1, middle..rows.end, totals.1, bounds.1));
        let right = live.len() - 1;
        if live.len() == self.params.max_leaves {
            return;
        }
        let pair = match live[at].rows.len() <= live[right].rows.len() {
            true => [at, right],
            false => [right, at],
        };
        self.find_children(task, limits, columns, pair, parent_slot, live, queue);
    }

    /// Histograms and best splits of two siblings, the smaller one first.
    #[expect(clippy::too_many_arguments, reason = "the growing tree's parts are borrowed apart")]
    fn find_children(
        &mut self,
        task: &TreeTask,
        limits: &Limits,
        columns: &Columns,
        [small, large]: [usize; 2],
        parent_slot: Option<usize>,
        live: &mut [Live],
        queue: &mut BinaryHeap<Ranked>,
    ) {
        let wanted = [small, large].map(|leaf| self.may_split(&live[leaf], limits));
        let small_needed = wanted[0] || wanted[1] && parent_slot.is_some();
        live[small].slot = small_needed.then(|| self.obtain_slot(live)).flatten();
        let by_subtraction = wanted[1] && parent_slot.is_some() && live[small].slot.is_some();
        if by_subtraction {
            live[large].slot = parent_slot;
        } else {
            parent_slot.into_iter().for_each(|slot| self.slots.give(slot));
            live[large].slot = wanted[1].then(|| self.obtain_slot(live)).flatten();
        }
        let mut builds = Vec::with_capacity(2);
        let [first, second] = &mut self.ordered;
        let direct = [
            (small, first, live[small].slot),
            (large, second, live[large].slot.filter(|_| !by_subtraction)),
        ];
        for (leaf, ordered, slot) in direct {
            let Some(slot) = slot else { continue };
            let rows = &self.rows[live[leaf].rows.clone()];
            order(self.threads, task, rows, ordered);
            builds.push(Build {
                rows: Rows::Listed(rows),
                ordered,
                slot,
            });
        }
        let leaves: Vec<usize> = [small, large]
            .into_iter()
            .zip(wanted)
            .filter_map(|(leaf, wanted)| (wanted && live[leaf].slot.is_some()).then_some(leaf))
            .collect();
        let job = Job {
            builds,
            subtract: live[large].slot.zip(live[small].slot).filter(|_| by_subtraction),
            searches: leaves.iter().map(|&l| search(&live[l], columns, task.seed)).collect(),
            limits,
            columns,
            monotone: &self.params.monotone_constraints,
            threads: self.threads,
        };
        let found = run(self.threads, &mut self.workers, &job);
        enqueue(&leaves, found, live, &mut self.slots, queue);
        if !wanted[0] && let Some(slot) = live[small].slot.take() {
            self.slots.give(slot);
        }
    }

    /// A free slot, if need be that of the leaf least likely to be split next; it will be built
    /// anew if its turn comes after all.
    fn obtain_slot(&mut self, live: &mut [Live]) -> Option<usize> {
        self.slots.take().or_else(|| {
            let gain = |leaf: &Live| leaf.split.map_or(f64::INFINITY, |split| split.gain);
            live.iter_mut()
                .filter(|leaf| leaf.slot.is_some() && leaf.split.is_some())
                .min_by(|a, b| gain(a).total_cmp(&gain(b)))
                .and_then(|leaf| leaf.slot.take())
        })
    }

    fn finish(
        &mut self,
        task: &TreeTask,
        limits: &Limits,
        mut nodes: Vec<BinNode>,
        live: Vec<Live>,
    ) -> GrownTree {
        let mut values = Vec::with_capacity(live.len());
        for (number, leaf) in live.iter().enumerate() {
            let count = leaf.total.count(limits.shift) as f32;
            nodes[leaf.node] = BinNode::leaf(number as u32, count);
            let (grad, hess) = (leaf.total.gradient(), leaf.total.hessian(limits.shift));
            let l2 = limits.l2 + leaf.extra_l2;
            let value = match hess >= limits.min_hess {
                true => output(grad, hess, limits.l1, l2, leaf.bounds) * task.scale.value(),
                false => 0.0,
            };
            values.push(if value.is_finite() { value } else { 0.0 });
        }
        self.leaves = live.into_iter().map(|leaf| leaf.rows).collect();
        GrownTree { nodes, values }
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

fn search(leaf: &Live, columns: &Columns, tree_seed: u64) -> Search {
    let seed = rng::derive(tree_seed, Stream::Threshold, leaf.node as u64, 0);
    Search {
        slot: leaf.slot.unwrap_or(0),
        leaf: Leaf {
            total: leaf.total,
            bounds: leaf.bounds,
            seed,
        },
        columns: columns.of_node(tree_seed, leaf.node),
    }
}

/// The best split of each searched leaf over all blocks; of equals the first column's.
fn run(threads: usize, workers: &mut [Worker], job: &Job) -> Vec<Option<Split>> {
    let by_block = map_mut(threads, workers, |worker| worker.run(job));
    let mut best: Vec<Option<Split>> = vec![None; job.searches.len()];
    for found in by_block {
        for (best, found) in best.iter_mut().zip(found) {
            let better = match (&*best, &found) {
                (Some(best), Some(found)) => found.score > best.score,
                (None, found) => found.is_some(),
                (_, None) => false,
            };
            if better {
                *best = found;
            }
        }
    }
    best
}

/// Stores what was found; a leaf without a split gives its histogram back.
fn enqueue(
    leaves: &[usize],
    found: Vec<Option<Split>>,
    live: &mut [Live],
    slots: &mut Slots,
    queue: &mut BinaryHeap<Ranked>,
) {
    for (&at, split) in leaves.iter().zip(found) {
        live[at].split = split;
        match split {
            Some(split) => queue.push(Ranked(split.gain, at)),
            None => live[at].slot.take().into_iter().for_each(|slot| slots.give(slot)),
        }
    }
}
