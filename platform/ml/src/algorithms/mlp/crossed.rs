//! Which epoch answers for which of the rows that a fit watches.

use super::model::Mlp;
use super::rows::Rows;
use crate::features::Predictions;
use trees::CrossedRounds;

/// What the network says of each part of the watched rows after the epoch that is best for the others.
pub(super) struct Crossed<'d> {
    parts: &'d [u32],
    /// The sum of losses of each part.
    sums: Vec<f64>,
    rounds: CrossedRounds,
    scores: Vec<f32>,
}

impl<'d> Crossed<'d> {
    pub fn new(parts: &'d [u32]) -> Self {
        let count = parts.iter().max().map_or(0, |last| *last as usize + 1);
        let mut rows = vec![0.0; count];
        parts.iter().for_each(|part| rows[*part as usize] += 1.0);
        Self {
            parts,
            sums: vec![0.0; count],
            rounds: CrossedRounds::new(rows, 0.0),
            scores: Vec::new(),
        }
    }

    /// Takes in the scores of `rows` after an epoch, and the loss of each row.
    pub fn epoch(&mut self, rows: &Rows, scores: &[f32], losses: &[f64]) {
        if self.scores.is_empty() {
            self.scores = scores.to_vec();
        }
        self.sums.fill(0.0);
        for (part, loss) in self.parts.iter().zip(losses) {
            self.sums[*part as usize] += loss;
        }
        let better = self.rounds.round(&self.sums);
        let kept = self.scores.chunks_exact_mut(rows.outputs);
        let each = kept.zip(scores.chunks_exact(rows.outputs)).zip(self.parts);
        for ((kept, scores), part) in each {
            if better[*part as usize] {
                kept.copy_from_slice(scores);
            }
        }
    }

    /// The answers, as `mlp` makes them of scores.
    pub fn into_predictions(self, mlp: &Mlp, rows: &Rows) -> Predictions {
        let mut predictions = Predictions::zeros(rows.count, rows.outputs);
        mlp.answers(&self.scores, &mut predictions.values);
        predictions
    }
}
