//! `backup`, `restore` and `migrate`: a site's data from one set of backends to another.
//!
//! A backup is a data folder like that of `up`: the store as an SQLite file, the artifacts beside
//! it. `microlearn up` on a copy of it shows what is in it; on the backup itself it would alter it.

use crate::cli::{Backup, Migrate, Restore};
use crate::site::lock;
use crate::up::settings;
use crate::wrong_use;
use adapters::open::look_at_store;
use adapters::store::Schema;
use adapters::{OpenError, SiteData, Transferred, Urls};
use anyhow::{Context, bail};
use domain::{Clock, SystemClock};
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// The database of an embedded site, and what it has not taken in yet.
const DATABASE: &str = "microlearn.db";
const LOG: &str = "microlearn.db-wal";
/// How many of the files that are missing are named.
const NAMED: usize = 5;

/// Copies the configured site, which may be at work, into a new folder.
pub async fn backup(args: &Backup) -> anyhow::Result<()> {
    let from = settings(&args.common)?.urls();
    let shown = args.folder.display();
    if args.folder.exists() {
        return Err(wrong_use(format!(
            "{shown} exists already; name a new folder"
        )));
    }
    // A name that nobody else has: another backup may be on its way to the same folder.
    let partial = beside(&args.folder, &format!("partial-{}", uuid::Uuid::now_v7()));
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
    println!(
        "the backup is in {shown}; to look into it, copy it first: \
         cp -r {shown} COPY, then: microlearn up --data COPY"
    );
    must_be_whole(&done)
}

/// Copies a backup into the configured site, which must be empty.
pub async fn restore(args: &Restore) -> anyhow::Result<()> {
    let to = settings(&args.common)?;
    let shown = args.folder.display();
    if !args.folder.join(DATABASE).is_file() {
        return Err(wrong_use(format!(
            "{shown} is no backup: it holds no {DATABASE}"
        )));
    }
    let _backup = lock(&args.folder)?;
    let _site = lock_embedded(&to.urls())?;
    let (from, _scratch) = brought_up(&args.folder).await?;
    let done = copy(&from, &to.urls()).await?;
    tell(&done);
    println!("restored; start the site as before");
    must_be_whole(&done)
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
    must_be_whole(&done)
}

async fn copy(from: &Urls, to: &Urls) -> anyhow::Result<Transferred> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let source = SiteData::look_at(&from.store, &from.artifacts, Arc::clone(&clock)).await;
    let source = source.map_err(unopened("source"))?;
    let target = SiteData::open(&to.store, &to.artifacts, clock).await;
    let target = target.map_err(unopened("target"))?;
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

fn unopened(which: &str) -> impl FnOnce(OpenError) -> anyhow::Error {
    move |error| match error {
        OpenError::UnknownUrl { .. } => wrong_use(error),
        OpenError::Port(error) => {
            anyhow::Error::new(error).context(format!("the {which} cannot be opened"))
        }
    }
}

/// Where a backup's data are to be read, which is in it unless its database would change by that:
/// where an older program made it, or one that was killed. Then it is in a copy of its database.
async fn brought_up(backup: &Path) -> anyhow::Result<(Urls, Option<TempDir>)> {
    let mut urls = Urls::embedded(backup);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let log = std::fs::metadata(backup.join(LOG));
    let mut scratch = match log.is_ok_and(|log| log.len() > 0) {
        true => Some(copied(backup, &mut urls)?),
        false => None,
    };
    let found = look_at_store(&urls.store, Arc::clone(&clock)).await;
    let found = found.map_err(unopened("backup"))?;
    let schema = match found {
        Some(store) => store.schema().await?,
        None => Schema::None,
    };
    if schema == Schema::Older {
        println!("an older program made this backup; a copy of its database is brought up to date");
        if scratch.is_none() {
            scratch = Some(copied(backup, &mut urls)?);
        }
        let opened = adapters::open::store(&urls.store, clock).await;
        drop(opened.map_err(unopened("copy of the database"))?);
    }
    Ok((urls, scratch))
}

/// A copy of a backup's database, from which it is read from now on.
fn copied(backup: &Path, urls: &mut Urls) -> anyhow::Result<TempDir> {
    let scratch = tempfile::tempdir().context("a copy of the database cannot be made")?;
    for name in [DATABASE, LOG] {
        let (from, to) = (backup.join(name), scratch.path().join(name));
        if from.exists() {
            std::fs::copy(&from, &to)
                .with_context(|| format!("{} cannot be copied", from.display()))?;
        }
    }
    urls.store = Urls::embedded(scratch.path()).store;
    Ok(scratch)
}

/// Says which files the rows name and nobody has.
fn must_be_whole(done: &Transferred) -> anyhow::Result<()> {
    if done.missing.is_empty() {
        return Ok(());
    }
    let named = done.missing.iter().take(NAMED).map(String::as_str);
    let named = named.collect::<Vec<_>>().join(", ");
    bail!(
        "all else was copied, but {} of the files that its rows name are not there: {named}{}. \
         They were removed while the copy was made, with a dataset or a pipeline, or were lost \
         before; what they belong to cannot be opened. A copy that is made while nothing is deleted \
         holds all that the site has",
        done.missing.len(),
        if done.missing.len() > NAMED {
            ", …"
        } else {
            ""
        }
    )
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
    fn files_that_are_missing_are_told_and_fail_the_command() {
        let mut done = Transferred::default();
        assert!(must_be_whole(&done).is_ok());
        done.missing = (0..7).map(|number| format!("datasets/{number}")).collect();
        let said = must_be_whole(&done).unwrap_err().to_string();
        assert!(
            said.contains("7 of the files") && said.contains("datasets/4, …"),
            "{said}"
        );
    }

    #[test]
    fn artifacts_lie_beside_an_embedded_store() {
        assert_eq!(
            beside_store("sqlite:/data/microlearn.db").unwrap(),
            "file:/data/artifacts"
        );
        assert_eq!(beside_store("postgres://u@h/db"), None);
        assert_eq!(sqlite_path("sqlite://x.db"), Some("x.db".into()));
        assert_eq!(
            beside(Path::new("/b/one"), "partial-x"),
            Path::new("/b/one.partial-x")
        );
    }
}
