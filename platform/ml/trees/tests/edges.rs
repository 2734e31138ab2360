//! Odd input gives a clear error or a plain model, never a panic.

mod common;

use common::*;
use trees::*;

fn fit(table: &Table, params: &BoostParams) -> Result<TreeEnsemble, Error> {
    let threads = Threads::single();
    let matrix = BinnedMatrix::fit(&table.features(), &BinningParams::default(), &threads)?;
    let mut data = Dataset::new(&matrix, &table.y)?;
    if let Some(weights) = &table.weights {
        data = data.with_weights(weights)?;
    }
    boost(&data, None, params, FitContext::new(1, &threads, &mut ())).map(BoostFit::into_model)
}

#[test]
fn tables_without_content_are_refused() {
    assert!(matches!(
        Features::new(vec![]),
        Err(Error::Empty("columns"))
    ));
    assert!(matches!(
        Features::new(vec![Column::numeric(&[])]),
        Err(Error::Empty("rows"))
    ));
    let uneven = Features::new(vec![Column::numeric(&[1.0, 2.0]), Column::numeric(&[1.0])]);
    assert_eq!(
        uneven.unwrap_err().to_string(),
        "column 1 has 1 entries where 2 are needed"
    );
}

#[test]
fn columns_that_say_nothing_give_the_mean() {
    let y = vec![1.0, 2.0, 3.0, 6.0];
    for column in [vec![5.0; 4], vec![f64::NAN; 4]] {
        let table = Table::numeric(vec![column; 3], y.clone());
        for objective in [Objective::Squared, Objective::Poisson] {
            let mut params = BoostParams::new(objective);
            params.tree.min_child_samples = 1;
            let p = table.predict(&fit(&table, &params).unwrap());
            assert!(p.iter().all(|p| (p - 3.0).abs() < 1e-9), "{p:?}");
        }
    }
}

#[test]
fn one_row_one_column() {
    for objective in OBJECTIVES {
        let table = Table::numeric(vec![vec![3.0]], vec![1.0]);
        let mut params = BoostParams::new(objective);
        params.tree.min_child_samples = 1;
        let model = fit(&table, &params).unwrap();
        assert!(
            table.predict(&model).iter().all(|p| p.is_finite()),
            "{objective:?}"
        );
        for forest in [
            ForestTask::Regression,
            ForestTask::Classification {
                classes: 3,
                criterion: Impurity::Gini,
            },
        ] {
            assert_eq!(
                table
                    .forest(&ForestParams::random_forest(forest), 1, 1)
                    .model
                    .n_trees(),
                100
            );
        }
    }
}

#[test]
fn constant_targets_give_constant_models() {
    for objective in OBJECTIVES {
        for value in [0.0, 1.0] {
            let table = Table {
                y: vec![value; 50],
                ..mixed(50, 1)
            };
            let mut params = BoostParams::new(objective);
            params.tree.min_child_samples = 1;
            params.bagging_freq = 1;
            params.bagging_fraction = 0.5;
            let model = fit(&table, &params).unwrap();
            let p = table.predict(&model);
            let outputs = model.n_outputs();
            let (of, tolerance) = match objective {
                Objective::Binary => (value, 0.02),
                Objective::Multiclass { .. } => (1.0, 0.05),
                _ => (value, 1e-9),
            };
            let at = if outputs > 1 { value as usize } else { 0 };
            assert!(
                p.chunks(outputs).all(|p| (p[at] - of).abs() < tolerance),
                "{objective:?}"
            );
        }
    }
}

#[test]
fn bad_targets_and_weights_are_named() {
    let table = mixed(20, 2);
    let with = |at: usize, y: f64| {
        let mut table = table.clone();
        table.y[at] = y;
        table
    };
    let params = BoostParams::new(Objective::Squared);
    for wrong in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e200] {
        let error = fit(&with(3, wrong), &params).unwrap_err();
        assert!(matches!(error, Error::Target { row: 3, .. }), "{error}");
        assert_eq!(error.kind(), ErrorKind::Data);
    }
    let weighed = |weights: Vec<f64>| {
        fit(
            &Table {
                weights: Some(weights),
                ..table.clone()
            },
            &params,
        )
    };
    for wrong in [-1.0, f64::NAN, f64::INFINITY] {
        let mut weights = vec![1.0; 20];
        weights[5] = wrong;
        assert!(matches!(
            weighed(weights),
            Err(Error::Weight { row: 5, .. })
        ));
    }
    assert!(matches!(weighed(vec![0.0; 20]), Err(Error::NoWeight)));
    assert!(matches!(weighed(vec![1.0; 19]), Err(Error::Length { .. })));
    let task = ForestTask::Classification {
        classes: 2,
        criterion: Impurity::Gini,
    };
    let matrix = table.matrix();
    let data = table.data(&matrix);
    let threads = Threads::single();
    let mut control = ();
    let context = FitContext::new(1, &threads, &mut control);
    assert!(forest(&data, &ForestParams::random_forest(task), context).is_err());
}

