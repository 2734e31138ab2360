//! The end of a step: one fenced transaction.

use super::claim::rest;
use super::datasets::settle;
use super::db::{RowExt, Tx, failed, json};
use super::deployments::deploy;
use super::events;
use super::jobs::insert_job;
use super::models::put_model;
use super::moves::{close, move_pipeline, move_stage};
use super::outbox::{mourn, notify};
use super::quotas::worked;
use domain::job::{JobKind, Payload};
use domain::study::TrialState;
use domain::{Failure, JobId, PipelineId, Timestamp};
use ports::bus::Notice;
use ports::store::{Commit, Committed, End, Write};
use ports::{PortError, Result};

const DOING: &str = "commit a job";

/// Whether `attempt` still runs the job. Takes the rows of the pipeline and the job, in this order,
/// until the end of the transaction; a job of a pipeline that has ended never runs.
pub(super) async fn holds(tx: &mut Tx, job: JobId, attempt: u32) -> sqlx::Result<bool> {
    // Both writes change nothing: they take locks where readers do not wait.
    let lock = "UPDATE pipelines SET state = state \
                WHERE id = (SELECT pipeline_id FROM jobs WHERE id = $1)";
    sqlx::query(lock)
        .bind(job.to_string())
        .execute(&mut **tx)
        .await?;
    let held = sqlx::query(
        "UPDATE jobs SET state = state WHERE id = $1 AND attempt = $2 AND state = 'running'",
    )
    .bind(job.to_string())
    .bind(i64::from(attempt))
    .execute(&mut **tx)
    .await?;
    Ok(held.rows_affected() == 1)
}

pub(super) async fn commit(tx: &mut Tx, commit: &Commit, now: Timestamp) -> Result<Committed> {
    if !holds(tx, commit.job, commit.attempt)
        .await
        .map_err(failed(DOING))?
    {
        return Ok(Committed::Fenced);
    }
    let mut touched: Vec<PipelineId> = Vec::new();
    for write in &commit.writes {
        if let Some(pipeline) = apply(tx, write, now).await?
            && !touched.contains(&pipeline)
        {
            touched.push(pipeline);
        }
    }
    let finish = async {
        end(tx, commit, now).await?;
        // Neither this job nor what was written after its end outlives a pipeline.
        for write in &commit.writes {
            if let Write::Pipeline(pipeline, state, _) = write
                && state.is_final()
            {
                close(tx, *pipeline, now).await?;
            }
        }
        for pipeline in touched {
            notify(tx, &Notice::Pipeline(pipeline)).await?;
        }
        Ok(())
    };
    finish.await.map_err(failed(DOING))?;
    Ok(Committed::Yes)
}

/// Applies one write; answers the pipeline whose readers should be woken.
async fn apply(tx: &mut Tx, write: &Write, now: Timestamp) -> Result<Option<PipelineId>> {
    let done: sqlx::Result<Option<PipelineId>> = async {
        Ok(match write {
            Write::Job(job) => {
                insert_job(tx, job, 0, now).await?;
                None
            }
            Write::Event(pipeline, event) => {
                events::append(tx, *pipeline, event, now).await?;
                Some(*pipeline)
            }
            Write::Span(pipeline, span) => {
                events::span(tx, *pipeline, span).await?;
                Some(*pipeline)
            }
            Write::Trial(pipeline, trial) => {
                events::trial(tx, *pipeline, trial).await?;
                Some(*pipeline)
            }
            Write::Model(model) => {
                put_model(tx, model, now).await?;
                Some(model.pipeline)
            }
            Write::Stage(pipeline, stage, change) => {
                move_stage(tx, *pipeline, *stage, change, now).await?;
                Some(*pipeline)
            }
            Write::Pipeline(pipeline, state, error) => {
                move_pipeline(tx, *pipeline, *state, error.as_ref(), None, now).await?;
                Some(*pipeline)
            }
            // SQLite would keep what is no number as nothing, PostgreSQL as it is.
            Write::BestScore(pipeline, score) if score.is_finite() => {
                sqlx::query("UPDATE pipelines SET best_score = $2 WHERE id = $1")
                    .bind(pipeline.to_string())
                    .bind(*score)
                    .execute(&mut **tx)
                    .await?;
                Some(*pipeline)
            }
            Write::BestScore(..) => None,
            Write::Dataset(dataset, version, outcome) => {
                settle(tx, *dataset, *version, outcome, now).await?;
                None
            }
            // Its refusal of a taken name is no database error.
            Write::Deploy(_) => None,
        })
    }
    .await;
    if let Write::Deploy(write) = write {
        deploy(tx, write, now).await?;
    }
    done.map_err(failed(DOING))
}

