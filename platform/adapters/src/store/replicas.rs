//! Which processes answer predictions.

use super::SqlStore;
use super::db::{RowExt, failed};
use async_trait::async_trait;
use ports::Result;
use ports::store::{Replica, Replicas, plain};
use std::time::Duration;

#[async_trait]
impl Replicas for SqlStore {
    async fn announce(&self, replica: &Replica, holds: Duration) -> Result<()> {
        plain("store a sign of life", [&*replica.id, &replica.address])?;
        let doing = "store a sign of life";
        let (mut tx, now) = self.db.begin(doing).await?;
        let write = async {
            // Those that died leave nobody who would remove them.
            sqlx::query("DELETE FROM replicas WHERE holds_until <= $1")
                .bind(now.0)
                .execute(&mut *tx)
                .await?;
            sqlx::query(
                "INSERT INTO replicas (id, address, holds_until) VALUES ($1, $2, $3) \
                 ON CONFLICT (id) DO UPDATE SET address = excluded.address, \
                 holds_until = excluded.holds_until",
            )
            .bind(&replica.id)
            .bind(&replica.address)
            .bind(now.after(holds).0)
            .execute(&mut *tx)
            .await?;
            tx.commit().await
        };
        write.await.map_err(failed(doing))
    }

    async fn replicas(&self) -> Result<Vec<Replica>> {
        let sql = "SELECT id, address FROM replicas WHERE holds_until > $1 ORDER BY id";
        let read = async {
            let rows = sqlx::query(sql)
                .bind(self.db.now().0)
                .fetch_all(self.db.readers())
                .await?;
            let replica = |row: &sqlx::any::AnyRow| {
                Ok(Replica {
                    id: row.text("id")?,
                    address: row.text("address")?,
                })
            };
            rows.iter().map(replica).collect::<sqlx::Result<Vec<_>>>()
        };
        read.await.map_err(failed("list the replicas"))
    }

    async fn withdraw(&self, id: &str) -> Result<()> {
        let doing = "remove a replica";
        let (mut tx, _) = self.db.begin(doing).await?;
        let write = async {
            sqlx::query("DELETE FROM replicas WHERE id = $1")
                .bind(id)
                .execute(&mut *tx)
                .await?;
            tx.commit().await
        };
        write.await.map_err(failed(doing))
    }
}
