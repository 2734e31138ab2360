//! What is promised of time, to the microsecond: for adapters whose time is the caller's, on a
//! clock that only moves when told to.
//!
//! Not part of [`all`](super::all), which holds on any clock.

use super::samples::{failure, token, user};
use super::{Desk, Store};
use crate::store::{
    ANSWERS_ARE_KEPT, ClaimFilter, End, Lease, Leases, Repairs, StageChange, Write,
};
use domain::job::{Job, JobKind, MAX_CRASHES, NewJob};
use domain::pipeline::{PipelineState, StageName, StageState};
use domain::{FailureKind, JobId, ManualClock, PipelineId, UserId};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

const TICK: Duration = Duration::from_micros(1);

/// Every check. `clock` is the store's time, and nobody else moves it.
pub async fn all(store: &Arc<dyn Store>, clock: &ManualClock) {
    time_is_consumed_while_at_least_one_job_runs(store, clock).await;
    a_lease_ends_by_the_stores_clock(store, clock).await;
    a_retry_is_due_to_the_moment(store, clock).await;
    jobs_of_one_moment_keep_their_order(store).await;
    a_token_ends_to_the_moment(store, clock).await;
    a_pipeline_that_stands_still_is_looked_at_once(store, clock).await;
    an_advance_job_that_kills_ends_its_pipeline(store).await;
    an_answer_is_forgotten_after_a_day(store, clock).await;
}

