//! The chosen model once more, of all rows.
//!
//! The held-out rows have said how good the model is; now they are worth more as rows to learn from.
//! The same configurations are fitted on the folds of all rows, with the same weights; the numbers
//! that are shown stay those of the model that was judged.

use domain::job::{FoldTask, Job, JobKind, NewJob, Payload};
use domain::model::Model;
use domain::pipeline::StageName;
use domain::results::{Configuration, Optimised, StageResult};
use domain::task::Metric;
use domain::{Failure, Message};
use folds::{FoldOutcome, Kept, Spare, kept, mean};
use ml::artefact::{Member, ModelFile};
use service_kit::Step;

/// Share of the seconds that is kept for deploying.
const KEPT_SHARE: f64 = 0.05;
/// By how many standard deviations of its folds, and by which share of its loss, a model of more rows
/// may look worse: other rows are other rows.
const WORSE: (f64, f64) = (3.0, 0.1);

/// A job for every cut of every member of the model; none where there is no time for it.
pub(crate) async fn jobs(step: &Step, model: &Model) -> Result<Vec<NewJob>, Failure> {
    let (prepared, optimised) = (step.prepared().await?, step.optimised().await?);
    let file = read(step, model).await?;
    let known = |member| configuration(&optimised, member);
    let Some(known) = file.members.iter().map(known).collect::<Option<Vec<_>>>() else {
        return Ok(Vec::new());
    };
    let spent = optimised.work_units + trained(step).await?;
    let spare = Spare::of(step, KEPT_SHARE, spent)?;
    let folds = prepared.folds;
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let more_rows = 1.0 + prepared.rows_test as f64 / prepared.rows_train.max(1) as f64;
    let cut = |known: &&Configuration| spare.fold(known) * f64::from(folds) * more_rows;
    let costs: Vec<f64> = known.iter().map(cut).collect();
    let cuts: Vec<u32> = file.members.iter().map(|m| cuts(m, folds)).collect();
    let most = affordable(&cuts, &costs, spare.amount());
    let each = (0..most).flat_map(|cut| {
        (0..)
            .zip(&cuts)
            .map(move |(member, own)| (cut, member, own))
    });
    let job = |(cut, member, _): (u32, u32, &u32)| {
        let known = known.get(member as usize)?;
        let task = FoldTask {
            model: member,
            fold: cut * folds,
            folds,
            whole: true,
            algorithm: known.algorithm.clone(),
            params: known.params.clone(),
        };
        Some(step.child(JobKind::Fold, Payload::Fold(task)))
    };
    Ok(each
        .filter(|(cut, _, own)| cut < own)
        .filter_map(job)
        .collect())
}

/// The model of all rows as it is stored; nothing where a member lacks a fold or fell behind.
pub(crate) async fn bound(
    step: &Step,
    model: &Model,
    told: Vec<Job>,
) -> Result<Option<Model>, Failure> {
    if told.is_empty() {
        return Ok(None);
    }
    let (prepared, optimised) = (step.prepared().await?, step.optimised().await?);
    let mut file = read(step, model).await?;
    for (number, member) in (0..).zip(&mut file.members) {
        let mut fitted = folds_of(step, &told, number).await?;
        fitted.sort_by_key(|kept| kept.fold);
        let expected = configuration(&optimised, member).map(|known| known.score);
        if !is_sound(
            &fitted,
            prepared.folds,
            prepared.metric,
            expected,
            model.cv_std,
        ) {
            return Ok(None);
        }
        member.folds = fitted.into_iter().map(|kept| kept.model).collect();
    }
    if let Some(limit) = step.pipeline()?.spec.predict_limit_ms {
        // More rows make some models slower; the judged one was quick enough, or the quickest.
        quicken(&mut file, limit * 1e6, prepared.folds);
        let judged = read(step, model).await?.row_nanoseconds();
        if file.row_nanoseconds() > judged.max(limit * 1e6) {
            return Ok(None);
        }
    }
    let bytes = step.compute(move || Ok(file.to_bytes())).await?;
    let (artifact, written) = step.put("model-final.mlmodel", bytes.into()).await?;
    let rows = prepared.rows_train + prepared.rows_test;
    let text = format!(
        "The model was fitted again on all {rows} rows; its numbers are those of the model before."
    );
    step.reporter
        .log(Message::new("deploy.refitted", text).with("rows", rows));
    Ok(Some(Model {
        artifact,
        bytes: written.bytes,
        sha256: written.sha256,
        ..model.clone()
    }))
}

/// Work units that training took.
async fn trained(step: &Step) -> Result<f64, Failure> {
    match step.result_of(StageName::Train).await? {
        StageResult::Train(trained) => Ok(trained.work_units),
        _ => Err(Failure::internal("the result of train is of another stage")),
    }
}

