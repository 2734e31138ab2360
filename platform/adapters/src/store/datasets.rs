//! Uploaded files.

use super::SqlStore;
use super::commit::missing;
use super::db::{RowExt, Tx, failed, json};
use super::jobs::insert_job;
use super::list::{self, List, page_of};
use super::outbox::notify;
use super::recover::advance;
use super::rows::{self, DATASETS};
use async_trait::async_trait;
use domain::dataset::{Dataset, DatasetChange, DatasetState, DatasetVersion, FirstRows};
use domain::job::NewJob;
use domain::profile::Profile;
use domain::{DatasetId, Timestamp};
use ports::bus::Notice;
use ports::store::{DatasetOutcome, Datasets, Page, PageOf, Scope, plain};
use ports::{PortError, Result};
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;

#[async_trait]
impl Datasets for SqlStore {
    async fn insert_dataset(&self, dataset: &Dataset, profile: &NewJob) -> Result<()> {
        plain("store a dataset", [&*dataset.name, &*dataset.description])?;
        let doing = "store a dataset";
        let (mut tx, now) = self.db.begin(doing).await?;
        let write = async {
            sqlx::query(
                "INSERT INTO datasets \
                 (id, owner_id, course_id, name, description, version, created_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
            )
            .bind(dataset.id.to_string())
            .bind(dataset.owner.to_string())
            .bind(dataset.course.map(|id| id.to_string()))
            .bind(&dataset.name)
            .bind(&dataset.description)
            .bind(i64::from(dataset.current.version))
            .bind(dataset.created_at.0)
            .execute(&mut *tx)
            .await?;
            insert_version(&mut tx, dataset.id, &dataset.current).await?;
            insert_job(&mut tx, profile, 0, now).await?;
            tx.commit().await
        };
        write.await.map_err(failed(doing))
    }

    async fn add_dataset_version(
        &self,
        dataset: DatasetId,
        version: &DatasetVersion,
        profile: &NewJob,
    ) -> Result<u32> {
        let doing = "store a version of a dataset";
        let (mut tx, now) = self.db.begin(doing).await?;
        let next = "UPDATE datasets SET version = version + 1 \
                    WHERE id = $1 AND deleted = 0 RETURNING version";
        let row = sqlx::query(next)
            .bind(dataset.to_string())
            .fetch_optional(&mut *tx)
            .await;
        let Some(row) = row.map_err(failed(doing))? else {
            return Err(missing(doing, format!("dataset {dataset}")));
        };
        let write = async {
            let number = row.count("version")?;
            let version = DatasetVersion {
                version: number,
                ..version.clone()
            };
            insert_version(&mut tx, dataset, &version).await?;
            let mut profile = profile.clone();
            profile.payload = domain::job::Payload::Profile {
                dataset,
                version: number,
            };
            insert_job(&mut tx, &profile, 0, now).await?;
            tx.commit().await?;
            Ok(number)
        };
        write.await.map_err(failed(doing))
    }

    async fn dataset(&self, id: DatasetId) -> Result<Option<Dataset>> {
        let sql = format!("{DATASETS} AND d.id = $1");
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(id.to_string())
            .fetch_optional(self.db.readers())
            .await;
        row.and_then(|row| row.as_ref().map(rows::dataset).transpose())
            .map_err(failed("read a dataset"))
    }

    async fn dataset_version(&self, id: DatasetId, version: u32) -> Result<Option<DatasetVersion>> {
        let sql = "SELECT body FROM dataset_versions WHERE dataset_id = $1 AND version = $2";
        let row = sqlx::query(sql)
            .bind(id.to_string())
            .bind(i64::from(version))
            .fetch_optional(self.db.readers())
            .await;
        row.and_then(|row| row.as_ref().map(rows::version).transpose())
            .map_err(failed("read a version of a dataset"))
    }

