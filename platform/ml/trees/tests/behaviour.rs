//! What the boosters must be able to do.

mod common;

use common::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use trees::*;

fn small(objective: Objective, rounds: usize) -> BoostParams {
    let mut params = BoostParams::new(objective);
    params.n_estimators = rounds;
    params.tree.min_child_samples = 5;
    params
}

#[test]
fn learns_exclusive_or() {
    let mut dice = Dice::new(1);
    let bits: Vec<(f64, f64)> = (0..400)
        .map(|_| (dice.below(2) as f64, dice.below(2) as f64))
        .collect();
    let y = bits.iter().map(|(a, b)| f64::from(a != b)).collect();
    let columns = vec![
        bits.iter().map(|b| b.0).collect(),
        bits.iter().map(|b| b.1).collect(),
    ];
    let table = Table::numeric(columns, y);
    let p = table.predict(&table.boost(&small(Objective::Binary, 60), 1, 1));
    assert!(p.iter().zip(&table.y).all(|(p, y)| (p - y).abs() < 0.1));
}

#[test]
fn learns_the_effects_of_200_levels() {
    let mut dice = Dice::new(2);
    let effects: Vec<f64> = (0..200).map(|_| dice.normal() * 3.0).collect();
    let mut draw = |rows: usize| {
        let levels: Vec<usize> = (0..rows).map(|_| dice.below(200)).collect();
        let y = levels.iter().map(|&l| effects[l] + dice.normal()).collect();
        let codes = levels.iter().map(|&l| l as f64).collect();
        Table {
            columns: vec![codes],
            levels: vec![200],
            y,
            weights: None,
        }
    };
    let (train, test) = (draw(20_000), draw(2000));
    let mut params = small(Objective::Squared, 200);
    let native = rmse(&test.predict(&train.boost(&params, 1, 1)), &test.y);
    assert!(native < 1.08, "{native}");
    // As numbers the same codes need far more trees.
    params.n_estimators = 20;
    let as_numbers = |table: &Table| Table {
        levels: vec![0],
        ..table.clone()
    };
    let few = rmse(&test.predict(&train.boost(&params, 1, 1)), &test.y);
    let model = as_numbers(&train).boost(&params, 1, 1);
    let numeric = rmse(&as_numbers(&test).predict(&model), &test.y);
    assert!(few < numeric * 0.8, "{few} {numeric}");
}

#[test]
fn missing_goes_where_it_belongs() {
    let mut dice = Dice::new(3);
    let x: Vec<f64> = (0..600).map(|_| dice.uniform()).collect();
    for missing_is in [0.0, 1.0] {
        let y: Vec<f64> = (0..600)
            .map(|r| {
                if r % 4 == 0 {
                    missing_is
                } else {
                    f64::from(x[r] > 0.5)
                }
            })
            .collect();
        let holes = (0..600)
            .map(|r| if r % 4 == 0 { f64::NAN } else { x[r] })
            .collect();
        let table = Table::numeric(vec![holes], y);
        let model = table.boost(&small(Objective::Binary, 50), 1, 1);
        let mut p = [0.0];
        model.predict_row(&[f64::NAN], &mut p).unwrap();
        assert!((p[0] - missing_is).abs() < 0.05, "{p:?}");
    }
}

#[test]
fn a_level_never_seen_is_missing() {
    let codes: Vec<f64> = (0..300).map(|r| f64::from(r % 3)).collect();
    let y = codes.iter().map(|&c| f64::from(c == 1.0)).collect();
    let table = Table {
        columns: vec![codes],
        levels: vec![10],
        y,
        weights: None,
    };
    let model = table.boost(&small(Objective::Binary, 20), 1, 1);
    let at = |value: f64| {
        let mut p = [0.0];
        model.predict_row(&[value], &mut p).unwrap();
        p[0]
    };
    assert!(at(1.0) > 0.85 && at(0.0) < 0.15);
    for odd in [7.0, 1e18, -3.0, 0.5, f64::INFINITY] {
        assert_eq!(at(odd), at(f64::NAN));
    }
}

#[test]
fn monotone_constraints_hold() {
    let mut dice = Dice::new(4);
    let rows = 1500;
    let a: Vec<f64> = (0..rows).map(|_| dice.uniform()).collect();
    let b: Vec<f64> = (0..rows).map(|_| dice.uniform()).collect();
    let y: Vec<f64> = (0..rows)
        .map(|r| (a[r] * 9.0).sin() + a[r] - b[r] * (a[r] + 0.2) + 0.3 * dice.normal())
        .collect();
    let table = Table::numeric(vec![a, b], y);
    for objective in [
        Objective::Squared,
        Objective::Absolute,
        Objective::Quantile { alpha: 0.3 },
    ] {
        let mut params = small(objective, 60);
        params.tree.monotone_constraints = vec![1, -1];
        let model = table.boost(&params, 1, 1);
        let grid: Vec<f64> = (0..60).map(|i| f64::from(i) / 59.0).collect();
        let at = |a: f64, b: f64| {
            let mut p = [0.0];
            model.predict_row(&[a, b], &mut p).unwrap();
            p[0]
        };
        for &u in &grid {
            for w in grid.windows(2) {
                assert!(
                    at(w[0], u) <= at(w[1], u) + 1e-12,
                    "{objective:?} rises in a"
                );
                assert!(
                    at(u, w[0]) >= at(u, w[1]) - 1e-12,
                    "{objective:?} falls in b"
                );
            }
        }
        assert!(at(1.0, 0.5) > at(0.0, 0.5));
    }
}

