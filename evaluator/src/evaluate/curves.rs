//! Confusion matrix, curves and residuals, thinned to what a plot can show.

use super::Question;
use super::measure::Measured;
use crate::chance::Chance;
use domain::evaluation::{Confusion, Curve, ModelEvaluation};
use domain::task::Task;
use ml::features::{Predictions, Target};
use ml::metrics::{Bins, calibration_curve, confusion, precision_recall_curve, roc_curve};
use std::collections::BTreeMap;

/// Points of a curve.
const POINTS: usize = 200;
/// Points of a cloud of residuals.
const RESIDUALS: usize = 2000;
const RESIDUAL_ROWS: u64 = 0x5245_5349;

/// The model's curves, or none of them; metrics and importance are filled in later.
pub(super) fn curves(
    model: &Measured<'_>,
    target: &Target,
    question: &Question<'_>,
    draw: bool,
) -> ModelEvaluation {
    let mut evaluation = ModelEvaluation {
        model_id: model.candidate.model_id,
        algorithm: model.candidate.algorithm.to_owned(),
        metrics: BTreeMap::new(),
        confusion: None,
        roc: Vec::new(),
        precision_recall: Vec::new(),
        calibration: Vec::new(),
        residuals: None,
        importance: Vec::new(),
    };
    let Some(answers) = model.answers.as_ref().filter(|_| draw) else {
        return evaluation;
    };
    let predictions = &answers.predictions;
    match target {
        Target::Values(truth) => {
            evaluation.residuals = residuals(truth, predictions, question.seed);
        }
        Target::Classes { count, .. } => {
            let matrix = confusion(target, predictions).ok();
            evaluation.confusion = matrix.map(|matrix| Confusion {
                labels: (0..*count).map(|class| name(question, class)).collect(),
                matrix,
            });
            for class in curve_classes(question, *count) {
                let label = name(question, class);
                add_class(&mut evaluation, target, predictions, class, &label);
            }
        }
    }
    evaluation
}

/// For two classes the positive one alone: the other curve is its mirror image.
fn curve_classes(question: &Question<'_>, count: usize) -> Vec<usize> {
    match question.task {
        Task::Binary => vec![question.positive()],
        _ => (0..count).collect(),
    }
}

fn name(question: &Question<'_>, class: usize) -> String {
    let name = question.classes.get(class).cloned();
    name.unwrap_or_else(|| class.to_string())
}

/// A class that does not occur among the held-out rows, or alone does, has no curve.
fn add_class(
    evaluation: &mut ModelEvaluation,
    target: &Target,
    predictions: &Predictions,
    class: usize,
    label: &str,
) {
    let curve = |x: Vec<f64>, y: Vec<f64>| Curve {
        label: label.to_owned(),
        x,
        y,
    };
    if let Ok(roc) = roc_curve(target, predictions, class) {
        let (x, y) = thin(roc.fpr, roc.tpr);
        evaluation.roc.push(curve(x, y));
    }
    if let Ok(pr) = precision_recall_curve(target, predictions, class) {
        let (x, y) = thin(pr.recall, pr.precision);
        evaluation.precision_recall.push(curve(x, y));
    }
    let bins = if target.len() < 200 { 5 } else { 10 };
    let calibration = calibration_curve(target, predictions, class, bins, Bins::Quantile);
    if let Ok(bins) = calibration {
        evaluation
            .calibration
            .push(curve(bins.predicted, bins.observed));
    }
}

/// At most [`POINTS`] points, evenly spread along the line, with both ends.
///
/// Even steps along the *line* rather than in the list: the steep begin of a ROC curve is a few
/// points of many thousands, and the part that people look at.
fn thin(x: Vec<f64>, y: Vec<f64>) -> (Vec<f64>, Vec<f64>) {
    if x.len() <= POINTS {
        return (x, y);
    }
    let step = |i: usize| (x[i] - x[i - 1]).abs() + (y[i] - y[i - 1]).abs();
    let length: f64 = (1..x.len()).map(step).sum();
    let mut kept = vec![0];
    let mut walked = 0.0;
    for i in 1..x.len() - 1 {
        walked += step(i);
        // One place is for the last point.
        if walked >= length * kept.len() as f64 / (POINTS - 1) as f64 && kept.len() < POINTS - 1 {
            kept.push(i);
        }
    }
    kept.push(x.len() - 1);
    let pick = |values: &[f64]| kept.iter().map(|i| values[*i]).collect();
    (pick(&x), pick(&y))
}

/// Predicted values against actual − predicted.
fn residuals(truth: &[f64], predictions: &Predictions, seed: u64) -> Option<Curve> {
    if truth.is_empty() {
        return None;
    }
    let rows = Chance::new(seed, &[RESIDUAL_ROWS]).sample(truth.len(), RESIDUALS);
    let points = rows.iter().map(|row| *row as usize);
    let points = points.map(|row| (predictions.values[row], truth[row]));
    let (x, y) = points
        .map(|(predicted, truth)| (predicted, truth - predicted))
        .filter(|(_, residual)| residual.is_finite())
        .unzip();
    Some(Curve {
        label: "residuals".to_owned(),
        x,
        y,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_the_ends_and_the_shape() {
        let x: Vec<f64> = (0..=50_000).map(|i| f64::from(i) / 50_000.0).collect();
        let y: Vec<f64> = x.iter().map(|x| x.powf(0.1)).collect();
        let area = |x: &[f64], y: &[f64]| -> f64 {
            let steps = x.windows(2).zip(y.windows(2));
            steps
                .map(|(x, y)| (x[1] - x[0]) * f64::midpoint(y[0], y[1]))
                .sum()
        };
        let full = area(&x, &y);
        let (x, y) = thin(x, y);
        assert!(x.len() <= POINTS && x.len() > POINTS / 2, "{}", x.len());
        assert_eq!((x[0], x[x.len() - 1]), (0.0, 1.0));
        assert!((area(&x, &y) - full).abs() < 1e-3);
    }
}
