//! Parameters of forests, under scikit-learn's names.

use serde::{Deserialize, Serialize};

use crate::error::ParamError;
use crate::params::{not_negative, share};

/// What a forest predicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ForestTask {
    /// Probabilities; targets `0..classes`.
    Classification {
        /// Number of classes, at least 2.
        classes: u32,
        /// What a split lowers.
        criterion: Impurity,
    },
    /// Means; splits lower the squared error.
    Regression,
}

/// How mixed the classes of a node are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Impurity {
    /// 1 − Σ pₖ² (Breiman et al. 1984).
    Gini,
    /// −Σ pₖ log₂ pₖ (Quinlan 1986).
    Entropy,
}

/// How many columns a node looks at; it goes on where none of them can be split.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum MaxFeatures {
    /// All of them.
    All,
    /// Their square root.
    Sqrt,
    /// Their logarithm.
    Log2,
    /// A share, above 0 and at most 1.
    Fraction(f64),
    /// A number, at least 1.
    Count(usize),
}

impl MaxFeatures {
    /// The number for a table of `columns`, at least 1.
    pub fn of(self, columns: usize) -> usize {
        let count = match self {
            Self::All => columns,
            Self::Sqrt => columns.isqrt(),
            Self::Log2 => columns.checked_ilog2().unwrap_or(0) as usize,
            Self::Fraction(share) => (columns as f64 * share) as usize,
            Self::Count(count) => count,
        };
        count.clamp(1, columns.max(1))
    }
}

/// A random forest (Breiman 2001) or extra trees (Geurts, Ernst & Wehenkel 2006).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ForestParams {
    /// What it predicts.
    pub task: ForestTask,
    /// Number of trees.
    pub n_estimators: usize,
    /// Longest path from the root; `None` is until leaves are pure.
    pub max_depth: Option<usize>,
    /// Leaves of a tree, at least 2; with a limit, the node that gains most is split first.
    pub max_leaves: Option<usize>,
    /// Rows a node needs to be split, at least 2.
    pub min_samples_split: usize,
    /// Rows in each child, at least 1.
    pub min_samples_leaf: usize,
    /// Decrease of the impurity, weighted by the node's share of the rows, that a split needs.
    pub min_impurity_decrease: f64,
    /// Columns a node looks at.
    pub max_features: MaxFeatures,
    /// Draw each tree's rows with replacement.
    pub bootstrap: bool,
    /// Rows drawn per tree, as a share; without bootstrap they are drawn without replacement.
    pub max_samples: f64,
    /// One random threshold per column and node instead of the best.
    pub random_thresholds: bool,
    /// Rows a level counts as having had with the mean of all, where levels are put in order.
    pub cat_smooth: f64,
    /// Collect predictions of each row by the trees that did not see it.
    pub oob: bool,
}

impl ForestParams {
    /// scikit-learn's random forest.
    pub fn random_forest(task: ForestTask) -> Self {
        Self {
            task,
            n_estimators: 100,
            max_depth: None,
            max_leaves: None,
            min_samples_split: 2,
            min_samples_leaf: 1,
            min_impurity_decrease: 0.0,
            max_features: match task {
                ForestTask::Classification { .. } => MaxFeatures::Sqrt,
                ForestTask::Regression => MaxFeatures::All,
            },
            bootstrap: true,
            max_samples: 1.0,
            random_thresholds: false,
            cat_smooth: 10.0,
            oob: false,
        }
    }

    /// scikit-learn's extra trees: all rows, random thresholds.
    pub fn extra_trees(task: ForestTask) -> Self {
        Self {
            bootstrap: false,
            random_thresholds: true,
            ..Self::random_forest(task)
        }
    }

    /// Checks every field's domain.
    pub fn validate(&self) -> Result<(), ParamError> {
        if let ForestTask::Classification { classes, .. } = self.task {
            let fits = (2..=1 << 16).contains(&classes);
            ParamError::unless(fits, "classes", classes, "from 2 to 65536")?;
        }
        if let Some(depth) = self.max_depth {
            ParamError::unless(depth >= 1, "max_depth", depth, "at least 1")?;
        }
        if let Some(leaves) = self.max_leaves {
            ParamError::unless(leaves >= 2, "max_leaves", leaves, "at least 2")?;
        }
        let (split, leaf) = (self.min_samples_split, self.min_samples_leaf);
        ParamError::unless(split >= 2, "min_samples_split", split, "at least 2")?;
        ParamError::unless(leaf >= 1, "min_samples_leaf", leaf, "at least 1")?;
        not_negative("min_impurity_decrease", self.min_impurity_decrease)?;
        not_negative("cat_smooth", self.cat_smooth)?;
        share("max_samples", self.max_samples)?;
        match self.max_features {
            MaxFeatures::Fraction(fraction) => share("max_features", fraction),
            MaxFeatures::Count(n) => ParamError::unless(n >= 1, "max_features", n, "at least 1"),
            _ => Ok(()),
        }
    }

    /// Values per leaf: two classes need one probability.
    pub(crate) fn outputs(&self) -> usize {
        match self.task {
            ForestTask::Classification { classes, .. } if classes > 2 => classes as usize,
            _ => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_per_node() {
        let of = |features: MaxFeatures| [1, 10, 100].map(|columns| features.of(columns));
        assert_eq!(of(MaxFeatures::All), [1, 10, 100]);
        assert_eq!(of(MaxFeatures::Sqrt), [1, 3, 10]);
        assert_eq!(of(MaxFeatures::Log2), [1, 3, 6]);
        assert_eq!(of(MaxFeatures::Fraction(0.25)), [1, 2, 25]);
        assert_eq!(of(MaxFeatures::Count(7)), [1, 7, 7]);
    }
}
