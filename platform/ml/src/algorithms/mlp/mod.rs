//! A neural network on the dense view: numbers as places between quantiles, then a multilayer
//! perceptron (after RealMLP, Holzmüller, Grinsztajn & Steinwart 2024, "Better by default").
//!
//! | file | |
//! |---|---|
//! | `model.rs` | the fitted perceptron: our own tensors and forward pass |
//! | `network.rs` | the fitted bins before it |
//! | `net.rs` | the same network as burn sees it, with gradients |
//! | `device.rs` | whether there is a GPU |
//! | `rows.rs` | rows and the loss |
//! | `fit.rs` | minibatches, AdamW, cosine schedule, early stopping |

mod crossed;
pub mod device;
mod fit;
mod model;
mod net;
mod network;
mod rows;

pub use model::{Activation, Layer, Mlp, Output};
pub use network::{Bins, Network};

use crate::fit::{FitError, Reader};
use crate::recipe::View;
use crate::registry::{Algorithm, Facts, float, int, words};
use domain::study::{ParamValue, Params, Space};
use domain::task::Task;

const NAME: &str = "mlp";

/// Bins of all columns together, at most.
const MOST_INPUTS: usize = 2_048;

/// The registry's row.
pub const ALGORITHM: Algorithm = Algorithm {
    name: NAME,
    title: "Neural network (multilayer perceptron)",
    tasks: Task::ALL,
    view: View::Dense,
    interruptible: true,
    planned: true,
    weights: true,
    space,
    portfolio,
    cost,
    max_rows: Some(500_000),
    max_cells: None,
    useful_rows: 80..=usize::MAX,
    most_classes: usize::MAX,
    fit: fit::fit,
};

fn space(_: &Facts) -> Space {
    Space(vec![
        int("layers", 1, 3, false),
        int("width", 16, 256, true),
        float("learning_rate", 1e-3, 5e-2, true),
        float("weight_decay", 1e-5, 0.3, true),
        float("dropout", 0.0, 0.4, false),
        int("bins", 2, 48, true),
        words("activation", &["relu", "silu"]),
    ])
}

fn portfolio(_: &Facts) -> Vec<Params> {
    let wide = Params::default()
        .with("width", ParamValue::Int(256))
        .with("dropout", ParamValue::Float(0.2))
        .with("learning_rate", ParamValue::Float(4e-3));
    let small = Params::default()
        .with("layers", ParamValue::Int(3))
        .with("width", ParamValue::Int(64))
        .with("bins", ParamValue::Int(6))
        .with("activation", ParamValue::Text("silu".to_owned()))
        .with("weight_decay", ParamValue::Float(0.1));
    vec![Params::default(), wide, small]
}

/// A configuration, read.
#[derive(Clone, Debug)]
struct Settings {
    layers: usize,
    width: usize,
    activation: Activation,
    epochs: usize,
    batch: usize,
    learning_rate: f64,
    weight_decay: f64,
    dropout: f64,
    bins: usize,
    patience: usize,
}

impl Settings {
    /// Parameters `layers` (2), `width` (128), `activation` (`relu` or `silu`), `epochs` (from
    /// the number of rows: 100 for small tables down to 12), `batch` (likewise, 32 to 256),
    /// `learning_rate` (0.01), `weight_decay` (0.02), `dropout` (0.1), `bins` (for each
    /// number, 16), `patience` (epochs without a better validation loss, a fifth of
    /// all).
    fn read(params: &Params, rows: usize) -> Result<Self, FitError> {
        let mut read = Reader::new(NAME, params);
        let epochs = (500_000 / rows.max(1)).clamp(12, 100);
        let epochs = read.int("epochs", epochs, 1..=10_000)?;
        let batch = (rows / 20).next_power_of_two().clamp(32, 256);
        let settings = Self {
            layers: read.int("layers", 2, 1..=3)?,
            width: read.int("width", 128, 1..=2048)?,
            activation: match read.choice("activation", &["relu", "silu"])? {
                "silu" => Activation::Silu,
                _ => Activation::Relu,
            },
            epochs,
            batch: read.int("batch", batch, 1..=65_536)?,
            learning_rate: read.float("learning_rate", 1e-2, 1e-6..=1.0)?,
            weight_decay: read.float("weight_decay", 0.02, 0.0..=10.0)?,
            dropout: read.float("dropout", 0.1, 0.0..=0.9)?,
            bins: read.int("bins", 16, 1..=1_024)?,
            patience: read.int("patience", (epochs / 5).max(5), 1..=10_000)?,
        };
        read.finish()?;
        Ok(settings)
    }

    /// Inputs and outputs of each layer.
    fn shape(&self, inputs: usize, outputs: usize) -> Vec<(usize, usize)> {
        let mut widths = vec![inputs];
        widths.extend(std::iter::repeat_n(self.width, self.layers));
        widths.push(outputs);
        widths.windows(2).map(|pair| (pair[0], pair[1])).collect()
    }

    /// Bins of each of so many numbers: fewer where there are many.
    fn bins(&self, numbers: usize) -> usize {
        let bins = self.bins.min(MOST_INPUTS / numbers.max(1));
        // One bin says no more than the number itself.
        if bins < 2 { 0 } else { bins }
    }

    /// Numbers that a row is multiplied with.
    fn weights(&self, inputs: usize, outputs: usize) -> usize {
        let shape = self.shape(inputs, outputs);
        shape.iter().map(|(i, o)| i * o).sum()
    }

    /// Visits of `epochs` epochs. Sixteen multiplications of a network take about as long as one
    /// visit of boosting.
    fn visits(rows: usize, weights: usize, epochs: usize) -> u64 {
        crate::registry::visits(&[rows, epochs, (3 * weights).div_ceil(16)])
    }
}

fn cost(rows: usize, columns: usize, outputs: usize, params: &Params) -> u64 {
    let settings = Settings::read(params, rows);
    settings.map_or(0, |s| {
        // Every column may be a number.
        let bins = (columns * s.bins).min(MOST_INPUTS);
        let weights = s.weights(columns + bins, outputs);
        Settings::visits(rows, weights, s.epochs)
    })
}
