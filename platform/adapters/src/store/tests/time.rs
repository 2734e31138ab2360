//! What depends on time, on a clock that is moved by hand.

use super::{Still, stand_still};
use domain::job::{JobKind, JobState, NewJob};
use domain::pipeline::{PipelineState, StageName};
use domain::{Failure, JobId, Timestamp};
use ports::store::{ClaimFilter, End, Jobs, Lease, Repairs, StageChange, Upkeep, Write};
use serde_json::json;
use std::time::Duration;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn woken(woken: u64) -> Repairs {
    Repairs {
        woken,
        ..Repairs::default()
    }
}

/// Two folds below a training stage that waits for them; ten seconds went into its first step.
async fn two_folds(still: &Still) -> (domain::PipelineId, domain::job::Job) {
    let Still { clock, desk, .. } = still;
    let (id, parent) = desk.running(StageName::Train).await;
    clock.advance(seconds(10));
    let fold = || NewJob {
        parent: Some(parent.id),
        ..desk.job_of(id, JobKind::Fold)
    };
    let children = vec![fold(), fold()];
    let memo = json!(null);
    let wait = End::Waiting {
        children,
        wake_at: 0,
        memo,
    };
    desk.end(&parent, wait).await;
    (id, parent)
}

#[tokio::test]
async fn time_is_consumed_while_at_least_one_job_runs() {
    let still = stand_still().await;
    let Still {
        clock, desk, store, ..
    } = &still;
    let (id, _) = two_folds(&still).await;
    let consumed = async || desk.look(id).await.consumed_us;
    assert_eq!(consumed().await, 10_000_000);
    clock.advance(seconds(100));
    assert_eq!(consumed().await, 10_000_000, "nobody was at work");
    let first = desk.must_claim(JobKind::Fold).await.job;
    clock.advance(seconds(2));
    let second = desk.must_claim(JobKind::Fold).await.job;
    clock.advance(seconds(3));
    assert_eq!(consumed().await, 15_000_000, "while they run, too");
    desk.finish(&first, Vec::new()).await;
    clock.advance(seconds(4));
    desk.finish(&second, Vec::new()).await;
    assert_eq!(consumed().await, 19_000_000, "together they count once");
    clock.advance(seconds(100));
    let parent = desk.must_claim(JobKind::Train).await.job;
    clock.advance(seconds(5));
    let held = store.renew(parent.id, parent.attempt, seconds(15)).await;
    assert_eq!(held.unwrap(), Lease::Held);
    clock.advance(seconds(3_600));
    assert_eq!(store.free_leases(&desk.worker).await.unwrap(), 1);
    assert_eq!(consumed().await, 24_000_000, "until the last sign of life");
    assert_eq!(desk.look(id).await.state, PipelineState::Running);
}

#[tokio::test]
async fn a_lease_ends_by_the_stores_clock() {
    let Still {
        clock,
        desk,
        store,
        _folder,
    } = stand_still().await;
    let (_, job) = desk.running(StageName::Train).await;
    desk.end(&job, End::Released).await;
    let short = ClaimFilter {
        lease: seconds(15),
        ..desk.filter(JobKind::Train, false)
    };
    let job = desk.claim_as(&short).await.unwrap().job;
    clock.advance(seconds(14));
    assert_eq!(store.reconcile().await.unwrap(), Repairs::default());
    store.renew(job.id, job.attempt, seconds(15)).await.unwrap();
    clock.advance(seconds(14));
    assert_eq!(store.reconcile().await.unwrap(), Repairs::default());
    clock.advance(seconds(2));
    let expired = Repairs {
        expired: 1,
        ..Repairs::default()
    };
    assert_eq!(store.reconcile().await.unwrap(), expired);
    assert_eq!(store.reconcile().await.unwrap(), Repairs::default());
    let lost = store.renew(job.id, job.attempt, seconds(15)).await;
    assert_eq!(lost.unwrap(), Lease::Lost);
}

