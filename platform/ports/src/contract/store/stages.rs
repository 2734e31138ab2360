//! What is promised of stages: how they begin, move on and end.

use super::samples::{failure, result};
use super::{Desk, Store};
use crate::store::{Committed, End, Progress, StageChange, Write};
use domain::job::{Job, JobKind};
use domain::pipeline::{PipelineState, StageName, StageState};
use domain::{FailureKind, Message, PipelineId};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// Every check.
pub async fn all(store: &Arc<dyn Store>) {
    a_stage_is_queued_once(store).await;
    the_first_claim_begins_stage_and_pipeline(store).await;
    a_stage_keeps_its_result(store).await;
    progress_never_goes_back(store).await;
}

/// Of two who queue a stage, one stores its job.
pub async fn a_stage_is_queued_once(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, advance) = desk.new_pipeline().await;
    let jobs = [JobKind::Prepare, JobKind::Prepare].map(|kind| desk.job_of(id, kind));
    let queue =
        |n: usize| Write::Stage(id, StageName::Prepare, StageChange::Queue(jobs[n].clone()));
    desk.finish(&advance, vec![queue(0), queue(1)]).await;
    assert_eq!(
        store.job(jobs[1].id).await.unwrap(),
        None,
        "it was queued already"
    );
    let pipeline = desk.look(id).await;
    assert_eq!(pipeline.stages[0].state, StageState::Queued);
    assert!(pipeline.stages[0].queued_at.is_some());
    assert_eq!(pipeline.state, PipelineState::Queued, "nothing has begun");
    assert_eq!(desk.must_claim(JobKind::Prepare).await.job.id, jobs[0].id);
    assert!(
        desk.claim(JobKind::Prepare).await.is_none(),
        "there is one job"
    );
    desk.cancel(id).await;
}

/// The first claim makes stage and pipeline run; later steps of the stage are no new beginning.
pub async fn the_first_claim_begins_stage_and_pipeline(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, advance) = desk.new_pipeline().await;
    let job = desk.job_of(id, JobKind::Prepare);
    let queue = StageChange::Queue(job);
    desk.finish(&advance, vec![Write::Stage(id, StageName::Prepare, queue)])
        .await;
    let claim = desk.must_claim(JobKind::Prepare).await;
    let told = claim.pipeline.expect("a claim tells of the pipeline");
    let begun = desk.look(id).await;
    assert_eq!(
        (told.state, &told.stages),
        (PipelineState::Running, &begun.stages)
    );
    let stage = &begun.stages[0];
    assert_eq!((stage.state, stage.attempt), (StageState::Running, 1));
    assert_eq!(stage.started_at, Some(claim.at), "by the store's clock");
    assert_eq!(
        (begun.state, begun.started_at),
        (PipelineState::Running, Some(claim.at))
    );
    assert_eq!(claim.job.started_at, Some(claim.at));
    let wait = End::Waiting {
        children: vec![],
        wake_at: 0,
        memo: json!("first step"),
    };
    assert_eq!(desk.end(&claim.job, wait).await, Committed::Yes);
    let second = desk.must_claim(JobKind::Prepare).await.job;
    assert_eq!(second.attempt, 2);
    let again = desk.look(id).await;
    assert_eq!(again.stages, begun.stages, "the stage goes on as it was");
    assert_eq!(again.started_at, begun.started_at);
    desk.cancel(id).await;
}

/// A stage that succeeded keeps its result, its sentence and its end; a skipped one has none.
pub async fn a_stage_keeps_its_result(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, job) = desk.running(StageName::Select).await;
    assert_eq!(
        store.stage_result(id, StageName::Select).await.unwrap(),
        None
    );
    let said = Message::new("select.done", "3 of 9 algorithms.").with("n", 3);
    let done = StageChange::Succeeded(Box::new(result()), said.clone());
    let why = failure(FailureKind::InvalidInput);
    let writes = vec![
        Write::Stage(id, StageName::Select, done),
        Write::Stage(
            id,
            StageName::Train,
            StageChange::Ended(StageState::Skipped, None),
        ),
        Write::Stage(
            id,
            StageName::Deploy,
            StageChange::Ended(StageState::Failed, Some(why.clone())),
        ),
    ];
    desk.finish(&job, writes).await;
    let kept = store.stage_result(id, StageName::Select).await.unwrap();
    assert_eq!(kept, Some(result()));
    let pipeline = desk.look(id).await;
    let stage = |name| pipeline.stage(name).unwrap();
    let select = stage(StageName::Select);
    assert_eq!(
        (select.state, select.progress),
        (StageState::Succeeded, 1.0)
    );
    assert_eq!(
        (&select.message, select.finished_at.is_some()),
        (&Some(said), true)
    );
    assert_eq!(stage(StageName::Train).state, StageState::Skipped);
    assert_eq!(stage(StageName::Deploy).error, Some(why));
    assert_eq!(stage(StageName::Evaluate).state, StageState::Pending);
    assert_eq!(
        store.stage_result(id, StageName::Train).await.unwrap(),
        None
    );
    let none = store
        .stage_result(PipelineId::new(), StageName::Train)
        .await;
    assert_eq!(none.unwrap(), None);
    desk.cancel(id).await;
}

/// Progress only grows, whoever reports last, and stays between 0 and 1; words are kept until
/// new ones come.
pub async fn progress_never_goes_back(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, job) = desk.running(StageName::Train).await;
    let child = desk.job_of(id, JobKind::Fold);
    let children = vec![child.clone()];
    let wait = End::Waiting {
        children,
        wake_at: 0,
        memo: json!(null),
    };
    desk.end(&job, wait).await;
    let fold = desk.must_claim(JobKind::Fold).await.job;
    let words = Message::new("train.fold", "Fold 1.");
    for (told, said, expected) in [
        (0.25, Some(words.clone()), 0.25),
        (0.75, None, 0.75),
        (0.5, None, 0.75),
        (f64::NAN, None, 0.75),
        (-1.0, None, 0.75),
        (7.0, None, 1.0),
    ] {
        let held = store
            .report(&progress(id, &fold, told, said))
            .await
            .unwrap();
        assert!(held, "the child of a waiting stage reports for it");
        let stage = desk
            .look(id)
            .await
            .stage(StageName::Train)
            .cloned()
            .unwrap();
        assert!(
            (stage.progress - expected).abs() < 1e-12,
            "{told} gave {}",
            stage.progress
        );
        assert_eq!(stage.message, Some(words.clone()));
    }
    let again = End::Failed(failure(FailureKind::Unavailable), Some(Duration::ZERO));
    desk.end(&fold, again).await;
    assert!(
        !store.report(&progress(id, &fold, 0.1, None)).await.unwrap(),
        "it is not held"
    );
    desk.cancel(id).await;
}

fn progress(pipeline: PipelineId, job: &Job, fraction: f64, said: Option<Message>) -> Progress {
    Progress {
        job: job.id,
        attempt: job.attempt,
        pipeline,
        stage: Some((StageName::Train, fraction, said)),
        trial: None,
        events: Vec::new(),
    }
}
