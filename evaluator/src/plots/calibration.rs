//! The reliability curve: does what is said to happen in 70 % of the cases happen in 70 %?

use super::curves::{Line, Square, draw};
use crate::language::{Language, Text};
use domain::evaluation::Curve;

/// Reliability curves (mean predicted probability across, observed share up); nothing where
/// there is none.
#[must_use]
pub fn calibration(curves: &[Curve], language: Language) -> Option<String> {
    let many = curves.len() > 1;
    let lines: Vec<Line<'_>> = curves
        .iter()
        .map(|curve| Line {
            curve,
            // Only to find the classes that are furthest off; the legend does not show it.
            quality: many.then(|| (String::new(), -worst_gap(curve))),
        })
        .map(|line| Line {
            quality: line.quality.map(|(_, value)| {
                let gap = language.percent(-value, 0);
                (
                    format!("{} {gap}", language.of("écart max.", "largest gap")),
                    value,
                )
            }),
            ..line
        })
        .collect();
    let square = Square {
        code: "calibration",
        x: language.text(Text::Probability),
        y: language.text(Text::ObservedShare),
        diagonal: Some(language.text(Text::Perfect)),
        marks: true,
    };
    draw(&square, &lines, language)
}

fn worst_gap(curve: &Curve) -> f64 {
    let gaps = curve.x.iter().zip(&curve.y).map(|(x, y)| (x - y).abs());
    gaps.fold(0.0, f64::max)
}
