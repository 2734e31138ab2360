//! Metrics on the order of scores.

use crate::features::Predictions;
use domain::task::Metric;

/// One ranking for the positive class, or one for each of several classes.
pub(super) struct Ranked {
    metric: Metric,
    rankings: Vec<Ranking>,
}

/// The rows in falling order of their scores.
pub(super) struct Ranking {
    /// Row, whether it is positive, and whether a lower score follows.
    rows: Vec<(u32, bool, bool)>,
}

impl Ranked {
    pub fn new(
        metric: Metric,
        codes: &[u32],
        predictions: &Predictions,
        positive: Option<usize>,
    ) -> Self {
        let classes = match positive {
            Some(class) => class..class + 1,
            None => 0..predictions.outputs,
        };
        Self {
            metric,
            rankings: classes
                .map(|class| Ranking::new(codes, &predictions.output(class), class))
                .collect(),
        }
    }

    pub fn evaluate(&self, counts: &[u32]) -> Option<f64> {
        let score = |ranking: &Ranking| match self.metric {
            Metric::RocAuc => ranking.roc_auc(counts),
            _ => ranking.average_precision(counts),
        };
        let defined: Vec<f64> = self.rankings.iter().filter_map(score).collect();
        let sum: f64 = defined.iter().sum();
        (!defined.is_empty()).then(|| sum / defined.len() as f64)
    }
}

impl Ranking {
    pub fn new(codes: &[u32], scores: &[f64], class: usize) -> Self {
        let mut order: Vec<u32> = (0..scores.len() as u32).collect();
        order.sort_by(|&a, &b| scores[b as usize].total_cmp(&scores[a as usize]));
        let score = |place: usize| order.get(place).map(|&row| scores[row as usize]);
        let row = |(place, &row): (usize, &u32)| {
            let last = score(place) != score(place + 1);
            (row, codes[row as usize] as usize == class, last)
        };
        let rows = order.iter().enumerate().map(row).collect();
        Self { rows }
    }

    /// For every different score, falling: rows with at least that score, positive and negative.
    pub fn steps(&self, counts: &[u32], mut each: impl FnMut(u32, u64, u64)) -> (u64, u64) {
        let (mut positive, mut negative) = (0, 0);
        for &(row, is_positive, last) in &self.rows {
            let count = u64::from(counts[row as usize]);
            if is_positive {
                positive += count;
            } else {
                negative += count;
            }
            if last {
                each(row, positive, negative);
            }
        }
        (positive, negative)
    }

    /// The share of pairs of a positive and a negative row in the right order; equals count half.
    /// Summed in whole numbers, so exactly.
    fn roc_auc(&self, counts: &[u32]) -> Option<f64> {
        let (mut before, mut lost, mut twice) = (0u64, 0u64, 0u128);
        let (positives, negatives) = self.steps(counts, |_, positive, negative| {
            twice += u128::from(negative - lost) * u128::from(before + positive);
            (before, lost) = (positive, negative);
        });
        let pairs = positives as f64 * negatives as f64;
        (pairs > 0.0).then(|| twice as f64 / 2.0 / pairs)
    }

    /// Σ (Rₙ − Rₙ₋₁) Pₙ over the different scores.
    fn average_precision(&self, counts: &[u32]) -> Option<f64> {
        let (mut before, mut sum) = (0, 0.0);
        let (positives, _) = self.steps(counts, |_, positive, negative| {
            let found = (positive - before) as f64;
            if found > 0.0 {
                sum += found * positive as f64 / (positive + negative) as f64;
            }
            before = positive;
        });
        (positives > 0).then(|| sum / positives as f64)
    }
}
