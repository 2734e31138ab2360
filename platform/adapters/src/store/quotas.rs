//! How much somebody or a course may use, and what is used.

use super::SqlStore;
use super::db::{Db, RowExt, Tx, failed, json};
use async_trait::async_trait;
use domain::access::Grantee;
use domain::quota::{Queue, Quota, Usage, WINDOW_HOURS, Waiting};
use domain::{PipelineId, Timestamp};
use ports::Result;
use ports::store::Quotas;
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;

/// Microseconds of an hour.
const HOUR: i64 = 3_600_000_000;
/// Pipelines that are looked at to find out how many are before one.
const MOST_WAITING: i64 = 1_000;

/// The first hour that still counts.
pub(super) fn first_hour(now: Timestamp) -> i64 {
    hour(now) - WINDOW_HOURS
}

/// The hour since 1970 in which a moment lies.
pub(super) fn hour(at: Timestamp) -> i64 {
    at.0.div_euclid(HOUR)
}

/// Notes that a job of `owner`, part of a pipeline or not, kept a worker busy from `started` to `now`.
pub(super) async fn worked(
    tx: &mut Tx,
    owner: &str,
    pipeline: Option<&str>,
    started: Timestamp,
    now: Timestamp,
) -> sqlx::Result<()> {
    let us = now.0.saturating_sub(started.0);
    if us <= 0 {
        return Ok(());
    }
    let add = "ON CONFLICT (holder, hour) DO UPDATE SET us = work.us + excluded.us";
    let own = format!("INSERT INTO work (holder, hour, us) VALUES ($1, $2, $3) {add}");
    sqlx::query(AssertSqlSafe(own))
        .bind(format!("user:{owner}"))
        .bind(hour(now))
        .bind(us)
        .execute(&mut **tx)
        .await?;
    if let Some(pipeline) = pipeline {
        // After the user's row in every transaction: one order for all, no deadlock.
        let of_course = format!(
            "INSERT INTO work (holder, hour, us) SELECT 'course:' || course_id, $2, $3 \
             FROM pipelines WHERE id = $1 AND course_id IS NOT NULL {add}"
        );
        sqlx::query(AssertSqlSafe(of_course))
            .bind(pipeline)
            .bind(hour(now))
            .bind(us)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// Whether there is work that counts no longer.
pub(super) async fn old_work(db: &Db, now: Timestamp) -> sqlx::Result<bool> {
    let row = sqlx::query("SELECT 1 FROM work WHERE hour < $1 LIMIT 1")
        .bind(first_hour(now))
        .fetch_optional(db.readers())
        .await?;
    Ok(row.is_some())
}

pub(super) async fn forget_work(db: &Db, now: Timestamp) -> sqlx::Result<()> {
    let (mut tx, _) = db.begin_raw().await?;
    sqlx::query("DELETE FROM work WHERE hour < $1")
        .bind(first_hour(now))
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

#[async_trait]
impl Quotas for SqlStore {
    async fn quota(&self, of: Grantee) -> Result<Option<Quota>> {
        let row = sqlx::query("SELECT body FROM quotas WHERE holder = $1")
            .bind(of.to_string())
            .fetch_optional(self.db.readers())
            .await;
        row.and_then(|row| row.map(|row| row.json("body")).transpose())
            .map_err(failed("read a quota"))
    }

    async fn set_quota(&self, of: Grantee, quota: &Quota) -> Result<()> {
        let doing = "set a quota";
        let (mut tx, _) = self.db.begin(doing).await?;
        let write = async {
            let sql = match quota.is_open() {
                true => "DELETE FROM quotas WHERE holder = $1",
                false => {
                    "INSERT INTO quotas (holder, body) VALUES ($1, $2) \
                     ON CONFLICT (holder) DO UPDATE SET body = excluded.body"
                }
            };
            let query = sqlx::query(sql).bind(of.to_string());
            let query = match quota.is_open() {
                true => query,
                false => query.bind(json(quota)?),
            };
            query.execute(&mut *tx).await?;
            tx.commit().await
        };
        write.await.map_err(failed(doing))
    }

    async fn usage(&self, of: Grantee) -> Result<Usage> {
        let (column, id) = match of {
            Grantee::User(id) => ("owner_id", id.to_string()),
            Grantee::Course(id) => ("course_id", id.to_string()),
        };
        // Sums of 64-bit integers are decimals on PostgreSQL.
        let sql = format!(
            "SELECT \
               (SELECT CAST(COALESCE(SUM(us), 0) AS BIGINT) FROM work \
                WHERE holder = $1 AND hour >= $2) AS us, \
               (SELECT CAST(COALESCE(SUM(v.bytes), 0) AS BIGINT) FROM datasets d \
                JOIN dataset_versions v ON v.dataset_id = d.id \
                WHERE d.{column} = $3 AND d.deleted = 0) AS files, \
               (SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM models \
                WHERE {column} = $3) AS models, \
               (SELECT COUNT(*) FROM pipelines WHERE {column} = $3 \
                AND state IN ('queued', 'running')) AS pipelines"
        );
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(of.to_string())
            .bind(first_hour(self.db.now()))
            .bind(id)
            .fetch_one(self.db.readers())
            .await;
        let read = |row: AnyRow| {
            let number = |name: &str| row.int(name).map(|number| number.max(0).unsigned_abs());
            Ok(Usage {
                work_seconds: number("us")? / 1_000_000,
                storage_bytes: number("files")? + number("models")?,
                pipelines: number("pipelines")?,
            })
        };
        row.and_then(read).map_err(failed("add up what is used"))
    }

    async fn queue(&self) -> Result<Queue> {
        let look = async {
            let waiting = sqlx::query(
                "SELECT id, owner_id FROM pipelines WHERE state = 'queued' ORDER BY id LIMIT $1",
            )
            .bind(MOST_WAITING)
            .fetch_all(self.db.readers())
            .await?;
            let running = sqlx::query(
                "SELECT owner_id, COUNT(*) AS jobs FROM jobs WHERE state = 'running' \
                 GROUP BY owner_id",
            )
            .fetch_all(self.db.readers())
            .await?;
            let one = |row: &AnyRow| {
                Ok(Waiting {
                    pipeline: row.parse::<PipelineId>("id")?,
                    owner: row.parse("owner_id")?,
                })
            };
            let of = |row: &AnyRow| {
                let jobs = row.int("jobs")?.max(0).unsigned_abs();
                Ok((row.parse("owner_id")?, jobs))
            };
            let waiting: sqlx::Result<Vec<Waiting>> = waiting.iter().map(one).collect();
            let running: sqlx::Result<Vec<_>> = running.iter().map(of).collect();
            Ok(Queue {
                waiting: waiting?,
                running: running?,
            })
        };
        look.await.map_err(failed("look at the queue"))
    }
}
