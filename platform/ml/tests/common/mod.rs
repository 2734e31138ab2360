//! Made-up data for the tests, the same on every run and machine.
#![allow(dead_code, reason = "each test file uses a part of it")]

use domain::study::Params;
use domain::task::{Metric, Task};
use ml::features::{FeatureKind, Features, Predictions, Target};
use ml::fit::{Fit, FitContext, FitData, FitError, Flow, fit};
use ml::recipe::View;
use ml::registry::Algorithm;

/// A number from 0 to 1 that depends on row and purpose (SplitMix64).
pub fn noise(row: usize, purpose: u64) -> f64 {
    let mut z =
        (row as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ purpose.wrapping_mul(0xD1B5_4A32);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

/// Two numeric columns that matter, one that does not; in the trees' view a town as well, and
/// missing values.
pub fn features(rows: usize, view: View) -> Features {
    let column = |purpose| {
        (0..rows)
            .map(|row| 4.0 * noise(row, purpose) - 2.0)
            .collect()
    };
    let mut x: Vec<Vec<f64>> = vec![column(1), column(2), column(3)];
    let mut kinds = vec![FeatureKind::Numeric; 3];
    if view == View::Trees {
        x.push((0..rows).map(|row| (row % 5) as f64).collect());
        kinds.push(FeatureKind::Categorical { levels: 5 });
        for row in (0..rows).step_by(11) {
            x[2][row] = f64::NAN;
        }
        for row in (0..rows).step_by(13) {
            x[3][row] = f64::NAN;
        }
    }
    let names = (0..x.len()).map(|i| format!("c{i}")).collect();
    Features::new(names, kinds, x)
}

/// Depends on the first two columns, with some noise.
pub fn target(x: &Features, task: Task) -> Target {
    let sum = |row: usize| x.columns[0][row] - 0.7 * x.columns[1][row] + 0.3 * noise(row, 9);
    let rows = 0..x.rows();
    match task {
        Task::Regression => Target::Values(rows.map(|row| 10.0 + 3.0 * sum(row)).collect()),
        Task::Binary => Target::Classes {
            codes: rows.map(|row| u32::from(sum(row) > 0.2)).collect(),
            count: 2,
        },
        Task::Multiclass => Target::Classes {
            codes: rows
                .map(|row| u32::from(sum(row) > -0.8) + u32::from(sum(row) > 0.9))
                .collect(),
            count: 3,
        },
    }
}

/// A fit without deadline, validation rows or weights.
pub fn plain(algorithm: &Algorithm, x: &Features, y: &Target) -> Result<Fit, FitError> {
    with(algorithm, &FitData::new(x, y), &Params::default(), 7, 1)
}

/// A fit of any data with a seed and a number of threads.
pub fn with(
    algorithm: &Algorithm,
    data: &FitData<'_>,
    params: &Params,
    seed: u64,
    threads: usize,
) -> Result<Fit, FitError> {
    let mut on_round = |_| Flow::Continue;
    let mut context = FitContext::new(seed, metric(data.train.1), &mut on_round);
    context.threads = threads;
    fit(algorithm.name, data, params, &mut context)
}

/// A metric that is defined whatever the rows are.
pub fn metric(target: &Target) -> Metric {
    match target {
        Target::Values(_) => Metric::Rmse,
        Target::Classes { .. } => Metric::LogLoss,
    }
}

/// Every answer is a number; probabilities are, and sum to one.
pub fn check_answers(label: &str, predictions: &Predictions, target: &Target) {
    assert_eq!(predictions.outputs, target.outputs(), "{label}");
    for row in 0..predictions.rows() {
        let answer = predictions.row(row);
        assert!(answer.iter().all(|v| v.is_finite()), "{label}: {answer:?}");
        if let Target::Classes { .. } = target {
            assert!(
                answer.iter().all(|p| (0.0..=1.0).contains(p)),
                "{label}: {answer:?}"
            );
            let sum: f64 = answer.iter().sum();
            assert!((sum - 1.0).abs() < 1e-9, "{label}: {answer:?}");
        }
    }
}
