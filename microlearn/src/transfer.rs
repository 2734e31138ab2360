//! `backup`, `restore` and `migrate`: a site's data from one set of backends to another.
//!
//! A backup is a data folder like that of `up`: the store as an SQLite file, the artifacts beside
//! it. It can be looked into by `microlearn up --data BACKUP`.

use crate::cli::{Backup, Migrate, Restore};
use crate::site::lock;
use crate::up::settings;
use crate::wrong_use;
use adapters::{OpenError, SiteData, Transferred, Urls};
use anyhow::{Context, bail};
use domain::{Clock, SystemClock};
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Added to the name of a backup that is not yet whole.
const PARTIAL: &str = "partial";

/// Copies the configured site, which may be at work, into a new folder.
pub async fn backup(args: &Backup) -> anyhow::Result<()> {
    let from = settings(&args.common)?.urls();
    let shown = args.folder.display();
    if args.folder.exists() {
        return Err(wrong_use(format!(
            "{shown} exists already; name a new folder"
        )));
    }
    let partial = beside(&args.folder, PARTIAL);
    if partial.exists() {
        std::fs::remove_dir_all(&partial).with_context(|| {
            format!(
                "{} is left of a backup that broke off, and cannot be removed",
                partial.display()
            )
        })?;
    }
    let done = copy(&from, &Urls::embedded(&partial)).await;
    let done = match done {
        Ok(done) => done,
        Err(error) => {
            // Half a backup must not be taken for one.
            drop(std::fs::remove_dir_all(&partial));
            return Err(error);
        }
    };
    std::fs::rename(&partial, &args.folder).with_context(|| {
        format!(
            "the backup is in {} and could not be given its name",
            partial.display()
        )
    })?;
    tell(&done);
    println!("the backup is in {shown}; look into it with: microlearn up --data {shown}");
    Ok(())
}

/// Copies a backup into the configured site, which must be empty.
pub async fn restore(args: &Restore) -> anyhow::Result<()> {
    let to = settings(&args.common)?;
    let shown = args.folder.display();
    if !args.folder.join("microlearn.db").is_file() {
        return Err(wrong_use(format!(
            "{shown} is no backup: it holds no microlearn.db"
        )));
    }
    let _backup = lock(&args.folder)?;
    let _site = lock_embedded(&to.urls())?;
    let done = copy(&Urls::embedded(&args.folder), &to.urls()).await?;
    tell(&done);
    println!("restored; start the site as before");
    Ok(())
}

/// Copies a site that is not at work from its backends to others, which must be empty.
pub async fn migrate(args: &Migrate) -> anyhow::Result<()> {
    let configured = settings(&args.common)?.urls();
    let from_artifacts = match &args.from_artifacts {
        Some(url) => url.clone(),
        None => beside_store(&args.from).unwrap_or_else(|| configured.artifacts.clone()),
    };
    let to_artifacts = match &args.to_artifacts {
        Some(url) => url.clone(),
        None => beside_store(&args.to).unwrap_or_else(|| configured.artifacts.clone()),
    };
    let same = from_artifacts == to_artifacts;
    if args.from == args.to || same {
        let what = if same { "artifacts" } else { "store" };
        return Err(wrong_use(format!(
            "the {what} would be copied onto itself; give --to-artifacts, for example \
             s3://BUCKET?endpoint=http://HOST:PORT"
        )));
    }
    let of = |store: &str, artifacts: String| Urls {
        store: store.to_owned(),
        artifacts,
        ..configured.clone()
    };
    let (from, to) = (of(&args.from, from_artifacts), of(&args.to, to_artifacts));
    // A file that is not there would be made.
    if let Some(path) = sqlite_path(&from.store)
        && !path.is_file()
    {
        return Err(wrong_use(format!(
            "there is no database {}",
            path.display()
        )));
    }
    let _from = lock_embedded(&from)?;
    let _to = lock_embedded(&to)?;
    let done = copy(&from, &to).await?;
    tell(&done);
    println!("moved; what was copied from is as it was, and is not needed any more");
    Ok(())
}

async fn copy(from: &Urls, to: &Urls) -> anyhow::Result<Transferred> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let open = async |urls: &Urls, which: &str| {
        let opened = SiteData::open(&urls.store, &urls.artifacts, Arc::clone(&clock)).await;
        opened.map_err(|error| match error {
            OpenError::UnknownUrl { .. } => wrong_use(error),
            OpenError::Port(error) => {
                anyhow::Error::new(error).context(format!("the {which} cannot be opened"))
            }
        })
    };
    let (source, target) = (open(from, "source").await?, open(to, "target").await?);
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} files, {elapsed}: {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar.set_message("the store");
    let done = source
        .copy_to(&target, |key| {
            bar.inc(1);
            bar.set_message(key.to_owned());
        })
        .await;
    bar.finish_and_clear();
    Ok(done?)
}

fn tell(done: &Transferred) {
    for (table, rows) in &done.tables {
        println!("{table:<20} {rows:>9} rows, compared");
    }
    println!(
        "{:<20} {:>9} files, {} bytes, compared",
        "artifacts", done.files, done.bytes
    );
    for key in &done.vanished {
        println!("removed meanwhile    {key}");
    }
}

/// Keeps `up` out of an embedded site while it is copied.
fn lock_embedded(urls: &Urls) -> anyhow::Result<Option<File>> {
    let Some(path) = sqlite_path(&urls.store) else {
        return Ok(None);
    };
    let Some(folder) = path.parent() else {
        bail!("{} lies in no folder", path.display());
    };
    lock(folder).map(Some)
}

fn sqlite_path(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?;
    Some(PathBuf::from(path.strip_prefix("//").unwrap_or(path)))
}

/// The artifacts that `up` keeps beside an SQLite file.
fn beside_store(store: &str) -> Option<String> {
    let folder = sqlite_path(store)?.parent()?.join("artifacts");
    Some(format!("file:{}", folder.display()))
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn artifacts_lie_beside_an_embedded_store() {
        assert_eq!(
            beside_store("sqlite:/data/microlearn.db").unwrap(),
            "file:/data/artifacts"
        );
        assert_eq!(beside_store("postgres://u@h/db"), None);
        assert_eq!(sqlite_path("sqlite://x.db"), Some("x.db".into()));
        assert_eq!(
            beside(Path::new("/b/one"), PARTIAL),
            Path::new("/b/one.partial")
        );
    }
}
