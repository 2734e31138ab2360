//! What is promised of jobs that wait for others: the last child in time wakes its parent, once.

use super::samples::{failure, job};
use super::{CROWD, Desk, Store, together};
use crate::store::{Committed, End};
use domain::job::{Job, JobKind, JobState, NewJob};
use domain::{FailureKind, JobId};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// Every check.
pub async fn all(store: &Arc<dyn Store>) {
    a_parent_wakes_when_few_enough_are_open(store).await;
    a_parent_with_nothing_to_wait_for_goes_on(store).await;
    the_last_children_wake_their_parent_together(store).await;
    children_that_fail_wake_their_parent_too(store).await;
    memo_and_results_are_kept(store).await;
    later_children_count_too(store).await;
}

fn children(desk: &Desk, parent: JobId, count: usize) -> Vec<NewJob> {
    let child = |_| NewJob {
        parent: Some(parent),
        ..job(JobKind::Trial, desk.owner)
    };
    (0..count).map(child).collect()
}

/// A claimed job that can be a parent.
async fn parent(desk: &Desk) -> Job {
    desk.store_many(JobKind::Optimise, desk.owner, 1).await;
    desk.must_claim(JobKind::Optimise).await.job
}

/// Ends the parent's step with so many new children.
async fn wait(desk: &Desk, parent: &Job, count: usize, wake_at: u32) -> Vec<JobId> {
    let children = children(desk, parent.id, count);
    let ids = children.iter().map(|child| child.id).collect();
    let end = End::Waiting {
        children,
        wake_at,
        memo: json!({"count": count}),
    };
    assert_eq!(desk.end(parent, end).await, Committed::Yes);
    ids
}

async fn is_woken(desk: &Desk, parent: &Job) -> bool {
    match desk.job(parent.id).await.state {
        JobState::Queued => true,
        JobState::Waiting => false,
        other => panic!("a waiting parent is {other}"),
    }
}

/// The parent is queued at the very commit that leaves `wake_at` children open, not before.
pub async fn a_parent_wakes_when_few_enough_are_open(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    for wake_at in [0, 1, 3] {
        let parent = parent(&desk).await;
        wait(&desk, &parent, 4, wake_at).await;
        assert!(!is_woken(&desk, &parent).await, "4 are open");
        for open in (0..4).rev() {
            let child = desk.must_claim(JobKind::Trial).await.job;
            assert_eq!(child.parent, Some(parent.id));
            let woken = is_woken(&desk, &parent).await;
            assert_eq!(woken, open < wake_at, "a running child is open");
            desk.finish(&child, Vec::new()).await;
            let woken = is_woken(&desk, &parent).await;
            assert_eq!(woken, open <= wake_at, "{open} open, waits for {wake_at}");
        }
        let again = desk.must_claim(JobKind::Optimise).await.job;
        assert_eq!((again.id, again.attempt), (parent.id, 2));
        desk.finish(&again, Vec::new()).await;
    }
}

/// Without children, or with fewer than it waits for, a job goes on at once.
pub async fn a_parent_with_nothing_to_wait_for_goes_on(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    for (count, wake_at) in [(0, 0), (2, 2), (1, 5)] {
        let parent = parent(&desk).await;
        wait(&desk, &parent, count, wake_at).await;
        let again = desk.must_claim(JobKind::Optimise).await.job;
        assert_eq!(again.id, parent.id);
        desk.finish(&again, Vec::new()).await;
        while let Some(claim) = desk.claim(JobKind::Trial).await {
            desk.finish(&claim.job, Vec::new()).await;
        }
    }
}

