//! Files in a folder.

mod errors;
mod files;
#[cfg(test)]
mod tests;

use super::{broke, hex};
use async_trait::async_trait;
use bytes::Bytes;
use errors::{failed, no_file, not_written};
use files::{Aside, list, name_once, place, sweep};
use futures_util::StreamExt;
use ports::artifacts::{Artifacts, ByteStream, Piece, Stored, Written, is_valid_key};
use ports::{PortError, Result};
use sha2::{Digest, Sha256};
use std::io::{ErrorKind, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use tokio::fs::{self, File};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use tokio_util::io::ReaderStream;
use uuid::Uuid;

/// Where files are written before they appear under their key: no valid key begins with `~`.
const SPOOL: &str = "~spool";
/// How many files a piece of a list holds.
const PIECE: usize = 1_000;

/// Files in a folder: written aside, synced, then renamed, so that a file is there whole or not.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Opens the folder, creating it if missing and removing what a dead process left half-written.
    pub async fn open(root: &Path) -> Result<Self> {
        let doing = format!("open the artifacts folder {}", root.display());
        let root = root.to_owned();
        let spool = root.join(SPOOL);
        let open = tokio::task::spawn_blocking(move || {
            std::fs::create_dir_all(&spool)?;
            sweep(&spool)
        });
        let opened = open.await.map_err(std::io::Error::other).flatten();
        opened.map_err(not_written(doing))?;
        Ok(Self { root })
    }

    /// Opens a folder that is there, and changes nothing in it.
    pub async fn look_at(root: &Path) -> Result<Self> {
        let doing = format!("open the artifacts folder {}", root.display());
        let found = fs::metadata(root).await.map_err(failed(&*doing))?;
        if !found.is_dir() {
            return Err(not_written(doing)(ErrorKind::NotADirectory.into()));
        }
        let root = root.to_owned();
        Ok(Self { root })
    }

    fn path(&self, key: &str, doing: &str) -> Result<PathBuf> {
        if is_valid_key(key) {
            return Ok(self.root.join(key));
        }
        let what = format!("{key:?} is no valid key");
        let doing = doing.to_owned();
        Err(PortError::Conflict { doing, what })
    }

    /// Writes the stream beside its place; the caller moves it there.
    async fn spool(&self, doing: &str, mut content: ByteStream) -> Result<(Aside, Written)> {
        let path = self.root.join(SPOOL).join(Uuid::now_v7().to_string());
        let aside = Aside(path);
        let file = File::create(&aside.0).await;
        let mut file = file.map_err(not_written(doing))?;
        let (mut hasher, mut bytes) = (Sha256::new(), 0);
        while let Some(piece) = content.next().await {
            let piece = piece.map_err(broke(doing))?;
            hasher.update(&piece);
            bytes += piece.len() as u64;
            let written = file.write_all(&piece).await;
            written.map_err(not_written(doing))?;
        }
        file.flush().await.map_err(not_written(doing))?;
        file.sync_data().await.map_err(not_written(doing))?;
        let sha256 = hex(&hasher.finalize());
        Ok((aside, Written { bytes, sha256 }))
    }

    /// Opens a file to read, and its size; a folder is none.
    async fn reader(&self, key: &str, doing: &str) -> Result<(File, u64)> {
        let path = self.path(key, doing)?;
        let open = async {
            let file = File::open(path).await?;
            let metadata = file.metadata().await?;
            Ok(metadata.is_file().then_some((file, metadata.len())))
        };
        let opened = open.await.map_err(failed(doing))?;
        opened.ok_or_else(|| no_file(doing.to_owned()))
    }
}

#[async_trait]
impl Artifacts for Folder {
    async fn put(&self, key: &str, content: ByteStream) -> Result<Written> {
        let doing = format!("store {key}");
        let path = self.path(key, &doing)?;
        let (aside, written) = self.spool(&doing, content).await?;
        let placed = place(&path, || fs::rename(&aside.0, &path)).await;
        placed.map(|()| written).map_err(not_written(doing))
    }

