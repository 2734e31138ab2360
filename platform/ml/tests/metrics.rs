//! Scores and curves equal scikit-learn's to 1e-9; `vectors/make_metrics.py` made the numbers.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may stop at a surprise"
)]

use domain::task::{Metric, Task};
use ml::features::{Predictions, Target};
use ml::metrics::{self, Bins, MetricError};
use serde_json::Value;
use std::collections::HashSet;

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors/metrics.json")).unwrap()
}

/// Numbers stand as texts, because `serde_json` may miss the last bit of a decimal number.
fn floats(values: &Value) -> Vec<f64> {
    let texts = values.as_array().unwrap().iter();
    texts
        .map(|text| text.as_str().unwrap().parse().unwrap())
        .collect()
}

fn close(name: &str, ours: &[f64], theirs: &[f64]) {
    assert_eq!(
        ours.len(),
        theirs.len(),
        "{name}: {ours:?} instead of {theirs:?}"
    );
    for (a, b) in ours.iter().zip(theirs) {
        let near = a == b || (a - b).abs() <= 1e-9 * b.abs().max(1.0);
        assert!(near, "{name}: {a} instead of {b}");
    }
}

fn check_scores(case: &Value, task: Task, target: &Target, predictions: &Predictions) -> usize {
    let positive = case["positive"].as_u64().unwrap_or(0) as usize;
    let scores = case["scores"].as_object().unwrap();
    for (name, expected) in scores {
        let metric: Metric = name.parse().unwrap();
        assert!(metric.measures(task), "{name}");
        let ours = metrics::score(metric, target, predictions, positive).unwrap();
        let label = format!("{}: {name}", case["name"]);
        close(
            &label,
            &[ours],
            &[expected.as_str().unwrap().parse().unwrap()],
        );
    }
    scores.len()
}

fn classes(case: &Value) -> (Target, Predictions) {
    let count = case["classes"].as_u64().unwrap() as usize;
    let codes = case["truth"].as_array().unwrap().iter();
    let codes = codes.map(|code| code.as_u64().unwrap() as u32).collect();
    let predictions = Predictions {
        outputs: count,
        values: floats(&case["predictions"]),
    };
    (Target::Classes { codes, count }, predictions)
}

#[test]
fn classification_scores_are_scikit_learns() {
    let mut checked = 0;
    for case in vectors()["classification"].as_array().unwrap() {
        let (target, predictions) = classes(case);
        let task = match target.outputs() {
            2 => Task::Binary,
            _ => Task::Multiclass,
        };
        checked += check_scores(case, task, &target, &predictions);
        let matrix = metrics::confusion(&target, &predictions).unwrap();
        assert_eq!(serde_json::json!(matrix), case["confusion"]);
    }
    assert!(checked > 80);
}

#[test]
fn regression_scores_are_scikit_learns() {
    for case in vectors()["regression"].as_array().unwrap() {
        let predictions = Predictions {
            outputs: 1,
            values: floats(&case["predictions"]),
        };
        let target = Target::Values(floats(&case["truth"]));
        check_scores(case, Task::Regression, &target, &predictions);
    }
}

#[test]
fn every_metric_of_every_task_has_a_number_of_scikit_learns() {
    let vectors = vectors();
    let mut compared = HashSet::new();
    for kind in ["classification", "regression"] {
        for case in vectors[kind].as_array().unwrap() {
            let task = match case["classes"].as_u64() {
                Some(2) => Task::Binary,
                Some(_) => Task::Multiclass,
                None => Task::Regression,
            };
            let names = case["scores"].as_object().unwrap().keys();
            compared.extend(names.map(|name| (task, name.clone())));
        }
    }
    for task in Task::ALL {
        for metric in Metric::ALL.iter().filter(|metric| metric.measures(*task)) {
            let pair = (*task, metric.to_string());
            assert!(compared.contains(&pair), "{metric} of {task}");
        }
    }
}

