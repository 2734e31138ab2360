//! Logistic and softmax loss.

use super::link::sigmoid;
use crate::dataset::Dataset;

/// p − y and p(1 − p).
#[inline]
pub(super) fn logistic(y: f64, score: f64) -> (f64, f64) {
    let p = sigmoid(score);
    (p - y, p * (1.0 - p))
}

/// −log-likelihood: `ln(1 + eˢ) − y·s`, without overflow.
pub(super) fn logistic_loss(y: f64, score: f64) -> f64 {
    score.max(0.0) + (-score.abs()).exp().ln_1p() - y * score
}

/// One class's p − y and K/(K−1)·p(1 − p) from its log-probability (the factor of Friedman 2001,
/// algorithm 6, on the diagonal of the hessian).
#[inline]
pub(super) fn softmax(hit: bool, log_p: f64, classes: f64) -> (f64, f64) {
    let p = log_p.exp();
    let factor = classes / (classes - 1.0);
    (p - f64::from(hit), factor * p * (1.0 - p))
}

pub(super) fn log_sum_exp(scores: impl Iterator<Item = f64> + Clone) -> f64 {
    let max = scores.clone().fold(f64::NEG_INFINITY, f64::max);
    max + scores.map(|s| (s - max).exp()).sum::<f64>().ln()
}

/// Log-odds of the positive share.
pub(super) fn log_odds(data: &Dataset) -> f64 {
    let p = seen(data.mean(), data.counted_rows());
    (p / (1.0 - p)).ln()
}

/// Logarithms of the classes' shares.
pub(super) fn log_priors(data: &Dataset, classes: usize) -> Vec<f64> {
    let mut shares = vec![0.0; classes];
    let mut total = 0.0;
    for row in 0..data.rows() {
        shares[data.target[row] as usize] += data.weight(row);
        total += data.weight(row);
    }
    let rows = data.counted_rows();
    shares
        .iter()
        .map(|share| seen(share / total, rows).ln())
        .collect()
}

/// A share that is 0 or 1 among `rows` rows becomes half a row away from it: what was never seen
/// is not impossible.
fn seen(share: f64, rows: usize) -> f64 {
    let half = 0.5 / (rows as f64 + 1.0);
    if share <= 0.0 {
        half
    } else if share >= 1.0 {
        1.0 - half
    } else {
        share
    }
}
