//! Connections, transactions, the store's time, and what a row's columns hold.

pub(super) use super::errors::failed;
use super::errors::unopened;
use super::schema::{Opening, migrate};
use domain::{Clock, Timestamp};
use ports::Result;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions, AnyRow};
use sqlx::{Any, AnyPool, Row, Transaction};
use std::path::Path;
use std::str::FromStr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// Connections that read an SQLite file at the same time.
const READERS: u32 = 4;
/// Connections of one process to PostgreSQL, which takes about a hundred in all.
const CONNECTIONS: u32 = 6;
/// How long a caller waits for a connection: a server that restarts is waited out.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often the difference to the server's clock is measured again.
const MEASURE_EVERY: Duration = Duration::from_secs(30);

/// What every connection is told first. `NORMAL` loses no committed transaction when the process
/// dies, only, at worst, the last ones when the machine loses power. The log is cut back to the
/// limit after a burst.
const COMMON: [&str; 5] = [
    "PRAGMA busy_timeout = 10000",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA journal_size_limit = 33554432",
];
const WRITER: &str = "PRAGMA query_only = OFF";
/// A write on a reading connection would wait for the writer in vain: it must be a loud mistake.
const READER: &str = "PRAGMA query_only = ON";

/// A transaction that writes.
pub(super) type Tx = Transaction<'static, Any>;

/// The connections to one database.
#[derive(Debug)]
pub(super) struct Db {
    writer: AnyPool,
    readers: AnyPool,
    clock: Arc<dyn Clock>,
    begin: &'static str,
    snapshot: &'static str,
    /// Microseconds that the server's clock is ahead of this process's.
    ahead: Arc<AtomicI64>,
}

impl Db {
    /// Opens an SQLite file, and makes it if it is to be migrated.
    pub(super) async fn open_file(
        path: &Path,
        clock: Arc<dyn Clock>,
        opening: Opening,
    ) -> Result<Self> {
        let doing = format!("open the database {}", path.display());
        sqlx::any::install_default_drivers();
        let path = std::path::absolute(path).map_err(|error| unopened(&doing)(error.into()))?;
        if let (Opening::Migrate, Some(folder)) = (opening, path.parent()) {
            let made = tokio::fs::create_dir_all(folder).await;
            made.map_err(|error| unopened(&doing)(error.into()))?;
        }
        let encoded = path
            .to_string_lossy()
            .replace('%', "%25")
            .replace('?', "%3F")
            .replace('#', "%23");
        let mode = match opening {
            Opening::Migrate => "rwc",
            Opening::AsItIs => "rw",
        };
        let url = format!("sqlite:{encoded}?mode={mode}");
        let options = AnyConnectOptions::from_str(&url).map_err(unopened(&doing))?;
        let writer = pool(1, WRITER).connect_with(options.clone()).await;
        let writer = writer.map_err(unopened(&doing))?;
        if opening == Opening::Migrate {
            migrate(&writer, &path.display().to_string()).await?;
        }
        let readers = pool(READERS, READER).connect_with(options).await;
        let readers = readers.map_err(unopened(&doing))?;
        Ok(Self {
            writer,
            readers,
            clock,
            begin: "BEGIN IMMEDIATE",
            snapshot: "BEGIN",
            ahead: Arc::default(),
        })
    }

    /// Opens a PostgreSQL database. The store's time is the server's, so that all processes agree
    /// on leases.
    pub(super) async fn open_server(
        url: &str,
        clock: Arc<dyn Clock>,
        opening: Opening,
    ) -> Result<Self> {
        let doing = "open the database";
        sqlx::any::install_default_drivers();
        let options = AnyConnectOptions::from_str(url).map_err(unopened(doing))?;
        let pool = AnyPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .connect_with(options)
            .await
            .map_err(unopened(doing))?;
        if opening == Opening::Migrate {
            migrate(&pool, "of the site").await?;
        }
        let ahead = Arc::new(AtomicI64::new(0));
        measure(&pool, clock.as_ref(), &ahead)
            .await
            .map_err(failed("ask the database for its time"))?;
        tokio::spawn(keep_measuring(
            pool.clone(),
            Arc::clone(&clock),
            Arc::downgrade(&ahead),
        ));
        Ok(Self {
            writer: pool.clone(),
            readers: pool,
            clock,
            begin: "BEGIN",
            snapshot: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            ahead,
        })
    }

    /// Begins a transaction that writes, and reads the store's time in it.
    pub(super) async fn begin(&self, doing: &str) -> Result<(Tx, Timestamp)> {
        self.begin_raw().await.map_err(failed(doing))
    }

    /// The same, for a caller that tells its own errors.
    pub(super) async fn begin_raw(&self) -> sqlx::Result<(Tx, Timestamp)> {
        let tx = begin(self.writer.clone(), self.begin).await?;
        Ok((tx, self.now()))
    }

    /// A transaction that sees the store as it is in one moment, and changes nothing.
    pub(super) async fn snapshot(&self) -> sqlx::Result<Tx> {
        begin(self.readers.clone(), self.snapshot).await
    }

