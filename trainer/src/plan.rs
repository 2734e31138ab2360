//! Which models are fitted, and how often.

use crate::train::Told;
use domain::results::{Configuration, Optimised};
use domain::spec::Budget;
use folds::Spare;

/// Models on a leaderboard at most.
const MAX_MODELS: usize = 12;

/// What others may cost together beside a best model that leaves nothing, as a share of its cost.
const BESIDE: f64 = 0.1;

/// Fits of a model at most, over all cuts of the rows: more hardly change a mean.
pub(crate) const MOST_FITS: u32 = 25;

/// What is fitted, best first. The number of a configuration's trial is that of its folds, too.
#[derive(Clone, Debug)]
pub(crate) struct Models {
    /// Those of the leaderboard.
    pub leaders: Vec<Configuration>,
    /// Those that may only become a part of a mixture.
    pub others: Vec<Configuration>,
    budget: Budget,
    folds: u32,
}

impl Models {
    /// The same whenever it is asked.
    pub fn of(optimised: &Optimised, budget: Budget, folds: u32) -> Self {
        let cost = |known: &Configuration| cost(known, folds);
        Self {
            leaders: leaders(&optimised.chosen, budget, optimised.work_units, cost),
            others: optimised.others.clone(),
            budget,
            folds,
        }
    }

    /// The folds that no trial has kept, model by model. Where seconds count, the best model comes
    /// first and then the quickest, so that a short budget still gives a leaderboard; in work units
    /// all will be fitted, and the longest come first, so that workers end together.
    pub fn missing(&self) -> Vec<(&Configuration, u32)> {
        let mut order: Vec<&Configuration> = self.leaders.iter().collect();
        let cost = |known: &Configuration| cost(known, self.folds);
        match self.budget {
            Budget::Seconds(_) => quickest_after_first(&mut order, cost),
            Budget::WorkUnits(_) => order.sort_by(|a, b| cost(b).total_cmp(&cost(a))),
        }
        let folds = |model: &Configuration| model.kept_folds()..self.folds;
        let each = |model| folds(model).map(move |fold| (model, fold));
        order.into_iter().flat_map(each).collect()
    }

    /// Work units of the jobs that were told of, as their trials told their cost.
    pub fn work_units(&self, told: &[Told]) -> f64 {
        let known = self.leaders.iter().chain(&self.others);
        let units = |fold: &Told| {
            let of = known.clone().find(|model| model.trial == fold.task.model);
            of.map_or(0.0, |model| {
                Spare::Units(0.0).fold(model) * f64::from(fold.task.folds.max(1))
            })
        };
        told.iter().filter(|fold| fold.is_fitted()).map(units).sum()
    }

    /// What is fitted on other cuts of the rows, with the number of the cut: every model once before
    /// any is twice, as long as it fits into what the missing folds leave.
    pub fn again(&self, spare: Spare) -> Vec<(u32, &Configuration)> {
        let missing = self.missing();
        let missing: f64 = missing.iter().map(|(model, _)| spare.fold(model)).sum();
        let mut left = spare.less(missing).amount();
        let mut models: Vec<&Configuration> = self.leaders.iter().chain(&self.others).collect();
        models.retain(|model| model.kept_folds() >= self.folds);
        let mut again = Vec::new();
        for cut in 1..MOST_FITS / self.folds.max(1) {
            for model in &models {
                let cost = spare.fold(model) * f64::from(self.folds);
                if cost > left {
                    return again;
                }
                left -= cost;
                again.push((cut, *model));
            }
        }
        again
    }
}

/// Work units of the folds that no trial has kept.
fn cost(known: &Configuration, folds: u32) -> f64 {
    let missing = folds.saturating_sub(known.kept_folds());
    Spare::Units(0.0).fold(known) * f64::from(missing)
}

fn quickest_after_first(order: &mut [&Configuration], cost: impl Fn(&Configuration) -> f64) {
    if let Some(others) = order.get_mut(1..) {
        others.sort_by(|a, b| cost(a).total_cmp(&cost(b)));
    }
}

