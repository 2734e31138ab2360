//! Formulas on the confusion matrix.

use super::{MetricError, check};
use crate::features::{Predictions, Target};
use domain::task::Metric;

/// How often each class was taken for each other: `matrix[i][j]` counts rows of class `i` that
/// were predicted as class `j`.
pub fn confusion(target: &Target, predictions: &Predictions) -> Result<Vec<Vec<u64>>, MetricError> {
    check(target, predictions)?;
    let Target::Classes { codes, count } = target else {
        let (metric, measured) = (Metric::Accuracy, "numbers");
        return Err(MetricError::Task { metric, measured });
    };
    let mut matrix = vec![vec![0; *count]; *count];
    for (truth, predicted) in codes.iter().zip(predictions.classes()) {
        matrix[*truth as usize][predicted as usize] += 1;
    }
    Ok(matrix)
}

/// True and predicted class of each row.
pub(super) struct Labels {
    metric: Metric,
    pairs: Vec<(u32, u32)>,
    classes: usize,
    /// The positive class of a binary task; `None` averages over classes.
    positive: Option<usize>,
}

/// What the formulas need of one class.
#[derive(Clone, Copy, Default)]
struct Tally {
    right: f64,
    truth: f64,
    predicted: f64,
}

impl Labels {
    pub fn new(
        metric: Metric,
        codes: &[u32],
        predictions: &Predictions,
        positive: Option<usize>,
    ) -> Self {
        Self {
            metric,
            pairs: codes.iter().copied().zip(predictions.classes()).collect(),
            classes: predictions.outputs,
            positive,
        }
    }

    pub fn evaluate(&self, counts: &[u32]) -> Option<f64> {
        let mut tallies = vec![Tally::default(); self.classes];
        let mut total = 0.0;
        for (&(truth, predicted), &count) in self.pairs.iter().zip(counts) {
            let count = f64::from(count);
            total += count;
            tallies[truth as usize].truth += count;
            tallies[predicted as usize].predicted += count;
            if truth == predicted {
                tallies[truth as usize].right += count;
            }
        }
        let of_class: fn(&Tally) -> f64 = match self.metric {
            Metric::Mcc => return Some(matthews(&tallies, total)),
            Metric::BalancedAccuracy => {
                let present = tallies.iter().filter(|t| t.truth > 0.0);
                return mean(present.map(|t| t.right / t.truth));
            }
            Metric::Precision => |t| ratio(t.right, t.predicted),
            Metric::Recall => |t| ratio(t.right, t.truth),
            _ => |t| ratio(2.0 * t.right, t.truth + t.predicted),
        };
        match self.positive {
            Some(class) => tallies.get(class).map(of_class),
            // As scikit-learn: over the classes that occur among truths or predictions.
            None => {
                let present = tallies.iter().filter(|t| t.truth + t.predicted > 0.0);
                mean(present.map(of_class))
            }
        }
    }
}

/// The correlation coefficient R_K for several classes (Gorodkin 2004).
fn matthews(tallies: &[Tally], total: f64) -> f64 {
    let sum = |f: fn(&Tally) -> f64| -> f64 { tallies.iter().map(f).sum() };
    let covariance = sum(|t| t.right) * total - sum(|t| t.truth * t.predicted);
    let truth = total * total - sum(|t| t.truth * t.truth);
    let predicted = total * total - sum(|t| t.predicted * t.predicted);
    ratio(covariance, (truth * predicted).sqrt())
}

/// Zero where nothing is divided by nothing, as scikit-learn's `zero_division=0`.
fn ratio(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.fold((0.0, 0.0), |(n, sum), v| (n + 1.0, sum + v));
    (count > 0.0).then(|| sum / count)
}
