//! One tree while it grows.

use std::collections::BinaryHeap;
use std::ops::Range;
use std::rc::Rc;

use super::columns::Columns;
use super::queue::{Live, Ranked};
use super::worker::{Build, Job, Search};
use super::{Grower, TreeTask, order};
use crate::hist::{Bin, Rows};
use crate::model::MAX_DEPTH;
use crate::parallel::map_mut;
use crate::partition::partition;
use crate::rng::{self, Stream};
use crate::split::{Found, Leaf, Limits, Split, output};
use crate::tree::{BinNode, GrownTree};

pub(super) struct Growth<'g, 'm> {
    grower: &'g mut Grower<'m>,
    task: &'g TreeTask<'g>,
    limits: Limits,
    columns: Columns,
    nodes: Vec<BinNode>,
    live: Vec<Live>,
    queue: BinaryHeap<Ranked>,
}

impl<'g, 'm> Growth<'g, 'm> {
    /// A tree of one leaf; `grower.rows` and `grower.ordered[0]` are filled.
    pub fn new(grower: &'g mut Grower<'m>, task: &'g TreeTask<'g>) -> Self {
        let ordered = grower.ordered[0].iter();
        let total = ordered.fold(Bin::default(), |sum, &row| sum.plus(row));
        Self {
            limits: Limits::new(grower.params, grower.categorical, task.scale),
            columns: Columns::draw(grower.matrix, grower.params, task.seed),
            nodes: vec![BinNode::leaf(0, 0.0)],
            live: vec![Live::root(grower.rows.len(), total)],
            queue: BinaryHeap::new(),
            grower,
            task,
        }
    }

    /// Splits until nothing gains or the leaves are enough. Returns the tree and the leaves'
    /// rows; `None` when told to stop.
    pub fn run(mut self) -> Option<(GrownTree, Vec<Range<usize>>)> {
        self.find_root();
        while self.live.len() < self.grower.params.max_leaves {
            let Some(Ranked(_, leaf)) = self.queue.pop() else {
                break;
            };
            if (self.task.should_stop)() {
                return None;
            }
            self.split(leaf);
        }
        Some(self.finish())
    }

    fn find_root(&mut self) {
        if !self.may_split(0) {
            return;
        }
        self.live[0].slot = self.obtain_slot();
        let Some(slot) = self.live[0].slot else {
            return;
        };
        let grower = &mut *self.grower;
        let rows = match self.task.in_bag {
            Some(_) => Rows::Listed(&grower.rows),
            None => Rows::All(grower.rows.len()),
        };
        let job = Job {
            threads: grower.threads_for(rows.len(), 1),
            builds: vec![Build {
                rows,
                ordered: &grower.ordered[0],
                slot,
            }],
            subtract: None,
            searches: vec![search(&self.live[0], slot, &self.columns, self.task.seed)],
            limits: &self.limits,
            columns: &self.columns,
            monotone: &grower.params.monotone_constraints,
        };
        let found = map_mut(job.threads, &mut grower.workers, |worker| worker.run(&job));
        self.take(&[0], found);
    }

    fn may_split(&self, leaf: usize) -> bool {
        let (leaf, limits) = (&self.live[leaf], &self.limits);
        leaf.depth
            < self
                .grower
                .params
                .max_depth
                .unwrap_or(MAX_DEPTH)
                .min(MAX_DEPTH)
            && leaf.total.count(limits.shift) / 2 >= limits.min_count
            && leaf.total.hessian(limits.shift) >= 2.0 * limits.min_hess
    }

