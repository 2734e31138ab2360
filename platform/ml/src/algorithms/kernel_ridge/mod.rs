//! Kernel ridge regression (Saunders, Gammerman & Vovk 1998), and for classes the same on their
//! indicators: a least-squares support vector machine (Suykens & Vandewalle 1999).
//!
//! The coefficients solve (K + αI) c = y − ȳ, where K holds the kernel of every two rows; the
//! names `alpha`, `gamma` and `kernel` are those of scikit-learn's `KernelRidge`. What a row would
//! be answered without itself costs no further fit (Allen 1974): y − c / diag((K + αI)⁻¹). On
//! these answers a logistic regression learns to turn sums into probabilities (Platt 1999), so
//! these are not the sure ones of rows that were learned from.
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
use solve::Solved;

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
    // The matrix of kernels; its triangle and its inverse, whose sums go through at full speed.
    cost: |rows, columns, _, _| {
        let rows = rows.min(MAX_ROWS);
        let inverse = visits(&[rows, rows, rows.div_ceil(32)]);
        visits(&[rows, rows, columns.max(1) + 8]).saturating_add(inverse)
    },
    max_rows: Some(MAX_ROWS),
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
    let points = points(x, &rows);
    let sums = guarded(NAME, || match y.take(&rows) {
        Target::Values(values) => numbers(kernel, &points, &values, alpha),
        Target::Classes { codes, count } => classes(kernel, &points, &codes, count, alpha),
    })?;
    let mut weights = sums.intercepts.iter().chain(&sums.coefficients);
    if !weights.all(|weight| weight.is_finite()) {
        return Err(library("it has no solution".to_owned()));
    }
    Ok(Fit {
        model: FittedModel::Kernel(KernelSums {
            kernel,
            columns: x.cols() as u32,
            points,
            sums,
        }),
        rounds: 1,
        visits: (ALGORITHM.cost)(x.rows(), x.cols(), y.outputs(), params),
        stopped: None,
    })
}

/// These rows, column after column, as they are stored.
fn points(x: &Features, rows: &[u32]) -> Vec<f32> {
    let column = |column: &Vec<f64>| -> Vec<f32> {
        let value = |row: &u32| column[*row as usize] as f32;
        rows.iter().map(value).collect()
    };
    x.columns.iter().flat_map(column).collect()
}

fn numbers(kernel: Kernel, points: &[f32], values: &[f64], alpha: f64) -> Result<Linear, FitError> {
    let (mean, std) = moments(values);
    let scale = if std > 0.0 { std } else { 1.0 };
    let scaled: Vec<f64> = values.iter().map(|y| y / scale - mean / scale).collect();
    let solved = Solved::new(kernel, points, &[scaled], alpha).ok_or_else(singular)?;
    Ok(Linear {
        link: Link::Identity,
        intercepts: vec![mean],
        coefficients: solved.coefficients.iter().map(|c| c * scale).collect(),
    })
}

/// One sum a class, or one of two classes, and the logistic regression on what the sums are without
/// the row itself. A sum of sums is a sum again, so both become one [`Linear`] of the kernels.
fn classes(
    kernel: Kernel,
    points: &[f32],
    codes: &[u32],
    count: usize,
    alpha: f64,
) -> Result<Linear, FitError> {
    let sums: Vec<u32> = match count {
        2 => vec![1],
        count => (0..count as u32).collect(),
    };
    let mut targets = Vec::new();
    for class in &sums {
        let mut signs: Vec<f64> = codes
            .iter()
            .map(|code| if code == class { 1.0 } else { -1.0 })
            .collect();
        let mean = moments(&signs).0;
        signs.iter_mut().for_each(|sign| *sign -= mean);
        targets.push(signs);
    }
    let solved = Solved::new(kernel, points, &targets, alpha).ok_or_else(singular)?;
    let left_out = Array2::from_shape_fn((codes.len(), sums.len()), |(row, sum)| {
        targets[sum][row] - solved.residuals[sum * codes.len() + row]
    });
    let calibrated = logistic::learned(left_out, codes, count, CALIBRATION_ALPHA)?;
    Ok(composed(&calibrated, &solved.coefficients, sums.len()))
}

/// The linear model of the kernels that `outer`, a linear model of `sums` sums of them, is: both know
/// the sums without the means of their targets. The sums
fn composed(outer: &Linear, inner: &[f64], sums: usize) -> Linear {
    let rows = inner.len() / sums;
    let mut coefficients = vec![0.0; outer.intercepts.len() * rows];
    let answers = coefficients.chunks_exact_mut(rows);
    for (answer, weights) in answers.zip(outer.coefficients.chunks_exact(sums)) {
        for (sum, weight) in inner.chunks_exact(rows).zip(weights) {
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

fn singular() -> FitError {
    library("its matrix of kernels is singular".to_owned())
}

fn library(reason: String) -> FitError {
    let algorithm = NAME;
    FitError::Library { algorithm, reason }
}
