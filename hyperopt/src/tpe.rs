//! The multivariate tree-structured Parzen estimator.
//!
//! Bergstra et al. 2011, "Algorithms for Hyper-Parameter Optimization"; the joint kernels and
//! bandwidths follow Falkner et al. 2018 (BOHB) and Watanabe 2023, "Tree-Structured Parzen
//! Estimator: Understanding Its Algorithm Components".
//!
//! Seen configurations are split into the good ones and the others. Each group is a mixture with
//! one kernel a configuration, the product of a truncated normal per number and a softened choice
//! per word. Among draws from the good mixture, the one wins whose density ratio good : others is
//! largest.

use crate::space::{draw, exists, from_unit, to_unit};
use domain::study::{Dimension, Distribution, ParamValue, Params, Space};
use rand::RngExt;

/// Draws from the good mixture that are compared.
const DRAWS: usize = 24;
/// Scored configurations before the estimator is asked at all.
pub const START: usize = 8;
/// Good ones at most.
const MOST_GOOD: usize = 25;

/// A configuration that was scored (smaller is better); one that is still open is given the worst
/// loss by the caller (the constant liar), so that parallel asks keep away from it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The configuration.
    pub params: Params,
    /// Its loss.
    pub loss: f64,
}

/// The next configuration to try. `O(DRAWS · seen · dimensions)`.
pub fn suggest(space: &Space, seen: &[Seen], rng: &mut impl RngExt) -> Params {
    if seen.len() < START || space.0.is_empty() {
        return draw(space, rng);
    }
    let mut order: Vec<&Seen> = seen.iter().collect();
    order.sort_by(|a, b| a.loss.total_cmp(&b.loss));
    let good = seen.len().div_ceil(10).clamp(1, MOST_GOOD);
    let (good, others) = order.split_at(good);
    let (good, others) = (Mixture::new(space, good), Mixture::new(space, others));
    let mut best: Option<(f64, Params)> = None;
    for _ in 0..DRAWS {
        let params = good.sample(rng);
        let gain = good.log_density(&params) - others.log_density(&params);
        if best.as_ref().is_none_or(|(most, _)| gain > *most) {
            best = Some((gain, params));
        }
    }
    best.map_or_else(|| draw(space, rng), |(_, params)| params)
}

/// One kernel for each configuration, and one that knows nothing (the prior).
struct Mixture<'a> {
    space: &'a Space,
    centres: Vec<&'a Params>,
    width: f64,
}

impl<'a> Mixture<'a> {
    fn new(space: &'a Space, seen: &[&'a Seen]) -> Self {
        let centres: Vec<&Params> = seen.iter().map(|seen| &seen.params).collect();
        #[expect(
            clippy::cast_precision_loss,
            reason = "few dimensions, few configurations"
        )]
        let (n, d) = (centres.len() as f64, space.0.len() as f64);
        // Scott's rule on the unit cube, never so narrow that neighbours are out of reach.
        let width = (0.2 * n.powf(-1.0 / (d + 4.0))).clamp(0.02, 0.5);
        Self {
            space,
            centres,
            width,
        }
    }

    fn sample(&self, rng: &mut impl RngExt) -> Params {
        let kernel = rng.random_range(0..=self.centres.len());
        let Some(centre) = self.centres.get(kernel) else {
            return draw(self.space, rng);
        };
        let mut params = Params::default();
        for dimension in &self.space.0 {
            if exists(dimension, &params) {
                let value = self.sample_one(dimension, centre, rng);
                params = params.with(&dimension.name, value);
            }
        }
        params
    }

    fn sample_one(
        &self,
        dimension: &Dimension,
        centre: &Params,
        rng: &mut impl RngExt,
    ) -> ParamValue {
        let at = centre.0.get(&dimension.name);
        let distribution = &dimension.distribution;
        match (distribution, at) {
            (Distribution::Categorical { choices }, Some(at)) => {
                let stay: f64 = rng.random();
                let known = choices.contains(at);
                if known && stay >= self.width / 2.0 {
                    at.clone()
                } else {
                    from_unit(distribution, rng.random())
                }
            }
            (_, Some(at)) => match to_unit(distribution, at) {
                Some(middle) => from_unit(distribution, truncated_normal(middle, self.width, rng)),
                None => from_unit(distribution, rng.random()),
            },
            (_, None) => from_unit(distribution, rng.random()),
        }
    }

    fn log_density(&self, params: &Params) -> f64 {
        // The prior's kernel has density 1 everywhere on the cube.
        let mut logs = vec![0.0];
        logs.extend(
            self.centres
                .iter()
                .map(|centre| self.log_kernel(params, centre)),
        );
        let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = logs.iter().map(|log| (log - most).exp()).sum();
        #[expect(clippy::cast_precision_loss, reason = "few configurations")]
        let kernels = logs.len() as f64;
        most + sum.ln() - kernels.ln()
    }

    fn log_kernel(&self, params: &Params, centre: &Params) -> f64 {
        let mut log = 0.0;
        for dimension in &self.space.0 {
            let (value, at) = (params.0.get(&dimension.name), centre.0.get(&dimension.name));
            let (Some(value), Some(at)) = (value, at) else {
                continue;
            };
            log += match &dimension.distribution {
                Distribution::Categorical { choices } => {
                    #[expect(clippy::cast_precision_loss, reason = "few choices")]
                    let spread = self.width / 2.0 / choices.len().max(1) as f64;
                    // Densities are relative to the uniform choice, as those of numbers are.
                    #[expect(clippy::cast_precision_loss, reason = "few choices")]
                    let scale = choices.len().max(1) as f64;
                    let stays = if value == at {
                        1.0 - self.width / 2.0
                    } else {
                        0.0
                    };
                    ((stays + spread) * scale).ln()
                }
                numeric => match (to_unit(numeric, value), to_unit(numeric, at)) {
                    (Some(x), Some(middle)) => log_truncated_normal(x, middle, self.width),
                    _ => 0.0,
                },
            };
        }
        log
    }
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

fn log_truncated_normal(x: f64, middle: f64, width: f64) -> f64 {
    let z = (x - middle) / width;
    let mass = cdf((1.0 - middle) / width) - cdf(-middle / width);
    -0.5 * z * z - (width * (std::f64::consts::TAU).sqrt()).ln() - mass.max(1e-12).ln()
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
        let (space, mut seen, mut rng) = (square(), Vec::new(), rng(seed, 0));
        for _ in 0..trials {
            let params = if guided {
                suggest(&space, &seen, &mut rng)
            } else {
                draw(&space, &mut rng)
            };
            seen.push(Seen {
                loss: bowl(&params),
                params,
            });
        }
        seen.iter()
            .map(|seen| seen.loss)
            .fold(f64::INFINITY, f64::min)
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
        let seen: Vec<Seen> = (0..20)
            .map(|i| Seen {
                params: foreign.clone(),
                loss: if i % 2 == 0 { f64::INFINITY } else { 0.0 },
            })
            .collect();
        let params = suggest(&space, &seen, &mut rng);
        assert_eq!(params.0.len(), 2);
    }
}
