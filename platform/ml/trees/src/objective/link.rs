//! From raw scores to predictions.

use serde::{Deserialize, Serialize};

/// The inverse link of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Link {
    /// The score is the prediction.
    Identity,
    /// The score is the log-odds of class 1.
    Logit,
    /// Scores are log-probabilities up to a constant.
    Softmax,
    /// The score is the logarithm of the mean.
    Log,
}

impl Link {
    /// Turns one row's scores into predictions, in place.
    pub fn apply(self, scores: &mut [f64]) {
        match self {
            Self::Identity => {}
            Self::Logit => scores.iter_mut().for_each(|s| *s = sigmoid(*s)),
            Self::Log => scores.iter_mut().for_each(|s| *s = s.exp()),
            Self::Softmax => {
                let max = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let mut sum = 0.0;
                for score in scores.iter_mut() {
                    *score = (*score - max).exp();
                    sum += *score;
                }
                scores.iter_mut().for_each(|s| *s /= sum);
            }
        }
    }
}

/// 1 / (1 + e⁻ˢ); ends of the range come out as 0 and 1, never as NaN.
#[inline]
pub(super) fn sigmoid(score: f64) -> f64 {
    1.0 / (1.0 + (-score).exp())
}
