//! Care for the whole.

use super::SqlStore;
use super::db::{RowExt, failed};
use super::quotas;
use super::recover::{self, Fate};
use async_trait::async_trait;
use domain::Timestamp;
use domain::pipeline::PipelineState;
use ports::Result;
use ports::store::{Leases, Repairs, Site, Upkeep};

#[async_trait]
impl Upkeep for SqlStore {
    async fn now(&self) -> Result<Timestamp> {
        Ok(self.db.now())
    }

    async fn reconcile(&self, leases: Leases) -> Result<Repairs> {
        let doing = "mend what was left behind";
        // Readers look; most of the time there is nothing to mend. Each thing is mended in a
        // transaction of its own that looks again, so that one that cannot be read stops no other.
        let now = self.db.now();
        let look = async {
            let ended = match leases {
                Leases::Expire => recover::ended_leases(&self.db, now).await?,
                Leases::Spare => Vec::new(),
            };
            Ok((
                ended,
                recover::asleep(&self.db).await?,
                recover::standing_still(&self.db, now).await?,
                recover::old_answers(&self.db, now).await?,
                quotas::old_work(&self.db, now).await?,
            ))
        };
        let (ended, asleep, still, old, old_work) = look.await.map_err(failed(doing))?;
        let (mut repairs, mut trouble) = (Repairs::default(), None);
        for attempt in ended {
            match recover::put_back(&self.db, &attempt, now).await {
                Ok(Some(Fate::Again)) => repairs.expired += 1,
                Ok(Some(Fate::GivenUp)) => repairs.dead += 1,
                Ok(None) => {}
                Err(error) => trouble = Some(error),
            }
        }
        for parent in asleep {
            match recover::rouse(&self.db, &parent).await {
                Ok(woken) => repairs.woken += u64::from(woken),
                Err(error) => trouble = Some(error),
            }
        }
        for pipeline in still {
            match recover::restart(&self.db, &pipeline).await {
                Ok(woken) => repairs.woken += u64::from(woken),
                Err(error) => trouble = Some(error),
            }
        }
        if old {
            match recover::forget_answers(&self.db, now).await {
                Ok(forgotten) => repairs.forgotten = forgotten,
                Err(error) => trouble = Some(error),
            }
        }
        if old_work && let Err(error) = quotas::forget_work(&self.db, now).await {
            trouble = Some(error);
        }
        trouble.map_or(Ok(repairs), |error| Err(failed(doing)(error)))
    }

    async fn free_leases(&self, worker_prefix: &str) -> Result<u64> {
        let doing = "free the leases of a dead process";
        let mut freed = 0;
        let held = recover::held_by(&self.db, worker_prefix).await;
        for attempt in held.map_err(failed(doing))? {
            // Whatever its lease says: who held it is dead.
            let fate = recover::put_back(&self.db, &attempt, Timestamp(i64::MAX)).await;
            freed += u64::from(fate.map_err(failed(doing))?.is_some());
        }
        Ok(freed)
    }

    async fn owners_of_artifacts(&self) -> Result<Vec<String>> {
        let read = async {
            let rows = sqlx::query(
                "SELECT 'datasets/' || id AS owner FROM datasets WHERE deleted = 0 \
                 UNION ALL SELECT DISTINCT 'datasets/' || d.id FROM datasets d JOIN pipelines p \
                   ON p.dataset_id = d.id WHERE d.deleted = 1 AND p.state IN ('queued', 'running') \
                 UNION ALL SELECT 'pipelines/' || id FROM pipelines",
            )
            .fetch_all(self.db.readers())
            .await?;
            rows.iter()
                .map(|row| row.text("owner"))
                .collect::<sqlx::Result<Vec<_>>>()
        };
        read.await.map_err(failed("list what artifacts belong to"))
    }

    async fn site(&self) -> Result<Option<Site>> {
        let row = sqlx::query("SELECT id, marked FROM site")
            .fetch_optional(self.db.readers())
            .await;
        let read = |row: sqlx::any::AnyRow| {
            Ok(Site {
                id: row.parse("id")?,
                marked: row.int("marked")? != 0,
            })
        };
        row.and_then(|row| row.map(read).transpose())
            .map_err(failed("look which site this is"))
    }

    async fn keep_site(&self, site: &Site) -> Result<()> {
        let doing = "keep which site this is";
        let (mut tx, _) = self.db.begin(doing).await?;
        let write = async {
            sqlx::query(
                "INSERT INTO site (one, id, marked) VALUES (1, $1, $2) ON CONFLICT (one) \
                 DO UPDATE SET marked = 1 WHERE site.id = excluded.id AND excluded.marked = 1",
            )
            .bind(site.id.to_string())
            .bind(i64::from(site.marked))
            .execute(&mut *tx)
            .await?;
            tx.commit().await
        };
        write.await.map_err(failed(doing))
    }

    async fn pipeline_counts(&self) -> Result<Vec<(PipelineState, u64)>> {
        let read = async {
            let rows =
                sqlx::query("SELECT state, COUNT(*) AS pipelines FROM pipelines GROUP BY state")
                    .fetch_all(self.db.readers())
                    .await?;
            rows.iter()
                .map(|row| Ok((row.parse("state")?, u64::from(row.count("pipelines")?))))
                .collect::<sqlx::Result<Vec<_>>>()
        };
        read.await.map_err(failed("count pipelines"))
    }

    async fn ping(&self) -> Result<()> {
        let one = sqlx::query("SELECT 1").fetch_one(self.db.readers()).await;
        one.map(drop).map_err(failed("ask the store"))
    }
}
