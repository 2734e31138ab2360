//! All models side by side, with how sure each score is.

use super::axes::{range, ticks};
use super::canvas::{Align, Canvas, label, picture};
use super::style::{CONTRAST, GRID, INK, MAIN, MUTED, NORMAL, SMALL, WIDTH, ellipsize, text_width};
use crate::evaluate::Scored;
use crate::language::{Language, Text};
use domain::task::Metric;

/// Models that are drawn.
const MOST: usize = 16;
const ROW: f64 = 32.0;
const TOP: f64 = 58.0;

/// A model in the comparison.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The algorithm's name in the registry.
    pub algorithm: &'a str,
    /// Cross-validation score and its standard deviation over folds.
    pub cv: (f64, f64),
    /// Score on the held-out rows.
    pub test: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<(f64, f64)>,
    /// Whether it is the chosen one.
    pub chosen: bool,
}

impl<'a> Entry<'a> {
    /// The entry of a scored model.
    #[must_use]
    pub fn of(scored: &'a Scored) -> Self {
        Self {
            algorithm: &scored.algorithm,
            cv: (scored.cv_score, scored.cv_std),
            test: scored.test_score,
            interval: scored.test_ci,
            chosen: scored.chosen,
        }
    }
}

/// The comparison, in the order given; nothing without models.
#[must_use]
pub fn leaderboard(entries: &[Entry<'_>], metric: Metric, language: Language) -> Option<String> {
    if entries.is_empty() {
        return None;
    }
    let shown = &entries[..entries.len().min(MOST)];
    let names: Vec<String> = shown
        .iter()
        .map(|entry| ellipsize(&language.algorithm(entry.algorithm), NORMAL, 220.0))
        .collect();
    let widest = names.iter().map(|name| text_width(name, NORMAL) * 1.06);
    let left = 20.0 + widest.fold(60.0, f64::max);
    let right = WIDTH - 24.0;
    let values = range(shown.iter().flat_map(ends));
    let x = |value: f64| left + (value - values.0) / (values.1 - values.0) * (right - left);
    let bottom = TOP + ROW * shown.len() as f64;
    let hidden = entries.len() - shown.len();
    let height = bottom + 50.0 + if hidden > 0 { 18.0 } else { 0.0 };
    let description = super::description("leaderboard", language);
    Some(picture(WIDTH, height, &description, |canvas| {
        legend(canvas, language);
        let steps = ticks(values, 6);
        for value in &steps.values {
            let at = x(*value);
            canvas.line((at, TOP), (at, bottom), GRID, 1.0);
            let style = label(MUTED).size(SMALL).align(Align::Center);
            canvas.text(
                &language.tick(*value, steps.step),
                (at, bottom + 14.0),
                style,
            );
        }
        for (index, (entry, name)) in shown.iter().zip(&names).enumerate() {
            let y = TOP + ROW * (index as f64 + 0.5);
            if entry.chosen {
                let (from, to) = (
                    (6.0, y - ROW / 2.0 + 2.0),
                    (WIDTH - 6.0, y + ROW / 2.0 - 2.0),
                );
                canvas.rect(from, to, MAIN, 0.09);
            }
            let style = label(INK).align(Align::Right).bold(entry.chosen);
            canvas.text(name, (left - 10.0, y), style);
            marks(canvas, entry, y, &x);
        }
        let direction = if metric.greater_is_better() {
            Text::HigherIsBetter
        } else {
            Text::LowerIsBetter
        };
        let axis = format!("{} ({})", language.metric(metric), language.text(direction));
        let middle = f64::midpoint(left, right);
        canvas.text(
            &axis,
            (middle, bottom + 35.0),
            label(INK).align(Align::Center),
        );
        if hidden > 0 {
            let text = format!("+ {hidden} {}", language.text(Text::OtherModels));
            let style = label(MUTED).size(SMALL).align(Align::Center);
            canvas.text(&text, (middle, bottom + 54.0), style);
        }
    }))
}

fn ends(entry: &Entry<'_>) -> impl Iterator<Item = f64> + use<> {
    let (cv, std) = entry.cv;
    let interval = entry.interval.map(|(lo, hi)| [lo, hi]);
    let measured = interval.into_iter().flatten().chain(entry.test);
    [cv - std, cv + std].into_iter().chain(measured)
}

fn marks(canvas: &Canvas<'_>, entry: &Entry<'_>, y: f64, x: &impl Fn(f64) -> f64) {
    let (above, below) = (y - 5.0, y + 6.0);
    if let Some((lo, hi)) = entry.interval {
        canvas.line((x(lo), above), (x(hi), above), MAIN, 2.4);
        for end in [lo, hi] {
            canvas.line((x(end), above - 3.5), (x(end), above + 3.5), MAIN, 2.0);
        }
    }
    if let Some(test) = entry.test {
        canvas.disc((x(test), above), 4.8, MAIN, 1.0);
    }
    let (cv, std) = entry.cv;
    canvas.line((x(cv - std), below), (x(cv + std), below), CONTRAST, 1.4);
    canvas.diamond((x(cv), below), 4.6, CONTRAST);
}

fn legend(canvas: &Canvas<'_>, language: Language) {
    let style = label(MUTED).size(SMALL);
    canvas.line((18.0, 18.0), (42.0, 18.0), MAIN, 2.4);
    canvas.disc((30.0, 18.0), 4.8, MAIN, 1.0);
    canvas.text(language.text(Text::HeldOut), (50.0, 18.0), style);
    canvas.line((18.0, 38.0), (42.0, 38.0), CONTRAST, 1.4);
    canvas.diamond((30.0, 38.0), 4.6, CONTRAST);
    canvas.text(language.text(Text::CrossValidation), (50.0, 38.0), style);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_without_a_test_score_are_drawn() {
        let entry = |test: Option<f64>| Entry {
            algorithm: "some_<algorithm>",
            cv: (0.8, 0.0),
            test,
            interval: test.map(|t| (t - 0.1, t + 0.1)),
            chosen: test.is_some(),
        };
        let entries = [entry(Some(0.7)), entry(None)];
        let svg = leaderboard(&entries, Metric::LogLoss, Language::English).unwrap();
        assert!(svg.contains("Some &lt;algorithm&gt;"));
        assert!(svg.contains("lower is better"));
        assert_eq!(leaderboard(&[], Metric::Rmse, Language::English), None);
    }
}
