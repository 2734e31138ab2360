//! Claiming jobs and keeping their leases.

use super::db::{Db, RowExt, Tx, failed};
use super::events;
use super::outbox::notify;
use super::recover::{give_up, unreadable};
use super::rows::{self, JOB_COLUMNS, PIPELINE_COLUMNS};
use domain::event::{EventKind, NewEvent};
use domain::job::Job;
use domain::pipeline::{Pipeline, PipelineState, StageName, StageState};
use domain::{JobId, PipelineId, Timestamp};
use ports::Result;
use ports::bus::Notice;
use ports::store::{Claim, ClaimFilter, Lease};
use serde_json::json;
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;
use std::time::Duration;

/// Whether there is anything to claim.
pub(super) async fn any(db: &Db, filter: &ClaimFilter) -> Result<bool> {
    let row = sqlx::query(
        "SELECT 1 FROM jobs WHERE state = 'queued' AND kind = $1 AND not_before <= $2 \
         AND suspect = $3 LIMIT 1",
    )
    .bind(filter.kind.as_str())
    .bind(db.now().0)
    .bind(i64::from(filter.suspects))
    .fetch_optional(db.readers())
    .await;
    row.map(|row| row.is_some())
        .map_err(failed("look for work"))
}

/// Takes the pipeline's row, so that nobody else changes the pipeline or its jobs until the end of
/// this transaction. Always taken before the rows of its jobs: one order for all, no deadlock.
pub(super) async fn lock(tx: &mut Tx, pipeline: PipelineId) -> sqlx::Result<Option<PipelineState>> {
    let sql = "UPDATE pipelines SET state = state WHERE id = $1 RETURNING state";
    let row = sqlx::query(sql)
        .bind(pipeline.to_string())
        .fetch_optional(&mut **tx)
        .await?;
    row.map(|row| row.parse("state")).transpose()
}

/// Claims the next job: owners with fewer running jobs first, then age. Nothing when there is none,
/// or when another process was faster.
pub(super) async fn claim(
    tx: &mut Tx,
    filter: &ClaimFilter,
    now: Timestamp,
) -> sqlx::Result<Option<Claim>> {
    let next = sqlx::query(
        "SELECT j.id, j.pipeline_id FROM jobs j LEFT JOIN \
           (SELECT owner_id, COUNT(*) AS jobs FROM jobs WHERE state = 'running' GROUP BY owner_id) \
           busy ON busy.owner_id = j.owner_id \
         WHERE j.state = 'queued' AND j.kind = $1 AND j.not_before <= $2 AND j.suspect = $3 \
         ORDER BY COALESCE(busy.jobs, 0), j.created_at, j.place, j.id LIMIT 1",
    )
    .bind(filter.kind.as_str())
    .bind(now.0)
    .bind(i64::from(filter.suspects))
    .fetch_optional(&mut **tx)
    .await?;
    let Some(next) = next else { return Ok(None) };
    if let Some(pipeline) = next.maybe_parse("pipeline_id")? {
        lock(tx, pipeline).await?;
    }
    let sql = format!(
        "UPDATE jobs SET state = 'running', attempt = attempt + 1, worker = $2, alone = $3, \
         lease_until = $4, renewed_at = $5, started_at = $5 \
         WHERE id = $1 AND state = 'queued' AND suspect = $3 AND not_before <= $5 \
         RETURNING {JOB_COLUMNS}"
    );
    let row = sqlx::query(AssertSqlSafe(sql))
        .bind(next.text("id")?)
        .bind(&filter.worker)
        .bind(i64::from(filter.suspects))
        .bind(now.after(filter.lease).0)
        .bind(now.0)
        .fetch_optional(&mut **tx)
        .await?;
    let Some(row) = row else { return Ok(None) };
    match taken(tx, &row, now).await {
        // Nobody could do it, and it would come first for ever.
        Err(error) if is_unreadable(&error) => {
            let failure = unreadable(filter.kind, &error);
            give_up(tx, &row, filter.kind, failure, now).await?;
            Ok(None)
        }
        taken => taken.map(Some),
    }
}

async fn taken(tx: &mut Tx, row: &AnyRow, now: Timestamp) -> sqlx::Result<Claim> {
    let job = rows::job(row)?;
    let pipeline = match job.pipeline {
        Some(id) => begin(tx, &job, id, now).await?,
        None => None,
    };
    let at = now;
    Ok(Claim { job, pipeline, at })
}

/// Whether what is stored has a form that this program does not know.
fn is_unreadable(error: &sqlx::Error) -> bool {
    matches!(
        error,
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)
    )
}

