//! What a node of a forest counts, and what a split is worth.
//!
//! Statistics are words of integers, so that they add and subtract exactly, whatever they mean:
//! one word of weight and count per class, or the pair of a gradient histogram for regression
//! (the squared error around a centre is a gradient statistic with λ = 0).

use crate::gradient::{Pair, Scale};
use crate::hist::Bin;

/// A kind of statistic.
pub(super) trait Criterion: Sync {
    /// One row's part.
    type Row: Copy + Send + Sync;

    /// Words per statistic.
    fn words(&self) -> usize;

    fn row(&self, row: usize) -> Self::Row;

    /// Adds a row to statistic `at` of several.
    fn add(&self, statistics: &mut [u64], at: usize, row: Self::Row);

    fn count(&self, words: &[u64]) -> u64;

    /// Weight × (constant − impurity), in units: larger is better, and children's worths add up.
    fn worth(&self, words: &[u64]) -> f64;

    /// Real impurity × weight per unit of worth.
    fn unit(&self) -> f64;

    /// Whether all rows have the same target.
    fn is_pure(&self, words: &[u64], rows: &[u32]) -> bool;

    /// Appends the prediction of a leaf.
    fn predict(&self, words: &[u64], rows: &[u32], values: &mut Vec<f64>);

    /// Per-level target means, for putting levels in order: class shares, or the mean itself.
    fn profile(&self, words: &[u64], out: &mut [f64]) -> f64;

    /// Length of a profile.
    fn profile_len(&self) -> usize;
}

/// Weights of a tree's rows: sample weight × times drawn; zero out of the bag.
pub(super) struct Bagged<'b> {
    pub target: &'b [f64],
    pub weights: &'b [f64],
    pub scale: Scale,
}

/// Classes, by Gini impurity or entropy.
pub(super) struct Classes<'b> {
    pub bag: Bagged<'b>,
    pub classes: usize,
    pub entropy: bool,
}

impl Classes<'_> {
    fn weight(&self, word: u64) -> f64 {
        (word >> self.bag.scale.shift) as i64 as f64
    }
}

impl Criterion for Classes<'_> {
    /// Class and weight.
    type Row = (u32, u32);

    fn words(&self) -> usize {
        self.classes
    }

    fn row(&self, row: usize) -> Self::Row {
        let pair = self.bag.scale.round(0.0, self.bag.weights[row]);
        (self.bag.target[row] as u32, pair.hess)
    }

    #[inline]
    fn add(&self, statistics: &mut [u64], at: usize, (class, weight): Self::Row) {
        let word = (u64::from(weight) << self.bag.scale.shift) | 1;
        statistics[at * self.classes + class as usize] += word;
    }

    fn count(&self, words: &[u64]) -> u64 {
        let mask = (1 << self.bag.scale.shift) - 1;
        words.iter().map(|word| word & mask).sum()
    }

    #[inline]
    fn worth(&self, words: &[u64]) -> f64 {
        let weights = words.iter().map(|&word| self.weight(word));
        let total: f64 = weights.clone().sum();
        if total <= 0.0 {
            return 0.0;
        }
        if self.entropy {
            weights
                .filter(|&w| w > 0.0)
                .map(|w| w * (w / total).log2())
                .sum()
        } else {
            weights.map(|w| w * w).sum::<f64>() / total
        }
    }

    fn unit(&self) -> f64 {
        1.0 / self.bag.scale.hess
    }

    fn is_pure(&self, words: &[u64], _: &[u32]) -> bool {
        words.iter().filter(|&&word| word > 0).count() <= 1
    }

    fn predict(&self, words: &[u64], _: &[u32], values: &mut Vec<f64>) {
        let total: f64 = words.iter().map(|&word| self.weight(word)).sum();
        let first = usize::from(self.classes == 2);
        values.extend(words[first..].iter().map(|&word| self.weight(word) / total));
    }

    fn profile(&self, words: &[u64], out: &mut [f64]) -> f64 {
        out.iter_mut()
            .zip(words)
            .for_each(|(out, &word)| *out = self.weight(word));
        out.iter().sum::<f64>() / self.bag.scale.hess
    }

    fn profile_len(&self) -> usize {
        self.classes
    }
}

/// A number, by squared error.
pub(super) struct Numbers<'b> {
    pub bag: Bagged<'b>,
    /// Targets are counted from here, which keeps their precision.
    pub center: f64,
}

impl Numbers<'_> {
    fn bin(words: &[u64]) -> Bin {
        Bin {
            grad: words[0] as i64,
            rest: words[1],
        }
    }
}

impl Criterion for Numbers<'_> {
    type Row = Pair;

    fn words(&self) -> usize {
        2
    }

    fn row(&self, row: usize) -> Pair {
        let weight = self.bag.weights[row];
        let grad = weight * (self.bag.target[row] - self.center);
        self.bag.scale.round(grad, weight)
    }

    #[inline]
    fn add(&self, statistics: &mut [u64], at: usize, row: Pair) {
        let row = Bin::of(row, self.bag.scale.shift);
        statistics[2 * at] = statistics[2 * at].wrapping_add(row.grad as u64);
        statistics[2 * at + 1] += row.rest;
    }

    fn count(&self, words: &[u64]) -> u64 {
        Self::bin(words).count(self.bag.scale.shift)
    }

    #[inline]
    fn worth(&self, words: &[u64]) -> f64 {
        let bin = Self::bin(words);
        let (sum, weight) = (bin.gradient(), bin.hessian(self.bag.scale.shift));
        if weight > 0.0 {
            sum * sum / weight
        } else {
            0.0
        }
    }

    fn unit(&self) -> f64 {
        self.bag.scale.gain()
    }

    fn is_pure(&self, _: &[u64], rows: &[u32]) -> bool {
        let target = |row: &u32| self.bag.target[*row as usize];
        let first = rows.first().map(target);
        rows.iter().all(|row| Some(target(row)) == first)
    }

    fn predict(&self, _: &[u64], rows: &[u32], values: &mut Vec<f64>) {
        // From the targets themselves: one far outlier must not round all other leaves.
        let mut sums = (0.0, 0.0);
        for &row in rows {
            let weight = self.bag.weights[row as usize];
            sums.0 += weight * (self.bag.target[row as usize] - self.center);
            sums.1 += weight;
        }
        values.push(self.center + sums.0 / sums.1);
    }

    fn profile(&self, words: &[u64], out: &mut [f64]) -> f64 {
        let bin = Self::bin(words);
        out[0] = bin.gradient();
        bin.hessian(self.bag.scale.shift) / self.bag.scale.hess
    }

    fn profile_len(&self) -> usize {
        1
    }
}
