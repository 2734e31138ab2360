//! What is learned from the training rows of one column.

use super::forms;
use super::levels::Levels;
use crate::numbers::{median, moments};
use serde::{Deserialize, Serialize};

/// Levels with a one-hot column of their own, at most: many in a small table, fewer in a large one,
/// whose columns take more memory.
fn most_one_hot(rows: usize) -> usize {
    const CELLS: usize = 2_000_000;
    (CELLS / rows.max(1)).clamp(32, 256)
}

/// Share of the rows that a level needs for a column of its own.
const RARE: f64 = 0.001;

/// Levels that are remembered; what is rarer still counts as missing. Far more than any algorithm
/// uses, and few enough that a column of free text does not become a copy of itself.
const MAX_LEVELS: usize = 10_000;

/// Dense values lie within this many standard deviations, so that no cell, however wild, takes
/// a library or a 32-bit float out of its range.
pub(super) const CLIP: f64 = 100.0;

/// A fitted numeric column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Number {
    /// Stands in for missing values.
    #[serde(with = "forms::exact")]
    pub median: f64,
    /// Mean after that.
    #[serde(with = "forms::exact")]
    pub mean: f64,
    /// Standard deviation after that; zero for a constant column.
    #[serde(with = "forms::exact")]
    pub std: f64,
    /// Whether values were missing.
    pub missing: bool,
}

impl Number {
    pub fn fit(values: &[f64]) -> Self {
        let known: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
        let missing = known.len() < values.len();
        let median = median(known).unwrap_or(0.0);
        let filled: Vec<f64> = values
            .iter()
            .map(|v| if v.is_nan() { median } else { *v })
            .collect();
        let (mean, std) = moments(&filled);
        Self {
            median,
            mean,
            std,
            missing,
        }
    }

    /// The scaled value; the median stands in for missing ones.
    pub fn dense(&self, value: f64) -> f64 {
        if self.std == 0.0 {
            return 0.0;
        }
        let value = if value.is_nan() { self.median } else { value };
        // Divided first: the difference of two huge numbers may not be a number.
        (value / self.std - self.mean / self.std).clamp(-CLIP, CLIP)
    }
}

/// A fitted column of words.
#[derive(Clone, Debug)]
pub(super) struct Words {
    /// The levels, most frequent first, equally frequent ones by their text.
    pub levels: Levels,
    /// Levels that have a one-hot column each: the first `kept`.
    pub kept: usize,
    /// Whether values were missing.
    pub missing: bool,
}

impl Words {
    /// `counts` holds every level that occurs with the rows that have it.
    pub fn fit(mut counts: Vec<(String, usize)>, rows: usize) -> Self {
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let known: usize = counts.iter().map(|(_, count)| count).sum();
        let least = ((rows as f64 * RARE) as usize).max(2);
        let frequent = counts.iter().take_while(|(_, count)| *count >= least);
        let kept = frequent.count().min(most_one_hot(rows));
        let words = counts.into_iter().map(|(word, _)| word);
        let words = words.take(MAX_LEVELS).collect();
        Self {
            levels: Levels::new(words),
            kept,
            missing: known < rows,
        }
    }

    /// Whether levels without a column of their own share one.
    pub fn groups_rare(&self) -> bool {
        self.kept < self.levels.len()
    }

    /// The codes that have a one-hot column. Of two levels that are always there the second
    /// alone says everything.
    pub fn one_hot(&self) -> std::ops::Range<usize> {
        let first = usize::from(self.kept == 2 && !self.groups_rare() && !self.missing);
        first..self.kept
    }
}
