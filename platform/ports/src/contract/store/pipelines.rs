//! What is promised of runs as a whole.

use super::samples::{failure, pipeline, result, trial};
use super::{CROWD, Desk, refused, together};
use crate::Store;
use crate::store::{Committed, End, NewPipeline, StageChange, Write};
use domain::event::EventKind;
use domain::job::{JobKind, JobState};
use domain::pipeline::{PipelineState, SpanKind, Stage, StageName, StageState};
use domain::study::TrialState;
use domain::{DatasetId, Failure, FailureKind, Message, PipelineId};
use std::sync::Arc;

/// Every check.
pub async fn all(store: &Arc<dyn Store>) {
    begins_with_six_pending_stages(store).await;
    needs_a_dataset(store).await;
    is_cancelled_once(store).await;
    what_was_not_asked_for_is_not_cancelled(store).await;
    what_has_ended_stays_as_it_is(store).await;
    only_a_failed_one_is_tried_again(store).await;
    nothing_outlives_its_end(store).await;
}

/// A new pipeline is queued, with six pending stages and a job that looks at it.
pub async fn begins_with_six_pending_stages(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let new = pipeline(desk.owner, desk.dataset().await);
    let id = new.id;
    let before = store.now().await.unwrap();
    let advance = desk.advance(id);
    let insert = NewPipeline {
        pipeline: new.clone(),
        advance: advance.clone(),
    };
    store.insert_pipeline(&insert).await.unwrap();
    let stored = desk.look(id).await;
    let pending: Vec<Stage> = StageName::ALL.iter().copied().map(Stage::pending).collect();
    assert_eq!(stored.stages, pending);
    assert_eq!(
        (stored.state, &stored.spec),
        (PipelineState::Queued, &new.spec)
    );
    assert_eq!((stored.owner, &stored.name), (new.owner, &new.name));
    assert_eq!((stored.started_at, stored.finished_at), (None, None));
    assert_eq!((stored.consumed_us, stored.best_score), (0, None));
    assert!(stored.created_at >= before, "created by the store's clock");
    let another = NewPipeline {
        advance: desk.advance(id),
        ..insert
    };
    let again = store.insert_pipeline(&another).await;
    refused(
        again,
        FailureKind::Conflict,
        "a second pipeline with the same id",
    );
    assert_eq!(store.job(another.advance.id).await.unwrap(), None);
    let claim = desk.must_claim(JobKind::Advance).await;
    assert_eq!(claim.job.id, advance.id);
    assert_eq!(
        claim.pipeline,
        Some(stored),
        "a claim tells of the pipeline"
    );
    desk.finish(&claim.job, Vec::new()).await;
}

/// A pipeline on a missing or deleted dataset, or on a version that is not there, is refused
/// and leaves nothing behind.
pub async fn needs_a_dataset(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (deleted, known) = (desk.dataset().await, desk.dataset().await);
    store.delete_dataset(deleted).await.unwrap();
    for (dataset, version) in [(DatasetId::new(), 1), (deleted, 1), (known, 2)] {
        let mut new = pipeline(desk.owner, dataset);
        new.spec.dataset_version = Some(version);
        let advance = desk.advance(new.id);
        let insert = NewPipeline {
            pipeline: new,
            advance,
        };
        refused(
            store.insert_pipeline(&insert).await,
            FailureKind::NotFound,
            "no dataset",
        );
        assert_eq!(store.pipeline(insert.pipeline.id).await.unwrap(), None);
        assert_eq!(store.job(insert.advance.id).await.unwrap(), None);
        let told = store.events(insert.pipeline.id, 0, 10).await.unwrap();
        assert_eq!(told, [], "nothing is told of it");
    }
}

