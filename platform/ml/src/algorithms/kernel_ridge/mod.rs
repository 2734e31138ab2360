//! Kernel ridge regression (Saunders, Gammerman & Vovk 1998), and for classes the same on their
//! indicators: a least-squares support vector machine (Suykens & Vandewalle 1999).
//!
//! The coefficients solve (K + αI) c = y − ȳ, where K holds the kernel of every two rows; the
//! names `alpha`, `gamma` and `kernel` are those of scikit-learn's `KernelRidge`. What a row would
//! be answered without itself costs no further fit (Allen 1974): y − c / diag((K + αI)⁻¹). On
//! these answers a logistic regression learns to turn sums into probabilities (Platt 1999), so
//! these are not the sure ones of rows that were learned from.
//!
//! Rows whose columns are equal are one point with the mean of their targets. That changes no
//! answer, and a row is not answered by its twin where it is to be answered without itself. Near
//! twins, as the rows of one patient, still are; the folds of the cross-validation are not fooled by
//! them, since these keep groups together.
//!
//! One fit of n rows of d columns takes O(n²d + n³) and holds 3n² numbers.

mod model;
mod solve;
#[cfg(test)]
mod tests;

pub use model::{Kernel, KernelSums};

use super::library::guarded;
use super::linear::{Linear, Link};
use super::logistic;
use crate::features::{Features, Target};
use crate::fit::{Fit, FitContext, FitData, FitError, Reader};
use crate::model::FittedModel;
use crate::numbers::moments;
use crate::random::subsample;
use crate::recipe::View;
use crate::registry::{Algorithm, Facts, float, visits, words};
use domain::study::{ParamValue, Params, Space};
use domain::task::Task;
use ndarray::Array2;
use solve::{Points, Solver};

const NAME: &str = "kernel_ridge";

/// Rows that are learned from, at most: twice as many take eight times as long.
const MAX_ROWS: usize = 3_000;

/// Penalty of the logistic regression on the sums, which are of the size of one.
const CALIBRATION_ALPHA: f64 = 0.1;

/// The registry's row.
pub const ALGORITHM: Algorithm = Algorithm {
    name: NAME,
    title: "Kernel ridge",
    tasks: Task::ALL,
    view: View::Dense,
    interruptible: false,
    planned: false,
    weights: false,
    space: |facts| {
        let usual = usual_gamma(facts.dense_columns);
        Space(vec![
            float("alpha", 1e-3, 10.0, true),
            float("gamma", usual / 30.0, usual * 10.0, true),
            words("kernel", &["rbf", "laplacian"]),
        ])
    },
    portfolio,
    // The matrix of kernels; its triangle, and for classes the inverse of that, whose sums go through at
    // full speed; and the logistic regression on the sums.
    cost: |rows, columns, outputs, _| {
        let rows = rows.min(MAX_ROWS);
        let sums = if outputs > 2 { outputs } else { 1 };
        let triangles = visits(&[
            rows,
            rows,
            rows.div_ceil(if outputs == 1 { 128 } else { 48 }),
        ]);
        let calibration = match outputs {
            1 => 0,
            _ => (logistic::ALGORITHM.cost)(rows, sums, outputs, &Params::default()),
        };
        let kernels = visits(&[rows, rows, columns.max(1) + 8]) / 2;
        kernels
            .saturating_add(triangles)
            .saturating_add(calibration)
    },
    max_rows: Some(MAX_ROWS),
    max_cells: None,
    useful_rows: 0..=10_000,
    most_classes: 50,
    fit,
};

/// Such that two rows of scaled columns are about as near as far.
fn usual_gamma(columns: usize) -> f64 {
    1.0 / columns.max(1) as f64
}

fn portfolio(facts: &Facts) -> Vec<Params> {
    let usual = usual_gamma(facts.dense_columns);
    let params = |kernel: &str, alpha: f64, gamma: f64| {
        Params::default()
            .with("kernel", ParamValue::Text(kernel.to_owned()))
            .with("alpha", ParamValue::Float(alpha))
            .with("gamma", ParamValue::Float(gamma * usual))
    };
    vec![
        params("rbf", 0.1, 0.3),
        params("laplacian", 0.05, 0.3),
        params("rbf", 0.3, 1.0),
        params("laplacian", 0.3, 1.0),
    ]
}