#[test]
fn extreme_numbers_are_numbers() {
    let tiny = f64::from_bits(1);
    let values = [
        f64::NEG_INFINITY,
        -1e300,
        -1.0,
        -tiny,
        0.0,
        tiny,
        1.0,
        1e300,
        f64::INFINITY,
    ];
    let x: Vec<f64> = values.iter().cycle().take(900).copied().collect();
    let y: Vec<f64> = (0..900).map(|r| (r % 9) as f64).collect();
    let mut params = BoostParams::new(Objective::Squared);
    params.learning_rate = 0.5;
    let table = Table::numeric(vec![x.clone()], y.clone());
    let p = table.predict(&fit(&table, &params).unwrap());
    assert!(p.iter().zip(&y).all(|(p, y)| (p - y).abs() < 0.01));
    for scale in [1e-300, 1e-140, 1e140] {
        let table = Table::numeric(vec![x.clone()], y.iter().map(|y| y * scale).collect());
        let p = table.predict(&fit(&table, &params).unwrap());
        let near = |(p, y): (&f64, &f64)| (p - y).abs() < 0.01 * scale;
        // The smallest targets are below fixed point and give their mean.
        assert!(p.iter().all(|p| p.is_finite()));
        assert!(
            scale < 1e-200 || p.iter().zip(&table.y).all(near),
            "{scale}"
        );
        let forest = table.forest(&ForestParams::random_forest(ForestTask::Regression), 1, 1);
        assert!(table.predict(&forest.model).iter().all(|p| p.is_finite()));
    }
    for objective in [Objective::Poisson, Objective::Tweedie { power: 1.9 }] {
        let table = Table::numeric(vec![x.clone()], y.iter().map(|y| y * 1e100).collect());
        let params = BoostParams {
            learning_rate: 5.0,
            ..BoostParams::new(objective)
        };
        match fit(&table, &params) {
            Ok(model) => assert!(table.predict(&model).iter().all(|p| !p.is_nan())),
            Err(error) => assert!(matches!(error, Error::Diverged { .. }), "{error}"),
        }
    }
}

#[test]
fn impossible_calls_are_errors() {
    let table = mixed(50, 3);
    let model = fit(&table, &BoostParams::new(Objective::Squared)).unwrap();
    let mut one = [0.0];
    assert!(model.predict_row(&[1.0], &mut one).is_err());
    assert!(model.predict_row(&table.row(0), &mut []).is_err());
    let single = Threads::single();
    assert!(
        model
            .predict_into(&table.features(), &single, &mut one)
            .is_err()
    );
    assert!(
        model
            .contributions(&table.features(), &single, &mut one)
            .is_err()
    );

    let mut params = BoostParams::new(Objective::Squared);
    params.tree.monotone_constraints = vec![1];
    assert!(matches!(fit(&table, &params), Err(Error::Length { .. })));
    params.tree.monotone_constraints.clear();
    params.early_stopping = Some(EarlyStopping {
        patience: 5,
        min_delta: 0.0,
    });
    assert_eq!(fit(&table, &params).unwrap_err().kind(), ErrorKind::Params);

    let matrix = table.matrix();
    let numbers = Table::numeric(table.columns.clone(), table.y.clone());
    let wrong = matrix.binner().transform(&numbers.features(), &single);
    assert!(matches!(wrong, Err(Error::ColumnKind { column: 3 })));
    let other = mixed(50, 4).matrix();
    let (data, valid) = (table.data(&matrix), Dataset::new(&other, &table.y).unwrap());
    let result = boost(
        &data,
        Some(&valid),
        &params,
        FitContext::new(1, &single, &mut ()),
    );
    assert!(matches!(result, Err(Error::OtherBinner)));

    let params = BoostParams::new(Objective::Absolute);
    let mut control = ();
    let context = FitContext {
        resume: Some(&model),
        ..FitContext::new(1, &single, &mut control)
    };
    assert_eq!(
        boost(&data, None, &params, context).unwrap_err().kind(),
        ErrorKind::Model
    );
}

#[test]
fn classes_without_rows_are_unlikely() {
    let y = (0..90).map(|r| f64::from(r % 2) * 2.0).collect();
    let table = Table { y, ..mixed(90, 5) };
    let model = fit(
        &table,
        &BoostParams::new(Objective::Multiclass { classes: 5 }),
    )
    .unwrap();
    for p in table.predict(&model).chunks(5) {
        assert!(p[1] < 0.02 && p[3] < 0.02 && (p.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }
}

#[test]
fn many_columns_and_a_tight_memory_for_histograms() {
    // 600 columns of 250 bins: 2.4 MB per histogram.
    let mut dice = Dice::new(6);
    let columns: Vec<Vec<f64>> = (0..600)
        .map(|_| (0..250).map(|_| dice.uniform()).collect())
        .collect();
    let y = columns[123].iter().map(|x| x * 3.0).collect();
    let table = Table::numeric(columns, y);
    let mut params = BoostParams::new(Objective::Squared);
    params.tree.feature_fraction = 0.3;
    params.tree.min_child_samples = 5;
    params.n_estimators = 40;
    let model = fit(&table, &params).unwrap();
    let importance = model.importance();
    assert!((0..600).all(|c| c == 123 || importance[c].gain < importance[123].gain));
}
