//! Thresholds of an ordered column, with both directions for missing values in one pass.

use super::{Best, ColumnHistogram, Leaf, Limits, Rule, Score};
use crate::hist::Bin;
use crate::rng;

pub(super) fn search<S: Score>(
    histogram: &ColumnHistogram,
    leaf: Leaf,
    limits: &Limits,
    score: S,
    best: &mut Best,
) {
    let Some((&missing, values)) = histogram.bins.split_last() else {
        return;
    };
    let scan = Scan {
        column: histogram.column,
        missing,
        total: leaf.total,
        limits,
        score,
    };
    if limits.random {
        let bits = rng::derive(
            leaf.seed,
            rng::Stream::Threshold,
            histogram.column as u64,
            0,
        );
        scan.one(values, bits, best);
    } else {
        scan.all(values, best);
        center(values, histogram.column, best);
    }
}

/// Moves a threshold just found to the middle of the empty bins after it. The leaf's rows do not
/// care; new rows that fall between them go to the nearer side.
fn center(values: &[Bin], column: usize, best: &mut Best) {
    if let Some((found, Rule::Numeric { bin, .. }, ..)) = &mut best.found
        && *found == column
    {
        let after = &values[usize::from(*bin) + 1..];
        let gap = after.iter().position(|rows| !rows.is_empty());
        *bin += (gap.unwrap_or(0) / 2) as u8;
    }
}

struct Scan<'s, S> {
    column: usize,
    missing: Bin,
    total: Bin,
    limits: &'s Limits,
    score: S,
}

impl<S: Score> Scan<'_, S> {
    /// Every threshold after a bin that has rows. The last one has all values on the left and
    /// only missing rows on the right.
    fn all(&self, values: &[Bin], best: &mut Best) {
        let shift = self.limits.shift;
        let mut left = Bin::default();
        for (bin, &rows) in values.iter().enumerate() {
            if rows.is_empty() {
                continue;
            }
            left = left.plus(rows);
            let right = self.total.minus(left);
            if right.count(shift) < self.limits.min_count {
                break;
            }
            self.offer(bin as u8, left, right, best);
        }
    }

    /// One threshold, drawn evenly between the smallest and the largest value of the leaf
    /// (Geurts, Ernst & Wehenkel 2006, here on the scale of bins).
    fn one(&self, values: &[Bin], bits: u64, best: &mut Best) {
        let Some(low) = values.iter().position(|rows| !rows.is_empty()) else {
            return;
        };
        let high = values
            .iter()
            .rposition(|rows| !rows.is_empty())
            .unwrap_or(low);
        let bin = low + rng::below(bits, (high - low).max(1) as u64) as usize;
        let left = values[low..=bin]
            .iter()
            .fold(Bin::default(), |sum, &rows| sum.plus(rows));
        self.offer(bin as u8, left, self.total.minus(left), best);
    }

    #[inline]
    fn offer(&self, bin: u8, left: Bin, right: Bin, best: &mut Best) {
        // Without missing rows in training, later ones follow the larger child.
        let larger = left.count(self.limits.shift) >= right.count(self.limits.shift);
        if self.missing.is_empty() {
            self.offer_one(bin, larger, left, right, best);
        } else {
            self.offer_one(bin, false, left, right, best);
            let (left, right) = (left.plus(self.missing), right.minus(self.missing));
            self.offer_one(bin, true, left, right, best);
        }
    }

    #[inline]
    fn offer_one(&self, bin: u8, missing_left: bool, left: Bin, right: Bin, best: &mut Best) {
        if self.limits.allows(left, right) {
            let worth = self.score.of(left, right, self.limits.shift);
            let rule = Rule::Numeric { bin, missing_left };
            best.offer(worth, || (self.column, rule, left, 0.0));
        }
    }
}
