//! The confusion matrix: which class is taken for which.

use super::canvas::{Align, Canvas, Turn, label, picture};
use super::style::{
    GRID, INK, MAIN, MUTED, NORMAL, ON_FILL, SMALL, WIDTH, ellipsize_all, text_width,
};
use crate::language::{Language, Text};
use domain::evaluation::Confusion;

/// Space for the scale at the right.
const SCALE: f64 = 64.0;
const TOP: f64 = 12.0;
const GAP: f64 = 1.5;

/// Sizes that depend on the number of classes and on their names.
struct Layout {
    /// Width and height of a cell.
    cell: (f64, f64),
    left: f64,
    labels: Vec<String>,
    /// Size of the labels.
    size: f64,
    /// How the labels below the columns run.
    turn: Turn,
    height: f64,
}

impl Layout {
    fn of(labels: &[String]) -> Self {
        let classes = labels.len() as f64;
        let size = if labels.len() > 15 { 10.0 } else { SMALL };
        let labels = ellipsize_all(labels, size, 140.0);
        let widths = labels.iter().map(|label| text_width(label, size));
        let widest = widths.fold(0.0, f64::max);
        let beside = 34.0 + widest + 10.0;
        // Few classes have cells wide enough for their names; many share what there is.
        let room = (WIDTH - beside - SCALE - 16.0) / classes;
        let width = room.clamp(9.0, (widest + 14.0).max(84.0));
        let height = width.min(if classes < 7.0 { 72.0 } else { 84.0 });
        let (turn, below) = if widest <= width - 6.0 {
            (Turn::Level, 18.0)
        } else if width * 0.6 > size * 1.25 {
            (Turn::Slant, widest * 0.62 + 14.0)
        } else {
            (Turn::Up, widest + 12.0)
        };
        // In the middle of the sheet, as far as it does not fill it.
        let spare = WIDTH - beside - width * classes - SCALE - 16.0;
        Self {
            cell: (width, height),
            left: beside + (spare / 2.0).max(0.0),
            labels,
            size,
            turn,
            height: TOP + height * classes + 6.0 + below + 30.0,
        }
    }

    /// The upper left corner of a cell.
    fn corner(&self, row: usize, column: usize) -> (f64, f64) {
        let x = self.left + self.cell.0 * column as f64;
        (x, TOP + self.cell.1 * row as f64)
    }

    /// The size in which every count fits its cell, if there is one.
    fn font(&self, confusion: &Confusion, language: Language) -> Option<f64> {
        let most = confusion.matrix.iter().flatten().max().copied();
        let widest = language.count(most.unwrap_or(0));
        [NORMAL, SMALL, 10.0, 8.5].into_iter().find(|font| {
            text_width(&widest, *font) <= self.cell.0 - 3.0 && font * 1.4 <= self.cell.1
        })
    }
}

/// Counts, shaded by the share of their row; nothing without classes.
#[must_use]
pub fn confusion(confusion: &Confusion, language: Language) -> Option<String> {
    if confusion.labels.is_empty() {
        return None;
    }
    let layout = Layout::of(&confusion.labels);
    let font = layout.font(confusion, language);
    let description = super::description("confusion", language);
    Some(picture(WIDTH, layout.height, &description, |canvas| {
        for (row, counts) in confusion.matrix.iter().enumerate() {
            let total: u64 = counts.iter().sum();
            for (column, count) in counts.iter().enumerate() {
                let share = *count as f64 / total.max(1) as f64;
                cell(canvas, &layout, (row, column), (*count, share));
                if let Some(font) = font.filter(|_| *count > 0) {
                    let texts = (language.count(*count), language.percent(share, 0));
                    write(canvas, &layout, (row, column), &texts, font, share);
                }
            }
        }
        names(canvas, &layout, language);
        scale(canvas, &layout, language);
    }))
}

fn cell(
    canvas: &Canvas<'_>,
    layout: &Layout,
    (row, column): (usize, usize),
    (count, share): (u64, f64),
) {
    let (x, y) = layout.corner(row, column);
    let inner = (x + layout.cell.0 - GAP, y + layout.cell.1 - GAP);
    canvas.rect((x, y), inner, GRID, 0.45);
    if count > 0 {
        canvas.rect((x, y), inner, MAIN, shade(share));
    }
}

/// Even the smallest share is seen.
fn shade(share: f64) -> f64 {
    0.06 + 0.94 * share
}

