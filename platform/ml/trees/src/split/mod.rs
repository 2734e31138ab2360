//! The best way to cut one leaf in two.
//!
//! All arithmetic is in fixed-point units; [`Limits::new`] translates the parameters once per
//! tree. A candidate's worth is a fraction, and fractions are compared by multiplication, so that
//! the inner loops hold no division.

mod categorical;
mod numeric;
mod score;

pub(crate) use score::{Bounds, output};

use crate::binning::FeatureBins;
use crate::gradient::Scale;
use crate::hist::Bin;
use crate::params::{CategoricalParams, TreeParams};
use score::{General, Plain, Score};

/// A set of bins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct BinSet(pub [u64; 4]);

impl BinSet {
    #[inline]
    pub fn contains(&self, bin: u8) -> bool {
        self.0[usize::from(bin >> 6)] >> (bin & 63) & 1 == 1
    }

    #[inline]
    pub fn insert(&mut self, bin: u8) {
        self.0[usize::from(bin >> 6)] |= 1 << (bin & 63);
    }

    /// The bins in it, ascending.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0u8..4).flat_map(move |word| {
            let mut bits = self.0[usize::from(word)];
            std::iter::from_fn(move || {
                let bit = (bits != 0).then(|| bits.trailing_zeros() as u8)?;
                bits &= bits - 1;
                Some(word * 64 + bit)
            })
        })
    }
}

/// Which rows go left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Rule {
    /// Bins up to this one.
    Numeric { bin: u8, missing_left: bool },
    /// Bins in this set, in which the missing bin may be.
    Categorical { left: BinSet },
}

impl Rule {
    /// The rule as a set over all bins of a column whose missing bin is given.
    pub fn left_bins(&self, missing_bin: u8) -> BinSet {
        match *self {
            Self::Categorical { left } => left,
            Self::Numeric { bin, missing_left } => {
                let mut left = BinSet::default();
                (0..=bin).for_each(|b| left.insert(b));
                if missing_left {
                    left.insert(missing_bin);
                }
                left
            }
        }
    }
}

/// The best split of a leaf.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Split {
    /// What the children are worth together, before the parent's worth is taken off.
    pub score: f64,
    /// The same less the parent's; above zero.
    pub gain: f64,
    pub column: usize,
    pub rule: Rule,
    /// Sums of the left child.
    pub left: Bin,
    /// L2 on top of `lambda_l2` for the children's values (many-level splits only).
    pub extra_l2: f64,
}

/// The parameters of splitting, in fixed-point units.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub shift: u32,
    pub l1: f64,
    pub l2: f64,
    pub min_gain: f64,
    pub min_count: u64,
    pub min_hess: f64,
    pub max_onehot: usize,
    pub max_cat_threshold: usize,
    pub cat_smooth: f64,
    pub cat_l2: f64,
    pub cat_min_count: u64,
    pub cat_min_group: u64,
    pub random: bool,
    /// Some column has a monotone constraint, so values are clipped everywhere.
    pub bounded: bool,
}

impl Limits {
    pub fn new(tree: &TreeParams, categorical: &CategoricalParams, scale: Scale) -> Self {
        let min_gain = match tree.min_split_gain > 0.0 {
            true => tree.min_split_gain / scale.gain(),
            false => 0.0,
        };
        Self {
            shift: scale.shift,
            l1: tree.lambda_l1 * scale.grad,
            l2: tree.lambda_l2 * scale.hess,
            min_gain,
            min_count: tree.min_child_samples as u64,
            // One unit at least: a leaf without hessian has no value.
            min_hess: (tree.min_child_weight * scale.hess).max(1.0),
            max_onehot: categorical.max_cat_to_onehot,
            max_cat_threshold: categorical.max_cat_threshold,
            cat_smooth: categorical.cat_smooth * scale.hess,
            cat_l2: categorical.cat_l2 * scale.hess,
            cat_min_count: categorical.cat_smooth.ceil() as u64,
            cat_min_group: categorical.min_data_per_group as u64,
            random: tree.extra_trees,
            bounded: tree.monotone_constraints.iter().any(|&c| c != 0),
        }
    }

