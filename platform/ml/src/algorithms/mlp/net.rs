//! The network as burn sees it: tensors with gradients on a CPU or a GPU.
//!
//! Everything random comes from this crate's generator. Burn's own generator is one for the whole
//! process, so fits in parallel threads would disturb each other.

use super::Settings;
use super::model::{Activation, Layer, Mlp, Output};
use crate::random::Random;
use burn::module::{Module, Param};
use burn::tensor::activation::{relu, silu};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

/// By how much the learning rate of a column's scale is larger than that of weights, of biases
/// smaller.
const SCALE_RATE: f32 = 6.0;
const BIAS_RATE: f32 = 0.1;

/// The parameters, before they are scaled.
#[derive(Module, Debug)]
pub(super) struct Net<B: Backend> {
    scales: Param<Tensor<B, 1>>,
    layers: Vec<Dense<B>>,
}

#[derive(Module, Debug)]
struct Dense<B: Backend> {
    /// Inputs × outputs.
    weights: Param<Tensor<B, 2>>,
    biases: Param<Tensor<B, 1>>,
}

impl<B: Backend> Net<B> {
    /// The last layer starts small, so that the first answers are near the mean.
    pub fn new(
        settings: &Settings,
        inputs: usize,
        outputs: usize,
        device: &B::Device,
        random: &mut Random,
    ) -> Self {
        let mut normal = |spread: f64, count: usize| -> Vec<f32> {
            (0..count)
                .map(|_| (random.normal() * spread) as f32)
                .collect()
        };
        let shape = settings.shape(inputs, outputs);
        let last = shape.len() - 1;
        let layer = |(place, (inputs, outputs)): (usize, (usize, usize))| {
            let spread = if place == last { 0.1 } else { 1.0 };
            let weights = TensorData::new(normal(spread, inputs * outputs), [inputs, outputs]);
            let biases = match place == last {
                true => vec![0.0; outputs],
                false => normal(1.0, outputs),
            };
            Dense {
                weights: Param::from_data(weights, device),
                biases: Param::from_data(TensorData::new(biases, [outputs]), device),
            }
        };
        let scales = TensorData::new(vec![1.0 / SCALE_RATE; inputs], [inputs]);
        Self {
            scales: Param::from_data(scales, device),
            layers: shape.into_iter().enumerate().map(layer).collect(),
        }
    }

    /// The last layer's numbers; `drop` may thin out what comes out of the others.
    pub fn forward(
        &self,
        inputs: Tensor<B, 2>,
        activation: Activation,
        drop: &mut dyn FnMut(Tensor<B, 2>) -> Tensor<B, 2>,
    ) -> Tensor<B, 2> {
        let scales = self.scales.val() * SCALE_RATE;
        let mut values = inputs * scales.unsqueeze();
        for (place, layer) in self.layers.iter().enumerate() {
            values = layer.forward(values);
            if place + 1 == self.layers.len() {
                break;
            }
            values = drop(match activation {
                Activation::Relu => relu(values),
                Activation::Silu => silu(values),
            });
        }
        values
    }

    /// The layers as they are stored: every factor is in the weights.
    pub fn fitted(&self, activation: Activation, output: Output) -> Mlp {
        let scales = numbers((self.scales.val() * SCALE_RATE).into_data());
        let layers = self.layers.iter().enumerate().map(|(place, layer)| {
            let [inputs, outputs] = layer.weights.dims();
            let mut weights = numbers((layer.weights.val() * gain(inputs)).into_data());
            if place == 0 {
                let rows = weights.chunks_exact_mut(outputs).zip(&scales);
                rows.for_each(|(row, scale)| row.iter_mut().for_each(|w| *w *= scale));
            }
            Layer {
                inputs: inputs as u32,
                weights,
                biases: numbers((layer.biases.val() * BIAS_RATE).into_data()),
            }
        });
        Mlp {
            activation,
            output,
            layers: layers.collect(),
        }
    }
}

impl<B: Backend> Dense<B> {
    fn forward(&self, values: Tensor<B, 2>) -> Tensor<B, 2> {
        let [inputs, _] = self.weights.dims();
        let biases = self.biases.val() * BIAS_RATE;
        values.matmul(self.weights.val() * gain(inputs)) + biases.unsqueeze()
    }
}

/// What keeps the spread of a layer's answers that of its inputs (He et al. 2015).
fn gain(inputs: usize) -> f32 {
    (2.0 / inputs as f32).sqrt()
}

/// Rows as a matrix.
pub(super) fn matrix<B: Backend>(
    values: Vec<f32>,
    rows: usize,
    device: &B::Device,
) -> Tensor<B, 2> {
    let columns = values.len() / rows.max(1);
    Tensor::from_data(TensorData::new(values, [rows, columns]), device)
}

pub(super) fn numbers(data: TensorData) -> Vec<f32> {
    data.to_vec::<f32>().unwrap_or_default()
}
