//! Sets of levels of a categorical column.
//!
//! For a convex loss the best of the 2ᵏ⁻¹ subsets is a prefix of the levels sorted by mean
//! gradient (Fisher 1958). With many levels that order is itself learned from noise, hence the
//! smoothing, the extra L2 and the cap on the smaller set (Ke et al. 2017 and LightGBM's code).

use super::{Best, BinSet, ColumnHistogram, Leaf, Limits, Rule, Score};
use crate::hist::Bin;
use crate::rng;

/// The missing bin takes part as one more level; levels without rows in this leaf go right.
pub(super) fn search<S: Score>(
    histogram: &ColumnHistogram,
    leaf: Leaf,
    limits: &Limits,
    score: S,
    best: &mut Best,
) {
    let draw = limits.random.then(|| {
        rng::derive(
            leaf.seed,
            rng::Stream::Threshold,
            histogram.column as u64,
            0,
        )
    });
    if histogram.bins.len() - 1 <= limits.max_onehot {
        one_against_rest(histogram, leaf, limits, score, draw, best);
    } else {
        sorted_prefixes(histogram, leaf, limits, score, draw, best);
    }
}

fn one_against_rest<S: Score>(
    histogram: &ColumnHistogram,
    leaf: Leaf,
    limits: &Limits,
    score: S,
    draw: Option<u64>,
    best: &mut Best,
) {
    let filled = || (0..histogram.bins.len()).filter(|&bin| !histogram.bins[bin].is_empty());
    let only = draw.map(|bits| rng::below(bits, filled().count() as u64) as usize);
    for (place, bin) in filled().enumerate() {
        let (left, right) = (histogram.bins[bin], leaf.total.minus(histogram.bins[bin]));
        if only.is_some_and(|only| only != place) || !limits.allows(left, right) {
            continue;
        }
        best.offer(score.of(left, right, limits.shift), || {
            let mut set = BinSet::default();
            set.insert(bin as u8);
            (histogram.column, Rule::Categorical { left: set }, left, 0.0)
        });
    }
}

fn sorted_prefixes<S: Score>(
    histogram: &ColumnHistogram,
    leaf: Leaf,
    limits: &Limits,
    score: S,
    draw: Option<u64>,
    best: &mut Best,
) {
    let shift = limits.shift;
    let score = score.add_l2(limits.cat_l2);
    let mut order = [(0f64, 0u8); 256];
    let mut levels = 0;
    for (bin, &rows) in histogram.bins.iter().enumerate() {
        // A level below the smoothing count is not worth a side of its own.
        if !rows.is_empty() && rows.count(shift) >= limits.cat_min_count {
            let mean = rows.gradient() / (rows.hessian(shift) + limits.cat_smooth).max(1.0);
            order[levels] = (mean, bin as u8);
            levels += 1;
        }
    }
    let order = &mut order[..levels];
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let longest = limits.max_cat_threshold.min(levels.div_ceil(2));
    let only = draw.map(|bits| rng::below(bits, longest.max(1) as u64) as usize);

    for reverse in [false, true] {
        let level = |place: usize| match reverse {
            false => order[place].1,
            true => order[levels - 1 - place].1,
        };
        let mut left = Bin::default();
        let mut set = BinSet::default();
        let mut group = 0;
        for place in 0..longest {
            let rows = histogram.bins[usize::from(level(place))];
            left = left.plus(rows);
            set.insert(level(place));
            group += rows.count(shift);
            let right = leaf.total.minus(left);
            if right.count(shift) < limits.min_count.max(limits.cat_min_group) {
                break;
            }
            if only.is_some_and(|only| only != place)
                || !limits.allows(left, right)
                || group < limits.cat_min_group
            {
                continue;
            }
            group = 0;
            best.offer(score.of(left, right, shift), || {
                let rule = Rule::Categorical { left: set };
                (histogram.column, rule, left, limits.cat_l2)
            });
        }
    }
}
