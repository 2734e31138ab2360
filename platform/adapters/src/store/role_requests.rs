//! Wishes that somebody become an administrator.

use super::SqlStore;
use super::db::{RowExt, failed, json};
use async_trait::async_trait;
use domain::RoleRequestId;
use domain::user::RoleRequest;
use ports::Result;
use ports::store::RoleRequests;
use sqlx::any::AnyRow;

#[async_trait]
impl RoleRequests for SqlStore {
    async fn ask_for_roles(&self, request: &RoleRequest) -> Result<()> {
        let doing = "ask for roles";
        let (mut tx, now) = self.db.begin(doing).await?;
        let write = async {
            // What was forgotten goes as well: nobody else ever removes it.
            sqlx::query("DELETE FROM role_requests WHERE user_id = $1 OR expires_at <= $2")
                .bind(request.user.to_string())
                .bind(now.0)
                .execute(&mut *tx)
                .await?;
            let sql = "INSERT INTO role_requests (id, user_id, body, expires_at) \
                       VALUES ($1, $2, $3, $4)";
            sqlx::query(sql)
                .bind(request.id.to_string())
                .bind(request.user.to_string())
                .bind(json(request)?)
                .bind(request.expires_at.0)
                .execute(&mut *tx)
                .await?;
            tx.commit().await
        };
        write.await.map_err(failed(doing))
    }

    async fn role_requests(&self) -> Result<Vec<RoleRequest>> {
        let sql = "SELECT body FROM role_requests WHERE expires_at > $1 ORDER BY id DESC";
        let found = sqlx::query(sql)
            .bind(self.db.now().0)
            .fetch_all(self.db.readers())
            .await;
        let read = |found: Vec<AnyRow>| found.iter().map(|row| row.json("body")).collect();
        found
            .and_then(read)
            .map_err(failed("list wishes for roles"))
    }

    async fn take_role_request(&self, id: RoleRequestId) -> Result<Option<RoleRequest>> {
        let doing = "take a wish for roles";
        let (mut tx, now) = self.db.begin(doing).await?;
        let write = async {
            let sql = "DELETE FROM role_requests WHERE id = $1 AND expires_at > $2 RETURNING body";
            let row = sqlx::query(sql)
                .bind(id.to_string())
                .bind(now.0)
                .fetch_optional(&mut *tx)
                .await?;
            tx.commit().await?;
            row.map(|row| row.json("body")).transpose()
        };
        write.await.map_err(failed(doing))
    }
}
