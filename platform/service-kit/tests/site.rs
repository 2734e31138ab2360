//! A store and the artifacts of another site are never taken for one, and nothing is swept between
//! them.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use adapters::Urls;
use domain::{JobId, ManualClock, PipelineId, SystemClock, Timestamp};
use ports::Ports;
use ports::artifacts::{COPY_MARK, SITE_MARK, get_bytes, put_bytes};
use ports::store::Site;
use service_kit::site::{SiteError, settle};
use service_kit::{Settings, Turns};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

async fn ports(store: &Path, artifacts: &Path) -> Ports {
    let urls = Urls {
        store: Urls::embedded(store).store,
        ..Urls::embedded(artifacts)
    };
    let clock = Arc::new(SystemClock::new());
    adapters::open(&urls, clock).await.unwrap()
}

fn torn(settled: Result<domain::SiteId, SiteError>) -> String {
    match settled {
        Err(SiteError::Torn(what)) => what,
        other => panic!("{other:?}"),
    }
}

fn turns(ports: &Ports, clock: Arc<dyn domain::Clock>) -> Turns {
    Turns::new(ports.clone(), clock, Vec::new(), Settings::new("test", 1))
}

#[tokio::test]
async fn a_site_is_settled_once_and_its_parts_are_never_mixed() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    let (one, two) = (ports(&a, &a).await, ports(&b, &b).await);
    let id = settle(&one).await.unwrap();
    assert_eq!(settle(&one).await.unwrap(), id);
    let mark = get_bytes(&*one.artifacts, SITE_MARK).await.unwrap();
    assert_eq!(mark, id.to_string());
    // A store that was lost, or is another one: it is new, and the files are not its own.
    let mixed = ports(&b, &a).await;
    assert!(torn(settle(&mixed).await).contains("to none"));
    assert_eq!(two.store.site().await.unwrap(), None, "nothing was written");
    let other = settle(&two).await.unwrap();
    assert_ne!(other, id);
    assert!(torn(settle(&mixed).await).contains(&id.to_string()));
    // A bucket that is empty is not that of a store at work.
    let empty = ports(&a, &folder.path().join("c")).await;
    assert!(torn(settle(&empty).await).contains(SITE_MARK));
}

#[tokio::test]
async fn many_processes_settle_a_new_site_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let shared = ports(folder.path(), folder.path()).await;
    let settling = (0..16).map(|_| {
        let ports = shared.clone();
        tokio::spawn(async move { settle(&ports).await.unwrap() })
    });
    let mut ids = Vec::new();
    for settled in settling.collect::<Vec<_>>() {
        ids.push(settled.await.unwrap());
    }
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    // A mark that was there and is lost is not written again: the files are lost with it.
    shared.artifacts.delete(SITE_MARK).await.unwrap();
    assert!(shared.store.site().await.unwrap().unwrap().marked);
    torn(settle(&shared).await);
}

#[tokio::test]
async fn a_settling_that_broke_off_is_ended_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let ports = ports(folder.path(), folder.path()).await;
    let (id, marked) = (domain::SiteId::new(), false);
    ports.store.keep_site(&Site { id, marked }).await.unwrap();
    assert_eq!(settle(&ports).await.unwrap(), id);
    let mark = get_bytes(&*ports.artifacts, SITE_MARK).await.unwrap();
    assert_eq!(mark, id.to_string());
    assert!(ports.store.site().await.unwrap().unwrap().marked);
}

#[tokio::test]
async fn half_a_copy_is_no_site() {
    let folder = tempfile::tempdir().unwrap();
    let ports = ports(folder.path(), folder.path()).await;
    put_bytes(&*ports.artifacts, COPY_MARK, "".into())
        .await
        .unwrap();
    assert!(torn(settle(&ports).await).contains("again"));
    ports.artifacts.delete(COPY_MARK).await.unwrap();
    settle(&ports).await.unwrap();
}

#[tokio::test]
async fn nothing_is_swept_in_a_hurry_or_for_another_store() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    let site = ports(&a, &a).await;
    settle(&site).await.unwrap();
    let (pipeline, job) = (PipelineId::new(), JobId::new());
    let orphans = [
        format!("pipelines/{pipeline}/{job}/1/model"),
        format!("jobs/{job}/1/rows"),
    ];
    for key in &orphans {
        put_bytes(&*site.artifacts, key, "x".into()).await.unwrap();
    }
    let now = site.store.now().await.unwrap();
    assert_eq!(
        turns(&site, Arc::new(SystemClock::new()))
            .sweep()
            .await
            .unwrap(),
        0
    );
    // Two days later; the store's time is the clock's.
    let later = Arc::new(ManualClock::at(Timestamp(now.0)));
    later.advance(Duration::from_secs(2 * 24 * 3600));
    let open = async |store: &Path| {
        let store = adapters::open::store(&Urls::embedded(store).store, later.clone()).await;
        Ports {
            store: store.unwrap(),
            ..site.clone()
        }
    };
    let wrong = turns(&open(&b).await, later.clone()).sweep().await;
    assert!(wrong.is_err(), "the files are not this store's");
    let right = turns(&open(&a).await, later.clone()).sweep().await;
    assert_eq!(right.unwrap(), 2);
}
