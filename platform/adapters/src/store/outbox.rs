//! Messages for the bus, left behind by transactions.

use super::SqlStore;
use super::db::{RowExt, Tx, failed};
use async_trait::async_trait;
use domain::Failure;
use ports::Result;
use ports::bus::{DeadLetter, Notice};
use ports::store::{Outbox, OutboxRow};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

/// Values that one statement binds; SQLite allows 32 766, PostgreSQL 65 535.
const MOST_BINDS: usize = 1_000;

/// Leaves a message for the bus in this transaction.
pub(super) async fn notify(tx: &mut Tx, notice: &Notice) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO outbox (id, subject, body) VALUES ($1, $2, $3)")
        .bind(Uuid::now_v7().to_string())
        .bind(notice.subject())
        .bind(notice.body())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Leaves a dead letter in this transaction: the job ended with this failure for good.
pub(super) async fn mourn(tx: &mut Tx, job: &str, failure: &Failure) -> sqlx::Result<()> {
    let row = sqlx::query("SELECT id, kind, attempt FROM jobs WHERE id = $1")
        .bind(job)
        .fetch_one(&mut **tx)
        .await?;
    let (id, kind) = (row.parse("id")?, row.parse("kind")?);
    let letter = DeadLetter::new(id, kind, row.count("attempt")?, failure);
    notify(tx, &Notice::Dead(Box::new(letter))).await
}

#[async_trait]
impl Outbox for SqlStore {
    async fn unsent(&self, limit: u32) -> Result<Vec<OutboxRow>> {
        let rows = sqlx::query("SELECT id, subject, body FROM outbox ORDER BY id LIMIT $1")
            .bind(i64::from(limit))
            .fetch_all(self.db.readers())
            .await;
        let read = |rows: Vec<sqlx::any::AnyRow>| {
            rows.iter()
                .map(|row| {
                    Ok(OutboxRow {
                        id: row.text("id")?,
                        subject: row.text("subject")?,
                        body: row.maybe_text("body")?,
                    })
                })
                .collect()
        };
        rows.and_then(read).map_err(failed("read the outbox"))
    }

    async fn sent(&self, ids: &[String]) -> Result<()> {
        let doing = "clear the outbox";
        if ids.is_empty() {
            return Ok(());
        }
        let (mut tx, _) = self.db.begin(doing).await?;
        for ids in ids.chunks(MOST_BINDS) {
            // `Any` has no arrays; only the placeholders are built, the ids are bound. Each number
            // of them is a statement of its own, so none is kept prepared.
            let places: Vec<String> = (1..=ids.len()).map(|place| format!("${place}")).collect();
            let sql = format!("DELETE FROM outbox WHERE id IN ({})", places.join(","));
            let mut delete = sqlx::query(AssertSqlSafe(sql)).persistent(false);
            for id in ids {
                delete = delete.bind(id);
            }
            delete.execute(&mut *tx).await.map_err(failed(doing))?;
        }
        tx.commit().await.map_err(failed(doing))
    }
}
