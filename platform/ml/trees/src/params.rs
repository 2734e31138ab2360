//! Parameters of boosting, under LightGBM's names.

use serde::{Deserialize, Serialize};

use crate::error::ParamError;
use crate::objective::Objective;

/// Shape and regularisation of one tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TreeParams {
    /// Leaves of a tree, at least 2.
    pub max_leaves: usize,
    /// Longest path from the root; `None` is unlimited.
    pub max_depth: Option<usize>,
    /// Rows in each child, at least 1.
    pub min_child_samples: usize,
    /// Sum of hessians in each child.
    pub min_child_weight: f64,
    /// L1 on leaf values.
    pub lambda_l1: f64,
    /// L2 on leaf values.
    pub lambda_l2: f64,
    /// Gain a split must exceed (LightGBM's scale: no factor ½).
    pub min_split_gain: f64,
    /// Share of columns drawn per tree, above 0, at most 1.
    pub feature_fraction: f64,
    /// Share of those columns drawn per node.
    pub feature_fraction_bynode: f64,
    /// One random threshold per column and node instead of the best.
    pub extra_trees: bool,
    /// Per column −1 (falling), 0 (free) or 1 (rising); empty when none is constrained.
    pub monotone_constraints: Vec<i8>,
}

impl Default for TreeParams {
    fn default() -> Self {
        Self {
            max_leaves: 31,
            max_depth: None,
            min_child_samples: 20,
            min_child_weight: 1e-3,
            lambda_l1: 0.0,
            lambda_l2: 0.0,
            min_split_gain: 0.0,
            feature_fraction: 1.0,
            feature_fraction_bynode: 1.0,
            extra_trees: false,
            monotone_constraints: Vec::new(),
        }
    }
}

/// How levels of a categorical column are grouped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CategoricalParams {
    /// Rows a level counts as having had with mean zero; also the rows it needs to be grouped.
    pub cat_smooth: f64,
    /// L2 on top of `lambda_l2` for children of a grouped split.
    pub cat_l2: f64,
    /// Levels on the smaller side, at most.
    pub max_cat_threshold: usize,
    /// Up to this many levels, one level against the rest is tried instead.
    pub max_cat_to_onehot: usize,
    /// Rows by which consecutive candidate groups differ.
    pub min_data_per_group: usize,
}

impl Default for CategoricalParams {
    fn default() -> Self {
        Self {
            cat_smooth: 10.0,
            cat_l2: 10.0,
            max_cat_threshold: 32,
            max_cat_to_onehot: 4,
            min_data_per_group: 100,
        }
    }
}

/// Gradient boosting.
///
/// ```
/// use trees::{BoostParams, Objective};
/// let params = BoostParams { n_estimators: 300, ..BoostParams::new(Objective::Binary) };
/// assert!(params.validate().is_ok());
/// let wrong = BoostParams { learning_rate: 0.0, ..params };
/// assert_eq!(wrong.validate().unwrap_err().field, "learning_rate");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BoostParams {
    /// The loss.
    pub objective: Objective,
    /// Rounds; each adds one tree per output.
    pub n_estimators: usize,
    /// Factor on leaf values.
    pub learning_rate: f64,
    /// The trees.
    pub tree: TreeParams,
    /// Categorical columns.
    pub categorical: CategoricalParams,
    /// Share of rows a tree sees, above 0, at most 1.
    pub bagging_fraction: f64,
    /// Draw rows anew every so many rounds; 0 uses all rows.
    pub bagging_freq: usize,
    /// Start from the best constant instead of zero.
    pub boost_from_average: bool,
    /// Stop when the validation score has not improved; needs a validation set.
    pub early_stopping: Option<EarlyStopping>,
    /// Compute the training loss every round, for the control and the history.
    pub eval_train: bool,
}

/// When to give up on a validation score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EarlyStopping {
    /// Rounds without improvement, at least 1.
    pub patience: usize,
    /// What counts as an improvement.
    pub min_delta: f64,
}

