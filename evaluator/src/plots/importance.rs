//! Permutation importance as bars.

use super::axes::{range, ticks};
use super::canvas::{Align, Canvas, label, picture};
use super::style::{GRID, INK, MAIN, MUTED, NORMAL, SMALL, WIDTH, ellipsize_all, text_width};
use crate::language::{Language, Text};
use domain::evaluation::Importance;
use domain::task::Metric;

/// Columns that are drawn; a person reads no more.
const MOST: usize = 20;
const BAR: f64 = 24.0;
const TOP: f64 = 10.0;

/// The columns that matter most, with the spread over repeats; nothing where nothing was
/// measured.
#[must_use]
pub fn importance(columns: &[Importance], metric: Metric, language: Language) -> Option<String> {
    if columns.is_empty() {
        return None;
    }
    let mut order: Vec<&Importance> = columns.iter().collect();
    order.sort_by(|a, b| b.mean.total_cmp(&a.mean));
    let hidden = order.len().saturating_sub(MOST);
    order.truncate(MOST);
    let names: Vec<&str> = order.iter().map(|column| column.column.as_str()).collect();
    let names = ellipsize_all(&names, NORMAL, 210.0);
    let widest = names.iter().map(|name| text_width(name, NORMAL));
    let left = 18.0 + widest.fold(40.0, f64::max);
    let right = WIDTH - 28.0;
    let ends = order
        .iter()
        .flat_map(|c| [c.mean - c.std, c.mean + c.std, 0.0]);
    let values = range(ends);
    // Bars begin at zero; a margin at the left is only needed for columns below it.
    let values = if order.iter().all(|c| c.mean - c.std >= 0.0) {
        (0.0, values.1)
    } else {
        values
    };
    let x = |value: f64| left + (value - values.0) / (values.1 - values.0) * (right - left);
    let bottom = TOP + BAR * order.len() as f64 + 4.0;
    let note = if hidden > 0 { 20.0 } else { 0.0 };
    let description = super::description("importance", language);
    Some(picture(
        WIDTH,
        bottom + note + 50.0,
        &description,
        |canvas| {
            let steps = ticks(values, 5);
            for value in &steps.values {
                let at = x(*value);
                canvas.line((at, TOP), (at, bottom), GRID, 1.0);
                let style = label(MUTED).size(SMALL).align(Align::Center);
                canvas.text(
                    &language.tick(*value, steps.step),
                    (at, bottom + 13.0),
                    style,
                );
            }
            for (index, (column, name)) in order.iter().zip(&names).enumerate() {
                let y = TOP + BAR * (index as f64 + 0.5);
                bar(canvas, (x(0.0), x(column.mean)), y);
                whisker(
                    canvas,
                    (x(column.mean - column.std), x(column.mean + column.std)),
                    y,
                );
                canvas.text(name, (left - 10.0, y), label(INK).align(Align::Right));
            }
            canvas.line((x(0.0), TOP), (x(0.0), bottom), MUTED, 1.2);
            let axis = format!(
                "{} ({})",
                language.text(Text::ImportanceAxis),
                language.metric(metric)
            );
            // A long title is centred on the whole sheet where it would leave it otherwise.
            let middle = f64::midpoint(left, right);
            let fits = middle + text_width(&axis, NORMAL) / 2.0 < WIDTH;
            let middle = if fits { middle } else { WIDTH / 2.0 };
            let style = label(INK).align(Align::Center);
            canvas.text(&axis, (middle, bottom + 34.0), style);
            if hidden > 0 {
                let text = format!("+ {hidden} {}", language.text(Text::OtherColumns));
                let style = label(MUTED).size(SMALL).align(Align::Center);
                canvas.text(&text, (middle, bottom + 54.0), style);
            }
        },
    ))
}

fn bar(canvas: &Canvas<'_>, (zero, end): (f64, f64), y: f64) {
    let (from, to) = (zero.min(end), zero.max(end));
    canvas.rect((from, y - 7.0), (to, y + 7.0), MAIN, 0.85);
}

fn whisker(canvas: &Canvas<'_>, (from, to): (f64, f64), y: f64) {
    canvas.line((from, y), (to, y), INK, 1.2);
    for end in [from, to] {
        canvas.line((end, y - 3.0), (end, y + 3.0), INK, 1.2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifty_columns_show_the_first_twenty() {
        let columns: Vec<Importance> = (0..50)
            .map(|i| Importance {
                column: format!("column_{i:02}"),
                mean: f64::from(i) / 50.0 - 0.05,
                std: 0.01,
            })
            .collect();
        let svg = importance(&columns, Metric::RocAuc, Language::English).unwrap();
        assert!(svg.contains("column_49") && svg.contains("column_30"));
        assert!(!svg.contains("column_29"));
        assert!(svg.contains("+ 30 more columns"));
        assert_eq!(importance(&[], Metric::RocAuc, Language::English), None);
    }

    #[test]
    fn columns_that_do_not_matter_are_drawn() {
        let flat = [Importance {
            column: "a<b".into(),
            mean: 0.0,
            std: 0.0,
        }];
        let svg = importance(&flat, Metric::Rmse, Language::French).unwrap();
        assert!(svg.contains("a&lt;b"));
    }
}
