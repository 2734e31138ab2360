//! Mending what dead processes left behind: leases that ended, and parents and pipelines that
//! nobody looks at. The looks take no lock; each mending is a transaction that looks again. What is
//! mended first is the same every time: the oldest.

use super::claim::{lock, rest};
use super::commit::{end_trial, wake};
use super::datasets::settle;
use super::db::{Db, RowExt, Tx, json};
use super::jobs::insert_job;
use super::moves::{move_pipeline, move_stage};
use super::outbox::{mourn, notify};
use domain::job::{JobKind, MAX_CRASHES, NewJob, Payload};
use domain::pipeline::{PipelineState, StageName, StageState};
use domain::{Failure, FailureKind, JobId, PipelineId, Timestamp, UserId};
use ports::bus::Notice;
use ports::store::{ANSWERS_ARE_KEPT, DatasetOutcome, StageChange};
use sqlx::Result;
use sqlx::any::AnyRow;

/// A pipeline that was asked for less than this ago is left alone.
pub(super) const STALE_US: i64 = 5_000_000;

/// An attempt whose process seems to be dead.
#[derive(Debug)]
pub(super) struct Attempt {
    job: String,
    pipeline: Option<PipelineId>,
    number: i64,
}

/// What became of a job whose process died.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It can be claimed again.
    Again,
    /// It crashed too often.
    GivenUp,
}

fn attempts(rows: &[AnyRow]) -> Result<Vec<Attempt>> {
    let attempt = |row: &AnyRow| {
        Ok(Attempt {
            job: row.text("id")?,
            pipeline: row.maybe_parse("pipeline_id")?,
            number: row.int("attempt")?,
        })
    };
    rows.iter().map(attempt).collect()
}

/// Attempts whose lease has ended.
pub(super) async fn ended_leases(db: &Db, now: Timestamp) -> Result<Vec<Attempt>> {
    let sql = "SELECT id, pipeline_id, attempt FROM jobs \
               WHERE state = 'running' AND lease_until < $1 ORDER BY id";
    let rows = sqlx::query(sql).bind(now.0).fetch_all(db.readers()).await?;
    attempts(&rows)
}

/// Attempts of the workers whose names begin so. `LIKE` would give `_` and `%` a meaning of their
/// own, and ignore case on SQLite alone.
pub(super) async fn held_by(db: &Db, prefix: &str) -> Result<Vec<Attempt>> {
    let sql = "SELECT id, pipeline_id, attempt FROM jobs \
               WHERE state = 'running' AND SUBSTR(worker, 1, LENGTH($1)) = $1 ORDER BY id";
    let rows = sqlx::query(sql)
        .bind(prefix)
        .fetch_all(db.readers())
        .await?;
    attempts(&rows)
}

/// Puts a job back if this attempt still has it and its lease ended before `until`. A job that ran
/// alone has its crash counted, and is given up after too many; one that ran beside others becomes
/// a suspect, to be run alone.
pub(super) async fn put_back(db: &Db, dead: &Attempt, until: Timestamp) -> Result<Option<Fate>> {
    let (mut tx, now) = db.begin_raw().await?;
    if let Some(pipeline) = dead.pipeline {
        lock(&mut tx, pipeline).await?;
    }
    let row = sqlx::query(
        "UPDATE jobs SET state = state WHERE id = $1 AND attempt = $2 AND state = 'running' \
         AND lease_until < $3 \
         RETURNING id, parent_id, kind, pipeline_id, owner_id, payload, alone, crashes, renewed_at",
    )
    .bind(&dead.job)
    .bind(dead.number)
    .bind(until.0)
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let kind: JobKind = row.parse("kind")?;
    let crashes = row.count("crashes")? + u32::from(row.int("alone")? != 0);
    let fate = if crashes >= MAX_CRASHES {
        bury(&mut tx, &row, kind, crashes, now).await?;
        Fate::GivenUp
    } else {
        sqlx::query(
            "UPDATE jobs SET state = 'queued', not_before = $2, lease_until = NULL, suspect = 1, \
             crashes = $3 WHERE id = $1",
        )
        .bind(&dead.job)
        .bind(now.0)
        .bind(i64::from(crashes))
        .execute(&mut *tx)
        .await?;
        notify(&mut tx, &Notice::Work(kind)).await?;
        Fate::Again
    };
    if let Some(pipeline) = dead.pipeline
        && kind.within().is_some()
    {
        // Down time is not spent: the last sign of life ends the counting.
        let seen = row.maybe_time("renewed_at")?.unwrap_or(now);
        rest(&mut tx, &pipeline.to_string(), seen).await?;
    }
    tx.commit().await?;
    Ok(Some(fate))
}

