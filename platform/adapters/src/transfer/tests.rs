//! Copies that break off, and what they leave.

use super::SiteData;
use crate::store::SqlStore;
use crate::{Urls, open};
use bytes::Bytes;
use domain::{FailureKind, JobId, SystemClock};
use ports::artifacts::{COPY_MARK, put_bytes};
use ports::contract;
use ports::contract::store::{Desk, samples};
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn clock() -> Arc<SystemClock> {
    Arc::new(SystemClock::new())
}

async fn target(folder: &Path) -> SiteData {
    let urls = Urls::embedded(folder);
    let site = SiteData::open(&urls.store, &urls.artifacts, clock()).await;
    site.unwrap()
}

async fn source(folder: &Path) -> SiteData {
    let urls = Urls::embedded(folder);
    let site = SiteData::look_at(&urls.store, &urls.artifacts, clock()).await;
    site.unwrap()
}

/// A site with a dataset; its file.
async fn site(folder: &Path) -> String {
    let ports = open(&Urls::embedded(folder), clock()).await.unwrap();
    let desk = Desk::new(&ports.store);
    let mut dataset = samples::dataset(desk.owner);
    let key = format!("datasets/{}/{}/raw", dataset.id, JobId::new());
    dataset.current.artifact.clone_from(&key);
    let profile = samples::profile_job(desk.owner, dataset.id, 1);
    let stored = ports.store.insert_dataset(&dataset, &profile).await;
    stored.unwrap();
    let put = put_bytes(&*ports.artifacts, &key, "a,b".into()).await;
    put.unwrap();
    key
}

struct Folders {
    from: PathBuf,
    to: PathBuf,
    _folder: tempfile::TempDir,
}

fn folders() -> Folders {
    let folder = tempfile::tempdir().unwrap();
    Folders {
        from: folder.path().join("from"),
        to: folder.path().join("to"),
        _folder: folder,
    }
}

#[tokio::test]
async fn a_copy_that_breaks_off_is_no_site_and_goes_on() {
    let folders = folders();
    site(&folders.from).await;
    let (from, to) = (source(&folders.from).await, target(&folders.to).await);
    // It breaks off after the rows.
    from.copy_rows(&to).await.unwrap();
    assert!(to.artifacts.head(COPY_MARK).await.is_ok());
    let again = to.copy_to(&from, |_| {}).await.unwrap_err();
    assert_eq!(
        again.kind(),
        FailureKind::Conflict,
        "half a copy is no source"
    );
    let done = from.copy_to(&to, |_| {}).await.unwrap();
    assert_eq!((done.files, done.missing.len()), (1, 0));
    assert!(to.artifacts.head(COPY_MARK).await.is_err());
    let twice = from.copy_to(&to, |_| {}).await.unwrap_err();
    assert_eq!(twice.kind(), FailureKind::Conflict);
}

#[tokio::test]
async fn rows_of_another_site_are_never_replaced() {
    let folders = folders();
    site(&folders.from).await;
    site(&folders.to).await;
    let (from, to) = (source(&folders.from).await, target(&folders.to).await);
    let before = to.store.digests().await.unwrap();
    put_bytes(&*to.artifacts, COPY_MARK, Bytes::new())
        .await
        .unwrap();
    let refused = from.copy_to(&to, |_| {}).await.unwrap_err();
    assert!(
        refused.chain().contains("other rows"),
        "{}",
        refused.chain()
    );
    assert_eq!(to.store.digests().await.unwrap(), before);
}

#[tokio::test]
async fn a_file_that_rows_name_and_nobody_has_is_told() {
    let folders = folders();
    let key = site(&folders.from).await;
    let from = source(&folders.from).await;
    from.artifacts.delete(&key).await.unwrap();
    let done = from
        .copy_to(&target(&folders.to).await, |_| {})
        .await
        .unwrap();
    assert_eq!(done.missing, [key]);
}

#[tokio::test]
async fn what_is_copied_is_not_changed() {
    let folders = folders();
    site(&folders.from).await;
    let urls = Urls::embedded(&folders.from);
    let path = folders.from.join("microlearn.db");
    let store = SqlStore::open_file(&path, clock()).await.unwrap();
    let older =
        "DELETE FROM _sqlx_migrations WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)";
    store.play(older).await;
    std::fs::remove_dir_all(folders.from.join("artifacts/~spool")).unwrap();
    let refused = SiteData::look_at(&urls.store, &urls.artifacts, clock()).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("older version"), "{refused}");
    let refused = SiteData::open(&urls.store, &urls.artifacts, clock()).await;
    assert!(refused.unwrap_err().to_string().contains("already"));
    let looked = SqlStore::look_at_file(&path, clock()).await.unwrap();
    assert_eq!(looked.schema().await.unwrap(), crate::store::Schema::Older);
    store.play("INSERT INTO _sqlx_migrations SELECT 999, description, installed_on, success, checksum, execution_time FROM _sqlx_migrations LIMIT 1").await;
    assert_eq!(looked.schema().await.unwrap(), crate::store::Schema::Newer);
    assert!(!folders.from.join("artifacts/~spool").exists());
    let nowhere = folders.to.join("x");
    let urls = Urls::embedded(&nowhere);
    let none = SiteData::look_at(&urls.store, &urls.artifacts, clock()).await;
    assert!(none.is_err() && !nowhere.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_all_that_is_stored_are_looked_for() {
    let folders = folders();
    let ports = open(&Urls::embedded(&folders.from), clock()).await.unwrap();
    contract::store::all(Arc::clone(&ports.store)).await;
    let named = source(&folders.from)
        .await
        .store
        .named_artifacts()
        .await
        .unwrap();
    for of in ["contract/", "pipelines/"] {
        assert!(
            named.iter().any(|key| key.starts_with(of)),
            "{of}: {named:?}"
        );
    }
}
