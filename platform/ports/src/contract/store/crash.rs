//! What is promised when the process of a job dies: nobody is blamed for a neighbour's crash, and
//! a job that kills every process is given up with words.

use super::samples::job;
use super::{CROWD, Desk, Store, together};
use crate::store::{Claim, End, Leases};
use domain::dataset::DatasetState;
use domain::job::{Job, JobKind, JobState, MAX_CRASHES, NewJob};
use domain::pipeline::{PipelineState, StageName, StageState};
use domain::{Failure, FailureKind, JobId};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// Every check.
pub async fn all(store: &Arc<dyn Store>) {
    a_crash_beside_others_makes_suspects(store).await;
    crashes_alone_are_counted_until_it_is_given_up(store).await;
    a_step_that_ends_clears_the_record(store).await;
    a_stage_that_kills_fails_with_words(store).await;
    a_child_that_kills_wakes_its_parent(store).await;
    a_profile_that_kills_fails_its_dataset(store).await;
    many_who_reconcile_count_a_crash_once(store).await;
}

/// Lets this desk's worker die.
async fn die(desk: &Desk) -> u64 {
    desk.store.free_leases(&desk.worker).await.unwrap()
}

/// Lets the job kill its process until it is given up; the job and why.
async fn kill_until_given_up(desk: &Desk, id: JobId, kind: JobKind) -> Failure {
    die(desk).await;
    for crashes in 1..=MAX_CRASHES {
        let alone = desk.must_claim_suspect(kind).await;
        assert_eq!((alone.id, alone.crashes), (id, crashes - 1));
        die(desk).await;
    }
    let dead = desk.job(id).await;
    assert_eq!((dead.state, dead.crashes), (JobState::Failed, MAX_CRASHES));
    assert!(dead.finished_at.is_some(), "it is over");
    assert!(
        desk.claim_as(&desk.filter(kind, true)).await.is_none(),
        "nobody runs it again"
    );
    let why = dead.error.expect("a dead letter has a reason");
    assert_eq!(
        (why.kind, why.message.code.as_str()),
        (FailureKind::Internal, "job.crashed")
    );
    assert!(why.message.text.contains(kind.as_str()), "in words: {why}");
    why
}

/// Jobs whose process died while they ran beside others are put back uncounted, as suspects that
/// only a claim of suspects gets.
pub async fn a_crash_beside_others_makes_suspects(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let ids = desk.store_many(JobKind::Batch, desk.owner, 2).await;
    for _ in 0..2 {
        desk.must_claim(JobKind::Batch).await;
    }
    assert_eq!(die(&desk).await, 2);
    for id in ids {
        let job = desk.job(id).await;
        assert_eq!((job.state, job.suspect), (JobState::Queued, true));
        assert_eq!(
            (job.crashes, job.failures),
            (0, 0),
            "nobody knows who it was"
        );
    }
    assert!(
        desk.claim(JobKind::Batch).await.is_none(),
        "suspects run alone"
    );
    assert!(
        !store
            .has_work(&desk.filter(JobKind::Batch, false))
            .await
            .unwrap()
    );
    assert!(
        store
            .has_work(&desk.filter(JobKind::Batch, true))
            .await
            .unwrap()
    );
    for _ in 0..2 {
        let alone = desk.must_claim_suspect(JobKind::Batch).await;
        assert_eq!(alone.attempt, 2);
        desk.finish(&alone, Vec::new()).await;
    }
}

/// Each death while a job runs alone counts; after too many it is given up, with words.
pub async fn crashes_alone_are_counted_until_it_is_given_up(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let id = desk.store_many(JobKind::Batch, desk.owner, 1).await[0];
    desk.must_claim(JobKind::Batch).await;
    kill_until_given_up(&desk, id, JobKind::Batch).await;
    assert_eq!(desk.job(id).await.failures, 0, "it never reported one");
}

