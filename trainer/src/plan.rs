//! Which models are fitted, and how often.

use domain::results::{Configuration, Optimised};
use domain::spec::Budget;

/// Models on a leaderboard at most.
const MAX_MODELS: usize = 12;

/// What others may cost together beside a best model that leaves nothing, as a share of its cost.
const BESIDE: f64 = 0.1;

/// Fits of a model at most, over all cuts of the rows: more hardly change a mean.
const MOST_FITS: u32 = 25;

/// Share of what is left that other cuts may take: estimates are only that.
const CAUTION: f64 = 0.6;

/// A configuration with the number that its folds are known by.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Numbered {
    pub number: u32,
    pub configuration: Configuration,
}

/// What is fitted.
#[derive(Clone, Debug)]
pub(crate) struct Models {
    /// Those of the leaderboard, in the order in which they are fitted.
    pub leaders: Vec<Numbered>,
    /// Those that may only become a part of a mixture, best first.
    pub others: Vec<Numbered>,
    /// Work units for other cuts; without end where seconds count.
    units: f64,
    folds: u32,
}

/// What other cuts may take.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Left {
    /// So long.
    Seconds(f64),
    /// What the trials and the other folds leave.
    Units,
}

impl Models {
    /// The same whenever it is asked.
    pub fn of(optimised: &Optimised, budget: Budget, folds: u32) -> Self {
        let cost = |known: &Configuration| units(known, folds.saturating_sub(known.kept_folds));
        let (leaders, left) = leaders(&optimised.chosen, budget, optimised.work_units, cost);
        let mut numbered = (0..)
            .zip(leaders.into_iter().chain(optimised.others.clone()))
            .map(|(number, configuration)| Numbered {
                number,
                configuration,
            });
        let others = optimised.others.len();
        let mut all: Vec<Numbered> = numbered.by_ref().collect();
        let others = all.split_off(all.len() - others);
        if let Budget::WorkUnits(_) = budget {
            // Everything will be trained: the longest first, so that workers end together.
            let cost = |model: &Numbered| cost(&model.configuration);
            all.sort_by(|a, b| cost(b).total_cmp(&cost(a)));
        }
        Self {
            leaders: all,
            others,
            units: left,
            folds,
        }
    }

    /// The folds that no trial has kept, model by model.
    pub fn missing(&self) -> impl Iterator<Item = (&Numbered, u32)> {
        let folds = |model| (self.kept(model)..self.folds).map(move |fold| (model, fold));
        self.leaders.iter().flat_map(folds)
    }

    fn kept(&self, model: &Numbered) -> u32 {
        let known = &model.configuration;
        known.kept.as_ref().map_or(0, |_| known.kept_folds)
    }

    /// What is fitted on other cuts of the rows, with the number of the cut: every model once before
    /// any is twice, the best first, as long as it fits into what is left.
    pub fn again(&self, left: Left) -> Vec<(u32, &Numbered)> {
        let missing = self.missing().map(|(model, _)| self.cost(model, left));
        let first = missing.sum::<f64>() / f64::from(self.folds.max(1));
        let mut left_over = CAUTION
            * match left {
                Left::Seconds(seconds) => seconds - first,
                Left::Units => self.units,
            };
        let mut models: Vec<&Numbered> = self.leaders.iter().chain(&self.others).collect();
        models.retain(|model| self.kept(model) >= self.folds);
        models.sort_by_key(|model| {
            let others = model.number as usize >= self.leaders.len();
            (others, model.number)
        });
        let mut again = Vec::new();
        for cut in 1..MOST_FITS / self.folds.max(1) {
            for model in &models {
                let cost = self.cost(model, left);
                if cost > left_over {
                    return again;
                }
                left_over -= cost;
                again.push((cut, *model));
            }
        }
        again
    }

    fn cost(&self, model: &Numbered, left: Left) -> f64 {
        match left {
            Left::Seconds(_) => model.configuration.fold_seconds * f64::from(self.folds),
            Left::Units => units(&model.configuration, self.folds),
        }
    }
}

/// A trial of the same configuration tells what its fits cost; early stopping made most of them
/// cheaper than any formula knows beforehand.
fn units(configuration: &Configuration, folds: u32) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let visits = configuration.fold_visits as f64;
    visits * f64::from(folds) / 1e6
}

