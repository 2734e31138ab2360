//! A budget in seconds is kept on any clock: here on one that moves only when it is read or when work
//! says so, so that the tests say the same on a slow machine as on a fast one.

use super::{follow, submit, upload};
use crate::roles;
use adapters::Urls;
use domain::model::Model;
use domain::pipeline::{Pipeline, PipelineState};
use domain::spec::PipelineSpec;
use domain::study::{Params, Space, Trial};
use domain::task::Task;
use domain::{Clock, DatasetId, Timestamp, UserId};
use ml::fit::{Fit, FitContext, FitData, FitError};
use ml::recipe::View;
use ml::registry::{self, Algorithm};
use service_kit::{Runtime, Settings};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// What the clock of a test shows, in microseconds.
static NOW: AtomicI64 = AtomicI64::new(1_000_000);
/// Whether a test is over.
static OVER: AtomicBool = AtomicBool::new(false);

/// A clock on which every look takes a fifth of a millisecond: work that looks at its deadline
/// spends time, work that forgets to look would never end.
#[derive(Debug)]
struct TickingClock;

const TICK_US: i64 = 200;

impl Clock for TickingClock {
    fn now(&self) -> Timestamp {
        Timestamp(NOW.fetch_add(TICK_US, Ordering::SeqCst))
    }
}

/// What came of a budget.
struct Ended {
    pipeline: Pipeline,
    models: Vec<Model>,
    trials: Vec<Trial>,
}

impl Ended {
    /// Checks that there is a model, within a second of five.
    fn kept_its_budget(&self) {
        let pipeline = &self.pipeline;
        assert_eq!(
            pipeline.state,
            PipelineState::Succeeded,
            "{:?}",
            pipeline.error
        );
        let (Some(started), Some(finished)) = (pipeline.started_at, pipeline.finished_at) else {
            panic!("a pipeline that ended has begun and finished");
        };
        let took = finished.since(started).as_secs_f64();
        assert!(took <= 6.0, "took {took} s");
        let chosen = self.models.iter().filter(|model| model.chosen);
        assert_eq!(chosen.count(), 1, "one is chosen");
    }
}

/// Five seconds for the passengers of the Titanic; all algorithms where none are named.
async fn five_seconds(candidates: &[&str]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let clock: Arc<dyn Clock> = Arc::new(TickingClock);
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
    spec.candidates = candidates.iter().map(|name| (*name).to_owned()).collect();
    upload(&file, spec.dataset_id, owner, &ports).await.unwrap();
    follow::dataset(&ports, spec.dataset_id).await.unwrap();
    // What starting the program took is taken off the budget; here it took nothing.
    let id = submit(spec, owner, &file, &ports, Instant::now())
        .await
        .unwrap();
    let pipeline = follow::pipeline(&ports, id, &mut follow::Shown::new(true))
        .await
        .unwrap();
    let models = ports.store.leaderboard(id).await.unwrap();
    let trials = ports.store.trials(id).await.unwrap();
    OVER.store(true, Ordering::SeqCst);
    shutdown.cancel();
    runtime.drained().await;
    Ended {
        pipeline,
        models,
        trials,
    }
}

/// Takes its time, and never looks at the clock that it moves.
fn sleep_on(_: &FitData<'_>, _: &Params, _: &mut FitContext<'_>) -> Result<Fit, FitError> {
    let mut slept = 0;
    while !OVER.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(1));
        // Three seconds are more than a trial's share and all patience together.
        if slept < 3_000 {
            NOW.fetch_add(1_000, Ordering::SeqCst);
            slept += 1;
        }
    }
    Err(FitError::NoTime)
}

/// One test, as both halves share clock and registry.
#[tokio::test(flavor = "multi_thread")]
async fn five_seconds_give_a_model_within_six_whoever_takes_part() {
    registry::extend([Algorithm {
        name: "sleeper",
        title: "A member that says that it is quick, and is not",
        tasks: Task::ALL,
        view: View::Dense,
        interruptible: false,
        planned: false,
        weights: false,
        space: |_| Space::default(),
        portfolio: |_| vec![Params::default()],
        cost: |_, _, _, _| 1,
        max_rows: None,
        max_cells: None,
        useful_rows: 0..=usize::MAX,
        most_classes: usize::MAX,
        fit: sleep_on,
    }])
    .unwrap();
    let all = registry::algorithms().iter();
    let usual = all.filter(|known| known.name != "sleeper" && known.tasks.contains(&Task::Binary));
    let usual: Vec<&str> = usual.map(|known| known.name).collect();
    five_seconds(&usual).await.kept_its_budget();

    OVER.store(false, Ordering::SeqCst);
    let ended = five_seconds(&["baseline", "logistic", "sleeper"]).await;
    ended.kept_its_budget();
    let slept: Vec<&Trial> = ended
        .trials
        .iter()
        .filter(|trial| trial.algorithm == "sleeper")
        .collect();
    let [trial] = slept[..] else {
        panic!("it is tried once, and never again: {slept:?}");
    };
    let why = trial.error.as_ref().map(|error| error.code.as_str());
    assert_eq!(why, Some("trial.given_up"));
    let others = ended
        .models
        .iter()
        .any(|model| model.algorithm == "logistic");
    assert!(others, "the others had their time");
}
