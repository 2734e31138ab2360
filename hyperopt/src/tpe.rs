//! The multivariate tree-structured Parzen estimator.
//!
//! Bergstra et al. 2011, "Algorithms for Hyper-Parameter Optimization"; joint kernels as in Falkner
//! et al. 2018 (BOHB) and Watanabe 2023, "Tree-Structured Parzen Estimator: Understanding Its
//! Algorithm Components and Their Roles for Better Empirical Performance".
//!
//! Seen configurations are split into the good ones and the others. Each group is a mixture with
//! one kernel a configuration, the product of a truncated normal per number and a softened choice
//! per word. Among draws from the good mixture, the one wins whose density ratio good : others is
//! largest.
//!
//! Kernels are as wide as their group is (Scott's rule, dimension by dimension): as the good ones
//! draw together, the search does, too, and first in the dimensions that matter.

use crate::points::{Axis, Point, axes, params, points};
use crate::space::draw;
use domain::study::{Params, Space};
use rand::RngExt;

/// Draws from the good mixture that are compared.
const DRAWS: usize = 32;
/// Scored configurations before the estimator is asked at all.
pub const START: usize = 8;
/// Share of the seen configurations that are good ones, and how many these are at most.
const GOOD_SHARE: f64 = 0.15;
const MOST_GOOD: usize = 25;
/// The narrowest kernel, and the widest one.
const NARROWEST: f64 = 0.01;
const WIDEST: f64 = 0.5;
/// How much of a configuration's weight the prior has, which knows nothing.
const PRIOR: f64 = 1.0;

/// A configuration that was scored (smaller is better); one that is still open is given the worst
/// loss by the caller (the constant liar), so that parallel asks keep away from it.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The configuration.
    pub params: &'a Params,
    /// Its loss.
    pub loss: f64,
}

/// The next configuration to try. `O((DRAWS + dimensions) · seen · dimensions)`.
pub fn suggest(space: &Space, seen: &[Seen<'_>], rng: &mut impl RngExt) -> Params {
    if seen.len() < START || space.0.is_empty() {
        return draw(space, rng);
    }
    let axes = axes(space);
    let mut order: Vec<&Seen<'_>> = seen.iter().collect();
    order.sort_by(|a, b| a.loss.total_cmp(&b.loss));
    let points = points(&axes, order.iter().map(|seen| seen.params));
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "few configurations"
    )]
    let good = (GOOD_SHARE * seen.len() as f64).ceil() as usize;
    let (good, others) = points.split_at(good.clamp(1, MOST_GOOD));
    let (good, others) = (
        Mixture::new(&axes, good, true),
        Mixture::new(&axes, others, false),
    );
    let mut best: Option<(f64, Point)> = None;
    let mut logs = Vec::with_capacity(points.len());
    for _ in 0..DRAWS {
        let drawn = good.sample(rng);
        let gain = good.log_density(&drawn, &mut logs) - others.log_density(&drawn, &mut logs);
        if best.as_ref().is_none_or(|(most, _)| gain > *most) {
            best = Some((gain, drawn));
        }
    }
    best.map_or_else(|| draw(space, rng), |(_, drawn)| params(&axes, &drawn))
}

/// One kernel for each configuration, and one that knows nothing (the prior).
struct Mixture<'a> {
    axes: &'a [Axis<'a>],
    centres: &'a [Point],
    /// The logarithm of each kernel's share, the prior's last.
    shares: Vec<f64>,
    /// The width of the kernels in each dimension, and what to multiply with instead of dividing.
    widths: Vec<f64>,
    inverses: Vec<f64>,
    /// Per kernel and dimension, the logarithm of what a normal's density is divided by.
    masses: Vec<f64>,
}