/// Makes a job a dead letter, and tells those who wait for it that it will never end.
async fn bury(
    tx: &mut Tx,
    row: &AnyRow,
    kind: JobKind,
    crashes: u32,
    now: Timestamp,
) -> Result<()> {
    let failure = crashed(kind, crashes);
    sqlx::query(
        "UPDATE jobs SET state = 'failed', crashes = $2, error = $3, finished_at = $4, \
         lease_until = NULL WHERE id = $1",
    )
    .bind(row.text("id")?)
    .bind(i64::from(crashes))
    .bind(json(&failure)?)
    .bind(now.0)
    .execute(&mut **tx)
    .await?;
    end_trial(tx, &row.text("id")?, &failure, now).await?;
    mourn(tx, &row.text("id")?, &failure).await?;
    if let Some(parent) = row.maybe_text("parent_id")? {
        wake(tx, &parent, now).await?;
        return Ok(());
    }
    if let Payload::Profile { dataset, version } = row.json("payload")? {
        let outcome = DatasetOutcome::Failed {
            failure,
            format: None,
        };
        return settle(tx, dataset, version, &outcome, now).await;
    }
    fail(tx, row, kind, kind.stage(), failure, now).await
}

/// Gives up a job that this program cannot read: the stage that it was done for fails with it.
pub(super) async fn give_up(
    tx: &mut Tx,
    row: &AnyRow,
    kind: JobKind,
    failure: Failure,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "UPDATE jobs SET state = 'failed', error = $2, finished_at = $3, lease_until = NULL \
         WHERE id = $1",
    )
    .bind(row.text("id")?)
    .bind(json(&failure)?)
    .bind(now.0)
    .execute(&mut **tx)
    .await?;
    mourn(tx, &row.text("id")?, &failure).await?;
    fail(tx, row, kind, kind.within(), failure, now).await
}

/// What a dead letter means for its pipeline: the stage fails, and the orchestrator ends the rest.
async fn fail(
    tx: &mut Tx,
    row: &AnyRow,
    kind: JobKind,
    stage: Option<StageName>,
    failure: Failure,
    now: Timestamp,
) -> Result<()> {
    let Some(pipeline) = row.maybe_parse("pipeline_id")? else {
        return Ok(());
    };
    if let Some(stage) = stage {
        let change = StageChange::Ended(StageState::Failed, Some(failure));
        move_stage(tx, pipeline, stage, &change, now).await?;
        insert_job(tx, &advance(pipeline, row.parse("owner_id")?), 0, now).await?;
        notify(tx, &Notice::Pipeline(pipeline)).await?;
    } else if kind == JobKind::Advance {
        // Another look would kill the next process: nobody is left to decide but the store.
        move_pipeline(
            tx,
            pipeline,
            PipelineState::Failed,
            Some(&failure),
            None,
            now,
        )
        .await?;
        notify(tx, &Notice::Pipeline(pipeline)).await?;
    }
    Ok(())
}

/// Why a job is a dead letter.
pub(super) fn crashed(kind: JobKind, crashes: u32) -> Failure {
    let text = format!(
        "The process that ran this {kind} job died {crashes} times while running nothing else, so \
         it was given up. Most often there was too little memory: try fewer rows or columns."
    );
    Failure::new(FailureKind::Internal, "job.crashed", text)
        .with("kind", kind.as_str())
        .with("crashes", crashes)
}

/// Why a job that cannot be read is a dead letter.
pub(super) fn unreadable(kind: JobKind, why: &dyn std::fmt::Display) -> Failure {
    let text = format!(
        "This {kind} job was stored by another version of the program, and this one cannot read \
         it ({why}). Retry the pipeline, or start it again."
    );
    Failure::new(FailureKind::Internal, "job.unreadable", text).with("kind", kind.as_str())
}

