//! What is promised of messages that wait to be sent: each change leaves them, nothing else does.

use super::samples::{dataset, failure, job, profile_job, ready};
use super::{CROWD, Desk, Store, together};
use crate::bus::{DeadLetter, Notice};
use crate::store::{Committed, End, NewPipeline, OutboxRow, Write};
use domain::FailureKind;
use domain::job::{JobKind, NewJob};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Every check.
pub async fn all(store: &Arc<dyn Store>) {
    changes_leave_messages(store).await;
    what_was_sent_is_removed(store).await;
    many_changes_leave_different_messages(store).await;
    a_job_that_is_given_up_leaves_a_letter(store).await;
}

/// Far more than all checks leave behind.
const ALL: u32 = 1_000_000;

async fn unsent(store: &Arc<dyn Store>) -> Vec<OutboxRow> {
    store.unsent(ALL).await.unwrap()
}

async fn empty(store: &Arc<dyn Store>) {
    let ids: Vec<String> = unsent(store).await.into_iter().map(|row| row.id).collect();
    store.sent(&ids).await.unwrap();
}

/// The subjects of what waits, and nothing waits any more.
async fn left(store: &Arc<dyn Store>) -> BTreeSet<String> {
    let rows = unsent(store).await;
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    store.sent(&ids).await.unwrap();
    rows.into_iter().map(|row| row.subject).collect()
}

fn subjects<const N: usize>(notices: [Notice; N]) -> BTreeSet<String> {
    notices.iter().map(Notice::subject).collect()
}

/// Whatever gives work or news leaves its message in the same transaction; looking, and what is
/// refused, leaves none.
pub async fn changes_leave_messages(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    empty(store).await;
    let set = dataset(desk.owner);
    let profile = profile_job(desk.owner, set.id, 1);
    store.insert_dataset(&set, &profile).await.unwrap();
    let work = Notice::Work;
    assert_eq!(left(store).await, subjects([work(JobKind::Profile)]));
    assert!(store.insert_dataset(&set, &profile).await.is_err());
    assert_eq!(left(store).await, BTreeSet::new(), "it was refused");
    let claimed = desk.must_claim(JobKind::Profile).await.job;
    let id = desk.insert_on(set.id).await;
    let both = subjects([work(JobKind::Advance), Notice::Pipeline(id)]);
    assert_eq!(left(store).await, both, "a new pipeline");
    let missing = super::samples::pipeline(desk.owner, domain::DatasetId::new());
    let advance = desk.advance(missing.id);
    let new = NewPipeline {
        pipeline: missing,
        advance,
    };
    assert!(store.insert_pipeline(&new).await.is_err());
    assert_eq!(left(store).await, BTreeSet::new(), "it was refused");
    desk.finish(&claimed, vec![Write::Dataset(set.id, 1, Box::new(ready()))])
        .await;
    let settled = subjects([work(JobKind::Advance), Notice::Dataset(set.id)]);
    assert_eq!(left(store).await, settled, "a settled dataset");
    desk.cancel(id).await;
    assert_eq!(
        left(store).await,
        subjects([Notice::Pipeline(id)]),
        "cancelled"
    );
    assert!(!desk.cancel(id).await);
    assert_eq!(
        left(store).await,
        BTreeSet::new(),
        "it was cancelled already"
    );
    while let Some(claim) = desk.claim(JobKind::Advance).await {
        desk.finish(&claim.job, Vec::new()).await;
    }
}

/// The oldest come first, at most as many as asked for; what was sent does not come again, and
/// what is not there is no error.
pub async fn what_was_sent_is_removed(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    empty(store).await;
    store.sent(&[]).await.unwrap();
    let kinds = [
        JobKind::Trial,
        JobKind::Fold,
        JobKind::Batch,
        JobKind::Deploy,
    ];
    let jobs: Vec<NewJob> = kinds.iter().map(|kind| job(*kind, desk.owner)).collect();
    desk.store_jobs(&jobs).await;
    let mut rows = unsent(store).await;
    let order: Vec<&str> = rows.iter().map(|row| row.subject.as_str()).collect();
    let expected = [
        "ml.job.profile",
        "ml.job.trial",
        "ml.job.fold",
        "ml.job.batch",
    ];
    assert_eq!(order[..4], expected, "in the order in which they were left");
    assert_eq!(store.unsent(2).await.unwrap(), rows[..2]);
    let gone = rows.remove(1);
    let twice = [gone.id.clone(), gone.id, "none such".to_owned()];
    store.sent(&twice).await.unwrap();
    store.sent(&twice).await.unwrap();
    assert_eq!(unsent(store).await, rows);
    for kind in kinds {
        let claim = desk.must_claim(kind).await;
        desk.finish(&claim.job, Vec::new()).await;
    }
}

/// Whoever looks after the site learns which job was given up, after how many attempts, and why; of
/// one that is tried again there is nothing to learn.
pub async fn a_job_that_is_given_up_leaves_a_letter(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    desk.store_jobs(&[job(JobKind::Batch, desk.owner)]).await;
    let reason = failure(FailureKind::Internal);
    for (again, letters) in [(Some(Duration::ZERO), 0), (None, 1)] {
        let claimed = desk.must_claim(JobKind::Batch).await.job;
        empty(store).await;
        let end = End::Failed(reason.clone(), again);
        assert_eq!(desk.end(&claimed, end).await, Committed::Yes);
        let rows = unsent(store).await;
        let read = |row: &OutboxRow| Notice::read(&row.subject, row.body.as_deref());
        let dead = rows
            .iter()
            .filter_map(read)
            .filter_map(|notice| match notice {
                Notice::Dead(letter) => Some(*letter),
                _ => None,
            });
        let dead: Vec<DeadLetter> = dead.collect();
        assert_eq!(dead.len(), letters, "{rows:?}");
        let expected = DeadLetter::new(claimed.id, JobKind::Batch, claimed.attempt, &reason);
        assert!(dead.iter().all(|letter| *letter == expected), "{dead:?}");
    }
}

/// Many changes at once leave as many messages, each with an id of its own; thousands are removed
/// in one go.
pub async fn many_changes_leave_different_messages(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let id = desk.pipeline().await;
    let mut claims = Vec::new();
    for _ in 0..CROWD {
        claims.push(desk.new_dataset().await.1);
    }
    empty(store).await;
    let commits = together(CROWD, |n| {
        let (desk, claimed) = (desk.clone(), claims[n].clone());
        async move {
            let jobs = (0..100).map(|_| Write::Job(desk.job_of(id, JobKind::Batch)));
            desk.finish(&claimed, jobs.collect()).await;
        }
    });
    commits.await;
    let rows = unsent(store).await;
    assert_eq!(rows.len(), CROWD * 100, "one for each job");
    let ids: BTreeSet<&String> = rows.iter().map(|row| &row.id).collect();
    assert_eq!(ids.len(), rows.len(), "ids are unique");
    empty(store).await;
    assert_eq!(unsent(store).await, []);
    desk.cancel(id).await;
}