/// A step that ended as planned wipes out crashes and suspicion: progress was made.
pub async fn a_step_that_ends_clears_the_record(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let id = desk.store_many(JobKind::Batch, desk.owner, 1).await[0];
    desk.must_claim(JobKind::Batch).await;
    die(&desk).await;
    desk.must_claim_suspect(JobKind::Batch).await;
    die(&desk).await;
    let alone = desk.must_claim_suspect(JobKind::Batch).await;
    assert_eq!((alone.suspect, alone.crashes), (true, 1));
    let wait = End::Waiting {
        children: vec![],
        wake_at: 0,
        memo: json!(1),
    };
    desk.end(&alone, wait).await;
    let cleared = desk.job(id).await;
    assert_eq!((cleared.suspect, cleared.crashes), (false, 0));
    let next = desk.must_claim(JobKind::Batch).await.job;
    desk.finish(&next, Vec::new()).await;
}

/// When a stage's job is given up its stage fails with the reason, and the orchestrator looks.
pub async fn a_stage_that_kills_fails_with_words(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, job) = desk.running(StageName::Train).await;
    let why = kill_until_given_up(&desk, job.id, JobKind::Train).await;
    let pipeline = desk.look(id).await;
    let stage = pipeline.stage(StageName::Train).unwrap();
    assert_eq!(
        (stage.state, &stage.error),
        (StageState::Failed, &Some(why))
    );
    assert_eq!(
        pipeline.state,
        PipelineState::Running,
        "that is the orchestrator's to decide"
    );
    let Claim { job, .. } = desk.must_claim(JobKind::Advance).await;
    assert_eq!(job.pipeline, Some(id));
    desk.finish(&job, Vec::new()).await;
    desk.cancel(id).await;
}

/// When a child is given up its parent goes on and finds it failed; the stage does not fail.
pub async fn a_child_that_kills_wakes_its_parent(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, parent) = desk.running(StageName::Optimise).await;
    let child = NewJob {
        parent: Some(parent.id),
        ..desk.job_of(id, JobKind::Trial)
    };
    let children = vec![child.clone()];
    desk.end(
        &parent,
        End::Waiting {
            children,
            wake_at: 0,
            memo: json!(1),
        },
    )
    .await;
    desk.must_claim(JobKind::Trial).await;
    kill_until_given_up(&desk, child.id, JobKind::Trial).await;
    let again: Job = desk.must_claim(JobKind::Optimise).await.job;
    assert_eq!(again.id, parent.id);
    let found = store.children(parent.id).await.unwrap();
    assert_eq!(found[0].state, JobState::Failed);
    let stage = desk
        .look(id)
        .await
        .stage(StageName::Optimise)
        .cloned()
        .unwrap();
    assert_eq!(stage.state, StageState::Running);
    assert!(
        desk.claim(JobKind::Advance).await.is_none(),
        "nothing is decided yet"
    );
    desk.cancel(id).await;
}

/// When the profile of a dataset is given up the dataset fails with the reason.
pub async fn a_profile_that_kills_fails_its_dataset(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (dataset, profile) = desk.new_dataset().await;
    let why = kill_until_given_up(&desk, profile.id, JobKind::Profile).await;
    let version = store.dataset(dataset.id).await.unwrap().unwrap().current;
    assert_eq!(
        (version.state, version.error),
        (DatasetState::Failed, Some(why))
    );
}

/// However many reconcile at once, an ended lease is dealt with once.
pub async fn many_who_reconcile_count_a_crash_once(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let stored = job(JobKind::Batch, desk.owner);
    desk.store_jobs(std::slice::from_ref(&stored)).await;
    desk.must_claim(JobKind::Batch).await;
    die(&desk).await;
    store.reconcile(Leases::Expire).await.unwrap();
    let mut filter = desk.filter(JobKind::Batch, true);
    filter.lease = Duration::from_millis(50);
    desk.claim_as(&filter).await.expect("the suspect is there");
    tokio::time::sleep(Duration::from_millis(60)).await;
    let repairs = together(CROWD, |_| {
        let store = Arc::clone(store);
        async move { store.reconcile(Leases::Expire).await.unwrap() }
    });
    let expired: u64 = repairs.await.iter().map(|repairs| repairs.expired).sum();
    assert_eq!(expired, 1, "one of {CROWD} puts it back");
    assert_eq!(desk.job(stored.id).await.crashes, 1);
    let alone = desk.must_claim_suspect(JobKind::Batch).await;
    desk.finish(&alone, Vec::new()).await;
}
