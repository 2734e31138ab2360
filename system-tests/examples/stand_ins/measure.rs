//! How long the handing over takes.

use crate::site::{Site, Working};
use anyhow::{Context, bail};
use domain::dataset::DatasetState;
use domain::job::{JobKind, NewJob};
use domain::pipeline::PipelineState;
use domain::{DatasetId, JobId, UserId};
use ports::Ports;
use ports::contract::store::samples;
use ports::store::NewPipeline;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};
use tokio::time::sleep;

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks; what is measured is no finer than this.
const LOOK: Duration = Duration::from_millis(1);
/// Pipelines that are not counted: connections and caches are cold.
const COLD: usize = 3;

/// Who does the work that is measured.
enum Workers {
    Here(Working),
    Beside(Vec<Child>),
}

/// Measures `count` pipelines of six stages that do nothing, one after another; prints JSON with
/// milliseconds.
pub async fn measure(count: usize) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (site, workers) = if Site::is_named() {
        let program = std::env::current_exe()?;
        let beside = (0..2).map(|number| {
            let mut command = Command::new(&program);
            command.args(["work", &format!("worker-{number}")]);
            command
                .stdout(std::process::Stdio::null())
                .kill_on_drop(true)
                .spawn()
        });
        let beside = beside.collect::<Result<_, _>>()?;
        (Site::of_environment().await?, Workers::Beside(beside))
    } else {
        let site = Site::embedded(folder.path()).await?;
        let here = site.work("here");
        (site, Workers::Here(here))
    };
    // What is asked for here is relayed here, as by a gateway.
    let asking = site.ask();
    let owner = UserId::new();
    let dataset = dataset(&site.ports, owner).await?;
    let mut took = Vec::new();
    for number in 0..count + COLD {
        let one = pipeline(&site.ports, owner, dataset).await?;
        if number >= COLD {
            took.push(one.as_secs_f64() * 1e3);
        }
    }
    took.sort_by(f64::total_cmp);
    let at = |share: usize| took.get((took.len() - 1) * share / 100).copied();
    println!(
        "{}",
        serde_json::json!({"pipelines": took.len(), "median_ms": at(50), "min_ms": at(0), "p95_ms": at(95)})
    );
    asking.stop().await;
    match workers {
        Workers::Here(here) => here.stop().await,
        Workers::Beside(beside) => drop(beside),
    }
    Ok(())
}

async fn dataset(ports: &Ports, owner: UserId) -> anyhow::Result<DatasetId> {
    let dataset = samples::dataset(owner);
    let profile = samples::profile_job(owner, dataset.id, 1);
    ports.store.insert_dataset(&dataset, &profile).await?;
    let begun = Instant::now();
    loop {
        let found = ports.store.dataset_version(dataset.id, 1).await?;
        if found.context("the dataset is gone")?.state == DatasetState::Ready {
            return Ok(dataset.id);
        }
        if begun.elapsed() > PATIENCE {
            bail!("nobody reads the dataset");
        }
        sleep(LOOK).await;
    }
}

/// How long one pipeline takes.
async fn pipeline(ports: &Ports, owner: UserId, dataset: DatasetId) -> anyhow::Result<Duration> {
    let mut pipeline = samples::pipeline(owner, dataset);
    pipeline.spec.dataset_version = Some(1);
    let id = pipeline.id;
    let advance = NewJob {
        id: JobId::new(),
        pipeline: Some(id),
        ..samples::job(JobKind::Advance, owner)
    };
    let begun = Instant::now();
    ports
        .store
        .insert_pipeline(&NewPipeline { pipeline, advance })
        .await?;
    loop {
        let found = ports
            .store
            .pipeline(id)
            .await?
            .context("the pipeline is gone")?;
        match found.state {
            PipelineState::Succeeded => return Ok(begun.elapsed()),
            PipelineState::Queued | PipelineState::Running => {}
            _ => bail!("a pipeline ended as {}: {:?}", found.state, found.error),
        }
        if begun.elapsed() > PATIENCE {
            bail!("a pipeline does not end: {found:?}");
        }
        sleep(LOOK).await;
    }
}
