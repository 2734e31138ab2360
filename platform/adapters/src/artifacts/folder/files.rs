//! Files and folders as the operating system knows them.

use ports::artifacts::{Stored, is_valid_key};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::fs;

/// A file in the making that nobody has written to for this long belongs to a dead process. Others
/// may be at work in the same folder.
pub(super) const DEAD_AFTER: Duration = Duration::from_secs(3600);

/// How often a file is placed again when a delete took its empty folder away meanwhile.
const PLACE_TRIES: u32 = 1_000;

/// A file in the making. It goes when its writer does, also when that one is dropped half-way.
pub(super) struct Aside(pub(super) PathBuf);

impl Drop for Aside {
    fn drop(&mut self) {
        // After a rename there is nothing left; what cannot be removed is removed at a later start.
        drop(std::fs::remove_file(&self.0));
    }
}

/// Removes what dead processes left half-written.
pub(super) fn sweep(spool: &Path) -> std::io::Result<()> {
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
pub(super) async fn place<F, Fut>(path: &Path, act: F) -> std::io::Result<()>
where
    F: Fn() -> Fut,
    Fut: Future<Output = std::io::Result<()>>,
{
    let mut tries = 0;
    loop {
        let outcome = match make_folder(path).await {
            Ok(()) => act().await,
            Err(error) => Err(error),
        };
        match outcome {
            Err(error) if error.kind() == ErrorKind::NotFound && tries < PLACE_TRIES => tries += 1,
            outcome => return outcome,
        }
    }
}

/// Makes the folder in which `path` lies; `NotFound` when a delete was faster.
async fn make_folder(path: &Path) -> std::io::Result<()> {
    let Some(folder) = path.parent() else {
        return Ok(());
    };
    match fs::create_dir_all(folder).await {
        // Said of a file in the way, and also of a folder that went before it was looked at.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            match fs::metadata(folder).await {
                Ok(found) if !found.is_dir() => Err(ErrorKind::NotADirectory.into()),
                _ => Err(ErrorKind::NotFound.into()),
            }
        }
        made => made,
    }
}

/// The files whose keys begin with `prefix`. What is deleted while the walk goes on is passed over.
pub(super) fn list(root: &Path, prefix: &str) -> std::io::Result<Vec<Stored>> {
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
            let kind = match entry.file_type() {
                Err(error) if gone(error.kind()) => continue,
                kind => kind?,
            };
            if kind.is_dir() {
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
