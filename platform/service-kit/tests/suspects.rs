//! A process that waits to run a suspect alone keeps nothing waiting for longer than it must.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use adapters::Urls;
use async_trait::async_trait;
use domain::job::{Job, JobKind, JobState};
use domain::{Failure, JobId, SystemClock};
use ports::contract::store::Desk;
use ports::store::ClaimFilter;
use service_kit::{Handler, Outcome, Role, Runtime, Service, Settings, Step, Weight};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Longest wait for something that must happen.
const PATIENCE: Duration = Duration::from_secs(60);
const KIND: JobKind = JobKind::Batch;

/// The first step goes on until it is stopped, the others end at once; all say that they begin.
struct FirstIsLong(mpsc::UnboundedSender<JobId>, std::sync::atomic::AtomicBool);

#[async_trait]
impl Handler for FirstIsLong {
    async fn step(&self, step: &Step) -> Result<Outcome, Failure> {
        self.0.send(step.job.id).unwrap();
        if !self.1.swap(true, std::sync::atomic::Ordering::SeqCst) {
            step.stopped.cancelled().await;
            return Err(Step::stopped_failure());
        }
        Ok(Outcome::Done {
            result: None,
            writes: Vec::new(),
        })
    }
}

struct Process {
    desk: Desk,
    ports: ports::Ports,
    runtime: Runtime,
    begun: mpsc::UnboundedReceiver<JobId>,
    shutdown: CancellationToken,
    suspect: JobId,
    _folder: tempfile::TempDir,
}

/// A process in a long step, while a job of a dead one waits to be run alone.
async fn process() -> Process {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(SystemClock::new());
    let urls = Urls::embedded(folder.path());
    let ports = adapters::open(&urls, clock.clone()).await.unwrap();
    let desk = Desk::new(&ports.store);
    let suspect = desk.store_many(KIND, desk.owner, 1).await[0];
    let dead = ClaimFilter {
        worker: "dead-1".to_owned(),
        ..desk.filter(KIND, false)
    };
    assert_eq!(desk.claim_as(&dead).await.unwrap().job.id, suspect);
    let long = desk.store_many(KIND, desk.owner, 1).await[0];
    let (tell, mut begun) = mpsc::unbounded_channel();
    let handler = Arc::new(FirstIsLong(tell, false.into()));
    let service = Service {
        role: Role::Trainer,
        handlers: vec![(KIND, Weight::Light, handler)],
    };
    let settings = Settings {
        poll: Duration::from_millis(20),
        ..Settings::new("alive", 1)
    };
    let shutdown = CancellationToken::new();
    let services = vec![service];
    let runtime = Runtime::start(ports.clone(), clock, services, settings, shutdown.clone());
    let first = tokio::time::timeout(PATIENCE, begun.recv()).await.unwrap();
    assert_eq!(first, Some(long));
    assert_eq!(ports.store.free_leases("dead-").await.unwrap(), 1);
    // The process sees it and waits to be alone.
    tokio::time::sleep(Duration::from_millis(300)).await;
    Process {
        desk,
        ports,
        runtime,
        begun,
        shutdown,
        suspect,
        _folder: folder,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_a_suspect_that_another_took_goes_on_with_its_work() {
    let mut process = process().await;
    let desk = &process.desk;
    let new = desk.store_many(KIND, desk.owner, 1).await[0];
    let taken: Job = desk.must_claim_suspect(KIND).await;
    assert_eq!(taken.id, process.suspect);
    let begun = tokio::time::timeout(PATIENCE, process.begun.recv()).await;
    assert_eq!(begun.unwrap(), Some(new), "beside the long step");
    process.shutdown.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn at_shutdown_no_suspect_is_begun() {
    let process = process().await;
    process.shutdown.cancel();
    process.runtime.drained().await;
    let suspect = process.ports.store.job(process.suspect).await.unwrap();
    let suspect = suspect.unwrap();
    assert_eq!((suspect.state, suspect.attempt), (JobState::Queued, 1));
}
