//! Logistic regression with an L2 penalty; for several classes multinomial.
//!
//! `linfa-logistic` minimises Σ loss + α/2 ‖w‖² with L-BFGS, the intercept free. α is
//! scikit-learn's 1/C.

use super::library::{guarded, matrix};
use super::linear::{Linear, Link};
use crate::features::{Features, Target};
use crate::fit::{Fit, FitContext, FitData, FitError, Reader};
use crate::model::FittedModel;
use crate::random::subsample;
use crate::recipe::View;
use crate::registry::{Algorithm, CLASSES, float, visits};
use domain::study::{ParamValue, Params, Space};
use linfa::prelude::Fit as _;
use ndarray::{Array1, Array2};

const NAME: &str = "logistic";

/// Iterations of L-BFGS.
const ITERATIONS: u64 = 100;

/// Rows of the first approximation.
const SAMPLE: usize = 4000;

/// The intercept of a class that training never saw: its probability is zero.
const NEVER: f64 = -1e6;

/// The registry's row.
pub const ALGORITHM: Algorithm = Algorithm {
    name: NAME,
    title: "Logistic regression",
    tasks: CLASSES,
    view: View::Dense,
    interruptible: false,
    weights: false,
    space: |_| Space(vec![float("alpha", 1e-3, 1e3, true)]),
    portfolio: |_| [1.0, 30.0, 0.03].map(params).to_vec(),
    // Each iteration multiplies the matrix twice, once there and once back.
    cost: |rows, columns, outputs, _| {
        let sums = if outputs == 2 { 1 } else { outputs };
        visits(&[rows, columns, sums, 2 * ITERATIONS as usize])
    },
    max_rows: Some(100_000),
    fit,
};

fn params(alpha: f64) -> Params {
    Params::default().with("alpha", ParamValue::Float(alpha))
}

/// Parameter `alpha`: the strength of the L2 penalty, 1 unless given.
fn fit(data: &FitData<'_>, params: &Params, context: &mut FitContext<'_>) -> Result<Fit, FitError> {
    let mut read = Reader::new(NAME, params);
    let alpha = read.float("alpha", 1.0, 1e-9..=1e9)?;
    read.finish()?;
    let (x, y) = data.train;
    let model = guarded(NAME, || {
        // Far from the optimum a few rows show the way as well as all: most steps are made there.
        let first = (x.rows() > 2 * SAMPLE).then(|| {
            let rows = subsample(y, x.rows(), SAMPLE, context.seed);
            let share = rows.len() as f64 / x.rows() as f64;
            solve(&x.take(&rows), &y.take(&rows), alpha * share, None).ok()
        });
        solve(x, y, alpha, first.flatten().as_ref())
    })?;
    let finite = model
        .intercepts
        .iter()
        .chain(&model.coefficients)
        .all(|v| v.is_finite());
    if !finite {
        let (algorithm, reason) = (NAME, "it did not converge".to_owned());
        return Err(FitError::Library { algorithm, reason });
    }
    Ok(Fit {
        model: FittedModel::Linear(model),
        rounds: 1,
        visits: (ALGORITHM.cost)(x.rows(), x.cols(), y.outputs(), params),
        stopped: None,
    })
}

type Dataset = linfa::DatasetBase<Array2<f64>, Array1<usize>>;

/// The library sums losses over rows, so its gradient grows with them.
fn tolerance(dataset: &Dataset) -> f64 {
    1e-4 * dataset.records().nrows() as f64
}

fn library(error: impl std::fmt::Display) -> FitError {
    let (algorithm, reason) = (NAME, error.to_string());
    FitError::Library { algorithm, reason }
}

/// Minimises the loss of these rows, from a model that is near or from zero.
fn solve(x: &Features, y: &Target, alpha: f64, near: Option<&Linear>) -> Result<Linear, FitError> {
    let Target::Classes { codes, count } = y else {
        return Err(library("it learns classes only"));
    };
    let codes: Array1<usize> = codes.iter().map(|code| *code as usize).collect();
    let dataset = linfa::DatasetBase::new(matrix(x), codes);
    if *count == 2 {
        binary(&dataset, alpha, near)
    } else {
        multinomial(&dataset, alpha, near, *count)
    }
}

fn binary(dataset: &Dataset, alpha: f64, near: Option<&Linear>) -> Result<Linear, FitError> {
    let mut solver = linfa_logistic::LogisticRegression::default()
        .alpha(alpha)
        .max_iterations(ITERATIONS)
        .gradient_tolerance(tolerance(dataset));
    if let Some(near) = near {
        // The library calls the more frequent class positive. Should it choose otherwise among
        // equals, it starts at the wrong end and takes longer.
        let codes = dataset.targets();
        let sign = if 2 * codes.sum() >= codes.len() {
            1.0
        } else {
            -1.0
        };
        let weights = near.coefficients.iter().chain(&near.intercepts);
        solver = solver.initial_params(weights.map(|w| sign * w).collect());
    }
    let fitted = solver.fit(dataset).map_err(library)?;
    let positive = fitted.labels().pos.class;
    let sign = if positive == 1 { 1.0 } else { -1.0 };
    Ok(Linear {
        link: Link::Logistic,
        intercepts: vec![sign * fitted.intercept()],
        coefficients: fitted.params().iter().map(|w| sign * w).collect(),
    })
}

fn multinomial(
    dataset: &Dataset,
    alpha: f64,
    near: Option<&Linear>,
    count: usize,
) -> Result<Linear, FitError> {
    let columns = dataset.records().ncols();
    let mut solver = linfa_logistic::MultiLogisticRegression::default()
        .alpha(alpha)
        .max_iterations(ITERATIONS)
        .gradient_tolerance(tolerance(dataset));
    // The library has a column for each class that occurs.
    let mut present: Vec<usize> = dataset.targets().to_vec();
    present.sort_unstable();
    present.dedup();
    if let Some(near) = near.filter(|near| present.iter().all(|c| near.intercepts[*c] != NEVER)) {
        let start = |(row, place): (usize, usize)| match present[place] {
            class if row == columns => near.intercepts[class],
            class => near.coefficients[class * columns + row],
        };
        let shape = (columns + 1, present.len());
        solver = solver.initial_params(Array2::from_shape_fn(shape, start));
    }
    let fitted = solver.fit(dataset).map_err(library)?;
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
