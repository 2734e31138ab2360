//! One level of stacking (Wolpert 1992, "Stacked generalization"): a linear model of what other
//! models say, which answers together with their weighted mean.
//!
//! It learns from predictions for rows that those models had not seen. Of classes it looks at the
//! logarithms of probabilities, so that it can mend models that are too sure of themselves; of
//! numbers at the numbers, relative to the target's mean and spread.

use crate::algorithms::{elastic_net, logistic};
use crate::features::{Features, Predictions, Target};
use crate::fit::{FitContext, FitData, Flow, fit};
use crate::model::{FittedModel, ModelError};
use crate::numbers::moments;
use domain::study::{ParamValue, Params};
use serde::{Deserialize, Serialize};

/// Probabilities below are taken for this one.
const LEAST: f64 = 1e-6;
/// The stack's share of the answer; the mean of the models has the rest. Each is better where the other
/// is worse, and cross-validation hardly tells beforehand which.
const SHARE: f64 = 0.5;
/// Numbers that are learned from at most (rows × columns × outputs): a fit cannot be interrupted.
const MOST_NUMBERS: usize = 1_000_000;

/// A linear model of what other models say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stack {
    /// The target's mean; 0 of classes.
    pub mean: f64,
    /// Its spread; 1 of classes.
    pub std: f64,
    /// Folds of the models that it learned from. For a row it heard one fit of each, or those of one
    /// fold in several cuts, so that is what it is asked with: fits that are so many places apart.
    pub folds: u32,
    /// Takes what each model says, one after another.
    pub model: FittedModel,
}

impl Stack {
    /// Learns how to mix what these models said; nothing where that would take long or fails.
    #[must_use]
    pub fn fit(members: &[Predictions], target: &Target, folds: u32) -> Option<Self> {
        let (name, params, (mean, std)) = match target {
            Target::Classes { .. } => (logistic::NAME, Params::default(), (0.0, 1.0)),
            Target::Values(values) => {
                // Hardly any L1: the models say nearly the same, and all of them are of use.
                let params = Params::default()
                    .with("penalty", ParamValue::Float(1e-3))
                    .with("l1_ratio", ParamValue::Float(0.05));
                (elastic_net::NAME, params, moments(values))
            }
        };
        if !(std > 0.0 && std.is_finite()) {
            return None;
        }
        let features = said(members, mean, std);
        let numbers = target.len() * features.cols() * target.outputs();
        if numbers > MOST_NUMBERS {
            return None;
        }
        let mut go_on = |_| Flow::Continue;
        let metric = match target {
            Target::Classes { .. } => domain::task::Metric::LogLoss,
            Target::Values(_) => domain::task::Metric::Rmse,
        };
        let mut context = FitContext::new(0, metric, &mut go_on);
        let fitted = fit(
            name,
            &FitData::new(&features, target),
            &params,
            &mut context,
        )
        .ok()?;
        let model = fitted.model;
        Some(Self {
            mean,
            std,
            folds,
            model,
        })
    }

    /// The answers where the models say this: half its own, half their mean by these weights.
    #[must_use]
    pub fn predict(&self, members: &[Predictions], weights: &[f64]) -> Predictions {
        let own = self.own(members);
        let mut answer = Predictions::zeros(own.rows(), own.outputs);
        answer.add(&own, SHARE);
        let sum: f64 = weights.iter().sum();
        for (member, weight) in members.iter().zip(weights) {
            answer.add(member, (1.0 - SHARE) * weight / sum);
        }
        answer
    }

    fn own(&self, members: &[Predictions]) -> Predictions {
        self.model.predict(&said(members, self.mean, self.std))
    }

    /// Checks that it fits so many models with so many answers each, of which the one with most fits has
    /// `most_folds`.
    pub(crate) fn validate(
        &self,
        members: usize,
        outputs: usize,
        most_folds: usize,
    ) -> Result<(), ModelError> {
        self.model.validate()?;
        let sound = self.mean.is_finite() && self.std.is_finite() && self.std > 0.0;
        ModelError::unless(sound, "a stack with an impossible scale")?;
        let folds = (1..=most_folds).contains(&(self.folds as usize));
        ModelError::unless(folds, "a stack of more folds than its models have, or none")?;
        let columns = members * if outputs == 2 { 1 } else { outputs };
        let fits = self.model.columns() == Some(columns) && self.model.outputs() == outputs;
        ModelError::unless(fits, "a stack of other models")
    }
}

