//! Which round answers for which of the rows that a fit watches.

use crate::dataset::Dataset;
use crate::objective::{Objective, Scores};

/// Chooses, for each part of the rows that a fit watches, the round that is best for the other parts.
///
/// A fit that ends where its watched rows like it best looks better on those rows than it is: on
/// noise its rounds are chosen by luck, and the luck is in the score. Rows that are answered at a
/// round which they had no say in are scored as new rows would be (cross-fitting).
///
/// ```
/// let mut rounds = trees::CrossedRounds::new(vec![10.0, 10.0], 0.0);
/// assert_eq!(rounds.round(&[9.0, 8.0]), [true, true], "what comes first is the best so far");
/// assert_eq!(rounds.round(&[7.0, 8.5]), [false, true], "only the first part liked it");
/// ```
#[derive(Clone, Debug)]
pub struct CrossedRounds {
    weights: Vec<f64>,
    best: Vec<f64>,
    min_delta: f64,
}

impl CrossedRounds {
    /// Parts by the sum of their rows' weights, and what counts as better.
    #[must_use]
    pub fn new(weights: Vec<f64>, min_delta: f64) -> Self {
        Self {
            best: vec![f64::INFINITY; weights.len()],
            weights,
            min_delta,
        }
    }

    /// Takes in a round's losses, summed over each part, and says which parts it is now the best
    /// round for. A part that is alone goes by its own loss.
    pub fn round(&mut self, losses: &[f64]) -> Vec<bool> {
        (0..self.weights.len())
            .map(|part| {
                let loss = self.of_others(part, losses);
                let better = loss < self.best[part] - self.min_delta;
                if better {
                    self.best[part] = loss;
                }
                better
            })
            .collect()
    }

    /// The mean loss of all parts but one.
    fn of_others(&self, part: usize, losses: &[f64]) -> f64 {
        let (mut loss, mut weight) = (0.0, 0.0);
        for (other, (l, w)) in losses.iter().zip(&self.weights).enumerate() {
            if other != part && *w > 0.0 {
                loss += l;
                weight += w;
            }
        }
        match weight > 0.0 {
            true => loss / weight,
            false => losses[part] / self.weights[part],
        }
    }
}

/// What is said of each part of the validation rows at the round that is best for the others.
pub(super) struct Crossed<'w> {
    parts: &'w [u32],
    count: usize,
    rounds: CrossedRounds,
    scores: Scores,
}

impl<'w> Crossed<'w> {
    pub fn new(valid: &Dataset, parts: &'w [u32], min_delta: f64, scores: &Scores) -> Self {
        let count = parts.iter().max().map_or(0, |last| *last as usize + 1);
        let mut weights = vec![0.0; count];
        for (row, part) in parts.iter().enumerate() {
            weights[*part as usize] += valid.weight(row);
        }
        Self {
            parts,
            count,
            rounds: CrossedRounds::new(weights, min_delta),
            scores: scores.clone(),
        }
    }

    /// Takes in the scores after a round, and gives their mean loss.
    pub fn round(
        &mut self,
        objective: Objective,
        threads: usize,
        valid: &Dataset,
        scores: &Scores,
    ) -> f64 {
        let losses = objective.losses(threads, valid, scores, (self.parts, self.count));
        let better = self.rounds.round(&losses);
        if better.contains(&true) {
            for (kept, scores) in self.scores.iter_mut().zip(scores) {
                for ((kept, score), part) in kept.iter_mut().zip(scores).zip(self.parts) {
                    if better[*part as usize] {
                        *kept = *score;
                    }
                }
            }
        }
        losses.iter().sum::<f64>() / self.rounds.weights.iter().sum::<f64>()
    }

    pub fn into_scores(self) -> Scores {
        self.scores
    }
}
