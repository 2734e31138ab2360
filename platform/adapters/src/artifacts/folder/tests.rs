//! The contract, and what it cannot see from outside.

use super::files::{DEAD_AFTER, copy_once};
use super::{Folder, SPOOL};
use ports::PortError;
use ports::artifacts::Artifacts;
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
async fn without_hard_links_a_name_is_given_once_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let [one, other, name] = ["one", "other", "name"].map(|name| folder.path().join(name));
    std::fs::write(&one, b"first").unwrap();
    std::fs::write(&other, b"second").unwrap();
    copy_once(&one, &name).await.unwrap();
    let late = copy_once(&other, &name).await.unwrap_err();
    assert_eq!(late.kind(), std::io::ErrorKind::AlreadyExists);
    assert_eq!(std::fs::read(&name).unwrap(), b"first");
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