impl<'a> Mixture<'a> {
    /// Of points from the best to the worst; `ranked` where the better ones count more.
    fn new(axes: &'a [Axis<'a>], centres: &'a [Point], ranked: bool) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "few configurations")]
        let count = centres.len() as f64;
        #[expect(clippy::cast_precision_loss, reason = "few configurations")]
        let weight = |place: usize| match ranked {
            true => (count + 0.5).ln() - (place as f64 + 0.5).ln(),
            false => 1.0,
        };
        let mut weights: Vec<f64> = (0..centres.len()).map(weight).collect();
        let sum: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight *= count / sum);
        #[expect(clippy::cast_precision_loss, reason = "few dimensions")]
        let scott = count.max(1.0).powf(-1.0 / (axes.len() as f64 + 4.0));
        let widths: Vec<f64> = (0..axes.len())
            .map(|axis| (scott * spread(centres, &weights, axis)).clamp(NARROWEST, WIDEST))
            .collect();
        let mut masses = Vec::with_capacity(centres.len() * axes.len());
        for centre in centres {
            masses.extend(centre.iter().zip(&widths).map(|(&middle, &width)| {
                let mass = cdf((1.0 - middle) / width) - cdf(-middle / width);
                (width * std::f64::consts::TAU.sqrt() * mass.max(1e-12)).ln()
            }));
        }
        weights.push(PRIOR);
        let shares = weights.iter().map(|weight| (weight / (count + PRIOR)).ln());
        Self {
            axes,
            centres,
            shares: shares.collect(),
            inverses: widths.iter().map(|width| 1.0 / width).collect(),
            widths,
            masses,
        }
    }

    fn sample(&self, rng: &mut impl RngExt) -> Point {
        let mut at: f64 = rng.random();
        let kernel = self.shares.iter().position(|share| {
            at -= share.exp();
            at < 0.0
        });
        let centre = kernel.and_then(|kernel| self.centres.get(kernel));
        let mut drawn = Vec::with_capacity(self.axes.len());
        for (place, axis) in self.axes.iter().enumerate() {
            let value = match axis.exists(&drawn) {
                true => {
                    let middle = centre.map_or(f64::NAN, |centre| centre[place]);
                    self.sample_one(axis, middle, self.widths[place], rng)
                }
                false => f64::NAN,
            };
            drawn.push(value);
        }
        drawn
    }

    fn sample_one(&self, axis: &Axis<'_>, middle: f64, width: f64, rng: &mut impl RngExt) -> f64 {
        match axis.choices {
            0 if middle.is_nan() => rng.random(),
            0 => truncated_normal(middle, width, rng),
            choices => {
                let stays = rng.random::<f64>() >= change(width);
                match stays && !middle.is_nan() {
                    true => middle,
                    #[expect(clippy::cast_precision_loss, reason = "few choices")]
                    false => rng.random_range(0..choices) as f64,
                }
            }
        }
    }

    fn log_density(&self, point: &[f64], logs: &mut Vec<f64>) -> f64 {
        let (count, dimensions) = (self.centres.len(), self.axes.len());
        logs.clear();
        let mut most = self.shares[count];
        for (kernel, centre) in self.centres.iter().enumerate() {
            let masses = &self.masses[kernel * dimensions..][..dimensions];
            let mut log = self.shares[kernel];
            for (place, axis) in self.axes.iter().enumerate() {
                let (value, middle) = (point[place], centre[place]);
                if value.is_nan() || middle.is_nan() {
                    continue;
                }
                log += match axis.choices {
                    0 => {
                        let z = (value - middle) * self.inverses[place];
                        -0.5 * z * z - masses[place]
                    }
                    choices => log_choice(value == middle, choices, self.widths[place]),
                };
            }
            most = most.max(log);
            logs.push(log);
        }
        // The prior's kernel has density 1 everywhere on the cube.
        let prior = (self.shares[count] - most).exp();
        // What is so far below the largest changes no digit.
        let near = logs.iter().map(|log| log - most).filter(|log| *log > -40.0);
        most + (prior + near.map(f64::exp).sum::<f64>()).ln()
    }
}

/// The standard deviation of the points in one dimension; a point of chance takes part, so that few
/// points do not look like one. Of words it is how often they differ from each other.
fn spread(points: &[Point], weights: &[f64], axis: usize) -> f64 {
    // The standard deviation of the uniform distribution.
    const CHANCE: f64 = 0.289;
    const CHANCES: f64 = 2.0;
    let known = || {
        let values = points.iter().map(|point| point[axis]);
        values.zip(weights).filter(|(value, _)| !value.is_nan())
    };
    let weight: f64 = known().map(|(_, weight)| weight).sum();
    if weight == 0.0 {
        return WIDEST;
    }
    let mean = known().map(|(value, weight)| value * weight).sum::<f64>() / weight;
    let squares: f64 = known()
        .map(|(value, weight)| (value - mean).powi(2).min(1.0) * weight)
        .sum();
    ((squares + CHANCE * CHANCE * CHANCES) / (weight + CHANCES)).sqrt()
}

