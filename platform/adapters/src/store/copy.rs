//! From one database to another: every row as it is.

use super::SqlStore;
use super::db::{RowExt, failed};
use futures_util::TryStreamExt;
use ports::artifacts::is_valid_key;
use ports::{PortError, Result};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::any::{AnyRow, AnyTypeInfoKind};
use sqlx::{Any, AssertSqlSafe, Column, Row, Transaction, ValueRef};
use std::collections::BTreeSet;

/// Every table that is worth keeping, those that others refer to first. `replicas` is not: who
/// serves says so itself.
const TABLES: [&str; 23] = [
    "site",
    "users",
    "courses",
    "course_members",
    "quotas",
    "work",
    "shares",
    "role_requests",
    "tokens",
    "idempotency",
    "datasets",
    "dataset_versions",
    "pipelines",
    "stages",
    "jobs",
    "trials",
    "models",
    "deployments",
    "deployment_versions",
    "events",
    "spans",
    "outbox",
    "audit",
];

/// What a table holds, in short: equal for equal rows in any order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digests {
    /// How many rows there are.
    pub rows: u64,
    /// The sum of the first halves of the SHA-256 of each row.
    pub sum: u128,
}

/// A cell of a row.
#[derive(Clone, Debug, PartialEq)]
enum Cell {
    Text(String),
    Int(i64),
    Float(f64),
}

/// The cells of a row that are not null, by column.
type Cells = Vec<(String, Cell)>;

impl Digests {
    fn add(&mut self, cells: &Cells) {
        let mut hash = Sha256::new();
        for (column, cell) in cells {
            hash.update(column.as_bytes());
            match cell {
                Cell::Text(text) => {
                    hash.update([0]);
                    hash.update((text.len() as u64).to_le_bytes());
                    hash.update(text.as_bytes());
                }
                Cell::Int(int) => {
                    hash.update([1]);
                    hash.update(int.to_le_bytes());
                }
                Cell::Float(float) => {
                    hash.update([2]);
                    hash.update(float.to_bits().to_le_bytes());
                }
            }
        }
        let mut half = [0; 16];
        half.copy_from_slice(&hash.finalize()[..16]);
        self.rows += 1;
        self.sum = self.sum.wrapping_add(u128::from_le_bytes(half));
    }
}