/// What becomes of the job and, through it, of its parent.
async fn end(tx: &mut Tx, commit: &Commit, now: Timestamp) -> sqlx::Result<()> {
    let id = commit.job.to_string();
    match &commit.end {
        End::Succeeded(result) => {
            let sql = "UPDATE jobs SET state = 'succeeded', result = $2, finished_at = $3, \
                       lease_until = NULL WHERE id = $1";
            sqlx::query(sql)
                .bind(&id)
                .bind(result.as_ref().map(json).transpose()?)
                .bind(now.0)
                .execute(&mut **tx)
                .await?;
        }
        End::Waiting {
            children,
            wake_at,
            memo,
        } => {
            let first = count_children(tx, &id).await?;
            for (place, child) in (first..).zip(children) {
                insert_job(tx, child, place, now).await?;
            }
            // A step that ended as planned clears its record of crashes: progress was made.
            let sql = "UPDATE jobs SET state = 'waiting', memo = $2, wake_at = $3, \
                       lease_until = NULL, suspect = 0, crashes = 0, failures = 0 WHERE id = $1";
            sqlx::query(sql)
                .bind(&id)
                .bind(json(memo)?)
                .bind(i64::from(*wake_at))
                .execute(&mut **tx)
                .await?;
            wake(tx, &id, now).await?;
        }
        End::Failed(failure, Some(after)) => {
            let sql = "UPDATE jobs SET state = 'queued', failures = failures + 1, error = $2, \
                       not_before = $3, lease_until = NULL WHERE id = $1";
            sqlx::query(sql)
                .bind(&id)
                .bind(json(failure)?)
                .bind(now.after(*after).0)
                .execute(&mut **tx)
                .await?;
        }
        End::Failed(failure, None) => {
            let sql = "UPDATE jobs SET state = 'failed', failures = failures + 1, error = $2, \
                       finished_at = $3, lease_until = NULL WHERE id = $1";
            sqlx::query(sql)
                .bind(&id)
                .bind(json(failure)?)
                .bind(now.0)
                .execute(&mut **tx)
                .await?;
            end_trial(tx, &id, failure, now).await?;
            mourn(tx, &id, failure).await?;
        }
        End::Released => {
            let sql = "UPDATE jobs SET state = 'queued', not_before = $2, lease_until = NULL \
                       WHERE id = $1 RETURNING kind";
            let row = sqlx::query(sql)
                .bind(&id)
                .bind(now.0)
                .fetch_one(&mut **tx)
                .await?;
            notify(tx, &Notice::Work(row.parse("kind")?)).await?;
        }
    }
    let sql = "SELECT kind, parent_id, pipeline_id, owner_id, started_at FROM jobs WHERE id = $1";
    let row = sqlx::query(sql).bind(&id).fetch_one(&mut **tx).await?;
    let kind = row.parse::<JobKind>("kind")?;
    let pipeline = row.maybe_text("pipeline_id")?;
    if let Some(pipeline) = &pipeline
        && kind.within().is_some()
    {
        rest(tx, pipeline, now).await?;
    }
    if let Some(started) = row.maybe_time("started_at")?
        && kind != JobKind::Advance
    {
        let owner = row.text("owner_id")?;
        worked(tx, &owner, pipeline.as_deref(), started, now).await?;
    }
    let is_over = matches!(commit.end, End::Succeeded(_) | End::Failed(_, None));
    if let Some(parent) = row.maybe_text("parent_id")?
        && is_over
    {
        wake(tx, &parent, now).await?;
    }
    Ok(())
}

/// Ends the trial that a job computed, if it computed one and died of it.
pub(super) async fn end_trial(
    tx: &mut Tx,
    job: &str,
    failure: &Failure,
    now: Timestamp,
) -> sqlx::Result<()> {
    let sql = "SELECT pipeline_id, payload FROM jobs WHERE id = $1 AND kind = 'trial'";
    let row = sqlx::query(sql).bind(job).fetch_optional(&mut **tx).await?;
    let Some(row) = row else { return Ok(()) };
    if let (Some(pipeline), Payload::Trial(task)) =
        (row.maybe_parse("pipeline_id")?, row.json("payload")?)
    {
        let (number, error) = (Some(task.number), Some(&failure.message));
        events::end_trials(tx, pipeline, number, TrialState::Failed, error, now).await?;
    }
    Ok(())
}

async fn count_children(tx: &mut Tx, parent: &str) -> sqlx::Result<i64> {
    let sql = "SELECT COUNT(*) AS children FROM jobs WHERE parent_id = $1";
    let row = sqlx::query(sql).bind(parent).fetch_one(&mut **tx).await?;
    row.int("children")
}

/// Queues a waiting parent's next step if few enough of its children are open.
pub(super) async fn wake(tx: &mut Tx, parent: &str, now: Timestamp) -> sqlx::Result<bool> {
    // Locking the parent first makes the last two children queue up, so that one of them sees
    // the other done.
    sqlx::query("UPDATE jobs SET wake_at = wake_at WHERE id = $1")
        .bind(parent)
        .execute(&mut **tx)
        .await?;
    let row = sqlx::query(
        "UPDATE jobs SET state = 'queued', not_before = $2 \
         WHERE id = $1 AND state = 'waiting' AND wake_at >= (SELECT COUNT(*) FROM jobs c \
           WHERE c.parent_id = $1 AND c.state IN ('queued', 'running', 'waiting')) \
         RETURNING kind",
    )
    .bind(parent)
    .bind(now.0)
    .fetch_optional(&mut **tx)
    .await?;
    let Some(row) = row else { return Ok(false) };
    notify(tx, &Notice::Work(row.parse("kind")?)).await?;
    Ok(true)
}

/// The refusal when something that must be there is not.
pub(super) fn missing(doing: &str, what: String) -> PortError {
    PortError::NotFound {
        doing: doing.to_owned(),
        what,
    }
}