#[test]
fn early_stopping_cuts_to_the_best_round() {
    let table = targets(mixed(600, 5), Objective::Binary);
    let (train, valid) = (
        table.select(&(0..300).collect::<Vec<_>>()),
        table.select(&(300..600).collect::<Vec<_>>()),
    );
    let matrix = train.matrix();
    let threads = Threads::single();
    let valid_matrix = matrix
        .binner()
        .transform(&valid.features(), &threads)
        .unwrap();
    let mut params = small(Objective::Binary, 500);
    params.learning_rate = 0.3;
    params.early_stopping = Some(EarlyStopping {
        patience: 10,
        min_delta: 0.0,
    });
    let fit = boost(
        &train.data(&matrix),
        Some(&valid.data(&valid_matrix)),
        &params,
        FitContext::new(1, &threads, &mut ()),
    )
    .unwrap();
    assert_eq!(fit.outcome, Outcome::EarlyStopped);
    let best = fit.best_rounds();
    assert_eq!(fit.history.len(), best + 10);
    let scores: Vec<f64> = fit.history.iter().map(|s| s.valid.unwrap()).collect();
    assert!(scores.iter().all(|&s| s >= scores[best - 1]));
    assert_eq!(fit.checkpoint().n_rounds(), best + 10);
    let model = fit.into_model();
    assert_eq!(model.n_rounds(), best);
    // The score watched is the one the model gives on raw rows.
    let loss = log_loss(&valid.predict(&model), &valid.y, 1);
    assert!((loss - scores[best - 1]).abs() < 1e-12);
}

#[test]
fn each_part_is_answered_at_the_round_that_the_others_chose() {
    for objective in [Objective::Binary, Objective::Multiclass { classes: 3 }] {
        let table = targets(mixed(300, 8), objective);
        let rows = |of: std::ops::Range<usize>| table.select(&of.collect::<Vec<_>>());
        let (train, valid) = (rows(0..180), rows(180..300));
        let (matrix, threads) = (train.matrix(), Threads::single());
        let watched = matrix.binner().transform(&valid.features(), &threads);
        let watched = watched.unwrap();
        let mut params = small(objective, 200);
        params.learning_rate = 0.3;
        params.early_stopping = Some(EarlyStopping {
            patience: 10,
            min_delta: 0.0,
        });
        let parts: Vec<u32> = (0..120).map(|row| row % 3).collect();
        let mut control = ();
        let context = FitContext {
            parts: Some(&parts),
            ..FitContext::new(1, &threads, &mut control)
        };
        let data = (train.data(&matrix), valid.data(&watched));
        let fit = boost(&data.0, Some(&data.1), &params, context).unwrap();
        let crossed = fit.crossed.clone().unwrap();
        let outputs = crossed.len() / 120;
        // The same fit, cut to every length that it had.
        let at: Vec<Vec<f64>> = (0..=fit.history.len())
            .map(|rounds| {
                params.n_estimators = rounds;
                params.early_stopping = None;
                let context = FitContext::new(1, &threads, &mut control);
                valid.predict(&boost(&data.0, None, &params, context).unwrap().into_model())
            })
            .collect();
        let loss = |p: &[f64], row: usize| {
            let p = &p[row * outputs..(row + 1) * outputs];
            let yes = valid.y[row] as usize;
            -match outputs {
                1 if yes == 0 => 1.0 - p[0],
                1 => p[0],
                _ => p[yes],
            }
            .ln()
        };
        for part in 0..3 {
            let others = |p: &[f64]| -> f64 {
                let rows = (0..120).filter(|row| parts[*row] != part);
                rows.map(|row| loss(p, row)).sum()
            };
            let best = at.iter().min_by(|a, b| others(a).total_cmp(&others(b)));
            let best = best.unwrap();
            for row in (0..120).filter(|row| parts[*row] == part) {
                let own = row * outputs..(row + 1) * outputs;
                let pairs = crossed[own.clone()].iter().zip(&best[own]);
                pairs.for_each(|(a, b)| assert!((a - b).abs() < 1e-9, "{objective:?} {row}"));
            }
        }
    }
}

