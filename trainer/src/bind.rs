//! From fitted folds to model files.

use crate::fold::FoldOutcome;
use crate::train::Told;
use domain::model::FoldCount;
use domain::results::Prepared;
use domain::study::Params;
use domain::{Failure, Message};
use folds::{Folds, mean, std};
use futures_util::{StreamExt, TryStreamExt, stream};
use ml::artefact::{Member, ModelFile, Provenance};
use ml::fit::{CancelFlag, Flow};
use ml::model::FittedModel;
use ports::artifacts::Written;
use service_kit::Step;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A stored model file with its numbers.
#[derive(Debug)]
pub(crate) struct Bound {
    /// Its number among the models that were fitted.
    pub model: u32,
    pub algorithm: String,
    pub params: Params,
    pub cv_score: f64,
    pub cv_std: f64,
    pub folds: FoldCount,
    pub fold_scores: Vec<Option<f64>>,
    pub seconds: f64,
    pub artifact: String,
    pub written: Written,
}

/// Models bound at once: one reads while the other is compressed, and two are in memory.
const AT_ONCE: usize = 2;

/// Binds every model that has a scored fold; the baseline if none has.
pub(crate) async fn bind(
    step: &Step,
    prepared: &Prepared,
    folds: &Arc<Folds>,
    told: &[Told],
) -> Result<Vec<Bound>, Failure> {
    let models = told.iter().map(|fold| fold.task.model + 1).max();
    let each = (0..models.unwrap_or(0)).map(|model| bind_one(step, prepared, folds, told, model));
    let bound: Vec<Option<Bound>> = stream::iter(each).buffered(AT_ONCE).try_collect().await?;
    let mut bound: Vec<Bound> = bound.into_iter().flatten().collect();
    if bound.is_empty() {
        let reason = told.iter().find_map(Told::reason);
        bound.push(baseline(step, prepared, folds, reason).await?);
    }
    Ok(bound)
}

/// The model file of one model, unless none of its folds has a score.
async fn bind_one(
    step: &Step,
    prepared: &Prepared,
    folds: &Arc<Folds>,
    told: &[Told],
    model: u32,
) -> Result<Option<Bound>, Failure> {
    let own: Vec<(&Told, &FoldOutcome)> = told
        .iter()
        .filter(|fold| fold.task.model == model)
        .filter_map(|fold| Some((fold, fold.outcome.as_ref()?)))
        .filter(|(_, outcome)| outcome.model.is_some())
        .collect();
    let scores: Vec<f64> = own
        .iter()
        .filter_map(|(_, outcome)| outcome.score)
        .collect();
    let (Some((first, _)), Some(cv_score), Some(cv_std)) =
        (own.first(), mean(&scores), std(&scores))
    else {
        return Ok(None);
    };
    let mut fitted = Vec::new();
    for key in own.iter().filter_map(|(_, outcome)| outcome.model.as_ref()) {
        let bytes = step.fetch(key).await?;
        fitted.push(postcard::from_bytes(&bytes).map_err(|error| {
            Failure::internal(format!("the fitted fold {key} cannot be read: {error}"))
        })?);
    }
    let count = FoldCount {
        done: u32::try_from(own.len()).unwrap_or(u32::MAX),
        of: folds.count,
    };
    let mut fold_scores = vec![None; folds.count as usize];
    for (fold, outcome) in &own {
        if let Some(place) = fold_scores.get_mut(fold.task.fold as usize) {
            *place = outcome.score;
        }
    }
    let seconds = own.iter().map(|(_, outcome)| outcome.seconds).sum();
    let (algorithm, params) = (first.task.algorithm.clone(), first.task.params.clone());
    let name = format!("model-{model}.mlmodel");
    let (artifact, written) = store(
        step, prepared, folds, &algorithm, &params, fitted, cv_score, &name,
    )
    .await?;
    Ok(Some(Bound {
        model,
        algorithm,
        params,
        cv_score,
        cv_std,
        folds: count,
        fold_scores,
        seconds,
        artifact,
        written,
    }))
}

fn only_baseline(reason: Option<&Message>) -> Message {
    let why = reason.map_or(String::new(), |reason| format!(" ({reason})"));
    let text = format!(
        "No model could be trained within the budget{why}; the baseline stands in. Give the \
         pipeline more time."
    );
    match reason {
        Some(reason) => Message::new("train.only_baseline_because", text).because(reason),
        None => Message::new("train.only_baseline", text),
    }
}