    /// Splits a leaf: it becomes the left child, the right one is appended.
    fn split(&mut self, at: usize) {
        let Some(split) = self.live[at].split.take() else {
            return;
        };
        let grower = &mut *self.grower;
        let missing_bin = grower.matrix.binner().features()[split.column].value_bins() as u8;
        let left_bins = split.rule.left_bins(missing_bin);
        let rows = self.live[at].rows.clone();
        let column = grower.matrix.column(split.column);
        let part = &mut grower.rows[rows.clone()];
        let left = partition(grower.threads, part, &mut grower.spare, column, left_bins);

        let (parent, limits) = (&self.live[at], &self.limits);
        let (node, depth, parent_slot) = (parent.node, parent.depth, parent.slot);
        let child = self.nodes.len();
        self.nodes[node] = BinNode {
            column: split.column as u32,
            child: child as u32,
            rule: split.rule,
            left_bins,
            gain: (split.gain * self.task.scale.gain()).min(f64::from(f32::MAX)) as f32,
            cover: parent.total.count(limits.shift) as f32,
            leaf: 0,
        };
        self.nodes.extend([BinNode::leaf(0, 0.0); 2]);

        let totals = [split.left, parent.total.minus(split.left)];
        let [left_value, right_value] = totals.map(|total| {
            let (grad, hess) = (total.gradient(), total.hessian(limits.shift));
            output(
                grad,
                hess,
                limits.l1,
                limits.l2 + split.extra_l2,
                parent.bounds,
            )
        });
        let monotone = grower
            .params
            .monotone_constraints
            .get(split.column)
            .copied();
        let bounds = parent
            .bounds
            .divide(monotone.unwrap_or(0), left_value, right_value);
        let middle = rows.start + left;
        let open = parent.open.clone();
        let make = |node, rows, total, bounds| Live {
            node,
            rows,
            depth: depth + 1,
            total,
            bounds,
            extra_l2: split.extra_l2,
            open: open.clone(),
            slot: None,
            split: None,
        };
        self.live[at] = make(child, rows.start..middle, totals[0], bounds.0);
        self.live
            .push(make(child + 1, middle..rows.end, totals[1], bounds.1));
        if self.live.len() < self.grower.params.max_leaves {
            let right = self.live.len() - 1;
            let left_is_small = self.live[at].rows.len() <= self.live[right].rows.len();
            let (small, large) = if left_is_small {
                (at, right)
            } else {
                (right, at)
            };
            self.find_children(small, large, parent_slot);
        }
    }

    /// Histograms and best splits of two siblings: the smaller one from its rows, the larger one
    /// as its parent's less the smaller one's, where the parent's is still there.
    fn find_children(&mut self, small: usize, large: usize, parent_slot: Option<usize>) {
        let wanted = [small, large].map(|leaf| self.may_split(leaf));
        let for_subtraction = wanted[1] && parent_slot.is_some();
        if wanted[0] || for_subtraction {
            self.live[small].slot = self.obtain_slot();
        }
        let subtract = for_subtraction && self.live[small].slot.is_some();
        if subtract {
            self.live[large].slot = parent_slot;
        } else {
            parent_slot
                .into_iter()
                .for_each(|slot| self.grower.slots.give(slot));
            self.live[large].slot = wanted[1].then(|| self.obtain_slot()).flatten();
        }

        let (live, grower) = (&self.live, &mut *self.grower);
        let whole = live[large].slot.is_some() && !subtract;
        let rows = live[small].rows.len() + if whole { live[large].rows.len() } else { 0 };
        let threads = grower.threads_for(rows, wanted.into_iter().filter(|wanted| *wanted).count());
        let [first, second] = &mut grower.ordered;
        let direct = [
            (&live[small], first, live[small].slot),
            (&live[large], second, live[large].slot.filter(|_| !subtract)),
        ];
        let mut builds = Vec::with_capacity(2);
        for (leaf, ordered, slot) in direct {
            let Some(slot) = slot else { continue };
            let rows = &grower.rows[leaf.rows.clone()];
            order(grower.threads, self.task, rows, ordered);
            builds.push(Build {
                rows: Rows::Listed(rows),
                ordered,
                slot,
            });
        }
        let (mut leaves, mut searches) = (Vec::with_capacity(2), Vec::with_capacity(2));
        for (leaf, wanted) in [small, large].into_iter().zip(wanted) {
            if let (true, Some(slot)) = (wanted, live[leaf].slot) {
                leaves.push(leaf);
                searches.push(search(&live[leaf], slot, &self.columns, self.task.seed));
            }
        }
        let job = Job {
            threads,
            builds,
            subtract: live[large].slot.zip(live[small].slot).filter(|_| subtract),
            searches,
            limits: &self.limits,
            columns: &self.columns,
            monotone: &grower.params.monotone_constraints,
        };
        let found = map_mut(job.threads, &mut grower.workers, |worker| worker.run(&job));
        self.take(&leaves, found);
        if !wanted[0]
            && let Some(slot) = self.live[small].slot.take()
        {
            self.grower.slots.give(slot);
        }
    }

