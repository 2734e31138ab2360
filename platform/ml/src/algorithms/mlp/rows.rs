//! Rows as the network takes them.

use super::model::{Output, rows_of};
use super::network::Bins;
use crate::features::{Features, Target};

/// One minibatch, row after row.
pub(super) struct Batch {
    pub rows: usize,
    pub inputs: Vec<f32>,
    pub targets: Vec<f32>,
    pub weights: Vec<f32>,
}

/// Rows as the network takes them.
pub(super) struct Rows {
    pub count: usize,
    pub columns: usize,
    /// Squashed features, row after row.
    pub inputs: Vec<f32>,
    pub outputs: usize,
    /// Ones and zeros for classes, scaled numbers else.
    pub targets: Vec<f32>,
    /// One a row, 1 on average.
    pub weights: Vec<f32>,
}

impl Rows {
    pub fn new(x: &Features, y: &Target, weights: Option<&[f64]>, output: Output) -> Self {
        let count = x.rows();
        let mean_weight = weights.map_or(1.0, |w| w.iter().sum::<f64>() / count as f64);
        let weight = |row: usize| weights.map_or(1.0, |w| (w[row] / mean_weight) as f32);
        let targets = match (y, output) {
            (Target::Classes { codes, count }, _) => {
                let mut ones = vec![0.0; codes.len() * count];
                for (row, code) in codes.iter().enumerate() {
                    ones[row * count + *code as usize] = 1.0;
                }
                ones
            }
            (Target::Values(values), Output::Value { mean, std }) => {
                let scale = |y: &f64| {
                    if std == 0.0 {
                        0.0
                    } else {
                        y / std - mean / std
                    }
                };
                values.iter().map(|y| scale(y) as f32).collect()
            }
            (Target::Values(values), Output::Classes) => vec![0.0; values.len()],
        };
        Self {
            count,
            columns: x.cols(),
            inputs: rows_of(x),
            outputs: y.outputs(),
            targets,
            weights: (0..count).map(weight).collect(),
        }
    }

    /// These rows as `bins` encode them.
    pub fn batch(&self, rows: &[u32], bins: &Bins) -> Batch {
        let mut inputs = Vec::with_capacity(rows.len() * bins.width());
        for row in rows {
            let first = *row as usize * self.columns;
            bins.extend(&self.inputs[first..first + self.columns], &mut inputs);
        }
        Batch {
            rows: rows.len(),
            inputs,
            targets: gather(&self.targets, self.outputs, rows),
            weights: gather(&self.weights, 1, rows),
        }
    }

    /// The loss of each row for a network that says `scores` about them.
    pub fn losses(&self, scores: &[f32], output: Output) -> Vec<f64> {
        let pairs = scores.chunks_exact(self.outputs);
        let pairs = pairs.zip(self.targets.chunks_exact(self.outputs));
        let losses = pairs.map(|(scores, targets)| match output {
            Output::Classes => cross_entropy(scores, targets),
            Output::Value { .. } => f64::from(scores[0] - targets[0]).powi(2),
        });
        losses.collect()
    }
}

fn cross_entropy(scores: &[f32], targets: &[f32]) -> f64 {
    let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = scores.iter().map(|s| f64::from(s - largest).exp()).sum();
    let right = scores.iter().zip(targets).map(|(s, t)| f64::from(s * t));
    sum.ln() + f64::from(largest) - right.sum::<f64>()
}

fn gather(values: &[f32], width: usize, rows: &[u32]) -> Vec<f32> {
    let mut out = Vec::with_capacity(rows.len() * width);
    for row in rows {
        let first = *row as usize * width;
        out.extend_from_slice(&values[first..first + width]);
    }
    out
}