/// What the models say, as a linear model takes it: the log-odds of two classes, for more the
/// logarithm of each probability, centred; a number in units of the target.
fn said(members: &[Predictions], mean: f64, std: f64) -> Features {
    let log = |p: f64| p.max(LEAST).ln();
    let mut columns = Vec::new();
    for member in members {
        let rows = member.values.chunks_exact(member.outputs.max(1));
        match member.outputs {
            1 => columns.push(rows.map(|row| (row[0] - mean) / std).collect()),
            2 => columns.push(rows.map(|row| log(row[1]) - log(row[0])).collect()),
            classes => {
                let logs: Vec<f64> = rows
                    .flat_map(|row| {
                        let mean = row.iter().map(|p| log(*p)).sum::<f64>() / classes as f64;
                        row.iter().map(move |p| log(*p) - mean)
                    })
                    .collect();
                let class = |class| logs.iter().skip(class).step_by(classes).copied().collect();
                columns.extend((0..classes).map(class));
            }
        }
    }
    Features::numeric(columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn models_that_are_too_sure_are_mended() {
        let mut random = Random::new(1, 0);
        let odds: Vec<f64> = (0..2_000).map(|_| random.normal()).collect();
        let share = |odds: f64| 1.0 / (1.0 + (-odds).exp());
        let codes: Vec<u32> = odds
            .iter()
            .map(|odds| u32::from(random.unit() < share(*odds)))
            .collect();
        let target = Target::Classes { codes, count: 2 };
        let sure = |by: f64| Predictions {
            outputs: 2,
            values: odds
                .iter()
                .flat_map(|odds| [1.0 - share(by * odds), share(by * odds)])
                .collect(),
        };
        let members = [sure(4.0), sure(3.0)];
        let stack = Stack::fit(&members, &target, 5).unwrap();
        stack.validate(2, 2, 5).unwrap();
        assert!(stack.validate(3, 2, 5).is_err() && stack.validate(2, 3, 5).is_err());
        assert!(
            stack.validate(2, 2, 4).is_err(),
            "asked for fits that nobody has"
        );
        let loss = |said: &Predictions| {
            crate::metrics::score(domain::task::Metric::LogLoss, &target, said, 1).unwrap()
        };
        let (before, after, best) = (
            loss(&members[0]),
            loss(&stack.own(&members)),
            loss(&sure(1.0)),
        );
        assert!(before > best + 0.2, "{before} {best}");
        assert!((after - best).abs() < 0.005, "{after} {best}");
    }

    #[test]
    fn weights_may_be_anything_where_models_err_alike() {
        let mut random = Random::new(2, 0);
        let truth: Vec<f64> = (0..500).map(|_| 1_000.0 + 50.0 * random.normal()).collect();
        let error: Vec<f64> = (0..500).map(|_| 40.0 * random.normal()).collect();
        let with = |by: f64| Predictions {
            outputs: 1,
            values: truth.iter().zip(&error).map(|(y, e)| y + by * e).collect(),
        };
        let members = [with(1.0), with(2.0)];
        let stack = Stack::fit(&members, &Target::Values(truth.clone()), 5).unwrap();
        let said = stack.own(&members);
        // Twice the first less the second is the truth.
        let off = said.values.iter().zip(&truth).map(|(s, y)| (s - y).powi(2));
        let rmse = (off.sum::<f64>() / 500.0).sqrt();
        assert!(rmse < 5.0, "{rmse}");
    }

    #[test]
    fn half_of_the_answer_is_the_weighted_mean() {
        let target = Target::Values(vec![1.0, 2.0, 4.0, 3.0, 6.0]);
        let said = |values: [f64; 5]| Predictions {
            outputs: 1,
            values: values.to_vec(),
        };
        let members = [
            said([1.1, 2.2, 3.8, 2.9, 6.1]),
            said([0.5, 2.5, 4.5, 3.5, 5.5]),
        ];
        let stack = Stack::fit(&members, &target, 5).unwrap();
        let own = stack.own(&members);
        let answer = stack.predict(&members, &[3.0, 1.0]);
        for row in 0..5 {
            let mean = 0.75 * members[0].values[row] + 0.25 * members[1].values[row];
            let half = 0.5 * own.values[row] + 0.5 * mean;
            assert!((answer.values[row] - half).abs() < 1e-12);
        }
    }

    #[test]
    fn what_would_take_long_is_left() {
        let members = vec![Predictions::zeros(40_000, 10); 10];
        let codes = (0..40_000).map(|row| row % 10).collect();
        assert!(Stack::fit(&members, &Target::Classes { codes, count: 10 }, 5).is_none());
    }
}