    async fn dataset_versions(
        &self,
        id: DatasetId,
        before: Option<u32>,
        limit: u32,
    ) -> Result<Vec<DatasetVersion>> {
        let sql = "SELECT body FROM dataset_versions WHERE dataset_id = $1 AND version < $2 \
                   ORDER BY version DESC LIMIT $3";
        let rows = sqlx::query(sql)
            .bind(id.to_string())
            .bind(before.map_or(i64::MAX, i64::from))
            .bind(i64::from(limit))
            .fetch_all(self.db.readers())
            .await;
        let read = |rows: Vec<AnyRow>| rows.iter().map(rows::version).collect();
        rows.and_then(read)
            .map_err(failed("list the versions of a dataset"))
    }

    async fn datasets(&self, scope: &Scope, page: &Page) -> Result<PageOf<Dataset>> {
        plain("list datasets", page.before.as_deref())?;
        let found = List::of(list::DATASETS, scope)
            .fetch(self.db.readers(), page, "d.id", DATASETS, "")
            .await;
        let read = |found: Vec<AnyRow>| found.iter().map(rows::dataset).collect();
        let items = found.and_then(read).map_err(failed("list datasets"))?;
        Ok(page_of(items, page.limit, |dataset: &Dataset| {
            dataset.id.to_string()
        }))
    }

    async fn profile(&self, id: DatasetId, version: u32) -> Result<Option<Profile>> {
        let sql = "SELECT profile FROM dataset_versions WHERE dataset_id = $1 AND version = $2";
        let row = sqlx::query(sql)
            .bind(id.to_string())
            .bind(i64::from(version))
            .fetch_optional(self.db.readers())
            .await;
        row.and_then(|row| row.map_or(Ok(None), |row| row.maybe_json("profile")))
            .map_err(failed("read a profile"))
    }

    async fn first_rows(&self, id: DatasetId, version: u32) -> Result<Option<FirstRows>> {
        let sql = "SELECT first_rows FROM dataset_versions WHERE dataset_id = $1 AND version = $2";
        let row = sqlx::query(sql)
            .bind(id.to_string())
            .bind(i64::from(version))
            .fetch_optional(self.db.readers())
            .await;
        row.and_then(|row| row.map_or(Ok(None), |row| row.maybe_json("first_rows")))
            .map_err(failed("read the first rows of a dataset"))
    }

    async fn describe_dataset(&self, id: DatasetId, change: &DatasetChange) -> Result<bool> {
        let texts = [&change.name, &change.description];
        plain(
            "describe a dataset",
            texts.into_iter().filter_map(|text| text.as_deref()),
        )?;
        let doing = "describe a dataset";
        let (mut tx, _) = self.db.begin(doing).await?;
        let write = async {
            let done = sqlx::query(
                "UPDATE datasets SET name = COALESCE($2, name), \
                 description = COALESCE($3, description), \
                 course_id = CASE WHEN $4 = 1 THEN $5 ELSE course_id END \
                 WHERE id = $1 AND deleted = 0",
            )
            .bind(id.to_string())
            .bind(change.name.as_deref())
            .bind(change.description.as_deref())
            .bind(i64::from(change.course.is_some()))
            .bind(change.course.flatten().map(|id| id.to_string()))
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
            Ok(done.rows_affected() == 1)
        };
        write.await.map_err(failed(doing))
    }

    async fn delete_dataset(&self, id: DatasetId) -> Result<Vec<String>> {
        let doing = "delete a dataset";
        let (mut tx, _) = self.db.begin(doing).await?;
        if take(&mut tx, id).await.map_err(failed(doing))?.is_none() {
            return Err(missing(doing, format!("dataset {id}")));
        }
        let needed = "SELECT 1 FROM pipelines \
                      WHERE dataset_id = $1 AND state IN ('queued', 'running') LIMIT 1";
        let needed = sqlx::query(needed)
            .bind(id.to_string())
            .fetch_optional(&mut *tx)
            .await;
        if needed.map_err(failed(doing))?.is_some() {
            return Err(PortError::Conflict {
                doing: doing.to_owned(),
                what: "a pipeline that is not finished needs it".to_owned(),
            });
        }
        let write = async {
            for sql in [
                "UPDATE datasets SET deleted = 1 WHERE id = $1",
                "DELETE FROM shares WHERE noun = 'dataset' AND thing_id = $1",
            ] {
                sqlx::query(sql)
                    .bind(id.to_string())
                    .execute(&mut *tx)
                    .await?;
            }
            let sql = "SELECT artifact FROM dataset_versions WHERE dataset_id = $1 \
                       ORDER BY version";
            let rows = sqlx::query(sql)
                .bind(id.to_string())
                .fetch_all(&mut *tx)
                .await?;
            tx.commit().await?;
            rows.iter()
                .map(|row| row.text("artifact"))
                .collect::<sqlx::Result<Vec<_>>>()
        };
        write.await.map_err(failed(doing))
    }
}

