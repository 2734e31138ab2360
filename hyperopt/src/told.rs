//! What the store tells of a study's trials.

use crate::study::{Past, Standing};
use crate::trial::{GIVEN_UP, TOO_SLOW, TrialOutcome};
use domain::job::{Job, JobState, Payload, TrialTask};
use domain::study::{Candidate, TrialState};
use domain::task::Metric;

/// A trial that was asked for, with its answer if there is one.
pub(crate) struct Told {
    pub(crate) task: TrialTask,
    pub(crate) running: bool,
    pub(crate) open: bool,
    pub(crate) outcome: Option<TrialOutcome>,
}

impl Told {
    /// Nothing where the job is not a trial.
    pub(crate) fn of(job: Job) -> Option<Self> {
        let outcome = job.outcome();
        let Payload::Trial(task) = job.payload else {
            return None;
        };
        Some(Self {
            task,
            running: job.state == JobState::Running,
            open: job.state.is_open(),
            outcome,
        })
    }

    /// Whether this is a trial of the candidate that did not even begin, because it could not end, or
    /// that had to be given up.
    pub(crate) fn too_slow(&self, candidate: &Candidate) -> bool {
        let error = self
            .outcome
            .as_ref()
            .and_then(|outcome| outcome.error.as_ref());
        self.task.algorithm == candidate.algorithm
            && error.is_some_and(|error| [TOO_SLOW, GIVEN_UP].contains(&error.code.as_str()))
    }

    pub(crate) fn past(&self, metric: Metric) -> Past {
        let standing = match &self.outcome {
            _ if self.open => Standing::Open,
            Some(outcome) => match (outcome.score, outcome.state) {
                (Some(score), TrialState::Succeeded) => Standing::Scored(metric.loss(score)),
                (Some(score), _) => Standing::Pruned(metric.loss(score)),
                (None, _) => Standing::Failed,
            },
            None => Standing::Failed,
        };
        let scores = self.outcome.iter().flat_map(|outcome| &outcome.fold_scores);
        Past {
            algorithm: self.task.algorithm.clone(),
            params: self.task.params.clone(),
            standing,
            fold_losses: scores.map(|score| metric.loss(*score)).collect(),
            curve_end: self.outcome.as_ref().and_then(|outcome| outcome.curve_end),
        }
    }
}
