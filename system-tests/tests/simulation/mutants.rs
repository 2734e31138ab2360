//! Stores that break a promise: the laws must notice each of them.

use domain::job::{JobKind, JobState, NewJob, Payload};
use domain::{JobId, UserId};
use ports::store::{Commit, End, Write};

/// How a store is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// Whoever comes late may commit as the attempt that holds the lease.
    ForgetsTheFence,
    /// A stage's result is stored, and the stage is then done again.
    CommitsTwice,
    /// A parent waits for a child that nobody will ever do.
    NeverWakes,
    /// A parent is woken at once.
    WakesTooEarly,
    /// Ended leases stay.
    NeverMends,
    /// The outbox is never emptied.
    KeepsMessages,
    /// A deleted pipeline stays.
    KeepsDeleted,
    /// Files that are needed are swept as well.
    SweepsTooMuch,
}

impl Mutant {
    pub const ALL: [Self; 8] = [
        Self::ForgetsTheFence,
        Self::CommitsTwice,
        Self::NeverWakes,
        Self::WakesTooEarly,
        Self::NeverMends,
        Self::KeepsMessages,
        Self::KeepsDeleted,
        Self::SweepsTooMuch,
    ];

    /// What the broken store does instead of `commit`; `now` is how the job stands.
    pub fn spoil(self, commit: &Commit, now: Option<(JobState, u32)>) -> Commit {
        let mut spoiled = commit.clone();
        match (self, now) {
            (Self::ForgetsTheFence, Some((JobState::Running, attempt))) => {
                spoiled.attempt = attempt;
            }
            (Self::CommitsTwice, _) => {
                let is_stage = |write: &Write| matches!(write, Write::Stage(..));
                if let End::Succeeded(None) = commit.end
                    && commit.writes.iter().any(is_stage)
                {
                    spoiled.end = End::Released;
                }
            }
            _ => {}
        }
        if let End::Waiting {
            children, wake_at, ..
        } = &mut spoiled.end
        {
            match self {
                Self::NeverWakes => children.push(nobodys(commit.job, children.first())),
                Self::WakesTooEarly => *wake_at = u32::MAX,
                _ => {}
            }
        }
        spoiled
    }
}

/// A child of a kind that no process handles.
fn nobodys(parent: JobId, like: Option<&NewJob>) -> NewJob {
    NewJob {
        id: JobId::new(),
        parent: Some(parent),
        kind: JobKind::Batch,
        pipeline: like.and_then(|job| job.pipeline),
        owner: like.map_or_else(UserId::new, |job| job.owner),
        payload: Payload::Pipeline,
    }
}
