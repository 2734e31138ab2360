//! The ROC curve: false against true positives at every threshold.

use super::curves::{Line, Square, draw};
use crate::language::{Language, Text};
use domain::evaluation::{Curve, ModelEvaluation};
use domain::task::Metric;

/// The ROC curves of a model; nothing where it has none.
#[must_use]
pub fn roc(model: &ModelEvaluation, language: Language) -> Option<String> {
    let exact = model.metrics.get(&Metric::RocAuc).map(|score| score.value);
    let single = model.roc.len() == 1;
    let lines: Vec<Line<'_>> = model
        .roc
        .iter()
        .map(|curve| {
            // The metric of several classes is their mean, which is not the area of any of them.
            let area = exact.filter(|_| single).unwrap_or_else(|| area(curve));
            Line {
                curve,
                quality: Some((format!("AUC {}", language.fixed(area, 3)), area)),
            }
        })
        .collect();
    let square = Square {
        code: "roc",
        x: language.text(Text::FalsePositiveRate),
        y: language.text(Text::TruePositiveRate),
        diagonal: Some(language.text(Text::Luck)),
        marks: false,
    };
    draw(&square, &lines, language)
}

/// The area below the curve, by trapezoids between its points.
fn area(curve: &Curve) -> f64 {
    let x = curve.x.windows(2);
    let y = curve.y.windows(2);
    x.zip(y)
        .map(|(x, y)| (x[1] - x[0]) * f64::midpoint(y[0], y[1]))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_is_that_of_the_polygon() {
        let curve = Curve {
            label: String::new(),
            x: vec![0.0, 0.0, 0.5, 1.0],
            y: vec![0.0, 0.5, 1.0, 1.0],
        };
        assert!((area(&curve) - 0.875).abs() < 1e-12);
    }
}
