//! Who lets whom at what.

use super::SqlStore;
use super::db::{RowExt, failed};
use super::list::List;
use async_trait::async_trait;
use domain::access::{Grantee, Noun, Share};
use ports::Result;
use ports::store::{Shares, plain};
use sqlx::any::AnyRow;

#[async_trait]
impl Shares for SqlStore {
    async fn share(&self, share: &Share) -> Result<()> {
        let doing = "share a thing";
        plain(doing, [&*share.thing])?;
        let (mut tx, _) = self.db.begin(doing).await?;
        let write = async {
            sqlx::query(
                "INSERT INTO shares (noun, thing_id, grantee, level, by_id, created_at) \
                 VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (noun, thing_id, grantee) \
                 DO UPDATE SET level = excluded.level, by_id = excluded.by_id, \
                 created_at = excluded.created_at",
            )
            .bind(share.noun.as_str())
            .bind(&share.thing)
            .bind(share.with.to_string())
            .bind(share.level.as_str())
            .bind(share.by.to_string())
            .bind(share.created_at.0)
            .execute(&mut *tx)
            .await?;
            tx.commit().await
        };
        write.await.map_err(failed(doing))
    }

    async fn unshare(&self, noun: Noun, thing: &str, with: Grantee) -> Result<bool> {
        let doing = "share a thing no longer";
        plain(doing, [thing])?;
        let (mut tx, _) = self.db.begin(doing).await?;
        let write = async {
            let sql = "DELETE FROM shares WHERE noun = $1 AND thing_id = $2 AND grantee = $3";
            let done = sqlx::query(sql)
                .bind(noun.as_str())
                .bind(thing)
                .bind(with.to_string())
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            Ok(done.rows_affected() == 1)
        };
        write.await.map_err(failed(doing))
    }

    async fn shares(&self, noun: Noun, things: &[String]) -> Result<Vec<Share>> {
        let doing = "read with whom things are shared";
        plain(doing, things.iter().map(String::as_str))?;
        if things.is_empty() {
            return Ok(Vec::new());
        }
        let select = "SELECT noun, thing_id, grantee, level, by_id, created_at FROM shares \
                      WHERE 1 = 1";
        let found = List::default()
            .with("noun", Some(noun))
            .among("thing_id", things)
            .fetch_all(self.db.readers(), select, " ORDER BY thing_id, grantee")
            .await;
        let read = |found: Vec<AnyRow>| found.iter().map(share).collect();
        found.and_then(read).map_err(failed(doing))
    }
}

fn share(row: &AnyRow) -> sqlx::Result<Share> {
    Ok(Share {
        noun: row.parse("noun")?,
        thing: row.text("thing_id")?,
        with: row.parse("grantee")?,
        level: row.parse("level")?,
        by: row.parse("by_id")?,
        created_at: row.time("created_at")?,
    })
}