    fn allows(&self, left: Bin, right: Bin) -> bool {
        left.count(self.shift) >= self.min_count
            && right.count(self.shift) >= self.min_count
            && left.hessian(self.shift) >= self.min_hess
            && right.hessian(self.shift) >= self.min_hess
    }
}

/// A leaf as the search sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leaf {
    pub total: Bin,
    pub bounds: Bounds,
    /// Source of random thresholds.
    pub seed: u64,
}

/// The best candidate so far, over the columns already searched.
struct Best {
    score: f64,
    found: Option<(usize, Rule, Bin, f64)>,
}

impl Best {
    /// Takes a candidate that is strictly better; of equals the first one stays.
    #[inline]
    fn offer(
        &mut self,
        (above, below): (f64, f64),
        make: impl FnOnce() -> (usize, Rule, Bin, f64),
    ) {
        if above > self.score * below {
            self.score = above / below;
            self.found = Some(make());
        }
    }
}

/// One column's histogram: value bins, then the missing bin.
pub(crate) struct ColumnHistogram<'h> {
    pub column: usize,
    pub bins: &'h [Bin],
    pub kind: &'h FeatureBins,
    /// −1, 0 or 1.
    pub monotone: i8,
}

/// What the search of a leaf's columns found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    /// The best split.
    pub split: Option<Split>,
    /// Columns that have none.
    pub without: Vec<usize>,
}

/// The best split over some columns, of equals the first one.
pub(crate) fn best<'h>(
    columns: impl Iterator<Item = ColumnHistogram<'h>>,
    leaf: Leaf,
    limits: &Limits,
) -> Found {
    let general = limits.bounded || limits.l1 > 0.0;
    let plain = Plain { l2: limits.l2 };
    let clipped = General {
        l1: limits.l1,
        l2: limits.l2,
        bounds: leaf.bounds,
        monotone: 0,
    };
    let parent = match general {
        true => clipped.alone(leaf.total, limits.shift),
        false => plain.alone(leaf.total, limits.shift),
    };
    // The relative term keeps rounding noise of equal gradients from looking like a gain.
    let least = parent + limits.min_gain.max(parent.abs() * 1e-12);
    let mut found = Found::default();
    for column in columns {
        let mut best = Best {
            score: least,
            found: None,
        };
        if general {
            let monotone = column.monotone;
            search(
                &column,
                leaf,
                limits,
                General {
                    monotone,
                    ..clipped
                },
                &mut best,
            );
        } else {
            search(&column, leaf, limits, plain, &mut best);
        }
        let Some((column, rule, left, extra_l2)) = best.found else {
            found.without.push(column.column);
            continue;
        };
        if found.split.is_none_or(|split| best.score > split.score) {
            found.split = Some(Split {
                score: best.score,
                gain: best.score - parent,
                column,
                rule,
                left,
                extra_l2,
            });
        }
    }
    found
}

fn search<S: Score>(
    column: &ColumnHistogram,
    leaf: Leaf,
    limits: &Limits,
    score: S,
    best: &mut Best,
) {
    match column.kind {
        FeatureBins::Numeric { .. } => numeric::search(column, leaf, limits, score, best),
        FeatureBins::Categorical { .. } => categorical::search(column, leaf, limits, score, best),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_list_their_bins() {
        let mut set = BinSet::default();
        for bin in [0, 63, 64, 200, 255] {
            set.insert(bin);
        }
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 63, 64, 200, 255]);
        assert!(set.contains(64) && !set.contains(65));
    }

    #[test]
    fn numeric_rules_place_missing() {
        let rule = |missing_left| {
            Rule::Numeric {
                bin: 2,
                missing_left,
            }
            .left_bins(9)
        };
        assert_eq!(rule(false).iter().collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(rule(true).iter().collect::<Vec<_>>(), [0, 1, 2, 9]);
    }
}
