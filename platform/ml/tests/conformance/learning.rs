//! Equal in, equal out; and something is learned.

use crate::common::{check_answers, features, metric, noise, target, with};
use crate::{Form, bytes, every, plain};
use ml::features::{Features, Target};
use ml::fit::{FitData, FitError};
use ml::metrics::score;
use ml::model::FittedModel;

#[test]
fn one_seed_gives_the_same_bytes_on_any_threads() {
    every(|label, form, task| {
        let all = features(400, form.view);
        let (train, valid): (Vec<u32>, Vec<u32>) = (0..400).partition(|row| *row < 250);
        let (x, y) = (all.take(&train), target(&all.take(&train), task));
        let (valid_x, valid_y) = (all.take(&valid), target(&all.take(&valid), task));
        let data = FitData {
            valid: Some((&valid_x, &valid_y)),
            ..FitData::new(&x, &y)
        };
        let fit = |threads| with(form, &data, &form.params, 3, threads).unwrap();
        let first = bytes(&fit(1).model);
        for threads in [1, 2, 4] {
            assert!(
                bytes(&fit(threads).model) == first,
                "{label}: {threads} threads"
            );
        }
    });
}

/// Whoever stops where the watched rows like it best must also say what it says of rows that had no
/// part in that: on noise the one looks learned, the other does not.
#[test]
fn noise_looks_like_noise_on_the_rows_that_were_watched() {
    every(|label, form, task| {
        if task != domain::task::Task::Binary {
            return;
        }
        let (mut fooled, mut honest, mut fits) = (0.0, 0.0, 0.0);
        for round in 0..6_usize {
            let x = features(150, form.view);
            let coin = |row| u32::from(noise(row, 100 + round as u64) > 0.5);
            let codes = (0..150).map(coin).collect();
            let y = Target::Classes { codes, count: 2 };
            let (train, valid): (Vec<u32>, Vec<u32>) =
                (0..150).partition(|row| !(row + round as u32).is_multiple_of(3));
            let (valid_x, valid_y) = (x.take(&valid), y.take(&valid));
            let parts: Vec<u32> = (0..valid.len() as u32).map(|row| row % 5).collect();
            let (train_x, train_y) = (x.take(&train), y.take(&train));
            let data = FitData {
                valid: Some((&valid_x, &valid_y)),
                parts: Some(&parts),
                ..FitData::new(&train_x, &train_y)
            };
            let fit = with(form, &data, &form.params, 3, 1).unwrap();
            let chooses = matches!(form.name, "gradient_boosting" | "mlp");
            assert_eq!(fit.watched.is_some(), chooses, "{label}");
            let Some(watched) = &fit.watched else {
                return;
            };
            check_answers(label, watched, &valid_y);
            let auc = |said: &ml::features::Predictions| {
                score(domain::task::Metric::RocAuc, &valid_y, said, 1).unwrap()
            };
            fooled += auc(&fit.model.predict(&valid_x));
            honest += auc(watched);
            fits += 1.0;
        }
        let (fooled, honest) = (fooled / fits, honest / fits);
        assert!(honest < 0.55, "{label}: {honest}");
        assert!(honest < fooled, "{label}: {honest} and {fooled}");
    });
}

#[test]
fn parts_are_of_the_watched_rows() {
    every(|label, form, task| {
        let x = features(60, form.view);
        let y = target(&x, task);
        let data = FitData {
            parts: Some(&[0, 1]),
            ..FitData::new(&x, &y)
        };
        let error = with(form, &data, &form.params, 3, 1).unwrap_err();
        assert!(error.to_string().contains("2 parts"), "{label}: {error}");
    });
}

