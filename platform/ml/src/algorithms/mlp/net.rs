//! The network as burn sees it: tensors with gradients on the CPU backend `Flex`.
//!
//! Everything random comes from this crate's generator. Burn's own generator is one for the whole
//! process, so fits in parallel threads would disturb each other.

use super::model::{Activation, Layer};
use crate::random::Random;
use burn::backend::{Autodiff, Flex};
use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::optim::adaptor::OptimizerAdaptor;
use burn::optim::{AdamW, AdamWConfig, GradientsParams, Optimizer};
use burn::tensor::activation::{log_softmax, relu, silu};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

type Gradient = Autodiff<Flex>;
type Matrix = Tensor<Gradient, 2>;

#[derive(Module, Debug)]
struct Net<B: Backend> {
    layers: Vec<Linear<B>>,
}

/// One minibatch, row after row.
pub(super) struct Batch {
    pub rows: usize,
    /// Squashed features.
    pub inputs: Vec<f32>,
    /// Ones and zeros for classes, scaled numbers else.
    pub targets: Vec<f32>,
    /// One a row.
    pub weights: Vec<f32>,
}

/// A network in training.
pub(super) struct Training {
    net: Net<Gradient>,
    optimizer: OptimizerAdaptor<AdamW, Net<Gradient>, Gradient>,
    activation: Activation,
    classes: bool,
    dropout: f64,
}

impl Training {
    /// Weights are normal with variance 2/inputs (He et al. 2015); the last layer starts small, so
    /// that the first answers are near the mean.
    pub fn new(
        shape: &[(usize, usize)],
        activation: Activation,
        classes: bool,
        dropout: f64,
        weight_decay: f64,
        random: &mut Random,
    ) -> Self {
        let device = Default::default();
        let last = shape.len() - 1;
        let layers = shape.iter().enumerate().map(|(place, &(inputs, outputs))| {
            let spread = (2.0 / inputs as f64).sqrt() * if place == last { 0.1 } else { 1.0 };
            let weights: Vec<f32> = (0..inputs * outputs)
                .map(|_| (random.normal() * spread) as f32)
                .collect();
            let weights = TensorData::new(weights, [inputs, outputs]);
            let biases = TensorData::new(vec![0f32; outputs], [outputs]);
            Linear {
                weight: Param::from_data(weights, &device),
                bias: Some(Param::from_data(biases, &device)),
            }
        });
        Self {
            net: Net {
                layers: layers.collect(),
            },
            optimizer: AdamWConfig::new()
                .with_weight_decay(weight_decay as f32)
                .init(),
            activation,
            classes,
            dropout,
        }
    }

    /// One step down the gradient; gives the batch's weighted mean loss before it.
    pub fn step(&mut self, batch: Batch, learning_rate: f64, random: &mut Random) -> f64 {
        let rows = batch.rows;
        let weight: f32 = batch.weights.iter().sum();
        let scores = self.forward(matrix(batch.inputs, rows), random);
        let targets = matrix(batch.targets, rows);
        let weights = matrix(batch.weights, rows);
        let losses = if self.classes {
            (log_softmax(scores, 1) * targets).sum_dim(1).neg()
        } else {
            (scores - targets).powf_scalar(2.0)
        };
        let loss = (losses * weights).sum() / weight.max(f32::MIN_POSITIVE);
        let value = f64::from(loss.clone().into_scalar());
        let gradients = GradientsParams::from_grads(loss.backward(), &self.net);
        self.net = self
            .optimizer
            .step(learning_rate, self.net.clone(), gradients);
        value
    }

    fn forward(&self, mut values: Matrix, random: &mut Random) -> Matrix {
        let last = self.net.layers.len() - 1;
        for (place, layer) in self.net.layers.iter().enumerate() {
            values = layer.forward(values);
            if place == last {
                break;
            }
            values = match self.activation {
                Activation::Relu => relu(values),
                Activation::Silu => silu(values),
            };
            if self.dropout > 0.0 {
                let [rows, columns] = values.dims();
                let mask = random.mask(rows * columns, self.dropout);
                values = values * matrix(mask, rows);
            }
        }
        values
    }

    /// The weights as they are now.
    pub fn layers(&self) -> Vec<Layer> {
        let numbers = |data: TensorData| data.to_vec::<f32>().unwrap_or_default();
        let layer = |layer: &Linear<Gradient>| Layer {
            inputs: layer.weight.val().dims()[0] as u32,
            weights: numbers(layer.weight.val().into_data()),
            biases: layer
                .bias
                .as_ref()
                .map(|bias| numbers(bias.val().into_data()))
                .unwrap_or_default(),
        };
        self.net.layers.iter().map(layer).collect()
    }
}

fn matrix(values: Vec<f32>, rows: usize) -> Matrix {
    let columns = values.len() / rows;
    Tensor::from_data(
        TensorData::new(values, [rows, columns]),
        &Default::default(),
    )
}