/// Takes the row of a dataset that is not deleted, so that it can neither be deleted nor begin to
/// be needed until the end of this transaction; its newest version.
pub(super) async fn take(tx: &mut Tx, id: DatasetId) -> sqlx::Result<Option<u32>> {
    let sql = "UPDATE datasets SET deleted = 0 WHERE id = $1 AND deleted = 0 RETURNING version";
    let row = sqlx::query(sql)
        .bind(id.to_string())
        .fetch_optional(&mut **tx)
        .await?;
    row.map(|row| row.count("version")).transpose()
}

async fn insert_version(tx: &mut Tx, id: DatasetId, version: &DatasetVersion) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO dataset_versions (dataset_id, version, state, artifact, body, bytes) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(id.to_string())
    .bind(i64::from(version.version))
    .bind(version.state.as_str())
    .bind(&version.artifact)
    .bind(json(version)?)
    .bind(version.bytes.min(i64::MAX as u64).cast_signed())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A version after it was read, and what was found in it, with its first rows.
pub(super) fn settled(
    mut version: DatasetVersion,
    outcome: &DatasetOutcome,
) -> (DatasetVersion, Option<(&Profile, &FirstRows)>) {
    let found = match outcome {
        DatasetOutcome::Ready {
            format,
            options,
            profile,
            first,
        } => {
            version.state = DatasetState::Ready;
            version.format = Some(*format);
            version.format_options = Some(options.clone());
            version.rows = Some(profile.rows);
            version.columns = Some(profile.columns.len() as u64);
            version.error = None;
            Some((profile, first))
        }
        DatasetOutcome::Failed { failure, format } => {
            version.state = DatasetState::Failed;
            version.format = *format;
            version.error = Some(failure.clone());
            None
        }
    };
    (version, found)
}

/// Stores what came of reading a dataset, and lets the orchestrator look at the pipelines that
/// wait for it.
pub(super) async fn settle(
    tx: &mut Tx,
    id: DatasetId,
    number: u32,
    outcome: &DatasetOutcome,
    now: Timestamp,
) -> sqlx::Result<()> {
    let sql = "SELECT body FROM dataset_versions WHERE dataset_id = $1 AND version = $2";
    let row = sqlx::query(sql)
        .bind(id.to_string())
        .bind(i64::from(number))
        .fetch_one(&mut **tx)
        .await?;
    let (version, found) = settled(rows::version(&row)?, outcome);
    sqlx::query(
        "UPDATE dataset_versions SET state = $3, body = $4, profile = $5, first_rows = $6 \
         WHERE dataset_id = $1 AND version = $2",
    )
    .bind(id.to_string())
    .bind(i64::from(number))
    .bind(version.state.as_str())
    .bind(json(&version)?)
    .bind(found.map(|(profile, _)| json(profile)).transpose()?)
    .bind(found.map(|(_, first)| json(first)).transpose()?)
    .execute(&mut **tx)
    .await?;
    notify(tx, &Notice::Dataset(id)).await?;
    let waiting = "SELECT id, owner_id FROM pipelines \
                   WHERE dataset_id = $1 AND dataset_version = $2 AND state = 'queued' \
                   ORDER BY id";
    let rows = sqlx::query(waiting)
        .bind(id.to_string())
        .bind(i64::from(number))
        .fetch_all(&mut **tx)
        .await?;
    for row in rows {
        let advance = advance(row.parse("id")?, row.parse("owner_id")?);
        insert_job(tx, &advance, 0, now).await?;
    }
    Ok(())
}
