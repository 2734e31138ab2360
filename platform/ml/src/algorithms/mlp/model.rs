//! The fitted network: plain tensors, and plain loops in a fixed order.

use crate::algorithms::linear::softmax;
use crate::features::Features;
use crate::model::{Model, ModelError};
use serde::{Deserialize, Serialize};

/// Rows that pass the network together: their activations stay in the caches.
const BLOCK: usize = 64;

/// What happens between layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Activation {
    /// max(0, t).
    Relu,
    /// t / (1 + e⁻ᵗ) (Hendrycks & Gimpel 2016).
    Silu,
}

/// How the last layer becomes an answer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Output {
    /// Softmax over classes.
    Classes,
    /// A number in units of the training target's spread around its mean.
    Value {
        /// The mean.
        mean: f64,
        /// The spread.
        std: f64,
    },
}

/// A fully connected layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    /// Numbers that come in.
    pub inputs: u32,
    /// Input after input, one weight an output.
    pub weights: Vec<f32>,
    /// One an output.
    pub biases: Vec<f32>,
}

/// A fitted multilayer perceptron.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mlp {
    /// What happens between layers.
    pub activation: Activation,
    /// How the last layer becomes an answer.
    pub output: Output,
    /// The layers, from the features to the answer.
    pub layers: Vec<Layer>,
}

impl Activation {
    fn apply(self, values: &mut [f32]) {
        match self {
            Self::Relu => values.iter_mut().for_each(|t| *t = t.max(0.0)),
            Self::Silu => values.iter_mut().for_each(|t| *t /= 1.0 + (-*t).exp()),
        }
    }
}

/// Keeps outliers from dominating: t / √(1 + (t/3)²), smooth and within ±3 (Holzmüller et al.
/// 2024).
pub(super) fn squash(t: f64) -> f32 {
    (t / (1.0 + (t / 3.0).powi(2)).sqrt()) as f32
}

impl Layer {
    /// `out = input · weights + biases` for some rows.
    fn forward(&self, input: &[f32], out: &mut Vec<f32>) {
        let (inputs, outputs) = (self.inputs as usize, self.biases.len());
        out.clear();
        for row in input.chunks_exact(inputs) {
            let first = out.len();
            out.extend(&self.biases);
            let sums = &mut out[first..];
            for (value, weights) in row.iter().zip(self.weights.chunks_exact(outputs)) {
                // Levels that are not there, and half of what a ReLU leaves.
                if *value != 0.0 {
                    sums.iter_mut()
                        .zip(weights)
                        .for_each(|(s, w)| *s += value * w);
                }
            }
        }
    }
}

impl Mlp {
    /// The last layer's numbers for rows of what the first one takes, row after row.
    pub(super) fn scores(&self, rows: &[f32], mut each: impl FnMut(&[f32])) {
        let inputs = self.layers.first().map_or(1, |layer| layer.inputs as usize);
        let (mut now, mut next) = (Vec::new(), Vec::new());
        for block in rows.chunks(BLOCK * inputs) {
            now.clear();
            now.extend_from_slice(block);
            for (place, layer) in self.layers.iter().enumerate() {
                layer.forward(&now, &mut next);
                if place + 1 < self.layers.len() {
                    self.activation.apply(&mut next);
                }
                std::mem::swap(&mut now, &mut next);
            }
            each(&now);
        }
    }

    /// The answers for rows of what the first layer takes.
    pub(super) fn answer_rows(&self, rows: &[f32], out: &mut [f64]) {
        let mut done = 0;
        self.scores(rows, |scores| {
            self.answers(scores, &mut out[done..done + scores.len()]);
            done += scores.len();
        });
    }

    /// Answers from the last layer's numbers.
    pub(super) fn answers(&self, scores: &[f32], out: &mut [f64]) {
        for (answer, score) in out.iter_mut().zip(scores) {
            *answer = f64::from(*score);
        }
        match self.output {
            Output::Classes => {
                let classes = self.last().len();
                out.chunks_exact_mut(classes).for_each(softmax);
            }
            // Beyond the largest number there is, that number is the nearest.
            Output::Value { mean, std } => out
                .iter_mut()
                .for_each(|v| *v = (*v * std + mean).clamp(f64::MIN, f64::MAX)),
        }
    }

    fn last(&self) -> &[f32] {
        self.layers.last().map_or(&[], |layer| &layer.biases)
    }
}

/// Features as the network takes them, row after row.
pub(super) fn rows_of(features: &Features) -> Vec<f32> {
    let columns = features.cols();
    let mut rows = vec![0.0; features.rows() * columns];
    for (place, column) in features.columns.iter().enumerate() {
        let cells = rows.iter_mut().skip(place).step_by(columns);
        cells
            .zip(column)
            .for_each(|(cell, value)| *cell = squash(*value));
    }
    rows
}

impl Model for Mlp {
    fn outputs(&self) -> usize {
        self.last().len()
    }

    fn columns(&self) -> Option<usize> {
        self.layers.first().map(|layer| layer.inputs as usize)
    }

    fn predict_into(&self, features: &Features, out: &mut [f64]) {
        self.answer_rows(&rows_of(features), out);
    }

    fn row_nanoseconds(&self) -> f64 {
        let weights: usize = self.layers.iter().map(|layer| layer.weights.len()).sum();
        0.2 * weights as f64
    }

    fn validate(&self) -> Result<(), ModelError> {
        ModelError::unless(!self.layers.is_empty(), "a network without layers")?;
        let mut inputs = None;
        for layer in &self.layers {
            let width = layer.inputs as usize;
            let fits = width > 0 && inputs.is_none_or(|inputs| inputs == width);
            ModelError::unless(fits, "layers that do not fit together")?;
            let outputs = layer.biases.len();
            let cells = width.checked_mul(outputs);
            let whole = outputs > 0 && cells == Some(layer.weights.len());
            ModelError::unless(whole, "a layer cut short")?;
            let finite = layer
                .weights
                .iter()
                .chain(&layer.biases)
                .all(|v| v.is_finite());
            ModelError::unless(finite, "a weight that is no number")?;
            inputs = Some(outputs);
        }
        match self.output {
            Output::Classes => ModelError::unless(self.outputs() >= 2, "a network of one class"),
            Output::Value { mean, std } => {
                let fits = self.outputs() == 1 && mean.is_finite() && std.is_finite();
                ModelError::unless(fits, "a network with an impossible answer")
            }
        }
    }
}
