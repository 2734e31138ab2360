//! Files and folders as the operating system knows them.

use ports::artifacts::{Stored, is_valid_key};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::fs;
use tokio::io::AsyncWriteExt;

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

/// Gives the file another name that must be free; where the disk knows no hard links, as those of
/// many sticks and some shares do not, the name is given to a copy.
pub(super) async fn name_once(from: &Path, to: &Path) -> std::io::Result<()> {
    match fs::hard_link(from, to).await {
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::PermissionDenied | ErrorKind::Unsupported | ErrorKind::TooManyLinks
            ) =>
        {
            copy_once(from, to).await
        }
        linked => linked,
    }
}

/// The copy, unless somebody has the name.
pub(super) async fn copy_once(from: &Path, to: &Path) -> std::io::Result<()> {
    let content = fs::read(from).await?;
    let mut file = fs::File::options()
        .write(true)
        .create_new(true)
        .open(to)
        .await?;
    file.write_all(&content).await?;
    file.sync_all().await
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

/// The first files, at most `limit`, whose keys begin with `prefix` and come after `after`, in the
/// order of keys. What is deleted while the walk goes on is passed over.
pub(super) fn list(
    root: &Path,
    prefix: &str,
    after: &str,
    limit: usize,
) -> std::io::Result<Vec<Stored>> {
    let mut walk = Walk {
        root,
        prefix,
        after,
        limit,
        found: Vec::new(),
    };
    // The prefix need not end at a folder's border: start at the deepest folder that it names.
    walk.through(prefix.rsplit_once('/').map_or("", |(folder, _)| folder))?;
    Ok(walk.found)
}

/// A walk through the folders in the order of keys; it holds the names of one folder a level.
struct Walk<'w> {
    root: &'w Path,
    prefix: &'w str,
    after: &'w str,
    limit: usize,
    found: Vec<Stored>,
}

impl Walk<'_> {
    fn through(&mut self, folder: &str) -> std::io::Result<()> {
        for key in self.names(folder)? {
            if self.found.len() >= self.limit {
                break;
            }
            match key.strip_suffix('/') {
                Some(folder) => self.through(folder)?,
                None => match std::fs::metadata(self.root.join(&key)) {
                    Err(error) if gone(error.kind()) => {}
                    metadata => self.found.push(Stored {
                        bytes: metadata?.len(),
                        key,
                    }),
                },
            }
        }
        Ok(())
    }

    /// What lies in a folder and may be, or hold, what is looked for: folders end with `/`, by
    /// which they sort as the keys in them do.
    fn names(&self, folder: &str) -> std::io::Result<Vec<String>> {
        let entries = match std::fs::read_dir(self.root.join(folder)) {
            Err(error) if gone(error.kind()) => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry?;
            // A name that is no part of a key was not put here by this store; so is the spool's.
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let mut key = match folder {
                "" => name,
                folder => format!("{folder}/{name}"),
            };
            if !is_valid_key(&key) {
                continue;
            }
            let kind = match entry.file_type() {
                Err(error) if gone(error.kind()) => continue,
                kind => kind?,
            };
            let (prefix, after) = (self.prefix, self.after);
            if kind.is_dir() {
                key.push('/');
                let holds = key.starts_with(prefix) || prefix.starts_with(&key);
                if holds && (*key > *after || after.starts_with(&key)) {
                    names.push(key);
                }
            } else if key.starts_with(prefix) && *key > *after {
                names.push(key);
            }
        }
        names.sort_unstable();
        Ok(names)
    }
}

fn gone(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory)
}
