//! The metrics of one model, with 95 % bootstrap intervals.

use super::limits::{Clockwork, Part};
use super::{Candidate, EvaluateError, HeldOut, Question, Scored};
use domain::Message;
use domain::evaluation::Interval;
use domain::task::Metric;
use ml::features::{Predictions, Target};
use ml::metrics::{bootstrap_interval, score};
use ml::table::Table;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::time::Instant;

/// Resamples behind the interval of the deciding metric.
pub(super) const RESAMPLES: usize = 500;
/// Fewer say nothing about the ends of an interval.
pub(super) const LEAST_RESAMPLES: usize = 100;
/// Resamples behind the intervals of the other metrics,
const OTHER_RESAMPLES: usize = 200;
/// and the rows that they visit together: intervals over many rows are narrow anyway.
const OTHER_VISITS: usize = 5_000_000;

/// A model with its answers, and what is known of them so far.
pub(super) struct Measured<'a> {
    pub candidate: Candidate<'a>,
    /// Nothing where the model could not predict or there was no time.
    pub answers: Option<Answers>,
    /// The deciding metric.
    pub deciding: Option<f64>,
    /// Its interval.
    pub interval: Option<(f64, f64)>,
    /// About how long one resample takes; zero where nobody has to know.
    resample_seconds: f64,
    /// Every metric of the task that is defined.
    values: BTreeMap<Metric, f64>,
}

/// What a model answered.
pub(super) struct Answers {
    pub predictions: Predictions,
    /// Seconds that it took.
    pub seconds: f64,
    /// Seconds that the deciding metric took.
    pub scoring: f64,
}

impl<'a> Measured<'a> {
    /// Predicts and computes the deciding metric; an error says what is wrong with the model. Where
    /// nothing else is done meanwhile, `parts` of the rows are predicted side by side.
    pub(super) fn new(
        candidate: Candidate<'a>,
        held_out: HeldOut<'_>,
        question: &Question<'_>,
        parts: usize,
    ) -> Result<Self, Message> {
        let (predictions, seconds) = predict(candidate, held_out.table, parts)?;
        let (rows, outputs) = (held_out.target.len(), held_out.target.outputs());
        if predictions.outputs != outputs || predictions.values.len() != rows * outputs {
            let numbers = predictions.values.len();
            let text = format!("it gave {numbers} numbers where {rows} rows need {outputs} each");
            return Err(Message::new("evaluate.wrong_shape", text)
                .with("numbers", numbers)
                .with("rows", rows)
                .with("outputs", outputs));
        }
        if predictions.values.iter().any(|value| !value.is_finite()) {
            let text = "some of its answers are no numbers";
            return Err(Message::new("evaluate.no_numbers", text));
        }
        let start = Instant::now();
        let deciding = score(
            question.metric,
            held_out.target,
            &predictions,
            question.positive(),
        );
        Ok(Self {
            answers: Some(Answers {
                predictions,
                seconds,
                scoring: start.elapsed().as_secs_f64(),
            }),
            deciding: deciding.ok(),
            ..Self::unmeasured(candidate)
        })
    }

    /// A model of which nothing is known but its cross-validation.
    pub(super) fn unmeasured(candidate: Candidate<'a>) -> Self {
        Self {
            candidate,
            answers: None,
            deciding: None,
            interval: None,
            resample_seconds: 0.0,
            values: BTreeMap::new(),
        }
    }

    pub(super) fn has_predicted(&self) -> bool {
        self.answers.is_some()
    }

    pub(super) fn scored(&self, rank: u32) -> Scored {
        let answers = self.answers.as_ref();
        let speed = answers.and_then(|answers| {
            let rows = answers.predictions.rows();
            (rows > 0).then(|| answers.seconds * 1e6 / rows as f64)
        });
        Scored {
            model_id: self.candidate.model_id,
            algorithm: self.candidate.algorithm.to_owned(),
            rank,
            chosen: rank == 1,
            cv_score: self.candidate.cv_score,
            cv_std: self.candidate.cv_std,
            folds: self.candidate.folds,
            test_score: self.deciding,
            test_ci: self.interval,
            predict_us_per_row: speed,
        }
    }
}

