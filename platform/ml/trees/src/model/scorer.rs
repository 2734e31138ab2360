//! Leaves without walks (Lucchese et al. 2015, "QuickScorer: a fast algorithm to rank documents
//! with additive ensembles of regression trees").
//!
//! A walk waits for every node before it knows the next. Here the leaves of a tree are the bits of
//! a word, from left to right, and a node that sends a row right rules out the leaves on its left:
//! one `and`. What remains starts with the row's leaf. As order does not matter, all trees are
//! asked column by column: of a column's thresholds, sorted, those below the value say no, and one
//! search finds how many these are. What a level or a missing value says is known beforehand.
//!
//! O(columns · log(thresholds) + nodes that say no + trees) for a row; about a third of the time of
//! walks with trees of 31 leaves.

use super::{Test, TreeEnsemble};
use crate::Column;
use crate::binning::{UNMAPPED, level_bin};
use std::sync::OnceLock;

/// Leaves of a tree at most: the bits of a word.
const MOST_LEAVES: usize = 64;

/// Masks at most (64 MiB): beyond, levels would be tabled that no row ever has.
const MOST_MASKS: usize = 1 << 22;

/// Rows that are asked together, so that a column's masks are read once for all of them.
pub(super) const ROWS: usize = 16;

/// The trees in the order of columns.
#[derive(Clone, Debug)]
pub(super) struct Scorer {
    columns: Vec<Asked>,
    /// The leaves of each tree begin here.
    starts: Vec<u32>,
    /// The value row of each leaf, from left to right.
    leaves: Vec<u32>,
}

/// What follows from a model alone, so that models are compared without it; made when it is first
/// asked, as many a model is only read to be stored elsewhere. Nothing for a model that it cannot
/// serve.
#[derive(Clone, Debug, Default)]
pub(super) struct Derived(OnceLock<Option<Box<Scorer>>>);

impl PartialEq for Derived {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl TreeEnsemble {
    pub(super) fn scorer(&self) -> Option<&Scorer> {
        let make = || Scorer::new(self).map(Box::new);
        self.derived.0.get_or_init(make).as_deref()
    }
}

/// What one node, or several of one tree, leave of it.
#[derive(Clone, Copy, Debug)]
struct Mask {
    kept: u64,
    tree: u32,
}

/// What a column's values say.
#[derive(Clone, Debug)]
enum Asked {
    /// Values above a threshold go right.
    Numeric {
        thresholds: Vec<f64>,
        masks: Vec<Mask>,
        missing: Vec<Mask>,
    },
    /// The masks of bin `b` are those from `ends[b - 1]` to `ends[b]`.
    Levels { ends: Vec<u32>, masks: Vec<Mask> },
}

/// A node's question and what it leaves of its tree when the answer is right.
type Question = (Test, Mask);

impl Scorer {
    /// Nothing where there is no tree, one has too many leaves, or asks a column what it cannot
    /// answer.
    pub fn new(model: &TreeEnsemble) -> Option<Self> {
        let mut questions = vec![Vec::new(); model.n_features()];
        let (mut starts, mut leaves) = (Vec::new(), Vec::new());
        for tree in 0..model.n_trees() {
            starts.push(leaves.len() as u32);
            read_tree(model, tree, &mut questions, &mut leaves)?;
        }
        let mut room = MOST_MASKS;
        let columns = questions.into_iter().zip(&model.level_bins);
        let columns = columns.map(|(own, bins)| {
            let asked = match &bins[..] {
                [] => Asked::numeric(&own)?,
                bins => Asked::levels(&own, bins, &model.level_sets, room)?,
            };
            room = room.checked_sub(asked.masks().len())?;
            Some(asked)
        });
        let columns = columns.collect::<Option<_>>()?;
        let some = !starts.is_empty();
        some.then_some(Self {
            columns,
            starts,
            leaves,
        })
    }

