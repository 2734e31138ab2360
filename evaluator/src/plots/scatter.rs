//! What the two plots of predicted numbers share: a cloud of points.

use super::axes::Axes;
use super::canvas::{Canvas, picture};
use super::style::{MAIN, WIDTH};
use crate::language::Language;

/// Points that are drawn; more would only make the file heavier.
const MOST: usize = 1000;
const HEIGHT: f64 = 400.0;

/// A cloud and its axes.
pub(crate) struct Cloud<'a> {
    /// The plot's name among the messages.
    pub code: &'a str,
    /// Title and range of the horizontal axis.
    pub x: (&'a str, (f64, f64)),
    /// Title and range of the vertical axis.
    pub y: (&'a str, (f64, f64)),
}

/// Draws the points over what `behind` draws.
pub(crate) fn draw(
    cloud: &Cloud<'_>,
    points: &[(f64, f64)],
    language: Language,
    behind: impl FnOnce(&Canvas<'_>, &Axes),
) -> String {
    let axes = Axes {
        from: (84.0, 16.0),
        to: (WIDTH - 28.0, HEIGHT - 48.0),
        x: cloud.x.1,
        y: cloud.y.1,
    };
    // Few points are drawn firmly; many so that their density shows.
    let (radius, opacity) = match points.len() {
        0..=100 => (3.6, 0.75),
        101..=400 => (3.0, 0.55),
        _ => (2.5, 0.38),
    };
    picture(
        WIDTH,
        HEIGHT,
        &super::description(cloud.code, language),
        |canvas| {
            axes.draw(canvas, cloud.x.0, cloud.y.0, language);
            behind(canvas, &axes);
            let every = points.len().div_ceil(MOST).max(1);
            for (x, y) in points.iter().step_by(every) {
                canvas.disc(axes.at(*x, *y), radius, MAIN, opacity);
            }
        },
    )
}