#[test]
fn a_stored_model_answers_the_same() {
    every(|label, form, task| {
        let x = features(200, form.view);
        let y = target(&x, task);
        let model = plain(form, &x, &y).unwrap().model;
        let back: FittedModel = postcard::from_bytes(&bytes(&model)).unwrap();
        assert!(back == model, "{label}");
        assert_eq!(back.predict(&x), model.predict(&x), "{label}");
        // One row alone gets the bits that it gets among others.
        let row = x.take(&[77]);
        assert_eq!(
            model.predict(&row).values,
            model.predict(&x).row(77),
            "{label}"
        );
        assert!(model.predict(&x.take(&[])).values.is_empty(), "{label}");
    });
}

#[test]
fn everything_learns_what_there_is_to_learn() {
    every(|label, form, task| {
        let x = features(600, form.view);
        let y = target(&x, task);
        let (train, test) = ml::split::holdout(Some(&y), x.rows(), 0.3, 1);
        let (test_x, test_y) = (x.take(&test), y.take(&test));
        let loss = |form: &Form| {
            let fit = plain(form, &x.take(&train), &y.take(&train)).unwrap();
            let predictions = fit.model.predict(&test_x);
            check_answers(label, &predictions, &test_y);
            assert!(
                fit.visits > 0 && fit.rounds > 0 && fit.stopped.is_none(),
                "{label}"
            );
            score(metric(&test_y), &test_y, &predictions, 1).unwrap()
        };
        let (ours, baseline) = (loss(form), loss(&Form::baseline()));
        if form.name != "baseline" {
            assert!(ours < 0.7 * baseline, "{label}: {ours} against {baseline}");
        }
    });
}

#[test]
fn the_order_of_rows_hardly_matters() {
    every(|label, form, task| {
        let x = features(250, form.view);
        let y = target(&x, task);
        let turned: Vec<u32> = (0..250).rev().collect();
        let loss = |x: &Features, y: &Target| {
            let model = plain(form, x, y).unwrap().model;
            let test = features(300, form.view);
            let test_y = target(&test, task);
            score(metric(&test_y), &test_y, &model.predict(&test), 1).unwrap()
        };
        let (a, b) = (loss(&x, &y), loss(&x.take(&turned), &y.take(&turned)));
        assert!(
            (a - b).abs() < 0.3 * a.max(b).max(0.1),
            "{label}: {a} and {b}"
        );
    });
}

#[test]
fn weights_count_or_are_refused() {
    every(|label, form, task| {
        let x = features(200, form.view);
        let y = target(&x, task);
        let fit = |weights: &[f64]| {
            let data = FitData {
                weights: Some(weights),
                ..FitData::new(&x, &y)
            };
            with(form, &data, &form.params, 7, 1)
        };
        if !form.weights {
            let error = fit(&[1.0; 200]).unwrap_err();
            assert!(error.to_string().contains("weights"), "{label}: {error}");
            return;
        }
        let weights: Vec<f64> = (0..200).map(|row| 0.1 + 3.0 * noise(row, 5)).collect();
        check_answers(label, &fit(&weights).unwrap().model.predict(&x), &y);
        for wrong in [
            vec![0.0; 200],
            vec![f64::NAN; 200],
            vec![-1.0; 200],
            vec![1.0; 3],
        ] {
            assert!(matches!(fit(&wrong), Err(FitError::Data { .. })), "{label}");
        }
        // All weight on one half, where every answer is the same: that half is learned.
        let heavy: Vec<f64> = (0..200)
            .map(|row| match &y {
                Target::Classes { codes, .. } => f64::from(u8::from(codes[row] == 0)),
                Target::Values(values) => f64::from(u8::from(values[row] < 8.0)),
            })
            .collect();
        let predictions = fit(&heavy).unwrap().model.predict(&x);
        let rows = 0..200;
        let mean = |of: &dyn Fn(usize) -> f64| rows.clone().map(of).sum::<f64>() / 200.0;
        match &y {
            Target::Classes { .. } => assert!(mean(&|r| predictions.row(r)[0]) > 0.8, "{label}"),
            Target::Values(values) => {
                assert!(
                    mean(&|r| predictions.row(r)[0]) < mean(&|r| values[r]),
                    "{label}"
                );
            }
        }
    });
}
