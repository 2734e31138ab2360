//! Trained models.

use super::SqlStore;
use super::db::{RowExt, Tx, failed, json};
use super::list::{self, List, page_of};
use async_trait::async_trait;
use domain::model::Model;
use domain::{ModelId, PipelineId, Timestamp};
use ports::Result;
use ports::store::{Models, Page, PageOf, Scope, plain};
use sqlx::any::AnyRow;

/// Stores or replaces a model; also the one that had its number, when a pipeline trains again.
pub(super) async fn put_model(tx: &mut Tx, model: &Model, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM models WHERE pipeline_id = $1 AND number = $2 AND id <> $3")
        .bind(model.pipeline.to_string())
        .bind(i64::from(model.number))
        .bind(model.id.to_string())
        .execute(&mut **tx)
        .await?;
    sqlx::query(
        "INSERT INTO models (id, pipeline_id, number, owner_id, course_id, body, created_at, bytes) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) \
         DO UPDATE SET body = excluded.body, bytes = excluded.bytes",
    )
    .bind(model.id.to_string())
    .bind(model.pipeline.to_string())
    .bind(i64::from(model.number))
    .bind(model.owner.to_string())
    .bind(model.course.map(|id| id.to_string()))
    .bind(json(model)?)
    .bind(now.0)
    .bind(model.bytes.min(i64::MAX as u64).cast_signed())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn read(rows: Vec<AnyRow>) -> sqlx::Result<Vec<Model>> {
    rows.iter().map(|row| row.json("body")).collect()
}

#[async_trait]
impl Models for SqlStore {
    async fn model(&self, id: ModelId) -> Result<Option<Model>> {
        let row = sqlx::query("SELECT body FROM models WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(self.db.readers())
            .await;
        row.and_then(|row| row.map(|row| row.json("body")).transpose())
            .map_err(failed("read a model"))
    }

    async fn models(&self, scope: &Scope, page: &Page) -> Result<PageOf<Model>> {
        plain("list models", page.before.as_deref())?;
        let rows = List::of(list::MODELS, scope)
            .fetch(
                self.db.readers(),
                page,
                "m.id",
                "SELECT m.body FROM models m WHERE 1 = 1",
                "",
            )
            .await;
        let models = rows.and_then(read).map_err(failed("list models"))?;
        Ok(page_of(models, page.limit, |model| model.id.to_string()))
    }

    async fn leaderboard(&self, pipeline: PipelineId) -> Result<Vec<Model>> {
        let rows = sqlx::query("SELECT body FROM models WHERE pipeline_id = $1 ORDER BY number")
            .bind(pipeline.to_string())
            .fetch_all(self.db.readers())
            .await;
        let mut models = rows.and_then(read).map_err(failed("read a leaderboard"))?;
        models.sort_by_key(|model| (model.rank.unwrap_or(u32::MAX), model.number));
        Ok(models)
    }
}
