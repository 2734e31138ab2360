//! Residuals against predicted values: does the model err one way for large values?

use super::axes::range;
use super::scatter::{Cloud, draw};
use super::style::INK;
use crate::language::{Language, Text};
use domain::evaluation::Curve;

/// Residuals (actual − predicted, up) by predicted value (across); nothing without points.
#[must_use]
pub fn residuals(curve: &Curve, language: Language) -> Option<String> {
    let points: Vec<(f64, f64)> = curve
        .x
        .iter()
        .copied()
        .zip(curve.y.iter().copied())
        .collect();
    if points.is_empty() {
        return None;
    }
    // Zero in the middle, so that the eye can compare both sides.
    let (lo, hi) = range(points.iter().map(|point| point.1));
    let reach = lo.abs().max(hi.abs());
    let cloud = Cloud {
        code: "residuals",
        x: (
            language.text(Text::Predicted),
            range(points.iter().map(|point| point.0)),
        ),
        y: (language.text(Text::Residual), (-reach, reach)),
    };
    Some(draw(&cloud, &points, language, |canvas, axes| {
        let (left, right) = (axes.at(axes.x.0, 0.0), axes.at(axes.x.1, 0.0));
        canvas.line(left, right, INK, 1.4);
    }))
}
