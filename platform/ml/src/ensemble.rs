//! Greedy ensemble selection (Caruana, Niculescu-Mizil, Crew & Ksikes 2004) on out-of-fold
//! predictions.
//!
//! Starting with the best model, the one that helps the mean most is added again and again, with
//! repetition; how often a model was added is its weight. Choosing weights is learning, too: the
//! score that is told of the mixture is nested. In every fold the weights of the other folds are
//! used, and compared with the model that is best on the other folds. (The score of the model that is
//! best on all folds is too good for a comparison: it is the luckiest of many.) There is a mixture
//! unless it is clearly worse: over many splits of tables, those that were slightly worse in the folds
//! were better with other rows.
//!
//! A linear model of what the mixed models say ([`Stack`]) answers together with their mean, unless
//! nested validation speaks as clearly against that.
//!
//! O(models × folds) scores of at most [`MOST_ROWS_ALONE`] rows, O(steps × models × folds) of at most
//! [`MOST_ROWS`], and two of all rows.

use crate::features::{Predictions, Target};
use crate::metrics;
use crate::numbers::moments;
use crate::random::subsample;
use crate::stack::Stack;
use domain::task::Metric;

/// The name of a mixture, beside those of the registry's algorithms.
pub const NAME: &str = "ensemble";
/// The same for people.
pub const TITLE: &str = "Ensemble of models";

/// Models that are added at most, counted with repetition.
const STEPS: usize = 25;
/// Additions in a row that do not help: more hardly will.
const PATIENCE: usize = 6;
/// Standard errors of a mean over folds that a loss must be worth to count.
const CLEARLY: f64 = 2.0;
/// Models that are looked at: the best ones.
const MOST_MODELS: usize = 24;
/// Rows that weights are chosen on: more hardly change them.
const MOST_ROWS: usize = 5_000;
/// Rows that say which single models are the best.
const MOST_ROWS_ALONE: usize = 20_000;

/// What models said about rows that they had not seen, and what is true.
#[derive(Clone, Copy, Debug)]
pub struct OutOfFold<'a> {
    /// The truth.
    pub target: &'a Target,
    /// The fold of each row.
    pub fold_of: &'a [u32],
    /// Number of folds.
    pub folds: u32,
    /// The metric that decides.
    pub metric: Metric,
    /// The class that counts as positive.
    pub positive: usize,
    /// Start of chance, which draws the rows.
    pub seed: u64,
}

/// What models cost to ask, and what all together may cost.
#[derive(Clone, Copy, Debug)]
pub struct Prices<'a> {
    /// One a model.
    pub of: &'a [f64],
    /// All together, at most.
    pub most: f64,
}

impl Prices<'_> {
    /// No limit.
    pub const FREE: Self = Self {
        of: &[],
        most: f64::INFINITY,
    };

    fn of(&self, model: usize) -> f64 {
        self.of.get(model).copied().unwrap_or(0.0)
    }
}

/// A mixture of models.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    /// The weight of each model that was given; they sum to one, and most are zero.
    pub weights: Vec<f64>,
    /// What answers together with the mean of the models that have a weight.
    pub stack: Option<Stack>,
    /// Its nested score in each fold, where the metric is defined.
    pub fold_scores: Vec<Option<f64>>,
}

