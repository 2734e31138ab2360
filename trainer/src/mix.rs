//! Several models as one: the mixture of what they say, where it beats each of them.

use crate::bind::Bound;
use crate::train::Told;
use domain::model::FoldCount;
use domain::results::Prepared;
use domain::spec::Budget;
use domain::study::{ParamValue, Params};
use domain::{Deadline, Failure};
use folds::{Folds, mean, std};
use ml::artefact::ModelFile;
use ml::ensemble::{self, Mixture, OutOfFold};
use ml::features::Predictions;
use service_kit::Step;
use std::sync::Arc;
use std::time::Duration;

/// Share of the seconds that must be left when the weights are chosen.
const KEPT_SHARE: f64 = 0.1;
/// Predicted numbers that are looked at together: 320 MB.
const MOST_NUMBERS: usize = 40_000_000;

/// A mixture of the models, if there is a better one than the best of them.
pub(crate) async fn mix(
    step: &Step,
    prepared: &Prepared,
    folds: &Arc<Folds>,
    told: &[Told],
    bound: &[Bound],
) -> Result<Option<Bound>, Failure> {
    let deadline = mixing_deadline(step)?;
    let go_on = move || !deadline.as_ref().is_some_and(Deadline::passed);
    let models = whole(told, bound, folds);
    if models.len() < 2 || !go_on() {
        return Ok(None);
    }
    let mut predictions = Vec::new();
    for (_, keys) in &models {
        predictions.push(gathered(step, folds, keys).await?);
    }
    let (known, cancel) = (Arc::clone(folds), step.cancel.clone());
    let mixture = step
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
            Ok(known.mixture(&predictions, &go_on))
        })
        .await?;
    let Some(mixture) = mixture else {
        return Ok(None);
    };
    let models: Vec<&Bound> = models.iter().map(|(bound, _)| *bound).collect();
    stored(step, prepared, folds, &models, mixture).await
}

/// When weights must be chosen, so that there is time to evaluate and deploy.
fn mixing_deadline(step: &Step) -> Result<Option<Deadline>, Failure> {
    let Budget::Seconds(total) = step.budget()? else {
        return Ok(None);
    };
    let kept = Duration::from_secs_f64(total * KEPT_SHARE);
    Ok(step.deadline()?.map(|deadline| deadline.earlier(kept)))
}

/// The models that have every fold, best first, with what they said fold by fold: as many as can be
/// looked at together.
fn whole<'a>(
    told: &'a [Told],
    bound: &'a [Bound],
    folds: &Folds,
) -> Vec<(&'a Bound, Vec<&'a str>)> {
    let keys = |model: u32| -> Option<Vec<&str>> {
        (0..folds.count)
            .map(|fold| {
                let own = |told: &&Told| told.task.model == model && told.task.fold == fold;
                told.iter()
                    .find(own)?
                    .outcome
                    .as_ref()?
                    .predictions
                    .as_deref()
            })
            .collect()
    };
    let mut models: Vec<(&Bound, Vec<&str>)> = bound
        .iter()
        .filter(|bound| !bound.folds.is_short())
        .filter_map(|bound| Some((bound, keys(bound.model)?)))
        .collect();
    models.sort_by(|(a, _), (b, _)| {
        let loss = |bound: &Bound| folds.metric.loss(bound.cv_score);
        loss(a).total_cmp(&loss(b))
    });
    let numbers = folds.target.len().saturating_mul(folds.target.outputs());
    models.truncate(MOST_NUMBERS / numbers.max(1));
    models
}

/// What a model says about every row, each row told by the fit that never saw it.
async fn gathered(step: &Step, folds: &Folds, keys: &[&str]) -> Result<Predictions, Failure> {
    let outputs = folds.target.outputs();
    let mut all = Predictions::zeros(folds.target.len(), outputs);
    for (fold, key) in (0..).zip(keys) {
        let bytes = step.fetch(key).await?;
        let part: Predictions = postcard::from_bytes(&bytes).map_err(|error| {
            Failure::internal(format!("the predictions {key} cannot be read: {error}"))
        })?;
        let (rows, _) = folds.rows(fold);
        if part.outputs != outputs || part.rows() != rows.len() {
            return Err(Failure::internal(format!(
                "the predictions {key} are of other rows"
            )));
        }
        for (place, row) in rows.into_iter().enumerate() {
            let row = row as usize * outputs;
            all.values[row..row + outputs].copy_from_slice(part.row(place));
        }
    }
    Ok(all)
}

/// The mixture as a model file of its own, made of those of its members.
async fn stored(
    step: &Step,
    prepared: &Prepared,
    folds: &Folds,
    models: &[&Bound],
    mixture: Mixture,
) -> Result<Option<Bound>, Failure> {
    let scores: Vec<f64> = mixture.fold_scores.iter().copied().flatten().collect();
    let (Some(cv_score), Some(cv_std)) = (mean(&scores), std(&scores)) else {
        return Ok(None);
    };
    let mut file: Option<ModelFile> = None;
    let (mut params, mut seconds) = (Params::default(), 0.0);
    for (bound, weight) in models.iter().zip(mixture.weights) {
        if weight == 0.0 {
            continue;
        }
        let bytes = step.fetch(&bound.artifact).await?;
        let own = step
            .compute(move || {
                ModelFile::from_bytes(&bytes).map_err(|error| Failure::internal(error.to_string()))
            })
            .await?;
        let members = own.members.clone().into_iter().map(|mut member| {
            member.weight *= weight;
            member
        });
        seconds += bound.seconds;
        params = params.with(&bound.algorithm, ParamValue::Float(weight));
        match &mut file {
            Some(file) => file.members.extend(members),
            None => {
                file = Some(ModelFile {
                    members: members.collect(),
                    metrics: [(prepared.metric, cv_score)].into(),
                    ..own
                });
            }
        }
    }
    let Some(file) = file else { return Ok(None) };
    let bytes = step.compute(move || Ok(file.to_bytes())).await?;
    let (artifact, written) = step.put("model-ensemble.mlmodel", bytes.into()).await?;
    Ok(Some(Bound {
        model: u32::MAX,
        algorithm: ensemble::NAME.to_owned(),
        params,
        cv_score,
        cv_std,
        folds: FoldCount {
            done: folds.count,
            of: folds.count,
        },
        fold_scores: mixture.fold_scores,
        seconds,
        artifact,
        written,
    }))
}
