//! What no port can bring about: the work of a program that forgot something, or of a newer one.

use super::{MemoryStore, SqlStore, desk, open_in, still};
use async_trait::async_trait;
use domain::job::{JobKind, JobState, NewJob};
use domain::pipeline::{StageName, StageState};
use domain::{JobId, ManualClock, Timestamp};
use ports::Store;
use ports::contract::store::Desk;
use ports::store::{End, Leases, Repairs, StageChange, Write};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// What a program may have done to what is stored.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) enum Fault {
    /// Folds ended, and nobody told their parents.
    ForgottenParent,
    /// Datasets were settled, and nobody told the pipelines that wait for them.
    ForgottenPipeline,
    /// The first running job has a payload of a newer program, and crashed often.
    NewerJob,
    /// The first queued trial has a payload of a newer program.
    NewerTrial,
}

/// A store that can suffer a fault.
#[async_trait]
trait Suffers: Store {
    async fn suffer(&self, fault: Fault);
}

#[async_trait]
impl Suffers for SqlStore {
    async fn suffer(&self, fault: Fault) {
        let sql = match fault {
            Fault::ForgottenParent => "UPDATE jobs SET state = 'succeeded' WHERE kind = 'fold'",
            Fault::ForgottenPipeline => "UPDATE dataset_versions SET state = 'ready'",
            Fault::NewerJob => {
                "UPDATE jobs SET alone = 1, crashes = 4, \
                 payload = '{\"kind\":\"of a newer program\"}' \
                 WHERE id = (SELECT MIN(id) FROM jobs WHERE state = 'running')"
            }
            Fault::NewerTrial => {
                "UPDATE jobs SET payload = '{\"kind\":\"of a newer program\"}' WHERE id = \
                 (SELECT MIN(id) FROM jobs WHERE state = 'queued' AND kind = 'trial')"
            }
        };
        let (mut tx, _) = self.db.begin_raw().await.unwrap();
        sqlx::query(sql).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }
}

#[async_trait]
impl Suffers for MemoryStore {
    async fn suffer(&self, fault: Fault) {
        self.play(fault);
    }
}

/// Makes the check on both stores, each on a clock of its own.
async fn both(check: impl AsyncFn(&ManualClock, &Desk, &dyn Suffers)) {
    let (folder, clock) = (tempfile::tempdir().unwrap(), still());
    let sql = open_in(folder.path(), clock.clone()).await;
    check(&clock, &desk(&sql), &*sql).await;
    let clock = still();
    let memory = Arc::new(MemoryStore::new(clock.clone()));
    check(&clock, &desk(&memory), &*memory).await;
}

fn woken(woken: u64) -> Repairs {
    Repairs {
        woken,
        ..Repairs::default()
    }
}

#[tokio::test]
async fn a_parent_that_sleeps_on_is_woken_once() {
    both(async |_, desk, store| {
        let (id, parent) = desk.running(StageName::Train).await;
        let fold = || NewJob {
            parent: Some(parent.id),
            ..desk.job_of(id, JobKind::Fold)
        };
        let wait = End::Waiting {
            children: vec![fold(), fold()],
            wake_at: 0,
            memo: json!(null),
        };
        desk.end(&parent, wait).await;
        let mend = async || store.reconcile(Leases::Expire).await.unwrap();
        assert_eq!(mend().await, woken(0), "it rightly sleeps");
        store.suffer(Fault::ForgottenParent).await;
        assert_eq!(mend().await, woken(1));
        assert_eq!(mend().await, woken(0));
        assert_eq!(desk.must_claim(JobKind::Train).await.job.id, parent.id);
    })
    .await;
}

#[tokio::test]
async fn a_pipeline_whose_dataset_was_settled_silently_is_looked_at() {
    both(async |clock, desk, store| {
        let (dataset, profile) = desk.new_dataset().await;
        let id = desk.insert_on(dataset.id).await;
        let early = desk.must_claim(JobKind::Advance).await.job;
        desk.finish(&early, Vec::new()).await;
        desk.finish(&profile, Vec::new()).await;
        clock.advance(Duration::from_secs(6));
        let mend = async || store.reconcile(Leases::Expire).await.unwrap();
        assert_eq!(mend().await, woken(0), "it waits for its dataset");
        store.suffer(Fault::ForgottenPipeline).await;
        assert_eq!(mend().await, woken(1));
        let advance = desk.must_claim(JobKind::Advance).await.job;
        assert_eq!(advance.pipeline, Some(id));
        let queue = StageChange::Queue(desk.job_of(id, JobKind::Prepare));
        let queue = Write::Stage(id, StageName::Prepare, queue);
        desk.finish(&advance, vec![queue]).await;
        assert_eq!(mend().await, woken(0), "it has a job");
    })
    .await;
}

#[tokio::test]
async fn one_row_that_cannot_be_read_stops_no_other() {
    both(async |clock, desk, store| {
        let ids: Vec<JobId> = desk.store_many(JobKind::Batch, desk.owner, 3).await;
        for _ in &ids {
            desk.must_claim(JobKind::Batch).await;
        }
        store.suffer(Fault::NewerJob).await;
        clock.advance(Duration::from_secs(3_600));
        let mended = store.reconcile(Leases::Expire).await.unwrap_err();
        let why = mended.chain();
        assert!(why.contains("newer program"), "{why}");
        for id in &ids[1..] {
            assert_eq!(desk.job(*id).await.state, JobState::Queued);
        }
        assert!(store.now().await.unwrap() > Timestamp(0));
    })
    .await;
}

#[tokio::test]
async fn a_job_that_cannot_be_read_ends_and_blocks_no_other() {
    both(async |_, desk, store| {
        let (id, parent) = desk.running(StageName::Optimise).await;
        let trial = || NewJob {
            parent: Some(parent.id),
            ..desk.job_of(id, JobKind::Trial)
        };
        let (first, second) = (trial(), trial());
        let wait = End::Waiting {
            children: vec![first.clone(), second.clone()],
            wake_at: 0,
            memo: json!(null),
        };
        desk.end(&parent, wait).await;
        store.suffer(Fault::NewerTrial).await;
        let claimed = desk.must_claim(JobKind::Trial).await.job;
        assert_eq!(
            claimed.id,
            first.id.max(second.id),
            "the next comes at once"
        );
        assert!(desk.claim(JobKind::Trial).await.is_none());
        let pipeline = desk.look(id).await;
        let stage = pipeline.stage(StageName::Optimise).unwrap();
        assert_eq!(stage.state, StageState::Failed);
        let why = stage.error.as_ref().unwrap();
        assert_eq!(why.message.code, "job.unreadable");
        let next = desk.must_claim(JobKind::Advance).await.job;
        assert_eq!(next.pipeline, Some(id), "the orchestrator ends the rest");
    })
    .await;
}