/// The answers for the rows of a table, and the seconds that they took a thread.
fn predict(
    candidate: Candidate<'_>,
    table: &Table,
    parts: usize,
) -> Result<(Predictions, f64), Message> {
    const LEAST: usize = 256;
    let rows = table.rows();
    let each = rows.div_ceil(parts.max(1)).max(LEAST);
    let timed = |table: &Table| {
        let start = Instant::now();
        let predictions = candidate.predictor.predict(table)?;
        Ok((predictions, start.elapsed().as_secs_f64()))
    };
    if each >= rows {
        return timed(table);
    }
    let all: Vec<u32> = (0..rows as u32).collect();
    let part = |rows: &[u32]| timed(&table.take(rows));
    let told: Vec<(Predictions, f64)> = all.par_chunks(each).map(part).collect::<Result<_, _>>()?;
    let outputs = told.first().map_or(1, |(part, _)| part.outputs);
    let seconds = told.iter().map(|(_, seconds)| seconds).sum();
    let values = told.into_iter().flat_map(|(part, _)| part.values).collect();
    Ok((Predictions { outputs, values }, seconds))
}

/// About how long a model takes for the held-out rows, found by a few of them; nothing where
/// nobody has to know.
pub(super) fn prediction_seconds(
    candidate: Candidate<'_>,
    held_out: HeldOut<'_>,
    clock: &Clockwork<'_>,
) -> f64 {
    const PROBE: usize = 64;
    let rows = held_out.table.rows();
    if clock.left().is_none() || rows <= PROBE {
        return 0.0;
    }
    let probe: Vec<u32> = (0..PROBE as u32).collect();
    let table = held_out.table.take(&probe);
    let start = Instant::now();
    // A model that cannot predict says so when it is asked in earnest.
    candidate.predictor.predict(&table).ok();
    start.elapsed().as_secs_f64() * rows as f64 / PROBE as f64
}

/// The interval of the chosen model's deciding metric.
pub(super) fn first_interval(
    model: &mut Measured<'_>,
    held_out: HeldOut<'_>,
    question: &Question<'_>,
    clock: &mut Clockwork<'_>,
) {
    let bootstrap = Bootstrap { held_out, question };
    if clock.left().is_some() {
        model.resample_seconds = bootstrap.seconds(model);
    }
    let seconds = model.resample_seconds;
    let resamples = clock.repeats(RESAMPLES, LEAST_RESAMPLES, seconds, Part::Intervals);
    model.interval = bootstrap.interval(model, question.metric, resamples);
}

/// Intervals of the deciding metric for all models behind the chosen one.
pub(super) fn other_intervals(
    models: &mut [Measured<'_>],
    held_out: HeldOut<'_>,
    question: &Question<'_>,
    clock: &mut Clockwork<'_>,
) -> Result<(), EvaluateError> {
    clock.check()?;
    let bootstrap = Bootstrap { held_out, question };
    let Some((first, others)) = models.split_first_mut() else {
        return Ok(());
    };
    let scored = others
        .iter()
        .filter(|model| model.deciding.is_some())
        .count();
    if scored > 0 {
        let seconds = first.resample_seconds * rounds(scored);
        let resamples = clock.repeats(RESAMPLES, LEAST_RESAMPLES, seconds, Part::Intervals);
        others.par_iter_mut().for_each(|model| {
            if !clock.stop(0.0) {
                model.interval = bootstrap.interval(model, question.metric, resamples);
            }
        });
    }
    clock.check()
}

/// Seconds that a metric takes for the slowest model.
pub(super) fn scoring(models: &[Measured<'_>]) -> f64 {
    let answers = models.iter().filter_map(|model| model.answers.as_ref());
    answers.map(|answers| answers.scoring).fold(0.0, f64::max)
}

/// How often every thread has to do something that is to be done `times` times.
pub(super) fn rounds(times: usize) -> f64 {
    times.div_ceil(rayon::current_num_threads().max(1)) as f64
}

/// Intervals over resampled rows.
struct Bootstrap<'a> {
    held_out: HeldOut<'a>,
    question: &'a Question<'a>,
}

impl Bootstrap<'_> {
    fn interval(
        &self,
        model: &Measured<'_>,
        metric: Metric,
        resamples: usize,
    ) -> Option<(f64, f64)> {
        let answers = model.answers.as_ref().filter(|_| resamples > 0)?;
        let (positive, seed) = (self.question.positive(), self.question.seed);
        let (target, units) = (self.held_out.target, self.held_out.units);
        let predictions = &answers.predictions;
        bootstrap_interval(
            metric,
            target,
            predictions,
            positive,
            units,
            resamples,
            seed,
        )
    }

    /// About how long one resample takes, found by a few of them.
    fn seconds(&self, model: &Measured<'_>) -> f64 {
        const PROBE: usize = 5;
        let start = Instant::now();
        self.interval(model, self.question.metric, PROBE);
        start.elapsed().as_secs_f64() / PROBE as f64
    }
}

