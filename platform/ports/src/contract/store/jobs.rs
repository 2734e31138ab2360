//! What is promised of claims: one winner, nothing overlooked, and a fair order.

use super::samples::{failure, job};
use super::{CROWD, Desk, Store, together};
use crate::store::{Committed, End};
use domain::job::{JobKind, JobState, NewJob};
use domain::{FailureKind, JobId, UserId};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Every check.
pub async fn all(store: &Arc<dyn Store>) {
    one_of_many_claims_a_job(store).await;
    every_job_is_claimed_once(store).await;
    nobody_goes_away_while_there_is_work(store).await;
    owners_share_fairly(store).await;
    the_oldest_comes_first(store).await;
    a_retry_waits_for_its_time(store).await;
    kinds_do_not_mix(store).await;
    depths_tell_what_waits_and_runs(store).await;
}

/// Of many who claim the only job, one gets it.
pub async fn one_of_many_claims_a_job(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let ids = desk.store_many(JobKind::Batch, desk.owner, 1).await;
    let claims = together(CROWD, |_| {
        let desk = desk.clone();
        async move { desk.claim(JobKind::Batch).await }
    });
    let won: Vec<_> = claims.await.into_iter().flatten().collect();
    assert_eq!(won.len(), 1, "one of {CROWD} wins");
    let claimed = &won[0].job;
    assert_eq!((claimed.id, claimed.attempt), (ids[0], 1));
    assert_eq!(
        (claimed.state, claimed.started_at),
        (JobState::Running, Some(won[0].at))
    );
    assert_eq!(
        &desk.job(ids[0]).await,
        claimed,
        "a claim tells what is stored"
    );
    desk.finish(claimed, Vec::new()).await;
    let ended = desk.job(ids[0]).await;
    assert_eq!(ended.state, JobState::Succeeded);
    assert!(
        ended.finished_at >= ended.started_at,
        "it ends after it began"
    );
    assert!(
        desk.claim(JobKind::Batch).await.is_none(),
        "what is done is not claimed"
    );
}

/// Many who claim many jobs get each of them exactly once.
pub async fn every_job_is_claimed_once(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let ids = desk.store_many(JobKind::Batch, desk.owner, 50).await;
    let claims = together(CROWD, |_| {
        let desk = desk.clone();
        async move {
            let mut mine = Vec::new();
            while let Some(claim) = desk.claim(JobKind::Batch).await {
                mine.push(claim.job.id);
                desk.finish(&claim.job, Vec::new()).await;
            }
            mine
        }
    });
    let mut claimed: Vec<JobId> = claims.await.into_iter().flatten().collect();
    claimed.sort();
    let mut expected = ids;
    expected.sort();
    assert_eq!(claimed, expected);
}

/// As many as there are jobs claim at once, and each gets one: losing a race is no reason to
/// answer that there is nothing.
pub async fn nobody_goes_away_while_there_is_work(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let ids = desk.store_many(JobKind::Batch, desk.owner, CROWD).await;
    let claims = together(CROWD, |_| {
        let desk = desk.clone();
        async move { desk.must_claim(JobKind::Batch).await.job }
    });
    let claims = claims.await;
    let claimed: BTreeSet<JobId> = claims.iter().map(|job| job.id).collect();
    assert_eq!(claimed, ids.into_iter().collect());
    for job in &claims {
        desk.finish(job, Vec::new()).await;
    }
}

/// The owner with fewer running jobs comes first, whoever asked earlier.
pub async fn owners_share_fairly(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    desk.store_many(JobKind::Batch, desk.owner, 4).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        held.push(desk.must_claim(JobKind::Batch).await.job);
    }
    desk.store_many(JobKind::Batch, desk.other, 4).await;
    let mut order: Vec<UserId> = Vec::new();
    for _ in 0..3 {
        let job = desk.must_claim(JobKind::Batch).await.job;
        order.push(job.owner);
        held.push(job);
    }
    assert_eq!(
        order[..2],
        [desk.other, desk.other],
        "0 and 1 are fewer than 2"
    );
    assert_eq!(order[2], desk.owner, "at 2 each, the older job comes first");
    // Two of the first owner's three end: again it has fewer than the other.
    let (ended, kept): (Vec<_>, Vec<_>) = held.into_iter().partition(|job| job.owner == desk.owner);
    for job in &ended[..2] {
        desk.finish(job, Vec::new()).await;
    }
    let next = desk.must_claim(JobKind::Batch).await.job;
    assert_eq!(next.owner, desk.owner, "1 is fewer than 2");
    for job in kept.iter().chain(&ended[2..]).chain([&next]) {
        desk.finish(job, Vec::new()).await;
    }
    while let Some(claim) = desk.claim(JobKind::Batch).await {
        desk.finish(&claim.job, Vec::new()).await;
    }
}