impl OutOfFold<'_> {
    /// The best mixture of these models' predictions for all rows, unless the folds speak clearly
    /// against it and for one of them alone. None, too, as soon as `go_on` says no.
    #[must_use]
    pub fn mixture(
        &self,
        models: &[Predictions],
        prices: Prices<'_>,
        go_on: &dyn Fn() -> bool,
    ) -> Option<Mixture> {
        if models.len() < 2 || self.folds < 2 {
            return None;
        }
        let all: Vec<u32> = (0..self.target.len() as u32).collect();
        let (mut fold_scores, mut gains) = (Vec::new(), Vec::new());
        let mut cuts = Vec::new();
        for fold in 0..self.folds {
            let (inside, outside): (Vec<u32>, Vec<u32>) = all
                .iter()
                .partition(|&&row| self.fold_of[row as usize] == fold);
            let own = self.candidates(models, prices, &outside, go_on)?;
            let weights = self.weights(models, prices, &own, &outside, go_on)?;
            let score = self.score(&mixed(models, &weights, &inside), &inside);
            let alone = self.score(&models[own[0]].take(&inside), &inside);
            if let (Some(score), Some(alone)) = (score, alone) {
                gains.push(self.metric.loss(alone) - self.metric.loss(score));
            }
            fold_scores.push(score);
            cuts.push((weights, inside, outside));
        }
        if !speaks_for(&gains) {
            return None;
        }
        let candidates = self.candidates(models, prices, &all, go_on)?;
        let weights = self.weights(models, prices, &candidates, &all, go_on)?;
        if weights.iter().filter(|weight| **weight > 0.0).count() < 2 {
            return None;
        }
        let stacked = self.stacked(models, &cuts, go_on);
        let mut stack = None;
        let gains = self.gains(&stacked, &fold_scores);
        if gains.is_some_and(|gains| speaks_for(&gains)) && go_on() {
            stack = self.stack(models, &weights, &all);
        }
        Some(Mixture {
            weights,
            fold_scores: if stack.is_some() {
                stacked
            } else {
                fold_scores
            },
            stack,
        })
    }

    /// The score of a stack in each fold, learned from the others; fewer where the time is up.
    fn stacked(
        &self,
        models: &[Predictions],
        cuts: &[(Vec<f64>, Vec<u32>, Vec<u32>)],
        go_on: &dyn Fn() -> bool,
    ) -> Vec<Option<f64>> {
        let mut scores = Vec::new();
        for (weights, inside, outside) in cuts {
            if !go_on() {
                break;
            }
            let stack = self.stack(models, weights, outside);
            let shares: Vec<f64> = used(weights);
            let parts = || parts(models, weights, inside);
            let said = stack.map(|stack| stack.predict(&parts(), &shares));
            scores.push(said.and_then(|said| self.score(&said, inside)));
        }
        scores
    }

    /// By how much each of these scores is better than its other; nothing where one is not known.
    fn gains(&self, scores: &[Option<f64>], others: &[Option<f64>]) -> Option<Vec<f64>> {
        let gain = |(a, b): (&Option<f64>, &Option<f64>)| {
            Some(self.metric.loss((*b)?) - self.metric.loss((*a)?))
        };
        let gains: Option<Vec<f64>> = scores.iter().zip(others).map(gain).collect();
        gains.filter(|gains| gains.len() == others.len())
    }

    /// A linear model of what the models with a weight said about these rows.
    fn stack(&self, models: &[Predictions], weights: &[f64], rows: &[u32]) -> Option<Stack> {
        let rows = self.drawn(rows, MOST_ROWS);
        let members = parts(models, weights, &rows);
        (members.len() > 1).then(|| Stack::fit(&members, &self.target.take(&rows), self.folds))?
    }

    /// The best few models on these rows that are not too dear, the best one first; nothing where there
    /// is none.
    fn candidates(
        &self,
        models: &[Predictions],
        prices: Prices<'_>,
        rows: &[u32],
        go_on: &dyn Fn() -> bool,
    ) -> Option<Vec<usize>> {
        let rows = self.drawn(rows, MOST_ROWS_ALONE);
        let mut order: Vec<(f64, usize)> = Vec::new();
        for (place, model) in models.iter().enumerate() {
            if !go_on() {
                return None;
            }
            if prices.of(place) > prices.most {
                continue;
            }
            let score = self.score(&model.take(&rows), &rows);
            order.extend(score.map(|score| (self.metric.loss(score), place)));
        }
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        order.truncate(MOST_MODELS);
        let places: Vec<usize> = order.into_iter().map(|(_, place)| place).collect();
        (!places.is_empty()).then_some(places)
    }

    /// Weights that serve these rows best, of models that are together not too dear.
    fn weights(
        &self,
        models: &[Predictions],
        prices: Prices<'_>,
        candidates: &[usize],
        rows: &[u32],
        go_on: &dyn Fn() -> bool,
    ) -> Option<Vec<f64>> {
        let rows = self.drawn(rows, MOST_ROWS);
        let target = self.target.take(&rows);
        let parts: Vec<Predictions> = candidates
            .iter()
            .map(|&place| models[place].take(&rows))
            .collect();
        let mut sum = vec![0.0; parts.first().map_or(0, |part| part.values.len())];
        let (mut picks, mut best) = (Vec::<usize>::new(), (f64::INFINITY, 0));
        let mut left = prices.most;
        for step in 1..=STEPS {
            if !go_on() {
                return None;
            }
            let losses = parts.iter().enumerate().map(|(place, part)| {
                if !picks.contains(&place) && prices.of(candidates[place]) > left {
                    return f64::INFINITY;
                }
                let share = 1.0 / step as f64;
                let values = sum
                    .iter()
                    .zip(&part.values)
                    .map(|(sum, value)| (sum + value) * share);
                let mean = Predictions {
                    outputs: part.outputs,
                    values: values.collect(),
                };
                let score = metrics::score(self.metric, &target, &mean, self.positive);
                score.map_or(f64::INFINITY, |score| self.metric.loss(score))
            });
            let pick = losses.enumerate().min_by(|a, b| a.1.total_cmp(&b.1));
            let Some((pick, loss)) = pick else { break };
            sum.iter_mut()
                .zip(&parts[pick].values)
                .for_each(|(sum, value)| *sum += value);
            if !picks.contains(&pick) {
                left -= prices.of(candidates[pick]);
            }
            picks.push(pick);
            if loss < best.0 {
                best = (loss, step);
            } else if step >= best.1 + PATIENCE {
                break;
            }
        }
        picks.truncate(best.1.max(1));
        let mut weights = vec![0.0; models.len()];
        let share = 1.0 / picks.len().max(1) as f64;
        for pick in picks {
            weights[candidates[pick]] += share;
        }
        Some(weights)
    }

    /// Some of these rows, by chance and with every class in its share.
    fn drawn(&self, rows: &[u32], most: usize) -> Vec<u32> {
        let drawn = subsample(&self.target.take(rows), rows.len(), most, self.seed);
        drawn.iter().map(|&place| rows[place as usize]).collect()
    }

    fn score(&self, predictions: &Predictions, rows: &[u32]) -> Option<f64> {
        let target = self.target.take(rows);
        let score = metrics::score(self.metric, &target, predictions, self.positive).ok()?;
        score.is_finite().then_some(score)
    }
}