/// What is left when the budget allowed nothing else: guessing, fitted in no time.
async fn baseline(
    step: &Step,
    prepared: &Prepared,
    folds: &Arc<Folds>,
    reason: Option<&Message>,
) -> Result<Bound, Failure> {
    step.reporter.warn(only_baseline(reason));
    let (all, clock) = (Arc::clone(folds), Arc::clone(&step.clock));
    let fits = step
        .compute(move || {
            let fit = |fold| {
                all.fit(
                    "baseline",
                    &Params::default(),
                    fold,
                    1,
                    clock.as_ref(),
                    None,
                    CancelFlag::default(),
                    &mut |_| Flow::Continue,
                )
            };
            (0..all.count)
                .map(fit)
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| {
                    Failure::internal(format!("even the baseline could not be fitted: {error}"))
                })
        })
        .await?;
    let scores: Vec<f64> = fits.iter().filter_map(|fit| fit.score).collect();
    let fold_scores = fits.iter().map(|fit| fit.score).collect();
    let seconds = fits.iter().map(|fit| fit.took.as_secs_f64()).sum();
    let cv_score = mean(&scores).unwrap_or(0.0);
    let cv_std = std(&scores).unwrap_or(0.0);
    let fitted = fits.into_iter().map(|fit| fit.fit.model).collect();
    let (algorithm, params) = ("baseline".to_owned(), Params::default());
    let name = "model-0.mlmodel";
    let (artifact, written) = store(
        step, prepared, folds, &algorithm, &params, fitted, cv_score, name,
    )
    .await?;
    Ok(Bound {
        model: 0,
        algorithm,
        params,
        cv_score,
        cv_std,
        folds: FoldCount {
            done: folds.count,
            of: folds.count,
        },
        fold_scores,
        seconds,
        artifact,
        written,
    })
}

#[expect(clippy::too_many_arguments, reason = "each is one part of the file")]
async fn store(
    step: &Step,
    prepared: &Prepared,
    folds: &Arc<Folds>,
    algorithm: &str,
    params: &Params,
    fitted: Vec<FittedModel>,
    cv_score: f64,
    name: &str,
) -> Result<(String, Written), Failure> {
    let spec = &step.pipeline()?.spec;
    let Some(known) = ml::registry::algorithm(algorithm) else {
        return Err(Failure::internal(format!(
            "there is no algorithm {algorithm}"
        )));
    };
    let file = ModelFile {
        recipe: folds.recipe.clone(),
        task: prepared.task,
        target: spec.target.clone(),
        classes: prepared.classes.clone(),
        positive: prepared.positive,
        members: vec![Member {
            weight: 1.0,
            algorithm: algorithm.to_owned(),
            params: params.clone(),
            view: known.view,
            folds: fitted,
        }],
        metrics: BTreeMap::from([(prepared.metric, cv_score)]),
        provenance: Provenance {
            dataset_sha256: prepared.dataset_sha256.clone(),
            spec: provenance(spec),
            seed: spec.seed.unwrap_or(0),
            program: env!("CARGO_PKG_VERSION").to_owned(),
        },
    };
    let bytes = step.compute(move || Ok(file.to_bytes())).await?;
    step.put(name, bytes.into()).await
}

/// What was asked for, without ids and names: equal work gives an equal file.
fn provenance(spec: &domain::spec::PipelineSpec) -> serde_json::Value {
    let mut value = serde_json::to_value(spec).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        for name in [
            "dataset_id",
            "dataset_version",
            "course_id",
            "name",
            "deploy",
        ] {
            fields.remove(name);
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_only_the_baseline_is_left_can_be_said_in_any_language() {
        let reason = Message::new("fit.no_time", "no time");
        let told = only_baseline(Some(&reason));
        assert_eq!(told.code, "train.only_baseline_because");
        assert_eq!(told.params["reason"]["code"], "fit.no_time");
        assert!(told.text.contains("(no time)"), "{told}");
        let without = only_baseline(None);
        assert_eq!(without.code, "train.only_baseline");
        assert!(without.params.is_empty(), "{without:?}");
    }
}
