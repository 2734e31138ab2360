//! People and their tokens.

use super::SqlStore;
use super::commit::missing;
use super::db::{RowExt, Tx, failed, json};
use super::list::{List, page_of};
use super::rows;
use async_trait::async_trait;
use domain::user::{Token, User, UserChange};
use domain::{TokenId, UserId};
use ports::store::{Page, PageOf, SignedIn, Users, plain};
use ports::{PortError, Result};
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;
use std::time::Duration;

/// Columns of a token, for `FROM tokens t`.
pub(super) const TOKEN_COLUMNS: &str = "t.id, t.hash, t.user_id, t.kind, t.name, t.created_at, t.used_at, \
     t.expires_at, t.idle_us, t.scopes, t.deployment, t.address, t.agent, t.checked_at, t.sid, \
     t.sealed";

/// The condition that a token has not ended at the moment `$2`.
pub(super) const HOLDS: &str =
    "t.expires_at > $2 AND (t.idle_us IS NULL OR t.used_at + t.idle_us > $2)";

impl SqlStore {
    /// The user whom `sql` finds by `key`.
    async fn read_user(&self, sql: &'static str, key: &str) -> Result<Option<User>> {
        plain("read a user", [key])?;
        let row = sqlx::query(sql)
            .bind(key)
            .fetch_optional(self.db.readers())
            .await;
        row.and_then(|row| row.as_ref().map(whole).transpose())
            .map_err(failed("read a user"))
    }
}

fn whole(row: &AnyRow) -> sqlx::Result<User> {
    rows::user(row, "body", "password")
}

/// The texts by which a user is found.
pub(super) fn texts(user: &User) -> impl Iterator<Item = &str> {
    [&*user.username, &*user.display_name]
        .into_iter()
        .chain(user.subject.as_deref())
}

pub(super) fn token_texts(token: &Token) -> impl Iterator<Item = &str> {
    let origin = token.origin.iter();
    let origin = origin.flat_map(|origin| [&*origin.address, &*origin.agent]);
    let deployment = token.deployment.as_deref();
    let provider = token.provider.as_ref();
    let sid = provider.and_then(|provider| provider.sid.as_deref());
    let texts = [&*token.name].into_iter().chain(deployment);
    texts.chain(origin).chain(sid)
}

/// What a search for a user looks in.
pub(super) fn sought(user: &User) -> String {
    format!("{}\n{}", user.username, user.display_name).to_lowercase()
}

/// The account after a change.
pub(super) fn changed(user: &User, change: &UserChange) -> User {
    let mut user = user.clone();
    if let Some(name) = &change.display_name {
        user.display_name.clone_from(name);
    }
    if let Some(roles) = &change.roles {
        user.roles.clone_from(roles);
    }
    user.disabled = change.disabled.unwrap_or(user.disabled);
    user
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX / 4)
}

fn scopes(token: &Token) -> String {
    let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
    scopes.join(" ")
}

/// Ends every token of a user but one.
async fn end_tokens(tx: &mut Tx, user: UserId, keep: Option<TokenId>) -> sqlx::Result<u64> {
    let done = sqlx::query("DELETE FROM tokens WHERE user_id = $1 AND id <> $2")
        .bind(user.to_string())
        .bind(keep.map(|id| id.to_string()).unwrap_or_default())
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected())
}

