//! Training: minibatches, AdamW (Loshchilov & Hutter 2019), a cosine schedule, early stopping on
//! the validation loss.

use super::crossed::Crossed;
use super::device::{self, OnCpu, OnGpu};
use super::model::Output;
use super::net::{Net, matrix, numbers};
use super::network::{Bins, Network};
use super::rows::Rows;
use super::{NAME, Settings};
use crate::algorithms::library::guarded;
use crate::features::{Predictions, Target};
use crate::fit::{Fit, FitContext, FitData, FitError, Gpu, Round, StopReason};
use crate::model::FittedModel;
use crate::numbers::moments;
use crate::random::Random;
use burn::module::AutodiffModule;
use burn::optim::adaptor::OptimizerAdaptor;
use burn::optim::{AdamW, AdamWConfig, GradientsParams, Optimizer};
use burn::tensor::Tensor;
use burn::tensor::activation::log_softmax;
use burn::tensor::backend::AutodiffBackend;
use domain::study::Params;
use std::ops::ControlFlow;

const MLP: u64 = 4;

/// Share of all steps over which the learning rate rises.
const WARM_UP: f64 = 0.05;
/// How fast AdamW forgets the size of gradients: faster than is usual, as epochs are few.
const FORGETS: f32 = 0.95;
/// Rows that are asked together between epochs.
const BLOCK: usize = 4_096;
/// Multiplications of a minibatch from which a GPU should be quicker than a core: below, starting its
/// kernels takes longer than they do. An estimate: it was never measured.
const WORTH_A_GPU: usize = 40_000_000;

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
    let bins = Bins::of(&rows.inputs, rows.columns, |numbers| settings.bins(numbers));
    let work = Work {
        settings: &settings,
        bins: &bins,
        rows: &rows,
        valid: valid.as_ref(),
        parts: data.parts,
        output,
    };
    let weights = settings.weights(bins.width(), rows.outputs);
    let large = settings.batch * weights >= WORTH_A_GPU;
    let mut trained = None;
    if context.gpu == Gpu::Allowed && large && device::gpu() {
        trained = match guarded(NAME, || Ok(Session::<OnGpu>::new(work, context).run())) {
            // A GPU that fails once, for want of memory or of a compiler, is left alone.
            Err(_) => {
                device::give_up();
                None
            }
            Ok(trained) => {
                context.gpu = Gpu::Used;
                Some(trained?)
            }
        };
    }
    let trained = match trained {
        Some(trained) => trained,
        None => guarded(NAME, || Session::<OnCpu>::new(work, context).run())?,
    };
    Ok(Fit {
        model: FittedModel::Network(trained.network),
        rounds: trained.best as u32,
        visits: Settings::visits(rows.count, weights, trained.epochs),
        stopped: trained.stopped,
        watched: trained.watched,
    })
}

/// What there is to do.
#[derive(Clone, Copy)]
struct Work<'s> {
    settings: &'s Settings,
    bins: &'s Bins,
    rows: &'s Rows,
    valid: Option<&'s Rows>,
    parts: Option<&'s [u32]>,
    output: Output,
}

/// What was done.
struct Trained {
    network: Network,
    /// The epoch that it is of.
    best: usize,
    epochs: usize,
    stopped: Option<StopReason>,
    /// What it says of the watched rows, by parts.
    watched: Option<Predictions>,
}

struct Session<'s, 'c, B: AutodiffBackend> {
    work: Work<'s>,
    context: &'s mut FitContext<'c>,
    random: Random,
    device: B::Device,
    net: Net<B>,
    optimizer: OptimizerAdaptor<AdamW, Net<B>, B>,
}

impl<'s, 'c, B: AutodiffBackend> Session<'s, 'c, B> {
    fn new(work: Work<'s>, context: &'s mut FitContext<'c>) -> Self {
        let mut random = Random::new(context.seed, MLP);
        let device = B::Device::default();
        let optimizer = AdamWConfig::new()
            .with_beta_2(FORGETS)
            .with_weight_decay(work.settings.weight_decay as f32);
        Self {
            net: Net::new(
                work.settings,
                work.bins.width(),
                work.rows.outputs,
                &device,
                &mut random,
            ),
            optimizer: optimizer.init(),
            device,
            work,
            context,
            random,
        }
    }