/// A job that makes the orchestrator look at the pipeline.
pub(super) fn advance(pipeline: PipelineId, owner: UserId) -> NewJob {
    NewJob {
        id: JobId::new(),
        parent: None,
        kind: JobKind::Advance,
        pipeline: Some(pipeline),
        owner,
        payload: Payload::Pipeline,
    }
}

/// Waiting parents of which few enough children are open.
pub(super) async fn asleep(db: &Db) -> Result<Vec<String>> {
    let sql = "SELECT p.id FROM jobs p WHERE p.state = 'waiting' AND p.wake_at >= \
               (SELECT COUNT(*) FROM jobs c WHERE c.parent_id = p.id \
                AND c.state IN ('queued', 'running', 'waiting')) ORDER BY p.id";
    let rows = sqlx::query(sql).fetch_all(db.readers()).await?;
    rows.iter().map(|row| row.text("id")).collect()
}

/// Wakes a parent if it still sleeps; whether it did.
pub(super) async fn rouse(db: &Db, parent: &str) -> Result<bool> {
    let (mut tx, now) = db.begin_raw().await?;
    let woken = wake(&mut tx, parent, now).await?;
    tx.commit().await?;
    Ok(woken)
}

/// Open pipelines that no job moves on, that have not just been made and that do not wait for
/// their dataset.
pub(super) async fn standing_still(db: &Db, now: Timestamp) -> Result<Vec<PipelineId>> {
    let sql = "SELECT p.id FROM pipelines p JOIN dataset_versions v \
                 ON v.dataset_id = p.dataset_id AND v.version = p.dataset_version \
               WHERE p.state IN ('queued', 'running') AND p.created_at < $1 \
               AND v.state <> 'profiling' AND NOT EXISTS (SELECT 1 FROM jobs j \
                 WHERE j.pipeline_id = p.id AND j.state IN ('queued', 'running', 'waiting')) \
               ORDER BY p.id";
    let stale = now.0.saturating_sub(STALE_US);
    let rows = sqlx::query(sql).bind(stale).fetch_all(db.readers()).await?;
    rows.iter().map(|row| row.parse("id")).collect()
}

/// Lets the orchestrator look at a pipeline if it still stands still; whether it did.
pub(super) async fn restart(db: &Db, pipeline: &PipelineId) -> Result<bool> {
    let (mut tx, now) = db.begin_raw().await?;
    let state = lock(&mut tx, *pipeline).await?;
    let sql = "SELECT p.owner_id FROM pipelines p WHERE p.id = $1 AND NOT EXISTS \
               (SELECT 1 FROM jobs j WHERE j.pipeline_id = p.id \
                AND j.state IN ('queued', 'running', 'waiting'))";
    let row = sqlx::query(sql)
        .bind(pipeline.to_string())
        .fetch_optional(&mut *tx)
        .await?;
    let (Some(row), Some(false)) = (row, state.map(PipelineState::is_final)) else {
        return Ok(false);
    };
    let job = advance(*pipeline, row.parse("owner_id")?);
    insert_job(&mut tx, &job, 0, now).await?;
    tx.commit().await?;
    Ok(true)
}

/// Whether there are answers to creating requests that are old enough to be forgotten.
pub(super) async fn old_answers(db: &Db, now: Timestamp) -> sqlx::Result<bool> {
    let sql = "SELECT 1 FROM idempotency WHERE created_at < $1 LIMIT 1";
    let row = sqlx::query(sql)
        .bind(now.before(ANSWERS_ARE_KEPT).0)
        .fetch_optional(db.readers())
        .await?;
    Ok(row.is_some())
}

/// Forgets them; how many there were.
pub(super) async fn forget_answers(db: &Db, now: Timestamp) -> sqlx::Result<u64> {
    let (mut tx, _) = db.begin_raw().await?;
    let done = sqlx::query("DELETE FROM idempotency WHERE created_at < $1")
        .bind(now.before(ANSWERS_ARE_KEPT).0)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(done.rows_affected())
}
