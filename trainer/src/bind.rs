//! From fitted folds to model files.

use crate::cuts::{fold_scores, mean_by_row, most_mixed, quick_enough, row_nanoseconds};
use domain::model::FoldCount;
use domain::results::Prepared;
use domain::spec::Budget;
use domain::study::Params;
use domain::{Failure, Message};
use folds::{Allowance, Folds, Kept, kept, mean, std};
use futures_util::{StreamExt, TryStreamExt, stream};
use ml::artefact::{Member, ModelFile, Provenance};
use ml::features::Predictions;
use ml::fit::{CancelFlag, Flow};
use ml::stack::Stack;
use ports::artifacts::Written;
use service_kit::Step;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What every file is made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Binder<'a> {
    pub step: &'a Step,
    pub prepared: &'a Prepared,
    pub folds: &'a Arc<Folds>,
    /// Cuts of the rows that every model of the leaderboard was fitted on.
    pub cuts: u32,
    /// Milliseconds that the answer for a row may take, about.
    pub row_limit_ms: Option<f64>,
}

/// A configuration, and where its fitted folds lie.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Source {
    pub algorithm: String,
    pub params: Params,
    pub files: Vec<String>,
}

/// A stored model file with its numbers.
#[derive(Debug)]
pub(crate) struct Bound {
    pub source: Source,
    pub cv_score: f64,
    pub cv_std: f64,
    pub folds: FoldCount,
    pub fold_scores: Vec<Option<f64>>,
    pub seconds: f64,
    /// About how long the answer for one row takes.
    pub row_nanoseconds: f64,
    /// What it says about every row, each row told by the fit that has not seen it; nothing where a
    /// fold is missing or that was too much to keep.
    pub predictions: Option<Predictions>,
    pub artifact: String,
    pub written: Written,
}

/// Share of the seconds that are left which the held-out rows may take to be predicted.
const PREDICTING: f64 = 0.3;

/// Milliseconds that the answer for a row may take: as long as the user allows, and not so long that
/// the budget ends while the held-out rows are predicted.
pub(crate) fn row_limit_ms(step: &Step, rows_test: u64) -> Result<Option<f64>, Failure> {
    let asked = step.pipeline()?.spec.predict_limit_ms;
    let (Budget::Seconds(_), Some(deadline)) = (step.budget()?, step.deadline()?) else {
        return Ok(asked);
    };
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let held_out = deadline.left().as_secs_f64() * PREDICTING * 1e3 / rows_test.max(1) as f64;
    Ok(Some(asked.map_or(held_out, |asked| asked.min(held_out))))
}

/// Models bound at once: one reads while the other is compressed, and two are in memory.
const AT_ONCE: usize = 2;

