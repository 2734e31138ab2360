//! A whole site from one set of backends to another: how it grows from a laptop to a cluster, how
//! it is backed up, and how it comes back.
//!
//! The store is copied first, in one moment; then the files, so that whatever the copied rows refer
//! to was stored before. Every row and every byte is read again from the target and compared.

use crate::store::{Digests, SqlStore};
use domain::Clock;
use futures_util::{StreamExt, TryStreamExt};
use ports::artifacts::ByteStream;
use ports::{Artifacts, PortError, Result};
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex, PoisonError};

/// A store and the artifacts that belong to it.
#[derive(Debug)]
pub struct SiteData {
    store: SqlStore,
    artifacts: Arc<dyn Artifacts>,
}

/// What was copied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transferred {
    /// Rows of each table, in the order in which they were copied.
    pub tables: Vec<(&'static str, u64)>,
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files that somebody removed meanwhile.
    pub vanished: Vec<String>,
}

impl SiteData {
    /// Opens `sqlite:PATH` or `postgres://…`, and `file:PATH` or `s3://…`.
    pub async fn open(
        store: &str,
        artifacts: &str,
        clock: Arc<dyn Clock>,
    ) -> std::result::Result<Self, crate::OpenError> {
        Ok(Self {
            store: crate::open::sql_store(store, clock).await?,
            artifacts: crate::open::artifacts(artifacts).await?,
        })
    }

    /// Copies everything to `target`, which must be empty, and compares. `told` hears of each file.
    pub async fn copy_to(&self, target: &Self, told: impl Fn(&str)) -> Result<Transferred> {
        let left = target.artifacts.list("").await?;
        if let Some(file) = left.first() {
            return Err(PortError::Conflict {
                doing: "copy the artifacts".to_owned(),
                what: format!("the target holds {} already", file.key),
            });
        }
        let copied = self.store.copy_to(&target.store).await?;
        compare(&copied, &target.store.digests().await?)?;
        let mut done = Transferred {
            tables: copied
                .iter()
                .map(|(table, digests)| (*table, digests.rows))
                .collect(),
            ..Transferred::default()
        };
        for file in self.artifacts.list("").await? {
            told(&file.key);
            match copy_file(&file.key, &*self.artifacts, &*target.artifacts).await {
                Ok(bytes) => {
                    done.files += 1;
                    done.bytes += bytes;
                }
                Err(PortError::NotFound { .. }) => done.vanished.push(file.key),
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }
}

fn compare(copied: &[(&str, Digests)], found: &[(&str, Digests)]) -> Result<()> {
    let differs = copied.iter().zip(found).find(|(a, b)| a != b);
    match differs {
        None => Ok(()),
        Some(((table, copied), (_, found))) => Err(PortError::Corrupt {
            doing: format!("copy the table {table}"),
            source: format!(
                "{} rows were sent and {} were found, or their contents differ",
                copied.rows, found.rows
            )
            .into(),
        }),
    }
}

async fn copy_file(key: &str, from: &dyn Artifacts, to: &dyn Artifacts) -> Result<u64> {
    let hash = Arc::new(Mutex::new(Sha256::new()));
    let seen = Arc::clone(&hash);
    let stream: ByteStream = from
        .get(key)
        .await?
        .inspect_ok(move |piece| {
            seen.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .update(piece)
        })
        .boxed();
    let written = to.put(key, stream).await?;
    let sent = hash.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut found = Sha256::new();
    let mut again = to.get(key).await?;
    while let Some(piece) = again.next().await {
        found.update(&piece.map_err(|source| PortError::Unavailable {
            port: "artifacts",
            doing: format!("read {key} again"),
            source: source.into(),
        })?);
    }
    if found.finalize() != sent.finalize() {
        return Err(PortError::Corrupt {
            doing: format!("copy {key}"),
            source: "what was written is not what is read".into(),
        });
    }
    Ok(written.bytes)
}