/// Whether these gains of the folds leave it open that there is one: a mixture of models errs less with
/// other rows so often that only clear losses speak against it. Where nothing differs, there is none.
fn speaks_for(gains: &[f64]) -> bool {
    let (mean, std) = moments(gains);
    let error = std / (gains.len() as f64 - 1.0).max(1.0).sqrt();
    mean > -CLEARLY * error && gains.iter().any(|gain| *gain > 0.0)
}

/// The weights above zero.
fn used(weights: &[f64]) -> Vec<f64> {
    let used = weights.iter().copied().filter(|weight| *weight > 0.0);
    used.collect()
}

/// What each model with a weight says about these rows.
fn parts(models: &[Predictions], weights: &[f64], rows: &[u32]) -> Vec<Predictions> {
    let pairs = models.iter().zip(weights);
    let used = pairs.filter(|(_, weight)| **weight > 0.0);
    used.map(|(model, _)| model.take(rows)).collect()
}

/// The weighted mean of the models' predictions for these rows.
fn mixed(models: &[Predictions], weights: &[f64], rows: &[u32]) -> Predictions {
    let outputs = models.first().map_or(1, |model| model.outputs);
    let mut sum = Predictions::zeros(rows.len(), outputs);
    for (model, weight) in models.iter().zip(weights) {
        if *weight > 0.0 {
            sum.add(&model.take(rows), *weight);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// Models whose errors are independent of each other, and as large as told.
    fn noisy(errors: &[f64]) -> (Target, Vec<u32>, Vec<Predictions>) {
        let rows = 600;
        let mut random = Random::new(1, 0);
        let truth: Vec<f64> = (0..rows).map(|_| random.normal()).collect();
        let models = errors.iter().map(|error| Predictions {
            outputs: 1,
            values: truth
                .iter()
                .map(|value| value + error * random.normal())
                .collect(),
        });
        let models = models.collect();
        let fold_of = (0..rows).map(|row| row % 5).collect();
        (Target::Values(truth), fold_of, models)
    }

    fn mixture(target: &Target, fold_of: &[u32], models: &[Predictions]) -> Option<Mixture> {
        let known = OutOfFold {
            target,
            fold_of,
            folds: 5,
            metric: Metric::Rmse,
            positive: 1,
            seed: 0,
        };
        known.mixture(models, Prices::FREE, &|| true)
    }

    #[test]
    fn independent_errors_cancel_by_their_sizes() {
        let (target, fold_of, models) = noisy(&[1.0, 1.0, 2.0]);
        let found = mixture(&target, &fold_of, &models).unwrap();
        // The best weights are inverse to the variances: 4/9, 4/9 and 1/9.
        for (weight, best) in found.weights.iter().zip([4.0 / 9.0, 4.0 / 9.0, 1.0 / 9.0]) {
            assert!((weight - best).abs() < 0.08, "{:?}", found.weights);
        }
        // A stack knows besides how far to lean to the mean of all: 1 / (1 + 9/4) of the variance stays.
        let scores = found.fold_scores.iter().flatten();
        let mean = scores.sum::<f64>() / 5.0;
        assert!((mean - (4.0_f64 / 13.0).sqrt()).abs() < 0.05, "{mean}");
    }

    #[test]
    fn a_stack_answers_where_no_mean_can() {
        let (target, fold_of, mut models) = noisy(&[1.0, 0.9]);
        // Both err in the same way, the second one twice as much, and each a little on its own.
        let Target::Values(truth) = &target else {
            panic!()
        };
        let mut random = Random::new(3, 0);
        let common: Vec<f64> = truth.iter().map(|_| random.normal()).collect();
        for (by, model) in [(1.0, 0), (2.0, 1)] {
            let own = truth.iter().zip(&common).map(|(y, e)| (y, by * e));
            models[model].values = own.map(|(y, e)| y + e + 0.3 * random.normal()).collect();
        }
        models.push(models[0].clone());
        models[2].values = truth
            .iter()
            .zip(&common)
            .map(|(y, e)| y + e + 0.3 * random.normal())
            .collect();
        let found = mixture(&target, &fold_of, &models).unwrap();
        let mean = found.fold_scores.iter().flatten().sum::<f64>() / 5.0;
        let used = found.weights.iter().filter(|weight| **weight > 0.0).count();
        assert_eq!(found.stack.unwrap().model.columns(), Some(used));
        assert!(mean < 0.9, "{mean}");
    }

    #[test]
    fn what_is_too_dear_takes_no_part() {
        let (target, fold_of, models) = noisy(&[1.0, 1.1, 1.2, 0.5]);
        let known = OutOfFold {
            target: &target,
            fold_of: &fold_of,
            folds: 5,
            metric: Metric::Rmse,
            positive: 1,
            seed: 0,
        };
        let prices = Prices {
            of: &[3.0, 3.0, 3.0, 100.0],
            most: 7.0,
        };
        let weights = known.mixture(&models, prices, &|| true).unwrap().weights;
        let used: Vec<bool> = weights.iter().map(|weight| *weight > 0.0).collect();
        assert_eq!(used, [true, true, false, false], "{weights:?}");
        let prices = Prices {
            most: 4.0,
            ..prices
        };
        let none = known.mixture(&models, prices, &|| true);
        assert_eq!(none, None, "one alone is no mixture");
    }

    #[test]
    fn what_adds_nothing_is_left_alone() {
        let (target, fold_of, mut models) = noisy(&[0.5, 5.0]);
        assert_eq!(mixture(&target, &fold_of, &models[..1]), None);
        models[1] = models[0].clone();
        assert_eq!(mixture(&target, &fold_of, &models), None);
    }

    #[test]
    fn the_score_that_is_told_is_nested() {
        // Forty models of nearly pure noise: what is best in hindsight looks better than it is.
        let (target, fold_of, models) = noisy(&[30.0; 40]);
        let found = mixture(&target, &fold_of, &models).unwrap();
        let mean = found.fold_scores.iter().flatten().sum::<f64>() / 5.0;
        let stack = found.stack.unwrap();
        let seen = (0..5).map(|fold| {
            let rows: Vec<u32> = (0..600).filter(|row| row % 5 == fold).collect();
            let seen = stack.predict(
                &parts(&models, &found.weights, &rows),
                &used(&found.weights),
            );
            metrics::score(Metric::Rmse, &target.take(&rows), &seen, 1).unwrap()
        });
        let hindsight = seen.sum::<f64>() / 5.0;
        assert!(hindsight < mean, "{hindsight} {mean}");
    }
}
