//! Tokens that hold as long as the identity provider stands by them, and where its groups lead.

use super::SqlStore;
use super::db::failed;
use super::rows;
use super::users::{HOLDS, TOKEN_COLUMNS};
use async_trait::async_trait;
use domain::course::Membership;
use domain::user::{Sealed, Token};
use domain::{TokenId, UserId};
use ports::Result;
use ports::store::{ProviderTokens, plain};
use sqlx::AssertSqlSafe;
use std::time::Duration;

#[async_trait]
impl ProviderTokens for SqlStore {
    async fn tokens_to_check(&self, age: Duration, limit: u32) -> Result<Vec<Token>> {
        let doing = "take tokens to ask the provider about";
        let read = async {
            // Readers look: most of the time nobody waits.
            let sql = "SELECT id FROM tokens WHERE checked_at <= $1 LIMIT 1";
            let waits = sqlx::query(sql)
                .bind(self.db.now().before(age).0)
                .fetch_optional(self.db.readers())
                .await?;
            Ok(waits.is_some())
        };
        if !read.await.map_err(failed(doing))? {
            return Ok(Vec::new());
        }
        let (mut tx, now) = self.db.begin(doing).await?;
        let write = async {
            // SQLite knows no alias in what an update returns.
            let columns = TOKEN_COLUMNS.replace("t.", "");
            // The condition stands twice: whoever waited for another's update looks at the row anew.
            let rows = sqlx::query(AssertSqlSafe(format!(
                "UPDATE tokens AS t SET checked_at = $2 WHERE t.checked_at <= $1 AND t.id IN \
                 (SELECT t.id FROM tokens t WHERE t.checked_at <= $1 AND {HOLDS} \
                  ORDER BY t.checked_at, t.id LIMIT {limit}) RETURNING {columns}"
            )))
            .bind(now.before(age).0)
            .bind(now.0)
            .fetch_all(&mut *tx)
            .await?;
            tx.commit().await?;
            let tokens = rows.iter().map(rows::token);
            let mut tokens = tokens.collect::<sqlx::Result<Vec<_>>>()?;
            tokens.sort_by_key(|token| token.id);
            Ok(tokens)
        };
        write.await.map_err(failed(doing))
    }

    async fn reseal(&self, id: TokenId, sealed: &Sealed) -> Result<bool> {
        let doing = "keep what the provider gave";
        let (mut tx, _) = self.db.begin(doing).await?;
        let write = async {
            let sql = "UPDATE tokens SET sealed = $2 WHERE id = $1 AND checked_at IS NOT NULL";
            let done = sqlx::query(sql)
                .bind(id.to_string())
                .bind(&sealed.0)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            Ok(done.rows_affected() == 1)
        };
        write.await.map_err(failed(doing))
    }

    async fn tokens_of_session(&self, sid: &str) -> Result<Vec<Token>> {
        let doing = "find the tokens of a session";
        plain(doing, [sid])?;
        let read = async {
            let found = sqlx::query(AssertSqlSafe(format!(
                "SELECT {TOKEN_COLUMNS} FROM tokens t WHERE t.sid = $1 AND {HOLDS} ORDER BY t.id"
            )))
            .bind(sid)
            .bind(self.db.now().0)
            .fetch_all(self.db.readers())
            .await?;
            found
                .iter()
                .map(rows::token)
                .collect::<sqlx::Result<Vec<_>>>()
        };
        read.await.map_err(failed(doing))
    }

    async fn follow_groups(&self, user: UserId, courses: &[Membership]) -> Result<bool> {
        let doing = "follow the groups of the provider";
        let (mut tx, _) = self.db.begin(doing).await?;
        let write = async {
            let mut changed = 0;
            let sql = "SELECT course_id, role FROM course_members \
                       WHERE user_id = $1 AND by_provider = 1";
            let rows = sqlx::query(sql)
                .bind(user.to_string())
                .fetch_all(&mut *tx)
                .await?;
            let before = rows.iter().map(rows::membership);
            let before = before.collect::<sqlx::Result<Vec<_>>>()?;
            let stays = |old: &Membership| courses.iter().any(|new| new.course == old.course);
            for old in before.iter().filter(|old| !stays(old)) {
                let sql = "DELETE FROM course_members \
                           WHERE course_id = $1 AND user_id = $2 AND by_provider = 1";
                let done = sqlx::query(sql)
                    .bind(old.course.to_string())
                    .bind(user.to_string())
                    .execute(&mut *tx)
                    .await?;
                changed += done.rows_affected();
            }
            for new in courses.iter().filter(|new| !before.contains(new)) {
                let sql = "INSERT INTO course_members (course_id, user_id, role, by_provider) \
                           VALUES ($1, $2, $3, 1) ON CONFLICT (course_id, user_id) DO UPDATE \
                           SET role = excluded.role WHERE course_members.by_provider = 1";
                let done = sqlx::query(sql)
                    .bind(new.course.to_string())
                    .bind(user.to_string())
                    .bind(new.role.as_str())
                    .execute(&mut *tx)
                    .await?;
                changed += done.rows_affected();
            }
            tx.commit().await?;
            Ok(changed > 0)
        };
        write.await.map_err(failed(doing))
    }
}