    /// The best network.
    fn run(mut self) -> Result<Trained, FitError> {
        let settings = self.work.settings;
        let mut order: Vec<u32> = (0..self.work.rows.count as u32).collect();
        let mut best: Option<(f64, Net<B::InnerBackend>, usize)> = None;
        let mut crossed = self.work.parts.map(Crossed::new);
        let (mut stopped, mut epochs) = (None, 0);
        for epoch in 1..=settings.epochs {
            self.random.shuffle(&mut order);
            let train = match self.epoch(epoch - 1, &order)? {
                ControlFlow::Continue(loss) => loss,
                ControlFlow::Break(reason) => {
                    stopped = Some(reason);
                    break;
                }
            };
            epochs = epoch;
            let now = self.net.valid();
            let seen = match self.seen(&now)? {
                ControlFlow::Continue(seen) => seen,
                ControlFlow::Break(reason) => {
                    stopped = Some(reason);
                    break;
                }
            };
            let valid = seen.as_ref().map(Seen::mean);
            if !train.is_finite() || valid.is_some_and(|loss| !loss.is_finite()) {
                break;
            }
            if let (Some(crossed), Some(seen), Some(rows)) = (&mut crossed, &seen, self.work.valid)
            {
                crossed.epoch(rows, &seen.scores, &seen.losses);
            }
            // Without validation rows the last epoch is the best one.
            let better = |(least, ..): &(f64, _, usize)| valid.is_none_or(|v| v < *least);
            if best.as_ref().is_none_or(better) {
                best = Some((valid.unwrap_or(train), now, epoch));
            }
            let round = Round {
                round: epoch as u32,
                of: settings.epochs as u32,
                train: Some(train),
                valid,
            };
            stopped = self.context.report(round)?;
            let since = best.as_ref().map_or(0, |(_, _, at)| epoch - at);
            if stopped.is_none() && since >= settings.patience {
                stopped = Some(StopReason::EarlyStopping);
            }
            if stopped.is_some() {
                break;
            }
        }
        match (best, stopped) {
            (Some((_, net, best)), _) => {
                let mlp = net.fitted(settings.activation, self.work.output);
                let watched = crossed.zip(self.work.valid);
                Ok(Trained {
                    watched: watched.map(|(crossed, rows)| crossed.into_predictions(&mlp, rows)),
                    network: Network {
                        bins: self.work.bins.clone(),
                        mlp,
                    },
                    best,
                    epochs,
                    stopped,
                })
            }
            (None, Some(_)) => Err(FitError::NoTime),
            (None, None) => Err(FitError::Library {
                algorithm: NAME,
                reason: "the network diverged".to_owned(),
            }),
        }
    }

    /// The mean loss before each step of an epoch, or why it ended early.
    fn epoch(
        &mut self,
        epoch: usize,
        order: &[u32],
    ) -> Result<ControlFlow<StopReason, f64>, FitError> {
        let settings = self.work.settings;
        let batches = order.len().div_ceil(settings.batch);
        let steps = (batches * settings.epochs) as f64;
        let mut sum: Option<Tensor<B::InnerBackend, 1>> = None;
        for (place, rows) in order.chunks(settings.batch).enumerate() {
            if let Some(reason) = self.context.interrupted()? {
                return Ok(ControlFlow::Break(reason));
            }
            let at = (epoch * batches + place) as f64 / steps;
            let loss = self.step(rows, settings.learning_rate * schedule(at)) * rows.len() as f32;
            // Read once an epoch: a GPU that is asked after every step waits for every answer.
            sum = Some(match sum {
                Some(sum) => sum + loss,
                None => loss,
            });
        }
        let sum = sum.map_or(0.0, |sum| {
            numbers(sum.into_data()).iter().map(|v| f64::from(*v)).sum()
        });
        Ok(ControlFlow::Continue(sum / order.len() as f64))
    }

    /// One step down the gradient; gives the batch's weighted mean loss before it.
    fn step(&mut self, rows: &[u32], learning_rate: f64) -> Tensor<B::InnerBackend, 1> {
        let (settings, device) = (self.work.settings, &self.device);
        let batch = self.work.rows.batch(rows, self.work.bins);
        let weight: f32 = batch.weights.iter().sum();
        let random = &mut self.random;
        let mut drop = |values: Tensor<B, 2>| match settings.dropout > 0.0 {
            true => {
                let [rows, columns] = values.dims();
                let mask = random.mask(rows * columns, settings.dropout);
                values * matrix::<B>(mask, rows, device)
            }
            false => values,
        };
        let inputs = matrix::<B>(batch.inputs, batch.rows, device);
        let scores = self.net.forward(inputs, settings.activation, &mut drop);
        let targets = matrix::<B>(batch.targets, batch.rows, device);
        let losses = match self.work.output {
            Output::Classes => (log_softmax(scores, 1) * targets).sum_dim(1).neg(),
            Output::Value { .. } => (scores - targets).powf_scalar(2.0),
        };
        let weights = matrix::<B>(batch.weights, batch.rows, device);
        let loss = (losses * weights).sum() / weight.max(f32::MIN_POSITIVE);
        let value = loss.clone().inner();
        let gradients = GradientsParams::from_grads(loss.backward(), &self.net);
        self.net = self
            .optimizer
            .step(learning_rate, self.net.clone(), gradients);
        value
    }

    /// How the network does on the validation rows, if there are any, or why it was not looked at to the
    /// end.
    fn seen(
        &self,
        net: &Net<B::InnerBackend>,
    ) -> Result<ControlFlow<StopReason, Option<Seen>>, FitError> {
        let Some(rows) = self.work.valid else {
            return Ok(ControlFlow::Continue(None));
        };
        let mut scores = Vec::with_capacity(rows.count * rows.outputs);
        for first in (0..rows.count).step_by(BLOCK) {
            if let Some(reason) = self.context.interrupted()? {
                return Ok(ControlFlow::Break(reason));
            }
            let block: Vec<u32> = (first as u32..rows.count.min(first + BLOCK) as u32).collect();
            let batch = rows.batch(&block, self.work.bins);
            let inputs = matrix::<B::InnerBackend>(batch.inputs, batch.rows, &self.device);
            let said = net.forward(inputs, self.work.settings.activation, &mut |values| values);
            scores.extend(numbers(said.into_data()));
        }
        let losses = rows.losses(&scores, self.work.output);
        Ok(ControlFlow::Continue(Some(Seen { scores, losses })))
    }
}

/// How a network does on the validation rows.
struct Seen {
    /// Its scores, row after row.
    scores: Vec<f32>,
    /// The loss of each row.
    losses: Vec<f64>,
}

impl Seen {
    fn mean(&self) -> f64 {
        self.losses.iter().sum::<f64>() / self.losses.len() as f64
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