#[tokio::test]
async fn a_parent_that_sleeps_on_is_woken_once() {
    let still = stand_still().await;
    let Still { desk, store, .. } = &still;
    let (_, parent) = two_folds(&still).await;
    assert_eq!(
        store.reconcile().await.unwrap(),
        woken(0),
        "it rightly sleeps"
    );
    // As if the last commit had forgotten its parent.
    store
        .meddle("UPDATE jobs SET state = 'succeeded' WHERE kind = 'fold'")
        .await;
    assert_eq!(store.reconcile().await.unwrap(), woken(1));
    assert_eq!(store.reconcile().await.unwrap(), woken(0));
    assert_eq!(desk.must_claim(JobKind::Train).await.job.id, parent.id);
}

#[tokio::test]
async fn a_pipeline_that_stands_still_is_looked_at_once() {
    let Still {
        clock,
        desk,
        store,
        _folder,
    } = stand_still().await;
    let (dataset, profile) = desk.new_dataset().await;
    let waits = desk.insert_on(dataset.id).await;
    let early = desk.must_claim(JobKind::Advance).await.job;
    desk.finish(&early, Vec::new()).await;
    let still = desk.pipeline().await;
    let over = desk.pipeline().await;
    ports::store::Pipelines::cancel_pipeline(&*store, over)
        .await
        .unwrap();
    assert_eq!(store.reconcile().await.unwrap(), woken(0), "they are new");
    clock.advance(seconds(6));
    assert_eq!(
        store.reconcile().await.unwrap(),
        woken(1),
        "the dataset of one is being read"
    );
    assert_eq!(
        store.reconcile().await.unwrap(),
        woken(0),
        "somebody will look at it"
    );
    let advance = desk.must_claim(JobKind::Advance).await.job;
    assert_eq!(advance.pipeline, Some(still));
    let queue = StageChange::Queue(desk.job_of(still, JobKind::Prepare));
    desk.finish(
        &advance,
        vec![Write::Stage(still, StageName::Prepare, queue)],
    )
    .await;
    assert_eq!(store.reconcile().await.unwrap(), woken(0), "it has a job");
    // As if the dataset had been settled by a program that forgot who waits.
    desk.finish(&profile, Vec::new()).await;
    store
        .meddle("UPDATE dataset_versions SET state = 'ready'")
        .await;
    assert_eq!(store.reconcile().await.unwrap(), woken(1));
    let advance = desk.must_claim(JobKind::Advance).await.job;
    assert_eq!(advance.pipeline, Some(waits));
}

#[tokio::test]
async fn an_advance_job_that_kills_ends_its_pipeline() {
    let still = stand_still().await;
    let Still { desk, store, .. } = &still;
    let (id, _) = desk.new_pipeline().await;
    store.free_leases(&desk.worker).await.unwrap();
    for _ in 0..domain::job::MAX_CRASHES {
        desk.must_claim_suspect(JobKind::Advance).await;
        store.free_leases(&desk.worker).await.unwrap();
    }
    let failed = desk.look(id).await;
    assert_eq!(failed.state, PipelineState::Failed);
    let code = |failure: Failure| failure.message.code;
    assert_eq!(failed.error.map(code).as_deref(), Some("job.crashed"));
    assert_eq!(
        store.reconcile().await.unwrap(),
        woken(0),
        "nobody tries again"
    );
}

#[tokio::test]
async fn one_row_that_cannot_be_read_stops_no_other() {
    let Still {
        clock,
        desk,
        store,
        _folder,
    } = stand_still().await;
    let ids: Vec<JobId> = desk.store_many(JobKind::Batch, desk.owner, 3).await;
    for _ in &ids {
        desk.must_claim(JobKind::Batch).await;
    }
    store
        .meddle(
            "UPDATE jobs SET alone = 1, crashes = 4, payload = '{\"kind\":\"of a newer program\"}' \
             WHERE id = (SELECT MIN(id) FROM jobs WHERE state = 'running')",
        )
        .await;
    clock.advance(seconds(3_600));
    let mended = store.reconcile().await.unwrap_err();
    assert!(
        mended.chain().contains("newer program"),
        "{}",
        mended.chain()
    );
    for id in &ids[1..] {
        assert_eq!(desk.job(*id).await.state, JobState::Queued);
    }
    assert!(store.now().await.unwrap() > Timestamp(0));
}