impl BoostParams {
    /// LightGBM's defaults for this loss.
    pub fn new(objective: Objective) -> Self {
        Self {
            objective,
            n_estimators: 100,
            learning_rate: 0.1,
            tree: TreeParams::default(),
            categorical: CategoricalParams::default(),
            bagging_fraction: 1.0,
            bagging_freq: 0,
            boost_from_average: true,
            early_stopping: None,
            eval_train: false,
        }
    }

    /// Checks every field's domain.
    pub fn validate(&self) -> Result<(), ParamError> {
        self.objective.validate()?;
        self.tree.validate()?;
        self.categorical.validate()?;
        let rate = self.learning_rate;
        ParamError::unless(
            rate > 0.0 && rate.is_finite(),
            "learning_rate",
            rate,
            "above 0",
        )?;
        share("bagging_fraction", self.bagging_fraction)?;
        let Some(stopping) = self.early_stopping else {
            return Ok(());
        };
        let patience = stopping.patience;
        ParamError::unless(patience >= 1, "patience", patience, "at least 1")?;
        not_negative("min_delta", stopping.min_delta)
    }

    /// Whether `bagging_*` really leave out rows.
    pub(crate) fn bags(&self) -> bool {
        self.bagging_freq > 0 && self.bagging_fraction < 1.0
    }
}

impl TreeParams {
    /// Checks every field's domain.
    pub fn validate(&self) -> Result<(), ParamError> {
        let (leaves, rows) = (self.max_leaves, self.min_child_samples);
        ParamError::unless(
            (2..=1 << 20).contains(&leaves),
            "max_leaves",
            leaves,
            "from 2 to 1048576",
        )?;
        if let Some(depth) = self.max_depth {
            ParamError::unless(depth >= 1, "max_depth", depth, "at least 1")?;
        }
        ParamError::unless(rows >= 1, "min_child_samples", rows, "at least 1")?;
        not_negative("min_child_weight", self.min_child_weight)?;
        not_negative("lambda_l1", self.lambda_l1)?;
        not_negative("lambda_l2", self.lambda_l2)?;
        not_negative("min_split_gain", self.min_split_gain)?;
        share("feature_fraction", self.feature_fraction)?;
        share("feature_fraction_bynode", self.feature_fraction_bynode)?;
        let wrong = self.monotone_constraints.iter().find(|c| c.abs() > 1);
        ParamError::unless(
            wrong.is_none(),
            "monotone_constraints",
            wrong.copied().unwrap_or(0),
            "-1, 0 or 1",
        )
    }
}

impl TreeParams {
    /// Whether a tree depends on chance.
    pub(crate) fn draws(&self) -> bool {
        self.feature_fraction < 1.0 || self.feature_fraction_bynode < 1.0 || self.extra_trees
    }
}

impl CategoricalParams {
    /// Checks every field's domain.
    pub fn validate(&self) -> Result<(), ParamError> {
        not_negative("cat_smooth", self.cat_smooth)?;
        not_negative("cat_l2", self.cat_l2)?;
        let threshold = self.max_cat_threshold;
        ParamError::unless(threshold >= 1, "max_cat_threshold", threshold, "at least 1")
    }
}

pub(crate) fn share(field: &'static str, value: f64) -> Result<(), ParamError> {
    let fits = value > 0.0 && value <= 1.0;
    ParamError::unless(fits, field, value, "above 0 and at most 1")
}

pub(crate) fn not_negative(field: &'static str, value: f64) -> Result<(), ParamError> {
    let fits = value >= 0.0 && value.is_finite();
    ParamError::unless(fits, field, value, "finite and not negative")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_field_value_and_domain() {
        let mut params = BoostParams::new(Objective::Squared);
        params.tree.feature_fraction = 1.5;
        let error = params.validate().unwrap_err();
        assert_eq!(
            error.to_string(),
            "feature_fraction = 1.5 is not possible: it must be above 0 and at most 1"
        );
        params.tree.feature_fraction = f64::NAN;
        assert!(params.validate().is_err());
    }
}
