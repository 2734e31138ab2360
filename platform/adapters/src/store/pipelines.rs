//! Runs and what is told about them.

use super::SqlStore;
use super::claim::{lock, read_pipeline};
use super::commit::missing;
use super::datasets::take;
use super::db::{RowExt, failed, json};
use super::events;
use super::jobs::insert_job;
use super::list::{self, List, page_of};
use super::moves::{end_stages, move_pipeline};
use super::outbox::notify;
use super::rows::{self, PIPELINE_COLUMNS, PIPELINE_OWN_COLUMNS};
use async_trait::async_trait;
use domain::event::{Event, EventKind, NewEvent};
use domain::job::NewJob;
use domain::pipeline::{Pipeline, PipelineState, Span, StageName};
use domain::results::StageResult;
use domain::study::Trial;
use domain::{Message, PipelineId};
use ports::bus::Notice;
use ports::store::{NewPipeline, Page, PageOf, PipelineFilter, Pipelines, plain};
use ports::{PortError, Result};
use serde_json::json;
use sqlx::AssertSqlSafe;

#[async_trait]
impl Pipelines for SqlStore {
    async fn insert_pipeline(&self, new: &NewPipeline) -> Result<()> {
        plain("store a pipeline", [&*new.pipeline.name])?;
        let doing = "store a pipeline";
        let (mut tx, now) = self.db.begin(doing).await?;
        let pipeline = &new.pipeline;
        let dataset = pipeline.spec.dataset_id;
        let write = async {
            // Only a version of a dataset that is not deleted can be learned from.
            let newest = take(&mut tx, dataset).await?;
            let Some(version) =
                newest.map(|newest| pipeline.spec.dataset_version.unwrap_or(newest))
            else {
                return Ok(false);
            };
            let known = "SELECT 1 FROM dataset_versions WHERE dataset_id = $1 AND version = $2";
            let known = sqlx::query(known)
                .bind(dataset.to_string())
                .bind(i64::from(version))
                .fetch_optional(&mut *tx)
                .await?;
            if known.is_none() {
                return Ok(false);
            }
            sqlx::query(
                "INSERT INTO pipelines (id, owner_id, course_id, dataset_id, dataset_version, \
                 name, state, spec, created_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, 'queued', $7, $8)",
            )
            .bind(pipeline.id.to_string())
            .bind(pipeline.owner.to_string())
            .bind(pipeline.spec.course_id.map(|id| id.to_string()))
            .bind(dataset.to_string())
            .bind(i64::from(version))
            .bind(&pipeline.name)
            .bind(json(&pipeline.spec)?)
            .bind(now.0)
            .execute(&mut *tx)
            .await?;
            for stage in StageName::ALL {
                sqlx::query(
                    "INSERT INTO stages (pipeline_id, name, place, state) \
                     VALUES ($1, $2, $3, 'pending')",
                )
                .bind(pipeline.id.to_string())
                .bind(stage.as_str())
                .bind(*stage as i64)
                .execute(&mut *tx)
                .await?;
            }
            let queued = json!({"state": PipelineState::Queued});
            let event = NewEvent::new(EventKind::Pipeline, None, queued);
            events::append(&mut tx, pipeline.id, &event, now).await?;
            notify(&mut tx, &Notice::Pipeline(pipeline.id)).await?;
            insert_job(&mut tx, &new.advance, 0, now).await?;
            tx.commit().await?;
            Ok(true)
        };
        if write.await.map_err(failed(doing))? {
            return Ok(());
        }
        Err(missing(doing, format!("dataset {dataset} in this version")))
    }

    async fn pipeline(&self, id: PipelineId) -> Result<Option<Pipeline>> {
        let sql = format!(
            "SELECT {PIPELINE_COLUMNS} FROM pipelines p JOIN stages s ON s.pipeline_id = p.id \
             WHERE p.id = $1 ORDER BY s.place"
        );
        let found = sqlx::query(AssertSqlSafe(sql))
            .bind(id.to_string())
            .fetch_all(self.db.readers())
            .await;
        let read = found.and_then(|found| rows::pipelines(&found, self.db.now()));
        read.map(|read| read.into_iter().next())
            .map_err(failed("read a pipeline"))
    }

    async fn pipelines(&self, filter: &PipelineFilter, page: &Page) -> Result<PageOf<Pipeline>> {
        plain("list pipelines", page.before.as_deref())?;
        // The page is cut before the stages are joined: six rows a pipeline.
        let select = format!(
            "SELECT {PIPELINE_COLUMNS} FROM (SELECT {PIPELINE_OWN_COLUMNS} FROM pipelines p \
             WHERE 1 = 1"
        );
        let stages = ") p JOIN stages s ON s.pipeline_id = p.id ORDER BY p.id DESC, s.place";
        // The scope and the owner that is asked for must both agree.
        let found = List::of(list::PIPELINES, &filter.scope)
            .with("p.owner_id", filter.owner)
            .with("p.state", filter.state)
            .with("p.dataset_id", filter.dataset)
            .with("p.course_id", filter.course)
            .fetch(self.db.readers(), page, "p.id", &select, stages)
            .await;
        let read = found.and_then(|found| rows::pipelines(&found, self.db.now()));
        let items = read.map_err(failed("list pipelines"))?;
        Ok(page_of(items, page.limit, |pipeline| {
            pipeline.id.to_string()
        }))
    }

