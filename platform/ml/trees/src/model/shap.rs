//! Exact Shapley values of a tree ensemble (Lundberg et al. 2020, algorithm 2, path-dependent:
//! the background of a split is how the training rows went).
//!
//! `zero` and `one` are the shares of paths on which a column is unknown and known; `weight` is
//! the permutation weight of all subsets of one size.

use rayon::prelude::*;

use super::{Origin, TreeEnsemble};
use crate::Features;
use crate::error::Error;
use crate::parallel::Threads;

/// One distinct column on the path from the root.
#[derive(Clone, Copy)]
struct Step {
    column: usize,
    zero: f64,
    one: f64,
    weight: f64,
}

/// The column of the first step, which stands for the empty set.
const NONE: usize = usize::MAX;

impl TreeEnsemble {
    /// Contributions to the raw scores.
    ///
    /// `out` holds `rows × n_outputs × (n_features + 1)` numbers; the last of each group is the
    /// expected score, and a group sums to the row's raw score.
    pub fn contributions(
        &self,
        table: &Features,
        threads: &Threads,
        out: &mut [f64],
    ) -> Result<(), Error> {
        let columns = self.n_features();
        let one = self.n_outputs() * (columns + 1);
        Error::same_length("the table's columns", columns, table.columns().len())?;
        Error::same_length("the output", table.rows() * one, out.len())?;
        let expected = self.expected();
        let work = |(row, out): (usize, &mut [f64])| {
            let values: Vec<f64> = table.columns().iter().map(|c| c.values[row]).collect();
            self.row_contributions(&self.bin_levels(&values), &expected, out);
        };
        threads.run(|count| match count {
            1 => out.chunks_mut(one).enumerate().for_each(work),
            _ => out.par_chunks_mut(one).enumerate().for_each(work),
        });
        Ok(())
    }

    fn row_contributions(&self, row: &[f64], expected: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        let mut explain = Explain {
            model: self,
            row,
            out,
            first: 0,
            output: 0,
            path: Vec::new(),
        };
        for tree in 0..self.n_trees() {
            explain.first = self.node_range(tree).start;
            explain.output = tree % self.trees_per_round();
            explain.path.clear();
            explain.descend(0, 0, (1.0, 1.0), NONE);
        }
        let group = self.n_features() + 1;
        for (out, expected) in out.chunks_mut(group).zip(expected) {
            if let Origin::Forest { .. } = self.origin {
                out.iter_mut()
                    .for_each(|phi| *phi /= self.n_trees().max(1) as f64);
            }
            out[group - 1] = *expected;
        }
    }

    /// The scores' expectation over the training rows.
    fn expected(&self) -> Vec<f64> {
        let (width, trees) = (self.leaf_width(), self.n_trees());
        let forest = matches!(self.origin, Origin::Forest { .. }) && trees > 0;
        let mut sums = if forest {
            vec![0.0; width]
        } else {
            self.init.clone()
        };
        for tree in 0..trees {
            let range = self.node_range(tree);
            let mut means = vec![0.0; range.len() * width];
            // Children come after their parents.
            for at in (0..range.len()).rev() {
                let node = self.nodes[range.start + at];
                for k in 0..width {
                    means[at * width + k] = if node.is_leaf() {
                        self.values[node.child() * width + k]
                    } else {
                        let left = self.left_share(range.start, node.child());
                        let child = |side: usize| means[(node.child() + side) * width + k];
                        left * child(0) + (1.0 - left) * child(1)
                    };
                }
            }
            match forest {
                true => sums
                    .iter_mut()
                    .zip(&means)
                    .for_each(|(sum, mean)| *sum += mean),
                false => sums[tree % self.trees_per_round()] += means[0],
            }
        }
        if forest {
            sums.iter_mut().for_each(|sum| *sum /= trees as f64);
        }
        sums
    }

    /// Share of the training rows at a node that went to its left child.
    fn left_share(&self, first: usize, child: usize) -> f64 {
        let left = f64::from(self.covers[first + child]);
        let right = f64::from(self.covers[first + child + 1]);
        left / (left + right)
    }
}

