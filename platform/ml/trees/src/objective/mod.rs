//! Losses: what each demands of its targets, where it starts, its derivatives and its value.

mod classify;
mod link;
mod quantile;
mod regress;

use serde::{Deserialize, Serialize};

pub use link::Link;
pub(crate) use quantile::weighted_quantile;

use crate::dataset::Dataset;
use crate::error::{Error, ParamError};
use crate::gradient::Gradients;
use crate::parallel::{ROW_CHUNK, map_range};

/// The loss that boosting minimises (Friedman 2001).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Objective {
    /// Logistic loss; targets 0 and 1; predicts the probability of 1.
    Binary,
    /// Softmax loss; targets `0..classes`; predicts a probability per class.
    Multiclass {
        /// Number of classes, at least 2.
        classes: u32,
    },
    /// Squared error; predicts the mean.
    Squared,
    /// Absolute error; predicts the median.
    Absolute,
    /// Pinball loss; predicts the quantile.
    Quantile {
        /// The quantile, between 0 and 1.
        alpha: f64,
    },
    /// Poisson deviance with logarithmic link; targets not negative.
    Poisson,
    /// Tweedie deviance with logarithmic link; targets not negative.
    Tweedie {
        /// Variance power, between 1 and 2.
        power: f64,
    },
}

/// Raw scores by output, then row.
pub(crate) type Scores = Vec<Vec<f64>>;

impl Objective {
    /// Checks the loss's own parameters.
    pub fn validate(&self) -> Result<(), ParamError> {
        match *self {
            Self::Multiclass { classes } => ParamError::unless(
                (2..=1 << 16).contains(&classes),
                "classes",
                classes,
                "from 2 to 65536",
            ),
            Self::Quantile { alpha } => {
                let fits = alpha > 0.0 && alpha < 1.0;
                ParamError::unless(fits, "alpha", alpha, "between 0 and 1")
            }
            Self::Tweedie { power } => {
                let fits = power > 1.0 && power < 2.0;
                ParamError::unless(fits, "power", power, "between 1 and 2")
            }
            _ => Ok(()),
        }
    }

    /// Scores per row, and trees per round.
    pub fn n_outputs(&self) -> usize {
        match *self {
            Self::Multiclass { classes } => classes as usize,
            _ => 1,
        }
    }

    /// How scores become predictions.
    pub fn link(&self) -> Link {
        match self {
            Self::Binary => Link::Logit,
            Self::Multiclass { .. } => Link::Softmax,
            Self::Poisson | Self::Tweedie { .. } => Link::Log,
            Self::Squared | Self::Absolute | Self::Quantile { .. } => Link::Identity,
        }
    }

    /// The quantile of the residuals that leaves must hold, for losses whose hessian is no guide.
    pub(crate) fn renewal(&self) -> Option<f64> {
        match *self {
            Self::Absolute => Some(0.5),
            Self::Quantile { alpha } => Some(alpha),
            _ => None,
        }
    }

    /// Refuses targets the loss is not defined for.
    pub(crate) fn check(&self, data: &Dataset) -> Result<(), Error> {
        let (fits, allowed): (Box<dyn Fn(f64) -> bool>, String) = match *self {
            Self::Binary => (Box::new(|y| y == 0.0 || y == 1.0), "0 or 1".into()),
            Self::Multiclass { classes } => (
                Box::new(move |y| y >= 0.0 && y < f64::from(classes) && y.fract() == 0.0),
                format!("a class number from 0 to {}", classes - 1),
            ),
            Self::Poisson | Self::Tweedie { .. } => {
                (Box::new(|y| y >= 0.0), "zero or positive".into())
            }
            _ => return Ok(()),
        };
        match data.target.iter().position(|&y| !fits(y)) {
            None => Ok(()),
            Some(row) => Err(Error::Target {
                row,
                value: data.target[row],
                allowed,
            }),
        }
    }

    /// The best constant scores.
    pub(crate) fn init(&self, data: &Dataset) -> Vec<f64> {
        match *self {
            Self::Binary => vec![classify::log_odds(data)],
            Self::Multiclass { classes } => classify::log_priors(data, classes as usize),
            Self::Squared => vec![data.mean()],
            Self::Poisson | Self::Tweedie { .. } => vec![data.mean().max(1e-12).ln()],
            Self::Absolute | Self::Quantile { .. } => {
                let mut pairs: Vec<(f64, f64)> = (0..data.rows())
                    .map(|row| (data.target[row], data.weight(row)))
                    .collect();
                vec![weighted_quantile(&mut pairs, self.renewal().unwrap_or(0.5))]
            }
        }
    }

