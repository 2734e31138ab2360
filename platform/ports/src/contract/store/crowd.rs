//! What is promised when many do everything at once: nobody is turned away because others are
//! busy, and the rules that tie rows together hold whatever the order.

use super::samples::{deployment, event, failure, fresh_name};
use super::{CROWD, Desk, Store, together};
use crate::PortError;
use crate::store::{Commit, Committed, End, Leases, Progress, StageChange, Write};
use domain::job::{Job, JobKind, JobState, NewJob};
use domain::pipeline::{PipelineState, StageName, StageState};
use domain::{FailureKind, JobId, PipelineId};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// Every check.
pub async fn all(store: &Arc<dyn Store>) {
    rules_hold_whatever_many_do(store).await;
}

/// What each of the crowd does one after another.
const TURNS: usize = 60;
/// What they work on.
const PIPELINES: usize = 4;
/// Kinds that the crowd claims.
const KINDS: [JobKind; 4] = [
    JobKind::Train,
    JobKind::Fold,
    JobKind::Advance,
    JobKind::Batch,
];

/// Numbers that look like chance and are the same every time (Knuth's MMIX generator).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

/// Jobs, cancels, retries, deployments, deaths and repairs, all at once: no call fails for want of
/// a lock, and in the end numbers have no gaps, ended pipelines have no open jobs and each waiting
/// parent waits for somebody.
pub async fn rules_hold_whatever_many_do(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let mut ids = Vec::new();
    for _ in 0..PIPELINES {
        ids.push(desk.running(StageName::Train).await.0);
    }
    store.free_leases(&desk.worker).await.unwrap();
    let names = [fresh_name(), fresh_name()];
    let crowd = together(CROWD, |n| {
        let (mut desk, ids, names) = (desk.clone(), ids.clone(), names.clone());
        desk.worker = format!("{}/{n}/", desk.worker);
        async move {
            let (mut dice, mut parents) = (Dice(n as u64), Vec::new());
            for _ in 0..TURNS {
                parents.extend(turn(&desk, &ids, &names, &mut dice).await);
            }
            parents
        }
    });
    let parents = crowd.await;
    store.free_leases(&desk.worker).await.unwrap();
    for parent in parents.into_iter().flatten() {
        if desk.job(parent).await.state == JobState::Waiting {
            let children = store.children(parent).await.unwrap();
            let open = children.iter().any(|child| child.finished_at.is_none());
            assert!(open, "a parent waits for nobody");
        }
    }
    for id in ids {
        check(&desk, id).await;
        desk.cancel(id).await;
        check(&desk, id).await;
    }
    for name in names {
        store.undeploy(&name).await.unwrap();
    }
}

/// Does something; the job that it made wait for a child, if it did.
async fn turn(desk: &Desk, ids: &[PipelineId], names: &[String], dice: &mut Dice) -> Option<JobId> {
    let (store, id) = (&desk.store, ids[dice.roll(ids.len())]);
    let name = &names[dice.roll(names.len())];
    match dice.roll(16) {
        0 => tolerated(
            store
                .cancel_pipeline(id, &domain::cancel::told("somebody"))
                .await,
        ),
        1 | 2 => tolerated(store.retry_pipeline(id, &desk.advance(id)).await),
        3 => tolerated(store.free_leases(&desk.worker).await),
        4 => tolerated(store.reconcile(Leases::Expire).await),
        5 => tolerated(store.undeploy(name).await),
        6 => tolerated(store.deploy(&deployment(desk.owner, id, name)).await),
        _ => {
            let filter = desk.filter(KINDS[dice.roll(KINDS.len())], dice.roll(2) == 0);
            let claim = desk.claim_as(&filter).await?;
            return work(desk, &claim.job, name, dice)
                .await
                .then_some(claim.job.id);
        }
    }
    None
}

/// Ends the step of a claimed job in one way or another, or not at all; whether it waits now.
async fn work(desk: &Desk, job: &Job, name: &str, dice: &mut Dice) -> bool {
    let id = job.pipeline.expect("the crowd's jobs belong to pipelines");
    let mut writes = vec![Write::Event(id, event(0))];
    match dice.roll(4) {
        0 => {
            let kind = [JobKind::Batch, JobKind::Advance][dice.roll(2)];
            writes.push(Write::Job(desk.job_of(id, kind)));
        }
        1 => writes.push(Write::Deploy(deployment(desk.owner, id, name))),
        2 if job.kind == JobKind::Advance => {
            let why = failure(FailureKind::Internal);
            writes.push(Write::Pipeline(id, PipelineState::Failed, Some(why)));
        }
        _ => {
            let change = if job.kind == JobKind::Train {
                StageChange::Ended(StageState::Failed, None)
            } else {
                StageChange::Queue(desk.job_of(id, JobKind::Train))
            };
            writes.push(Write::Stage(id, StageName::Train, change));
        }
    }
    let child = NewJob {
        parent: Some(job.id),
        ..desk.job_of(id, JobKind::Fold)
    };
    let again = failure(FailureKind::Unavailable);
    let end = match dice.roll(6) {
        0 => return false,
        1 if job.kind != JobKind::Advance => End::Waiting {
            children: vec![child],
            wake_at: 0,
            memo: json!(1),
        },
        2 => End::Failed(again, Some(Duration::ZERO)),
        3 => End::Failed(again, None),
        4 => End::Released,
        _ => End::Succeeded(None),
    };
    let (held, attempt) = (job.id, job.attempt);
    let progress = Progress {
        job: held,
        attempt,
        pipeline: id,
        stage: Some((StageName::Train, 0.5, None)),
        trial: None,
        events: vec![event(1)],
    };
    tolerated(desk.store.report(&progress).await);
    let lease = Duration::from_secs(600);
    tolerated(desk.store.renew(held, attempt, lease).await);
    let waits = matches!(end, End::Waiting { .. });
    let commit = Commit {
        job: held,
        attempt,
        end,
        writes,
    };
    tolerate(desk.store.commit(&commit).await) == Some(Committed::Yes) && waits
}

/// Being refused is part of the game; finding the store too busy is not.
fn tolerate<T>(outcome: crate::Result<T>) -> Option<T> {
    match outcome {
        Ok(value) => Some(value),
        Err(PortError::Conflict { .. } | PortError::NotFound { .. }) => None,
        Err(error) => panic!("with many at work: {}", error.chain()),
    }
}

fn tolerated<T>(outcome: crate::Result<T>) {
    let _ = tolerate(outcome);
}

async fn check(desk: &Desk, id: PipelineId) {
    let store = &desk.store;
    let events = store.events(id, 0, 1_000_000).await.unwrap();
    for (place, event) in events.iter().enumerate() {
        assert_eq!(event.seq, place as u64 + 1, "numbers have no gaps");
    }
    let pipeline = desk.look(id).await;
    assert!(pipeline.consumed_us >= 0, "time is never given back");
    let later = desk.look(id).await.consumed_us;
    assert_eq!(later, pipeline.consumed_us, "nobody is at work any more");
    if !pipeline.state.is_final() {
        return;
    }
    for kind in KINDS {
        for suspects in [false, true] {
            let mut claimed = Vec::new();
            while let Some(claim) = desk.claim_as(&desk.filter(kind, suspects)).await {
                assert_ne!(
                    claim.job.pipeline,
                    Some(id),
                    "a {kind} job outlived its pipeline"
                );
                claimed.push(claim.job);
            }
            for job in claimed {
                desk.end(&job, End::Released).await;
            }
        }
    }
}
