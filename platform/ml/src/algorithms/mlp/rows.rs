//! Rows as the network takes them, minibatches of them, and the loss on all of them.

use super::model::{Mlp, Output, rows_of};
use super::net::Batch;
use crate::features::{Features, Target};

/// Rows as the network takes them.
pub(super) struct Rows {
    pub count: usize,
    pub columns: usize,
    inputs: Vec<f32>,
    pub outputs: usize,
    targets: Vec<f32>,
    weights: Vec<f32>,
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

    pub fn batch(&self, rows: &[u32]) -> Batch {
        Batch {
            rows: rows.len(),
            inputs: gather(&self.inputs, self.columns, rows),
            targets: gather(&self.targets, self.outputs, rows),
            weights: gather(&self.weights, 1, rows),
        }
    }

    /// The mean loss of a network on these rows.
    pub fn loss(&self, mlp: &Mlp) -> f64 {
        let (mut sum, mut done) = (0.0, 0);
        mlp.scores(&self.inputs, |scores| {
            let targets = &self.targets[done..done + scores.len()];
            done += scores.len();
            let pairs = scores.chunks_exact(self.outputs);
            for (scores, targets) in pairs.zip(targets.chunks_exact(self.outputs)) {
                sum += match mlp.output {
                    Output::Classes => cross_entropy(scores, targets),
                    Output::Value { .. } => f64::from(scores[0] - targets[0]).powi(2),
                };
            }
        });
        sum / self.count as f64
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
