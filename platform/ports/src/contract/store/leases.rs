//! What is promised of leases: who holds a job, and how it is lost.

use super::samples::failure;
use super::{Desk, Store};
use crate::store::{ClaimFilter, Committed, End, Lease, Leases};
use domain::job::{JobKind, JobState};
use domain::pipeline::StageName;
use domain::{FailureKind, JobId};
use std::sync::Arc;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(600);

/// Every check.
pub async fn all(store: &Arc<dyn Store>) {
    a_lease_holds_while_it_is_renewed(store).await;
    a_new_attempt_takes_the_lease(store).await;
    cancelling_ends_a_lease(store).await;
    a_release_counts_for_nothing(store).await;
    only_the_named_workers_leases_are_freed(store).await;
}

/// A renewed lease outlives its first end; one that is not renewed ends.
pub async fn a_lease_holds_while_it_is_renewed(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let ids = desk.store_many(JobKind::Batch, desk.owner, 2).await;
    let short = ClaimFilter {
        lease: Duration::from_millis(60),
        ..desk.filter(JobKind::Batch, false)
    };
    let renewed = desk.claim_as(&short).await.unwrap().job;
    let left = desk.claim_as(&short).await.unwrap().job;
    assert_eq!([renewed.id, left.id], ids[..]);
    let held = store
        .renew(renewed.id, renewed.attempt, LONG)
        .await
        .unwrap();
    assert_eq!(held, Lease::Held);
    tokio::time::sleep(Duration::from_millis(80)).await;
    store.reconcile(Leases::Expire).await.unwrap();
    assert_eq!(
        desk.job(renewed.id).await.state,
        JobState::Running,
        "it was renewed"
    );
    assert_eq!(
        desk.job(left.id).await.state,
        JobState::Queued,
        "nobody renewed it"
    );
    let late = store.renew(left.id, left.attempt, LONG).await.unwrap();
    assert_eq!(late, Lease::Lost, "its lease had ended");
    desk.finish(&renewed, Vec::new()).await;
    let done = store
        .renew(renewed.id, renewed.attempt, LONG)
        .await
        .unwrap();
    assert_eq!(done, Lease::Lost, "what is done is not held");
    let none = store.renew(JobId::new(), 1, LONG).await.unwrap();
    assert_eq!(none, Lease::Lost, "there is none such");
    let again = desk.must_claim_suspect(JobKind::Batch).await;
    desk.finish(&again, Vec::new()).await;
}

/// When another attempt runs, the old one has lost the job and the new one holds it.
pub async fn a_new_attempt_takes_the_lease(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    desk.store_many(JobKind::Batch, desk.owner, 1).await;
    let old = desk.must_claim(JobKind::Batch).await.job;
    store.free_leases(&desk.worker).await.unwrap();
    let new = desk.must_claim_suspect(JobKind::Batch).await;
    assert_eq!((new.id, new.attempt), (old.id, 2));
    let lease = async |attempt| store.renew(old.id, attempt, LONG).await.unwrap();
    assert_eq!(lease(1).await, Lease::Lost);
    assert_eq!(lease(2).await, Lease::Held);
    assert_eq!(lease(3).await, Lease::Lost, "there was no such attempt");
    assert_eq!(desk.end(&old, End::Released).await, Committed::Fenced);
    assert_eq!(
        lease(2).await,
        Lease::Held,
        "the old attempt could not put it back"
    );
    desk.finish(&new, Vec::new()).await;
}

/// Who works for a pipeline that is cancelled learns it at the next renewal.
pub async fn cancelling_ends_a_lease(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, job) = desk.running(StageName::Prepare).await;
    let lease = async || store.renew(job.id, job.attempt, LONG).await.unwrap();
    assert_eq!(lease().await, Lease::Held);
    desk.cancel(id).await;
    assert_eq!(lease().await, Lease::Cancelled);
    assert_eq!(
        desk.end(&job, End::Succeeded(None)).await,
        Committed::Fenced
    );
    assert_eq!(desk.job(job.id).await.state, JobState::Cancelled);
    // The orchestrator's own job ends with its pipeline like any other.
    let (id, advance) = desk.new_pipeline().await;
    desk.cancel(id).await;
    let renewal = store.renew(advance.id, advance.attempt, LONG);
    assert_eq!(renewal.await.unwrap(), Lease::Cancelled);
    let end = desk.end(&advance, End::Succeeded(None)).await;
    assert_eq!(end, Committed::Fenced);
    assert_eq!(desk.job(advance.id).await.state, JobState::Cancelled);
}

/// A job that is released can be claimed at once, as if it had never been claimed but for its
/// attempt.
pub async fn a_release_counts_for_nothing(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    desk.store_many(JobKind::Batch, desk.owner, 1).await;
    let first = desk.must_claim(JobKind::Batch).await.job;
    let failed = failure(FailureKind::Unavailable);
    desk.end(&first, End::Failed(failed.clone(), Some(Duration::ZERO)))
        .await;
    let second = desk.must_claim(JobKind::Batch).await.job;
    assert_eq!(desk.end(&second, End::Released).await, Committed::Yes);
    let back = desk.job(first.id).await;
    assert_eq!(
        (back.state, back.failures, back.crashes),
        (JobState::Queued, 1, 0)
    );
    assert!(!back.suspect, "it did no harm");
    let third = desk.must_claim(JobKind::Batch).await.job;
    assert_eq!((third.id, third.attempt), (first.id, 3));
    desk.finish(&third, Vec::new()).await;
}

/// Freeing the leases of a dead process touches nobody else's, however similar the names.
pub async fn only_the_named_workers_leases_are_freed(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let names = ["a_b/1", "a_b/2", "a-b/1", "A_b/1", "a%b/1", "xa_b/1"];
    desk.store_many(JobKind::Batch, desk.owner, names.len())
        .await;
    let mut held = Vec::new();
    for name in names {
        let worker = format!("{}/{name}", desk.owner);
        let filter = ClaimFilter {
            worker,
            ..desk.filter(JobKind::Batch, false)
        };
        held.push(desk.claim_as(&filter).await.unwrap().job);
    }
    let free = async |prefix: &str| {
        let prefix = format!("{}/{prefix}", desk.owner);
        store.free_leases(&prefix).await.unwrap()
    };
    assert_eq!(free("a%b/2").await, 0, "% stands for itself");
    assert_eq!(free("a_b/").await, 2, "the two whose names begin so");
    for (name, job) in names.iter().zip(&held) {
        let freed = desk.job(job.id).await.state == JobState::Queued;
        assert_eq!(freed, name.starts_with("a_b/"), "{name}");
    }
    assert_eq!(free("a_b/").await, 0, "they are freed");
    for job in &held[2..] {
        desk.finish(job, Vec::new()).await;
    }
    for _ in 0..2 {
        let job = desk.must_claim_suspect(JobKind::Batch).await;
        desk.finish(&job, Vec::new()).await;
    }
}