/// The count, and below it its share of the row where there is room.
fn write(
    canvas: &Canvas<'_>,
    layout: &Layout,
    (row, column): (usize, usize),
    (count, percent): &(String, String),
    font: f64,
    share: f64,
) {
    let (x, y) = layout.corner(row, column);
    let (width, height) = layout.cell;
    let middle = (x + (width - GAP) / 2.0, y + (height - GAP) / 2.0);
    // Where both inks are about equally easy to read, on a light and on a dark page.
    let color = if share > 0.7 { ON_FILL } else { INK };
    let style = label(color).align(Align::Center).size(font);
    if width.min(height) < 44.0 {
        canvas.text(count, middle, style);
        return;
    }
    let bold = style.bold(row == column);
    canvas.text(count, (middle.0, middle.1 - 8.0), bold);
    canvas.text(percent, (middle.0, middle.1 + 9.0), style.size(10.5));
}

fn names(canvas: &Canvas<'_>, layout: &Layout, language: Language) {
    let classes = layout.labels.len();
    let style = label(INK).size(layout.size).align(Align::Right);
    for (index, name) in layout.labels.iter().enumerate() {
        let (_, y) = layout.corner(index, 0);
        canvas.text(name, (layout.left - 8.0, y + layout.cell.1 / 2.0), style);
        let (x, bottom) = layout.corner(classes, index);
        let x = x + layout.cell.0 / 2.0;
        match layout.turn {
            Turn::Level => canvas.text(name, (x, bottom + 14.0), style.align(Align::Center)),
            Turn::Slant => canvas.text(name, (x + 3.0, bottom + 10.0), style.turn(Turn::Slant)),
            Turn::Up => canvas.text(name, (x, bottom + 6.0), style.turn(Turn::Up)),
        }
    }
    let title = label(MUTED).align(Align::Center);
    let (right, bottom) = layout.corner(classes, classes);
    let across = f64::midpoint(layout.left, right);
    let text = language.text(Text::PredictedClass);
    canvas.text(text, (across, layout.height - 14.0), title);
    let widths = layout.labels.iter().map(|l| text_width(l, layout.size));
    let at = layout.left - 8.0 - widths.fold(0.0, f64::max) - 18.0;
    let text = language.text(Text::ActualClass);
    let up = (at, f64::midpoint(TOP, bottom));
    canvas.text(text, up, title.turn(Turn::Up));
}

/// What the shades mean.
fn scale(canvas: &Canvas<'_>, layout: &Layout, language: Language) {
    const STEPS: usize = 20;
    let (right, bottom) = layout.corner(layout.labels.len(), layout.labels.len());
    // Whole pixels a step, so that no seams show.
    let step = ((bottom - TOP) / STEPS as f64).clamp(3.0, 10.0).floor();
    let (left, height) = (right + 14.0, step * STEPS as f64);
    for index in 0..STEPS {
        let y = TOP + step * index as f64;
        let opacity = shade((STEPS - index) as f64 / STEPS as f64);
        canvas.rect((left, y), (left + 10.0, y + step), MAIN, opacity);
    }
    let style = label(MUTED).size(10.0);
    for (share, y) in [(1.0, TOP + 5.0), (0.0, TOP + height - 5.0)] {
        canvas.text(&language.percent(share, 0), (left + 15.0, y), style);
    }
    let middle = (left + 22.0, TOP + height / 2.0);
    let text = language.text(Text::RowShare);
    if text_width(text, 10.0) < height - 40.0 {
        canvas.text(text, middle, style.align(Align::Center).turn(Turn::Up));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(labels: &[&str]) -> Confusion {
        let n = labels.len();
        let row = |i: usize| (0..n).map(|j| if i == j { 36 } else { 4 }).collect();
        Confusion {
            labels: labels.iter().map(|l| (*l).to_owned()).collect(),
            matrix: (0..n).map(row).collect(),
        }
    }

    #[test]
    fn counts_shares_and_names_are_there_and_harmless() {
        let svg = confusion(&matrix(&["<script>", "b & c"]), Language::English).unwrap();
        assert!(!svg.contains("<script"));
        for text in [
            "&lt;script&gt;",
            "b &amp; c",
            "36",
            "90%",
            "10%",
            "Actual class",
        ] {
            assert!(svg.contains(text), "{text}");
        }
    }

    #[test]
    fn a_class_without_rows_and_thirty_classes_are_drawn() {
        let mut empty = matrix(&["a", "b"]);
        empty.matrix[0] = vec![0, 0];
        assert!(confusion(&empty, Language::French).is_some());
        let names: Vec<String> = (0..30).map(|i| format!("a rather long name {i}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert!(confusion(&matrix(&names), Language::French).is_some());
        assert_eq!(confusion(&matrix(&[]), Language::French), None);
    }
}