    /// A free slot, if need be that of the leaf least likely to be split next; its histogram will
    /// be built anew if its turn comes after all.
    fn obtain_slot(&mut self) -> Option<usize> {
        self.grower.slots.take().or_else(|| {
            self.live
                .iter_mut()
                .filter(|leaf| leaf.slot.is_some() && leaf.split.is_some())
                .min_by(|a, b| a.gain().total_cmp(&b.gain()))
                .and_then(|leaf| leaf.slot.take())
        })
    }

    /// Stores the best split of each searched leaf over all blocks, of equals the first column's.
    /// A leaf without one gives its histogram back.
    fn take(&mut self, leaves: &[usize], found_by_block: Vec<Vec<Found>>) {
        for (place, &leaf) in leaves.iter().enumerate() {
            let mut best: Option<Split> = None;
            for found in found_by_block.iter().filter_map(|found| found[place].split) {
                if best.is_none_or(|best| found.score > best.score) {
                    best = Some(found);
                }
            }
            let without = found_by_block
                .iter()
                .flat_map(|found| &found[place].without);
            self.close(leaf, without.copied().collect());
            self.live[leaf].split = best;
            match best {
                Some(split) => self.queue.push(Ranked(split.gain, leaf)),
                None => {
                    let slot = self.live[leaf].slot.take();
                    slot.into_iter()
                        .for_each(|slot| self.grower.slots.give(slot));
                }
            }
        }
    }

    /// Leaves below this one do not look at these columns. Where thresholds are drawn, the next draw
    /// may well gain.
    fn close(&mut self, leaf: usize, columns: Vec<usize>) {
        if columns.is_empty() || self.limits.random {
            return;
        }
        let all = self.grower.matrix.columns();
        let open = &mut self.live[leaf].open;
        let open = Rc::make_mut(open.get_or_insert_with(|| Rc::new(vec![true; all])));
        columns.into_iter().for_each(|column| open[column] = false);
    }

    fn finish(mut self) -> (GrownTree, Vec<Range<usize>>) {
        let (limits, scale) = (&self.limits, self.task.scale);
        let mut values = Vec::with_capacity(self.live.len());
        for (number, leaf) in self.live.iter().enumerate() {
            let count = leaf.total.count(limits.shift) as f32;
            self.nodes[leaf.node] = BinNode::leaf(number as u32, count);
            let (grad, hess) = (leaf.total.gradient(), leaf.total.hessian(limits.shift));
            let value = match hess >= limits.min_hess {
                true => output(
                    grad,
                    hess,
                    limits.l1,
                    limits.l2 + leaf.extra_l2,
                    leaf.bounds,
                ),
                false => 0.0,
            };
            let value = value * scale.value();
            values.push(if value.is_finite() { value } else { 0.0 });
        }
        let tree = GrownTree {
            nodes: self.nodes,
            values,
        };
        (tree, self.live.into_iter().map(|leaf| leaf.rows).collect())
    }
}

fn search(leaf: &Live, slot: usize, columns: &Columns, tree_seed: u64) -> Search {
    let drawn = columns.of_node(tree_seed, leaf.node);
    let columns = match (&leaf.open, drawn) {
        (None, drawn) => drawn,
        (Some(open), None) => Some(open.to_vec()),
        (Some(open), Some(drawn)) => {
            let both = open.iter().zip(drawn).map(|(open, drawn)| *open && drawn);
            Some(both.collect())
        }
    };
    Search {
        slot,
        leaf: Leaf {
            total: leaf.total,
            bounds: leaf.bounds,
            seed: rng::derive(tree_seed, Stream::Threshold, leaf.node as u64, 0),
        },
        columns,
    }
}
