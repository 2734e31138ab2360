//! Reading an upload for the first time.

use crate::source::{limits, read};
use async_trait::async_trait;
use domain::job::{MAX_FAILURES, Payload};
use domain::{DatasetId, Failure};
use ports::store::{DatasetOutcome, Write};
use service_kit::{Handler, Outcome, Step};

/// Handles `profile` jobs.
#[derive(Debug)]
pub(crate) struct ProfileDataset;

#[async_trait]
impl Handler for ProfileDataset {
    async fn step(&self, step: &Step) -> Result<Outcome, Failure> {
        let Payload::Profile { dataset, version } = step.job.payload else {
            return Err(Failure::internal("a profile job without a dataset"));
        };
        let outcome = match self.profile(step, dataset, version).await {
            Ok(outcome) => outcome,
            // A stop says nothing of the file.
            Err(failure) if step.cancel.is_cancelled() => return Err(failure),
            // What may pass is tried again; a file that cannot be read never will be.
            Err(failure)
                if failure.kind.worth_retrying() && step.job.failures + 1 < MAX_FAILURES =>
            {
                return Err(failure);
            }
            Err(failure) => DatasetOutcome::Failed {
                failure,
                format: None,
            },
        };
        let writes = vec![Write::Dataset(dataset, version, Box::new(outcome))];
        Ok(Outcome::Done {
            result: None,
            writes,
        })
    }
}

impl ProfileDataset {
    async fn profile(
        &self,
        step: &Step,
        dataset: DatasetId,
        version: u32,
    ) -> Result<DatasetOutcome, Failure> {
        let found = step.ports.store.dataset_version(dataset, version).await?;
        let found = found.ok_or_else(|| Failure::not_found("dataset", dataset))?;
        let read = read(step, &found).await?;
        let limits = limits(step);
        step.compute(move || {
            let profile = tables::profile_within(&read.table, &limits)?;
            let (format, options) = (read.sniffed.format, read.sniffed.options);
            Ok(DatasetOutcome::Ready {
                format,
                options,
                profile,
                first: read.first,
            })
        })
        .await
    }
}
