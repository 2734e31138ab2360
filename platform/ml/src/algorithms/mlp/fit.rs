//! Training: minibatches, AdamW (Loshchilov & Hutter 2019), a warm-up and a cosine schedule,
//! early stopping on the validation loss.

use super::model::{Mlp, Output};
use super::net::Training;
use super::rows::Rows;
use super::{NAME, Settings};
use crate::algorithms::library::guarded;
use crate::features::Target;
use crate::fit::{Fit, FitContext, FitData, FitError, Round, StopReason};
use crate::model::FittedModel;
use crate::numbers::moments;
use crate::random::Random;
use domain::study::Params;

const MLP: u64 = 4;

/// Share of all steps over which the learning rate rises.
const WARM_UP: f64 = 0.05;

pub(super) fn fit(
    data: &FitData<'_>,
    params: &Params,
    context: &mut FitContext<'_>,
) -> Result<Fit, FitError> {
    let (x, y) = data.train;
    let settings = Settings::read(params, x.rows())?;
    let output = match y {
        Target::Classes { .. } => Output::Classes,
        Target::Values(values) => {
            let (mean, std) = moments(values);
            Output::Value { mean, std }
        }
    };
    let rows = Rows::new(x, y, data.weights, output);
    let valid = data.valid.map(|(x, y)| Rows::new(x, y, None, output));
    guarded(NAME, || {
        let session = Session::new(&settings, &rows, valid.as_ref(), output, context);
        let (mlp, epochs, done, stopped) = session.run()?;
        Ok(Fit {
            model: FittedModel::Mlp(mlp),
            rounds: epochs as u32,
            visits: settings.visits(x.rows(), x.cols(), y.outputs(), done),
            stopped,
        })
    })
}

struct Session<'s, 'c> {
    settings: &'s Settings,
    rows: &'s Rows,
    valid: Option<&'s Rows>,
    output: Output,
    context: &'s mut FitContext<'c>,
    random: Random,
    training: Training,
}

/// How an epoch went.
enum Epoch {
    Whole { loss: f64 },
    Cut(StopReason),
}

impl<'s, 'c> Session<'s, 'c> {
    fn new(
        settings: &'s Settings,
        rows: &'s Rows,
        valid: Option<&'s Rows>,
        output: Output,
        context: &'s mut FitContext<'c>,
    ) -> Self {
        let mut random = Random::new(context.seed, MLP);
        let training = Training::new(
            &settings.shape(rows.columns, rows.outputs),
            settings.activation,
            output == Output::Classes,
            settings.dropout,
            settings.weight_decay,
            &mut random,
        );
        Self {
            settings,
            rows,
            valid,
            output,
            context,
            random,
            training,
        }
    }

    /// The best network, its epoch, epochs computed, and why it ended early.
    fn run(mut self) -> Result<(Mlp, usize, usize, Option<StopReason>), FitError> {
        let mut order: Vec<u32> = (0..self.rows.count as u32).collect();
        let mut best: Option<(f64, Mlp, usize)> = None;
        let mut stopped = None;
        let mut done = 0;
        for epoch in 1..=self.settings.epochs {
            self.random.shuffle(&mut order);
            let train = match self.epoch(epoch - 1, &order)? {
                Epoch::Whole { loss } => loss,
                Epoch::Cut(reason) => {
                    stopped = Some(reason);
                    break;
                }
            };
            done = epoch;
            let now = Mlp {
                activation: self.settings.activation,
                output: self.output,
                layers: self.training.layers(),
            };
            let valid = self.valid.map(|rows| rows.loss(&now));
            if !train.is_finite() || valid.is_some_and(|loss| !loss.is_finite()) {
                break;
            }
            // Without validation rows the last epoch is the best one.
            let better = |(least, ..): &(f64, Mlp, usize)| valid.is_none_or(|v| v < *least);
            if best.as_ref().is_none_or(better) {
                best = Some((valid.unwrap_or(train), now, epoch));
            }
            let round = Round {
                round: epoch as u32,
                of: self.settings.epochs as u32,
                train: Some(train),
                valid,
            };
            stopped = self.context.report(round)?;
            let since = best.as_ref().map_or(0, |(_, _, at)| epoch - at);
            if stopped.is_none() && since >= self.settings.patience {
                stopped = Some(StopReason::EarlyStopping);
            }
            if stopped.is_some() {
                break;
            }
        }
        match (best, stopped) {
            (Some((_, mlp, epoch)), _) => Ok((mlp, epoch, done, stopped)),
            (None, Some(_)) => Err(FitError::NoTime),
            (None, None) => Err(FitError::Library {
                algorithm: NAME,
                reason: "the network diverged".to_owned(),
            }),
        }
    }

    fn epoch(&mut self, epoch: usize, order: &[u32]) -> Result<Epoch, FitError> {
        let batches = order.len().div_ceil(self.settings.batch);
        let steps = (batches * self.settings.epochs) as f64;
        let mut sum = 0.0;
        for (place, rows) in order.chunks(self.settings.batch).enumerate() {
            if let Some(reason) = self.context.interrupted()? {
                return Ok(Epoch::Cut(reason));
            }
            let at = (epoch * batches + place) as f64 / steps;
            let rate = self.settings.learning_rate * schedule(at);
            let batch = self.rows.batch(rows);
            let loss = self.training.step(batch, rate, &mut self.random);
            sum += loss * rows.len() as f64;
        }
        Ok(Epoch::Whole {
            loss: sum / order.len() as f64,
        })
    }
}

/// A straight rise, then half a cosine down to zero.
fn schedule(at: f64) -> f64 {
    if at < WARM_UP {
        return (at / WARM_UP).max(0.1);
    }
    let rest = (at - WARM_UP) / (1.0 - WARM_UP);
    0.5 * (1.0 + (std::f64::consts::PI * rest).cos())
}