/// The answer to a creating request holds for a day from the request, and is then forgotten.
pub async fn an_answer_is_forgotten_after_a_day(store: &Arc<dyn Store>, clock: &ManualClock) {
    let ann = UserId::new();
    let ask = async |key, answer| store.remember(ann, key, "body", answer).await.unwrap();
    store.reconcile(Leases::Expire).await.unwrap();
    assert_eq!(ask("old", None).await, None);
    clock.advance(seconds(3_600));
    ask("old", Some("first")).await;
    ask("young", Some("second")).await;
    clock.advance(ANSWERS_ARE_KEPT - seconds(3_600));
    assert_eq!(store.reconcile(Leases::Expire).await.unwrap().forgotten, 0);
    assert_eq!(ask("old", None).await.as_deref(), Some("first"));
    clock.advance(TICK);
    assert_eq!(store.reconcile(Leases::Expire).await.unwrap().forgotten, 1);
    assert_eq!(store.reconcile(Leases::Expire).await.unwrap().forgotten, 0);
    assert_eq!(ask("old", None).await, None, "a new request by now");
    assert_eq!(ask("young", None).await.as_deref(), Some("second"));
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Two folds below a training stage that waits for them; ten seconds went into its first step.
async fn two_folds(desk: &Desk, clock: &ManualClock) -> (PipelineId, Job) {
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

/// Time counts from the first claim to the last end of jobs that overlap, and until the last sign
/// of life of one that died.
pub async fn time_is_consumed_while_at_least_one_job_runs(
    store: &Arc<dyn Store>,
    clock: &ManualClock,
) {
    let desk = Desk::new(store);
    let (id, _) = two_folds(&desk, clock).await;
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
    desk.cancel(id).await;
}

/// A lease holds up to its last moment, and no longer; a renewal counts from its own.
pub async fn a_lease_ends_by_the_stores_clock(store: &Arc<dyn Store>, clock: &ManualClock) {
    let desk = Desk::new(store);
    desk.store_many(JobKind::Batch, desk.owner, 1).await;
    let short = ClaimFilter {
        lease: seconds(15),
        ..desk.filter(JobKind::Batch, false)
    };
    let job = desk.claim_as(&short).await.unwrap().job;
    clock.advance(seconds(14));
    assert_eq!(
        store.reconcile(Leases::Expire).await.unwrap(),
        Repairs::default()
    );
    store.renew(job.id, job.attempt, seconds(15)).await.unwrap();
    clock.advance(seconds(15));
    assert_eq!(
        store.reconcile(Leases::Expire).await.unwrap(),
        Repairs::default()
    );
    clock.advance(TICK);
    let expired = Repairs {
        expired: 1,
        ..Repairs::default()
    };
    assert_eq!(
        store.reconcile(Leases::Spare).await.unwrap(),
        Repairs::default()
    );
    assert_eq!(store.reconcile(Leases::Expire).await.unwrap(), expired);
    assert_eq!(
        store.reconcile(Leases::Expire).await.unwrap(),
        Repairs::default()
    );
    let lost = store.renew(job.id, job.attempt, seconds(15)).await;
    assert_eq!(lost.unwrap(), Lease::Lost);
    let again = desk.must_claim_suspect(JobKind::Batch).await;
    desk.finish(&again, Vec::new()).await;
}

/// A job that is tried again can be claimed at its very moment, not before; what was due long ago
/// is due now.
pub async fn a_retry_is_due_to_the_moment(store: &Arc<dyn Store>, clock: &ManualClock) {
    let desk = Desk::new(store);
    desk.store_many(JobKind::Batch, desk.owner, 1).await;
    let job = desk.must_claim(JobKind::Batch).await.job;
    let again = failure(FailureKind::Unavailable);
    desk.end(&job, End::Failed(again, Some(seconds(2)))).await;
    let due = async || store.next_due(JobKind::Batch).await.unwrap();
    assert_eq!(due().await, Some(seconds(2)));
    clock.advance(seconds(2) - TICK);
    assert_eq!(due().await, Some(TICK));
    assert!(desk.claim(JobKind::Batch).await.is_none(), "not yet");
    clock.advance(TICK);
    assert_eq!(due().await, Some(Duration::ZERO));
    clock.advance(seconds(9));
    assert_eq!(due().await, Some(Duration::ZERO));
    let job = desk.must_claim(JobKind::Batch).await.job;
    assert_eq!(due().await, None, "nothing waits");
    store.free_leases(&desk.worker).await.unwrap();
    assert_eq!(due().await, None, "most must not take a suspect");
    let suspect = desk.must_claim_suspect(JobKind::Batch).await;
    assert_eq!(suspect.id, job.id);
    let again = failure(FailureKind::Unavailable);
    desk.end(&suspect, End::Failed(again, Some(TICK))).await;
    assert_eq!(due().await, Some(TICK), "nobody can take it now");
    clock.advance(TICK);
    let job = desk.must_claim_suspect(JobKind::Batch).await;
    desk.finish(&job, Vec::new()).await;
}

/// Jobs that were stored at the same moment are claimed in the order of their places, then ids.
pub async fn jobs_of_one_moment_keep_their_order(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, parent) = desk.running(StageName::Train).await;
    let mut ids: Vec<JobId> = (0..5).map(|_| JobId::new()).collect();
    let fold = |id: &JobId| NewJob {
        id: *id,
        parent: Some(parent.id),
        ..desk.job_of(parent.pipeline.unwrap_or_default(), JobKind::Fold)
    };
    // Places 0, 1, 2 of the parent's children, and twice 0 beside them.
    let children = [4, 1, 2].map(|n: usize| fold(&ids[n])).to_vec();
    let beside = [3, 0].map(|n: usize| {
        Write::Job(NewJob {
            parent: None,
            ..fold(&ids[n])
        })
    });
    let wait = End::Waiting {
        children,
        wake_at: 0,
        memo: json!(null),
    };
    desk.commit(&parent, wait, beside.to_vec()).await;
    let order = [0, 3, 4, 1, 2].map(|n| ids[n]);
    for expected in order {
        let job = desk.must_claim(JobKind::Fold).await.job;
        assert_eq!(job.id, expected);
        desk.end(&job, End::Failed(failure(FailureKind::Internal), None))
            .await;
    }
    let below = store.children(parent.id).await.unwrap();
    ids = vec![ids[4], ids[1], ids[2]];
    assert_eq!(below.iter().map(|job| job.id).collect::<Vec<_>>(), ids);
    desk.cancel(id).await;
}

/// A token signs in until its end, and not at its end; the next one that is stored removes it.
pub async fn a_token_ends_to_the_moment(store: &Arc<dyn Store>, clock: &ManualClock) {
    let ann = user();
    store.insert_user(&ann).await.unwrap();
    let now = store.now().await.unwrap();
    let short = token(ann.id, now.after(TICK));
    store.insert_token(&short).await.unwrap();
    assert!(store.token(&short.hash).await.unwrap().is_some());
    clock.advance(TICK);
    assert!(store.token(&short.hash).await.unwrap().is_none());
    assert_eq!(store.tokens(ann.id).await.unwrap(), []);
    assert!(
        store.insert_token(&short).await.is_err(),
        "it is still known"
    );
    let next = token(ann.id, now.after(seconds(9)));
    store.insert_token(&next).await.unwrap();
    let gone = store.delete_token(ann.id, short.id).await.unwrap();
    assert!(!gone, "nobody else removes what has ended");
    assert_eq!(store.tokens(ann.id).await.unwrap(), [next]);
}

/// A pipeline that no job moves on is looked at once, unless it is new or its dataset is being read.
pub async fn a_pipeline_that_stands_still_is_looked_at_once(
    store: &Arc<dyn Store>,
    clock: &ManualClock,
) {
    let woken = |woken| Repairs {
        woken,
        ..Repairs::default()
    };
    let desk = Desk::new(store);
    let mend = async || store.reconcile(Leases::Expire).await.unwrap();
    let (dataset, profile) = desk.new_dataset().await;
    let waits = desk.insert_on(dataset.id).await;
    let early = desk.must_claim(JobKind::Advance).await.job;
    desk.finish(&early, Vec::new()).await;
    let still = desk.pipeline().await;
    let over = desk.pipeline().await;
    desk.cancel(over).await;
    assert_eq!(mend().await, woken(0), "they are new");
    clock.advance(seconds(6));
    assert_eq!(mend().await, woken(1), "the dataset of one is being read");
    assert_eq!(mend().await, woken(0), "somebody will look at it");
    let advance = desk.must_claim(JobKind::Advance).await.job;
    assert_eq!(advance.pipeline, Some(still));
    let queue = StageChange::Queue(desk.job_of(still, JobKind::Prepare));
    let queue = Write::Stage(still, StageName::Prepare, queue);
    desk.finish(&advance, vec![queue]).await;
    assert_eq!(mend().await, woken(0), "it has a job");
    for id in [waits, still] {
        desk.cancel(id).await;
    }
    desk.finish(&profile, Vec::new()).await;
}

/// When the orchestrator's own job kills every process nobody is left to decide: its pipeline
/// fails with the reason.
pub async fn an_advance_job_that_kills_ends_its_pipeline(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, _) = desk.new_pipeline().await;
    store.free_leases(&desk.worker).await.unwrap();
    for _ in 0..MAX_CRASHES {
        desk.must_claim_suspect(JobKind::Advance).await;
        store.free_leases(&desk.worker).await.unwrap();
    }
    let failed = desk.look(id).await;
    assert_eq!(failed.state, PipelineState::Failed);
    let code = failed.error.map(|failure| failure.message.code);
    assert_eq!(code.as_deref(), Some("job.crashed"));
    let mut stages = failed.stages.iter();
    let first = stages
        .next()
        .map(|stage| (stage.state, stage.error.is_some()));
    assert_eq!(first, Some((StageState::Failed, true)), "it says why");
    assert!(stages.all(|stage| stage.state == StageState::Skipped));
    let mended = store.reconcile(Leases::Expire).await.unwrap();
    assert_eq!(mended, Repairs::default(), "nobody tries again");
}
