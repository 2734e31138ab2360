//! The schema: brought up to date where a site works, and only looked at where one is copied or
//! checked.

use super::errors::{failed, unmigrated};
use super::{Db, SqlStore};
use ports::{PortError, Result};
use sqlx::AnyPool;
use sqlx::Row;
use sqlx::migrate::{MigrateError, Migrator};
use std::time::Duration;

static MIGRATIONS: Migrator = sqlx::migrate!();

/// How often the migrations are tried while other processes are doing them as well, each of which
/// may be faster at every step; and the wait between.
const TRIES: u32 = 40;
const PAUSE: Duration = Duration::from_millis(25);

/// How a database is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// It is made if it is missing, and its schema is brought up to date.
    Migrate,
    /// Nothing of it is changed.
    AsItIs,
}

/// What a database that was opened as it is holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// No site: nothing was ever stored.
    None,
    /// A site of an older program.
    Older,
    /// A site of this program.
    Known,
    /// A site of a newer program.
    Newer,
}

impl SqlStore {
    /// Which program's schema it has.
    pub async fn schema(&self) -> Result<Schema> {
        schema(&self.db).await
    }
}

async fn schema(db: &Db) -> Result<Schema> {
    let doing = "look at the schema of the database";
    // A question that both databases answer without an error, whether the table is there or not.
    let table = match db.is_file() {
        true => "SELECT 1 FROM sqlite_master WHERE name = '_sqlx_migrations'",
        false => "SELECT 1 WHERE to_regclass('_sqlx_migrations') IS NOT NULL",
    };
    let table = sqlx::query(table).fetch_optional(db.readers()).await;
    if table.map_err(failed(doing))?.is_none() {
        return Ok(Schema::None);
    }
    let applied = sqlx::query("SELECT MAX(version) AS version FROM _sqlx_migrations")
        .fetch_one(db.readers())
        .await
        .and_then(|row| row.try_get::<Option<i64>, _>("version"))
        .map_err(failed(doing))?;
    let known = MIGRATIONS.iter().map(|step| step.version).max();
    Ok(match applied {
        None => Schema::None,
        applied if applied < known => Schema::Older,
        applied if applied > known => Schema::Newer,
        _ => Schema::Known,
    })
}

#[cfg(test)]
impl SqlStore {
    /// Does what no port can.
    pub(crate) async fn play(&self, sql: &'static str) {
        let (mut tx, _) = self.db.begin_raw().await.unwrap();
        sqlx::query(sql).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }
}

impl Schema {
    /// Refuses what this program cannot read as it is. `name` says which store it is.
    pub fn must_be_known(self, name: &str) -> Result<()> {
        let what = match self {
            Self::Known => return Ok(()),
            Self::None => "it holds no site",
            Self::Older => {
                "a program of an older version wrote it: start the site once with this program, or \
                 copy it with the program that it belongs to"
            }
            Self::Newer => {
                "a program of a newer version wrote it: use that program, or a newer one"
            }
        };
        Err(PortError::Conflict {
            doing: format!("read the {name}"),
            what: what.to_owned(),
        })
    }
}

/// Brings the schema up to date. PostgreSQL has a lock for migrations, SQLite has none: of two
/// processes that start at once the second fails on what the first has just made, and finds it
/// done at a later try.
pub(super) async fn migrate(writer: &AnyPool, name: &str) -> Result<()> {
    let mut tries = 1;
    loop {
        match MIGRATIONS.run(writer).await {
            Err(MigrateError::Execute(_) | MigrateError::ExecuteMigration(..)) if tries < TRIES => {
                tries += 1;
                tokio::time::sleep(PAUSE).await;
            }
            outcome => {
                let doing = format!("bring the database {name} up to date");
                return outcome.map_err(|error| unmigrated(doing, error));
            }
        }
    }
}