/// Of many who cancel, one does; the stages that had begun and the jobs are cancelled with it.
pub async fn is_cancelled_once(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, job) = desk.running(StageName::Prepare).await;
    let waiting = desk.job_of(id, JobKind::Batch);
    let queued = desk.job_of(id, JobKind::Fold);
    let stored = vec![Write::Job(waiting.clone()), Write::Job(queued.clone())];
    let again = End::Failed(
        failure(FailureKind::Unavailable),
        Some(std::time::Duration::ZERO),
    );
    desk.commit(&job, again, stored).await;
    let parent = desk.must_claim(JobKind::Batch).await.job;
    let child = desk.job_of(id, JobKind::Trial);
    let children = vec![child.clone()];
    let end = End::Waiting {
        children,
        wake_at: 0,
        memo: serde_json::json!(1),
    };
    desk.end(&parent, end).await;
    let running = desk.must_claim(JobKind::Prepare).await.job;
    let cancels = together(CROWD, |_| {
        let store = Arc::clone(store);
        async move { store.cancel_pipeline(id, &stopped()).await.unwrap() }
    });
    let won = cancels.await.into_iter().filter(|won| *won).count();
    assert_eq!(won, 1, "one of {CROWD} cancels it");
    let ended = desk.look(id).await;
    assert_eq!(ended.state, PipelineState::Cancelled);
    assert!(ended.finished_at.is_some());
    let states: Vec<StageState> = ended.stages.iter().map(|stage| stage.state).collect();
    assert_eq!(states, [StageState::Cancelled; 6]);
    let told = store.events(id, 0, 1_000).await.unwrap();
    let of_stages = told.iter().filter(|event| {
        event.what.kind == EventKind::Stage && event.what.data["state"] == "cancelled"
    });
    assert_eq!(of_stages.count(), 6, "every stage tells its end");
    let last = told.last().unwrap();
    assert_eq!(
        (last.what.kind, last.what.message.as_ref()),
        (EventKind::Pipeline, Some(&stopped())),
        "the end says who stopped it"
    );
    let bars = store.timeline(id).await.unwrap();
    let bar = bars.iter().find(|bar| bar.id.0 == running.id.0).unwrap();
    assert_eq!(bar.kind, SpanKind::Cancelled);
    assert_eq!(bar.end, ended.finished_at);
    for job in [running.id, queued.id, parent.id, child.id] {
        assert_eq!(desk.job(job).await.state, JobState::Cancelled);
    }
    for kind in [
        JobKind::Prepare,
        JobKind::Batch,
        JobKind::Fold,
        JobKind::Trial,
    ] {
        assert!(
            desk.claim(kind).await.is_none(),
            "no {kind} job is left to claim"
        );
    }
    assert!(
        !store
            .cancel_pipeline(PipelineId::new(), &stopped())
            .await
            .unwrap(),
        "there is none such"
    );
}

fn stopped() -> Message {
    domain::cancel::told("somebody")
}

/// What was not asked for is skipped when a pipeline is cancelled, before anything has begun too.
pub async fn what_was_not_asked_for_is_not_cancelled(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let mut new = pipeline(desk.owner, desk.dataset().await);
    new.spec.stop_after = Some(StageName::Select);
    let id = new.id;
    let advance = desk.advance(id);
    let insert = NewPipeline {
        pipeline: new,
        advance,
    };
    store.insert_pipeline(&insert).await.unwrap();
    assert!(store.cancel_pipeline(id, &stopped()).await.unwrap());
    let stages = desk.look(id).await.stages;
    let states: Vec<StageState> = stages.iter().map(|stage| stage.state).collect();
    assert_eq!(states[..2], [StageState::Cancelled; 2]);
    assert_eq!(states[2..], [StageState::Skipped; 4]);
    assert_eq!(store.timeline(id).await.unwrap(), [], "nothing had begun");
}

/// No commit, no cancel and no retry changes a pipeline that succeeded or was cancelled.
pub async fn what_has_ended_stays_as_it_is(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (cancelled, late) = desk.new_pipeline().await;
    store.cancel_pipeline(cancelled, &stopped()).await.unwrap();
    let (succeeded, job) = desk.running(StageName::Prepare).await;
    desk.end_pipeline(succeeded, &job, PipelineState::Succeeded)
        .await;
    let look = async || [desk.look(cancelled).await, desk.look(succeeded).await];
    let before = look().await;
    // What the orchestrator decided before it knew has no effect.
    let stage = desk.job_of(cancelled, JobKind::Prepare);
    let queue = StageChange::Queue(stage.clone());
    let writes = vec![
        Write::Stage(cancelled, StageName::Prepare, queue),
        Write::Stage(
            cancelled,
            StageName::Select,
            StageChange::Succeeded(Box::new(result()), Message::new("x", "y")),
        ),
        Write::Pipeline(cancelled, PipelineState::Succeeded, None),
    ];
    let decided = desk.commit(&late, End::Succeeded(None), writes).await;
    assert_eq!(decided, Committed::Fenced);
    assert_eq!(
        store.job(stage.id).await.unwrap(),
        None,
        "no stage begins any more"
    );
    for id in [cancelled, succeeded] {
        let retry = desk.advance(id);
        assert!(
            !store.retry_pipeline(id, &retry).await.unwrap(),
            "it has not failed"
        );
        assert_eq!(store.job(retry.id).await.unwrap(), None);
        assert!(
            !store.cancel_pipeline(id, &stopped()).await.unwrap(),
            "it is over"
        );
    }
    assert!(look().await == before, "something of them changed");
}

