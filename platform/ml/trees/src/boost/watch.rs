//! The validation score: history, best round, patience.

use super::RoundScore;
use super::crossed::Crossed;
use super::session::constant;
use crate::context::Metric;
use crate::dataset::Dataset;
use crate::objective::Scores;
use crate::params::{BoostParams, EarlyStopping};
use crate::tree::GrownTree;

pub(super) struct Watch<'w> {
    valid: Option<&'w Dataset<'w>>,
    params: &'w BoostParams,
    metric: Metric<'w>,
    threads: usize,
    scores: Scores,
    history: Vec<RoundScore>,
    best: f64,
    best_rounds: usize,
    crossed: Option<Crossed<'w>>,
}

impl<'w> Watch<'w> {
    /// The constant model is the first one to beat.
    pub fn new(
        (valid, parts): (Option<&'w Dataset<'w>>, Option<&'w [u32]>),
        params: &'w BoostParams,
        metric: Metric<'w>,
        init: &[f64],
        threads: usize,
    ) -> Self {
        let mut watch = Self {
            valid,
            params,
            metric,
            threads,
            scores: valid.map_or(Vec::new(), |valid| constant(init, valid.rows())),
            history: Vec::new(),
            best: f64::INFINITY,
            best_rounds: 0,
            crossed: None,
        };
        if params.early_stopping.is_some()
            && let Some(score) = watch.measure()
            && !score.is_nan()
        {
            watch.best = score;
        }
        if let (Some(valid), Some(parts), Some(stop)) = (valid, parts, params.early_stopping)
            && matches!(metric, Metric::Loss)
        {
            let mut crossed = Crossed::new(valid, parts, stop.min_delta, &watch.scores);
            crossed.round(params.objective, threads, valid, &watch.scores);
            watch.crossed = Some(crossed);
        }
        watch
    }

    /// Takes in a round's trees.
    pub fn round(&mut self, trees: &[GrownTree], train: Option<f64>) {
        if let Some(valid) = self.valid {
            for (tree, scores) in trees.iter().zip(&mut self.scores) {
                tree.add_to(valid.matrix, self.threads, scores);
            }
        }
        let valid = match (self.valid, &mut self.crossed) {
            (Some(valid), Some(crossed)) => {
                Some(crossed.round(self.params.objective, self.threads, valid, &self.scores))
            }
            _ => self.measure(),
        };
        self.history.push(RoundScore { train, valid });
        let min_delta = self
            .params
            .early_stopping
            .map_or(0.0, |stop| stop.min_delta);
        // A score that is not a number is no improvement.
        if valid.is_some_and(|score| score < self.best - min_delta) {
            self.best = valid.unwrap_or(self.best);
            self.best_rounds = self.history.len();
        }
    }

    fn measure(&self) -> Option<f64> {
        let valid = self.valid?;
        let objective = self.params.objective;
        Some(match self.metric {
            Metric::Loss => objective.loss(self.threads, valid, &self.scores),
            Metric::Raw(function) => function(&by_row(&self.scores)),
            Metric::Predictions(function) => {
                let mut rows = by_row(&self.scores);
                let link = objective.link();
                rows.chunks_mut(self.scores.len())
                    .for_each(|row| link.apply(row));
                function(&rows)
            }
        })
    }

    /// Scores of the last round.
    pub fn last(&self) -> RoundScore {
        self.history.last().copied().unwrap_or(RoundScore {
            train: None,
            valid: None,
        })
    }

    /// Whether patience has run out.
    pub fn is_over(&self) -> bool {
        let waited = self.history.len() - self.best_rounds;
        let patience = |stop: EarlyStopping| waited >= stop.patience;
        self.params.early_stopping.is_some_and(patience)
    }

    /// Rounds to keep, of `all`.
    pub fn best_rounds(&self, all: usize) -> usize {
        match self.params.early_stopping {
            Some(_) => self.best_rounds,
            None => all,
        }
    }

    /// Predictions of the validation rows at the rounds that others chose, row by row.
    pub fn crossed(&mut self) -> Option<Vec<f64>> {
        let scores = self.crossed.take()?.into_scores();
        let mut rows = by_row(&scores);
        let link = self.params.objective.link();
        rows.chunks_mut(scores.len())
            .for_each(|row| link.apply(row));
        Some(rows)
    }

    pub fn into_history(self) -> Vec<RoundScore> {
        self.history
    }
}

fn by_row(scores: &Scores) -> Vec<f64> {
    let rows = scores.first().map_or(0, Vec::len);
    (0..rows)
        .flat_map(|row| scores.iter().map(move |s| s[row]))
        .collect()
}
