//! Data that nobody hopes for.

use crate::common::{check_answers, features, metric, target};
use crate::{Form, every, plain};
use domain::task::Task;
use ml::features::{FeatureKind, Features, Target};
use ml::fit::FitError;
use ml::metrics::score;
use ml::model::ModelError;
use ml::recipe::View;

/// Odd data may be refused with words, but never with a panic or a model that answers nonsense.
fn answers_or_says_why(label: &str, form: &Form, x: &Features, y: &Target) {
    match plain(form, x, y) {
        Ok(fit) => check_answers(label, &fit.model.predict(x), y),
        Err(error @ (FitError::Data { .. } | FitError::Library { .. })) => {
            assert!(error.to_string().len() > 20, "{label}: {error}");
        }
        Err(error) => panic!("{label}: {error}"),
    }
}

#[test]
fn odd_shapes_are_learned_or_refused_with_words() {
    every(|label, form, task| {
        let x = features(60, form.view);
        let y = target(&x, task);
        let label = |case: &str| format!("{label}, {case}");
        answers_or_says_why(&label("one row"), form, &x.take(&[0]), &y.take(&[0]));
        answers_or_says_why(&label("two rows"), form, &x.take(&[0, 1]), &y.take(&[0, 1]));
        let one = Features::numeric(vec![x.columns[0].clone()]);
        answers_or_says_why(&label("one feature"), form, &one, &y);
        let constant = Features::numeric(vec![vec![5.0; 60]]);
        answers_or_says_why(&label("a constant"), form, &constant, &y);
        let twins = Features::numeric(vec![x.columns[0].clone(); 6]);
        answers_or_says_why(&label("the same column six times"), form, &twins, &y);
        let same_rows = x.take(&[4; 60]);
        answers_or_says_why(&label("the same row sixty times"), form, &same_rows, &y);
    });
}

/// What users have every day must be learned and not only refused with words.
#[test]
fn plain_shapes_are_learned() {
    every(|label, form, task| {
        let x = features(200, form.view);
        let y = target(&x, task);
        let loss_of = |x: &Features, y: &Target, case: &str| {
            let fit = plain(form, x, y);
            let fit = fit.unwrap_or_else(|error| panic!("{label}, {case}: {error}"));
            let predictions = fit.model.predict(x);
            check_answers(&format!("{label}, {case}"), &predictions, y);
            score(metric(y), y, &predictions, 1).unwrap()
        };
        let naive = {
            let fit = plain(&Form::baseline(), &x, &y).unwrap();
            score(metric(&y), &y, &fit.model.predict(&x), 1).unwrap()
        };
        let one = Features::numeric(vec![x.columns[0].clone()]);
        let with_constant =
            |constant: f64| Features::numeric(vec![x.columns[0].clone(), vec![constant; 200]]);
        let constants_only = Features::numeric(vec![vec![1.0; 200]; 2]);
        let beats = |case: &str, loss: f64| {
            let learned = form.name == "baseline" || loss < 0.9 * naive;
            assert!(learned, "{label}, {case}: {loss} against {naive}");
        };
        beats("one feature", loss_of(&one, &y, "one feature"));
        for constant in [0.0, -3.5] {
            let loss = loss_of(&with_constant(constant), &y, "a constant beside it");
            beats("a constant beside it", loss);
        }
        // Nothing to learn: about as good as guessing; but five neighbours guess from five rows.
        let loss = loss_of(&constants_only, &y, "constants only");
        let most = if form.name == "knn" { 2.5 } else { 1.1 } * naive;
        assert!(loss < most, "{label}, constants only: {loss} above {most}");
        let few: Vec<u32> = (0..10).collect();
        loss_of(&x.take(&few), &y.take(&few), "ten rows");
    });
}

#[test]
fn odd_numbers_are_learned_or_refused_with_words() {
    every(|label, form, task| {
        let x = features(80, form.view);
        let y = target(&x, task);
        let with_columns = |scale: f64| {
            let column = |c: &Vec<f64>| c.iter().map(|v| v * scale).collect();
            Features::numeric(x.columns[..2].iter().map(column).collect())
        };
        for scale in [1e300, 1e-300, 1e-310, 5e-324] {
            let label = format!("{label}, features times {scale}");
            answers_or_says_why(&label, form, &with_columns(scale), &y);
        }
        if let Target::Values(values) = &y {
            for scale in [1e300, 1e160, 1e-160, 1e-310, 0.0] {
                let label = format!("{label}, targets times {scale}");
                let y = Target::Values(values.iter().map(|v| (v - 10.0) * scale).collect());
                answers_or_says_why(&label, form, &x, &y);
            }
            // Whatever overshoots these is no number.
            let ends = values.iter().map(|v| f64::MAX.copysign(v - 10.0));
            let y = Target::Values(ends.collect());
            let label = format!("{label}, targets at both ends of the numbers");
            answers_or_says_why(&label, form, &x, &y);
        }
    });
}

