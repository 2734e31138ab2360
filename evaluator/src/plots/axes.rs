//! Two axes with round numbers.

use super::canvas::{Align, Canvas, Point, Turn, label};
use super::style::{GRID, INK, MUTED, NORMAL, SMALL};
use crate::language::Language;

/// The rectangle that data is drawn into, and the values at its edges.
pub(crate) struct Axes {
    /// Upper left corner on the sheet.
    pub from: Point,
    /// Lower right corner on the sheet.
    pub to: Point,
    /// Values at the left and at the right edge.
    pub x: (f64, f64),
    /// Values at the lower and at the upper edge.
    pub y: (f64, f64),
}

impl Axes {
    /// Where a pair of values lies on the sheet; what lies outside is drawn on the edge.
    pub(crate) fn at(&self, x: f64, y: f64) -> Point {
        let across = share(x, self.x) * (self.to.0 - self.from.0);
        let up = share(y, self.y) * (self.to.1 - self.from.1);
        (self.from.0 + across, self.to.1 - up)
    }

    /// Grid, numbers and titles.
    pub(crate) fn draw(&self, canvas: &Canvas<'_>, x: &str, y: &str, language: Language) {
        let (left, top) = self.from;
        let (right, bottom) = self.to;
        let number = label(MUTED).size(SMALL);
        let steps = ticks(self.y, 6);
        for value in &steps.values {
            let (_, at) = self.at(self.x.0, *value);
            canvas.line((left, at), (right, at), GRID, 1.0);
            let text = language.tick(*value, steps.step);
            canvas.text(&text, (left - 8.0, at), number.align(Align::Right));
        }
        let room = (right - left) / 70.0;
        let steps = ticks(self.x, (room as usize).clamp(3, 8));
        for value in &steps.values {
            let (at, _) = self.at(*value, self.y.0);
            canvas.line((at, top), (at, bottom), GRID, 1.0);
            let text = language.tick(*value, steps.step);
            canvas.text(&text, (at, bottom + 14.0), number.align(Align::Center));
        }
        let title = label(INK).size(NORMAL).align(Align::Center);
        canvas.text(x, (f64::midpoint(left, right), bottom + 36.0), title);
        let middle = (16.0, f64::midpoint(top, bottom));
        canvas.text(y, middle, title.turn(Turn::Up));
    }
}

fn share(value: f64, (lo, hi): (f64, f64)) -> f64 {
    if hi > lo {
        ((value - lo) / (hi - lo)).clamp(0.0, 1.0)
    } else {
        0.5
    }
}

/// Round numbers between two values.
pub(crate) struct Ticks {
    /// The numbers, ascending.
    pub values: Vec<f64>,
    /// The distance between them: 1, 2 or 5 times a power of ten.
    pub step: f64,
}

/// About `wanted` round numbers in a range.
pub(crate) fn ticks((lo, hi): (f64, f64), wanted: usize) -> Ticks {
    let span = hi - lo;
    if !span.is_finite() || span <= 0.0 {
        let values = if lo.is_finite() { vec![lo] } else { Vec::new() };
        return Ticks { values, step: 1.0 };
    }
    let rough = span / wanted.max(1) as f64;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .map(|factor| factor * power)
        .into_iter()
        .find(|step| span / step <= wanted as f64 + 1e-9)
        .unwrap_or(10.0 * power);
    let first = (lo / step - 1e-9).ceil();
    let values = (0..=wanted)
        .map(|k| (first + k as f64) * step)
        .filter(|value| *value <= hi + step * 1e-9)
        .collect();
    Ticks { values, step }
}

/// The range of `values`, a little wider so that no mark touches the frame.
pub(crate) fn range(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let (mut lo, mut hi) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values.into_iter().filter(|value| value.is_finite()) {
        lo = lo.min(value);
        hi = hi.max(value);
    }
    if lo > hi {
        return (0.0, 1.0);
    }
    let margin = if hi > lo {
        (hi - lo) * 0.05
    } else {
        lo.abs().max(1.0) * 0.1
    };
    (lo - margin, hi + margin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        let close = |range, wanted, expected: &[f64]| {
            let ticks = ticks(range, wanted);
            assert_eq!(ticks.values.len(), expected.len(), "{:?}", ticks.values);
            for (value, expected) in ticks.values.iter().zip(expected) {
                assert!((value - expected).abs() < 1e-9, "{value} {expected}");
            }
        };
        close((0.0, 1.0), 5, &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
        close((-3.0, 12.0), 4, &[0.0, 5.0, 10.0]);
        close(
            (1998.0, 2003.0),
            5,
            &[1998.0, 1999.0, 2000.0, 2001.0, 2002.0, 2003.0],
        );
    }

    #[test]
    fn odd_ranges_do_no_harm() {
        for odd in [
            (0.0, 0.0),
            (f64::NAN, 1.0),
            (0.0, f64::INFINITY),
            (1.0, 0.0),
        ] {
            assert!(ticks(odd, 5).values.len() <= 6);
        }
        assert_eq!(range([]), (0.0, 1.0));
        assert_eq!(range([f64::NAN, 5.0]), (4.5, 5.5));
    }
}
