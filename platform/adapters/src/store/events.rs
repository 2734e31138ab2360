//! Events, spans and trials: what is told about a pipeline.

use super::SqlStore;
use super::db::{RowExt, Tx, failed, json};
use domain::event::{Event, NewEvent};
use domain::pipeline::Span;
use domain::study::{Trial, TrialState};
use domain::{Message, PipelineId, Timestamp};
use ports::Result;

/// Appends an event. The counter on the pipeline's row makes numbers without gaps, and makes
/// writers of one pipeline queue, so that a reader never sees a later number first.
pub(super) async fn append(
    tx: &mut Tx,
    pipeline: PipelineId,
    event: &NewEvent,
    now: Timestamp,
) -> sqlx::Result<()> {
    let id = pipeline.to_string();
    let next =
        "UPDATE pipelines SET last_event = last_event + 1 WHERE id = $1 RETURNING last_event";
    let row = sqlx::query(next).bind(&id).fetch_one(&mut **tx).await?;
    sqlx::query("INSERT INTO events (pipeline_id, seq, at, body) VALUES ($1, $2, $3, $4)")
        .bind(&id)
        .bind(row.int("last_event")?)
        .bind(now.0)
        .bind(json(event)?)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Draws or ends a bar.
pub(super) async fn span(tx: &mut Tx, pipeline: PipelineId, span: &Span) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO spans (pipeline_id, id, start_at, body) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (pipeline_id, id) DO UPDATE SET body = excluded.body",
    )
    .bind(pipeline.to_string())
    .bind(span.id.to_string())
    .bind(span.start.0)
    .bind(json(span)?)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Stores or replaces a trial.
pub(super) async fn trial(tx: &mut Tx, pipeline: PipelineId, trial: &Trial) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO trials (pipeline_id, number, state, body) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (pipeline_id, number) DO UPDATE \
         SET state = excluded.state, body = excluded.body",
    )
    .bind(pipeline.to_string())
    .bind(i64::from(trial.number))
    .bind(trial.state.as_str())
    .bind(json(trial)?)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Ends trials that nobody will compute any more: one, or all that are open.
pub(super) async fn end_trials(
    tx: &mut Tx,
    pipeline: PipelineId,
    number: Option<u32>,
    state: TrialState,
    error: Option<&Message>,
    now: Timestamp,
) -> sqlx::Result<()> {
    let rows = sqlx::query(
        "SELECT body FROM trials WHERE pipeline_id = $1 AND state IN ('queued', 'running')",
    )
    .bind(pipeline.to_string())
    .fetch_all(&mut **tx)
    .await?;
    for row in rows {
        let open: Trial = row.json("body")?;
        if number.is_none_or(|number| number == open.number) {
            let ended = Trial {
                state,
                error: error.cloned(),
                finished_at: Some(now),
                ..open
            };
            trial(tx, pipeline, &ended).await?;
        }
    }
    Ok(())
}

impl SqlStore {
    pub(super) async fn read_events(
        &self,
        id: PipelineId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Event>> {
        let read = async {
            let rows = sqlx::query(
                "SELECT seq, at, body FROM events \
                 WHERE pipeline_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
            )
            .bind(id.to_string())
            .bind(i64::try_from(after).unwrap_or(i64::MAX))
            .bind(i64::from(limit))
            .fetch_all(self.db.readers())
            .await?;
            rows.iter()
                .map(|row| {
                    Ok(Event {
                        seq: u64::try_from(row.int("seq")?).unwrap_or(0),
                        pipeline_id: id,
                        at: row.time("at")?,
                        what: row.json("body")?,
                    })
                })
                .collect::<sqlx::Result<Vec<_>>>()
        };
        read.await.map_err(failed("read the events of a pipeline"))
    }

    pub(super) async fn read_bodies<T: serde::de::DeserializeOwned>(
        &self,
        sql: &'static str,
        id: PipelineId,
        doing: &str,
    ) -> Result<Vec<T>> {
        let read = async {
            let rows = sqlx::query(sql)
                .bind(id.to_string())
                .fetch_all(self.db.readers())
                .await?;
            rows.iter()
                .map(|row| row.json("body"))
                .collect::<sqlx::Result<Vec<_>>>()
        };
        read.await.map_err(failed(doing))
    }
}
