//! One tree of a forest.

use std::collections::BinaryHeap;
use std::ops::Range;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

use super::criterion::Criterion;
use super::order::order;
use super::params::ForestParams;
use super::search::{Candidate, ColumnView, NodeRows, Searcher};
use crate::binning::{BinnedMatrix, FeatureBins};
use crate::grow::Ranked;
use crate::model::MAX_DEPTH;
use crate::partition::partition;
use crate::rng;
use crate::tree::{BinNode, GrownTree};

/// What one tree is grown from.
pub(super) struct ForestTask<'t, C: Criterion> {
    pub matrix: &'t BinnedMatrix,
    pub params: &'t ForestParams,
    pub criterion: &'t C,
    /// Rows in the bag, each once, ascending.
    pub rows: Vec<u32>,
    pub should_stop: &'t (dyn Fn() -> bool + Sync),
}

/// A node whose best split is known.
struct Open {
    node: usize,
    rows: Range<usize>,
    depth: usize,
    candidate: Candidate,
}

struct TreeGrower<'t, C: Criterion> {
    task: &'t ForestTask<'t, C>,
    rng: ChaCha8Rng,
    searcher: Searcher<'t, C>,
    rows: Vec<u32>,
    spare: Vec<u32>,
    /// Statistics by row of the matrix, and those of the current node in its rows' order.
    by_row: Vec<C::Row>,
    stats: Vec<C::Row>,
    /// Their sum.
    total: Vec<u64>,
    /// Columns that are not constant, in an order that the draws of nodes shuffle.
    columns: Vec<u32>,
    /// Per column, the levels' order.
    orders: Vec<Option<Vec<u8>>>,
    nodes: Vec<BinNode>,
    values: Vec<f64>,
    leaves: u32,
    weight: f64,
}

/// Grows a tree; `None` when told to stop.
pub(super) fn grow<C: Criterion>(task: &ForestTask<C>, rng: ChaCha8Rng) -> Option<GrownTree> {
    let matrix = task.matrix;
    let columns = (0..matrix.columns() as u32).filter(|&c| !matrix.is_constant(c as usize));
    let mut grower = TreeGrower {
        task,
        rng,
        searcher: Searcher::new(task.criterion, task.params.min_samples_leaf),
        rows: task.rows.clone(),
        spare: vec![0; task.rows.len()],
        by_row: (0..matrix.rows())
            .map(|row| task.criterion.row(row))
            .collect(),
        stats: Vec::with_capacity(task.rows.len()),
        total: vec![0; task.criterion.words()],
        columns: columns.collect(),
        orders: Vec::new(),
        nodes: vec![BinNode::leaf(0, 0.0)],
        values: Vec::new(),
        leaves: 0,
        weight: 0.0,
    };
    grower.order_levels();
    grower.run()
}