/// Every metric of the task, without intervals.
pub(super) fn other_metrics(
    models: &mut [Measured<'_>],
    target: &Target,
    question: &Question<'_>,
    clock: &mut Clockwork<'_>,
) -> Result<(), EvaluateError> {
    clock.check()?;
    let wanted = Metric::ALL.iter().copied();
    let mut metrics: Vec<Metric> = wanted
        .filter(|metric| *metric != question.metric && metric.measures(question.task))
        .collect();
    let seconds = scoring(models) * rounds(models.len());
    if !clock.enough(seconds * metrics.len() as f64, Part::OtherMetrics) {
        metrics.clear();
    }
    let positive = question.positive();
    models.par_iter_mut().for_each(|model| {
        model
            .values
            .extend(model.deciding.map(|v| (question.metric, v)));
        let Some(answers) = &model.answers else {
            return;
        };
        for metric in &metrics {
            let value = score(*metric, target, &answers.predictions, positive).ok();
            model.values.extend(value.map(|value| (*metric, value)));
        }
    });
    Ok(())
}

/// The metrics of each model with their intervals, the chosen model's first; those without an
/// interval have equal ends.
pub(super) fn with_intervals(
    models: &[Measured<'_>],
    held_out: HeldOut<'_>,
    question: &Question<'_>,
    clock: &mut Clockwork<'_>,
) -> Result<Vec<BTreeMap<Metric, Interval>>, EvaluateError> {
    let bootstrap = Bootstrap { held_out, question };
    let one = models.first().map_or(0.0, |first| first.resample_seconds);
    let all = |models: &[Measured<'_>], clock: &mut Clockwork<'_>| {
        let pairs: Vec<(usize, Metric, f64)> = models
            .iter()
            .enumerate()
            .flat_map(|(place, model)| model.values.iter().map(move |(m, v)| (place, *m, *v)))
            .collect();
        let seconds = one * rounds(pairs.len());
        let wanted =
            (OTHER_VISITS / held_out.target.len().max(1)).clamp(LEAST_RESAMPLES, OTHER_RESAMPLES);
        let resamples = match pairs.len() {
            0 | 1 => 0,
            _ => clock.repeats(wanted, LEAST_RESAMPLES, seconds, Part::OtherIntervals),
        };
        let interval = |(place, metric, value): &(usize, Metric, f64)| {
            let model = &models[*place];
            let measured = if *metric == question.metric {
                model.interval
            } else if clock.stop(0.0) {
                None
            } else {
                bootstrap.interval(model, *metric, resamples)
            };
            let (lo, hi) = measured.unwrap_or((*value, *value));
            (
                *place,
                *metric,
                Interval {
                    value: *value,
                    lo,
                    hi,
                },
            )
        };
        let found: Vec<_> = pairs.par_iter().map(interval).collect();
        let mut metrics = vec![BTreeMap::new(); models.len()];
        for (place, metric, interval) in found {
            metrics[place].insert(metric, interval);
        }
        clock.check().map(|()| metrics)
    };
    let (first, others) = models.split_at(models.len().min(1));
    let mut metrics = all(first, clock)?;
    metrics.extend(all(others, clock)?);
    Ok(metrics)
}
