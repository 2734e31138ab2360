//! The model: flattened trees over raw values, independent of the binner that grew them.

mod build;
mod check;
mod node;
mod predict;
mod scorer;
mod shap;
#[cfg(test)]
mod shap_tests;

pub(crate) use build::{Interner, to_bins};
pub(crate) use node::MAX_DEPTH;

use serde::{Deserialize, Serialize};

use crate::objective::{Link, Objective};
use node::{Node, Test};
use scorer::Derived;

/// Where an ensemble comes from, and so how its trees combine.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Origin {
    /// Boosting: the sum of all trees; tree `t` adds to output `t % n_outputs`.
    Boosted {
        /// The loss it minimised.
        objective: Objective,
    },
    /// A forest: the mean of all trees; a leaf holds a value per output.
    Forest {
        /// Values per leaf: 1 for regression and for two classes (probability of class 1), else
        /// the number of classes.
        outputs: u32,
    },
}

/// Trees, and how to combine them.
///
/// Stored with serde in any format; reading checks that all parts fit together, so a damaged file
/// is an error and never a panic later.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct TreeEnsemble {
    origin: Origin,
    features: u32,
    /// Scores before the first tree; of a forest, the answer while it has no tree.
    init: Vec<f64>,
    /// First node of each tree.
    starts: Vec<u32>,
    nodes: Vec<Node>,
    /// Per node, apart from what prediction reads: the split's gain, and the training rows passed.
    gains: Vec<f32>,
    covers: Vec<f32>,
    /// Leaf values, one row of them per distinct leaf.
    values: Vec<f64>,
    /// Per column the bin of each code; empty for numeric columns.
    level_bins: Vec<Vec<u8>>,
    /// Bins that go left on categorical nodes; 255 stands for missing, unknown and rare codes.
    level_sets: Vec<[u64; 4]>,
    /// The same trees in the order of columns.
    #[serde(skip)]
    derived: Derived,
}

/// What a column did for the model.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Importance {
    /// Sum of the gains of its splits.
    pub gain: f64,
    /// Number of its splits.
    pub splits: u64,
}

impl TreeEnsemble {
    /// Where it comes from.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// Numbers per row, of scores and predictions alike.
    pub fn n_outputs(&self) -> usize {
        self.init.len()
    }

    /// Columns a row must have.
    pub fn n_features(&self) -> usize {
        self.features as usize
    }

    /// Number of trees.
    pub fn n_trees(&self) -> usize {
        self.starts.len()
    }

    /// Nodes of all trees, leaves among them.
    pub fn n_nodes(&self) -> usize {
        self.nodes.len()
    }

    /// Boosting rounds, or trees of a forest.
    pub fn n_rounds(&self) -> usize {
        self.n_trees() / self.trees_per_round()
    }

    /// How scores become predictions.
    pub fn link(&self) -> Link {
        match self.origin {
            Origin::Boosted { objective } => objective.link(),
            Origin::Forest { .. } => Link::Identity,
        }
    }

    /// The scores before the first tree.
    pub fn init(&self) -> &[f64] {
        &self.init
    }

    /// Per column, the sum of gains and the number of splits.
    pub fn importance(&self) -> Vec<Importance> {
        let mut out = vec![Importance::default(); self.n_features()];
        for (node, &gain) in self.nodes.iter().zip(&self.gains) {
            if !node.is_leaf() {
                out[node.column()].gain += f64::from(gain);
                out[node.column()].splits += 1;
            }
        }
        out
    }

    pub(crate) fn trees_per_round(&self) -> usize {
        match self.origin {
            Origin::Boosted { .. } => self.n_outputs(),
            Origin::Forest { .. } => 1,
        }
    }

    /// Values per leaf.
    fn leaf_width(&self) -> usize {
        match self.origin {
            Origin::Boosted { .. } => 1,
            Origin::Forest { .. } => self.n_outputs(),
        }
    }

    fn node_range(&self, tree: usize) -> std::ops::Range<usize> {
        let end = self
            .starts
            .get(tree + 1)
            .map_or(self.nodes.len(), |&s| s as usize);
        self.starts[tree] as usize..end
    }
}
