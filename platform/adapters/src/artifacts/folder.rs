//! Files in a folder.

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use ports::artifacts::{Artifacts, ByteStream, Stored, Written, is_valid_key};
use ports::{PortError, Result};
use sha2::{Digest, Sha256};
use std::io::{ErrorKind, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::fs::{self, File};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use tokio_util::io::ReaderStream;
use uuid::Uuid;

/// Where files are written before they appear under their key: no valid key begins with `~`.
const SPOOL: &str = "~spool";

/// A file in the making that nobody has written to for this long belongs to a dead process. Others
/// may be at work in the same folder.
const DEAD_AFTER: Duration = Duration::from_secs(3600);

/// How often a file is placed again when a delete took its empty folder away meanwhile.
const PLACE_TRIES: u32 = 1_000;

/// Files in a folder: written aside, synced, then renamed, so that a file is there whole or not.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
}

/// A file in the making. It goes when its writer does, also when that one is dropped half-way.
struct Aside(PathBuf);

impl Drop for Aside {
    fn drop(&mut self) {
        // After a rename there is nothing left; what cannot be removed is removed at a later start.
        drop(std::fs::remove_file(&self.0));
    }
}

fn failed(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> PortError {
    let doing = doing.into();
    move |source| match source.kind() {
        // Below a file there is none, nor under a name that no file can have.
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidFilename => {
            no_file(doing)
        }
        ErrorKind::AlreadyExists => PortError::Conflict {
            doing,
            what: "the key is taken".to_owned(),
        },
        _ => unavailable(doing, source),
    }
}

/// The same for a write, which needs nothing to be there but may find something in its way.
fn not_written(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> PortError {
    let doing = doing.into();
    move |source| match source.kind() {
        ErrorKind::AlreadyExists => failed(doing)(source),
        ErrorKind::NotADirectory | ErrorKind::IsADirectory | ErrorKind::DirectoryNotEmpty => {
            PortError::Conflict {
                doing,
                what: "a file cannot be a folder as well".to_owned(),
            }
        }
        ErrorKind::InvalidFilename => PortError::Conflict {
            doing,
            what: "a part of the key is too long for a file's name here".to_owned(),
        },
        _ => unavailable(doing, source),
    }
}

fn no_file(doing: String) -> PortError {
    PortError::NotFound {
        doing,
        what: "such file".to_owned(),
    }
}

fn unavailable(doing: String, source: std::io::Error) -> PortError {
    PortError::Unavailable {
        port: "artifacts",
        doing,
        source: Box::new(source),
    }
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

    fn path(&self, key: &str, doing: &str) -> Result<PathBuf> {
        if is_valid_key(key) {
            return Ok(self.root.join(key));
        }
        let what = format!("{key:?} is no valid key");
        let doing = doing.to_owned();
        Err(PortError::Conflict { doing, what })
    }

    /// Writes the stream beside its place; the caller moves it there.
    async fn spool(&self, mut content: ByteStream) -> std::io::Result<(Aside, Written)> {
        let path = self.root.join(SPOOL).join(Uuid::now_v7().to_string());
        let aside = Aside(path);
        let mut file = File::create(&aside.0).await?;
        let (mut hasher, mut bytes) = (Sha256::new(), 0);
        while let Some(piece) = content.next().await {
            // Whatever ails the stream says nothing about this store.
            let piece = piece.map_err(std::io::Error::other)?;
            hasher.update(&piece);
            bytes += piece.len() as u64;
            file.write_all(&piece).await?;
        }
        file.flush().await?;
        file.sync_data().await?;
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

/// Removes what dead processes left half-written.
fn sweep(spool: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(spool)? {
        let entry = entry?;
        let Ok(written) = entry.metadata().and_then(|metadata| metadata.modified()) else {
            continue;
        };
        if written.elapsed().is_ok_and(|age| age > DEAD_AFTER) {
            drop(std::fs::remove_file(entry.path()));
        }
    }
    Ok(())
}

/// Makes the folder of `path` and then `act`s; again if a delete removed the empty folder between.
async fn place<F, Fut>(path: &Path, act: F) -> std::io::Result<()>
where
    F: Fn() -> Fut,
    Fut: Future<Output = std::io::Result<()>>,
{
    let mut tries = 0;
    loop {
        let made = match path.parent() {
            Some(parent) => fs::create_dir_all(parent).await,
            None => Ok(()),
        };
        let outcome = match made {
            Ok(()) => act().await,
            Err(error) => Err(error),
        };
        match outcome {
            Err(error) if error.kind() == ErrorKind::NotFound && tries < PLACE_TRIES => tries += 1,
            outcome => return outcome,
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[async_trait]
impl Artifacts for Folder {
    async fn put(&self, key: &str, content: ByteStream) -> Result<Written> {
        let doing = format!("store {key}");
        let path = self.path(key, &doing)?;
        let write = async {
            let (aside, written) = self.spool(content).await?;
            place(&path, || fs::rename(&aside.0, &path)).await?;
            Ok(written)
        };
        write.await.map_err(not_written(doing))
    }

    async fn put_once(&self, key: &str, content: Bytes) -> Result<Written> {
        let doing = format!("store {key} once");
        let path = self.path(key, &doing)?;
        let stream = futures_util::stream::once(async move { Ok(content) });
        let write = async {
            let (aside, written) = self.spool(Box::pin(stream)).await?;
            // Unlike a rename, a hard link never replaces: one of many writers wins.
            place(&path, || fs::hard_link(&aside.0, &path)).await?;
            Ok(written)
        };
        write.await.map_err(not_written(doing))
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
        let walk = tokio::task::spawn_blocking(move || list(&root, &prefix));
        let listed = walk.await.map_err(std::io::Error::other).flatten();
        listed.map_err(failed(doing))
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

/// The files whose keys begin with `prefix`. What is deleted while the walk goes on is passed over.
fn list(root: &Path, prefix: &str) -> std::io::Result<Vec<Stored>> {
    let gone = |kind| matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory);
    let mut found = Vec::new();
    // The prefix need not end at a folder's border: start at the deepest folder that it names.
    let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let entries = match std::fs::read_dir(root.join(&folder)) {
            Err(error) if gone(error.kind()) => continue,
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            // A name that is no part of a key was not put here by this store; so is the spool's.
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let key = if folder.is_empty() {
                name
            } else {
                format!("{folder}/{name}")
            };
            if !is_valid_key(&key) {
                continue;
            }
            if entry.file_type()?.is_dir() {
                let inside = format!("{key}/");
                if inside.starts_with(prefix) || prefix.starts_with(&inside) {
                    open.push(key);
                }
            } else if key.starts_with(prefix) {
                match entry.metadata() {
                    Err(error) if gone(error.kind()) => {}
                    metadata => found.push(Stored {
                        key,
                        bytes: metadata?.len(),
                    }),
                }
            }
        }
    }
    found.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn keeps_the_contract() {
        let folder = tempfile::tempdir().unwrap();
        let artifacts = Folder::open(folder.path()).await.unwrap();
        ports::contract::artifacts::all(&artifacts).await;
        let spool = std::fs::read_dir(folder.path().join(SPOOL)).unwrap();
        assert_eq!(spool.count(), 0, "nothing half-written is left behind");
    }

    #[tokio::test]
    async fn what_a_dead_writer_left_is_gone_at_a_later_start() {
        let folder = tempfile::tempdir().unwrap();
        Folder::open(folder.path()).await.unwrap();
        let [dead, alive] = ["dead", "alive"].map(|name| folder.path().join(SPOOL).join(name));
        std::fs::write(&alive, b"half").unwrap();
        std::fs::write(&dead, b"half").unwrap();
        let file = std::fs::File::options().write(true).open(&dead).unwrap();
        file.set_modified(SystemTime::now() - 2 * DEAD_AFTER)
            .unwrap();
        let artifacts = Folder::open(folder.path()).await.unwrap();
        assert!(!dead.exists());
        assert!(alive.exists(), "another process may be writing it");
        assert_eq!(artifacts.list("").await.unwrap(), []);
    }

    #[tokio::test]
    async fn a_name_that_is_too_long_here_is_refused_for_good() {
        let folder = tempfile::tempdir().unwrap();
        let artifacts = Folder::open(folder.path()).await.unwrap();
        let long = "x".repeat(300);
        let put = artifacts.put_once(&long, "x".into()).await;
        assert!(matches!(put, Err(PortError::Conflict { .. })));
        let head = artifacts.head(&long).await;
        assert!(matches!(head, Err(PortError::NotFound { .. })));
        artifacts.delete(&long).await.unwrap();
    }

    #[tokio::test]
    async fn a_file_is_never_a_folder_as_well() {
        let folder = tempfile::tempdir().unwrap();
        let artifacts = Folder::open(folder.path()).await.unwrap();
        artifacts.put_once("a/b", "x".into()).await.unwrap();
        for clash in ["a", "a/b/c"] {
            let refusal = artifacts.put_once(clash, "x".into()).await;
            assert!(
                matches!(refusal, Err(PortError::Conflict { .. })),
                "{clash}"
            );
            let content = futures_util::stream::once(async { Ok("x".into()) });
            let refusal = artifacts.put(clash, Box::pin(content)).await;
            assert!(
                matches!(refusal, Err(PortError::Conflict { .. })),
                "{clash}"
            );
        }
    }
}