/// The configurations to train. In work units, the best one always stays; the others stay while they
/// fit into what it leaves, or cost little beside it: quick models to compare with are worth more
/// than the last tenth of a budget.
fn leaders(
    chosen: &[Configuration],
    budget: Budget,
    spent: f64,
    cost: impl Fn(&Configuration) -> f64,
) -> Vec<Configuration> {
    let chosen = chosen.iter().take(MAX_MODELS);
    let Budget::WorkUnits(units) = budget else {
        return chosen.cloned().collect();
    };
    let mut order: Vec<&Configuration> = chosen.clone().collect();
    quickest_after_first(&mut order, &cost);
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more")]
    let mut left = units as f64 - spent;
    let mut stay = Vec::new();
    for known in order {
        let cost = cost(known);
        if stay.is_empty() {
            left = (left - cost).max(cost * BESIDE);
        } else if cost <= left {
            left -= cost;
        } else {
            continue;
        }
        stay.push(known.trial);
    }
    let stays = |known: &&Configuration| stay.contains(&known.trial);
    chosen.filter(stays).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::results::KeptFolds;
    use domain::study::Params;

    fn configuration(trial: u32) -> Configuration {
        Configuration {
            algorithm: format!("algorithm {trial}"),
            params: Params::default(),
            trial,
            score: 0.9,
            fold_seconds: 1.0,
            fold_visits: 1_000_000,
            kept: None,
        }
    }

    fn kept(trial: u32, folds: u32) -> Configuration {
        let file = format!("{trial}/folds");
        Configuration {
            kept: Some(KeptFolds { file, folds }),
            ..configuration(trial)
        }
    }

    #[test]
    fn the_best_is_always_trained_and_the_rest_if_it_fits() {
        let chosen = [configuration(7), configuration(2), configuration(5)];
        let trials = |budget, spent, costs: [f64; 3]| -> Vec<u32> {
            let cost = |known: &Configuration| match known.trial {
                7 => costs[0],
                2 => costs[1],
                _ => costs[2],
            };
            let leaders = leaders(&chosen, budget, spent, cost);
            leaders.iter().map(|known| known.trial).collect()
        };
        let slow = [5.0, 100.0, 5.0];
        assert_eq!(trials(Budget::WorkUnits(10), 9.0, slow), [7]);
        assert_eq!(trials(Budget::WorkUnits(20), 5.0, slow), [7, 5]);
        assert_eq!(trials(Budget::Seconds(1.0), 0.0, slow), [7, 2, 5]);
        let beside = trials(Budget::WorkUnits(150), 90.0, [100.0, 6.0, 6.0]);
        assert_eq!(beside, [7, 2], "one fits into a tenth of the best");
    }

    #[test]
    fn the_best_is_fitted_first_or_the_longest() {
        let long = Configuration {
            fold_visits: 9_000_000,
            ..configuration(3)
        };
        let optimised = Optimised {
            chosen: vec![configuration(1), long, configuration(2)],
            others: Vec::new(),
            trials: 3,
            work_units: 0.0,
        };
        let order = |budget| -> Vec<u32> {
            let models = Models::of(&optimised, budget, 1);
            let missing = models.missing().into_iter();
            missing.map(|(model, _)| model.trial).collect()
        };
        assert_eq!(order(Budget::Seconds(60.0)), [1, 2, 3]);
        assert_eq!(order(Budget::WorkUnits(100)), [3, 1, 2]);
    }

    fn optimised() -> Optimised {
        Optimised {
            chosen: vec![kept(4, 5), configuration(1)],
            others: vec![kept(2, 5)],
            trials: 3,
            work_units: 20.0,
        }
    }

    #[test]
    fn what_a_trial_kept_is_not_fitted_again() {
        let missing = |optimised: &Optimised| -> Vec<(u32, u32)> {
            let models = Models::of(optimised, Budget::Seconds(60.0), 5);
            let missing = models.missing().into_iter();
            missing.map(|(model, fold)| (model.trial, fold)).collect()
        };
        assert_eq!(
            missing(&optimised()),
            [(1, 0), (1, 1), (1, 2), (1, 3), (1, 4)]
        );
        let mut cut = optimised();
        cut.chosen[0] = kept(4, 3);
        assert_eq!(missing(&cut)[..2], [(4, 3), (4, 4)], "a trial that was cut");
    }

    #[test]
    fn time_that_is_left_goes_to_other_cuts_best_first() {
        let models = Models::of(&optimised(), Budget::Seconds(60.0), 5);
        let again = |spare| -> Vec<(u32, u32)> {
            let again = models.again(spare).into_iter();
            again.map(|(cut, model)| (cut, model.trial)).collect()
        };
        // A cut of a model takes five seconds, and so do the folds of the one that was not kept.
        assert_eq!(again(Spare::Seconds(5.0)), []);
        assert_eq!(again(Spare::Seconds(14.0)), [(1, 4)]);
        assert_eq!(again(Spare::Seconds(32.0)), [(1, 4), (1, 2), (2, 4)]);
        let all = again(Spare::Seconds(1e6)).len();
        assert_eq!(all, 8, "four cuts of two models");
        // 20 units, less 5 of the model that was not kept, with caution.
        assert_eq!(again(Spare::Units(20.0)), [(1, 4)]);
    }
}
