//! Reading a stored model: nothing is believed that prediction relies on.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::node::{MAX_DEPTH, Test};
use super::{Origin, TreeEnsemble};
use crate::error::Error;

impl Serialize for TreeEnsemble {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // With `remote = "Self"` the derived code is an inherent function of the same name.
        TreeEnsemble::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for TreeEnsemble {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let model = TreeEnsemble::deserialize(deserializer)?;
        model.check().map_err(D::Error::custom)?;
        Ok(model)
    }
}

impl TreeEnsemble {
    fn check(&self) -> Result<(), Error> {
        let outputs = match self.origin {
            Origin::Boosted { objective } => {
                objective.validate()?;
                objective.n_outputs()
            }
            Origin::Forest { outputs } => outputs as usize,
        };
        let nodes = self.nodes.len();
        ensure(outputs > 0 && outputs == self.init.len(), "initial scores")?;
        ensure(self.features > 0, "no columns")?;
        ensure(
            self.level_bins.len() == self.features as usize,
            "level tables",
        )?;
        ensure(
            self.gains.len() == nodes && self.covers.len() == nodes,
            "node statistics",
        )?;
        ensure(
            self.values.len().is_multiple_of(self.leaf_width()),
            "leaf values",
        )?;
        ensure(
            self.n_trees().is_multiple_of(self.trees_per_round()),
            "a round is cut",
        )?;
        let first = self.starts.first().map_or(nodes, |&start| start as usize);
        ensure(first == 0 || nodes == 0, "the first tree")?;
        ensure(self.starts.is_sorted_by(|a, b| a < b), "the trees' order")?;
        ensure(
            self.starts
                .last()
                .is_none_or(|&last| (last as usize) < nodes),
            "the last tree",
        )?;
        (0..self.n_trees()).try_for_each(|tree| self.check_tree(tree))
    }

    fn check_tree(&self, tree: usize) -> Result<(), Error> {
        let nodes = &self.nodes[self.node_range(tree)];
        let rows = self.values.len() / self.leaf_width();
        let mut depth = vec![0usize; nodes.len()];
        for (at, node) in nodes.iter().enumerate() {
            // Of leaves, too: a walk that has arrived still looks at a value while others go on.
            ensure(
                node.column() < self.features as usize,
                "a node without column",
            )?;
            match node.test() {
                Test::Leaf { row } => {
                    ensure((row as usize) < rows, "a leaf without value")?;
                    continue;
                }
                Test::Levels { set } => {
                    ensure(
                        (set as usize) < self.level_sets.len(),
                        "a node without level set",
                    )?;
                }
                Test::Threshold { .. } => {}
            }
            // Children come later, so no walk can return and every walk ends.
            let child = node.child();
            ensure(
                child > at && child + 1 < nodes.len(),
                "a node without children",
            )?;
            ensure(depth[at] < MAX_DEPTH, "a tree too deep")?;
            depth[child] = depth[child].max(depth[at] + 1);
            depth[child + 1] = depth[child + 1].max(depth[at] + 1);
        }
        Ok(())
    }
}

fn ensure(holds: bool, what: &'static str) -> Result<(), Error> {
    if holds {
        Ok(())
    } else {
        Err(Error::Corrupt(what))
    }
}
