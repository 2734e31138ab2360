//! Several models as one: the mixture of what they say.

use crate::bind::{Binder, Bound, Source, member};
use crate::cuts::row_nanoseconds;
use domain::model::FoldCount;
use domain::spec::Budget;
use domain::study::{ParamValue, Params};
use domain::{Deadline, Failure};
use folds::{mean, std};
use ml::ensemble::{self, Mixture, OutOfFold, Prices};
use ml::features::Predictions;
use ml::model::FittedModel;
use service_kit::Step;
use std::sync::Arc;
use std::time::Duration;

/// Share of the seconds that must be left when the weights are chosen.
const KEPT_SHARE: f64 = 0.1;

/// Guesses without looking at any column.
const BASELINE: &str = "baseline";

/// A model that may be a part of the mixture.
struct Candidate {
    source: Source,
    seconds: f64,
    row_nanoseconds: f64,
    loss: f64,
    predictions: Predictions,
}

impl Binder<'_> {
    /// A mixture of the models on the leaderboard and of others, if there is a better one than the
    /// best on the leaderboard.
    pub async fn mix(
        self,
        bound: &mut [Bound],
        others: Vec<Source>,
    ) -> Result<Option<Bound>, Failure> {
        let deadline = mixing_deadline(self.step)?;
        let go_on = move || !deadline.as_ref().is_some_and(Deadline::passed);
        let mut candidates: Vec<Candidate> = bound
            .iter_mut()
            // Guesses change no order of rows, and draw all shares together.
            .filter(|bound| bound.source.algorithm != BASELINE)
            .filter_map(|bound| {
                Some(Candidate {
                    source: bound.source.clone(),
                    seconds: bound.seconds,
                    row_nanoseconds: bound.row_nanoseconds,
                    loss: self.folds.metric.loss(bound.cv_score),
                    predictions: bound.predictions.take()?,
                })
            })
            .collect();
        candidates.sort_by(|a, b| a.loss.total_cmp(&b.loss));
        let most = self.most_mixed();
        candidates.truncate(most);
        let others = others.into_iter();
        for source in others.filter(|source| source.algorithm != BASELINE) {
            if candidates.len() >= most || !go_on() {
                break;
            }
            candidates.extend(self.candidate(source).await?);
        }
        if candidates.len() < 2 || !go_on() {
            return Ok(None);
        }
        candidates.sort_by(|a, b| a.loss.total_cmp(&b.loss));
        let (known, cancel) = (Arc::clone(self.folds), self.step.cancel.clone());
        let limit = self.row_limit_ms;
        let of: Vec<f64> = candidates.iter().map(|one| one.row_nanoseconds).collect();
        let (sources, predictions): (Vec<_>, Vec<_>) = candidates
            .into_iter()
            .map(|one| ((one.source, one.seconds), one.predictions))
            .unzip();
        let mixture = self
            .step
            .compute(move || {
                let known = OutOfFold {
                    target: &known.target,
                    fold_of: &known.fold_of,
                    folds: known.count,
                    metric: known.metric,
                    positive: known.positive,
                    seed: known.seed(),
                };
                let go_on = || go_on() && !cancel.is_cancelled();
                let prices = Prices {
                    of: &of,
                    most: limit.map_or(f64::INFINITY, |limit| limit * 1e6),
                };
                Ok(known.mixture(&predictions, prices, &go_on))
            })
            .await?;
        match mixture {
            Some(mixture) => self.store_mixture(sources, mixture).await,
            None => Ok(None),
        }
    }

    /// A model that is not on the leaderboard, if all its folds are known.
    async fn candidate(self, source: Source) -> Result<Option<Candidate>, Failure> {
        let all = self.read(&source).await?;
        let compared = self.compared(&all);
        let (scores, averaged) = self.judged(compared)?;
        let scores: Vec<f64> = scores.into_iter().flatten().collect();
        let seconds = all.iter().map(|kept| kept.seconds).sum();
        let row_nanoseconds = row_nanoseconds(&all);
        let (Some(score), Some(predictions)) =
            (mean(&scores), self.said(averaged, compared.len(), &all)?)
        else {
            return Ok(None);
        };
        let loss = self.folds.metric.loss(score);
        Ok(Some(Candidate {
            source,
            seconds,
            row_nanoseconds,
            loss,
            predictions,
        }))
    }

    /// The mixture as a model file of its own.
    async fn store_mixture(
        self,
        sources: Vec<(Source, f64)>,
        mixture: Mixture,
    ) -> Result<Option<Bound>, Failure> {
        let scores: Vec<f64> = mixture.fold_scores.iter().copied().flatten().collect();
        let (Some(cv_score), Some(cv_std)) = (mean(&scores), std(&scores)) else {
            return Ok(None);
        };
        let (mut members, mut shares, mut seconds) = (Vec::new(), Params::default(), 0.0);
        for ((source, took), weight) in sources.iter().zip(mixture.weights) {
            if weight == 0.0 {
                continue;
            }
            members.push(member(source, weight, self.read(source).await?)?);
            seconds += took;
            // Several configurations of an algorithm are shown as one.
            let share = shares.float(&source.algorithm).unwrap_or(0.0) + weight;
            shares = shares.with(&source.algorithm, ParamValue::Float(share));
        }
        if mixture.stack.is_some() {
            shares = shares.with("stacked", ParamValue::Bool(true));
        }
        let folds = members.iter().flat_map(|member| &member.folds);
        let row_nanoseconds = folds.map(FittedModel::row_nanoseconds).sum();
        let name = "model-ensemble.mlmodel";
        let (artifact, written) = self.store(members, mixture.stack, cv_score, name).await?;
        let source = Source {
            algorithm: ensemble::NAME.to_owned(),
            params: shares,
            files: Vec::new(),
        };
        Ok(Some(Bound {
            source,
            cv_score,
            cv_std,
            folds: FoldCount {
                done: self.folds.count,
                of: self.folds.count,
            },
            row_nanoseconds,
            fold_scores: mixture.fold_scores,
            seconds,
            predictions: None,
            artifact,
            written,
        }))
    }
}

/// When weights must be chosen, so that there is time to evaluate and deploy.
fn mixing_deadline(step: &Step) -> Result<Option<Deadline>, Failure> {
    let Budget::Seconds(total) = step.budget()? else {
        return Ok(None);
    };
    let kept = Duration::from_secs_f64(total * KEPT_SHARE);
    Ok(step.deadline()?.map(|deadline| deadline.earlier(kept)))
}
