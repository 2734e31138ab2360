//! Names under which models answer.

use super::SqlStore;
use super::commit::missing;
use super::db::{RowExt, Tx, failed};
use super::list::{self, List, page_of};
use super::outbox::notify;
use super::rows::{self, DEPLOYMENT_COLUMNS};
use async_trait::async_trait;
use domain::Timestamp;
use domain::deployment::Deployment;
use ports::bus::Notice;
use ports::store::{DeploymentWrite, Deployments, Page, PageOf, Scope, plain};
use ports::{PortError, Result};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Executor};

pub(super) const DOING: &str = "deploy a model";

/// Stores or extends a deployment; its new version.
pub(super) async fn deploy(tx: &mut Tx, write: &DeploymentWrite, now: Timestamp) -> Result<u32> {
    plain(DOING, [&*write.name])?;
    let claim = async {
        // Whatever it meets, a name or the id of a request that came twice, whoever is first has it.
        sqlx::query(
            "INSERT INTO deployments (id, name, owner_id, course_id, version, created_at, \
             updated_at) VALUES ($1, $2, $3, $4, 1, $5, $5) ON CONFLICT DO NOTHING",
        )
        .bind(write.id.to_string())
        .bind(&write.name)
        .bind(write.owner.to_string())
        .bind(write.course.map(|id| id.to_string()))
        .bind(now.0)
        .execute(&mut **tx)
        .await?;
        // Taking the row makes those who deploy under one name wait for each other.
        let sql = "UPDATE deployments SET updated_at = $3 WHERE name = $1 AND owner_id = $2 \
                   RETURNING id";
        sqlx::query(sql)
            .bind(&write.name)
            .bind(write.owner.to_string())
            .bind(now.0)
            .fetch_optional(&mut **tx)
            .await
    };
    let claimed = claim.await.map_err(failed(DOING))?;
    let Some(row) = claimed else {
        let what = format!("the name {:?} belongs to somebody else", write.name);
        return Err(PortError::Conflict {
            doing: DOING.to_owned(),
            what,
        });
    };
    let extend = async {
        // Only now that the row is taken are others' versions seen.
        let id = row.text("id")?;
        let next = "SELECT COALESCE(MAX(version), 0) + 1 AS version FROM deployment_versions \
                    WHERE deployment_id = $1";
        let version = sqlx::query(next)
            .bind(&id)
            .fetch_one(&mut **tx)
            .await?
            .int("version")?;
        sqlx::query(
            "INSERT INTO deployment_versions \
             (deployment_id, version, model_id, pipeline_id, artifact, sha256, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(&id)
        .bind(version)
        .bind(write.model.to_string())
        .bind(write.pipeline.to_string())
        .bind(&write.artifact)
        .bind(&write.sha256)
        .bind(now.0)
        .execute(&mut **tx)
        .await?;
        let sql = "UPDATE deployments SET version = $2, updated_at = $3 WHERE id = $1";
        sqlx::query(sql)
            .bind(&id)
            .bind(version)
            .bind(now.0)
            .execute(&mut **tx)
            .await?;
        notify(tx, &Notice::Deployments).await?;
        Ok(u32::try_from(version).unwrap_or(u32::MAX))
    };
    extend.await.map_err(failed(DOING))
}

/// The deployment called `name` with its versions, in one look.
async fn read<'e>(
    executor: impl Executor<'e, Database = Any>,
    name: &str,
) -> sqlx::Result<Option<Deployment>> {
    let sql = format!(
        "SELECT {DEPLOYMENT_COLUMNS} FROM deployments d JOIN deployment_versions v \
         ON v.deployment_id = d.id WHERE d.name = $1 ORDER BY v.version"
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(name.to_owned())
        .fetch_all(executor)
        .await?;
    Ok(rows::deployments(&rows)?.into_iter().next())
}

/// Takes the name's row until the end of this transaction; its id.
async fn take(tx: &mut Tx, name: &str) -> sqlx::Result<Option<String>> {
    let sql = "UPDATE deployments SET version = version WHERE name = $1 RETURNING id";
    let row = sqlx::query(sql)
        .bind(name)
        .fetch_optional(&mut **tx)
        .await?;
    row.map(|row| row.text("id")).transpose()
}

/// Ends a change: what it made of the deployment, as no later change does.
async fn finish(mut tx: Tx, name: &str, doing: &str) -> Result<Deployment> {
    let write = async {
        let changed = read(&mut *tx, name).await?;
        tx.commit().await?;
        Ok(changed)
    };
    let changed = write.await.map_err(failed(doing))?;
    changed.ok_or_else(|| missing(doing, format!("deployment {name}")))
}

#[async_trait]
impl Deployments for SqlStore {
    async fn deploy(&self, write: &DeploymentWrite) -> Result<Deployment> {
        let (mut tx, now) = self.db.begin(DOING).await?;
        deploy(&mut tx, write, now).await?;
        finish(tx, &write.name, DOING).await
    }

    async fn deployment(&self, name: &str) -> Result<Option<Deployment>> {
        plain("read a deployment", [name])?;
        let found = read(self.db.readers(), name).await;
        found.map_err(failed("read a deployment"))
    }

    async fn deployments(&self, scope: &Scope, page: &Page) -> Result<PageOf<Deployment>> {
        plain("list deployments", page.before.as_deref())?;
        let select = format!(
            "SELECT {DEPLOYMENT_COLUMNS} FROM (SELECT p.id, p.name, p.owner_id, p.course_id, \
             p.version, p.created_at, p.updated_at FROM deployments p WHERE 1 = 1"
        );
        let versions = ") d JOIN deployment_versions v ON v.deployment_id = d.id \
                        ORDER BY d.id DESC, v.version";
        let found = List::of(list::DEPLOYMENTS, scope)
            .fetch(self.db.readers(), page, "p.id", &select, versions)
            .await;
        let read = |found: Vec<AnyRow>| rows::deployments(&found);
        let items = found.and_then(read).map_err(failed("list deployments"))?;
        Ok(page_of(items, page.limit, |deployment| {
            deployment.id.to_string()
        }))
    }

    async fn activate(&self, name: &str, version: u32) -> Result<Deployment> {
        plain("activate a version", [name])?;
        let doing = "activate a version";
        let (mut tx, now) = self.db.begin(doing).await?;
        let write = async {
            let done = sqlx::query(
                "UPDATE deployments SET version = $2, updated_at = $3 WHERE name = $1 AND EXISTS \
                 (SELECT 1 FROM deployment_versions v \
                  WHERE v.deployment_id = deployments.id AND v.version = $2)",
            )
            .bind(name)
            .bind(i64::from(version))
            .bind(now.0)
            .execute(&mut *tx)
            .await?;
            if done.rows_affected() == 0 {
                return Ok(false);
            }
            notify(&mut tx, &Notice::Deployments).await?;
            Ok(true)
        };
        if write.await.map_err(failed(doing))? {
            return finish(tx, name, doing).await;
        }
        let what = format!("version {version} of deployment {name}");
        Err(missing(doing, what))
    }

    async fn undeploy(&self, name: &str) -> Result<bool> {
        plain("remove a deployment", [name])?;
        let doing = "remove a deployment";
        let (mut tx, _) = self.db.begin(doing).await?;
        let write = async {
            let Some(id) = take(&mut tx, name).await? else {
                return Ok(false);
            };
            for sql in [
                "DELETE FROM deployment_versions WHERE deployment_id = $1",
                "DELETE FROM shares WHERE noun = 'deployment' AND thing_id = $1",
                "DELETE FROM deployments WHERE id = $1",
            ] {
                sqlx::query(sql).bind(&id).execute(&mut *tx).await?;
            }
            notify(&mut tx, &Notice::Deployments).await?;
            tx.commit().await?;
            Ok(true)
        };
        write.await.map_err(failed(doing))
    }
}