    async fn put_once(&self, key: &str, content: Bytes) -> Result<Written> {
        let doing = format!("store {key} once");
        let path = self.path(key, &doing)?;
        let stream = futures_util::stream::once(async move { Ok(content) });
        let (aside, written) = self.spool(&doing, Box::pin(stream)).await?;
        // Unlike a rename, a hard link never replaces: one of many writers wins.
        let placed = place(&path, || name_once(&aside.0, &path)).await;
        placed.map(|()| written).map_err(not_written(doing))
    }

    async fn get(&self, key: &str) -> Result<ByteStream> {
        let (file, _) = self.reader(key, &format!("read {key}")).await?;
        Ok(Box::pin(ReaderStream::with_capacity(file, 256 * 1024)))
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes> {
        let doing = format!("read a part of {key}");
        let (mut file, size) = self.reader(key, &doing).await?;
        let end = range.end.min(size);
        let Some(length) = end.checked_sub(range.start).filter(|length| *length > 0) else {
            return Ok(Bytes::new());
        };
        let read = async {
            file.seek(SeekFrom::Start(range.start)).await?;
            let mut part = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
            file.take(length).read_to_end(&mut part).await?;
            Ok(Bytes::from(part))
        };
        read.await.map_err(failed(doing))
    }

    async fn head(&self, key: &str) -> Result<Stored> {
        let doing = format!("look at {key}");
        let path = self.path(key, &doing)?;
        let metadata = fs::metadata(path).await.map_err(failed(doing.as_str()))?;
        if !metadata.is_file() {
            return Err(no_file(doing));
        }
        let (key, bytes) = (key.to_owned(), metadata.len());
        Ok(Stored { key, bytes })
    }

    async fn list(&self, prefix: &str) -> Result<Vec<Stored>> {
        let doing = format!("list {prefix}");
        let (root, prefix) = (self.root.clone(), prefix.to_owned());
        if !prefix.is_empty() {
            // A prefix may end where a folder does; nothing else about it is special.
            self.path(prefix.strip_suffix('/').unwrap_or(&prefix), &doing)?;
        }
        let walk = tokio::task::spawn_blocking(move || list(&root, &prefix, "", usize::MAX));
        let listed = walk.await.map_err(std::io::Error::other).flatten();
        listed.map_err(failed(doing))
    }

    async fn list_piece(&self, prefix: &str, from: Option<&str>) -> Result<Piece> {
        let doing = format!("list a piece of {prefix}");
        let (root, prefix) = (self.root.clone(), prefix.to_owned());
        let after = from.unwrap_or_default().to_owned();
        let walk = tokio::task::spawn_blocking(move || list(&root, &prefix, &after, PIECE));
        let listed = walk.await.map_err(std::io::Error::other).flatten();
        let files = listed.map_err(failed(doing))?;
        let next = files.last().filter(|_| files.len() == PIECE);
        let next = next.map(|file| file.key.clone());
        Ok(Piece { files, next })
    }

    async fn delete(&self, key: &str) -> Result<()> {
        let doing = format!("delete {key}");
        let path = self.path(key, &doing)?;
        match fs::remove_file(&path).await {
            Ok(()) => {
                self.remove_empty_parents(&path).await;
                Ok(())
            }
            Err(error) => match error.kind() {
                ErrorKind::NotFound
                | ErrorKind::NotADirectory
                | ErrorKind::IsADirectory
                | ErrorKind::InvalidFilename => Ok(()),
                // Some systems name another reason for a folder.
                _ if fs::metadata(&path).await.is_ok_and(|found| found.is_dir()) => Ok(()),
                _ => Err(failed(doing)(error)),
            },
        }
    }

    async fn ping(&self) -> Result<()> {
        let doing = "look at the artifacts folder";
        let spool = fs::metadata(self.root.join(SPOOL)).await;
        spool.map(drop).map_err(not_written(doing))
    }
}

impl Folder {
    /// Keeps the tree tidy. A folder that is not empty, or is gone already, ends the walk.
    async fn remove_empty_parents(&self, path: &Path) {
        for parent in path.ancestors().skip(1) {
            if parent == self.root || fs::remove_dir(parent).await.is_err() {
                break;
            }
        }
    }
}