/// The configurations to train: the best one, then the others from the quickest to the slowest,
/// so that a short budget still gives a leaderboard; and what that leaves. In work units, the best
/// one always stays; the others stay while they fit into what it leaves, or cost little beside it:
/// quick models to compare with are worth more than the last tenth of a budget.
fn leaders(
    chosen: &[Configuration],
    budget: Budget,
    spent: f64,
    cost: impl Fn(&Configuration) -> f64,
) -> (Vec<Configuration>, f64) {
    let mut left = match budget {
        #[expect(clippy::cast_precision_loss, reason = "a share needs no more")]
        Budget::WorkUnits(units) => units as f64 - spent,
        Budget::Seconds(_) => f64::INFINITY,
    };
    let mut models = Vec::new();
    let mut order: Vec<&Configuration> = chosen.iter().take(MAX_MODELS).collect();
    if let Some(others) = order.get_mut(1..) {
        others.sort_by(|a, b| cost(a).total_cmp(&cost(b)));
    }
    for configuration in order {
        let cost = cost(configuration);
        if models.is_empty() {
            left = (left - cost).max(cost * BESIDE);
        } else if cost <= left {
            left -= cost;
        } else {
            continue;
        }
        models.push(configuration.clone());
    }
    (models, left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::study::Params;

    fn configuration(name: &str) -> Configuration {
        Configuration {
            algorithm: name.into(),
            params: Params::default(),
            trial: 0,
            score: 0.9,
            fold_seconds: 1.0,
            fold_visits: 1_000_000,
            kept: None,
            kept_folds: 0,
        }
    }

    #[test]
    fn the_best_is_always_trained_and_the_rest_if_it_fits() {
        let chosen = [configuration("a"), configuration("b"), configuration("c")];
        let cost = |c: &Configuration| if c.algorithm == "b" { 100.0 } else { 5.0 };
        let names = |budget, spent| -> Vec<String> {
            leaders(&chosen, budget, spent, cost)
                .0
                .into_iter()
                .map(|c| c.algorithm)
                .collect()
        };
        assert_eq!(names(Budget::WorkUnits(10), 9.0), ["a"]);
        let quick = |c: &Configuration| if c.algorithm == "a" { 100.0 } else { 6.0 };
        let (models, _) = leaders(&chosen, Budget::WorkUnits(150), 90.0, quick);
        assert_eq!(models.len(), 2, "one fits into a tenth of the best");
        assert_eq!(names(Budget::WorkUnits(20), 5.0), ["a", "c"]);
        assert_eq!(names(Budget::Seconds(1.0), 0.0), ["a", "c", "b"]);
    }

    fn optimised() -> Optimised {
        let kept = |name: &str| Configuration {
            kept: Some(format!("{name}/folds")),
            kept_folds: 5,
            ..configuration(name)
        };
        Optimised {
            chosen: vec![kept("a"), configuration("b")],
            others: vec![kept("a, too")],
            trials: 3,
            work_units: 20.0,
        }
    }

    #[test]
    fn what_a_trial_kept_is_not_fitted_again() {
        let models = Models::of(&optimised(), Budget::Seconds(60.0), 5);
        let missing: Vec<(u32, u32)> = models.missing().map(|(m, fold)| (m.number, fold)).collect();
        assert_eq!(missing, [(1, 0), (1, 1), (1, 2), (1, 3), (1, 4)]);
        let mut cut = optimised();
        cut.chosen[0].kept_folds = 3;
        let models = Models::of(&cut, Budget::Seconds(60.0), 5);
        let missing: Vec<(u32, u32)> = models.missing().map(|(m, fold)| (m.number, fold)).collect();
        assert_eq!(missing[..2], [(0, 3), (0, 4)], "a trial that was cut");
        assert_eq!(models.others[0].number, 2);
    }

    #[test]
    fn time_that_is_left_goes_to_other_cuts_best_first() {
        let models = Models::of(&optimised(), Budget::Seconds(60.0), 5);
        let again = |left| -> Vec<(u32, u32)> {
            let again = models.again(left).into_iter();
            again.map(|(cut, model)| (cut, model.number)).collect()
        };
        // A cut of a model takes five seconds, and so do the folds of the one that was not kept.
        assert_eq!(again(Left::Seconds(5.0)), []);
        assert_eq!(again(Left::Seconds(14.0)), [(1, 0)]);
        assert_eq!(again(Left::Seconds(32.0)), [(1, 0), (1, 2), (2, 0)]);
        assert_eq!(
            again(Left::Seconds(1e6)).len(),
            8,
            "four cuts of two models"
        );
        let units = Models::of(&optimised(), Budget::WorkUnits(45), 5);
        // 45 less 20 of trials and 5 of the model that was not kept.
        let again = units.again(Left::Units).len();
        assert_eq!(again, 2, "of 20 units, with caution");
    }
}
