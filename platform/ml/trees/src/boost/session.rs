//! One fit, round by round.

use super::bag::Bag;
use super::watch::Watch;
use super::{BoostFit, RoundScore, renew};
use crate::context::{Metric, Outcome};
use crate::control::{Control, Flow};
use crate::dataset::Dataset;
use crate::error::Error;
use crate::gradient::Gradients;
use crate::grow::{Grower, TreeTask};
use crate::model::{TreeEnsemble, to_bins};
use crate::objective::Scores;
use crate::params::BoostParams;
use crate::rng::{self, Stream};
use crate::tree::GrownTree;

pub(super) struct Session<'s> {
    train: &'s Dataset<'s>,
    params: &'s BoostParams,
    threads: usize,
    seed: u64,
    model: TreeEnsemble,
    scores: Scores,
    norm: Vec<f64>,
    gradients: Gradients,
    grower: Grower<'s>,
    bag: Bag,
    watch: Watch<'s>,
}

/// How a round went.
enum Round {
    Grown { any_split: bool },
    Stopped,
}

impl<'s> Session<'s> {
    pub fn new(
        train: &'s Dataset<'s>,
        (valid, parts): (Option<&'s Dataset<'s>>, Option<&'s [u32]>),
        params: &'s BoostParams,
        model: TreeEnsemble,
        metric: Metric<'s>,
        seed: u64,
        threads: usize,
    ) -> Self {
        let scores = constant(model.init(), train.rows());
        let watch = Watch::new((valid, parts), params, metric, model.init(), threads);
        Self {
            train,
            params,
            threads,
            seed,
            model,
            scores,
            norm: Vec::new(),
            gradients: Gradients::default(),
            grower: Grower::new(train.matrix, &params.tree, &params.categorical, threads),
            bag: Bag::new(train, params),
            watch,
        }
    }

    /// Brings scores, history and early stopping to where the checkpoint left them. Returns the
    /// number of rounds done.
    pub fn replay(&mut self) -> Result<usize, Error> {
        let outputs = self.model.n_outputs();
        for round in 0..self.model.n_rounds() {
            let mut trees = Vec::with_capacity(outputs);
            for output in 0..outputs {
                let tree = round * outputs + output;
                let tree = to_bins(&self.model, tree, self.train.matrix.binner())?;
                tree.add_to(self.train.matrix, self.threads, &mut self.scores[output]);
                trees.push(tree);
            }
            self.score(&trees);
        }
        Ok(self.model.n_rounds())
    }

    pub fn rounds(mut self, first: usize, control: &mut dyn Control) -> Result<BoostFit, Error> {
        let mut outcome = Outcome::Completed;
        if self.train.is_constant() {
            return Ok(self.finish(Outcome::Exhausted));
        }
        for round in first..self.params.n_estimators {
            if self.watch.is_over() {
                outcome = Outcome::EarlyStopped;
                break;
            }
            let Round::Grown { any_split } = self.round(round, &*control)? else {
                outcome = Outcome::Stopped;
                break;
            };
            if !any_split {
                outcome = Outcome::Exhausted;
                break;
            }
            let RoundScore { train, valid } = self.watch.last();
            if control.on_round(round, train, valid) == Flow::Stop {
                outcome = Outcome::Stopped;
                break;
            }
        }
        if outcome == Outcome::Completed && self.watch.is_over() {
            outcome = Outcome::EarlyStopped;
        }
        Ok(self.finish(outcome))
    }

    /// One tree per output, all from the scores at the start of the round.
    fn round(&mut self, round: usize, control: &dyn Control) -> Result<Round, Error> {
        let objective = self.params.objective;
        objective.normalizers(self.threads, &self.scores, &mut self.norm);
        self.bag.draw(self.seed, round);
        let mut trees = Vec::with_capacity(self.scores.len());
        for output in 0..self.scores.len() {
            let (threads, gradients) = (self.threads, &mut self.gradients);
            let finite = objective.gradients(
                threads,
                output,
                self.train,
                &self.scores,
                &self.norm,
                gradients,
            );
            let Some(scale) = self.gradients.scale.filter(|_| finite) else {
                return Err(Error::Diverged { round });
            };
            let task = TreeTask {
                pairs: &self.gradients.pairs,
                scale,
                in_bag: self.bag.inside(),
                seed: rng::derive(self.seed, Stream::TreeFeatures, round as u64, output as u64),
                should_stop: &|| control.should_stop(),
            };
            let Some(tree) = self.grower.grow(&task) else {
                return Ok(Round::Stopped);
            };
            trees.push(self.settle(tree, output));
        }
        let any_split = trees.iter().any(|tree| tree.nodes.len() > 1);
        // A sampled round may fail where the next one will not; then zeros keep the count.
        let chance = self.bag.is_random() || self.params.tree.draws();
        if any_split || chance {
            let binner = self.train.matrix.binner();
            trees
                .iter()
                .for_each(|tree| self.model.push(tree, binner, None));
            self.score(&trees);
        }
        Ok(Round::Grown {
            any_split: any_split || chance,
        })
    }

    /// Gives a grown tree its final values and adds them to the training scores.
    fn settle(&mut self, mut tree: GrownTree, output: usize) -> GrownTree {
        if tree.nodes.len() == 1 {
            tree.values = vec![0.0];
            return tree;
        }
        let scores = &mut self.scores[output];
        if let Some(alpha) = self.params.objective.renewal() {
            renew::renew(
                &mut tree,
                &self.grower,
                self.train,
                scores,
                alpha,
                self.threads,
            );
            renew::restrain(&mut tree, &self.params.tree.monotone_constraints);
        }
        tree.values
            .iter_mut()
            .for_each(|value| *value *= self.params.learning_rate);
        if self.threads >= 4 && self.bag.inside().is_none() {
            tree.add_to(self.train.matrix, self.threads, scores);
            return tree;
        }
        for (leaf, value) in tree.values.iter().enumerate() {
            for &row in self.grower.leaf_rows(leaf) {
                scores[row as usize] += value;
            }
        }
        for &row in self.bag.outside() {
            let leaf = tree.leaf_of(self.train.matrix, row as usize);
            scores[row as usize] += tree.values[leaf as usize];
        }
        tree
    }

    fn score(&mut self, trees: &[GrownTree]) {
        let train = self.params.eval_train.then(|| {
            self.params
                .objective
                .loss(self.threads, self.train, &self.scores)
        });
        self.watch.round(trees, train);
    }

    fn finish(mut self, outcome: Outcome) -> BoostFit {
        BoostFit {
            best_rounds: self.watch.best_rounds(self.model.n_rounds()),
            checkpoint: self.model,
            crossed: self.watch.crossed(),
            history: self.watch.into_history(),
            outcome,
        }
    }
}

/// The same scores for all rows.
pub(super) fn constant(init: &[f64], rows: usize) -> Scores {
    init.iter().map(|&score| vec![score; rows]).collect()
}
