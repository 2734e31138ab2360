//! What a fit costs, in row × column visits: the unit of work budgets.
//!
//! Integers only, so that a budget buys the same on every machine.

use crate::forest::ForestParams;
use crate::params::BoostParams;

/// Shares are taken in thousandths.
fn part(whole: u64, share: f64) -> u64 {
    let thousandths = (share.clamp(0.0, 1.0) * 1000.0) as u64;
    whole
        .saturating_mul(thousandths.max(1))
        .div_ceil(1000)
        .max(1)
}

/// Levels below the root of a balanced tree with that many leaves.
fn levels(leaves: u64) -> u64 {
    u64::from(leaves.max(2).next_power_of_two().ilog2())
}

impl BoostParams {
    /// Visits of a fit without early stopping.
    ///
    /// A tree reads every row of its bag for the root's histograms, and half of them again per
    /// level, since the larger child comes by subtraction.
    pub fn estimate_visits(&self, rows: usize, cols: usize) -> u64 {
        let rows = match self.bags() {
            true => part(rows as u64, self.bagging_fraction),
            false => rows as u64,
        };
        let cols = part(cols as u64, self.tree.feature_fraction);
        let leaves = (self.tree.max_leaves as u64)
            .min((rows / self.tree.min_child_samples.max(1) as u64).max(2));
        let depth = self.tree.max_depth.map_or(u64::MAX, |depth| depth as u64);
        let half_levels = 2 + levels(leaves).min(depth);
        let trees = (self.n_estimators as u64).saturating_mul(self.objective.n_outputs() as u64);
        trees
            .saturating_mul(rows)
            .saturating_mul(cols)
            .saturating_mul(half_levels)
            .div_ceil(2)
    }
}

impl ForestParams {
    /// Visits of a fit: every level reads its rows once for each column it looks at.
    pub fn estimate_visits(&self, rows: usize, cols: usize) -> u64 {
        let drawn = part(rows as u64, self.max_samples);
        // Of n draws with replacement, 1 − 1/e are different rows.
        let rows = if self.bootstrap {
            part(drawn, 0.632)
        } else {
            drawn
        };
        let cols = self.max_features.of(cols) as u64;
        let most = (rows / self.min_samples_leaf.max(1) as u64).max(2);
        let leaves = self
            .max_leaves
            .map_or(most, |leaves| most.min(leaves as u64));
        let depth = self.max_depth.map_or(u64::MAX, |depth| depth as u64);
        (self.n_estimators as u64)
            .saturating_mul(rows)
            .saturating_mul(cols)
            .saturating_mul(levels(leaves).min(depth))
    }
}

#[cfg(test)]
mod tests {
    use crate::{BoostParams, ForestParams, ForestTask, Objective};

    #[test]
    fn visits_follow_the_work() {
        let boost = BoostParams::new(Objective::Binary);
        // 100 trees × 40 000 rows × 14 columns × (1 + 5/2) passes.
        assert_eq!(boost.estimate_visits(40_000, 14), 196_000_000);
        let three = BoostParams::new(Objective::Multiclass { classes: 3 });
        assert_eq!(three.estimate_visits(40_000, 14), 3 * 196_000_000);
        let forest = ForestParams::extra_trees(ForestTask::Regression);
        assert_eq!(forest.estimate_visits(1024, 10), 100 * 1024 * 10 * 10);
        assert_eq!(
            boost.estimate_visits(usize::MAX, usize::MAX),
            u64::MAX.div_ceil(2)
        );
        assert!(boost.estimate_visits(0, 0) < 1000);
    }
}