    async fn stage_result(&self, id: PipelineId, stage: StageName) -> Result<Option<StageResult>> {
        let sql = "SELECT result FROM stages WHERE pipeline_id = $1 AND name = $2";
        let row = sqlx::query(sql)
            .bind(id.to_string())
            .bind(stage.as_str())
            .fetch_optional(self.db.readers())
            .await;
        row.and_then(|row| row.map_or(Ok(None), |row| row.maybe_json("result")))
            .map_err(failed("read the result of a stage"))
    }

    async fn cancel_pipeline(&self, id: PipelineId, told: &Message) -> Result<bool> {
        let doing = "cancel a pipeline";
        let (mut tx, now) = self.db.begin(doing).await?;
        let write = async {
            let state = lock(&mut tx, id).await?;
            let open = state.is_some_and(|state| !state.is_final());
            if open && let Some(pipeline) = read_pipeline(&mut tx, id, now).await? {
                end_stages(&mut tx, &pipeline, now).await?;
                let (state, told) = (PipelineState::Cancelled, Some(told));
                move_pipeline(&mut tx, id, state, None, told, now).await?;
                notify(&mut tx, &Notice::Pipeline(id)).await?;
            }
            tx.commit().await?;
            Ok(open)
        };
        write.await.map_err(failed(doing))
    }

    async fn retry_pipeline(&self, id: PipelineId, advance: &NewJob) -> Result<bool> {
        let doing = "retry a pipeline";
        let (mut tx, now) = self.db.begin(doing).await?;
        let write = async {
            // What failed before anything had begun waits to begin again.
            let row = sqlx::query(
                "UPDATE pipelines SET state = CASE WHEN started_at IS NULL THEN 'queued' \
                 ELSE 'running' END, error = NULL, finished_at = NULL \
                 WHERE id = $1 AND state = 'failed' RETURNING state",
            )
            .bind(id.to_string())
            .fetch_optional(&mut *tx)
            .await?;
            let Some(row) = row else { return Ok(false) };
            sqlx::query(
                "UPDATE stages SET state = 'pending', error = NULL, message = NULL, \
                 finished_at = NULL, progress = 0 \
                 WHERE pipeline_id = $1 AND state IN ('failed', 'cancelled', 'skipped')",
            )
            .bind(id.to_string())
            .execute(&mut *tx)
            .await?;
            let again = json!({"state": row.parse::<PipelineState>("state")?});
            let event = NewEvent::new(EventKind::Pipeline, None, again);
            events::append(&mut tx, id, &event, now).await?;
            notify(&mut tx, &Notice::Pipeline(id)).await?;
            insert_job(&mut tx, advance, 0, now).await?;
            tx.commit().await?;
            Ok(true)
        };
        write.await.map_err(failed(doing))
    }

    async fn delete_pipeline(&self, id: PipelineId) -> Result<bool> {
        let doing = "delete a pipeline";
        let (mut tx, _) = self.db.begin(doing).await?;
        let text = id.to_string();
        let Some(state) = lock(&mut tx, id).await.map_err(failed(doing))? else {
            return Ok(false);
        };
        let used = sqlx::query("SELECT 1 FROM deployment_versions WHERE pipeline_id = $1 LIMIT 1")
            .bind(&text)
            .fetch_optional(&mut *tx)
            .await
            .map_err(failed(doing))?;
        let refusal = match (state.is_final(), used) {
            (false, _) => Some("it is not finished; cancel it first"),
            (true, Some(_)) => Some("a deployment uses one of its models"),
            (true, None) => None,
        };
        if let Some(what) = refusal {
            return Err(PortError::Conflict {
                doing: doing.to_owned(),
                what: what.to_owned(),
            });
        }
        let write = async {
            for sql in [
                "DELETE FROM events WHERE pipeline_id = $1",
                "DELETE FROM spans WHERE pipeline_id = $1",
                "DELETE FROM trials WHERE pipeline_id = $1",
                "DELETE FROM models WHERE pipeline_id = $1",
                "DELETE FROM stages WHERE pipeline_id = $1",
                "DELETE FROM jobs WHERE pipeline_id = $1",
                "DELETE FROM shares WHERE noun = 'pipeline' AND thing_id = $1",
                "DELETE FROM pipelines WHERE id = $1",
            ] {
                sqlx::query(sql).bind(&text).execute(&mut *tx).await?;
            }
            tx.commit().await
        };
        write.await.map_err(failed(doing)).map(|()| true)
    }

    async fn events(&self, id: PipelineId, after: u64, limit: u32) -> Result<Vec<Event>> {
        self.read_events(id, after, limit).await
    }

    async fn timeline(&self, id: PipelineId) -> Result<Vec<Span>> {
        let sql = "SELECT body FROM spans WHERE pipeline_id = $1 ORDER BY start_at, id";
        self.read_bodies(sql, id, "read a timeline").await
    }

    async fn trials(&self, id: PipelineId) -> Result<Vec<Trial>> {
        let sql = "SELECT body FROM trials WHERE pipeline_id = $1 ORDER BY number";
        self.read_bodies(sql, id, "read the trials of a pipeline")
            .await
    }
}
