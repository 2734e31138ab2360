//! Linear regression with L1 and L2 penalties.
//!
//! `linfa-elasticnet` minimises ‖y − Xw‖²/2n + p (l1 ‖w‖₁ + (1 − l1) ‖w‖²/2) by coordinate
//! descent (Friedman, Hastie & Tibshirani 2010). It takes the mean of `y` for the intercept, which
//! is right for centred columns only, so columns and target are centred here and put back after.

use super::library::{guarded, matrix};
use super::linear::{Linear, Link};
use crate::features::Target;
use crate::fit::{Fit, FitContext, FitData, FitError, MAX_DENSE, Reader};
use crate::model::FittedModel;
use crate::numbers::moments;
use crate::recipe::View;
use crate::registry::{ANY_ROWS, Algorithm, NUMBERS, float, visits};
use domain::study::{ParamValue, Params, Space};
use linfa::prelude::Fit as _;
use ndarray::{Array1, Axis};

pub(crate) const NAME: &str = "elastic_net";

/// Rounds over all columns, at most.
const ITERATIONS: usize = 500;

/// The registry's row.
pub const ALGORITHM: Algorithm = Algorithm {
    name: NAME,
    title: "Elastic net",
    tasks: NUMBERS,
    view: View::Dense,
    interruptible: false,
    planned: false,
    weights: false,
    // With no L1 at all the library's test for convergence never holds.
    space: |_| {
        Space(vec![
            float("penalty", 1e-5, 1.0, true),
            float("l1_ratio", 0.05, 1.0, false),
        ])
    },
    portfolio: |_| [(1e-3, 0.5), (1e-2, 1.0), (1e-4, 0.1)].map(params).to_vec(),
    cost: |rows, columns, _, _| visits(&[rows, columns, ITERATIONS / 2]),
    max_rows: Some(100_000),
    max_cells: None,
    useful_rows: ANY_ROWS,
    most_classes: usize::MAX,
    fit,
};

fn params((penalty, l1_ratio): (f64, f64)) -> Params {
    Params::default()
        .with("penalty", ParamValue::Float(penalty))
        .with("l1_ratio", ParamValue::Float(l1_ratio))
}

/// Parameters `penalty`: strength of both penalties for a target of standard deviation 1, 0.001
/// unless given; `l1_ratio`: the L1 part of it, 0.5 unless given.
fn fit(data: &FitData<'_>, params: &Params, _: &mut FitContext<'_>) -> Result<Fit, FitError> {
    let mut read = Reader::new(NAME, params);
    let penalty = read.float("penalty", 1e-3, 0.0..=1e6)?;
    let l1_ratio = read.float("l1_ratio", 0.5, 0.0..=1.0)?;
    read.finish()?;
    let (x, y) = data.train;
    let Target::Values(values) = y else {
        let reason = "elastic net learns numbers".to_owned();
        return Err(FitError::Data { reason });
    };
    let (mean, std) = moments(values);
    if std == 0.0 {
        return done(vec![0.0; x.cols()], mean, data, params);
    }
    let mut records = matrix(x);
    let centres = records.mean_axis(Axis(0)).unwrap_or_default();
    records -= &centres;
    let target: Array1<f64> = values.iter().map(|y| y / std - mean / std).collect();
    let dataset = linfa::DatasetBase::new(records, target);
    let fitted = guarded(NAME, || {
        linfa_elasticnet::ElasticNet::params()
            .penalty(penalty)
            .l1_ratio(l1_ratio)
            .max_iterations(ITERATIONS as u32)
            .tolerance(1e-4)
            .fit(&dataset)
            .map_err(|error| library(error.to_string()))
    })?;
    let weights: Vec<f64> = fitted.hyperplane().iter().map(|w| w * std).collect();
    let shift: f64 = weights.iter().zip(&centres).map(|(w, c)| w * c).sum();
    done(weights, mean - shift, data, params)
}

fn library(reason: String) -> FitError {
    FitError::library(NAME, reason)
}

fn done(
    coefficients: Vec<f64>,
    intercept: f64,
    data: &FitData<'_>,
    params: &Params,
) -> Result<Fit, FitError> {
    let (x, _) = data.train;
    let model = Linear {
        link: Link::Identity,
        intercepts: vec![intercept],
        coefficients,
    };
    if !model.is_finite(MAX_DENSE) {
        return Err(library("its answers may be no numbers".to_owned()));
    }
    Ok(Fit {
        model: FittedModel::Linear(model),
        rounds: 1,
        visits: (ALGORITHM.cost)(x.rows(), x.cols(), 1, params),
        stopped: None,
        watched: None,
    })
}