#[async_trait]
impl Users for SqlStore {
    async fn insert_user(&self, user: &User) -> Result<()> {
        plain("store a user", texts(user))?;
        let doing = "store a user";
        let (mut tx, now) = self.db.begin(doing).await?;
        let write = async {
            sqlx::query(
                "INSERT INTO users (id, username, subject, sought, password, disabled, body, \
                 created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(user.id.to_string())
            .bind(&user.username)
            .bind(user.subject.as_deref())
            .bind(sought(user))
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
        let sql = "SELECT body, password FROM users WHERE username = $1";
        self.read_user(sql, username).await
    }

    async fn user_by_subject(&self, subject: &str) -> Result<Option<User>> {
        let sql = "SELECT body, password FROM users WHERE subject = $1";
        self.read_user(sql, subject).await
    }

    async fn user(&self, id: UserId) -> Result<Option<User>> {
        let sql = "SELECT body, password FROM users WHERE id = $1";
        self.read_user(sql, &id.to_string()).await
    }

    async fn users(&self, search: Option<&str>, page: &Page) -> Result<PageOf<User>> {
        plain(
            "list users",
            page.before.as_deref().into_iter().chain(search),
        )?;
        let select = "SELECT u.body, u.password FROM users u WHERE 1 = 1";
        let found = List::default()
            .like("COALESCE(u.sought, u.username)", search)
            .fetch(self.db.readers(), page, "u.id", select, "")
            .await;
        let read = |found: Vec<AnyRow>| found.iter().map(whole).collect();
        let items = found.and_then(read).map_err(failed("list users"))?;
        Ok(page_of(items, page.limit, |user: &User| {
            user.id.to_string()
        }))
    }

    async fn count_users(&self) -> Result<u64> {
        let row = sqlx::query("SELECT COUNT(*) AS users FROM users")
            .fetch_one(self.db.readers())
            .await;
        row.and_then(|row| row.count("users"))
            .map(u64::from)
            .map_err(failed("count users"))
    }

    async fn change_user(&self, id: UserId, change: &UserChange) -> Result<Option<User>> {
        let doing = "change a user";
        plain(doing, change.display_name.as_deref())?;
        let (mut tx, _) = self.db.begin(doing).await?;
        let write = async {
            // The row is taken, so that two changes of different things both hold.
            let sql = "UPDATE users SET disabled = disabled WHERE id = $1 RETURNING body, password";
            let row = sqlx::query(sql)
                .bind(id.to_string())
                .fetch_optional(&mut *tx)
                .await?;
            let Some(row) = row else { return Ok(None) };
            let before = whole(&row)?;
            let after = changed(&before, change);
            sqlx::query("UPDATE users SET body = $2, sought = $3, disabled = $4 WHERE id = $1")
                .bind(id.to_string())
                .bind(json(&after)?)
                .bind(sought(&after))
                .bind(i64::from(after.disabled))
                .execute(&mut *tx)
                .await?;
            if after.disabled {
                end_tokens(&mut tx, id, None).await?;
            }
            tx.commit().await?;
            Ok(Some(before))
        };
        write.await.map_err(failed(doing))
    }

    async fn set_password(
        &self,
        id: UserId,
        hash: &str,
        must_change: bool,
        keep: Option<TokenId>,
    ) -> Result<()> {
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
            let mut user = whole(&row)?;
            user.must_change_password = must_change;
            sqlx::query("UPDATE users SET body = $2 WHERE id = $1")
                .bind(id.to_string())
                .bind(json(&user)?)
                .execute(&mut *tx)
                .await?;
            end_tokens(&mut tx, id, keep).await?;
            tx.commit().await?;
            Ok(true)
        };
        if write.await.map_err(failed(doing))? {
            return Ok(());
        }
        Err(missing(doing, format!("user {id}")))
    }

    async fn insert_token(&self, token: &Token) -> Result<()> {
        plain("store a token", token_texts(token))?;
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
                 expires_at, idle_us, scopes, deployment, address, agent, checked_at, sid, sealed) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
            )
            .bind(token.id.to_string())
            .bind(&token.hash)
            .bind(token.user.to_string())
            .bind(token.kind.as_str())
            .bind(&token.name)
            .bind(token.created_at.0)
            .bind(token.used_at.0)
            .bind(token.expires_at.0)
            .bind(token.idle.map(micros))
            .bind(scopes(token))
            .bind(token.deployment.as_deref())
            .bind(token.origin.as_ref().map(|origin| &*origin.address))
            .bind(token.origin.as_ref().map(|origin| &*origin.agent))
            .bind(
                token
                    .provider
                    .as_ref()
                    .map(|provider| provider.checked_at.0),
            )
            .bind(token.provider.as_ref().and_then(|p| p.sid.as_deref()))
            .bind(
                token
                    .provider
                    .as_ref()
                    .and_then(|p| Some(&*p.sealed.as_ref()?.0)),
            )
            .execute(&mut *tx)
            .await?;
            tx.commit().await
        };
        write.await.map_err(failed(doing))
    }

    async fn token(&self, hash: &str) -> Result<Option<SignedIn>> {
        let read = async {
            let found = sqlx::query(AssertSqlSafe(format!(
                "SELECT {TOKEN_COLUMNS}, u.body, u.password, m.course_id, m.role \
                 FROM tokens t JOIN users u ON u.id = t.user_id \
                 LEFT JOIN course_members m ON m.user_id = t.user_id \
                 WHERE t.hash = $1 AND {HOLDS} AND u.disabled = 0 ORDER BY m.course_id"
            )))
            .bind(hash)
            .bind(self.db.now().0)
            .fetch_all(self.db.readers())
            .await?;
            let Some(first) = found.first() else {
                return Ok(None);
            };
            let mut signed_in = SignedIn {
                token: rows::token(first)?,
                user: whole(first)?,
                courses: Vec::new(),
            };
            for row in &found {
                if row.maybe_text("course_id")?.is_some() {
                    signed_in.courses.push(rows::membership(row)?);
                }
            }
            Ok(Some(signed_in))
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

    async fn delete_tokens(&self, user: UserId, keep: Option<TokenId>) -> Result<u64> {
        let doing = "end the tokens of a user";
        let (mut tx, _) = self.db.begin(doing).await?;
        let write = async {
            let ended = end_tokens(&mut tx, user, keep).await?;
            tx.commit().await?;
            Ok(ended)
        };
        write.await.map_err(failed(doing))
    }

    async fn tokens(&self, user: UserId) -> Result<Vec<Token>> {
        let read = async {
            let found = sqlx::query(AssertSqlSafe(format!(
                "SELECT {TOKEN_COLUMNS} FROM tokens t \
                 WHERE t.user_id = $1 AND {HOLDS} ORDER BY t.id DESC"
            )))
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
