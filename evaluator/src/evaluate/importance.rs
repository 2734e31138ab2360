//! Permutation importance (Breiman 2001): how much worse does the model get when a column's
//! values are shuffled among the rows?

use super::limits::{Clockwork, Part};
use super::measure::{Measured, rounds};
use super::{EvaluateError, HeldOut, Question};
use crate::chance::Chance;
use domain::evaluation::Importance;
use ml::features::Target;
use ml::metrics::score;
use ml::table::Table;
use rayon::prelude::*;

/// Shuffles of each column.
const REPEATS: usize = 5;
/// Rows that are predicted for each shuffle: as many as give [`CELLS`] over all columns, within
/// these limits.
const ROWS: std::ops::RangeInclusive<usize> = 300..=2000;
const CELLS: usize = 150_000;
/// Repeats that must fit into the time left; where they do not, fewer rows are predicted.
const HASTY_REPEATS: f64 = 3.0;
/// Cells that may be read in all: every shuffle of every column reads the whole sample, so the
/// work grows with the square of the columns, and a budget of work units has no clock to end it.
const MOST_READ: usize = 400_000_000;
const SHUFFLE: u64 = 0x5348_5546;
const SAMPLE: u64 = 0x494D_504F;

/// The importance of every feature, most important first.
///
/// A repeat counts for all columns or for none, so that columns stay comparable when the time
/// ends in the midst of one; without a full repeat there is no importance at all.
pub(super) fn importance(
    model: &Measured<'_>,
    held_out: HeldOut<'_>,
    question: &Question<'_>,
    clock: &mut Clockwork<'_>,
) -> Result<Vec<Importance>, EvaluateError> {
    clock.check()?;
    let table = held_out.table;
    let columns: Vec<usize> = (0..table.names.len())
        .filter(|place| held_out.features.contains(&table.names[*place]))
        .collect();
    let Some(answers) = &model.answers else {
        return Ok(Vec::new());
    };
    let one_row = answers.seconds / held_out.target.len().max(1) as f64;
    let take = (CELLS / columns.len().max(1)).clamp(*ROWS.start(), *ROWS.end());
    let take = clock.left().map_or(take, |left| {
        let rounds = rounds(columns.len()) * HASTY_REPEATS;
        ((left / (one_row * rounds)) as usize).clamp(*ROWS.start(), take)
    });
    let rows = Chance::new(question.seed, &[SAMPLE]).sample(held_out.target.len(), take);
    if columns.is_empty() || rows.is_empty() {
        return Ok(Vec::new());
    }
    let one = one_row * rows.len() as f64;
    if !clock.enough(one * rounds(columns.len()), Part::Importance) {
        return Ok(Vec::new());
    }
    let sample = Sample {
        table: table.take(&rows),
        target: held_out.target.take(&rows),
        model,
        question,
    };
    let Some(whole) = sample.loss(&sample.table) else {
        return Ok(Vec::new());
    };
    let mut drops: Vec<Vec<f64>> = Vec::new();
    let one_round = rows
        .len()
        .saturating_mul(columns.len())
        .saturating_mul(columns.len());
    for repeat in 0..REPEATS.min(MOST_READ / one_round.max(1)) {
        let drop_of = |column: &usize| {
            if clock.stop(one) {
                return None;
            }
            Some(sample.shuffled(*column, repeat)? - whole)
        };
        let round: Vec<Option<f64>> = columns.par_iter().map(drop_of).collect();
        clock.check()?;
        match round.into_iter().collect() {
            Some(round) => drops.push(round),
            None => break,
        }
    }
    if drops.is_empty() {
        clock.skip(Part::Importance);
        return Ok(Vec::new());
    }
    let named = columns.iter().enumerate().map(|(place, column)| {
        let values: Vec<f64> = drops.iter().map(|round| round[place]).collect();
        let (mean, std) = mean_and_std(&values);
        Importance {
            column: table.names[*column].clone(),
            mean,
            std,
        }
    });
    let mut importance: Vec<Importance> = named.collect();
    importance.sort_by(|a, b| b.mean.total_cmp(&a.mean));
    Ok(importance)
}

struct Sample<'a> {
    table: Table,
    target: Target,
    model: &'a Measured<'a>,
    question: &'a Question<'a>,
}

impl Sample<'_> {
    /// The deciding metric, turned so that smaller is better.
    fn loss(&self, table: &Table) -> Option<f64> {
        let (metric, positive) = (self.question.metric, self.question.positive());
        let predictions = self.model.candidate.predictor.predict(table).ok()?;
        let value = score(metric, &self.target, &predictions, positive).ok()?;
        Some(metric.loss(value))
    }

    /// The same with one column's values shuffled among the rows.
    fn shuffled(&self, column: usize, repeat: usize) -> Option<f64> {
        let purpose = [SHUFFLE, column as u64, repeat as u64];
        let mut order: Vec<u32> = (0..self.target.len() as u32).collect();
        Chance::new(self.question.seed, &purpose).shuffle(&mut order);
        let alone = Table {
            names: vec![self.table.names[column].clone()],
            columns: vec![self.table.columns[column].clone()],
        };
        let mut table = self.table.clone();
        table.columns[column] = alone.take(&order).columns.pop()?;
        self.loss(&table)
    }
}

/// Mean and standard deviation (n, as scikit-learn's `permutation_importance`).
fn mean_and_std(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / n).sqrt())
}
