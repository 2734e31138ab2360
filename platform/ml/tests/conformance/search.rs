//! Portfolios, spaces, costs and names.

use crate::common::{check_answers, features, metric, noise, target, with};
use crate::every;
use domain::study::{Distribution, ParamValue, Params, Space};
use domain::task::Task;
use ml::fit::{FitContext, FitData, FitError, Flow, fit};
use ml::recipe::View;
use ml::registry::{Facts, algorithms};

#[test]
fn every_configuration_of_portfolio_and_space_can_be_fitted() {
    every(|label, form, task| {
        let x = features(150, form.view);
        let y = target(&x, task);
        let facts = Facts {
            rows: 150,
            columns: x.cols(),
            numeric: 3,
            categorical: x.cols() - 3,
            classes: if task == Task::Regression {
                0
            } else {
                y.outputs()
            },
            missing_share: 0.01,
            max_levels: 5,
            dense_columns: 3,
        };
        let mut list = (form.portfolio)(&facts);
        assert!(!list.is_empty(), "{label}");
        let space = (form.space)(&facts);
        list.extend((0..8).map(|draw| sample(&space, draw)));
        let (train, valid): (Vec<u32>, Vec<u32>) = (0..150).partition(|row| *row < 110);
        let (valid_x, valid_y) = (x.take(&valid), y.take(&valid));
        let (x, y) = (x.take(&train), y.take(&train));
        for params in list {
            let data = FitData {
                valid: Some((&valid_x, &valid_y)),
                ..FitData::new(&x, &y)
            };
            let fit = with(form, &data, &params, 1, 1);
            let fit = fit.unwrap_or_else(|error| panic!("{label}: {error} with {params:?}"));
            check_answers(label, &fit.model.predict(&x), &y);
            let cost = (form.cost)(110, x.cols(), y.outputs(), &params);
            assert!(
                cost >= fit.visits && fit.visits > 0,
                "{label}: {cost}, {}",
                fit.visits
            );
        }
        let unknown = Params::default().with("no_such_thing", ParamValue::Bool(true));
        let data = FitData::new(&x, &y);
        let error = with(form, &data, &unknown, 1, 1).unwrap_err();
        assert!(matches!(error, FitError::Params { .. }), "{label}: {error}");
    });
}

/// Corners first, then points within.
fn sample(space: &Space, draw: usize) -> Params {
    let mut params = Params::default();
    for (place, dimension) in space.0.iter().enumerate() {
        let at = match draw {
            0 => 0.0,
            1 => 1.0,
            _ => noise(draw, place as u64),
        };
        let between = |low: f64, high: f64, log: bool| {
            if log {
                (low * (high / low).powf(at)).clamp(low, high)
            } else {
                low + (high - low) * at
            }
        };
        let value = match &dimension.distribution {
            Distribution::Float { low, high, log } => ParamValue::Float(between(*low, *high, *log)),
            Distribution::Int { low, high, log } => {
                assert!(low < high, "{}", dimension.name);
                ParamValue::Int(between(*low as f64, *high as f64, *log).round() as i64)
            }
            Distribution::Categorical { choices } => {
                choices[((choices.len() - 1) as f64 * at).round() as usize].clone()
            }
        };
        params = params.with(&dimension.name, value);
    }
    params
}

#[test]
fn names_are_unique_and_an_unknown_one_lists_them() {
    let names: Vec<&str> = algorithms().iter().map(|a| a.name).collect();
    let unique: std::collections::BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(unique.len(), names.len());
    let x = features(10, View::Dense);
    let y = target(&x, Task::Regression);
    let mut on_round = |_| Flow::Continue;
    let mut context = FitContext::new(1, metric(&y), &mut on_round);
    let error = fit(
        "guess",
        &FitData::new(&x, &y),
        &Params::default(),
        &mut context,
    )
    .unwrap_err();
    assert!(error.to_string().contains("gradient_boosting"), "{error}");
}
