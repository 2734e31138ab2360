//! People and their tokens.

use super::SqlStore;
use super::commit::missing;
use super::db::{RowExt, failed, json};
use super::rows;
use async_trait::async_trait;
use domain::user::{Token, User};
use domain::{TokenId, UserId};
use ports::store::{Users, plain};
use ports::{PortError, Result};

#[async_trait]
impl Users for SqlStore {
    async fn insert_user(&self, user: &User) -> Result<()> {
        plain("store a user", [&*user.username])?;
        let doing = "store a user";
        let (mut tx, now) = self.db.begin(doing).await?;
        let write = async {
            sqlx::query(
                "INSERT INTO users (id, username, password, disabled, body, created_at) \
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(user.id.to_string())
            .bind(&user.username)
            .bind(user.password_hash.clone())
            .bind(i64::from(user.disabled))
            .bind(json(user)?)
            .bind(now.0)
            .execute(&mut *tx)
            .await?;
            tx.commit().await
        };
        write.await.map_err(failed(doing))
    }

    async fn user_by_name(&self, username: &str) -> Result<Option<User>> {
        plain("read a user", [username])?;
        let row = sqlx::query("SELECT body, password FROM users WHERE username = $1")
            .bind(username)
            .fetch_optional(self.db.readers())
            .await;
        row.and_then(|row| {
            row.map(|row| rows::user(&row, "body", "password"))
                .transpose()
        })
        .map_err(failed("read a user"))
    }

    async fn user(&self, id: UserId) -> Result<Option<User>> {
        let row = sqlx::query("SELECT body, password FROM users WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(self.db.readers())
            .await;
        row.and_then(|row| {
            row.map(|row| rows::user(&row, "body", "password"))
                .transpose()
        })
        .map_err(failed("read a user"))
    }

    async fn count_users(&self) -> Result<u64> {
        let row = sqlx::query("SELECT COUNT(*) AS users FROM users")
            .fetch_one(self.db.readers())
            .await;
        row.and_then(|row| row.count("users"))
            .map(u64::from)
            .map_err(failed("count users"))
    }

    async fn set_password(&self, id: UserId, hash: &str, keep: Option<TokenId>) -> Result<()> {
        let doing = "set a password";
        let (mut tx, _) = self.db.begin(doing).await?;
        let write = async {
            let sql = "UPDATE users SET password = $2 WHERE id = $1 RETURNING body, password";
            let row = sqlx::query(sql)
                .bind(id.to_string())
                .bind(hash)
                .fetch_optional(&mut *tx)
                .await?;
            let Some(row) = row else { return Ok(false) };
            let mut user = rows::user(&row, "body", "password")?;
            user.must_change_password = false;
            sqlx::query("UPDATE users SET body = $2 WHERE id = $1")
                .bind(id.to_string())
                .bind(json(&user)?)
                .execute(&mut *tx)
                .await?;
            sqlx::query("DELETE FROM tokens WHERE user_id = $1 AND id <> $2")
                .bind(id.to_string())
                .bind(keep.map(|id| id.to_string()).unwrap_or_default())
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            Ok(true)
        };
        if write.await.map_err(failed(doing))? {
            return Ok(());
        }
        Err(missing(doing, format!("user {id}")))
    }

    async fn insert_token(&self, token: &Token) -> Result<()> {
        plain("store a token", [&*token.name])?;
        let doing = "store a token";
        let (mut tx, now) = self.db.begin(doing).await?;
        let write = async {
            // The user's ended tokens go: nobody else ever removes them.
            sqlx::query("DELETE FROM tokens WHERE user_id = $1 AND expires_at <= $2 AND id <> $3")
                .bind(token.user.to_string())
                .bind(now.0)
                .bind(token.id.to_string())
                .execute(&mut *tx)
                .await?;
            sqlx::query(
                "INSERT INTO tokens (id, hash, user_id, kind, name, created_at, used_at, \
                 expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(token.id.to_string())
            .bind(&token.hash)
            .bind(token.user.to_string())
            .bind(token.kind.as_str())
            .bind(&token.name)
            .bind(token.created_at.0)
            .bind(token.used_at.0)
            .bind(token.expires_at.0)
            .execute(&mut *tx)
            .await?;
            tx.commit().await
        };
        write.await.map_err(failed(doing))
    }

    async fn token(&self, hash: &str) -> Result<Option<(Token, User)>> {
        let read = async {
            let row = sqlx::query(
                "SELECT t.id, t.hash, t.user_id, t.kind, t.name, t.created_at, t.used_at, \
                 t.expires_at, u.body AS user_body, u.password AS user_password \
                 FROM tokens t JOIN users u ON u.id = t.user_id \
                 WHERE t.hash = $1 AND t.expires_at > $2 AND u.disabled = 0",
            )
            .bind(hash)
            .bind(self.db.now().0)
            .fetch_optional(self.db.readers())
            .await?;
            row.map(|row| {
                Ok((
                    rows::token(&row)?,
                    rows::user(&row, "user_body", "user_password")?,
                ))
            })
            .transpose()
        };
        read.await.map_err(failed("look a token up"))
    }

    async fn touch_token(&self, id: TokenId) -> Result<()> {
        let doing = "note the use of a token";
        let (mut tx, now) = self.db.begin(doing).await?;
        let write = async {
            sqlx::query("UPDATE tokens SET used_at = $2 WHERE id = $1")
                .bind(id.to_string())
                .bind(now.0)
                .execute(&mut *tx)
                .await?;
            tx.commit().await
        };
        write.await.map_err(failed(doing))
    }

    async fn delete_token(&self, user: UserId, id: TokenId) -> Result<bool> {
        let doing = "end a token";
        let (mut tx, _) = self.db.begin(doing).await?;
        let write = async {
            let done = sqlx::query("DELETE FROM tokens WHERE id = $1 AND user_id = $2")
                .bind(id.to_string())
                .bind(user.to_string())
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            Ok(done.rows_affected() == 1)
        };
        write.await.map_err(failed(doing))
    }

    async fn tokens(&self, user: UserId) -> Result<Vec<Token>> {
        let read = async {
            let found = sqlx::query(
                "SELECT id, hash, user_id, kind, name, created_at, used_at, expires_at \
                 FROM tokens WHERE user_id = $1 AND expires_at > $2 ORDER BY id DESC",
            )
            .bind(user.to_string())
            .bind(self.db.now().0)
            .fetch_all(self.db.readers())
            .await?;
            found
                .iter()
                .map(rows::token)
                .collect::<sqlx::Result<Vec<_>>>()
        };
        read.await.map_err(failed("list tokens"))
    }

    async fn remember(
        &self,
        user: UserId,
        key: &str,
        fingerprint: &str,
        answer: Option<&str>,
    ) -> Result<Option<String>> {
        plain("remember an answer", [key, fingerprint])?;
        let doing = "remember an answer";
        let (mut tx, now) = self.db.begin(doing).await?;
        let write = async {
            // An answer that is known stays; a request that is still without one gets it. Another
            // request finds no row to change.
            let row = sqlx::query(
                "INSERT INTO idempotency (user_id, key, fingerprint, answer, created_at) \
                 VALUES ($1, $2, $3, $4, $5) ON CONFLICT (user_id, key) DO UPDATE \
                 SET answer = COALESCE(idempotency.answer, excluded.answer) \
                 WHERE idempotency.fingerprint = excluded.fingerprint RETURNING answer",
            )
            .bind(user.to_string())
            .bind(key)
            .bind(fingerprint)
            .bind(answer)
            .bind(now.0)
            .fetch_optional(&mut *tx)
            .await?;
            tx.commit().await?;
            row.map(|row| row.maybe_text("answer")).transpose()
        };
        let remembered = write.await.map_err(failed(doing))?;
        remembered.ok_or_else(|| PortError::Conflict {
            doing: doing.to_owned(),
            what: "the same Idempotency-Key came with another request".to_owned(),
        })
    }
}
