//! `train`: the same seven services on embedded backends in a temporary folder.

#[cfg(test)]
mod budget_tests;
mod follow;
mod summary;

use crate::cli::Train;
use crate::settings::Settings;
use crate::{roles, wrong_use};
use adapters::Urls;
use anyhow::{Context, bail};
use domain::dataset::{Dataset, DatasetState, DatasetVersion};
use domain::job::{JobKind, NewJob, Payload};
use domain::pipeline::{Pipeline, PipelineState};
use domain::spec::{DeployMode, DeploySpec, PipelineSpec, SplitSpec};
use domain::{Clock, DatasetId, JobId, PipelineId, SystemClock, UserId};
use ports::Ports;
use ports::artifacts::get_bytes;
use ports::store::NewPipeline;
use service_kit::Runtime;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::io::ReaderStream;
use tokio_util::sync::CancellationToken;

/// Time that writing the model and leaving take, kept from the budget.
const LEAVING: Duration = Duration::from_millis(150);

pub async fn train(args: Train, started: Instant) -> anyhow::Result<()> {
    let mut settings = Settings::load(None).map_err(wrong_use)?;
    if std::env::var("MICROLEARN__LOG__FILTER").is_err() {
        // The bars tell what a person needs; errors come back as the program's own.
        settings.log.filter = "error".to_owned();
    }
    settings.start_logs();
    let spec = spec(&args)?;
    // An hour of training must not end at a folder that is not there.
    written_beside(&out(&args)).with_context(|| cannot_write(&out(&args)))?;
    let scratch = tempfile::tempdir().context("no temporary folder can be made")?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let ports = adapters::open(&Urls::embedded(scratch.path()), Arc::clone(&clock)).await?;
    let shutdown = CancellationToken::new();
    let runtime = Runtime::start(
        ports.clone(),
        clock,
        roles::services(),
        settings.runtime("train".to_owned()),
        shutdown.clone(),
    );
    let trained = tokio::select! {
        trained = learn(&args, spec, &ports, started) => trained,
        _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("stopped")),
    };
    shutdown.cancel();
    if trained.is_err() {
        runtime.drained().await;
    }
    trained
}

async fn learn(
    args: &Train,
    spec: PipelineSpec,
    ports: &Ports,
    started: Instant,
) -> anyhow::Result<()> {
    let owner = UserId::new();
    let version = upload(&args.file, spec.dataset_id, owner, ports).await?;
    follow::dataset(ports, spec.dataset_id).await?;
    let id = submit(spec, owner, &args.file, ports, started).await?;
    let mut shown = follow::Shown::new(args.json);
    let pipeline = follow::pipeline(ports, id, &mut shown).await?;
    shown.end();
    if pipeline.state != PipelineState::Succeeded {
        match pipeline.error {
            Some(failure) => bail!("{failure}"),
            None => bail!("the pipeline ended as {}", pipeline.state),
        }
    }
    let models = ports.store.leaderboard(id).await?;
    let best = models
        .iter()
        .find(|model| model.chosen)
        .or_else(|| models.first());
    let best = best.context("no model was trained")?;
    let bytes = get_bytes(ports.artifacts.as_ref(), &best.artifact).await?;
    let out = out(args);
    write_whole(&out, &bytes)?;
    let story = summary::Story::load(ports, id, &models, &out, started, version).await?;
    if args.json {
        story.print_json()
    } else {
        story.print_words()
    }
}

/// Where the model is written to.
fn out(args: &Train) -> PathBuf {
    let beside = || args.file.with_extension("mlmodel");
    args.out.clone().unwrap_or_else(beside)
}

/// A file in the folder of `path`, which goes unless it takes the place of `path`.
fn written_beside(path: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))
}

fn cannot_write(path: &Path) -> String {
    format!("the model cannot be written to {}", path.display())
}

/// A model file is there whole or not, also when the disk is full.
fn write_whole(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let write = || {
        let mut file = written_beside(path)?;
        std::io::Write::write_all(&mut file, bytes)?;
        file.persist(path).map_err(|error| error.error)?;
        std::io::Result::Ok(())
    };
    write().with_context(|| cannot_write(path))
}

