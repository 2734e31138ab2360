//! A multilayer perceptron on the dense view.
//!
//! | file | |
//! |---|---|
//! | `model.rs` | the fitted form: our own tensors and forward pass |
//! | `net.rs` | the same network as burn sees it, with gradients |
//! | `rows.rs` | rows, minibatches and the loss |
//! | `fit.rs` | minibatches, AdamW, cosine schedule, early stopping |

mod fit;
mod model;
mod net;
mod rows;

pub use model::{Activation, Layer, Mlp, Output};

use crate::fit::{FitError, Reader};
use crate::recipe::View;
use crate::registry::{Algorithm, Facts, float, int, words};
use domain::study::{ParamValue, Params, Space};
use domain::task::Task;

const NAME: &str = "mlp";

/// The registry's row.
pub const ALGORITHM: Algorithm = Algorithm {
    name: NAME,
    title: "Neural network (multilayer perceptron)",
    tasks: Task::ALL,
    view: View::Dense,
    interruptible: true,
    weights: true,
    space,
    portfolio,
    cost,
    max_rows: Some(500_000),
    fit: fit::fit,
};

fn space(_: &Facts) -> Space {
    Space(vec![
        int("layers", 1, 3, false),
        int("width", 16, 256, true),
        float("learning_rate", 3e-4, 1e-2, true),
        float("weight_decay", 1e-5, 0.3, true),
        float("dropout", 0.0, 0.4, false),
        words("activation", &["relu", "silu"]),
    ])
}

fn portfolio(_: &Facts) -> Vec<Params> {
    let wide = Params::default()
        .with("width", ParamValue::Int(256))
        .with("dropout", ParamValue::Float(0.2))
        .with("learning_rate", ParamValue::Float(2e-3));
    let small = Params::default()
        .with("layers", ParamValue::Int(3))
        .with("width", ParamValue::Int(48))
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
    patience: usize,
}

impl Settings {
    /// Parameters `layers` (2), `width` (128), `activation` (`relu` or `silu`), `epochs` (from
    /// the number of rows: 100 for small tables down to 20), `batch` (likewise, 32 to 256),
    /// `learning_rate` (0.004), `weight_decay` (0.02), `dropout` (0.1), `patience` (epochs without
    /// a better validation loss, a fifth of all).
    fn read(params: &Params, rows: usize) -> Result<Self, FitError> {
        let mut read = Reader::new(NAME, params);
        let epochs = (1_000_000 / rows.max(1)).clamp(20, 100);
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
            learning_rate: read.float("learning_rate", 4e-3, 1e-6..=1.0)?,
            weight_decay: read.float("weight_decay", 0.02, 0.0..=10.0)?,
            dropout: read.float("dropout", 0.1, 0.0..=0.9)?,
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

    /// Visits of `epochs` epochs. Sixteen multiplications of a network take about as long as one
    /// visit of boosting.
    fn visits(&self, rows: usize, inputs: usize, outputs: usize, epochs: usize) -> u64 {
        let weights: usize = self.shape(inputs, outputs).iter().map(|(i, o)| i * o).sum();
        crate::registry::visits(&[rows, epochs, (3 * weights).div_ceil(16)])
    }
}

fn cost(rows: usize, columns: usize, outputs: usize, params: &Params) -> u64 {
    let settings = Settings::read(params, rows);
    settings.map_or(0, |s| s.visits(rows, columns, outputs, s.epochs))
}