/// Among jobs of one owner the oldest is claimed first.
pub async fn the_oldest_comes_first(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.extend(desk.store_many(JobKind::Batch, desk.owner, 1).await);
    }
    for id in ids {
        let claimed = desk.must_claim(JobKind::Batch).await.job;
        assert_eq!(claimed.id, id);
        desk.finish(&claimed, Vec::new()).await;
    }
}

/// A job that failed and is tried again waits for its time, and says how long.
pub async fn a_retry_waits_for_its_time(store: &Arc<dyn Store>) {
    const WAIT: Duration = Duration::from_millis(150);
    let desk = Desk::new(store);
    let id = desk.store_many(JobKind::Batch, desk.owner, 1).await[0];
    let first = desk.must_claim(JobKind::Batch).await.job;
    let failed = failure(FailureKind::Unavailable);
    let before = store.now().await.unwrap();
    let done = desk
        .end(&first, End::Failed(failed.clone(), Some(WAIT)))
        .await;
    assert_eq!(done, Committed::Yes);
    let filter = desk.filter(JobKind::Batch, false);
    assert!(
        !store.has_work(&filter).await.unwrap(),
        "its time has not come"
    );
    assert!(
        desk.claim(JobKind::Batch).await.is_none(),
        "its time has not come"
    );
    let due = store
        .next_due(JobKind::Batch)
        .await
        .unwrap()
        .expect("it waits");
    assert!(due <= WAIT, "{due:?}");
    let waiting = desk.job(id).await;
    assert_eq!((waiting.state, waiting.failures), (JobState::Queued, 1));
    assert_eq!((waiting.error, waiting.crashes), (Some(failed), 0));
    tokio::time::sleep(due).await;
    let again = desk.must_claim(JobKind::Batch).await;
    assert!(
        again.at.since(before) >= WAIT,
        "it came after {:?}",
        again.at.since(before)
    );
    assert_eq!((again.job.attempt, again.job.failures), (2, 1));
    let twice = failure(FailureKind::Unavailable);
    desk.end(&again.job, End::Failed(twice.clone(), None)).await;
    let dead = desk.job(id).await;
    assert_eq!(
        (dead.state, dead.failures, dead.error),
        (JobState::Failed, 2, Some(twice))
    );
    assert!(dead.finished_at.is_some());
    assert_eq!(
        store.next_due(JobKind::Batch).await.unwrap(),
        None,
        "nothing waits"
    );
}

/// A claim of one kind never gets a job of another.
pub async fn kinds_do_not_mix(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let jobs: Vec<NewJob> = JobKind::ALL
        .iter()
        .map(|kind| job(*kind, desk.owner))
        .collect();
    desk.store_jobs(&jobs).await;
    for (kind, stored) in JobKind::ALL.iter().zip(&jobs) {
        let claim = desk.must_claim(*kind).await;
        assert_eq!((claim.job.id, claim.job.kind), (stored.id, *kind));
        assert!(claim.pipeline.is_none(), "it belongs to none");
        desk.finish(&claim.job, Vec::new()).await;
        assert!(
            desk.claim(*kind).await.is_none(),
            "there is one of each kind"
        );
    }
}

/// The depth of every kind is told, and counts what waits and what runs.
pub async fn depths_tell_what_waits_and_runs(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let depth = async || {
        let depths = store.queue_depths().await.unwrap();
        let kinds: BTreeSet<JobKind> = depths.iter().map(|depth| depth.kind).collect();
        assert_eq!(
            kinds,
            JobKind::ALL.iter().copied().collect(),
            "every kind, once"
        );
        assert_eq!(depths.len(), kinds.len(), "every kind, once");
        let batch = depths
            .into_iter()
            .find(|depth| depth.kind == JobKind::Batch);
        batch.map(|depth| (depth.queued, depth.running)).unwrap()
    };
    let filter = desk.filter(JobKind::Batch, false);
    let (queued, running) = depth().await;
    desk.store_many(JobKind::Batch, desk.owner, 3).await;
    assert!(store.has_work(&filter).await.unwrap());
    assert_eq!(depth().await, (queued + 3, running));
    let claim = desk.must_claim(JobKind::Batch).await;
    assert_eq!(depth().await, (queued + 2, running + 1));
    desk.finish(&claim.job, Vec::new()).await;
    assert_eq!(depth().await, (queued + 2, running));
    while let Some(claim) = desk.claim(JobKind::Batch).await {
        desk.finish(&claim.job, Vec::new()).await;
    }
    assert!(!store.has_work(&filter).await.unwrap(), "all is done");
    assert!(
        store
            .has_work(&desk.filter(JobKind::Batch, true))
            .await
            .is_ok()
    );
}