/// A failed pipeline, and no other, goes on when it is retried: what had succeeded stays.
pub async fn only_a_failed_one_is_tried_again(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, job) = desk.running(StageName::Prepare).await;
    let refuse = async |id| store.retry_pipeline(id, &desk.advance(id)).await.unwrap();
    assert!(!refuse(id).await, "it runs");
    assert!(!refuse(PipelineId::new()).await, "there is none such");
    let done = StageChange::Succeeded(Box::new(result()), Message::new("done", "Done."));
    let next = StageChange::Queue(desk.job_of(id, JobKind::Select));
    let writes = vec![
        Write::Stage(id, StageName::Prepare, done),
        Write::Stage(id, StageName::Select, next),
    ];
    desk.finish(&job, writes).await;
    let job = desk.must_claim(JobKind::Select).await.job;
    desk.end_pipeline(id, &job, PipelineState::Failed).await;
    let failed = desk.look(id).await;
    let reason = |error: &Option<Failure>| error.as_ref().map(|error| error.message.code.clone());
    assert_eq!(reason(&failed.error).as_deref(), Some("contract.failure"));
    assert_eq!(
        reason(&failed.stages[1].error).as_deref(),
        Some("contract.failure")
    );
    let retries = together(CROWD, |_| {
        let desk = desk.clone();
        async move {
            desk.store
                .retry_pipeline(id, &desk.advance(id))
                .await
                .unwrap()
        }
    });
    assert_eq!(
        retries.await.into_iter().filter(|won| *won).count(),
        1,
        "one retries it"
    );
    let again = desk.look(id).await;
    assert_eq!(
        (again.state, again.error, again.finished_at),
        (PipelineState::Running, None, None)
    );
    assert_eq!(
        again.stages[0], failed.stages[0],
        "what had succeeded stays"
    );
    let stage = &again.stages[1];
    assert_eq!((stage.state, &stage.error), (StageState::Pending, &None));
    assert_eq!((stage.progress, stage.finished_at), (0.0, None));
    let advance = desk.must_claim(JobKind::Advance).await.job;
    let next = StageChange::Queue(desk.job_of(id, JobKind::Select));
    desk.finish(&advance, vec![Write::Stage(id, StageName::Select, next)])
        .await;
    let job = desk.must_claim(JobKind::Select).await.job;
    assert_eq!(
        desk.look(id).await.stages[1].attempt,
        2,
        "the second time it is begun"
    );
    desk.end_pipeline(id, &job, PipelineState::Succeeded).await;
}

/// However the job that ends its pipeline ends itself, and whatever it writes beside: nothing of
/// the pipeline is left to do.
pub async fn nothing_outlives_its_end(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let wait = |children| End::Waiting {
        children,
        wake_at: 0,
        memo: serde_json::json!(1),
    };
    let again = Some(std::time::Duration::ZERO);
    for n in 0..4 {
        let (id, job) = desk.running(StageName::Optimise).await;
        let [beside, child] = [JobKind::Batch, JobKind::Trial].map(|kind| desk.job_of(id, kind));
        let end = match n {
            0 => End::Released,
            1 => End::Failed(failure(FailureKind::Unavailable), again),
            2 => wait(vec![child.clone()]),
            _ => wait(Vec::new()),
        };
        let writes = vec![
            Write::Pipeline(id, PipelineState::Failed, None),
            Write::Job(beside.clone()),
            Write::Trial(id, trial(0, TrialState::Running)),
        ];
        assert_eq!(desk.commit(&job, end, writes).await, Committed::Yes);
        for kind in [JobKind::Optimise, JobKind::Batch, JobKind::Trial] {
            assert!(
                desk.claim(kind).await.is_none(),
                "{n}: a {kind} job is left"
            );
        }
        assert_eq!(desk.job(job.id).await.state, JobState::Cancelled);
        assert_eq!(desk.job(beside.id).await.state, JobState::Cancelled);
        let trials = store.trials(id).await.unwrap();
        assert_eq!(trials[0].state, TrialState::Cancelled);
        assert!(store.delete_pipeline(id).await.unwrap(), "it is over");
    }
}