impl<C: Criterion> TreeGrower<'_, C> {
    fn run(mut self) -> Option<GrownTree> {
        let best_first = self.task.params.max_leaves.is_some();
        let limit = self.task.params.max_leaves.unwrap_or(usize::MAX);
        let mut open: Vec<Option<Open>> = Vec::new();
        let mut queue = BinaryHeap::new();
        let mut made = 1;
        let mut pending = vec![(0, 0..self.rows.len(), 0)];
        loop {
            for (node, rows, depth) in pending.drain(..) {
                if let Some(next) = self.visit(node, rows, depth) {
                    // Without a limit on leaves the order is free; the youngest first keeps the
                    // queue short and the rows near.
                    let rank = if best_first {
                        next.candidate.gain
                    } else {
                        open.len() as f64
                    };
                    queue.push(Ranked(rank, open.len()));
                    open.push(Some(next));
                }
            }
            if (self.task.should_stop)() {
                return None;
            }
            let Some(next) = queue.pop().and_then(|Ranked(_, at)| open[at].take()) else {
                break;
            };
            if made == limit {
                self.gather(next.rows.clone());
                self.leaf(next.node, next.rows);
                continue;
            }
            made += 1;
            pending.extend(self.split(next));
        }
        Some(GrownTree {
            nodes: self.nodes,
            values: self.values,
        })
    }

    /// Finds a node's split, or makes it a leaf.
    fn visit(&mut self, node: usize, rows: Range<usize>, depth: usize) -> Option<Open> {
        let params = self.task.params;
        let deep = depth >= params.max_depth.unwrap_or(MAX_DEPTH).min(MAX_DEPTH);
        let few = rows.len() < params.min_samples_split.max(2 * params.min_samples_leaf);
        self.gather(rows.clone());
        let pure = self
            .task
            .criterion
            .is_pure(&self.total, &self.rows[rows.clone()]);
        let candidate = match deep || few || pure {
            true => None,
            false => self.search(rows.clone()),
        };
        let Some(candidate) = candidate else {
            self.leaf(node, rows);
            return None;
        };
        Some(Open {
            node,
            rows,
            depth,
            candidate,
        })
    }

    /// The best candidate for the rows just gathered, over columns drawn without replacement, until enough are seen and one
    /// can be split. Like scikit-learn's, a split without gain is taken in an impure node: two
    /// such splits may gain together (exclusive or).
    fn search(&mut self, rows: Range<usize>) -> Option<Candidate> {
        let (task, criterion) = (self.task, self.task.criterion);
        let node = NodeRows {
            rows: &self.rows[rows],
            stats: &self.stats,
            total: &self.total,
            worth: criterion.worth(&self.total),
        };
        let wanted = task.params.max_features.of(task.matrix.columns());
        let needed = task.params.min_impurity_decrease * self.weight - 1e-12 * self.weight;
        let mut best: Option<Candidate> = None;
        for seen in 0..self.columns.len() {
            if seen >= wanted && best.is_some() {
                break;
            }
            let left = (self.columns.len() - seen) as u64;
            let pick = seen + rng::below(self.rng.next_u64(), left) as usize;
            self.columns.swap(seen, pick);
            let index = self.columns[seen] as usize;
            let view = ColumnView {
                index,
                bins: task.matrix.column(index),
                missing_bin: task.matrix.binner().features()[index].value_bins() as u8,
                order: self.orders[index].as_deref(),
            };
            let random = task.params.random_thresholds.then_some(&mut self.rng);
            let found = self.searcher.column(&node, &view, random);
            let better = |found: &Candidate| {
                best.as_ref().is_none_or(|best| found.gain > best.gain)
                    && found.gain * criterion.unit() >= needed
            };
            best = found.filter(better).or(best);
        }
        best
    }

    /// Copies the rows' statistics into their order and sums them.
    fn gather(&mut self, rows: Range<usize>) {
        self.total.fill(0);
        self.stats.clear();
        for &row in &self.rows[rows] {
            let stat = self.by_row[row as usize];
            self.task.criterion.add(&mut self.total, 0, stat);
            self.stats.push(stat);
        }
    }

    fn split(&mut self, open: Open) -> [(usize, Range<usize>, usize); 2] {
        let Open {
            node,
            rows,
            depth,
            candidate,
        } = open;
        let matrix = self.task.matrix;
        let missing_bin = matrix.binner().features()[candidate.column].value_bins() as u8;
        let left_bins = candidate.rule.left_bins(missing_bin);
        let column = matrix.column(candidate.column);
        let part = &mut self.rows[rows.clone()];
        let middle = rows.start + partition(1, part, &mut self.spare, column, left_bins);
        let child = self.nodes.len();
        let gain = candidate.gain.max(0.0) * self.task.criterion.unit();
        self.nodes[node] = BinNode {
            column: candidate.column as u32,
            child: child as u32,
            rule: candidate.rule,
            left_bins,
            gain: gain.min(f64::from(f32::MAX)) as f32,
            cover: rows.len() as f32,
            leaf: 0,
        };
        self.nodes.extend([BinNode::leaf(0, 0.0); 2]);
        [
            (child, rows.start..middle, depth + 1),
            (child + 1, middle..rows.end, depth + 1),
        ]
    }

    /// Makes a leaf of the rows just gathered.
    fn leaf(&mut self, node: usize, rows: Range<usize>) {
        self.nodes[node] = BinNode::leaf(self.leaves, rows.len() as f32);
        self.leaves += 1;
        let rows = &self.rows[rows];
        self.task
            .criterion
            .predict(&self.total, rows, &mut self.values);
    }

    /// Orders the levels of categorical columns on the tree's rows.
    fn order_levels(&mut self) {
        let (task, criterion) = (self.task, self.task.criterion);
        self.gather(0..self.rows.len());
        let mut profile = vec![0.0; criterion.profile_len()];
        self.weight = criterion.profile(&self.total, &mut profile);
        let node = NodeRows {
            rows: &self.rows,
            stats: &self.stats,
            total: &self.total,
            worth: 0.0,
        };
        let searcher = &mut self.searcher;
        let kinds = task.matrix.binner().features().iter().enumerate();
        self.orders = kinds
            .map(|(index, kind)| {
                let FeatureBins::Categorical { .. } = kind else {
                    return None;
                };
                let (bins, smooth) = (kind.value_bins() + 1, task.params.cat_smooth);
                let read = |histogram: &[u64]| order(criterion, histogram, bins, smooth);
                Some(searcher.histogram(&node, task.matrix.column(index), read))
            })
            .collect();
    }
}
