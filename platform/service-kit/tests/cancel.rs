//! A cancelled pipeline is noticed by its steps within two seconds, whatever the machine does:
//! the time that passes here is the test's own.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use adapters::Urls;
use async_trait::async_trait;
use domain::job::JobKind;
use domain::{Failure, SystemClock};
use ports::contract::store::Desk;
use service_kit::{Handler, ManualTimer, Outcome, Role, Runtime, Service, Settings, Step, Weight};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// Longest wait for something that must happen without time passing.
const PATIENCE: Duration = Duration::from_secs(60);

/// A step that computes until it is asked to stop, as a fit does.
struct Endless(mpsc::UnboundedSender<&'static str>);

#[async_trait]
impl Handler for Endless {
    async fn step(&self, step: &Step) -> Result<Outcome, Failure> {
        self.0.send("begun").unwrap();
        let cancel = step.cancel.clone();
        let stopped = step.compute(move || {
            while !cancel.is_cancelled() {
                std::thread::sleep(Duration::from_millis(1));
            }
            Err::<(), _>(Step::stopped_failure())
        });
        let stopped = stopped.await;
        self.0.send("stopped").unwrap();
        stopped.map(|()| Outcome::Done {
            result: None,
            writes: Vec::new(),
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_pipeline_is_noticed_within_two_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(SystemClock::new());
    let urls = Urls::embedded(folder.path());
    let site = adapters::open(&urls, clock.clone()).await.unwrap();
    // The steps listen to a bus of their own, on which nobody speaks: at worst every notice is lost.
    let deaf = ports::Ports {
        bus: Arc::new(adapters::bus::MemoryBus::default()),
        ..site.clone()
    };
    let timer = Arc::new(ManualTimer::default());
    let (tell, mut told) = mpsc::unbounded_channel();
    let shutdown = CancellationToken::new();
    let runtime = Runtime::start(
        deaf,
        clock,
        vec![Service {
            role: Role::Orchestrator,
            handlers: vec![(JobKind::Advance, Weight::Heavy, Arc::new(Endless(tell)))],
        }],
        Settings {
            timer: timer.clone(),
            ..Settings::new("cancel", 1)
        },
        shutdown.clone(),
    );
    let desk = Desk::new(&site.store);
    let dataset = desk.dataset().await;
    let pipeline = desk.insert_on(dataset).await;
    let begun = timeout(PATIENCE, told.recv()).await.unwrap();
    assert_eq!(begun, Some("begun"));
    let asleep = async {
        while timer.asleep() == 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, asleep).await.unwrap();
    site.store
        .cancel_pipeline(pipeline, &domain::cancel::told("somebody"))
        .await
        .unwrap();
    assert!(told.try_recv().is_err(), "nobody has told the step yet");
    timer.advance(Duration::from_secs(2));
    let stopped = timeout(PATIENCE, told.recv()).await.unwrap();
    assert_eq!(stopped, Some("stopped"));
    shutdown.cancel();
    runtime.drained().await;
}
