//! One attempt at one job: heartbeat around it, commit after it.

use super::{Shared, heartbeat};
use crate::step::{CancelFlag, Reporter, Step};
use crate::{Handler, Outcome};
use domain::job::{Job, JobKind, NewJob, Payload, retry_after};
use domain::pipeline::{Pipeline, PipelineState, Span, SpanKind, StageName, StageState};
use domain::{Failure, JobId, SpanId, Timestamp};
use ports::PortError;
use ports::bus::Delivery;
use ports::store::{Claim, Commit, Committed, DatasetOutcome, End, StageChange, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tracing::Instrument;

/// How often a commit is tried while the store is away, and the wait before each try.
const COMMIT_TRIES: u32 = 6;

/// Runs the step of a claimed job to its end.
pub(super) async fn run(
    shared: &Arc<Shared>,
    handler: &dyn Handler,
    claim: Claim,
    delivery: Option<&dyn Delivery>,
) {
    let span = tracing::info_span!(
        "step",
        kind = %claim.job.kind,
        job.id = %claim.job.id,
        attempt = claim.job.attempt,
        pipeline.id = claim.job.pipeline.map(|id| id.to_string()),
    );
    work(shared, handler, claim, delivery)
        .instrument(span)
        .await;
}

async fn work(
    shared: &Arc<Shared>,
    handler: &dyn Handler,
    claim: Claim,
    delivery: Option<&dyn Delivery>,
) {
    let reporter = Reporter::new(&claim.job);
    let step = Step {
        pipeline: claim.pipeline,
        ports: shared.ports.clone(),
        clock: Arc::clone(&shared.clock),
        reporter: reporter.clone(),
        cancel: CancelFlag::default(),
        stopped: shared.shutdown.child_token(),
        threads: shared.settings.threads,
        table_bytes: shared.settings.table_bytes,
        profile_bytes: shared.settings.profile_bytes,
        begun: shared.clock.now(),
        spans: Mutex::default(),
        job: claim.job,
    };
    // A claim's own events wait in the outbox like any others.
    shared.wake_relay();
    let store = shared.ports.store.as_ref();
    let timer = shared.settings.timer.as_ref();
    // In this order, so that a simulation is the same every time; a step that ended counts first.
    let handled = tokio::select! {
        biased;
        handled = handler.step(&step) => Some(handled),
        () = heartbeat::keep(shared, &step, delivery) => None,
        () = reporter.keep_flushing(&step.job, store, timer) => None,
        () = stop_at_shutdown(shared, &step) => None,
    };
    let Some(handled) = handled else {
        tracing::info!("the step was left: its lease is lost or the program ends");
        step.cancel.cancel();
        discard(&step).await;
        return release(shared, &step).await;
    };
    // The lease is kept until the commit has returned, however long the store takes.
    tokio::select! {
        biased;
        () = async {
            reporter.flush(&step.job, store).await;
            finish(shared, &step, handled, claim.at).await;
        } => {}
        () = heartbeat::hold(shared, &step, delivery) => {}
    }
}

/// At shutdown, asks the step to stop, and leaves it when it does not in time.
async fn stop_at_shutdown(shared: &Shared, step: &Step) {
    shared.shutdown.cancelled().await;
    step.cancel.cancel();
    shared.settings.timer.sleep(shared.settings.drain).await;
}

/// Commits what became of the step.
async fn finish(
    shared: &Arc<Shared>,
    step: &Step,
    handled: Result<Outcome, Failure>,
    claimed: Timestamp,
) {
    if handled.is_err() && step.cancel.is_cancelled() {
        discard(step).await;
        return release(shared, step).await;
    }
    if let Err(failure) = &handled {
        tracing::warn!(code = %failure.message.code, "the step failed: {failure}");
    }
    let commit = commit(step, handled, claimed);
    match commit_patiently(shared, step, &commit).await {
        Some(Committed::Yes) => shared.wake_relay(),
        Some(Committed::Fenced) => {
            tracing::info!("the result was not needed any more");
            discard(step).await;
        }
        // Its files may be needed: the sweep removes them if they are not.
        None => tracing::warn!("nobody knows whether the result was committed"),
    }
}

/// The store may be restarting: it is tried again, and the lease is kept meanwhile. Nothing when the
/// answer to a commit was lost, for then a later refusal may only mean that it had been done.
async fn commit_patiently(shared: &Shared, step: &Step, commit: &Commit) -> Option<Committed> {
    for tries in 1..=COMMIT_TRIES {
        match shared.ports.store.commit(commit).await {
            Ok(Committed::Fenced) if tries > 1 => return None,
            Ok(committed) => return Some(committed),
            Err(error)
                if !error.kind().worth_retrying() || matches!(error, PortError::Refused { .. }) =>
            {
                tracing::error!(error = %error.chain(), "the result was refused");
                let failure = Failure::from(error);
                let refused = self::commit(step, Err(failure), step.begun);
                return shared.ports.store.commit(&refused).await.ok();
            }
            Err(error) => {
                tracing::warn!(error = %error.chain(), tries, "the result could not be committed");
                let wait = Duration::from_millis(100) * 2_u32.pow(tries);
                shared.settings.timer.sleep(wait).await;
            }
        }
    }
    None
}

/// What becomes of the job, the stage and the timeline.
fn commit(step: &Step, handled: Result<Outcome, Failure>, claimed: Timestamp) -> Commit {
    let (end, mut writes) = match handled {
        Ok(Outcome::Done { result, writes }) => (End::Succeeded(result), writes),
        Ok(Outcome::Wait {
            children,
            wake_at,
            memo,
            writes,
        }) => (
            End::Waiting {
                children,
                wake_at,
                memo,
            },
            writes,
        ),
        Ok(Outcome::Stage {
            result,
            message,
            mut writes,
        }) => {
            if let (Some(pipeline), Some(stage)) = (&step.pipeline, step.job.kind.stage()) {
                let change = StageChange::Succeeded(result, message);
                writes.push(Write::Stage(pipeline.id, stage, change));
                writes.push(Write::Job(advance(&step.job, pipeline)));
            }
            (End::Succeeded(None), writes)
        }
        Err(failure) => failed(step, failure),
    };
    if let (Some(pipeline), Some(stage)) = (&step.pipeline, step.job.within()) {
        let mut bars = bars(step, pipeline, stage, &end, claimed);
        writes.extend(bars.drain(..).map(|bar| Write::Span(pipeline.id, bar)));
    }
    Commit {
        job: step.job.id,
        attempt: step.job.attempt,
        end,
        writes,
    }
}

/// A failed step is tried again, or its stage fails and the orchestrator looks at it.
fn failed(step: &Step, failure: Failure) -> (End, Vec<Write>) {
    let again = retry_after(&failure, step.job.failures + 1);
    let mut writes = Vec::new();
    match (again, &step.pipeline, step.job.kind.stage()) {
        (None, Some(pipeline), Some(stage)) => {
            let change = StageChange::Ended(StageState::Failed, Some(failure.clone()));
            writes.push(Write::Stage(pipeline.id, stage, change));
            writes.push(Write::Job(advance(&step.job, pipeline)));
        }
        // Nobody else would ever say that the dataset cannot be used.
        (None, None, None) => {
            if let Payload::Profile { dataset, version } = step.job.payload {
                let (failure, format) = (failure.clone(), None);
                let outcome = DatasetOutcome::Failed { failure, format };
                writes.push(Write::Dataset(dataset, version, Box::new(outcome)));
            }
        }
        // Another look would fail as this one did, for ever.
        (None, Some(pipeline), None) if step.job.kind == JobKind::Advance => {
            let (state, error) = (PipelineState::Failed, Some(failure.clone()));
            writes.push(Write::Pipeline(pipeline.id, state, error));
        }
        _ => {}
    }
    (End::Failed(failure, again), writes)
}

fn advance(job: &Job, pipeline: &Pipeline) -> NewJob {
    NewJob {
        id: JobId::new(),
        parent: None,
        kind: JobKind::Advance,
        pipeline: Some(pipeline.id),
        owner: job.owner,
        payload: Payload::Pipeline,
    }
}

/// The bars of this step: its wait, itself, and what it fetched and stored.
fn bars(
    step: &Step,
    pipeline: &Pipeline,
    stage: StageName,
    end: &End,
    claimed: Timestamp,
) -> Vec<Span> {
    let mut bars = std::mem::take(&mut *step.spans.lock().unwrap_or_else(PoisonError::into_inner));
    let ends = claimed.after(step.elapsed());
    let device = step.reporter.device();
    let (kind, label) = match (&step.job.payload, end) {
        (_, End::Failed(failure, _)) => (SpanKind::Retry, failure.message.text.clone()),
        (Payload::Trial(trial), _) => (
            SpanKind::Trial,
            format!("#{} {}{device}", trial.number, trial.algorithm),
        ),
        (Payload::Fold(fold), _) => (
            SpanKind::Fold,
            format!("{} · {}{device}", fold.algorithm, fold.fold + 1),
        ),
        _ => (SpanKind::Compute, stage.to_string()),
    };
    let first = pipeline
        .stage(stage)
        .filter(|_| step.job.kind.stage().is_some());
    // A stage of several steps is one bar, from its first claim to its last commit.
    let start = first.and_then(|stage| stage.started_at).unwrap_or(claimed);
    let over = !matches!(end, End::Waiting { .. });
    let again = matches!(end, End::Failed(..));
    let id = if again { SpanId::new() } else { step.bar_id() };
    let parent = step.job.parent.map(|parent| SpanId(parent.0));
    bars.push(Span {
        id,
        stage,
        kind,
        start,
        end: over.then_some(ends),
        label,
        parent,
    });
    if let Some((queued, started)) =
        first.and_then(|stage| Some((stage.queued_at?, stage.started_at?)))
        && started.0 - queued.0 > 1_000
    {
        // One bar for all steps: the same id draws over itself.
        let id = SpanId(uuid::Uuid::from_u128(step.job.id.0.as_u128() ^ 1));
        let label = "queued".to_owned();
        let (kind, end) = (SpanKind::Queued, Some(started));
        bars.push(Span {
            id,
            stage,
            kind,
            start: queued,
            end,
            label,
            parent: None,
        });
    }
    bars
}

/// Puts the job back if it is still this attempt's.
async fn release(shared: &Shared, step: &Step) {
    let (job, attempt) = (step.job.id, step.job.attempt);
    let commit = Commit {
        job,
        attempt,
        end: End::Released,
        writes: Vec::new(),
    };
    if let Err(error) = shared.ports.store.commit(&commit).await {
        tracing::debug!(error = %error.chain(), "the job was not put back; its lease will end");
    }
}

/// Removes the files of an attempt that is not needed; what cannot be removed is swept later.
async fn discard(step: &Step) {
    let artifacts = &step.ports.artifacts;
    let Ok(files) = artifacts.list(&format!("{}/", step.folder())).await else {
        return;
    };
    for file in files {
        if let Err(error) = artifacts.delete(&file.key).await {
            tracing::debug!(error = %error.chain(), "a file was left behind");
        }
    }
}