/// Also when the last children commit at the same moment, their parent is woken, and once.
pub async fn the_last_children_wake_their_parent_together(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let crowds = [(CROWD, 2), (CROWD, CROWD), (CROWD / 2, CROWD / 2)];
    for (count, at_once) in crowds.into_iter().chain([(2, 2); 12]) {
        let parent = parent(&desk).await;
        wait(&desk, &parent, count, 0).await;
        let mut held = Vec::new();
        while let Some(claim) = desk.claim(JobKind::Trial).await {
            held.push(claim.job);
        }
        assert_eq!(held.len(), count, "a waiting parent blocks nobody");
        let last = held.split_off(count - at_once);
        for child in &held {
            desk.finish(child, Vec::new()).await;
        }
        let commits = together(at_once, |n| {
            let (desk, child) = (desk.clone(), last[n].clone());
            async move { desk.finish(&child, Vec::new()).await }
        });
        commits.await;
        let again = desk.must_claim(JobKind::Optimise).await.job;
        assert_eq!((again.id, again.attempt), (parent.id, 2), "it is woken");
        assert!(
            desk.claim(JobKind::Optimise).await.is_none(),
            "it is woken once"
        );
        desk.finish(&again, Vec::new()).await;
    }
}

/// A child that is given up wakes its parent like one that succeeded; one that is tried again
/// does not.
pub async fn children_that_fail_wake_their_parent_too(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let parent = parent(&desk).await;
    let ids = wait(&desk, &parent, 1, 0).await;
    let child = desk.must_claim(JobKind::Trial).await.job;
    let again = failure(FailureKind::Unavailable);
    desk.end(&child, End::Failed(again, Some(Duration::ZERO)))
        .await;
    assert!(!is_woken(&desk, &parent).await, "it is tried again");
    let child = desk.must_claim(JobKind::Trial).await.job;
    desk.end(&child, End::Released).await;
    assert!(!is_woken(&desk, &parent).await, "it was put back");
    let child = desk.must_claim(JobKind::Trial).await.job;
    let why = failure(FailureKind::InvalidInput);
    desk.end(&child, End::Failed(why.clone(), None)).await;
    assert!(is_woken(&desk, &parent).await, "it was given up");
    let given_up = desk.job(ids[0]).await;
    assert_eq!(
        (given_up.state, given_up.error),
        (JobState::Failed, Some(why))
    );
    let again = desk.must_claim(JobKind::Optimise).await.job;
    desk.finish(&again, Vec::new()).await;
}

/// The next step finds what the one before left, and its children's results in their order.
pub async fn memo_and_results_are_kept(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let parent = parent(&desk).await;
    assert_eq!(parent.memo, None, "there was no step before");
    let ids = wait(&desk, &parent, 4, 0).await;
    for (n, id) in ids.iter().enumerate() {
        let child = desk.must_claim(JobKind::Trial).await.job;
        assert_eq!(child.id, *id, "in the order in which they were stored");
        let result = Some(json!({"score": n}));
        desk.end(&child, End::Succeeded(result)).await;
    }
    let again = desk.must_claim(JobKind::Optimise).await.job;
    assert_eq!(again.memo, Some(json!({"count": 4})));
    let stored = store.children(parent.id).await.unwrap();
    let found: Vec<JobId> = stored.iter().map(|child| child.id).collect();
    assert_eq!(found, ids);
    for (n, child) in stored.iter().enumerate() {
        assert_eq!(child.result, Some(json!({"score": n})));
    }
    assert_eq!(store.children(ids[0]).await.unwrap(), [], "it has none");
    desk.finish(&again, Vec::new()).await;
}

/// Children of every step count as open, in the order of the steps that stored them.
pub async fn later_children_count_too(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let parent = parent(&desk).await;
    let mut ids = wait(&desk, &parent, 2, 1).await;
    let first = desk.must_claim(JobKind::Trial).await.job;
    desk.finish(&first, Vec::new()).await;
    let second = desk.must_claim(JobKind::Optimise).await.job;
    ids.extend(wait(&desk, &second, 2, 0).await);
    let mut left = 3;
    while let Some(claim) = desk.claim(JobKind::Trial).await {
        assert!(!is_woken(&desk, &parent).await, "{left} are open");
        desk.finish(&claim.job, Vec::new()).await;
        left -= 1;
    }
    assert_eq!(left, 0);
    let stored = store.children(parent.id).await.unwrap();
    let found: Vec<JobId> = stored.iter().map(|child| child.id).collect();
    assert_eq!(found, ids, "in the order in which they were stored");
    let third = desk.must_claim(JobKind::Optimise).await.job;
    assert_eq!(third.attempt, 3);
    desk.finish(&third, Vec::new()).await;
}
