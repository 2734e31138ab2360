//! Logistic regression with an L2 penalty; for several classes multinomial.
//!
//! `linfa-logistic` minimises Σ loss + α/2 ‖w‖² with L-BFGS, the intercept free. α is
//! scikit-learn's 1/C.

use super::library::{guarded, matrix};
use super::linear::{Linear, Link};
use crate::features::Target;
use crate::fit::{Fit, FitContext, FitData, FitError, MAX_DENSE, Reader};
use crate::model::FittedModel;
use crate::recipe::View;
use crate::registry::{ANY_ROWS, Algorithm, CLASSES, float, visits};
use domain::study::{ParamValue, Params, Space};
use linfa::prelude::Fit as _;
use ndarray::{Array1, Array2};

pub(crate) const NAME: &str = "logistic";

/// Iterations of L-BFGS.
const ITERATIONS: u64 = 100;

/// The intercept of a class that training never saw: its probability is zero.
const NEVER: f64 = -1e6;

/// The registry's row.
pub const ALGORITHM: Algorithm = Algorithm {
    name: NAME,
    title: "Logistic regression",
    tasks: CLASSES,
    view: View::Dense,
    interruptible: false,
    planned: false,
    weights: false,
    space: |_| Space(vec![float("alpha", 1e-3, 1e3, true)]),
    portfolio: |_| [1.0, 30.0, 0.03].map(params).to_vec(),
    // Each iteration multiplies the matrix twice, once there and once back.
    cost: |rows, columns, outputs, _| {
        let sums = if outputs == 2 { 1 } else { outputs };
        visits(&[rows, columns, sums, 2 * ITERATIONS as usize])
    },
    max_rows: Some(100_000),
    max_cells: None,
    useful_rows: ANY_ROWS,
    most_classes: usize::MAX,
    fit,
};

fn params(alpha: f64) -> Params {
    Params::default().with("alpha", ParamValue::Float(alpha))
}

/// Parameter `alpha`: the strength of the L2 penalty, 1 unless given.
fn fit(data: &FitData<'_>, params: &Params, _: &mut FitContext<'_>) -> Result<Fit, FitError> {
    let mut read = Reader::new(NAME, params);
    let alpha = read.float("alpha", 1.0, 1e-9..=1e9)?;
    read.finish()?;
    let (x, y) = data.train;
    let Target::Classes { codes, count } = y else {
        return Err(library("it learns classes only"));
    };
    let model = learned(matrix(x), codes, *count, alpha)?;
    Ok(Fit {
        model: FittedModel::Linear(model),
        rounds: 1,
        visits: (ALGORITHM.cost)(x.rows(), x.cols(), y.outputs(), params),
        stopped: None,
        watched: None,
    })
}

/// The model of `records`, whose classes are `codes` of `count`.
pub(super) fn learned(
    records: Array2<f64>,
    codes: &[u32],
    count: usize,
    alpha: f64,
) -> Result<Linear, FitError> {
    let codes: Array1<usize> = codes.iter().map(|code| *code as usize).collect();
    let dataset = linfa::DatasetBase::new(records, codes);
    let model = guarded(NAME, || match count {
        2 => binary(&dataset, alpha),
        count => multinomial(&dataset, alpha, count),
    })?;
    if model.is_finite(MAX_DENSE) {
        Ok(model)
    } else {
        Err(library("it did not converge"))
    }
}

type Dataset = linfa::DatasetBase<Array2<f64>, Array1<usize>>;

/// The library sums losses over rows, so its gradient grows with them. Less than this takes longer
/// and moves no score in its fourth digit.
fn tolerance(dataset: &Dataset) -> f64 {
    3e-4 * dataset.records().nrows() as f64
}

fn library(error: impl std::fmt::Display) -> FitError {
    FitError::library(NAME, error)
}

fn binary(dataset: &Dataset, alpha: f64) -> Result<Linear, FitError> {
    let fitted = linfa_logistic::LogisticRegression::default()
        .alpha(alpha)
        .max_iterations(ITERATIONS)
        .gradient_tolerance(tolerance(dataset))
        .fit(dataset)
        .map_err(library)?;
    // The library calls the more frequent class positive.
    let positive = fitted.labels().pos.class;
    let sign = if positive == 1 { 1.0 } else { -1.0 };
    Ok(Linear {
        link: Link::Logistic,
        intercepts: vec![sign * fitted.intercept()],
        coefficients: fitted.params().iter().map(|w| sign * w).collect(),
    })
}

fn multinomial(dataset: &Dataset, alpha: f64, count: usize) -> Result<Linear, FitError> {
    let fitted = linfa_logistic::MultiLogisticRegression::default()
        .alpha(alpha)
        .max_iterations(ITERATIONS)
        .gradient_tolerance(tolerance(dataset))
        .fit(dataset)
        .map_err(library)?;
    // The library has a column for each class that occurs.
    let columns = dataset.records().ncols();
    let mut intercepts = vec![NEVER; count];
    let mut coefficients = vec![0.0; count * columns];
    for (place, class) in fitted.classes().iter().enumerate() {
        intercepts[*class] = fitted.intercept()[place];
        for (column, weight) in fitted.params().column(place).iter().enumerate() {
            coefficients[class * columns + column] = *weight;
        }
    }
    Ok(Linear {
        link: Link::Softmax,
        intercepts,
        coefficients,
    })
}
