//! The first model against the second: who wins, and is it more than luck?

use super::limits::{Clockwork, Part};
use super::measure::{LEAST_RESAMPLES, Measured, RESAMPLES, rounds};
use super::{EvaluateError, HeldOut, Question};
use crate::Language;
use crate::chance::Chance;
use domain::Message;
use ml::features::Predictions;
use ml::metrics::score;
use rayon::prelude::*;

const VERDICT: u64 = 0x5645_5244;
/// Rows visited by all resamples together: beyond it, many rows need fewer resamples, since
/// their interval is narrow anyway.
const VISITS: usize = 10_000_000;

/// The verdict over the first two of `models` that have a score; nothing for a single one.
///
/// A paired bootstrap: both models are scored on the *same* resampled rows, so that the luck
/// which both share does not hide the difference.
pub(super) fn verdict(
    models: &[Measured<'_>],
    held_out: HeldOut<'_>,
    question: &Question<'_>,
    clock: &mut Clockwork<'_>,
) -> Result<Option<Message>, EvaluateError> {
    clock.check()?;
    let (target, units) = (held_out.target, held_out.units);
    if models.len() < 2 || units.count() < 2 || !clock.enough(0.0, Part::Verdict) {
        return Ok(None);
    }
    let mut scored = models.iter().filter_map(|model| {
        let answers = model.answers.as_ref()?;
        Some((model.candidate.algorithm, answers, model.deciding?))
    });
    let (Some(first), Some(second)) = (scored.next(), scored.next()) else {
        return Ok(None);
    };
    let loss = |value: f64| question.metric.loss(value);
    let difference = loss(second.2) - loss(first.2);
    let wanted = (VISITS / target.len().max(1)).clamp(LEAST_RESAMPLES * 2, RESAMPLES);
    let seconds = (first.1.scoring + second.1.scoring) * rounds(wanted) / wanted as f64;
    let resamples = clock.repeats(wanted, LEAST_RESAMPLES, seconds, Part::Verdict);
    if resamples == 0 {
        return Ok(None);
    }
    let one = |resample: usize| -> Option<f64> {
        if clock.stop(0.0) {
            return None;
        }
        let mut chance = Chance::new(question.seed, &[VERDICT, resample as u64]);
        let mut rows = Vec::with_capacity(target.len());
        units.draw(|count| chance.below(count), |row| rows.push(row));
        let target = target.take(&rows);
        let value = |predictions: &Predictions| {
            let taken = predictions.take(&rows);
            score(question.metric, &target, &taken, question.positive()).ok()
        };
        let second = value(&second.1.predictions)?;
        let first = value(&first.1.predictions)?;
        Some(loss(second) - loss(first)).filter(|difference| difference.is_finite())
    };
    let differences: Vec<Option<f64>> = (0..resamples).into_par_iter().map(one).collect();
    clock.check()?;
    let mut differences: Vec<f64> = differences.into_iter().flatten().collect();
    if differences.len() < LEAST_RESAMPLES / 2 {
        clock.skip(Part::Verdict);
        return Ok(None);
    }
    differences.sort_by(f64::total_cmp);
    let range = (quantile(&differences, 0.025), quantile(&differences, 0.975));
    Ok(Some(message(
        first.0, second.0, difference, range, question,
    )))
}

/// Linear interpolation between order statistics, as NumPy's default; `sorted` is not empty.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    sorted[below] + (sorted[above] - sorted[below]) * (place - place.floor())
}

fn message(
    first: &str,
    second: &str,
    difference: f64,
    (lo, hi): (f64, f64),
    question: &Question<'_>,
) -> Message {
    let words = Language::English;
    let names = (words.algorithm(first), words.algorithm(second));
    let metric = words.metric_within(question.metric);
    let number = |value: f64| words.number(value);
    let (code, text) = if (lo, difference, hi) == (0.0, 0.0, 0.0) {
        let text = format!(
            "{} and {} have the same {metric} on the held-out rows.",
            names.0, names.1
        );
        ("evaluate.equal", text)
    } else if lo > 0.0 && difference > 0.0 {
        let text = format!(
            "{} does better than {}: by {} in {metric} on the held-out rows (between {} and {}). \
             That is more than luck.",
            names.0,
            names.1,
            number(difference),
            number(lo),
            number(hi)
        );
        ("evaluate.wins", text)
    } else if hi < 0.0 && difference < 0.0 {
        let text = format!(
            "{}, chosen by cross-validation, does worse than {} on the held-out rows (by {} in \
             {metric}). The choice stands: making it with the held-out rows would make their \
             scores misleading.",
            names.0,
            names.1,
            number(difference.abs())
        );
        ("evaluate.loses", text)
    } else {
        let text = format!(
            "{} and {} are equally good: the difference of {} in {metric} on the held-out rows may \
             be luck (between {} and {}).",
            names.0,
            names.1,
            number(difference),
            number(lo),
            number(hi)
        );
        ("evaluate.within_noise", text)
    };
    Message::new(code, text)
        .with("first", first)
        .with("second", second)
        .with("difference", difference)
        .with("lo", lo)
        .with("hi", hi)
        .with("metric", question.metric.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_numpys() {
        // np.quantile([1, 2, 4, 8], [0.025, 0.5, 0.975])
        let sorted = [1.0, 2.0, 4.0, 8.0];
        for (share, expected) in [(0.025, 1.075), (0.5, 3.0), (0.975, 7.7)] {
            assert!((quantile(&sorted, share) - expected).abs() < 1e-12);
        }
    }
}
