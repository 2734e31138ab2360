//! What is promised of the end of a step: all of it is written, by the one who holds the job, or
//! nothing is.

use super::samples::{deployment, event, fresh_name, model, result, span, trial};
use super::{CROWD, Desk, Store, refused, together};
use crate::bus::Notice;
use crate::store::{Commit, Committed, End, OutboxRow, Progress, StageChange, Write};
use domain::job::{Job, JobKind, JobState, NewJob};
use domain::pipeline::{PipelineState, StageName};
use domain::study::TrialState;
use domain::{FailureKind, Message, PipelineId};
use serde_json::json;
use std::sync::Arc;

/// Every check.
pub async fn all(store: &Arc<dyn Store>) {
    everything_is_written_together(store).await;
    one_of_many_commits(store).await;
    a_lost_attempt_writes_nothing(store).await;
    a_cancelled_job_writes_nothing(store).await;
    a_refused_write_takes_all_back(store).await;
    what_is_no_number_is_no_score(store).await;
}

/// One of every write, and the parts of it that are looked up by id.
struct Everything {
    writes: Vec<Write>,
    job: NewJob,
    name: String,
}

fn everything(desk: &Desk, id: PipelineId) -> Everything {
    let (job, name) = (desk.job_of(id, JobKind::Batch), fresh_name());
    let done = StageChange::Succeeded(Box::new(result()), Message::new("x", "Done."));
    let writes = vec![
        Write::Job(job.clone()),
        Write::Event(id, event(1)),
        Write::Span(id, span(3)),
        Write::Trial(id, trial(0, TrialState::Succeeded)),
        Write::Model(Box::new(model(desk.owner, id, 0))),
        Write::Stage(id, StageName::Train, done),
        Write::BestScore(id, 0.75),
        Write::Deploy(deployment(desk.owner, id, &name)),
    ];
    Everything { writes, job, name }
}

/// What can be seen of a pipeline and of what its jobs write.
#[derive(Debug, PartialEq)]
struct Seen {
    events: usize,
    spans: usize,
    trials: usize,
    models: usize,
    result: bool,
    best: Option<f64>,
    job: bool,
    deployed: bool,
    told: usize,
}

async fn seen(desk: &Desk, id: PipelineId, made: &Everything) -> Seen {
    let store = &desk.store;
    let unsent: Vec<OutboxRow> = store.unsent(1_000_000).await.unwrap();
    let subject = Notice::Pipeline(id).subject();
    Seen {
        events: store.events(id, 0, 1_000).await.unwrap().len(),
        spans: store.timeline(id).await.unwrap().len(),
        trials: store.trials(id).await.unwrap().len(),
        models: store.leaderboard(id).await.unwrap().len(),
        result: store
            .stage_result(id, StageName::Train)
            .await
            .unwrap()
            .is_some(),
        best: desk.look(id).await.best_score,
        job: store.job(made.job.id).await.unwrap().is_some(),
        deployed: store.deployment(&made.name).await.unwrap().is_some(),
        told: unsent.iter().filter(|row| row.subject == subject).count(),
    }
}

/// A commit by the holder writes everything.
pub async fn everything_is_written_together(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, job) = desk.running(StageName::Train).await;
    let made = everything(&desk, id);
    let before = seen(&desk, id, &made).await;
    let end = End::Succeeded(Some(json!({"é": [1, null, 0.1]})));
    let done = desk.commit(&job, end, made.writes.clone()).await;
    assert_eq!(done, Committed::Yes);
    let after = seen(&desk, id, &made).await;
    let expected = Seen {
        // Its own, and the stage's.
        events: before.events + 2,
        spans: 1,
        trials: 1,
        models: 1,
        result: true,
        best: Some(0.75),
        job: true,
        deployed: true,
        told: after.told,
    };
    assert_eq!(after, expected);
    assert!(after.told > before.told, "readers are woken");
    assert_eq!(
        store.trials(id).await.unwrap(),
        [trial(0, TrialState::Succeeded)]
    );
    let ended = desk.job(job.id).await;
    assert_eq!(ended.state, JobState::Succeeded);
    assert_eq!(
        ended.result,
        Some(json!({"é": [1, null, 0.1]})),
        "its result is kept"
    );
    store.undeploy(&made.name).await.unwrap();
    desk.cancel(id).await;
}

/// Of many who commit the same attempt, one does, and its writes are there once.
pub async fn one_of_many_commits(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, job) = desk.running(StageName::Train).await;
    let before = store.events(id, 0, 1_000).await.unwrap().len();
    let commits = together(CROWD, |n| {
        let (desk, job) = (desk.clone(), job.clone());
        let writes = vec![Write::Event(id, event(n as u64))];
        async move { desk.commit(&job, End::Succeeded(None), writes).await }
    });
    let won = commits
        .await
        .into_iter()
        .filter(|done| *done == Committed::Yes)
        .count();
    assert_eq!(won, 1, "one of {CROWD} commits");
    let after = store.events(id, 0, 1_000).await.unwrap().len();
    assert_eq!(after, before + 1, "the winner's event alone");
    desk.cancel(id).await;
}

