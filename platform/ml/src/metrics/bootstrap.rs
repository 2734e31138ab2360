//! How sure a score is.

use super::curves::quantile;
use super::{Prepared, score};
use crate::features::{Predictions, Target};
use crate::random::Random;
use domain::task::Metric;

const BOOTSTRAP: u64 = 3;

/// The 95 % percentile interval of a score over resampled rows (Efron 1979), widened where
/// needed to hold the score itself. `None` where the score, or too many of its resamples, are
/// not defined.
#[must_use]
pub fn bootstrap_interval(
    metric: Metric,
    target: &Target,
    predictions: &Predictions,
    positive: usize,
    resamples: usize,
    seed: u64,
) -> Option<(f64, f64)> {
    let point = score(metric, target, predictions, positive).ok()?;
    let prepared = Prepared::new(metric, target, predictions, positive).ok()?;
    let mut random = Random::new(seed, BOOTSTRAP);
    let rows = target.len();
    let mut counts = vec![0u32; rows];
    let mut scores = Vec::with_capacity(resamples);
    for _ in 0..resamples {
        counts.fill(0);
        for _ in 0..rows {
            counts[random.below(rows)] += 1;
        }
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
    let certain = 0.025_f64.powf(1.0 / rows as f64);
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
            let (low, high) =
                bootstrap_interval(Metric::RocAuc, &target, &predictions, 1, 200, 1).unwrap();
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
                let interval =
                    bootstrap_interval(Metric::Accuracy, &target, &predictions, 1, 300, *sample);
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
        let interval = bootstrap_interval(Metric::RocAuc, &target, &predictions, 1, 50, 0);
        assert_eq!(interval, None);
    }
}
