//! Which models are fitted.

use domain::results::Configuration;
use domain::spec::Budget;

/// Models on a leaderboard at most.
const MAX_MODELS: usize = 12;

/// What others may cost together beside a best model that leaves nothing, as a share of its cost.
const BESIDE: f64 = 0.1;

/// The configurations to train: the best one, then the others from the quickest to the slowest,
/// so that a short budget still gives a leaderboard. In work units, the best one always stays;
/// the others stay while they fit into what it leaves, or cost little beside it: quick models to
/// compare with are worth more than the last tenth of a budget.
pub(crate) fn plan(
    chosen: &[Configuration],
    budget: Budget,
    spent: f64,
    cost: impl Fn(&Configuration) -> f64,
) -> Vec<Configuration> {
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
    models
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
            fold_visits: 0,
        }
    }

    #[test]
    fn the_best_is_always_trained_and_the_rest_if_it_fits() {
        let chosen = [configuration("a"), configuration("b"), configuration("c")];
        let cost = |c: &Configuration| if c.algorithm == "b" { 100.0 } else { 5.0 };
        let names = |budget, spent| -> Vec<String> {
            plan(&chosen, budget, spent, cost)
                .into_iter()
                .map(|c| c.algorithm)
                .collect()
        };
        assert_eq!(names(Budget::WorkUnits(10), 9.0), ["a"]);
        let quick = |c: &Configuration| if c.algorithm == "a" { 100.0 } else { 6.0 };
        let models = plan(&chosen, Budget::WorkUnits(150), 90.0, quick);
        assert_eq!(models.len(), 2, "one fits into a tenth of the best");
        assert_eq!(names(Budget::WorkUnits(20), 5.0), ["a", "c"]);
        assert_eq!(names(Budget::Seconds(1.0), 0.0), ["a", "c", "b"]);
    }
}