fn spec(args: &Train) -> anyhow::Result<PipelineSpec> {
    let mut spec = PipelineSpec::new(DatasetId::new(), args.target.clone());
    spec.task = args.task.parse().map_err(wrong_use)?;
    spec.metric = args.metric.parse().map_err(wrong_use)?;
    spec.seed = Some(args.seed);
    spec.exclude_columns.clone_from(&args.exclude);
    spec.include_columns.clone_from(&args.include);
    spec.split = split(&args.split)?;
    spec.positive_class.clone_from(&args.positive_class);
    spec.candidates.clone_from(&args.candidates);
    spec.predict_limit_ms = args.predict_limit_ms;
    spec.dataset_version = Some(1);
    spec.deploy = DeploySpec {
        mode: DeployMode::Manual,
        name: None,
        min_score: None,
    };
    spec.budget.work_units = args.work_units;
    if args.work_units.is_none() {
        let budget = args.budget.as_deref().unwrap_or("60s");
        spec.budget.seconds = Some(seconds(budget).map_err(wrong_use)?);
    }
    spec.validate().map_err(wrong_use)?;
    let mut candidates = spec.candidates.iter();
    if let Some(unknown) = candidates.find(|name| ml::registry::algorithm(name).is_none()) {
        let known: Vec<&str> = ml::registry::algorithms().iter().map(|a| a.name).collect();
        let known = known.join(", ");
        let text = format!("there is no algorithm {unknown:?}; known are {known}");
        return Err(wrong_use(text));
    }
    Ok(spec)
}

/// How rows are held out, of a text like `stratified` or `time:day`.
fn split(text: &str) -> anyhow::Result<SplitSpec> {
    let (kind, column) = match text.split_once(':') {
        Some((kind, column)) => (kind, Some(column.to_owned())),
        None => (text, None),
    };
    Ok(SplitSpec {
        kind: kind.parse().map_err(wrong_use)?,
        column,
        test_fraction: None,
    })
}

/// Seconds of a text like `90`, `90s`, `5m` or `2h`.
fn seconds(text: &str) -> Result<f64, String> {
    let (number, unit) = match text.strip_suffix(['s', 'm', 'h']) {
        Some(number) => (number, text.chars().last()),
        None => (text, None),
    };
    let factor = match unit {
        Some('m') => 60.0,
        Some('h') => 3600.0,
        _ => 1.0,
    };
    let parsed: Result<f64, _> = number.trim().parse();
    parsed
        .map(|number| number * factor)
        .map_err(|_| format!("{text:?} is no time; write 60s, 5m or 1h"))
}

async fn upload(
    path: &PathBuf,
    id: DatasetId,
    owner: UserId,
    ports: &Ports,
) -> anyhow::Result<DatasetVersion> {
    let shown = path.display();
    let file = tokio::fs::File::open(path)
        .await
        .with_context(|| format!("{shown} cannot be read"))?;
    let key = format!("datasets/{id}/1/raw");
    let stream = ReaderStream::with_capacity(file, 256 * 1024);
    let written = ports.artifacts.put(&key, Box::pin(stream)).await;
    let written = written.with_context(|| format!("{shown} cannot be read"))?;
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let now = ports.store.now().await?;
    let version = DatasetVersion {
        version: 1,
        state: DatasetState::Profiling,
        format: None,
        format_options: None,
        file_name: name.unwrap_or_default(),
        artifact: key,
        bytes: written.bytes,
        sha256: written.sha256,
        rows: None,
        columns: None,
        error: None,
        created_at: now,
    };
    let dataset = Dataset {
        id,
        owner,
        course: None,
        name: version.file_name.clone(),
        description: String::new(),
        current: version.clone(),
        newest: version.clone(),
        created_at: now,
    };
    let job = NewJob {
        id: JobId::new(),
        parent: None,
        kind: JobKind::Profile,
        pipeline: None,
        owner,
        payload: Payload::Profile {
            dataset: id,
            version: 1,
        },
    };
    ports.store.insert_dataset(&dataset, &job).await?;
    Ok(version)
}

async fn submit(
    mut spec: PipelineSpec,
    owner: UserId,
    file: &Path,
    ports: &Ports,
    started: Instant,
) -> anyhow::Result<PipelineId> {
    // The budget counts from the start of the process; what is spent already is taken off.
    if let Some(seconds) = &mut spec.budget.seconds {
        let spent = started.elapsed() + LEAVING;
        *seconds = (*seconds - spent.as_secs_f64()).max(1.0);
    }
    let name = file
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned());
    let id = PipelineId::new();
    let pipeline = Pipeline {
        id,
        owner,
        name: name.unwrap_or_default(),
        spec,
        state: PipelineState::Queued,
        stages: Vec::new(),
        best_score: None,
        consumed_us: 0,
        error: None,
        created_at: ports.store.now().await?,
        started_at: None,
        finished_at: None,
    };
    let advance = NewJob {
        id: JobId::new(),
        parent: None,
        kind: JobKind::Advance,
        pipeline: Some(id),
        owner,
        payload: Payload::Pipeline,
    };
    ports
        .store
        .insert_pipeline(&NewPipeline { pipeline, advance })
        .await?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn times_are_read_as_people_write_them() {
        assert_eq!(seconds("60s"), Ok(60.0));
        assert_eq!(seconds("1.5m"), Ok(90.0));
        assert_eq!(seconds("2h"), Ok(7200.0));
        assert_eq!(seconds("45"), Ok(45.0));
        assert!(seconds("soon").is_err());
    }
}