#[test]
fn early_stopping_follows_the_callers_metric() {
    let table = mixed(400, 6);
    let matrix = table.matrix();
    let threads = Threads::single();
    let params = BoostParams {
        early_stopping: Some(EarlyStopping {
            patience: 3,
            min_delta: 0.0,
        }),
        ..small(Objective::Squared, 50)
    };
    let data = table.data(&matrix);
    let calls = AtomicUsize::new(0);
    // Best at its fifth call; the first one scores the constant model.
    let metric = |p: &[f64]| {
        assert_eq!(p.len(), 400);
        (calls.fetch_add(1, Ordering::Relaxed) as f64 - 4.0).abs()
    };
    let mut control = ();
    let context = FitContext {
        metric: Metric::Predictions(&metric),
        ..FitContext::new(1, &threads, &mut control)
    };
    let fit = boost(&data, Some(&data), &params, context).unwrap();
    assert_eq!((fit.best_rounds(), fit.history.len()), (4, 7));
}

#[test]
fn resumed_is_uninterrupted() {
    for objective in OBJECTIVES {
        let table = targets(mixed(500, 7), objective);
        let matrix = table.matrix();
        let threads = Threads::single();
        let valid = table.select(&(0..100).collect::<Vec<_>>());
        let valid_matrix = matrix.select(&(0..100).collect::<Vec<_>>()).unwrap();
        let fit = |rounds: usize, resume: Option<&TreeEnsemble>| {
            let mut params = small(objective, rounds);
            params.bagging_fraction = 0.6;
            params.bagging_freq = 3;
            params.tree.feature_fraction = 0.7;
            params.tree.feature_fraction_bynode = 0.7;
            params.early_stopping = Some(EarlyStopping {
                patience: 100,
                min_delta: 0.0,
            });
            let mut control = ();
            let context = FitContext {
                resume,
                ..FitContext::new(9, &threads, &mut control)
            };
            let valid = valid.data(&valid_matrix);
            boost(&table.data(&matrix), Some(&valid), &params, context).unwrap()
        };
        let whole = fit(20, None);
        let half = fit(7, None);
        let stored = postcard::to_allocvec(half.checkpoint()).unwrap();
        let resumed = fit(20, Some(&postcard::from_bytes(&stored).unwrap()));
        assert_eq!(whole.checkpoint(), resumed.checkpoint(), "{objective:?}");
        assert_eq!(whole.history, resumed.history);
        assert_eq!(whole.best_rounds(), resumed.best_rounds());
    }
}

#[test]
fn the_control_stops_between_and_inside_rounds() {
    let table = mixed(300, 8);
    let matrix = table.matrix();
    let (threads, params) = (Threads::single(), small(Objective::Squared, 50));
    let mut seen = Vec::new();
    let mut at_round = |round: usize, _: Option<f64>, _: Option<f64>| {
        seen.push(round);
        if round == 4 {
            Flow::Stop
        } else {
            Flow::Continue
        }
    };
    let context = FitContext::new(1, &threads, &mut at_round);
    let fit = boost(&table.data(&matrix), None, &params, context).unwrap();
    assert_eq!(
        (fit.outcome, fit.into_model().n_rounds()),
        (Outcome::Stopped, 5)
    );
    assert_eq!(seen, [0, 1, 2, 3, 4]);

    struct Splits(AtomicUsize);
    impl Control for Splits {
        fn on_round(&mut self, _: usize, _: Option<f64>, _: Option<f64>) -> Flow {
            Flow::Continue
        }
        fn should_stop(&self) -> bool {
            self.0.fetch_add(1, Ordering::Relaxed) >= 100
        }
    }
    let mut control = Splits(AtomicUsize::new(0));
    let context = FitContext::new(1, &threads, &mut control);
    let fit = boost(&table.data(&matrix), None, &params, context).unwrap();
    let rounds = fit.checkpoint().n_rounds();
    assert!(
        fit.outcome == Outcome::Stopped && (1..20).contains(&rounds),
        "{rounds}"
    );

    let mut control = Splits(AtomicUsize::new(1000));
    let context = FitContext::new(1, &threads, &mut control);
    let model = boost(&table.data(&matrix), None, &params, context)
        .unwrap()
        .into_model();
    let mean = table.y.iter().sum::<f64>() / 300.0;
    assert!(
        table
            .predict(&model)
            .iter()
            .all(|p| (p - mean).abs() < 1e-12)
    );
}

#[test]
fn importance_finds_the_columns_that_matter() {
    let model = mixed(2000, 9).boost(&small(Objective::Squared, 30), 1, 1);
    let importance = model.importance();
    let noise = (5..11).map(|c| importance[c].gain).fold(0.0, f64::max);
    for column in [0, 1, 3, 4] {
        assert!(importance[column].gain > 3.0 * noise && importance[column].splits > 0);
    }
}

#[test]
fn random_thresholds_still_learn() {
    let table = mixed(2000, 10);
    let mut params = small(Objective::Squared, 100);
    params.tree.extra_trees = true;
    let error = rmse(&table.predict(&table.boost(&params, 1, 1)), &table.y);
    let spread = rmse(&vec![0.0; 2000], &table.y);
    assert!(error < 0.5 * spread, "{error} of {spread}");
}
