//! A whole site from one set of backends to another: how it grows from a laptop to a cluster, how
//! it is backed up, and how it comes back.
//!
//! The store is copied first, in one moment; then the files, so that whatever the copied rows refer
//! to was stored before. Every row and every byte is read again from the target and compared. Until
//! all is done a mark lies beside the files: nobody takes half a copy for a site, and the same copy
//! may go on.

use crate::store::{Digests, Schema, SqlStore};
use bytes::Bytes;
use domain::Clock;
use domain::results::KEPT_FOLDS;
use futures_util::{StreamExt, TryStreamExt};
use ports::artifacts::{ByteStream, COPY_MARK, put_bytes};
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
    /// Files that the copied rows name, and that the target does not hold.
    pub missing: Vec<String>,
}

impl SiteData {
    /// Opens what is to be filled: `sqlite:PATH` or `postgres://…`, and `file:PATH` or `s3://…`. A
    /// store of another program's version holds something, so it is not opened, and stays as it is.
    pub async fn open(
        store: &str,
        artifacts: &str,
        clock: Arc<dyn Clock>,
    ) -> std::result::Result<Self, crate::OpenError> {
        if let Some(found) = crate::open::look_at_store(store, Arc::clone(&clock)).await?
            && matches!(found.schema().await?, Schema::Older | Schema::Newer)
        {
            return Err(not_empty("store", "a site of another version").into());
        }
        Ok(Self {
            store: crate::open::sql_store(store, clock).await?,
            artifacts: crate::open::artifacts(artifacts).await?,
        })
    }

    /// Opens what is to be copied, as it is: nothing of it is changed.
    pub async fn look_at(
        store: &str,
        artifacts: &str,
        clock: Arc<dyn Clock>,
    ) -> std::result::Result<Self, crate::OpenError> {
        let missing = |what: &str| PortError::NotFound {
            doing: "open what is to be copied".to_owned(),
            what: what.to_owned(),
        };
        let found = crate::open::look_at_store(store, clock).await?;
        let store = found.ok_or_else(|| missing("such store"))?;
        store.schema().await?.must_be_known("store")?;
        let found = crate::open::look_at_artifacts(artifacts).await?;
        let artifacts = found.ok_or_else(|| missing("such folder or bucket of artifacts"))?;
        Ok(Self { store, artifacts })
    }

    /// Copies everything to `target`, which must be empty or the unfinished copy of this, and
    /// compares. `told` hears of each file.
    pub async fn copy_to(&self, target: &Self, told: impl Fn(&str)) -> Result<Transferred> {
        if self.is_unfinished().await? {
            return Err(PortError::Conflict {
                doing: "copy the site".to_owned(),
                what: "it is itself a copy that broke off; finish that one first".to_owned(),
            });
        }
        let copied = self.copy_rows(target).await?;
        let mut done = Transferred {
            tables: copied
                .iter()
                .map(|(table, digests)| (*table, digests.rows))
                .collect(),
            ..Transferred::default()
        };
        let mut from = None;
        loop {
            let piece = self.artifacts.list_piece("", from.as_deref()).await?;
            for file in piece.files {
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
            from = piece.next;
            if from.is_none() {
                break;
            }
        }
        for key in target.store.named_artifacts().await? {
            match target.artifacts.head(&key).await {
                Ok(_) => {}
                // The source may have removed them since; who reads them does without.
                Err(PortError::NotFound { .. }) if key.ends_with(KEPT_FOLDS) => {}
                // A conflict: what a row names is no key, so no file has it.
                Err(PortError::NotFound { .. } | PortError::Conflict { .. }) => {
                    done.missing.push(key);
                }
                Err(error) => return Err(error),
            }
        }
        target.artifacts.delete(COPY_MARK).await?;
        Ok(done)
    }

    /// Copies the store, unless a copy that broke off has done so already. The mark comes first.
    async fn copy_rows(&self, target: &Self) -> Result<Vec<(&'static str, Digests)>> {
        let is_empty = target.store.is_empty().await?;
        if target.is_unfinished().await? {
            if !is_empty {
                let (ours, theirs) = (self.store.digests().await?, target.store.digests().await?);
                // Never emptied here: it might be another site's.
                return compare(&ours, &theirs).map(|()| ours).map_err(|_| {
                    let what = "other rows than those that are to be copied; empty the store and \
                                the artifacts of the target, and begin again";
                    not_empty("store", what)
                });
            }
        } else {
            let left = target.artifacts.list_piece("", None).await?;
            if let Some(file) = left.files.first() {
                return Err(not_empty("artifacts", &file.key));
            }
            if !is_empty {
                return Err(not_empty("store", "something"));
            }
            put_bytes(&*target.artifacts, COPY_MARK, Bytes::new()).await?;
        }
        let copied = self.store.copy_to(&target.store).await?;
        compare(&copied, &target.store.digests().await?)?;
        Ok(copied)
    }

    async fn is_unfinished(&self) -> Result<bool> {
        match self.artifacts.head(COPY_MARK).await {
            Ok(_) => Ok(true),
            Err(PortError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn not_empty(port: &str, what: &str) -> PortError {
    PortError::Conflict {
        doing: format!("copy the {port}"),
        what: format!("the target holds {what} already"),
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

#[cfg(test)]
mod tests;
