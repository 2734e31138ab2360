//! A sheet to draw on: plotters' SVG backend with fractions of a pixel.

use super::style::{NORMAL, PAPER, sheet};
use plotters::coord::Shift;
use plotters::element::{Circle, Drawable, PathElement, PointCollection, Polygon, Rectangle, Text};
use plotters::prelude::{DrawingArea, IntoDrawingArea, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    Color, FontDesc, FontFamily, FontStyle, FontTransform, RGBColor, ShapeStyle, TextStyle,
};
use std::fmt::Write as _;

/// Steps a pixel. Plotters counts in whole steps, and a curve on whole pixels has stairs.
const FINE: f64 = 8.0;
/// Plotters' SVG backend divides every font size by this.
const FONT: f64 = 1.24;

/// Where a point lies on the sheet, in pixels from the upper left corner.
pub(crate) type Point = (f64, f64);

/// Which end of a text its point is.
#[derive(Clone, Copy)]
pub(crate) enum Align {
    Left,
    Center,
    Right,
}

/// How a text runs.
#[derive(Clone, Copy)]
pub(crate) enum Turn {
    /// From left to right.
    Level,
    /// From below to above.
    Up,
    /// Rising, for labels that stand close together.
    Slant,
}

/// How a text looks; built from [`label`].
#[derive(Clone, Copy)]
pub(crate) struct Label {
    size: f64,
    color: RGBColor,
    align: Align,
    turn: Turn,
    bold: bool,
}

/// A level text of normal size that begins at its point.
pub(crate) fn label(color: RGBColor) -> Label {
    Label {
        size: NORMAL,
        color,
        align: Align::Left,
        turn: Turn::Level,
        bold: false,
    }
}

impl Label {
    pub(crate) fn size(self, size: f64) -> Self {
        Self { size, ..self }
    }

    pub(crate) fn align(self, align: Align) -> Self {
        Self { align, ..self }
    }

    pub(crate) fn turn(self, turn: Turn) -> Self {
        Self { turn, ..self }
    }

    pub(crate) fn bold(self, bold: bool) -> Self {
        Self { bold, ..self }
    }
}

/// The sheet.
pub(crate) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

/// A picture of that size; `description` is what a screen reader says in its place.
pub(crate) fn picture(
    width: f64,
    height: f64,
    description: &str,
    paint: impl FnOnce(&Canvas<'_>),
) -> String {
    let mut drawn = String::new();
    let size = (fine(width).unsigned_abs(), fine(height).unsigned_abs());
    {
        let backend = SVGBackend::with_string(&mut drawn, size);
        let canvas = Canvas {
            area: backend.into_drawing_area(),
        };
        canvas.rect((0.0, 0.0), (width, height), PAPER, 1.0);
        paint(&canvas);
    }
    // The opening tag is ours: its size is in pixels, its inner units are the fine steps.
    let inner = drawn.split_once('>').map_or("", |(_, inner)| inner);
    let mut svg = format!(
        "<svg class=\"ml-plot\" role=\"img\" aria-label=\"{}\" width=\"{width}\" \
         height=\"{height}\" viewBox=\"0 0 {} {}\" xmlns=\"http://www.w3.org/2000/svg\">\n{}",
        escape(description),
        size.0,
        size.1,
        sheet(),
    );
    // Plotters turns texts by right angles only; a quarter turn to the right stands for the
    // slant. Inside a text the quote would be written `&quot;`, so no label can match this.
    svg.push_str(&inner.replace("transform=\"rotate(90, ", "transform=\"rotate(-38, "));
    svg
}

/// `text` so that neither HTML nor SVG takes any of it for markup.
#[must_use]
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // XML knows no other control characters.
            c if c.is_control() && c != '\n' && c != '\t' => out.push(' '),
            c => {
                let _ = write!(out, "{c}");
            }
        }
    }
    out
}

/// Pixels in fine steps; what is no number lands in the corner.
fn fine(pixels: f64) -> i32 {
    (pixels * FINE).round().clamp(-1e6, 1e6) as i32
}

fn fine_point((x, y): Point) -> (i32, i32) {
    (fine(x), fine(y))
}

fn stroke(color: RGBColor, width: f64, opacity: f64) -> ShapeStyle {
    ShapeStyle::from(color.mix(opacity)).stroke_width(fine(width).unsigned_abs())
}

impl<'b> Canvas<'b> {
    /// Writing into a string cannot fail, so there is nothing to report.
    fn put<E>(&self, element: &E)
    where
        for<'a> &'a E: PointCollection<'a, (i32, i32)>,
        E: Drawable<SVGBackend<'b>>,
    {
        let _ = self.area.draw(element);
    }

