//! How stages and pipelines move on.

use super::claim::rest;
use super::db::{RowExt, Tx, json};
use super::events;
use super::jobs::insert_job;
use domain::event::{EventKind, NewEvent};
use domain::job::JobKind;
use domain::pipeline::{Pipeline, PipelineState, StageName, StageState};
use domain::study::TrialState;
use domain::{Failure, Message, PipelineId, Timestamp, cancel, failing};
use ports::store::StageChange;
use serde_json::json;
use sqlx::any::AnyRow;

/// Notes how far a stage is. Progress never goes back, whichever of many reporters comes last.
pub(super) async fn progress(
    tx: &mut Tx,
    pipeline: PipelineId,
    stage: StageName,
    fraction: f64,
    message: Option<&Message>,
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE stages SET message = COALESCE($3, message), \
         progress = CASE WHEN $4 > progress THEN $4 ELSE progress END \
         WHERE pipeline_id = $1 AND name = $2 AND state = 'running'",
    )
    .bind(pipeline.to_string())
    .bind(stage.as_str())
    .bind(message.map(json).transpose()?)
    .bind(if fraction.is_finite() {
        fraction.clamp(0.0, 1.0)
    } else {
        0.0
    })
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Moves a stage on and tells it; nothing happens to a stage that has ended.
pub(super) async fn move_stage(
    tx: &mut Tx,
    pipeline: PipelineId,
    stage: StageName,
    change: &StageChange,
    now: Timestamp,
) -> sqlx::Result<()> {
    let id = pipeline.to_string();
    let (state, message, moved) = match change {
        StageChange::Queue(job) => {
            let sql = "UPDATE stages SET state = 'queued', queued_at = COALESCE(queued_at, $3), \
                       error = NULL WHERE pipeline_id = $1 AND name = $2 AND state = 'pending'";
            let moved = sqlx::query(sql)
                .bind(&id)
                .bind(stage.as_str())
                .bind(now.0)
                .execute(&mut **tx)
                .await?;
            if moved.rows_affected() == 1 {
                insert_job(tx, job, 0, now).await?;
            }
            (StageState::Queued, None, moved)
        }
        StageChange::Succeeded(result, message) => {
            let sql = "UPDATE stages SET state = 'succeeded', progress = 1, finished_at = $3, \
                       message = $4, result = $5 WHERE pipeline_id = $1 AND name = $2 \
                       AND state IN ('pending', 'queued', 'running')";
            let moved = sqlx::query(sql)
                .bind(&id)
                .bind(stage.as_str())
                .bind(now.0)
                .bind(json(message)?)
                .bind(json(result)?)
                .execute(&mut **tx)
                .await?;
            (StageState::Succeeded, Some(message.clone()), moved)
        }
        StageChange::Ended(state, failure) => {
            let sql = "UPDATE stages SET state = $3, finished_at = $4, error = $5 \
                       WHERE pipeline_id = $1 AND name = $2 \
                       AND state IN ('pending', 'queued', 'running')";
            let moved = sqlx::query(sql)
                .bind(&id)
                .bind(stage.as_str())
                .bind(state.as_str())
                .bind(now.0)
                .bind(failure.as_ref().map(json).transpose()?)
                .execute(&mut **tx)
                .await?;
            let message = failure.as_ref().map(|failure| failure.message.clone());
            (*state, message, moved)
        }
    };
    if moved.rows_affected() == 0 {
        return Ok(());
    }
    let mut event = NewEvent::new(EventKind::Stage, Some(stage), json!({"state": state}));
    event.message = message;
    events::append(tx, pipeline, &event, now).await
}

/// Moves a pipeline on and tells it; whether it had not ended.
pub(super) async fn move_pipeline(
    tx: &mut Tx,
    pipeline: PipelineId,
    state: PipelineState,
    error: Option<&Failure>,
    told: Option<&Message>,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let id = pipeline.to_string();
    let moved = sqlx::query(
        "UPDATE pipelines SET state = $2, error = $3, finished_at = $4 \
         WHERE id = $1 AND state IN ('queued', 'running')",
    )
    .bind(&id)
    .bind(state.as_str())
    .bind(error.map(json).transpose()?)
    .bind(state.is_final().then_some(now.0))
    .execute(&mut **tx)
    .await?;
    if moved.rows_affected() == 0 {
        return Ok(false);
    }
    if state == PipelineState::Failed {
        fail_stages(tx, pipeline, error, now).await?;
    }
    if state.is_final() {
        close(tx, pipeline, now).await?;
    }
    let mut event = NewEvent::new(EventKind::Pipeline, None, json!({"state": state}));
    event.message = told.or(error.map(|failure| &failure.message)).cloned();
    events::append(tx, pipeline, &event, now).await?;
    Ok(true)
}

/// Ends the stages of a pipeline that fails.
async fn fail_stages(
    tx: &mut Tx,
    pipeline: PipelineId,
    error: Option<&Failure>,
    now: Timestamp,
) -> sqlx::Result<()> {
    let rows = sqlx::query("SELECT name, state FROM stages WHERE pipeline_id = $1")
        .bind(pipeline.to_string())
        .fetch_all(&mut **tx)
        .await?;
    let stage = |row: &AnyRow| Ok((row.parse("name")?, row.parse("state")?));
    let stages: Vec<_> = rows.iter().map(stage).collect::<sqlx::Result<_>>()?;
    for (stage, state) in failing::stages(&stages) {
        let why = error.filter(|_| state == StageState::Failed).cloned();
        let change = StageChange::Ended(state, why);
        move_stage(tx, pipeline, stage, &change, now).await?;
    }
    Ok(())
}

/// Ends the stages of a pipeline that a person stops, and draws where those ended that had begun.
pub(super) async fn end_stages(
    tx: &mut Tx,
    pipeline: &Pipeline,
    now: Timestamp,
) -> sqlx::Result<()> {
    let sql = "SELECT id, kind FROM jobs WHERE pipeline_id = $1 \
               AND state IN ('queued', 'running', 'waiting') ORDER BY id";
    let jobs = sqlx::query(sql)
        .bind(pipeline.id.to_string())
        .fetch_all(&mut **tx)
        .await?;
    for job in &jobs {
        if let Some(stage) = job.parse::<JobKind>("kind")?.stage() {
            let bar = cancel::bar(pipeline, stage, job.parse("id")?, now);
            events::span(tx, pipeline.id, &bar).await?;
        }
    }
    for (stage, state) in cancel::stages(pipeline) {
        let change = StageChange::Ended(state, None);
        move_stage(tx, pipeline.id, stage, &change, now).await?;
    }
    Ok(())
}

/// The end of a pipeline is the end of all its jobs and trials: not even a straggler's heartbeat
/// keeps one alive.
pub(super) async fn close(tx: &mut Tx, pipeline: PipelineId, now: Timestamp) -> sqlx::Result<()> {
    let id = pipeline.to_string();
    sqlx::query(
        "UPDATE jobs SET state = 'cancelled', finished_at = $2, lease_until = NULL \
         WHERE pipeline_id = $1 AND state IN ('queued', 'waiting', 'running')",
    )
    .bind(&id)
    .bind(now.0)
    .execute(&mut **tx)
    .await?;
    events::end_trials(tx, pipeline, None, TrialState::Cancelled, None, now).await?;
    rest(tx, &id, now).await
}