/// The chance with which a word is drawn anew, given the width of a kernel.
fn change(width: f64) -> f64 {
    (2.0 * width).min(1.0)
}

/// Relative to the uniform choice, as the densities of numbers are.
fn log_choice(same: bool, choices: usize, width: f64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "few choices")]
    let choices = choices as f64;
    let change = change(width);
    let stays = if same { (1.0 - change) * choices } else { 0.0 };
    (stays + change).ln()
}

/// A draw from the normal around `middle`, cut to the unit interval.
fn truncated_normal(middle: f64, width: f64, rng: &mut impl RngExt) -> f64 {
    // At worst (middle at an end, the widest kernel) a try lands inside nearly half the time.
    for _ in 0..32 {
        let (u, v): (f64, f64) = (rng.random(), rng.random());
        let normal = (-2.0 * (1.0 - u).ln()).sqrt() * (std::f64::consts::TAU * v).cos();
        let x = middle + width * normal;
        if (0.0..=1.0).contains(&x) {
            return x;
        }
    }
    middle
}

/// The standard normal's distribution function; Abramowitz & Stegun 26.2.17, error below 7.5e-8.
fn cdf(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let poly = t
        * (0.319_381_530
            + t * (-0.356_563_782
                + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    let tail = (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt() * poly;
    if z >= 0.0 { 1.0 - tail } else { tail }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::rng;
    use domain::study::{Dimension, Distribution, ParamValue};

    fn square() -> Space {
        let side = |name: &str| Dimension {
            name: name.into(),
            distribution: Distribution::Float {
                low: -5.0,
                high: 5.0,
                log: false,
            },
            only_if: None,
        };
        Space(vec![side("x"), side("y")])
    }

    fn bowl(params: &Params) -> f64 {
        let (x, y) = (params.float("x").unwrap(), params.float("y").unwrap());
        (x - 2.0).powi(2) + (y + 1.0).powi(2)
    }

    fn best_of(trials: usize, seed: u64, guided: bool) -> f64 {
        let (space, mut tried, mut rng) = (square(), Vec::new(), rng(seed, 0));
        for _ in 0..trials {
            let seen = tried.iter().map(|params| Seen {
                params,
                loss: bowl(params),
            });
            let seen: Vec<Seen<'_>> = seen.collect();
            let params = if guided {
                suggest(&space, &seen, &mut rng)
            } else {
                draw(&space, &mut rng)
            };
            tried.push(params);
        }
        tried.iter().map(bowl).fold(f64::INFINITY, f64::min)
    }

    #[test]
    fn it_finds_a_bowl_far_better_than_chance() {
        let median = |guided: bool| {
            let mut best: Vec<f64> = (0..21).map(|seed| best_of(60, seed, guided)).collect();
            best.sort_by(f64::total_cmp);
            best[10]
        };
        let (guided, chance) = (median(true), median(false));
        assert!(guided < chance / 3.0, "guided {guided}, chance {chance}");
    }

    #[test]
    fn the_normal_distribution_function_is_right() {
        // Values of scipy.stats.norm.cdf.
        for (z, expected) in [(0.0, 0.5), (1.0, 0.841_344_746), (-2.0, 0.022_750_132)] {
            assert!((cdf(z) - expected).abs() < 1e-6);
        }
    }

    #[test]
    fn odd_histories_do_no_harm() {
        let (space, mut rng) = (square(), rng(3, 3));
        let foreign = Params::default().with("z", ParamValue::Text("?".into()));
        let seen: Vec<Seen<'_>> = (0..20)
            .map(|i| Seen {
                params: &foreign,
                loss: if i % 2 == 0 { f64::INFINITY } else { 0.0 },
            })
            .collect();
        let params = suggest(&space, &seen, &mut rng);
        assert_eq!(params.0.len(), 2);
    }
}
