//! `smartcore` judges the neighbours.

use super::*;
use domain::task::Metric;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::neighbors::KNNWeightFunction;
use smartcore::neighbors::knn_classifier::{KNNClassifier, KNNClassifierParameters};
use smartcore::neighbors::knn_regressor::{KNNRegressor, KNNRegressorParameters};

/// Points without ties, small enough to be exact in 32 bits.
fn points(rows: usize, seed: u64) -> Features {
    let mut random = crate::random::Random::new(seed, 0);
    let mut column = || (0..rows).map(|_| f64::from(random.unit() as f32)).collect();
    Features::numeric((0..4).map(|_| column()).collect())
}

fn theirs(x: &Features) -> DenseMatrix<f64> {
    let row = |row: usize| x.columns.iter().map(|c| c[row]).collect::<Vec<f64>>();
    DenseMatrix::from_2d_vec(&(0..x.rows()).map(row).collect()).unwrap()
}

fn ours(x: &Features, y: &Target, weights: &str) -> FittedModel {
    let params = Params::default()
        .with("k", ParamValue::Int(6))
        .with("weights", ParamValue::Text(weights.to_owned()));
    let mut on_round = |_| crate::fit::Flow::Continue;
    let mut context = FitContext::new(1, Metric::Rmse, &mut on_round);
    fit(&FitData::new(x, y), &params, &mut context)
        .unwrap()
        .model
}

#[test]
fn neighbours_are_smartcores() {
    let (x, test) = (points(3000, 1), points(50, 2));
    let values: Vec<f64> = x.columns[0].iter().map(|v| v * v).collect();
    let codes: Vec<u32> = x.columns[1].iter().map(|v| (v * 2.99) as u32).collect();
    let classes = Target::Classes {
        codes: codes.clone(),
        count: 3,
    };
    for (name, weight) in [
        ("uniform", KNNWeightFunction::Uniform),
        ("distance", KNNWeightFunction::Distance),
    ] {
        let params = KNNRegressorParameters::default()
            .with_k(6)
            .with_weight(weight.clone());
        let model = KNNRegressor::fit(&theirs(&x), &values, params).unwrap();
        let expected = model.predict(&theirs(&test)).unwrap();
        let found = ours(&x, &Target::Values(values.clone()), name)
            .predict(&test)
            .values;
        for (a, b) in found.iter().zip(&expected) {
            assert!((a - b).abs() < 1e-5, "{name}: {a} instead of {b}");
        }
        let params = KNNClassifierParameters::default()
            .with_k(6)
            .with_weight(weight);
        let model = KNNClassifier::fit(&theirs(&x), &codes, params).unwrap();
        let expected: Vec<u32> = model.predict(&theirs(&test)).unwrap();
        let found = ours(&x, &classes, name).predict(&test).classes();
        let same = found.iter().zip(&expected).filter(|(a, b)| a == b).count();
        // Equal shares may go to either class.
        assert!(same >= 48, "{name}: {same} of 50");
    }
}

#[test]
fn a_row_of_the_training_set_answers_for_itself() {
    let x = points(100, 3);
    let values = x.columns[0].clone();
    let model = ours(&x, &Target::Values(values.clone()), "distance");
    assert_eq!(model.predict(&x).values, values);
}
