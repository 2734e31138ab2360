//! What the forests must be able to do.

mod common;

use common::*;
use trees::*;

const BINARY: ForestTask = ForestTask::Classification {
    classes: 2,
    criterion: Impurity::Gini,
};

#[test]
fn deep_trees_fit_what_is_separable() {
    let mut dice = Dice::new(1);
    let bits: Vec<Vec<f64>> = (0..3)
        .map(|_| (0..300).map(|_| dice.below(2) as f64).collect())
        .collect();
    let y = (0..300)
        .map(|r| (bits[0][r] + bits[1][r] + bits[2][r]) % 2.0)
        .collect();
    let table = Table::numeric(bits, y);
    for task in [
        BINARY,
        ForestTask::Classification {
            classes: 2,
            criterion: Impurity::Entropy,
        },
        ForestTask::Regression,
    ] {
        for params in [
            ForestParams::random_forest(task),
            ForestParams::extra_trees(task),
        ] {
            let p = table.predict(&table.forest(&params, 1, 1).model);
            assert!(
                p.iter().zip(&table.y).all(|(p, y)| (p - y).abs() < 0.2),
                "{params:?}"
            );
        }
    }
}

#[test]
fn probabilities_are_probabilities() {
    let table = targets(mixed(500, 2), Objective::Multiclass { classes: 4 });
    let task = ForestTask::Classification {
        classes: 4,
        criterion: Impurity::Gini,
    };
    let model = table.forest(&ForestParams::extra_trees(task), 1, 1).model;
    for p in table.predict(&model).chunks(4) {
        assert!(
            p.iter().all(|p| (0.0..=1.0).contains(p)) && (p.iter().sum::<f64>() - 1.0).abs() < 1e-9
        );
    }
}

#[test]
fn out_of_bag_is_honest() {
    let (table, test) = (mixed(800, 3), mixed(2000, 3 + 1));
    let mut params = ForestParams::random_forest(ForestTask::Regression);
    params.oob = true;
    let fit = table.forest(&params, 1, 1);
    let oob = rmse(fit.oob.as_ref().unwrap(), &table.y);
    let fresh = rmse(&test.predict(&fit.model), &test.y);
    let seen = rmse(&table.predict(&fit.model), &table.y);
    assert!(
        seen < 0.6 * oob && (oob - fresh).abs() < 0.12 * fresh,
        "{seen} {oob} {fresh}"
    );

    params.n_estimators = 1;
    let oob = table.forest(&params, 1, 1).oob.unwrap();
    let unseen = oob.iter().filter(|p| !p.is_nan()).count();
    assert!((230..360).contains(&unseen), "{unseen}");
}

#[test]
fn resumed_is_uninterrupted() {
    let table = targets(mixed(300, 4), Objective::Binary);
    let matrix = table.matrix();
    let threads = Threads::single();
    let fit = |trees: usize, resume: Option<&TreeEnsemble>| {
        let params = ForestParams {
            n_estimators: trees,
            oob: true,
            ..ForestParams::random_forest(BINARY)
        };
        let mut control = ();
        let context = FitContext {
            resume,
            ..FitContext::new(5, &threads, &mut control)
        };
        forest(&table.data(&matrix), &params, context).unwrap()
    };
    let (whole, half) = (fit(12, None), fit(5, None));
    let resumed = fit(12, Some(&half.model));
    assert_eq!(whole.model, resumed.model);
    assert_eq!(format!("{:?}", whole.oob), format!("{:?}", resumed.oob));
}

#[test]
fn limits_hold() {
    let table = mixed(400, 5);
    let base = ForestParams {
        n_estimators: 3,
        ..ForestParams::random_forest(ForestTask::Regression)
    };
    let distinct = |params: &ForestParams| {
        let model = table
            .forest(
                &ForestParams {
                    n_estimators: 1,
                    ..params.clone()
                },
                1,
                1,
            )
            .model;
        let mut p = table.predict(&model);
        p.sort_by(f64::total_cmp);
        p.dedup();
        p.len()
    };
    assert!(distinct(&base) > 100);
    assert!(
        distinct(&ForestParams {
            max_leaves: Some(9),
            ..base.clone()
        }) <= 9
    );
    assert!(
        distinct(&ForestParams {
            max_depth: Some(3),
            ..base.clone()
        }) <= 8
    );
    assert!(
        distinct(&ForestParams {
            min_samples_leaf: 50,
            ..base.clone()
        }) <= 8
    );
    assert_eq!(
        distinct(&ForestParams {
            min_impurity_decrease: 1e9,
            ..base.clone()
        }),
        1
    );
}

#[test]
fn weights_are_rows() {
    let mut table = targets(mixed(200, 6), Objective::Binary);
    let params = ForestParams {
        bootstrap: false,
        n_estimators: 5,
        ..ForestParams::random_forest(BINARY)
    };
    let plain = table.forest(&params, 1, 1).model;
    table.weights = Some(vec![2.5; 200]);
    assert_eq!(
        table.predict(&plain),
        table.predict(&table.forest(&params, 1, 1).model)
    );
    // All weight on the rows of class 1 whose first column is present.
    table.weights = Some((0..200).map(|r| table.y[r]).collect());
    assert!(
        table
            .predict(&table.forest(&params, 1, 1).model)
            .iter()
            .all(|&p| p == 1.0)
    );
}

#[test]
fn the_control_sees_every_tree_in_order() {
    let table = mixed(100, 7);
    let matrix = table.matrix();
    let params = ForestParams::random_forest(ForestTask::Regression);
    for threads in [1, 3] {
        let threads = Threads::new(threads).unwrap();
        let mut seen = 0;
        let mut control = |tree: usize, _: Option<f64>, _: Option<f64>| {
            assert_eq!(tree, seen);
            seen += 1;
            if tree == 6 {
                Flow::Stop
            } else {
                Flow::Continue
            }
        };
        let context = FitContext::new(1, &threads, &mut control);
        let fit = forest(&table.data(&matrix), &params, context).unwrap();
        assert_eq!((fit.outcome, fit.model.n_trees()), (Outcome::Stopped, 7));
    }
}

#[test]
fn levels_split_in_forests() {
    let mut dice = Dice::new(8);
    let levels: Vec<usize> = (0..3000).map(|_| dice.below(60)).collect();
    for classes in [2usize, 3] {
        // The class depends on the level in no order at all.
        let of = |level: usize| (level * 7919 % 101) % classes;
        let y: Vec<f64> = levels
            .iter()
            .map(|&l| if dice.uniform() < 0.1 { dice.below(classes) } else { of(l) } as f64)
            .collect();
        let codes = levels.iter().map(|&l| l as f64).collect();
        let table = Table {
            columns: vec![codes],
            levels: vec![60],
            y,
            weights: None,
        };
        let task = ForestTask::Classification {
            classes: classes as u32,
            criterion: Impurity::Gini,
        };
        let params = ForestParams {
            n_estimators: 20,
            max_leaves: Some(6),
            ..ForestParams::random_forest(task)
        };
        let model = table.forest(&params, 1, 1).model;
        let outputs = model.n_outputs();
        let p = table.predict(&model);
        let right = p
            .chunks(outputs)
            .zip(&levels)
            .filter(|(p, l)| match outputs {
                1 => usize::from(p[0] > 0.5) == of(**l),
                _ => p[of(**l)] > 0.5,
            });
        assert!(right.count() > 2900, "{classes}");
    }
}
