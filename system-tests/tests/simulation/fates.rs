//! What each job does to whoever runs it: a part of the job's nature, the same on every attempt.

use domain::job::{Job, JobKind};
use domain::{Failure, FailureKind, JobId};
use std::collections::BTreeMap;
use system_tests::Chance;

/// What a job does to its handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It can be done.
    Good,
    /// Its first attempts kill the process.
    Kills(u32),
    /// It fails so often.
    Fails(FailureKind, u32),
}

pub struct Fates {
    chance: Chance,
    drawn: BTreeMap<JobId, Fate>,
}

impl Fates {
    pub fn new(seed: u64) -> Self {
        Self {
            chance: Chance::new(!seed),
            drawn: BTreeMap::new(),
        }
    }

    fn of(&mut self, id: JobId, kind: JobKind) -> Fate {
        let chance = &mut self.chance;
        *self.drawn.entry(id).or_insert_with(|| draw(chance, kind))
    }

    /// Whether this attempt kills its process.
    pub fn kills(&mut self, job: &Job) -> bool {
        matches!(self.of(job.id, job.kind), Fate::Kills(attempts) if job.attempt <= attempts)
    }

    /// How this attempt fails, if it does.
    pub fn failure(&mut self, job: &Job) -> Option<Failure> {
        match self.of(job.id, job.kind) {
            Fate::Fails(kind, times) if job.failures < times => {
                Some(Failure::new(kind, "drawn.failure", "It was drawn to fail."))
            }
            _ => None,
        }
    }

    /// A number below `limit` for whoever does a job.
    pub fn below(&mut self, limit: usize) -> usize {
        self.chance.below(limit)
    }
}

fn draw(chance: &mut Chance, kind: JobKind) -> Fate {
    // Pipelines have a dozen of these, and most shall get far.
    let is_rare = matches!(kind, JobKind::Advance | JobKind::Profile);
    if is_rare && !chance.in_thousand(150) {
        return Fate::Good;
    }
    match chance.below(1_000) {
        0..20 => Fate::Kills(u32::MAX),
        20..50 => Fate::Kills(1 + u32::try_from(chance.below(3)).unwrap()),
        50..90 => Fate::Fails(
            FailureKind::Unavailable,
            1 + u32::try_from(chance.below(3)).unwrap(),
        ),
        90..100 => Fate::Fails(FailureKind::Internal, u32::MAX),
        100..120 => Fate::Fails(FailureKind::InvalidInput, u32::MAX),
        _ => Fate::Good,
    }
}
