//! The precision-recall curve: which share of the cases is found at which cost.

use super::curves::{Line, Square, draw};
use crate::language::{Language, Text};
use domain::evaluation::{Curve, ModelEvaluation};
use domain::task::Metric;

/// The precision-recall curves of a model (recall across, precision up); nothing where it has
/// none.
#[must_use]
pub fn precision_recall(model: &ModelEvaluation, language: Language) -> Option<String> {
    let exact = model.metrics.get(&Metric::AveragePrecision);
    let lines: Vec<Line<'_>> = model
        .precision_recall
        .iter()
        .map(|curve| {
            let area = exact.map_or_else(|| area(curve), |score| score.value);
            Line {
                curve,
                quality: Some((format!("AP {}", language.fixed(area, 3)), area)),
            }
        })
        .collect();
    let square = Square {
        code: "precision_recall",
        x: language.text(Text::Recall),
        y: language.text(Text::Precision),
        diagonal: None,
        marks: false,
    };
    draw(&square, &lines, language)
}

/// Average precision: each step of recall counts with the precision at its far end. The points
/// may come in either direction.
fn area(curve: &Curve) -> f64 {
    let mut points: Vec<(f64, f64)> = curve
        .x
        .iter()
        .copied()
        .zip(curve.y.iter().copied())
        .collect();
    if points.first().map(|p| p.0) > points.last().map(|p| p.0) {
        points.reverse();
    }
    let steps = points.windows(2);
    steps.map(|step| (step[1].0 - step[0].0) * step[1].1).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_directions_have_one_area() {
        let mut curve = Curve {
            label: String::new(),
            x: vec![0.0, 0.5, 1.0],
            y: vec![1.0, 1.0, 0.5],
        };
        assert!((area(&curve) - 0.75).abs() < 1e-12);
        curve.x.reverse();
        curve.y.reverse();
        assert!((area(&curve) - 0.75).abs() < 1e-12);
    }
}
