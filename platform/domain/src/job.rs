//! The unit of work.

use crate::pipeline::StageName;
use crate::study::Params;
use crate::{DatasetId, Failure, JobId, PipelineId, Timestamp, UserId, text_enum};
use serde::{Deserialize, Serialize};
use std::time::Duration;

text_enum!(
    /// What kind of work it is; each kind has one queue and one service that handles it.
    JobKind {
        /// Reading a dataset for the first time.
        Profile = "profile",
        /// Deciding what comes next in a pipeline.
        Advance = "advance",
        /// The stage of that name.
        Prepare = "prepare",
        /// The stage of that name.
        Select = "select",
        /// The stage of that name.
        Optimise = "optimise",
        /// The stage of that name.
        Train = "train",
        /// The stage of that name.
        Evaluate = "evaluate",
        /// The stage of that name.
        Deploy = "deploy",
        /// One configuration to be scored.
        Trial = "trial",
        /// Folds of one model to be fitted.
        Fold = "fold",
        /// A file of rows to be predicted.
        Batch = "batch",
    }
);

impl JobKind {
    /// The stage that it is, if it is one.
    #[must_use]
    pub fn stage(self) -> Option<StageName> {
        match self {
            Self::Prepare => Some(StageName::Prepare),
            Self::Select => Some(StageName::Select),
            Self::Optimise => Some(StageName::Optimise),
            Self::Train => Some(StageName::Train),
            Self::Evaluate => Some(StageName::Evaluate),
            Self::Deploy => Some(StageName::Deploy),
            _ => None,
        }
    }

    /// The stage on whose behalf it is done, if any.
    #[must_use]
    pub fn within(self) -> Option<StageName> {
        match self {
            Self::Trial => Some(StageName::Optimise),
            Self::Fold => Some(StageName::Train),
            other => other.stage(),
        }
    }
}

impl From<StageName> for JobKind {
    fn from(stage: StageName) -> Self {
        match stage {
            StageName::Prepare => Self::Prepare,
            StageName::Select => Self::Select,
            StageName::Optimise => Self::Optimise,
            StageName::Train => Self::Train,
            StageName::Evaluate => Self::Evaluate,
            StageName::Deploy => Self::Deploy,
        }
    }
}

text_enum!(
    /// How a job stands.
    JobState {
        /// It can be claimed.
        Queued = "queued",
        /// A worker holds its lease.
        Running = "running",
        /// Its children are not done.
        Waiting = "waiting",
        /// Its result is stored.
        Succeeded = "succeeded",
        /// It was given up; the dead letters.
        Failed = "failed",
        /// Its pipeline ended without it.
        Cancelled = "cancelled",
    }
);

impl JobState {
    /// Whether something may still come of it.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Running | Self::Waiting)
    }
}

/// What a job is about. Stored, so versions of it are only ever added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Payload {
    /// Nothing beyond the pipeline.
    Pipeline,
    /// Read this upload.
    Profile {
        /// The dataset.
        dataset: DatasetId,
        /// Its version.
        version: u32,
    },
    /// Score this configuration.
    Trial(TrialTask),
    /// Fit this fold.
    Fold(FoldTask),
}

/// A configuration to be scored by cross-validation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrialTask {
    /// Number of the trial within its pipeline.
    pub number: u32,
    /// The algorithm's name in the registry.
    pub algorithm: String,
    /// The configuration.
    pub params: Params,
    /// The trial ends after its first fold when the score there is worse than this (as a loss).
    pub prune_above: Option<f64>,
    /// The losses of its algorithm's best trial, fold by fold: it ends as soon as it is worse by more
    /// than chance. Empty where there is nothing to compare with yet.
    #[serde(default)]
    pub rival: Vec<f64>,
    /// Its first fit ends as soon as its curve cannot come below this loss, in the algorithm's own
    /// measure.
    #[serde(default)]
    pub curve_above: Option<f64>,
}

