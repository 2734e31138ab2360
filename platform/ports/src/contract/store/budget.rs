//! What is promised of consumed time: the time during which at least one job of a pipeline ran.
//!
//! Clocks are read before and after, so each check holds on a slow machine too.

use super::{Desk, Store};
use crate::store::End;
use domain::job::{Job, JobKind, NewJob};
use domain::pipeline::StageName;
use domain::{PipelineId, Timestamp};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

const STEP: Duration = Duration::from_millis(40);

/// Every check.
pub async fn all(store: &Arc<dyn Store>) {
    parallel_jobs_count_once(store).await;
    waiting_counts_for_nothing(store).await;
    deciding_counts_for_nothing(store).await;
    a_crash_counts_until_the_last_sign_of_life(store).await;
    cancelling_ends_the_count(store).await;
}

async fn consumed(desk: &Desk, id: PipelineId) -> Duration {
    let consumed = desk.look(id).await.consumed_us;
    Duration::from_micros(consumed.try_into().expect("never negative"))
}

async fn now(desk: &Desk) -> Timestamp {
    desk.store.now().await.unwrap()
}

/// Two claimed jobs of one running pipeline, the moment before the first claim, and their parent.
async fn two_folds(desk: &Desk) -> (PipelineId, [Job; 2]) {
    let (id, parent) = desk.running(StageName::Train).await;
    let fold = || NewJob {
        parent: Some(parent.id),
        ..desk.job_of(id, JobKind::Fold)
    };
    let children = vec![fold(), fold()];
    desk.end(
        &parent,
        End::Waiting {
            children,
            wake_at: 0,
            memo: json!(1),
        },
    )
    .await;
    let first = desk.must_claim(JobKind::Fold).await.job;
    let second = desk.must_claim(JobKind::Fold).await.job;
    (id, [first, second])
}

/// Jobs that run at the same time consume it once; while they run the count goes on.
pub async fn parallel_jobs_count_once(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let begun = now(&desk).await;
    let (id, [first, second]) = two_folds(&desk).await;
    tokio::time::sleep(STEP).await;
    let halfway = consumed(&desk, id).await;
    assert!(
        halfway >= STEP,
        "running time counts at once, but {halfway:?}"
    );
    desk.finish(&first, Vec::new()).await;
    tokio::time::sleep(STEP).await;
    desk.finish(&second, Vec::new()).await;
    let (total, elapsed) = (consumed(&desk, id).await, now(&desk).await.since(begun));
    assert!(total >= 2 * STEP, "one of them always ran, but {total:?}");
    assert!(
        total <= elapsed,
        "{total:?} of {elapsed:?}: time counts once"
    );
    desk.cancel(id).await;
}

/// Time during which no job of the pipeline runs is not consumed.
pub async fn waiting_counts_for_nothing(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let begun = now(&desk).await;
    let (id, [first, second]) = two_folds(&desk).await;
    desk.finish(&first, Vec::new()).await;
    desk.end(&second, End::Released).await;
    let before = consumed(&desk, id).await;
    tokio::time::sleep(STEP).await;
    assert_eq!(consumed(&desk, id).await, before, "nothing runs");
    let second = desk.must_claim(JobKind::Fold).await.job;
    desk.finish(&second, Vec::new()).await;
    let (total, elapsed) = (consumed(&desk, id).await, now(&desk).await.since(begun));
    assert!(total >= before, "it never shrinks");
    assert!(
        total + STEP <= elapsed,
        "{total:?} of {elapsed:?}, waiting included"
    );
    desk.cancel(id).await;
}

/// The orchestrator's own jobs consume nothing.
pub async fn deciding_counts_for_nothing(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, advance) = desk.new_pipeline().await;
    tokio::time::sleep(STEP).await;
    assert_eq!(consumed(&desk, id).await, Duration::ZERO);
    desk.finish(&advance, Vec::new()).await;
    assert_eq!(consumed(&desk, id).await, Duration::ZERO);
    desk.cancel(id).await;
}

/// A crash consumed the time until the last sign of life of any job, and no down time after it.
pub async fn a_crash_counts_until_the_last_sign_of_life(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    for lively in [0, 1] {
        let begun = now(&desk).await;
        let (id, folds) = two_folds(&desk).await;
        tokio::time::sleep(STEP).await;
        let job = &folds[lively];
        store
            .renew(job.id, job.attempt, Duration::from_secs(600))
            .await
            .unwrap();
        let seen = now(&desk).await;
        tokio::time::sleep(STEP).await;
        store.free_leases(&desk.worker).await.unwrap();
        let total = consumed(&desk, id).await;
        assert!(
            total >= STEP,
            "job {lively} was alive that long, but {total:?}"
        );
        let alive = seen.since(begun);
        assert!(
            total <= alive,
            "{total:?} of {alive:?}: down time is not consumed"
        );
        desk.cancel(id).await;
    }
    // One that had ended by itself was alive until then, whoever died before.
    let (id, [dead, alive]) = two_folds(&desk).await;
    tokio::time::sleep(STEP).await;
    desk.finish(&alive, Vec::new()).await;
    store.free_leases(&desk.worker).await.unwrap();
    let total = consumed(&desk, id).await;
    assert!(
        total >= STEP,
        "{:?} died, {:?} worked on, but {total:?}",
        dead.id,
        alive.id
    );
    desk.cancel(id).await;
}

/// A cancelled pipeline consumes no more.
pub async fn cancelling_ends_the_count(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let begun = now(&desk).await;
    let (id, _) = two_folds(&desk).await;
    tokio::time::sleep(STEP).await;
    desk.cancel(id).await;
    let (total, elapsed) = (consumed(&desk, id).await, now(&desk).await.since(begun));
    assert!(
        total >= STEP && total <= elapsed,
        "{total:?} of {elapsed:?}"
    );
    tokio::time::sleep(STEP).await;
    assert_eq!(consumed(&desk, id).await, total);
}