/// Checks that nothing that this job does leaves a trace.
async fn writes_nothing(desk: &Desk, id: PipelineId, job: &Job) {
    let made = everything(desk, id);
    let (before, pipeline) = (seen(desk, id, &made).await, desk.look(id).await);
    let stored = desk.job(job.id).await;
    let child = desk.job_of(id, JobKind::Trial);
    let waiting = End::Waiting {
        children: vec![child.clone()],
        wake_at: 0,
        memo: json!(1),
    };
    let failed = super::samples::failure(FailureKind::Internal);
    let mut finish = made.writes.clone();
    finish.push(Write::Pipeline(id, PipelineState::Succeeded, None));
    for (end, writes) in [
        (End::Succeeded(Some(json!(1))), finish),
        (waiting, made.writes.clone()),
        (End::Failed(failed.clone(), None), made.writes.clone()),
        (
            End::Failed(failed, Some(std::time::Duration::ZERO)),
            made.writes.clone(),
        ),
        (End::Released, made.writes.clone()),
    ] {
        let what = format!("{end:?}");
        assert_eq!(
            desk.commit(job, end, writes).await,
            Committed::Fenced,
            "{what}"
        );
    }
    let progress = Progress {
        job: job.id,
        attempt: job.attempt,
        pipeline: id,
        stage: Some((StageName::Train, 0.9, Some(Message::new("x", "late")))),
        trial: Some(trial(7, TrialState::Running)),
        events: vec![event(9)],
    };
    assert!(
        !desk.store.report(&progress).await.unwrap(),
        "nothing was told"
    );
    assert_eq!(seen(desk, id, &made).await, before, "nothing was written");
    assert_eq!(desk.store.job(child.id).await.unwrap(), None);
    assert_eq!(desk.job(job.id).await, stored, "the job is as it was");
    let after = desk.look(id).await;
    assert_eq!(
        (after.state, after.stages),
        (pipeline.state, pipeline.stages)
    );
}

/// An attempt that lost its lease to another writes nothing at all: no events, no models, no
/// spans, no jobs, no messages. The attempt that holds it can still write everything.
pub async fn a_lost_attempt_writes_nothing(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, old) = desk.running(StageName::Train).await;
    store.free_leases(&desk.worker).await.unwrap();
    writes_nothing(&desk, id, &old).await;
    let new = desk.must_claim_suspect(JobKind::Train).await;
    writes_nothing(&desk, id, &old).await;
    desk.finish(&new, vec![Write::Event(id, event(1))]).await;
    writes_nothing(&desk, id, &new).await;
    desk.cancel(id).await;
}

/// A job whose pipeline was cancelled or has ended writes nothing at all.
pub async fn a_cancelled_job_writes_nothing(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (cancelled, job) = desk.running(StageName::Train).await;
    desk.cancel(cancelled).await;
    writes_nothing(&desk, cancelled, &job).await;
    let (ended, job) = desk.running(StageName::Train).await;
    let straggler = desk.job_of(ended, JobKind::Fold);
    let wait = End::Waiting {
        children: vec![straggler],
        wake_at: 1,
        memo: json!(1),
    };
    desk.end(&job, wait).await;
    let straggler = desk.must_claim(JobKind::Fold).await.job;
    let job = desk.must_claim(JobKind::Train).await.job;
    desk.end_pipeline(ended, &job, PipelineState::Failed).await;
    writes_nothing(&desk, ended, &straggler).await;
}

/// When one write is refused the whole commit is, and the job is still held.
pub async fn a_refused_write_takes_all_back(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, job) = desk.running(StageName::Train).await;
    let name = fresh_name();
    store
        .deploy(&deployment(desk.other, id, &name))
        .await
        .unwrap();
    let mut made = everything(&desk, id);
    let before = seen(&desk, id, &made).await;
    made.writes
        .push(Write::Deploy(deployment(desk.owner, id, &name)));
    let commit = Commit {
        job: job.id,
        attempt: job.attempt,
        end: End::Succeeded(None),
        writes: made.writes.clone(),
    };
    let refusal = store.commit(&commit).await;
    refused(
        refusal,
        FailureKind::Conflict,
        "deploying under somebody else's name",
    );
    assert_eq!(seen(&desk, id, &made).await, before, "nothing was written");
    assert_eq!(desk.job(job.id).await.state, JobState::Running);
    desk.finish(&job, vec![Write::Event(id, event(1))]).await;
    store.undeploy(&name).await.unwrap();
    desk.cancel(id).await;
}

/// What is no number neither replaces the best score nor stands as a trial's.
pub async fn what_is_no_number_is_no_score(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, job) = desk.running(StageName::Optimise).await;
    let best = |score| Write::BestScore(id, score);
    let mut unscored = trial(0, TrialState::Succeeded);
    unscored.score = Some(f64::NAN);
    let writes = vec![
        best(-0.5),
        best(f64::NAN),
        best(f64::INFINITY),
        best(f64::NEG_INFINITY),
        Write::Trial(id, unscored.clone()),
    ];
    desk.finish(&job, writes).await;
    assert_eq!(desk.look(id).await.best_score, Some(-0.5));
    unscored.score = None;
    assert_eq!(store.trials(id).await.unwrap(), [unscored]);
    desk.cancel(id).await;
}