/// Notes on the pipeline and the stage that work on them has begun.
async fn begin(
    tx: &mut Tx,
    job: &Job,
    id: PipelineId,
    now: Timestamp,
) -> sqlx::Result<Option<Pipeline>> {
    if job.kind.within().is_some() {
        let sql = "UPDATE pipelines SET active_since = $2 WHERE id = $1 AND active_since IS NULL";
        sqlx::query(sql)
            .bind(id.to_string())
            .bind(now.0)
            .execute(&mut **tx)
            .await?;
    }
    if let Some(stage) = job.kind.stage() {
        begin_stage(tx, id, stage, now).await?;
    }
    read_pipeline(tx, id, now).await
}

async fn begin_stage(
    tx: &mut Tx,
    id: PipelineId,
    stage: StageName,
    now: Timestamp,
) -> sqlx::Result<()> {
    let first = sqlx::query(
        "UPDATE pipelines SET state = 'running', started_at = $2 \
         WHERE id = $1 AND state = 'queued'",
    )
    .bind(id.to_string())
    .bind(now.0)
    .execute(&mut **tx)
    .await?;
    let first = first.rows_affected() == 1;
    if first {
        let data = json!({"state": PipelineState::Running});
        events::append(tx, id, &NewEvent::new(EventKind::Pipeline, None, data), now).await?;
    }
    // The next step of a stage that waited for its children is no new attempt.
    let row = sqlx::query(
        "UPDATE stages SET state = 'running', attempt = attempt + 1, \
         started_at = COALESCE(started_at, $3) \
         WHERE pipeline_id = $1 AND name = $2 AND state = 'queued' RETURNING attempt",
    )
    .bind(id.to_string())
    .bind(stage.as_str())
    .bind(now.0)
    .fetch_optional(&mut **tx)
    .await?;
    let begun = row.is_some();
    if let Some(row) = row {
        let data = json!({"state": StageState::Running, "attempt": row.count("attempt")?});
        events::append(
            tx,
            id,
            &NewEvent::new(EventKind::Stage, Some(stage), data),
            now,
        )
        .await?;
    }
    if first || begun {
        notify(tx, &Notice::Pipeline(id)).await?;
    }
    Ok(())
}

/// The pipeline as this transaction sees it.
pub(super) async fn read_pipeline(
    tx: &mut Tx,
    id: PipelineId,
    now: Timestamp,
) -> sqlx::Result<Option<Pipeline>> {
    let sql = format!(
        "SELECT {PIPELINE_COLUMNS} FROM pipelines p JOIN stages s ON s.pipeline_id = p.id \
         WHERE p.id = $1 ORDER BY s.place"
    );
    let found = sqlx::query(AssertSqlSafe(sql))
        .bind(id.to_string())
        .fetch_all(&mut **tx)
        .await?;
    Ok(rows::pipelines(&found, now)?.into_iter().next())
}

/// Extends a lease, or says why it is lost. A job of a pipeline that has ended never runs: who ends
/// a pipeline cancels its jobs with it.
pub(super) async fn renew(
    tx: &mut Tx,
    job: JobId,
    attempt: u32,
    now: Timestamp,
    lease: Duration,
) -> sqlx::Result<Lease> {
    let renewed = sqlx::query(
        "UPDATE jobs SET lease_until = $3, renewed_at = $4 \
         WHERE id = $1 AND attempt = $2 AND state = 'running'",
    )
    .bind(job.to_string())
    .bind(i64::from(attempt))
    .bind(now.after(lease).0)
    .bind(now.0)
    .execute(&mut **tx)
    .await?;
    if renewed.rows_affected() == 1 {
        return Ok(Lease::Held);
    }
    let cancelled = sqlx::query("SELECT 1 FROM jobs WHERE id = $1 AND state = 'cancelled'")
        .bind(job.to_string())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(cancelled.map_or(Lease::Lost, |_| Lease::Cancelled))
}

/// Ends the counting of consumed time when no job of the pipeline runs any more. `seen` is the last
/// sign of life of the job that ended; the latest of all that ran together counts.
pub(super) async fn rest(tx: &mut Tx, id: &str, seen: Timestamp) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE pipelines SET active_until = CASE WHEN active_until > $2 THEN active_until ELSE $2 END \
         WHERE id = $1 AND active_since IS NOT NULL",
    )
    .bind(id)
    .bind(seen.0)
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "UPDATE pipelines SET active_since = NULL, active_until = NULL, \
         consumed_us = consumed_us + \
           CASE WHEN active_until > active_since THEN active_until - active_since ELSE 0 END \
         WHERE id = $1 AND active_since IS NOT NULL AND NOT EXISTS \
           (SELECT 1 FROM jobs WHERE pipeline_id = $1 AND state = 'running' AND kind <> 'advance')",
    )
    .bind(id)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