/// One fold of one model to be fitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoldTask {
    /// Which of the models that its parent wants.
    pub model: u32,
    /// The fold that is left out. Those from the number of folds on are of other cuts of the same
    /// rows.
    pub fold: u32,
    /// How many are left out one after the other, beginning with that one.
    #[serde(default = "one")]
    pub folds: u32,
    /// Whether the held-out rows are learned from, too: once they have told all that they can.
    #[serde(default)]
    pub whole: bool,
    /// The algorithm's name in the registry.
    pub algorithm: String,
    /// The configuration.
    pub params: Params,
}

fn one() -> u32 {
    1
}

/// A job that is to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct NewJob {
    /// Its id.
    pub id: JobId,
    /// The job that waits for it.
    pub parent: Option<JobId>,
    /// What kind of work it is.
    pub kind: JobKind,
    /// The pipeline that it is part of.
    pub pipeline: Option<PipelineId>,
    /// On whose behalf it is done.
    pub owner: UserId,
    /// What it is about.
    pub payload: Payload,
}

/// A job as a worker holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// The job that waits for it.
    pub parent: Option<JobId>,
    /// What kind of work it is.
    pub kind: JobKind,
    /// The pipeline that it is part of.
    pub pipeline: Option<PipelineId>,
    /// On whose behalf it is done.
    pub owner: UserId,
    /// What it is about.
    pub payload: Payload,
    /// How it stands.
    pub state: JobState,
    /// How often it was claimed; the fence of its writes.
    pub attempt: u32,
    /// How often it reported a failure.
    pub failures: u32,
    /// How often its process died while it ran alone.
    pub crashes: u32,
    /// Whether its process died while it ran beside others: it must run alone to be judged.
    pub suspect: bool,
    /// What its earlier steps left for the next one.
    pub memo: Option<serde_json::Value>,
    /// What it produced.
    pub result: Option<serde_json::Value>,
    /// Why it was given up.
    pub error: Option<Failure>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was last claimed.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

impl Job {
    /// The stage on whose behalf it is done, if any.
    #[must_use]
    pub fn within(&self) -> Option<StageName> {
        match &self.payload {
            Payload::Fold(task) if task.whole => Some(StageName::Deploy),
            _ => self.kind.within(),
        }
    }

    /// What it produced, read as its parent knows it; nothing before its end, or when it failed.
    #[must_use]
    pub fn outcome<T: serde::de::DeserializeOwned>(&self) -> Option<T> {
        T::deserialize(self.result.as_ref()?).ok()
    }
}

/// Failures that a worker reported, before a job is given up.
pub const MAX_FAILURES: u32 = 4;
/// Deaths of the process while the job ran alone, before it is given up.
pub const MAX_CRASHES: u32 = 5;

/// What becomes of a job that reported `failure` for the `failures`-th time (counting from 1):
/// the time to wait before the next try, or nothing when it is given up.
#[must_use]
pub fn retry_after(failure: &Failure, failures: u32) -> Option<Duration> {
    if !failure.kind.worth_retrying() || failures >= MAX_FAILURES {
        return None;
    }
    Some(Duration::from_millis(250) * 4_u32.pow(failures.saturating_sub(1).min(6)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FailureKind;

    #[test]
    fn what_a_person_must_mend_is_never_retried() {
        assert_eq!(retry_after(&Failure::invalid("x", "y"), 1), None);
    }

    #[test]
    fn a_passing_trouble_is_retried_ever_later_and_then_given_up() {
        let failure = Failure::new(FailureKind::Unavailable, "x", "y");
        let waits: Vec<_> = (1..=MAX_FAILURES)
            .map(|n| retry_after(&failure, n))
            .collect();
        assert_eq!(waits[0], Some(Duration::from_millis(250)));
        assert!(waits[1] > waits[0] && waits[2] > waits[1]);
        assert_eq!(waits[3], None);
    }

    #[test]
    fn every_stage_is_a_kind_of_job() {
        for stage in StageName::ALL {
            assert_eq!(JobKind::from(*stage).stage(), Some(*stage));
        }
    }
}