    /// Gradients and hessians of one output. `norm` is [`Objective::normalizers`]' result for
    /// the scores at the start of the round. `false` when they are not finite.
    pub(crate) fn gradients(
        &self,
        threads: usize,
        output: usize,
        data: &Dataset,
        scores: &Scores,
        norm: &[f64],
        into: &mut Gradients,
    ) -> bool {
        let (y, s) = (data.target, &scores[output][..]);
        let rows = data.rows();
        let weigh = |row: usize, (g, h): (f64, f64)| {
            let w = data.weight(row);
            (w * g, w * h)
        };
        match *self {
            Self::Binary => into.fill(threads, rows, |r| weigh(r, classify::logistic(y[r], s[r]))),
            Self::Multiclass { classes } => into.fill(threads, rows, |r| {
                let hit = y[r] == output as f64;
                weigh(
                    r,
                    classify::softmax(hit, s[r] - norm[r], f64::from(classes)),
                )
            }),
            Self::Squared => into.fill(threads, rows, |r| weigh(r, (s[r] - y[r], 1.0))),
            Self::Absolute => into.fill(threads, rows, |r| weigh(r, regress::absolute(y[r], s[r]))),
            Self::Quantile { alpha } => into.fill(threads, rows, |r| {
                weigh(r, regress::pinball(y[r], s[r], alpha))
            }),
            Self::Poisson => into.fill(threads, rows, |r| weigh(r, regress::poisson(y[r], s[r]))),
            Self::Tweedie { power } => into.fill(threads, rows, |r| {
                weigh(r, regress::tweedie(y[r], s[r], power))
            }),
        }
    }

    /// Per row the logarithm of Σ exp(score), for softmax; nothing for other losses. Kept apart
    /// so that the classes' trees of one round can be grown one by one from the same scores.
    pub(crate) fn normalizers(&self, threads: usize, scores: &Scores, norm: &mut Vec<f64>) {
        if !matches!(self, Self::Multiclass { .. }) {
            return;
        }
        norm.resize(scores[0].len(), 0.0);
        crate::parallel::map_chunks(threads, norm, ROW_CHUNK, |first, chunk| {
            for (offset, slot) in chunk.iter_mut().enumerate() {
                *slot = classify::log_sum_exp(scores.iter().map(|s| s[first + offset]));
            }
        });
    }

    /// Weighted mean loss of raw scores.
    pub(crate) fn loss(&self, threads: usize, data: &Dataset, scores: &Scores) -> f64 {
        let chunks = data.rows().div_ceil(ROW_CHUNK);
        let sums = map_range(threads, 0..chunks, |chunk| {
            let (mut loss, mut weight) = (0.0, 0.0);
            for row in chunk * ROW_CHUNK..((chunk + 1) * ROW_CHUNK).min(data.rows()) {
                let w = data.weight(row);
                loss += w * self.row_loss(data.target[row], scores, row);
                weight += w;
            }
            (loss, weight)
        });
        let total = sums.iter().fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
        total.0 / total.1
    }

    /// The sums of weighted losses of so many parts, `parts` by row.
    pub(crate) fn losses(
        &self,
        threads: usize,
        data: &Dataset,
        scores: &Scores,
        (parts, count): (&[u32], usize),
    ) -> Vec<f64> {
        let chunks = data.rows().div_ceil(ROW_CHUNK);
        let sums = map_range(threads, 0..chunks, |chunk| {
            let mut sums = vec![0.0; count];
            for row in chunk * ROW_CHUNK..((chunk + 1) * ROW_CHUNK).min(data.rows()) {
                let loss = self.row_loss(data.target[row], scores, row);
                sums[parts[row] as usize] += data.weight(row) * loss;
            }
            sums
        });
        sums.into_iter().fold(vec![0.0; count], |mut all, sums| {
            all.iter_mut().zip(sums).for_each(|(all, sum)| *all += sum);
            all
        })
    }

    fn row_loss(&self, y: f64, scores: &Scores, row: usize) -> f64 {
        let s = scores[0][row];
        match *self {
            Self::Binary => classify::logistic_loss(y, s),
            Self::Multiclass { .. } => {
                classify::log_sum_exp(scores.iter().map(|s| s[row])) - scores[y as usize][row]
            }
            Self::Squared => (s - y) * (s - y),
            Self::Absolute => (s - y).abs(),
            Self::Quantile { alpha } => regress::pinball_loss(y, s, alpha),
            Self::Poisson => regress::poisson_loss(y, s),
            Self::Tweedie { power } => regress::tweedie_loss(y, s, power),
        }
    }
}

#[cfg(test)]
mod tests;
