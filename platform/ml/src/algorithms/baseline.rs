//! What one says without looking at the features; every other algorithm must beat it.

use crate::features::{Features, Target, argmax};
use crate::fit::{Fit, FitContext, FitData, FitError, Reader};
use crate::model::{FittedModel, Model, ModelError};
use crate::recipe::View;
use crate::registry::{ANY_ROWS, Algorithm, visits};
use domain::study::{Params, Space};
use domain::task::{Metric, Task};
use serde::{Deserialize, Serialize};

pub(crate) const NAME: &str = "baseline";

/// The registry's row.
pub const ALGORITHM: Algorithm = Algorithm {
    name: NAME,
    title: "Naive baseline (always the same answer)",
    tasks: Task::ALL,
    view: View::Trees,
    interruptible: false,
    planned: false,
    weights: true,
    space: |_| Space::default(),
    portfolio: |_| vec![Params::default()],
    cost: |rows, _, _, _| visits(&[rows]),
    max_rows: None,
    max_cells: None,
    useful_rows: ANY_ROWS,
    most_classes: usize::MAX,
    fit,
};

/// One answer for every row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Constant {
    /// The probability of each class, or the value.
    pub answer: Vec<f64>,
}

/// Parameter `strategy`: `prior` (each class's share) or `most_frequent` for classes, `mean` or
/// `median` for numbers; `auto` takes what the metric likes best.
fn fit(data: &FitData<'_>, params: &Params, context: &mut FitContext<'_>) -> Result<Fit, FitError> {
    let (x, y) = data.train;
    let one = vec![1.0; y.len()];
    let weights = data.weights.unwrap_or(&one);
    let mut read = Reader::new(NAME, params);
    let answer = match y {
        Target::Classes { codes, count } => {
            let strategy = read.choice("strategy", &["auto", "prior", "most_frequent"])?;
            let mut shares = vec![0.0; *count];
            for (code, weight) in codes.iter().zip(weights) {
                shares[*code as usize] += weight;
            }
            let sum: f64 = shares.iter().sum();
            if strategy == "most_frequent" {
                let best = argmax(&shares);
                (0..)
                    .zip(&shares)
                    .map(|(c, _)| f64::from(u8::from(c == best)))
                    .collect()
            } else {
                shares.iter().map(|share| share / sum).collect()
            }
        }
        Target::Values(values) => {
            let strategy = read.choice("strategy", &["auto", "mean", "median"])?;
            let absolute = matches!(
                context.metric,
                Metric::Mae | Metric::MedianAe | Metric::Mape
            );
            let median = strategy == "median" || (strategy == "auto" && absolute);
            vec![if median {
                weighted_median(values, weights)
            } else {
                weighted_mean(values, weights)
            }]
        }
    };
    read.finish()?;
    Ok(Fit {
        model: FittedModel::Baseline(Constant { answer }),
        rounds: 1,
        visits: visits(&[x.rows()]),
        stopped: None,
        watched: None,
    })
}

/// Divided first, so that huge values do not overflow.
fn weighted_mean(values: &[f64], weights: &[f64]) -> f64 {
    let sum: f64 = weights.iter().sum();
    let parts = values.iter().zip(weights).map(|(v, w)| v * (w / sum));
    parts.sum()
}

/// The smallest value up to which half of the weight lies; of two equally good ones the middle.
fn weighted_median(values: &[f64], weights: &[f64]) -> f64 {
    let mut order: Vec<usize> = (0..values.len()).filter(|&i| weights[i] > 0.0).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let half = weights.iter().sum::<f64>() / 2.0;
    let mut passed = 0.0;
    for (place, &index) in order.iter().enumerate() {
        passed += weights[index];
        if passed > half {
            return values[index];
        }
        if passed == half {
            let next = order.get(place + 1).map_or(index, |&next| next);
            return values[index] / 2.0 + values[next] / 2.0;
        }
    }
    order.last().map_or(0.0, |&index| values[index])
}

impl Model for Constant {
    fn outputs(&self) -> usize {
        self.answer.len()
    }

    fn columns(&self) -> Option<usize> {
        None
    }

    fn predict_into(&self, _: &Features, out: &mut [f64]) {
        for row in out.chunks_exact_mut(self.answer.len().max(1)) {
            row.copy_from_slice(&self.answer);
        }
    }

    fn row_nanoseconds(&self) -> f64 {
        0.0
    }

    fn validate(&self) -> Result<(), ModelError> {
        let finite = self.answer.iter().all(|v| v.is_finite());
        ModelError::unless(finite, "a constant that is no number")
    }
}
