//! Predicted against actual values.

use super::axes::range;
use super::scatter::{Cloud, draw};
use super::style::MUTED;
use crate::language::{Language, Text};
use domain::evaluation::Curve;

/// Predicted values (up) by actual values (across), from the curve of residuals; nothing
/// without points.
#[must_use]
pub fn predicted_actual(residuals: &Curve, language: Language) -> Option<String> {
    let pairs = residuals.x.iter().zip(&residuals.y);
    let points: Vec<(f64, f64)> = pairs
        .map(|(predicted, residual)| (predicted + residual, *predicted))
        .collect();
    if points.is_empty() {
        return None;
    }
    // One range for both axes, so that the diagonal means equality.
    let both = range(points.iter().flat_map(|point| [point.0, point.1]));
    let cloud = Cloud {
        code: "predicted_actual",
        x: (language.text(Text::Actual), both),
        y: (language.text(Text::Predicted), both),
    };
    Some(draw(&cloud, &points, language, |canvas, axes| {
        let (from, to) = (axes.at(both.0, both.0), axes.at(both.1, both.1));
        canvas.dashes(from, to, MUTED, 1.4);
    }))
}
