//! How sure a score is.

use super::curves::quantile;
use super::{Prepared, score};
use crate::features::{Predictions, Target};
use crate::random::Random;
use domain::task::Metric;
use std::collections::BTreeMap;

const BOOTSTRAP: u64 = 3;

/// What a resample draws: rows, or whole groups of them. Rows of one group are alike, so that many
/// rows of few groups say little more than as many rows as there are groups.
#[derive(Clone, Debug)]
pub struct Units {
    rows: usize,
    /// The rows of each group; empty where each row stands for itself.
    groups: Vec<Vec<u32>>,
}

impl Units {
    /// Of so many rows, in these groups where there are any.
    #[must_use]
    pub fn new(rows: usize, group_of: Option<&[u32]>) -> Self {
        let mut groups = BTreeMap::<u32, Vec<u32>>::new();
        for (row, group) in group_of.unwrap_or_default().iter().enumerate() {
            groups.entry(*group).or_default().push(row as u32);
        }
        let groups = groups.into_values().collect();
        Self { rows, groups }
    }

    /// How many groups there are, where rows are in groups.
    #[must_use]
    pub fn groups(&self) -> Option<usize> {
        (!self.groups.is_empty()).then_some(self.groups.len())
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        match self.groups.len() {
            0 => self.rows,
            groups => groups,
        }
    }

    /// Draws as many as there are, with replacement, and tells the rows of each; `below` draws a number.
    pub fn draw(&self, mut below: impl FnMut(usize) -> usize, mut row: impl FnMut(u32)) {
        for _ in 0..self.count() {
            let unit = below(self.count());
            match self.groups.get(unit) {
                Some(rows) => rows.iter().copied().for_each(&mut row),
                None => row(unit as u32),
            }
        }
    }
}

/// The 95 % percentile interval of a score over resampled rows, or groups of them (Efron 1979;
/// Davison & Hinkley 1997), widened where needed to hold the score itself. `None` where the score, or
/// too many of its resamples, are not defined, and where there is one group only.
#[must_use]
pub fn bootstrap_interval(
    metric: Metric,
    target: &Target,
    predictions: &Predictions,
    positive: usize,
    units: &Units,
    resamples: usize,
    seed: u64,
) -> Option<(f64, f64)> {
    if units.count() < 2.min(target.len()) {
        return None;
    }
    let point = score(metric, target, predictions, positive).ok()?;
    let prepared = Prepared::new(metric, target, predictions, positive).ok()?;
    let mut random = Random::new(seed, BOOTSTRAP);
    let rows = target.len();
    let mut counts = vec![0u32; rows];
    let mut scores = Vec::with_capacity(resamples);
    for _ in 0..resamples {
        counts.fill(0);
        units.draw(|count| random.below(count), |row| counts[row as usize] += 1);
        scores.extend(prepared.evaluate(&counts).filter(|s| s.is_finite()));
    }
    if scores.is_empty() || scores.len() * 2 < resamples {
        return None;
    }
    scores.sort_by(f64::total_cmp);
    let (low, high) = (quantile(&scores, 0.025), quantile(&scores, 0.975));
    let (low, high) = (low.min(point), high.max(point));
    // Rows without any error resample to rows without any error. Yet a share of (1 - 0.975)^(1/n)
    // of right answers would give n right ones in a row now and then (Clopper and Pearson 1934).
    let certain = 0.025_f64.powf(1.0 / units.count() as f64);
    Some(match (metric, point) {
        (Metric::Accuracy, 1.0) => (certain, 1.0),
        (Metric::Accuracy, 0.0) => (0.0, 1.0 - certain),
        _ => (low, high),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_holds_the_score_and_shrinks_with_rows() {
        let width = |rows: u32| {
            let codes: Vec<u32> = (0..rows).map(|row| row % 2).collect();
            let mut random = Random::new(5, 0);
            let values = codes.iter().flat_map(|&code| {
                let p = (0.3 * f64::from(code) + 0.7 * random.unit()).min(1.0);
                [1.0 - p, p]
            });
            let predictions = Predictions {
                outputs: 2,
                values: values.collect(),
            };
            let target = Target::Classes { codes, count: 2 };
            let point = score(Metric::RocAuc, &target, &predictions, 1).unwrap();
            let (low, high) = bootstrap_interval(
                Metric::RocAuc,
                &target,
                &predictions,
                1,
                &Units::new(rows as usize, None),
                200,
                1,
            )
            .unwrap();
            assert!(low <= point && point <= high);
            high - low
        };
        assert!(width(1000) < width(100));
    }

    /// Of many samples with a share of right answers that is known, about 95 of 100 have it in
    /// their interval.
    #[test]
    fn the_interval_holds_the_truth_95_times_in_100() {
        const SAMPLES: u64 = 400;
        let holds = |share: f64, rows: usize| {
            let covered = (0..SAMPLES).filter(|sample| {
                let mut random = Random::new(*sample, 7);
                let codes = vec![0; rows];
                let values = (0..rows).flat_map(|_| {
                    let right = f64::from(u8::from(random.unit() < share));
                    [right, 1.0 - right]
                });
                let predictions = Predictions {
                    outputs: 2,
                    values: values.collect(),
                };
                let target = Target::Classes { codes, count: 2 };
                let interval = bootstrap_interval(
                    Metric::Accuracy,
                    &target,
                    &predictions,
                    1,
                    &Units::new(rows, None),
                    300,
                    *sample,
                );
                let (low, high) = interval.unwrap();
                (low..=high).contains(&share)
            });
            covered.count() as f64 / SAMPLES as f64
        };
        for (share, rows) in [(0.7, 200), (0.9, 400), (0.5, 100)] {
            let covered = holds(share, rows);
            assert!(
                (0.91..=0.99).contains(&covered),
                "{share} of {rows}: {covered}"
            );
        }
        // So rarely wrong that most samples have no error at all.
        assert!(holds(0.995, 69) >= 0.95);
    }

    /// Fifty groups, each with one answer for all its rows, are fifty rows, however many rows they have.
    #[test]
    fn groups_that_are_one_answer_each_are_as_wide_as_single_rows() {
        let width = |each: u32| {
            let rows = 50 * each;
            let right = |row: u32| f64::from(u8::from(!(row / each).is_multiple_of(5)));
            let predictions = Predictions {
                outputs: 2,
                values: (0..rows)
                    .flat_map(|row| [right(row), 1.0 - right(row)])
                    .collect(),
            };
            let target = Target::Classes {
                codes: vec![0; rows as usize],
                count: 2,
            };
            let groups: Vec<u32> = (0..rows).map(|row| row / each).collect();
            let units = Units::new(rows as usize, Some(&groups));
            let interval =
                bootstrap_interval(Metric::Accuracy, &target, &predictions, 1, &units, 2_000, 1);
            let (low, high) = interval.unwrap();
            high - low
        };
        assert!(
            (width(40) - width(1)).abs() < 0.02,
            "{} {}",
            width(40),
            width(1)
        );
        assert!(width(40) > 0.18);
    }

    #[test]
    fn no_interval_without_a_score() {
        let target = Target::Classes {
            codes: vec![1, 1],
            count: 2,
        };
        let predictions = Predictions {
            outputs: 2,
            values: vec![0.5; 4],
        };
        let interval = bootstrap_interval(
            Metric::RocAuc,
            &target,
            &predictions,
            1,
            &Units::new(2, None),
            50,
            0,
        );
        assert_eq!(interval, None);
    }
}