    /// A line through `points`.
    pub(crate) fn path(
        &self,
        points: impl IntoIterator<Item = Point>,
        color: RGBColor,
        width: f64,
        opacity: f64,
    ) {
        let points: Vec<_> = points.into_iter().map(fine_point).collect();
        self.put(&PathElement::new(points, stroke(color, width, opacity)));
    }

    /// A straight line.
    pub(crate) fn line(&self, from: Point, to: Point, color: RGBColor, width: f64) {
        self.path([from, to], color, width, 1.0);
    }

    /// A straight line of dashes.
    pub(crate) fn dashes(&self, from: Point, to: Point, color: RGBColor, width: f64) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = dx.hypot(dy);
        let (mut at, dash, gap) = (0.0, 5.0, 4.0);
        while at < length {
            let (a, b) = (at / length, (at + dash).min(length) / length);
            let along = |t: f64| (from.0 + t * dx, from.1 + t * dy);
            self.line(along(a), along(b), color, width);
            at += dash + gap;
        }
    }

    /// A filled rectangle.
    pub(crate) fn rect(&self, from: Point, to: Point, color: RGBColor, opacity: f64) {
        let style = ShapeStyle::from(color.mix(opacity)).filled();
        self.put(&Rectangle::new([fine_point(from), fine_point(to)], style));
    }

    /// A filled disc.
    pub(crate) fn disc(&self, center: Point, radius: f64, color: RGBColor, opacity: f64) {
        let style = ShapeStyle::from(color.mix(opacity)).filled();
        self.put(&Circle::new(fine_point(center), fine(radius), style));
    }

    /// A hollow diamond.
    pub(crate) fn diamond(&self, (x, y): Point, radius: f64, color: RGBColor) {
        let corners = [
            (x, y - radius),
            (x + radius, y),
            (x, y + radius),
            (x - radius, y),
        ];
        let inside = ShapeStyle::from(PAPER).filled();
        self.put(&Polygon::new(corners.map(fine_point).to_vec(), inside));
        self.path(corners.into_iter().chain([corners[0]]), color, 1.6, 1.0);
    }

    /// A text, in the middle of its point's height.
    pub(crate) fn text(&self, text: &str, at: Point, label: Label) {
        let weight = if label.bold {
            FontStyle::Bold
        } else {
            FontStyle::Normal
        };
        let font = FontDesc::new(FontFamily::SansSerif, label.size * FINE * FONT, weight)
            .transform(match label.turn {
                Turn::Level => FontTransform::None,
                Turn::Up => FontTransform::Rotate270,
                Turn::Slant => FontTransform::Rotate90,
            });
        let side = match label.align {
            Align::Left => HPos::Left,
            Align::Center => HPos::Center,
            Align::Right => HPos::Right,
        };
        let style = TextStyle::from(font)
            .color(&label.color)
            .pos(Pos::new(side, VPos::Center));
        // XML knows no control characters, and plotters lets them pass.
        let printable = text.chars().map(|c| if c.is_control() { ' ' } else { c });
        let text: String = printable.collect();
        self.put(&Text::new(text, fine_point(at), style));
    }
}

#[cfg(test)]
mod tests {
    use super::super::style::INK;
    use super::*;

    #[test]
    fn texts_are_never_markup() {
        let svg = picture(10.0, 10.0, "a \"b\" <c>", |canvas| {
            canvas.text("<script>alert('&')</script>\u{1}\n", (1.0, 1.0), label(INK));
        });
        assert!(!svg.contains('\u{1}'));
        assert!(!svg.contains("<script"), "{svg}");
        assert!(svg.contains("&lt;script&gt;"));
        assert!(svg.contains("aria-label=\"a &quot;b&quot; &lt;c&gt;\""));
        assert!(svg.trim_end().ends_with("</svg>"));
    }

    #[test]
    fn a_label_cannot_pose_as_a_turned_one() {
        let svg = picture(10.0, 10.0, "", |canvas| {
            let text = "transform=\"rotate(90, ";
            canvas.text(text, (1.0, 1.0), label(INK));
        });
        assert!(svg.contains("transform=&quot;rotate(90, "), "{svg}");
    }

    #[test]
    fn what_is_no_number_does_no_harm() {
        let svg = picture(10.0, 10.0, "", |canvas| {
            canvas.line((f64::NAN, f64::INFINITY), (1.0, 2.0), INK, 1.0);
            canvas.dashes((0.0, 0.0), (0.0, 0.0), INK, 1.0);
        });
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
    }
}
