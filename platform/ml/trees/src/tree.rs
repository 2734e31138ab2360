//! One grown tree, still in bins.

use crate::binning::BinnedMatrix;
use crate::parallel::{ROW_CHUNK, map_chunks};
use crate::split::{BinSet, Rule};

/// A node in bins; children are neighbours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BinNode {
    pub column: u32,
    /// Left child, right child one further; 0 in a leaf, since the root is nobody's child.
    pub child: u32,
    pub rule: Rule,
    /// `rule` with the column's missing bin filled in.
    pub left_bins: BinSet,
    /// In real units.
    pub gain: f32,
    /// Training rows that passed.
    pub cover: f32,
    /// In a leaf, the number of its value.
    pub leaf: u32,
}

impl BinNode {
    pub fn leaf(leaf: u32, cover: f32) -> Self {
        Self {
            column: 0,
            child: 0,
            rule: Rule::Numeric {
                bin: 0,
                missing_left: false,
            },
            left_bins: BinSet::default(),
            gain: 0.0,
            cover,
            leaf,
        }
    }
}

/// Nodes from the root on, and the values of the leaves.
#[derive(Clone, Debug, Default)]
pub(crate) struct GrownTree {
    pub nodes: Vec<BinNode>,
    /// `width` numbers per leaf.
    pub values: Vec<f64>,
}

impl GrownTree {
    /// The leaf a binned row ends in.
    pub fn leaf_of(&self, matrix: &BinnedMatrix, row: usize) -> u32 {
        let mut node = &self.nodes[0];
        while node.child != 0 {
            let left = node
                .left_bins
                .contains(matrix.bin(row, node.column as usize));
            node = &self.nodes[node.child as usize + usize::from(!left)];
        }
        node.leaf
    }

    /// Adds the tree's values to the scores of all rows.
    pub fn add_to(&self, matrix: &BinnedMatrix, threads: usize, scores: &mut [f64]) {
        map_chunks(threads, scores, ROW_CHUNK, |first, chunk| {
            for (offset, score) in chunk.iter_mut().enumerate() {
                *score += self.values[self.leaf_of(matrix, first + offset) as usize];
            }
        });
    }
}
