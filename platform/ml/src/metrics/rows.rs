//! Metrics that are means, or nearly so, over rows.

use super::MetricError;
use crate::features::Predictions;
use domain::task::Metric;

/// A metric by its contributions row by row.
pub(super) enum Rows {
    /// The mean.
    Mean(Vec<f64>),
    /// The root of the mean.
    RootMean(Vec<f64>),
    /// The median: the contributions, and their order.
    Median(Vec<f64>, Vec<u32>),
    /// 1 − squared errors / squared deviations: the targets, and the squared errors.
    R2(Vec<f64>, Vec<f64>),
}

impl Rows {
    pub fn classes(
        metric: Metric,
        codes: &[u32],
        predictions: &Predictions,
        positive: usize,
    ) -> Self {
        let rows = (0..codes.len()).map(|row| (codes[row] as usize, predictions.row(row)));
        Self::Mean(match metric {
            // Clipped as scikit-learn does: one sure and wrong answer is bad, not infinitely bad.
            Metric::LogLoss => rows
                .map(|(class, p)| -p[class].clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln())
                .collect(),
            Metric::Brier => rows
                .map(|(class, p)| (p[positive] - is(class == positive)).powi(2))
                .collect(),
            _ => {
                let predicted = predictions.classes();
                let pairs = codes.iter().zip(predicted);
                pairs.map(|(truth, class)| is(*truth == class)).collect()
            }
        })
    }

    pub fn regression(
        metric: Metric,
        truth: &[f64],
        predicted: &[f64],
    ) -> Result<Self, MetricError> {
        let pairs = || truth.iter().zip(predicted);
        let squares = || pairs().map(|(t, p)| (t - p).powi(2)).collect();
        let errors = || pairs().map(|(t, p)| (t - p).abs());
        Ok(match metric {
            Metric::Mse => Self::Mean(squares()),
            Metric::Rmse => Self::RootMean(squares()),
            Metric::Mae => Self::Mean(errors().collect()),
            Metric::Mape => {
                let relative = |(error, t): (f64, &f64)| error / t.abs().max(f64::EPSILON);
                Self::Mean(errors().zip(truth).map(relative).collect())
            }
            Metric::Rmsle => {
                let wrong = |v: &f64| *v <= -1.0;
                let row = pairs().position(|(t, p)| wrong(t) || wrong(p));
                if let Some(row) = row {
                    let value = truth[row].min(predicted[row]);
                    return Err(MetricError::Domain { metric, value, row });
                }
                let square = |(t, p): (&f64, &f64)| (t.ln_1p() - p.ln_1p()).powi(2);
                Self::RootMean(pairs().map(square).collect())
            }
            Metric::MedianAe => {
                let errors: Vec<f64> = errors().collect();
                let mut order: Vec<u32> = (0..errors.len() as u32).collect();
                order.sort_by(|&a, &b| errors[a as usize].total_cmp(&errors[b as usize]));
                Self::Median(errors, order)
            }
            _ if truth.len() < 2 => return Err(MetricError::OneRow { metric }),
            _ => Self::R2(truth.to_vec(), squares()),
        })
    }

    pub fn evaluate(&self, counts: &[u32]) -> Option<f64> {
        let total: f64 = counts.iter().map(|c| f64::from(*c)).sum();
        let sum = |values: &[f64]| -> f64 {
            let products = values.iter().zip(counts).map(|(v, c)| v * f64::from(*c));
            products.sum()
        };
        match self {
            Self::Mean(values) => Some(sum(values) / total),
            Self::RootMean(values) => Some((sum(values) / total).sqrt()),
            Self::Median(errors, order) => {
                let rows: u64 = counts.iter().map(|c| u64::from(*c)).sum();
                let at = |place: u64| {
                    let mut passed = 0;
                    let found = order.iter().find(|&&row| {
                        passed += u64::from(counts[row as usize]);
                        passed > place
                    });
                    found.map(|&row| errors[row as usize])
                };
                Some((at(rows.checked_sub(1)? / 2)? + at(rows / 2)?) / 2.0)
            }
            Self::R2(truth, squares) => {
                let mean = sum(truth) / total;
                let deviations: f64 = truth
                    .iter()
                    .zip(counts)
                    .map(|(t, c)| (t - mean).powi(2) * f64::from(*c))
                    .sum();
                let errors = sum(squares);
                // scikit-learn's `force_finite`: a constant target is explained fully or not at all.
                Some(match (errors == 0.0, deviations == 0.0) {
                    (true, _) => 1.0,
                    (false, true) => 0.0,
                    _ => 1.0 - errors / deviations,
                })
            }
        }
    }
}

fn is(yes: bool) -> f64 {
    f64::from(u8::from(yes))
}