impl Binder<'_> {
    /// Binds every model that has a scored fold; the baseline if none has, which `reason` explains.
    pub async fn bind(
        self,
        sources: Vec<Source>,
        reason: Option<&Message>,
    ) -> Result<Vec<Bound>, Failure> {
        let each = (0..).zip(sources);
        let each = each.map(|(number, source)| self.bind_one(number, source));
        let bound: Vec<Option<Bound>> = stream::iter(each).buffered(AT_ONCE).try_collect().await?;
        let mut bound: Vec<Bound> = bound.into_iter().flatten().collect();
        if bound.is_empty() {
            bound.push(self.baseline(reason).await?);
        }
        Ok(bound)
    }

    /// The model file of one model, unless none of its folds has a score.
    async fn bind_one(self, number: u32, source: Source) -> Result<Option<Bound>, Failure> {
        let all = self.read(&source).await?;
        self.bind_folds(number, source, all).await
    }

    async fn bind_folds(
        self,
        number: u32,
        source: Source,
        all: Vec<Kept>,
    ) -> Result<Option<Bound>, Failure> {
        let compared = self.compared(&all);
        let (fold_scores, averaged) = self.judged(compared)?;
        let scores: Vec<f64> = fold_scores.iter().copied().flatten().collect();
        let single: Vec<f64> = compared.iter().filter_map(|kept| kept.score).collect();
        let (Some(cv_score), Some(cv_std)) = (mean(&scores), std(&single)) else {
            return Ok(None);
        };
        let first_cut = all.iter().filter(|kept| kept.fold < self.folds.count);
        let count = FoldCount {
            done: u32::try_from(first_cut.count()).unwrap_or(u32::MAX),
            of: self.folds.count,
        };
        let seconds = all.iter().map(|kept| kept.seconds).sum();
        let row_nanoseconds = row_nanoseconds(&all);
        let predictions = match number as usize >= self.most_mixed() {
            true => None,
            false => self.said(averaged, compared.len(), &all)?,
        };
        let members = vec![member(&source, 1.0, all)?];
        let name = format!("model-{number}.mlmodel");
        let (artifact, written) = self.store(members, None, cv_score, &name).await?;
        Ok(Some(Bound {
            source,
            cv_score,
            cv_std,
            folds: count,
            fold_scores,
            seconds,
            row_nanoseconds,
            predictions,
            artifact,
            written,
        }))
    }

    /// Of a model's folds in their order, those that models are compared by.
    pub fn compared<'k>(&self, all: &'k [Kept]) -> &'k [Kept] {
        let last = self.cuts * self.folds.count;
        &all[..all.partition_point(|kept| kept.fold < last)]
    }

    /// The fitted folds of a model: all, or of those of other cuts as many as answer quickly enough.
    pub async fn read(self, source: &Source) -> Result<Vec<Kept>, Failure> {
        let mut all = Vec::new();
        for key in &source.files {
            all.extend(kept(self.step, key).await?);
        }
        all.sort_by_key(|kept| kept.fold);
        all.truncate(quick_enough(&all, self.folds.count, self.row_limit_ms));
        Ok(all)
    }

    /// How many models' predictions of all rows fit into memory at once; none where that is one.
    pub fn most_mixed(self) -> usize {
        let numbers = self.folds.target.len() * self.folds.target.outputs();
        most_mixed(numbers, self.step.table_cells())
    }

    /// The scores by fold, and the predictions behind them. Where the rows were cut several times,
    /// what is scored is the mean of what a model said of a row, as it is of a mixture: so the two
    /// compare, and a mean of fits is what a model file is.
    pub fn judged(
        self,
        compared: &[Kept],
    ) -> Result<(Vec<Option<f64>>, Option<Predictions>), Failure> {
        let single = || fold_scores(compared, self.folds.count);
        if self.cuts < 2 {
            return Ok((single(), None));
        }
        let Some(averaged) = self.out_of_fold(compared)? else {
            return Ok((single(), None));
        };
        let folds = self.folds;
        let score = |fold| {
            let (rows, _) = folds.rows(fold);
            let said = averaged.take(&rows);
            ml::metrics::score(
                folds.metric,
                &folds.target.take(&rows),
                &said,
                folds.positive,
            )
            .ok()
        };
        Ok(((0..folds.count).map(score).collect(), Some(averaged)))
    }

    /// What all folds say: that is what the `compared` first of them say where there are no others.
    pub fn said(
        self,
        averaged: Option<Predictions>,
        compared: usize,
        all: &[Kept],
    ) -> Result<Option<Predictions>, Failure> {
        match averaged.filter(|_| compared == all.len()) {
            None => self.out_of_fold(all),
            known => Ok(known),
        }
    }

    /// What the folds say about all rows, on average over the cuts; nothing where that is not known of
    /// each row.
    fn out_of_fold(self, all: &[Kept]) -> Result<Option<Predictions>, Failure> {
        let target = &self.folds.target;
        let whole = Predictions::zeros(target.len(), target.outputs());
        let rows_of = |fold| self.folds.rows(fold).0;
        mean_by_row(whole, all, rows_of).map_err(Failure::internal)
    }

    /// What is left when the budget allowed nothing else: guessing, fitted in no time.
    async fn baseline(self, reason: Option<&Message>) -> Result<Bound, Failure> {
        self.step.reporter.warn(only_baseline(reason));
        let all = Arc::clone(self.folds);
        let allowance = Allowance {
            threads: 1,
            clock: Arc::clone(&self.step.clock),
            deadline: None,
            cancel: CancelFlag::default(),
        };
        let source = Source {
            algorithm: "baseline".to_owned(),
            params: Params::default(),
            files: Vec::new(),
        };
        let (name, params) = (source.algorithm.clone(), source.params.clone());
        let fits = self
            .step
            .compute(move || {
                let fit = |fold| {
                    let go_on = &mut |_| Flow::Continue;
                    let fit = all.fit(&name, &params, fold, &allowance, go_on);
                    fit.map(|fit| fit.kept(fold))
                };
                let fits: Result<Vec<Kept>, _> = (0..all.count).map(fit).collect();
                fits.map_err(|error| {
                    Failure::internal(format!("even the baseline could not be fitted: {error}"))
                })
            })
            .await?;
        let bound = self.bind_folds(0, source, fits).await?;
        bound.ok_or_else(|| Failure::internal("the baseline has no score"))
    }

    /// Writes a model file.
    pub async fn store(
        self,
        members: Vec<Member>,
        stack: Option<Stack>,
        cv_score: f64,
        name: &str,
    ) -> Result<(String, Written), Failure> {
        let (step, prepared) = (self.step, self.prepared);
        let spec = &step.pipeline()?.spec;
        let file = ModelFile {
            recipe: self.folds.recipe.clone(),
            task: prepared.task,
            target: spec.target.clone(),
            classes: prepared.classes.clone(),
            positive: prepared.positive,
            members,
            stack,
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
}

/// A model's folds as a part of a file.
pub(crate) fn member(source: &Source, weight: f64, all: Vec<Kept>) -> Result<Member, Failure> {
    let algorithm = source.algorithm.as_str();
    let Some(known) = ml::registry::algorithm(algorithm) else {
        let text = format!("there is no algorithm {algorithm}");
        return Err(Failure::internal(text));
    };
    Ok(Member {
        weight,
        algorithm: algorithm.to_owned(),
        params: source.params.clone(),
        view: known.view,
        folds: all.into_iter().map(|kept| kept.model).collect(),
    })
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