#[test]
fn curves_are_scikit_learns() {
    for case in vectors()["classification"].as_array().unwrap() {
        let Some(curves) = case["curves"].as_object() else {
            continue;
        };
        let name = case["name"].as_str().unwrap();
        let (target, predictions) = classes(case);
        let class = case["positive"].as_u64().unwrap() as usize;
        let theirs = |curve: &str, axis: usize| floats(&curves[curve][axis]);

        let roc = metrics::roc_curve(&target, &predictions, class).unwrap();
        close(name, &roc.fpr, &theirs("roc", 0));
        close(name, &roc.tpr, &theirs("roc", 1));
        close(name, &roc.thresholds, &theirs("roc", 2));

        let pr = metrics::precision_recall_curve(&target, &predictions, class).unwrap();
        close(name, &pr.precision, &theirs("precision_recall", 0));
        close(name, &pr.recall, &theirs("precision_recall", 1));
        close(name, &pr.thresholds, &theirs("precision_recall", 2));

        for (bins, curve) in [
            (Bins::Uniform, "calibration_uniform"),
            (Bins::Quantile, "calibration_quantile"),
        ] {
            let ours = metrics::calibration_curve(&target, &predictions, class, 5, bins).unwrap();
            close(
                &format!("{name}: {curve}"),
                &ours.predicted,
                &theirs(curve, 0),
            );
            close(
                &format!("{name}: {curve}"),
                &ours.observed,
                &theirs(curve, 1),
            );
        }
    }
}

#[test]
fn what_is_not_defined_says_so() {
    let one_class = Target::Classes {
        codes: vec![1, 1],
        count: 2,
    };
    let even = Predictions {
        outputs: 2,
        values: vec![0.5; 4],
    };
    let metric = Metric::RocAuc;
    assert_eq!(
        metrics::score(metric, &one_class, &even, 1),
        Err(MetricError::OneClass { metric })
    );
    assert_eq!(
        metrics::score(Metric::Rmse, &one_class, &even, 1),
        Err(MetricError::Task {
            metric: Metric::Rmse,
            measured: "two classes"
        })
    );
    let broken = Predictions {
        outputs: 2,
        values: vec![0.5, 0.5, f64::NAN, 0.5],
    };
    assert_eq!(
        metrics::score(Metric::Accuracy, &one_class, &broken, 1),
        Err(MetricError::NotFinite { row: 1 })
    );
    let numbers = Target::Values(vec![1.0, -2.0]);
    let predicted = Predictions {
        outputs: 1,
        values: vec![1.0, 1.0],
    };
    assert!(matches!(
        metrics::score(Metric::Rmsle, &numbers, &predicted, 0),
        Err(MetricError::Domain { row: 1, .. })
    ));
    let huge = Target::Values(vec![1e300, -1e300]);
    assert!(matches!(
        metrics::score(Metric::Mse, &huge, &predicted, 0),
        Err(MetricError::Overflow { .. })
    ));
}

#[test]
fn the_interval_of_many_rows_is_narrow_and_holds_the_score() {
    let codes: Vec<u32> = (0..10_000).map(|row| row % 3 % 2).collect();
    let values = (0..10_000u32).flat_map(|row| {
        let p = f64::from(row.wrapping_mul(2_654_435_761) % 1000) / 1000.0;
        [1.0 - p, p]
    });
    let predictions = Predictions {
        outputs: 2,
        values: values.collect(),
    };
    let target = Target::Classes { codes, count: 2 };
    let score = metrics::score(Metric::RocAuc, &target, &predictions, 1).unwrap();
    let units = metrics::Units::new(10_000, None);
    let interval =
        metrics::bootstrap_interval(Metric::RocAuc, &target, &predictions, 1, &units, 500, 1);
    let (low, high) = interval.unwrap();
    assert!(
        low < score && score < high && high - low < 0.05,
        "{low} to {high}"
    );
}
