//! Units of work: reading and storing them. Claiming and committing have files of their own.

use super::SqlStore;
use super::claim;
use super::commit;
use super::db::{RowExt, Tx, failed, json};
use super::events;
use super::moves;
use super::outbox::notify;
use super::rows::{self, JOB_COLUMNS};
use async_trait::async_trait;
use domain::job::{Job, JobKind, NewJob};
use domain::{JobId, Timestamp};
use ports::Result;
use ports::bus::Notice;
use ports::store::{Claim, ClaimFilter, Commit, Committed, Jobs, Lease, Progress, QueueDepth};
use sqlx::AssertSqlSafe;
use std::time::Duration;

/// Stores a job and leaves a message that there is work. `place` orders jobs of one moment.
pub(super) async fn insert_job(
    tx: &mut Tx,
    job: &NewJob,
    place: i64,
    now: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO jobs (id, parent_id, place, kind, pipeline_id, owner_id, state, not_before, \
         payload, created_at) VALUES ($1, $2, $3, $4, $5, $6, 'queued', $7, $8, $7)",
    )
    .bind(job.id.to_string())
    .bind(job.parent.map(|id| id.to_string()))
    .bind(place)
    .bind(job.kind.as_str())
    .bind(job.pipeline.map(|id| id.to_string()))
    .bind(job.owner.to_string())
    .bind(now.0)
    .bind(json(&job.payload)?)
    .execute(&mut **tx)
    .await?;
    notify(tx, &Notice::Work(job.kind)).await
}

#[async_trait]
impl Jobs for SqlStore {
    async fn claim(&self, filter: &ClaimFilter) -> Result<Option<Claim>> {
        // Most looks find nothing: they must not queue for the only writer. Who finds something and
        // loses it to another looks again.
        while self.has_work(filter).await? {
            let doing = format!("claim a {} job", filter.kind);
            let (mut tx, now) = self.db.begin(&doing).await?;
            let work = async {
                let claimed = claim::claim(&mut tx, filter, now).await?;
                tx.commit().await?;
                Ok(claimed)
            };
            let claimed = work.await.map_err(failed(&doing))?;
            if claimed.is_some() {
                return Ok(claimed);
            }
        }
        Ok(None)
    }

    async fn has_work(&self, filter: &ClaimFilter) -> Result<bool> {
        claim::any(&self.db, filter).await
    }

    async fn renew(&self, job: JobId, attempt: u32, lease: Duration) -> Result<Lease> {
        let doing = "renew a lease";
        let (mut tx, now) = self.db.begin(doing).await?;
        let work = async {
            let held = claim::renew(&mut tx, job, attempt, now, lease).await?;
            tx.commit().await?;
            Ok(held)
        };
        work.await.map_err(failed(doing))
    }

    async fn commit(&self, commit: &Commit) -> Result<Committed> {
        let doing = "commit a job";
        let (mut tx, now) = self.db.begin(doing).await?;
        let committed = commit::commit(&mut tx, commit, now).await?;
        if committed == Committed::Yes {
            tx.commit().await.map_err(failed(doing))?;
        }
        Ok(committed)
    }

    async fn report(&self, progress: &Progress) -> Result<bool> {
        let doing = "report progress";
        let (mut tx, now) = self.db.begin(doing).await?;
        let work = async {
            if !commit::holds(&mut tx, progress.job, progress.attempt).await? {
                return Ok(false);
            }
            if let Some((stage, fraction, message)) = &progress.stage {
                let (pipeline, message) = (progress.pipeline, message.as_ref());
                moves::progress(&mut tx, pipeline, *stage, *fraction, message).await?;
            }
            if let Some(trial) = &progress.trial {
                events::trial(&mut tx, progress.pipeline, trial).await?;
            }
            for event in &progress.events {
                events::append(&mut tx, progress.pipeline, event, now).await?;
            }
            notify(&mut tx, &Notice::Pipeline(progress.pipeline)).await?;
            tx.commit().await?;
            Ok(true)
        };
        work.await.map_err(failed(doing))
    }

    async fn job(&self, id: JobId) -> Result<Option<Job>> {
        let sql = format!("SELECT {JOB_COLUMNS} FROM jobs WHERE id = $1");
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(id.to_string())
            .fetch_optional(self.db.readers())
            .await;
        row.and_then(|row| row.as_ref().map(rows::job).transpose())
            .map_err(failed("read a job"))
    }

    async fn children(&self, parent: JobId) -> Result<Vec<Job>> {
        let sql = format!("SELECT {JOB_COLUMNS} FROM jobs WHERE parent_id = $1 ORDER BY place, id");
        let read = async {
            let found = sqlx::query(AssertSqlSafe(sql))
                .bind(parent.to_string())
                .fetch_all(self.db.readers())
                .await?;
            found
                .iter()
                .map(rows::job)
                .collect::<sqlx::Result<Vec<_>>>()
        };
        read.await.map_err(failed("read the children of a job"))
    }

    async fn queue_depths(&self) -> Result<Vec<QueueDepth>> {
        let read = async {
            let found = sqlx::query(
                "SELECT kind, COUNT(CASE WHEN state = 'queued' THEN 1 END) AS queued, \
                 COUNT(CASE WHEN state = 'running' THEN 1 END) AS running \
                 FROM jobs WHERE state IN ('queued', 'running') GROUP BY kind",
            )
            .fetch_all(self.db.readers())
            .await?;
            let mut depths: Vec<QueueDepth> = JobKind::ALL
                .iter()
                .map(|kind| QueueDepth {
                    kind: *kind,
                    queued: 0,
                    running: 0,
                })
                .collect();
            for row in &found {
                let kind: JobKind = row.parse("kind")?;
                if let Some(depth) = depths.iter_mut().find(|depth| depth.kind == kind) {
                    depth.queued = u64::from(row.count("queued")?);
                    depth.running = u64::from(row.count("running")?);
                }
            }
            Ok(depths)
        };
        read.await.map_err(failed("measure the queues"))
    }

    async fn next_due(&self, kind: JobKind) -> Result<Option<Duration>> {
        let now = self.db.now();
        // What became due since the caller's last look is due now. Suspects that can be claimed are
        // left out: most callers must not take them, and would ask again and again.
        let sql = "SELECT MIN(not_before) AS due FROM jobs \
                   WHERE state = 'queued' AND kind = $1 AND (suspect = 0 OR not_before > $2)";
        let row = sqlx::query(sql)
            .bind(kind.as_str())
            .bind(now.0)
            .fetch_one(self.db.readers())
            .await;
        row.and_then(|row| row.maybe_time("due"))
            .map(|due| due.map(|due| due.since(now)))
            .map_err(failed("look for the next job"))
    }
}
