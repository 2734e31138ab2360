//! What ROC, precision-recall and calibration share: a square of shares, one line a class, and a
//! legend beside it.

use super::axes::Axes;
use super::canvas::{Canvas, Point, label, picture};
use super::style::{FAINT, INK, MUTED, NORMAL, SERIES, SMALL, WIDTH, ellipsize_all};
use crate::language::{Language, Text};
use domain::evaluation::Curve;
use plotters::style::RGBColor;

/// A curve and what the legend says of it beyond its label.
pub(crate) struct Line<'a> {
    pub curve: &'a Curve,
    /// How good it is, larger is better, as text and as a number to choose by.
    pub quality: Option<(String, f64)>,
}

/// How the square is drawn.
pub(crate) struct Square<'a> {
    /// The plot's name among the messages.
    pub code: &'a str,
    /// Title of the horizontal axis.
    pub x: &'a str,
    /// Title of the vertical axis.
    pub y: &'a str,
    /// The line to compare with, from the lower left to the upper right corner.
    pub diagonal: Option<&'a str>,
    /// Whether points are marked.
    pub marks: bool,
}

const HEIGHT: f64 = 424.0;
const AXES: Axes = Axes {
    from: (64.0, 16.0),
    to: (424.0, 376.0),
    x: (0.0, 1.0),
    y: (0.0, 1.0),
};
const LEGEND: f64 = 446.0;
/// Width of the legend's texts.
const ROOM: f64 = WIDTH - LEGEND - 34.0;

/// The plot, unless there is no curve.
///
/// Six lines can be told apart. Of more classes the worst are in colour, since a person who looks
/// at such a plot asks where the model fails; the others stand behind in grey.
pub(crate) fn draw(square: &Square<'_>, lines: &[Line<'_>], language: Language) -> Option<String> {
    let mut order: Vec<&Line<'_>> = lines.iter().filter(|l| l.curve.x.len() > 1).collect();
    if order.is_empty() {
        return None;
    }
    let quality = |line: &Line<'_>| line.quality.as_ref().map_or(0.0, |(_, value)| *value);
    let crowded = order.len() > SERIES.len();
    if crowded {
        order.sort_by(|a, b| quality(a).total_cmp(&quality(b)));
    }
    let shown = order.len().min(SERIES.len());
    let description = super::description(square.code, language);
    Some(picture(WIDTH, HEIGHT, &description, |canvas| {
        AXES.draw(canvas, square.x, square.y, language);
        if square.diagonal.is_some() {
            canvas.dashes(AXES.at(0.0, 0.0), AXES.at(1.0, 1.0), MUTED, 1.2);
        }
        for line in &order[shown..] {
            canvas.path(points(line.curve), FAINT, 1.0, 0.7);
        }
        // The first line is drawn last, on top of the others.
        for (line, color) in order[..shown].iter().zip(SERIES).rev() {
            canvas.path(points(line.curve), color, 2.2, 1.0);
            if square.marks {
                for point in points(line.curve) {
                    canvas.disc(point, 3.4, color, 1.0);
                }
            }
        }
        let mut legend = Legend { canvas, y: 28.0 };
        let names: Vec<&str> = order[..shown]
            .iter()
            .map(|l| l.curve.label.as_str())
            .collect();
        let names = ellipsize_all(&names, NORMAL, ROOM);
        for ((line, color), name) in order[..shown].iter().zip(SERIES).zip(&names) {
            let quality = line.quality.as_ref().map(|(text, _)| text.as_str());
            legend.entry(name, quality, color);
        }
        if order.len() > shown {
            let text = format!("{} ({})", language.text(Text::Others), order.len() - shown);
            legend.entry(&text, None, FAINT);
        }
        if let Some(text) = square.diagonal {
            legend.dashed(text);
        }
    }))
}

fn points(curve: &Curve) -> impl Iterator<Item = Point> {
    let values = curve.x.iter().zip(&curve.y);
    values.map(|(x, y)| AXES.at(*x, *y))
}

struct Legend<'a, 'b> {
    canvas: &'a Canvas<'b>,
    y: f64,
}

impl Legend<'_, '_> {
    fn entry(&mut self, text: &str, quality: Option<&str>, color: RGBColor) {
        let (left, right) = ((LEGEND, self.y), (LEGEND + 18.0, self.y));
        self.canvas.line(left, right, color, 3.0);
        self.say(text, INK);
        if let Some(quality) = quality {
            let at = (LEGEND + 26.0, self.y - 4.0);
            self.canvas.text(quality, at, label(MUTED).size(SMALL));
            self.y += 18.0;
        }
    }

    fn dashed(&mut self, text: &str) {
        let (left, right) = ((LEGEND, self.y), (LEGEND + 18.0, self.y));
        self.canvas.dashes(left, right, MUTED, 1.2);
        self.say(text, MUTED);
    }

    fn say(&mut self, text: &str, color: RGBColor) {
        self.canvas
            .text(text, (LEGEND + 26.0, self.y), label(color));
        self.y += 22.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(label: &str, height: f64) -> Curve {
        Curve {
            label: label.to_owned(),
            x: vec![0.0, 0.5, 1.0],
            y: vec![0.0, height, 1.0],
        }
    }

    fn drawn(curves: &[Curve]) -> Option<String> {
        let square = Square {
            code: "roc",
            x: "x",
            y: "y",
            diagonal: Some("luck"),
            marks: true,
        };
        let lines: Vec<Line<'_>> = curves
            .iter()
            .map(|curve| Line {
                curve,
                quality: curve.y.get(1).map(|y| (format!("q{y}"), *y)),
            })
            .collect();
        draw(&square, &lines, Language::English)
    }

    #[test]
    fn of_many_classes_the_worst_are_named() {
        let curves: Vec<Curve> = (0..30)
            .map(|i| curve(&format!("class{i:02}"), f64::from(i) / 30.0))
            .collect();
        let svg = drawn(&curves).unwrap();
        assert!(svg.contains("class00") && svg.contains("class05"));
        assert!(!svg.contains("class29"));
        assert!(svg.contains("Other classes (24)"));
    }

    #[test]
    fn without_a_curve_there_is_no_plot() {
        assert_eq!(drawn(&[]), None);
        let mut lonely = curve("a", 0.5);
        (lonely.x, lonely.y) = (vec![0.0], vec![0.0]);
        assert!(drawn(&[lonely]).is_none());
    }
}