    /// For each of at most [`ROWS`] rows, what is left of every tree; `open` is made anew.
    pub fn ask(
        &self,
        columns: &[Column],
        level_bins: &[Vec<u8>],
        first: usize,
        rows: usize,
        open: &mut Vec<u64>,
    ) {
        open.clear();
        open.resize(rows * self.starts.len(), u64::MAX);
        for ((asked, column), bins) in self.columns.iter().zip(columns).zip(level_bins) {
            let values = &column.values[first..first + rows];
            for (&value, open) in values.iter().zip(open.chunks_exact_mut(self.starts.len())) {
                asked.ask(value, bins, open);
            }
        }
    }

    /// The same for one row.
    pub fn ask_row(&self, row: &[f64], level_bins: &[Vec<u8>], open: &mut Vec<u64>) {
        open.clear();
        open.resize(self.starts.len(), u64::MAX);
        for ((asked, &value), bins) in self.columns.iter().zip(row).zip(level_bins) {
            asked.ask(value, bins, open);
        }
    }

    /// The value row that a tree gives, of which so much is left.
    #[inline]
    pub fn leaf(&self, tree: usize, open: u64) -> usize {
        // At least one leaf is always left; a root alone is one.
        let place = self.starts[tree] as usize + open.trailing_zeros() as usize;
        self.leaves[place] as usize
    }
}

/// Appends the questions of a tree, and its leaves from left to right.
fn read_tree(
    model: &TreeEnsemble,
    tree: usize,
    questions: &mut [Vec<Question>],
    leaves: &mut Vec<u32>,
) -> Option<()> {
    let nodes = &model.nodes[model.node_range(tree)];
    let first = leaves.len();
    // Inner nodes whose left side is being read, with the leaves that were read before it.
    let mut stack = vec![(0, None)];
    while let Some((at, from)) = stack.pop() {
        let node = nodes[at];
        if let Some(from) = from {
            // The left side is read: its leaves are those since `from`.
            let (from, to) = (from - first, leaves.len() - first);
            let left =
                u64::MAX.checked_shl(from as u32)? & !u64::MAX.checked_shl(to as u32).unwrap_or(0);
            let mask = Mask {
                kept: !left,
                tree: tree as u32,
            };
            questions[node.column()].push((node.test(), mask));
            stack.push((node.child() + 1, None));
            continue;
        }
        if let Test::Leaf { row } = node.test() {
            leaves.push(row);
            if leaves.len() - first > MOST_LEAVES {
                return None;
            }
            continue;
        }
        stack.push((at, Some(leaves.len())));
        stack.push((node.child(), None));
    }
    Some(())
}

impl Asked {
    fn numeric(questions: &[Question]) -> Option<Self> {
        let (mut above, mut missing) = (Vec::new(), Vec::new());
        for &(test, mask) in questions {
            match test {
                Test::Threshold { at, missing_left } if !at.is_nan() => {
                    above.push((at, mask));
                    missing.extend((!missing_left).then_some(mask));
                }
                _ => return None,
            }
        }
        above.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (thresholds, masks) = above.into_iter().unzip();
        Some(Self::Numeric {
            thresholds,
            masks,
            missing: joined(missing),
        })
    }

    fn levels(questions: &[Question], bins: &[u8], sets: &[[u64; 4]], room: usize) -> Option<Self> {
        let mut own = Vec::new();
        for &(test, mask) in questions {
            let Test::Levels { set } = test else {
                return None;
            };
            own.push((sets[set as usize], mask));
        }
        let (mut ends, mut masks) = (Vec::new(), Vec::new());
        for bin in 0..=UNMAPPED {
            if bin == UNMAPPED || bins.contains(&bin) {
                let right = own
                    .iter()
                    .filter(|(set, _)| set[usize::from(bin >> 6)] >> (bin & 63) & 1 == 0);
                masks.extend(joined(right.map(|(_, mask)| *mask).collect()));
            }
            if masks.len() > room {
                return None;
            }
            ends.push(masks.len() as u32);
        }
        Some(Self::Levels { ends, masks })
    }