async fn read(step: &Step, model: &Model) -> Result<ModelFile, Failure> {
    let bytes = step.fetch(&model.artifact).await?;
    let read = move || {
        ModelFile::from_bytes(&bytes)
            .map_err(|error| Failure::internal(format!("the model's file cannot be read: {error}")))
    };
    step.compute(read).await
}

/// Takes away the last cuts of the members that have most, until the model answers within the limit
/// or each has one.
fn quicken(file: &mut ModelFile, limit: f64, folds: u32) {
    while file.row_nanoseconds() > limit {
        let most = file
            .members
            .iter_mut()
            .max_by_key(|member| member.folds.len());
        match most {
            Some(member) if cuts(member, folds) > 1 => {
                let kept = member.folds.len() - folds.max(1) as usize;
                member.folds.truncate(kept);
            }
            _ => return,
        }
    }
}

/// The trial that told what a member costs, and how good it is.
fn configuration<'a>(optimised: &'a Optimised, member: &Member) -> Option<&'a Configuration> {
    let mut all = optimised.chosen.iter().chain(&optimised.others);
    all.find(|known| known.algorithm == member.algorithm && known.params == member.params)
}

/// On how many cuts of the rows a member was fitted.
fn cuts(member: &Member, folds: u32) -> u32 {
    u32::try_from(member.folds.len())
        .unwrap_or(u32::MAX)
        .div_ceil(folds.max(1))
}

/// How many cuts fit into what is left, as members take part in their own number of them.
fn affordable(cuts: &[u32], costs: &[f64], mut left: f64) -> u32 {
    let most = cuts.iter().copied().max().unwrap_or(0);
    for cut in 0..most {
        let own = cuts.iter().zip(costs).filter(|(cuts, _)| cut < **cuts);
        left -= own.map(|(_, cost)| cost).sum::<f64>();
        if left < 0.0 {
            return cut;
        }
    }
    most
}

async fn folds_of(step: &Step, told: &[Job], number: u32) -> Result<Vec<Kept>, Failure> {
    let mut all = Vec::new();
    for job in told {
        let own = matches!(&job.payload, Payload::Fold(task) if task.model == number);
        let outcome: Option<FoldOutcome> = own.then(|| job.outcome()).flatten();
        if let Some(fitted) = outcome.and_then(|outcome| outcome.kept) {
            all.extend(kept(step, &fitted.file).await?);
        }
    }
    Ok(all)
}

/// Whether a cut is whole and about as good as expected.
fn is_sound(
    fitted: &[Kept],
    folds: u32,
    metric: Metric,
    expected: Option<f64>,
    spread: f64,
) -> bool {
    let first: Vec<&Kept> = fitted.iter().filter(|kept| kept.fold < folds).collect();
    let scores: Vec<f64> = first.iter().filter_map(|kept| kept.score).collect();
    let (Some(found), Some(expected)) = (mean(&scores), expected) else {
        return false;
    };
    let (found, expected) = (metric.loss(found), metric.loss(expected));
    let slack = WORSE.0 * spread + WORSE.1 * expected.abs();
    first.len() == folds as usize && found <= expected + slack
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_cuts_as_there_is_time_for() {
        let (cuts, costs) = ([5, 5, 1], [1.0, 2.0, 4.0]);
        assert_eq!(affordable(&cuts, &costs, 6.9), 0);
        assert_eq!(affordable(&cuts, &costs, 7.0), 1);
        assert_eq!(
            affordable(&cuts, &costs, 13.5),
            3,
            "the third member has one"
        );
        assert_eq!(affordable(&cuts, &costs, 1e9), 5);
        assert_eq!(affordable(&[], &[], 1.0), 0);
    }

    #[test]
    fn a_member_that_fell_behind_is_not_taken() {
        let kept = |fold, score| Kept {
            fold,
            score: Some(score),
            seconds: 1.0,
            model: serde_json::from_value(serde_json::json!({"Baseline": {"answer": [1.0]}}))
                .unwrap(),
            predictions: None,
        };
        let sound = |fitted: &[Kept]| is_sound(fitted, 2, Metric::Rmse, Some(1.0), 0.05);
        assert!(sound(&[kept(0, 1.2), kept(1, 1.1)]));
        assert!(!sound(&[kept(0, 1.2), kept(1, 1.6)]), "worse");
        assert!(!sound(&[kept(0, 0.9)]), "a fold is missing");
        assert!(
            sound(&[kept(0, 0.9), kept(1, 1.0), kept(2, 9.0)]),
            "another cut"
        );
        assert!(!is_sound(
            &[kept(0, 0.9), kept(1, 0.9)],
            2,
            Metric::Rmse,
            None,
            0.1
        ));
    }
}
