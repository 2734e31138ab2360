//! What a handler holds while it does a step.

mod budget;
mod files;
mod progress;
mod within;

use crate::runtime::MOST_TABLE_BYTES;
pub use progress::Reporter;
pub use within::within;

use domain::job::{Job, JobKind, NewJob, Payload};
use domain::pipeline::{Pipeline, StageName};
use domain::results::{Optimised, StageResult};
use domain::spec::Budget;
use domain::{Clock, Failure, FailureKind, JobId, Timestamp};
use ports::Ports;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio_util::sync::CancellationToken;

/// Says whether work should stop; readable from blocking threads between rounds and chunks.
#[derive(Clone, Debug, Default)]
pub struct CancelFlag(Arc<AtomicBool>);

impl CancelFlag {
    /// Asks for a stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether to stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// The shared flag itself, for compute code that knows no async.
    #[must_use]
    pub fn shared(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }
}

/// One step of one job.
#[derive(Debug)]
pub struct Step {
    /// The job, with what earlier steps left in its `memo`.
    pub job: Job,
    /// The ports.
    pub ports: Ports,
    /// The clock of deadlines.
    pub clock: Arc<dyn Clock>,
    /// Where progress is told.
    pub reporter: Reporter,
    /// Stops compute.
    pub cancel: CancelFlag,
    /// Stops waiting, together with `cancel`.
    pub stopped: CancellationToken,
    /// Threads that compute may use.
    pub threads: usize,
    pub(crate) table_bytes: u64,
    pub(crate) profile_bytes: u64,
    /// When the step was claimed, on `clock`.
    pub begun: Timestamp,
    pub(crate) pipeline: Option<Pipeline>,
    pub(crate) spans: std::sync::Mutex<Vec<domain::pipeline::Span>>,
}

impl Step {
    /// The pipeline that the job is part of, as it was at the claim.
    pub fn pipeline(&self) -> Result<&Pipeline, Failure> {
        let missing = || Failure::internal(format!("job {} has no pipeline", self.job.id));
        self.pipeline.as_ref().ok_or_else(missing)
    }

    /// Bytes that one copy of a table may take in memory; of what is larger, some rows are taken. For work
    /// units it does not depend on the machine, as they give the same model everywhere; nor does it
    /// where a file is looked at for all pipelines to come, whatever their budgets will be.
    #[must_use]
    pub fn table_bytes(&self) -> u64 {
        let Some(pipeline) = &self.pipeline else {
            return self.profile_bytes;
        };
        match pipeline.spec.budget.parse() {
            Ok(Budget::WorkUnits(_)) => MOST_TABLE_BYTES,
            _ => self.table_bytes,
        }
    }

    /// [`Self::table_bytes`] as numbers of a table.
    #[must_use]
    pub fn table_cells(&self) -> usize {
        let cells = self.table_bytes() / size_of::<f64>() as u64;
        usize::try_from(cells).unwrap_or(usize::MAX)
    }

    /// What a stage of this pipeline produced.
    pub async fn result_of(&self, stage: StageName) -> Result<StageResult, Failure> {
        let id = self.pipeline()?.id;
        let found = self.ports.store.stage_result(id, stage).await?;
        found.ok_or_else(|| Failure::internal(format!("pipeline {id} has no result of {stage}")))
    }

    /// What the data-preparer produced.
    pub async fn prepared(&self) -> Result<domain::results::Prepared, Failure> {
        match self.result_of(StageName::Prepare).await? {
            StageResult::Prepare(prepared) => Ok(*prepared),
            _ => Err(Failure::internal(
                "the result of prepare is of another stage",
            )),
        }
    }

    /// What hyperopt found.
    pub async fn optimised(&self) -> Result<Optimised, Failure> {
        match self.result_of(StageName::Optimise).await? {
            StageResult::Optimise(optimised) => Ok(optimised),
            _ => Err(Failure::internal(
                "the result of optimise is of another stage",
            )),
        }
    }

    /// A job that this one waits for.
    #[must_use]
    pub fn child(&self, kind: JobKind, payload: Payload) -> NewJob {
        NewJob {
            id: JobId::new(),
            parent: Some(self.job.id),
            kind,
            pipeline: self.job.pipeline,
            owner: self.job.owner,
            payload,
        }
    }

    /// Runs `work` on the blocking pool. A panic becomes a failure; nothing else is lost by it.
    pub async fn compute<T, F>(&self, work: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, Failure> + Send + 'static,
    {
        let span = tracing::Span::current();
        let joined = tokio::task::spawn_blocking(move || span.in_scope(work)).await;
        joined.unwrap_or_else(|error| {
            Err(Failure::internal(format!(
                "a computation broke off: {error}. Please report this."
            )))
        })
    }

    /// The failure that says that the step was asked to stop.
    #[must_use]
    pub fn stopped_failure() -> Failure {
        Failure::new(
            FailureKind::Unavailable,
            "job.stopped",
            "The work was asked to stop.",
        )
    }
}