    /// Whether it is an SQLite file.
    pub(super) fn is_file(&self) -> bool {
        self.begin == "BEGIN IMMEDIATE"
    }

    /// Where reads go.
    pub(super) fn readers(&self) -> &AnyPool {
        &self.readers
    }

    /// The store's time.
    pub(super) fn now(&self) -> Timestamp {
        let ahead = self.ahead.load(Ordering::Relaxed);
        Timestamp(self.clock.now().0.saturating_add(ahead))
    }
}

/// Measures how far the server's clock is ahead, to half the time that the question takes.
async fn measure(pool: &AnyPool, clock: &dyn Clock, ahead: &AtomicI64) -> sqlx::Result<()> {
    let mut connection = pool.acquire().await?;
    let asked = clock.now().0;
    let sql = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT) AS now";
    let row = sqlx::query(sql).fetch_one(&mut *connection).await?;
    let middle = i64::midpoint(asked, clock.now().0);
    ahead.store(row.int("now")?.saturating_sub(middle), Ordering::Relaxed);
    Ok(())
}

/// Measures now and then, as clocks drift and are set, until the store is dropped.
async fn keep_measuring(pool: AnyPool, clock: Arc<dyn Clock>, ahead: Weak<AtomicI64>) {
    loop {
        tokio::time::sleep(MEASURE_EVERY).await;
        let Some(ahead) = ahead.upgrade() else { return };
        if let Err(error) = measure(&pool, clock.as_ref(), &ahead).await {
            tracing::debug!(%error, "the database was not asked for its time");
        }
    }
}

/// Connections to a file of this machine: they neither break nor age, so they are not tested
/// before each use and are kept.
fn pool(size: u32, role: &'static str) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(size)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                for pragma in COMMON.into_iter().chain([role]) {
                    sqlx::raw_sql(pragma).execute(&mut *connection).await?;
                }
                Ok(())
            })
        })
}

/// Begins a transaction whether or not the caller waits for it. Where a caller goes away while its
/// `BEGIN` is on the way, sqlx 0.9 gives the connection back within a transaction of which it knows
/// nothing, and what others do on it later is not committed.
async fn begin(pool: AnyPool, words: &'static str) -> sqlx::Result<Tx> {
    let begun = tokio::spawn(async move { pool.begin_with(words).await });
    begun.await.map_err(|_| sqlx::Error::WorkerCrashed)?
}

/// Reading columns into the domain's types, with an error that names the column.
pub(super) trait RowExt {
    fn text(&self, column: &str) -> sqlx::Result<String>;
    fn maybe_text(&self, column: &str) -> sqlx::Result<Option<String>>;
    fn int(&self, column: &str) -> sqlx::Result<i64>;
    fn maybe_time(&self, column: &str) -> sqlx::Result<Option<Timestamp>>;

    fn time(&self, column: &str) -> sqlx::Result<Timestamp> {
        self.int(column).map(Timestamp)
    }

    fn count(&self, column: &str) -> sqlx::Result<u32> {
        self.int(column)
            .map(|value| u32::try_from(value).unwrap_or(u32::MAX))
    }

    fn parse<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(
        &self,
        column: &str,
    ) -> sqlx::Result<T> {
        self.text(column)?
            .parse()
            .map_err(|source| decode(column, source))
    }

    fn maybe_parse<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(
        &self,
        column: &str,
    ) -> sqlx::Result<Option<T>> {
        let text = self.maybe_text(column)?;
        text.map(|text| text.parse().map_err(|source| decode(column, source)))
            .transpose()
    }

    fn json<T: serde::de::DeserializeOwned>(&self, column: &str) -> sqlx::Result<T> {
        serde_json::from_str(&self.text(column)?).map_err(|source| decode(column, source))
    }

    fn maybe_json<T: serde::de::DeserializeOwned>(&self, column: &str) -> sqlx::Result<Option<T>> {
        let text = self.maybe_text(column)?;
        text.map(|text| serde_json::from_str(&text).map_err(|source| decode(column, source)))
            .transpose()
    }
}

impl RowExt for AnyRow {
    fn text(&self, column: &str) -> sqlx::Result<String> {
        self.try_get(column)
    }

    fn maybe_text(&self, column: &str) -> sqlx::Result<Option<String>> {
        self.try_get(column)
    }

    fn int(&self, column: &str) -> sqlx::Result<i64> {
        self.try_get(column)
    }

    fn maybe_time(&self, column: &str) -> sqlx::Result<Option<Timestamp>> {
        Ok(self.try_get::<Option<i64>, _>(column)?.map(Timestamp))
    }
}

fn decode(column: &str, source: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: Box::new(source),
    }
}

/// The JSON form of what the program made itself.
pub(super) fn json<T: serde::Serialize>(value: &T) -> sqlx::Result<String> {
    serde_json::to_string(value).map_err(|source| sqlx::Error::Encode(Box::new(source)))
}