#[test]
fn a_class_that_is_absent_in_training_has_its_place_in_the_answer() {
    every(|label, form, task| {
        if task == Task::Regression {
            return;
        }
        let x = features(90, form.view);
        let one = Target::Classes {
            codes: vec![1; 90],
            count: 2 + usize::from(task == Task::Multiclass),
        };
        let model = plain(form, &x, &one).unwrap().model;
        check_answers(label, &model.predict(&x), &one);
        assert_eq!(model.predict(&x).classes(), [1; 90], "{label}");
        if task == Task::Multiclass {
            let two = Target::Classes {
                codes: (0..90)
                    .map(|row| 2 * u32::from(x.columns[0][row] > 0.0))
                    .collect(),
                count: 3,
            };
            let predictions = plain(form, &x, &two).unwrap().model.predict(&x);
            check_answers(label, &predictions, &two);
            assert!(predictions.output(1).iter().all(|p| *p < 0.2), "{label}");
        }
    });
}

#[test]
fn missing_values_and_many_levels() {
    every(|label, form, task| {
        let x = features(300, form.view);
        let y = target(&x, task);
        let mut broken = x.clone();
        broken.columns[0][5] = f64::NAN;
        let result = plain(form, &broken, &y);
        match form.view {
            View::Dense => {
                let error = result.unwrap_err();
                assert!(matches!(error, FitError::Data { .. }), "{label}: {error}");
            }
            View::Trees => {
                let model = result.unwrap().model;
                let mut unknown = broken.take(&[0, 1]);
                unknown.columns[3] = vec![4_000_000_000.0, -1.0];
                unknown.columns[0] = vec![f64::INFINITY, f64::NEG_INFINITY];
                check_answers(label, &model.predict(&unknown), &y.take(&[0, 1]));

                let levels = (0..3000).map(|row| f64::from(row % 1000)).collect();
                let kinds = vec![FeatureKind::Categorical { levels: 1000 }];
                let many = Features::new(vec!["town".into()], kinds, vec![levels]);
                let base = features(3000, View::Dense);
                let y = target(&base, task);
                check_answers(
                    label,
                    &plain(form, &many, &y).unwrap().model.predict(&many),
                    &y,
                );
            }
        }
    });
}

#[test]
fn wrong_shapes_are_errors() {
    every(|label, form, task| {
        let x = features(40, form.view);
        let y = target(&x, task);
        let refused = |x: &Features, y: &Target, what: &str| {
            let error = plain(form, x, y).unwrap_err();
            assert!(
                matches!(error, FitError::Data { .. }),
                "{label}, {what}: {error}"
            );
        };
        refused(&x.take(&[]), &y.take(&[]), "no rows");
        refused(&x, &y.take(&[0]), "one target");
        refused(&Features::numeric(Vec::new()), &y.take(&[]), "no columns");
        let mut ragged = x.clone();
        ragged.columns[1].pop();
        refused(&ragged, &y, "a short column");
        if let Target::Classes { codes, .. } = &y {
            let codes = codes.iter().map(|code| code + 1).collect();
            refused(&x, &Target::Classes { codes, count: 2 }, "an unknown class");
        }
        let other = match task {
            Task::Regression => Target::Classes {
                codes: vec![0; 40],
                count: 2,
            },
            _ => Target::Values(vec![0.0; 40]),
        };
        if form.tasks.len() < 3 {
            refused(&x, &other, "another task");
        }

        let model = plain(form, &x, &y).unwrap().model;
        let mut out = vec![0.0; 40 * y.outputs()];
        assert_eq!(model.predict_into(&x, &mut out), Ok(()), "{label}");
        let short = model.predict_into(&x, &mut out[1..]);
        assert!(matches!(short, Err(ModelError::Output { .. })), "{label}");
        if let Some(expected) = model.columns() {
            let narrow = Features::numeric(vec![vec![0.0; 40]]);
            let error = model.predict_into(&narrow, &mut out).unwrap_err();
            assert_eq!(error, ModelError::Columns { expected, found: 1 }, "{label}");
            assert!(
                model.predict(&narrow).values.iter().all(|v| v.is_nan()),
                "{label}"
            );
        }
    });
}
