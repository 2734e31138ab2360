//! What is promised when something refers to what is not there, or comes a second time: it is
//! refused, and all that came with it.

use super::samples::{dataset, deployment, event, fresh_name, model, pipeline, profile_job};
use super::samples::{ready, span, token, trial};
use super::{Desk, Store, refused};
use crate::store::{Commit, End, NewPipeline, Progress, StageChange, Write};
use domain::job::{Job, JobKind, JobState};
use domain::pipeline::{PipelineState, StageName};
use domain::study::TrialState;
use domain::{DatasetId, FailureKind, PipelineId, UserId};
use serde_json::json;
use std::sync::Arc;

/// Every check.
pub async fn all(store: &Arc<dyn Store>) {
    what_refers_to_nothing_is_refused(store).await;
    what_moves_nothing_changes_nothing(store).await;
    a_job_is_stored_once(store).await;
    a_token_needs_its_user(store).await;
}

/// Checks that a step that ends so is refused, and leaves no trace.
async fn refuses(desk: &Desk, job: &Job, end: End, writes: Vec<Write>, kind: FailureKind) {
    let id = job.pipeline.unwrap();
    let told = async || desk.store.events(id, 0, 1_000).await.unwrap();
    let before = told().await;
    let what = format!("{end:?} with {:?}", writes.last());
    let commit = Commit {
        job: job.id,
        attempt: job.attempt,
        end,
        writes,
    };
    refused(desk.store.commit(&commit).await, kind, &what);
    assert_eq!(told().await, before, "{what}");
    assert_eq!(desk.job(job.id).await.state, JobState::Running, "{what}");
}

/// What is told of a pipeline, a dataset or a model needs it.
pub async fn what_refers_to_nothing_is_refused(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, job) = desk.running(StageName::Train).await;
    let none = PipelineId::new();
    let trial = trial(0, TrialState::Running);
    let (conflict, missing) = (FailureKind::Conflict, FailureKind::NotFound);
    for (write, kind) in [
        (Write::Event(none, event(1)), missing),
        (Write::Span(none, span(1)), conflict),
        (Write::Trial(none, trial.clone()), conflict),
        (Write::Model(Box::new(model(desk.owner, none, 0))), conflict),
        (
            Write::Dataset(DatasetId::new(), 1, Box::new(ready())),
            missing,
        ),
        (
            Write::Deploy(deployment(desk.owner, none, &fresh_name())),
            conflict,
        ),
    ] {
        let writes = vec![Write::Event(id, event(0)), write];
        refuses(&desk, &job, End::Succeeded(None), writes, kind).await;
    }
    let mut progress = Progress {
        job: job.id,
        attempt: job.attempt,
        pipeline: none,
        stage: None,
        trial: Some(trial),
        events: Vec::new(),
    };
    refused(
        store.report(&progress).await,
        conflict,
        "a trial of nothing",
    );
    (progress.trial, progress.events) = (None, vec![event(2)]);
    refused(store.report(&progress).await, missing, "news of nothing");
    desk.cancel(id).await;
}

/// A stage, a state or a score of a pipeline that is gone moves nothing, and stops nobody.
pub async fn what_moves_nothing_changes_nothing(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, job) = desk.running(StageName::Train).await;
    let none = PipelineId::new();
    let queued = desk.job_of(none, JobKind::Train);
    let writes = vec![
        Write::Stage(none, StageName::Train, StageChange::Queue(queued.clone())),
        Write::Pipeline(none, PipelineState::Failed, None),
        Write::BestScore(none, 1.0),
    ];
    desk.finish(&job, writes).await;
    assert_eq!(store.job(queued.id).await.unwrap(), None);
    assert_eq!(store.pipeline(none).await.unwrap(), None);
    desk.cancel(id).await;
}

/// A job that is there already is not stored again, whoever brings it; what came with it is not
/// stored either.
pub async fn a_job_is_stored_once(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, job) = desk.running(StageName::Train).await;
    let conflict = FailureKind::Conflict;
    let (twice, known) = (desk.job_of(id, JobKind::Fold), desk.job(job.id).await);
    let twice = [twice.clone(), twice];
    let wait = End::Waiting {
        children: twice.to_vec(),
        wake_at: 0,
        memo: json!(1),
    };
    refuses(&desk, &job, wait, Vec::new(), conflict).await;
    let writes = twice.clone().map(Write::Job).to_vec();
    refuses(&desk, &job, End::Succeeded(None), writes, conflict).await;
    assert_eq!(store.job(twice[0].id).await.unwrap(), None);

    let mut set = profile_job(desk.owner, DatasetId::new(), 1);
    set.id = known.id;
    let new = dataset(desk.owner);
    let stored = store.insert_dataset(&new, &set).await;
    refused(stored, conflict, "a dataset whose job is known");
    assert_eq!(store.dataset(new.id).await.unwrap(), None);

    let on = desk.look(id).await.spec.dataset_id;
    let mut advance = desk.advance(id);
    advance.id = known.id;
    let new = NewPipeline {
        pipeline: pipeline(desk.owner, on),
        advance: advance.clone(),
    };
    let stored = store.insert_pipeline(&new).await;
    refused(stored, conflict, "a pipeline whose job is known");
    assert_eq!(store.pipeline(new.pipeline.id).await.unwrap(), None);

    desk.end_pipeline(id, &job, PipelineState::Failed).await;
    let failed = desk.look(id).await;
    let retried = store.retry_pipeline(id, &advance).await;
    refused(retried, conflict, "a retry whose job is known");
    assert_eq!(desk.look(id).await, failed, "it is as it was");
}

/// A token signs somebody in who is there.
pub async fn a_token_needs_its_user(store: &Arc<dyn Store>) {
    let later = store.now().await.unwrap();
    let later = later.after(std::time::Duration::from_secs(600));
    let nobodys = token(UserId::new(), later);
    let stored = store.insert_token(&nobodys).await;
    refused(stored, FailureKind::Conflict, "a token of nobody");
    assert!(store.token(&nobodys.hash).await.unwrap().is_none());
    assert_eq!(store.tokens(nobodys.user).await.unwrap(), []);
}