struct Explain<'e> {
    model: &'e TreeEnsemble,
    row: &'e [f64],
    out: &'e mut [f64],
    /// The tree's first node.
    first: usize,
    output: usize,
    /// Paths of all open levels, one after the other; each level works on a copy of its parent's.
    path: Vec<Step>,
}

impl Explain<'_> {
    /// Visits a node whose path so far starts at `start` in the arena. Depth is at most
    /// [`super::MAX_DEPTH`].
    fn descend(&mut self, at: usize, start: usize, (zero, one): (f64, f64), column: usize) {
        extend(&mut self.path, start, zero, one, column);
        let node = self.model.nodes[self.first + at];
        if node.is_leaf() {
            self.leaf(node.child(), start);
            return;
        }
        let (column, child) = (node.column(), node.child());
        let left = self.model.goes_left(node, self.row[column]);
        let share = self.model.left_share(self.first, child);
        let (hot, cold) = if left { (0, 1) } else { (1, 0) };
        let (hot_share, cold_share) = if left {
            (share, 1.0 - share)
        } else {
            (1.0 - share, share)
        };
        // A column met before on this path is taken back and put in again with both shares.
        let mut before = (1.0, 1.0);
        let seen = self.path[start..]
            .iter()
            .position(|step| step.column == column);
        if let Some(index) = seen {
            before = (self.path[start + index].zero, self.path[start + index].one);
            unwind(&mut self.path, start, index);
        }
        let end = self.path.len();
        let branches = [
            (hot, (hot_share * before.0, before.1)),
            (cold, (cold_share * before.0, 0.0)),
        ];
        for (side, shares) in branches {
            self.path.extend_from_within(start..end);
            self.descend(child + side, end, shares, column);
            self.path.truncate(end);
        }
    }

    fn leaf(&mut self, row: usize, start: usize) {
        let (width, group) = (self.model.leaf_width(), self.model.n_features() + 1);
        let path = &self.path[start..];
        for index in 1..path.len() {
            let step = path[index];
            let share = unwound_sum(path, index) * (step.one - step.zero);
            for k in 0..width {
                let value = self.model.values[row * width + k];
                self.out[(self.output + k) * group + step.column] += share * value;
            }
        }
    }
}

fn extend(path: &mut Vec<Step>, start: usize, zero: f64, one: f64, column: usize) {
    let depth = path.len() - start;
    path.push(Step {
        column,
        zero,
        one,
        weight: if depth == 0 { 1.0 } else { 0.0 },
    });
    let path = &mut path[start..];
    let size = (depth + 1) as f64;
    for i in (0..depth).rev() {
        path[i + 1].weight += one * path[i].weight * (i + 1) as f64 / size;
        path[i].weight *= zero * (depth - i) as f64 / size;
    }
}

/// Takes the step at `index` back out of the path.
fn unwind(path: &mut Vec<Step>, start: usize, index: usize) {
    let steps = &mut path[start..];
    let depth = steps.len() - 1;
    let size = (depth + 1) as f64;
    let Step { zero, one, .. } = steps[index];
    let mut next = steps[depth].weight;
    for i in (0..depth).rev() {
        let rest = (depth - i) as f64;
        if one != 0.0 {
            let weight = steps[i].weight;
            steps[i].weight = next * size / ((i + 1) as f64 * one);
            next = weight - steps[i].weight * zero * rest / size;
        } else {
            steps[i].weight *= size / (zero * rest);
        }
    }
    for i in index..depth {
        let Step {
            column, zero, one, ..
        } = steps[i + 1];
        let weight = steps[i].weight;
        steps[i] = Step {
            column,
            zero,
            one,
            weight,
        };
    }
    path.pop();
}

/// Sum of the weights that taking out the step at `index` would leave.
fn unwound_sum(steps: &[Step], index: usize) -> f64 {
    let depth = steps.len() - 1;
    let size = (depth + 1) as f64;
    let Step { zero, one, .. } = steps[index];
    let mut next = steps[depth].weight;
    let mut total = 0.0;
    for i in (0..depth).rev() {
        let rest = (depth - i) as f64;
        if one != 0.0 {
            let weight = next * size / ((i + 1) as f64 * one);
            total += weight;
            next = steps[i].weight - weight * zero * rest / size;
        } else if zero != 0.0 {
            total += steps[i].weight * size / (zero * rest);
        }
    }
    total
}
