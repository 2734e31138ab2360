//! From bins to thresholds, and back for a fit that continues.

use std::collections::HashMap;

use super::scorer::Derived;
use super::{Node, Origin, Test, TreeEnsemble};
use crate::binning::{Binner, FeatureBins, UNMAPPED};
use crate::error::Error;
use crate::split::{BinSet, Rule};
use crate::tree::{BinNode, GrownTree};

/// Finds leaf rows that a forest already holds. Most leaves of a deep tree are pure, so the rows
/// of a whole forest are few.
#[derive(Default)]
pub(crate) struct Interner {
    rows: HashMap<Vec<u64>, u32>,
}

impl Interner {
    /// Knows the rows of a model that is being continued.
    pub fn of(model: &TreeEnsemble) -> Self {
        let rows = model.values.chunks(model.leaf_width()).enumerate();
        Self {
            rows: rows.map(|(at, row)| (bits(row), at as u32)).collect(),
        }
    }
}

fn bits(row: &[f64]) -> Vec<u64> {
    row.iter().map(|value| value.to_bits()).collect()
}

impl TreeEnsemble {
    /// An ensemble without trees.
    pub(crate) fn start(origin: Origin, init: Vec<f64>, binner: &Binner) -> Result<Self, Error> {
        let columns = binner.features().len();
        if columns > super::node::MAX_COLUMNS {
            return Err(Error::Corrupt("more columns than a node can name"));
        }
        let level_bins = binner.features().iter().map(level_bins_of).collect();
        Ok(Self {
            origin,
            features: columns as u32,
            init,
            starts: Vec::new(),
            nodes: Vec::new(),
            gains: Vec::new(),
            covers: Vec::new(),
            values: Vec::new(),
            level_bins,
            level_sets: Vec::new(),
            derived: Derived::default(),
        })
    }

    /// Appends a tree; with an interner, equal leaf rows are stored once.
    pub(crate) fn push(
        &mut self,
        tree: &GrownTree,
        binner: &Binner,
        mut interner: Option<&mut Interner>,
    ) {
        self.derived = Derived::default();
        self.starts.push(self.nodes.len() as u32);
        for node in &tree.nodes {
            self.gains.push(node.gain);
            self.covers.push(node.cover);
            let test = match node.child {
                0 => self.leaf(tree, node.leaf as usize, interner.as_deref_mut()),
                _ => self.test(node, &binner.features()[node.column as usize]),
            };
            self.nodes.push(Node::new(test, node.column, node.child));
        }
    }

    fn leaf(&mut self, tree: &GrownTree, leaf: usize, interner: Option<&mut Interner>) -> Test {
        let width = self.leaf_width();
        let values = &tree.values[leaf * width..][..width];
        let next = (self.values.len() / width) as u32;
        let row = match interner {
            Some(interner) => *interner.rows.entry(bits(values)).or_insert(next),
            None => next,
        };
        if row == next {
            self.values.extend_from_slice(values);
        }
        Test::Leaf { row }
    }

    fn test(&mut self, node: &BinNode, kind: &FeatureBins) -> Test {
        match (node.rule, kind) {
            (Rule::Numeric { bin, missing_left }, FeatureBins::Numeric { thresholds }) => {
                // After the last value bin there is no threshold: all values are below.
                let at = thresholds
                    .get(usize::from(bin))
                    .copied()
                    .unwrap_or(f64::INFINITY);
                Test::Threshold { at, missing_left }
            }
            _ => {
                let missing = kind.value_bins() as u8;
                let mut set = BinSet::default();
                for bin in node.left_bins.iter() {
                    set.insert(if bin == missing { UNMAPPED } else { bin });
                }
                self.level_sets.push(set.0);
                Test::Levels {
                    set: self.level_sets.len() as u32 - 1,
                }
            }
        }
    }

    /// Keeps the first rounds of a boosted model.
    pub(crate) fn truncate(&mut self, rounds: usize) {
        let trees = rounds * self.trees_per_round();
        if trees >= self.n_trees() {
            return;
        }
        self.derived = Derived::default();
        let nodes = self.starts[trees] as usize;
        self.starts.truncate(trees);
        self.nodes.truncate(nodes);
        self.gains.truncate(nodes);
        self.covers.truncate(nodes);
        // Boosted leaves and sets are stored in the order of their nodes, one each.
        self.values
            .truncate(self.nodes.iter().filter(|node| node.is_leaf()).count());
        self.level_sets
            .truncate(self.nodes.iter().filter(|node| node.is_levels()).count());
    }

    /// Whether `binner` cuts the columns as the one that grew this model did.
    pub(crate) fn fits(&self, binner: &Binner) -> bool {
        self.n_features() == binner.features().len()
            && self
                .level_bins
                .iter()
                .zip(binner.features())
                .all(|(mine, theirs)| *mine == level_bins_of(theirs))
    }
}

fn level_bins_of(kind: &FeatureBins) -> Vec<u8> {
    match kind {
        FeatureBins::Numeric { .. } => Vec::new(),
        FeatureBins::Categorical { level_bins, .. } => level_bins.clone(),
    }
}

/// Tree `tree` of a model, in the bins of `binner` (which [`TreeEnsemble::fits`]).
pub(crate) fn to_bins(
    model: &TreeEnsemble,
    tree: usize,
    binner: &Binner,
) -> Result<GrownTree, Error> {
    let mut out = GrownTree::default();
    let width = model.leaf_width();
    for at in model.node_range(tree) {
        let node = model.nodes[at];
        let mut back = BinNode::leaf(0, model.covers[at]);
        let kind = binner.features().get(node.column());
        match (node.test(), kind) {
            (Test::Leaf { row }, _) => {
                back.leaf = (out.values.len() / width) as u32;
                out.values
                    .extend_from_slice(&model.values[row as usize * width..][..width]);
            }
            (Test::Threshold { at, missing_left }, Some(FeatureBins::Numeric { thresholds })) => {
                let bin = thresholds.partition_point(|&t| t < at);
                let known = thresholds.get(bin).is_some_and(|&t| t == at);
                if !known && at != f64::INFINITY {
                    return Err(Error::Resume("it was grown with other thresholds".into()));
                }
                back.rule = Rule::Numeric {
                    bin: bin as u8,
                    missing_left,
                };
            }
            (Test::Levels { set }, Some(kind @ FeatureBins::Categorical { .. })) => {
                let mut left = BinSet::default();
                for bin in BinSet(model.level_sets[set as usize]).iter() {
                    left.insert(if bin == UNMAPPED {
                        kind.value_bins() as u8
                    } else {
                        bin
                    });
                }
                back.rule = Rule::Categorical { left };
            }
            _ => return Err(Error::Resume("its columns are of other kinds".into())),
        }
        if let (false, Some(kind)) = (node.is_leaf(), kind) {
            back.column = node.column() as u32;
            back.child = node.child() as u32;
            back.gain = model.gains[at];
            back.left_bins = back.rule.left_bins(kind.value_bins() as u8);
        }
        out.nodes.push(back);
    }
    Ok(out)
}