impl SqlStore {
    /// Whether nothing was ever stored.
    pub async fn is_empty(&self) -> Result<bool> {
        let doing = "look whether the store is empty";
        for table in TABLES {
            let sql = format!("SELECT 1 FROM {table} LIMIT 1");
            let row = sqlx::query(AssertSqlSafe(sql))
                .fetch_optional(self.db.readers())
                .await;
            if row.map_err(failed(doing))?.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Copies every row of one moment into `target`, all or nothing; what each table holds.
    /// `Conflict` unless `target` is empty. Memory use does not grow with the tables.
    pub async fn copy_to(&self, target: &Self) -> Result<Vec<(&'static str, Digests)>> {
        let doing = "copy the store";
        if !target.is_empty().await? {
            return Err(PortError::Conflict {
                doing: doing.to_owned(),
                what: "the target holds something already".to_owned(),
            });
        }
        let mut from = self.db.snapshot().await.map_err(failed(doing))?;
        let (mut to, _) = target.db.begin(doing).await?;
        let mut copied = Vec::new();
        for table in TABLES {
            let done = copy_table(table, &mut from, &mut to).await;
            copied.push((table, done.map_err(failed(doing))?));
        }
        to.commit().await.map_err(failed(doing))?;
        Ok(copied)
    }

    /// The files that what is kept here cannot do without: uploads, models, results of stages.
    pub async fn named_artifacts(&self) -> Result<Vec<String>> {
        let read = async {
            let mut named = BTreeSet::new();
            for sql in [
                "SELECT v.artifact AS text FROM dataset_versions v \
                 JOIN datasets d ON d.id = v.dataset_id WHERE d.deleted = 0",
                "SELECT artifact AS text FROM deployment_versions",
                "SELECT body AS text FROM models",
                "SELECT result AS text FROM stages WHERE result IS NOT NULL",
            ] {
                let mut rows = sqlx::query(sql).fetch(self.db.readers());
                while let Some(row) = rows.try_next().await? {
                    named.extend(keys_in(&row.text("text")?));
                }
            }
            Ok(named.into_iter().collect())
        };
        read.await.map_err(failed("read which artifacts are named"))
    }

    /// What each table holds, in one moment.
    pub async fn digests(&self) -> Result<Vec<(&'static str, Digests)>> {
        let doing = "check the store";
        let mut from = self.db.snapshot().await.map_err(failed(doing))?;
        let mut found = Vec::new();
        for table in TABLES {
            let mut digests = Digests::default();
            let read = async {
                let sql = format!("SELECT * FROM {table}");
                let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(&mut *from);
                while let Some(row) = rows.try_next().await? {
                    digests.add(&cells(&row)?);
                }
                Ok(())
            };
            read.await.map_err(failed(doing))?;
            found.push((table, digests));
        }
        Ok(found)
    }
}

/// The keys in what a row says: the whole text, or strings of its JSON. A result may say what the
/// dataset was that it came from, which may be deleted by now, so below others only what belongs to
/// pipelines and jobs counts.
fn keys_in(text: &str) -> Vec<String> {
    fn walk(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::String(text) => {
                let is_file = |text: &&String| {
                    let mut parts = text.split('/');
                    let ours = matches!(parts.next(), Some("pipelines" | "jobs"));
                    ours && parts.count() > 2 && is_valid_key(text)
                };
                found.extend(Some(text).filter(is_file).cloned());
            }
            Value::Array(values) => values.iter().for_each(|value| walk(value, found)),
            Value::Object(fields) => fields.values().for_each(|value| walk(value, found)),
            _ => {}
        }
    }
    let Ok(value) = serde_json::from_str(text) else {
        return vec![text.to_owned()];
    };
    let mut found = Vec::new();
    walk(&value, &mut found);
    found
}

async fn copy_table(
    table: &str,
    from: &mut Transaction<'static, Any>,
    to: &mut Transaction<'static, Any>,
) -> sqlx::Result<Digests> {
    let mut digests = Digests::default();
    let sql = format!("SELECT * FROM {table}");
    let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(&mut **from);
    while let Some(row) = rows.try_next().await? {
        let cells = cells(&row)?;
        digests.add(&cells);
        insert(table, cells, to).await?;
    }
    Ok(digests)
}

/// Nulls are left out: `Any` cannot bind one whose type both databases accept.
async fn insert(table: &str, cells: Cells, to: &mut Transaction<'static, Any>) -> sqlx::Result<()> {
    let columns: Vec<&str> = cells.iter().map(|(column, _)| column.as_str()).collect();
    let places: Vec<String> = (1..=cells.len()).map(|place| format!("${place}")).collect();
    let (columns, places) = (columns.join(", "), places.join(", "));
    let sql = format!("INSERT INTO {table} ({columns}) VALUES ({places})");
    let mut insert = sqlx::query(AssertSqlSafe(sql));
    for (_, cell) in cells {
        insert = match cell {
            Cell::Text(text) => insert.bind(text),
            Cell::Int(int) => insert.bind(int),
            Cell::Float(float) => insert.bind(float),
        };
    }
    insert.execute(&mut **to).await?;
    Ok(())
}

/// The cells of a row, in the order of the columns' names.
fn cells(row: &AnyRow) -> sqlx::Result<Cells> {
    let mut cells = Vec::with_capacity(row.len());
    for (index, column) in row.columns().iter().enumerate() {
        let value = row.try_get_raw(index)?;
        let kind = value.type_info().kind();
        if value.is_null() {
            continue;
        }
        let cell = match kind {
            AnyTypeInfoKind::Real | AnyTypeInfoKind::Double => Cell::Float(row.try_get(index)?),
            AnyTypeInfoKind::SmallInt | AnyTypeInfoKind::Integer | AnyTypeInfoKind::BigInt => {
                Cell::Int(row.try_get(index)?)
            }
            _ => Cell::Text(row.try_get(index)?),
        };
        cells.push((column.name().to_owned(), cell));
    }
    cells.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(cells)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::SystemClock;
    use ports::Store;
    use ports::contract;
    use std::sync::Arc;

    async fn store(folder: &tempfile::TempDir, name: &str) -> Arc<SqlStore> {
        let clock = Arc::new(SystemClock::new());
        let store = SqlStore::open_file(&folder.path().join(name), clock).await;
        Arc::new(store.unwrap())
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_copy_holds_every_row_and_a_second_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (store(&folder, "a.db").await, store(&folder, "b.db").await);
        contract::store::all(Arc::clone(&from) as Arc<dyn Store>).await;
        let copied = from.copy_to(&to).await.unwrap();
        assert_eq!(copied, to.digests().await.unwrap());
        assert_eq!(copied, from.digests().await.unwrap());
        let rows = |name: &str| {
            copied
                .iter()
                .find(|(table, _)| *table == name)
                .unwrap()
                .1
                .rows
        };
        for table in TABLES.iter().filter(|table| **table != "courses") {
            assert!(rows(table) > 0, "the contract leaves nothing in {table}");
        }
        let again = from.copy_to(&to).await.unwrap_err();
        assert_eq!(again.kind(), domain::FailureKind::Conflict);
    }

    #[tokio::test]
    async fn every_table_of_the_schema_is_copied() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder, "a.db").await;
        let sql = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name";
        let rows = sqlx::query(sql)
            .fetch_all(store.db.readers())
            .await
            .unwrap();
        let is_ours = |name: &String| {
            !name.starts_with("sqlite_") && name != "_sqlx_migrations" && name != "replicas"
        };
        let names: Vec<String> = rows.iter().map(|row| row.get::<String, _>(0)).collect();
        let names: Vec<String> = names.into_iter().filter(is_ours).collect();
        let mut known = TABLES.to_vec();
        known.sort_unstable();
        assert_eq!(names, known);
    }

    #[test]
    fn a_digest_sees_what_differs_and_not_the_order() {
        let row = |text: &str, int| {
            vec![
                ("a".to_owned(), Cell::Text(text.to_owned())),
                ("b".to_owned(), Cell::Int(int)),
            ]
        };
        let of = |rows: &[Cells]| {
            let mut digests = Digests::default();
            rows.iter().for_each(|row| digests.add(row));
            digests
        };
        assert_eq!(
            of(&[row("x", 1), row("y", 2)]),
            of(&[row("y", 2), row("x", 1)])
        );
        assert_ne!(
            of(&[row("x", 1), row("y", 2)]),
            of(&[row("x", 2), row("y", 1)])
        );
        assert_ne!(of(&[row("x", 1)]), of(&[row("x", 1), row("x", 1)]));
    }
}