    fn masks(&self) -> &[Mask] {
        match self {
            Self::Numeric { masks, .. } | Self::Levels { masks, .. } => masks,
        }
    }

    #[inline]
    fn ask(&self, value: f64, bins: &[u8], open: &mut [u64]) {
        let masks = match self {
            Self::Numeric { missing, .. } if value.is_nan() => missing,
            Self::Numeric {
                thresholds, masks, ..
            } => &masks[..thresholds.partition_point(|&at| at < value)],
            Self::Levels { ends, masks } => {
                let bin = usize::from(level_bin(bins, value));
                let first = bin.checked_sub(1).map_or(0, |before| ends[before] as usize);
                &masks[first..ends[bin] as usize]
            }
        };
        for mask in masks {
            open[mask.tree as usize] &= mask.kept;
        }
    }
}

/// The masks of a tree as one, in the order of trees.
fn joined(mut masks: Vec<Mask>) -> Vec<Mask> {
    masks.sort_by_key(|mask| mask.tree);
    masks.dedup_by(|later, first| {
        let same = later.tree == first.tree;
        if same {
            first.kept &= later.kept;
        }
        same
    });
    masks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        BinnedMatrix, BinningParams, BoostParams, Dataset, Features, FitContext, Objective,
        Threads, boost,
    };

    #[test]
    fn asking_and_walking_give_the_same_bits() {
        let rows = 700;
        let number = |row: usize, of: usize| (row * (7 + of) % (101 + of)) as f64;
        let with_gaps = |row: usize| match row % 9 {
            0 => f64::NAN,
            _ => number(row, 3),
        };
        let columns = [
            (0..rows).map(|row| number(row, 1)).collect::<Vec<_>>(),
            (0..rows).map(with_gaps).collect(),
            (0..rows).map(|row| (row * row % 23) as f64).collect(),
        ];
        let table = Features::new(vec![
            Column::numeric(&columns[0]),
            Column::numeric(&columns[1]),
            Column::categorical(&columns[2], 23),
        ]);
        let table = table.unwrap();
        let class = |row: usize| ((number(row, 1) + columns[2][row] * 9.0) as usize % 3) as f64;
        let target: Vec<f64> = (0..rows).map(class).collect();
        let single = Threads::single();
        let matrix = BinnedMatrix::fit(&table, &BinningParams::default(), &single).unwrap();
        let data = Dataset::new(&matrix, &target).unwrap();
        for (objective, leaves) in [
            (Objective::Multiclass { classes: 3 }, 31),
            (Objective::Squared, MOST_LEAVES),
            (Objective::Squared, 2),
        ] {
            let mut params = BoostParams::new(objective);
            params.n_estimators = 20;
            params.tree.max_leaves = leaves;
            params.tree.min_child_samples = 2;
            params.categorical.min_data_per_group = 5;
            let mut control = ();
            let context = FitContext::new(0, &single, &mut control);
            let asked = boost(&data, None, &params, context).unwrap().into_model();
            assert!(asked.scorer().is_some(), "{leaves} leaves");
            let walked = TreeEnsemble {
                derived: Derived(OnceLock::from(None)),
                ..asked.clone()
            };
            let scores = |model: &TreeEnsemble, threads: &Threads| {
                let mut out = vec![0.0; rows * model.n_outputs()];
                model.predict_raw_into(&table, threads, &mut out).unwrap();
                out
            };
            let expected = scores(&walked, &single);
            assert_eq!(scores(&asked, &single), expected);
            assert_eq!(scores(&asked, &Threads::new(3).unwrap()), expected);
            let mut out = vec![0.0; asked.n_outputs()];
            for odd in [
                f64::NAN,
                f64::INFINITY,
                f64::NEG_INFINITY,
                -0.0,
                1e300,
                22.5,
                400.0,
            ] {
                let row = [odd, odd, odd];
                walked.predict_row_raw(&row, &mut out).unwrap();
                let expected = out.clone();
                asked.predict_row_raw(&row, &mut out).unwrap();
                assert_eq!(out, expected, "{odd}");
            }
        }
    }
}
