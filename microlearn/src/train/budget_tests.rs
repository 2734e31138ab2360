//! A budget in seconds is kept on any clock: here on one that moves only when it is read, so that
//! the test says the same on a slow machine as on a fast one.

use super::{follow, submit, upload};
use crate::roles;
use adapters::Urls;
use domain::pipeline::PipelineState;
use domain::spec::PipelineSpec;
use domain::{Clock, DatasetId, Timestamp, UserId};
use service_kit::{Runtime, Settings};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// A clock on which every look takes a fifth of a millisecond: work that looks at its deadline
/// spends time, work that forgets to look would never end.
#[derive(Debug)]
struct TickingClock(AtomicI64);

const TICK_US: i64 = 200;

impl Clock for TickingClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.fetch_add(TICK_US, Ordering::SeqCst))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_seconds_give_a_model_within_six() {
    let folder = tempfile::tempdir().unwrap();
    let clock: Arc<dyn Clock> = Arc::new(TickingClock(AtomicI64::new(1_000_000)));
    let urls = Urls::embedded(folder.path());
    let ports = adapters::open(&urls, Arc::clone(&clock)).await.unwrap();
    let shutdown = CancellationToken::new();
    let runtime = Runtime::start(
        ports.clone(),
        clock,
        roles::services(),
        Settings {
            // No lease ends by mere looking: this is not about crashes.
            lease: Duration::from_secs(100_000),
            ..Settings::new("budget", 2)
        },
        shutdown.clone(),
    );
    let file = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../datasets/titanic.csv"
    ));
    let owner = UserId::new();
    let mut spec = PipelineSpec::new(DatasetId::new(), "survived".to_owned());
    spec.dataset_version = Some(1);
    spec.budget.work_units = None;
    spec.budget.seconds = Some(5.0);
    upload(&file, spec.dataset_id, owner, &ports).await.unwrap();
    follow::dataset(&ports, spec.dataset_id).await.unwrap();
    // What starting the program took is taken off the budget; here it took nothing.
    let id = submit(spec, owner, &file, &ports, Instant::now())
        .await
        .unwrap();
    let ended = follow::pipeline(&ports, id, &mut follow::Shown::new(true))
        .await
        .unwrap();
    let models = ports.store.leaderboard(id).await.unwrap();
    shutdown.cancel();
    runtime.drained().await;

    assert_eq!(ended.state, PipelineState::Succeeded, "{:?}", ended.error);
    let (Some(started), Some(finished)) = (ended.started_at, ended.finished_at) else {
        panic!("a pipeline that ended has begun and finished");
    };
    let took = finished.since(started).as_secs_f64();
    assert!(took <= 6.0, "took {took} s");
    assert!(!models.is_empty());
    assert!(models.iter().any(|model| model.chosen), "one is chosen");
}