/// Parameters: `kernel`, `rbf` or `laplacian`; `alpha`, the penalty, 0.1 unless given; `gamma`, how
/// quickly the kernel falls with the distance, three tenths of one in columns unless given.
fn fit(data: &FitData<'_>, params: &Params, context: &mut FitContext<'_>) -> Result<Fit, FitError> {
    let mut read = Reader::new(NAME, params);
    let (x, y) = data.train;
    let kernel = read.choice("kernel", &["rbf", "laplacian"])?;
    let alpha = read.float("alpha", 0.1, 1e-6..=1e6)?;
    let gamma = read.float("gamma", 0.3 * usual_gamma(x.cols()), 1e-9..=1e6)?;
    read.finish()?;
    let kernel = match kernel {
        "rbf" => Kernel::Rbf(gamma),
        _ => Kernel::Laplacian(gamma),
    };
    // Three square matrices lie in memory while it is solved.
    let most = (context.dense_cells / 3).isqrt().max(100);
    let rows = subsample(y, x.rows(), most, context.seed);
    let points = Points::of(&values(x, &rows), rows.len());
    let sums = guarded(NAME, || {
        let solver = Solver::new(kernel, &points, alpha).ok_or_else(|| {
            let reason = "its matrix of kernels is singular".to_owned();
            FitError::library(NAME, reason)
        })?;
        match y.take(&rows) {
            Target::Values(values) => Ok(numbers(&solver, &points, &values)),
            Target::Classes { codes, count } => classes(&solver, &points, &codes, count),
        }
    })?;
    // No kernel is above one.
    if !sums.is_finite(1.0) {
        return Err(FitError::library(NAME, "it has no solution".to_owned()));
    }
    Ok(Fit {
        model: FittedModel::Kernel(KernelSums {
            kernel,
            columns: x.cols() as u32,
            points: points.values,
            sums,
        }),
        rounds: 1,
        visits: (ALGORITHM.cost)(x.rows(), x.cols(), y.outputs(), params),
        stopped: None,
        watched: None,
    })
}

/// The values of these rows, column after column, as they are stored.
fn values(x: &Features, rows: &[u32]) -> Vec<f32> {
    let value = |column: &Vec<f64>, row: &u32| column[*row as usize] as f32;
    let columns = x.columns.iter();
    columns
        .flat_map(|column| rows.iter().map(move |row| value(column, row)))
        .collect()
}

fn numbers(solver: &Solver, points: &Points, values: &[f64]) -> Linear {
    let (mean, std) = moments(values);
    let scale = if std > 0.0 { std } else { 1.0 };
    let scaled: Vec<f64> = values.iter().map(|y| y / scale - mean / scale).collect();
    let coefficients = solver.coefficients(&[points.means(&scaled)]);
    Linear {
        link: Link::Identity,
        intercepts: vec![mean],
        coefficients: coefficients.iter().map(|c| c * scale).collect(),
    }
}

/// One sum a class, or one of two classes, and the logistic regression on what the sums are without
/// the row itself. A sum of sums is a sum again, so both become one [`Linear`] of the kernels.
fn classes(
    solver: &Solver,
    points: &Points,
    codes: &[u32],
    count: usize,
) -> Result<Linear, FitError> {
    let sums: Vec<u32> = match count {
        2 => vec![1],
        count => (0..count as u32).collect(),
    };
    let target = |class: &u32| {
        let sign = |code: &u32| if code == class { 1.0 } else { -1.0 };
        let mut signs: Vec<f64> = codes.iter().map(sign).collect();
        let mean = moments(&signs).0;
        signs.iter_mut().for_each(|sign| *sign -= mean);
        points.means(&signs)
    };
    let targets: Vec<Vec<f64>> = sums.iter().map(target).collect();
    let coefficients = solver.coefficients(&targets);
    let diagonal = solver.inverse_diagonal();
    let left_out = Array2::from_shape_fn((codes.len(), sums.len()), |(row, sum)| {
        let point = points.of_row[row];
        targets[sum][point] - coefficients[sum * diagonal.len() + point] / diagonal[point]
    });
    let calibrated = logistic::learned(left_out, codes, count, CALIBRATION_ALPHA)?;
    Ok(composed(&calibrated, &coefficients, sums.len()))
}

/// The linear model of the kernels that `outer`, a linear model of `sums` sums of them, is: both know
/// the sums without the means of their targets.
fn composed(outer: &Linear, inner: &[f64], sums: usize) -> Linear {
    let points = inner.len() / sums;
    let mut coefficients = vec![0.0; outer.intercepts.len() * points];
    let answers = coefficients.chunks_exact_mut(points);
    for (answer, weights) in answers.zip(outer.coefficients.chunks_exact(sums)) {
        for (sum, weight) in inner.chunks_exact(points).zip(weights) {
            let pairs = answer.iter_mut().zip(sum);
            pairs.for_each(|(whole, coefficient)| *whole += weight * coefficient);
        }
    }
    Linear {
        link: outer.link,
        intercepts: outer.intercepts.clone(),
        coefficients,
    }
}
