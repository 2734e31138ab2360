//! The watch: looks at every claim, renewal, commit and removal, and at all jobs now and then, and
//! notes the first law that was broken.

use adapters::store::SeenJob;
use domain::job::{JobKind, JobState};
use domain::pipeline::StageName;
use domain::results::StageResult;
use domain::{JobId, PipelineId, Timestamp, UserId};
use ports::store::{Claim, ClaimFilter, Commit, Committed, End, Lease, StageChange, Write};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub struct Watch {
    /// The first law that was broken.
    pub broken: Option<String>,
    /// The newest attempt of each job.
    newest: BTreeMap<JobId, u32>,
    /// Jobs whose end was committed.
    ended: BTreeSet<JobId>,
    /// How many open children are few enough for a parent to be woken.
    few_enough: BTreeMap<JobId, u32>,
    /// Whose results were committed, by stage.
    pub results: BTreeMap<(PipelineId, StageName), Vec<(JobId, u32)>>,
    /// Files that a committed result refers to.
    pub needed: BTreeMap<String, PipelineId>,
    pub claims: u64,
    pub commits: u64,
    pub fenced: u64,
}

impl Watch {
    pub fn law(&mut self, holds: bool, says: impl FnOnce() -> String) {
        if !holds && self.broken.is_none() {
            self.broken = Some(says());
        }
    }

    /// `jobs` is how all jobs stand right after the claim.
    pub fn claimed(
        &mut self,
        filter: &ClaimFilter,
        claim: &Claim,
        jobs: &[SeenJob],
        now: Timestamp,
    ) {
        self.claims += 1;
        let (id, attempt) = (claim.job.id, claim.job.attempt);
        let before = self.newest.insert(id, attempt).unwrap_or(0);
        self.law(attempt == before + 1, || {
            format!("attempt {attempt} of {id} follows attempt {before}")
        });
        self.law(!self.ended.contains(&id), || {
            format!("{id} had ended and was claimed")
        });
        let Some(claimed) = jobs.iter().find(|job| job.id == id) else {
            return self.law(false, || format!("{id} was claimed and is not there"));
        };
        self.law(!claimed.is_late, || {
            format!("{id} was claimed after its pipeline's end")
        });
        self.law(claimed.suspect == filter.suspects, || {
            format!(
                "{id} was claimed as if it were suspect: {}",
                filter.suspects
            )
        });
        self.law(claimed.not_before <= now, || {
            format!("{id} was claimed before its time")
        });
        let open = jobs
            .iter()
            .filter(|job| job.parent == Some(id) && job.state.is_open());
        let (open, few) = (open.count(), self.few_enough(id));
        self.law(open <= few, || {
            format!("{id} was woken although {open} of its children are open")
        });
        let fairly = is_fair(filter, claimed, jobs, now);
        self.law(fairly, || {
            format!("{id} was claimed although another one's turn it was")
        });
    }

    pub fn renewed(&mut self, job: JobId, attempt: u32, answer: Lease) {
        let newest = self.newest.get(&job).copied();
        let holds = answer != Lease::Held || newest == Some(attempt) && !self.ended.contains(&job);
        self.law(holds, || {
            format!("attempt {attempt} of {job} holds a lease, the newest is {newest:?}")
        });
    }

    /// `before` is the state and the attempt of the job right before the commit.
    pub fn committed(
        &mut self,
        commit: &Commit,
        answer: Committed,
        before: Option<(JobState, u32)>,
        files: &BTreeSet<String>,
    ) {
        let (job, attempt) = (commit.job, commit.attempt);
        let held = before == Some((JobState::Running, attempt));
        if answer == Committed::Fenced {
            self.fenced += 1;
            return self.law(!held, || {
                format!("attempt {attempt} of {job} was fenced unjustly")
            });
        }
        self.commits += 1;
        self.law(held, || {
            format!("attempt {attempt} of {job} committed although it stood as {before:?}")
        });
        if matches!(commit.end, End::Succeeded(_) | End::Failed(_, None)) {
            let first = self.ended.insert(job);
            self.law(first, || format!("{job} ended twice"));
        }
        if let End::Waiting { wake_at, .. } = commit.end {
            self.few_enough.insert(job, wake_at);
        }
        for (pipeline, key) in referred(commit) {
            self.law(files.contains(&key), || {
                format!("attempt {attempt} of {job} refers to {key}, which is not there")
            });
            self.needed.insert(key, pipeline);
        }
        for write in &commit.writes {
            if let Write::Stage(pipeline, stage, StageChange::Succeeded(..)) = write {
                let results = self.results.entry((*pipeline, *stage)).or_default();
                results.push((job, attempt));
            }
        }
    }

    fn few_enough(&self, id: JobId) -> usize {
        self.few_enough.get(&id).map_or(0, |few| *few as usize)
    }

    /// A file was removed.
    pub fn removed(&mut self, key: &str) {
        let needed = self.needed.contains_key(key);
        self.law(!needed, || {
            format!("{key} was removed, and a result refers to it")
        });
    }

    /// A file was looked for in vain.
    pub fn missed(&mut self, key: &str) {
        let needed = self.needed.contains_key(key);
        self.law(!needed, || {
            format!("{key} is not there, and a result refers to it")
        });
    }

    /// A person deleted the pipeline.
    pub fn deleted(&mut self, pipeline: PipelineId) {
        self.needed.retain(|_, owner| *owner != pipeline);
        self.results.retain(|(owner, _), _| *owner != pipeline);
    }

    /// Looks at all jobs at any moment.
    pub fn look(&mut self, jobs: &[SeenJob]) {
        let mut open: BTreeMap<JobId, usize> = BTreeMap::new();
        for job in jobs.iter().filter(|job| job.state.is_open()) {
            if let Some(parent) = job.parent {
                *open.entry(parent).or_default() += 1;
            }
        }
        for job in jobs {
            let (id, state) = (job.id, job.state);
            self.law(!(job.is_late && state.is_open()), || {
                format!("{id} is {state} after its pipeline's end")
            });
            let leased = job.lease_until.is_some();
            self.law(leased == (state == JobState::Running), || {
                format!("{id} is {state}, with a lease: {leased}")
            });
            self.law(
                self.newest.get(&id).copied().unwrap_or(0) == job.attempt,
                || format!("{id} was claimed, and nobody saw it"),
            );
            let open = open.get(&id).copied().unwrap_or(0);
            let many = open > self.few_enough(id);
            match state {
                JobState::Waiting => self.law(many, || {
                    format!("{id} waits although only {open} of its children are open")
                }),
                JobState::Queued | JobState::Running => self.law(!many, || {
                    format!("{id} is {state} although {open} of its children are open")
                }),
                _ => {}
            }
        }
    }
}

/// Whether no job that could have been claimed comes before: owners with fewer running jobs first,
/// then age.
fn is_fair(filter: &ClaimFilter, claimed: &SeenJob, jobs: &[SeenJob], now: Timestamp) -> bool {
    let mut running: BTreeMap<UserId, usize> = BTreeMap::new();
    for job in jobs {
        if job.state == JobState::Running && job.id != claimed.id {
            *running.entry(job.owner).or_default() += 1;
        }
    }
    let rank = |job: &SeenJob| {
        (
            running.get(&job.owner).copied().unwrap_or(0),
            job.created_at,
        )
    };
    let could = |job: &&SeenJob| {
        job.state == JobState::Queued
            && job.kind == filter.kind
            && job.suspect == filter.suspects
            && job.not_before <= now
    };
    let first = jobs.iter().filter(could).map(rank).min();
    first.is_none_or(|first| rank(claimed) <= first)
}

/// The files that a commit makes needed.
fn referred(commit: &Commit) -> Vec<(PipelineId, String)> {
    let mut keys = Vec::new();
    for write in &commit.writes {
        match write {
            Write::Model(model) => keys.push((model.pipeline, model.artifact.clone())),
            Write::Stage(pipeline, _, StageChange::Succeeded(result, _)) => {
                keys.extend(of_result(result).into_iter().map(|key| (*pipeline, key)));
            }
            _ => {}
        }
    }
    if let End::Succeeded(Some(serde_json::Value::String(key))) = &commit.end {
        let pipeline = key.split('/').nth(1).and_then(|id| id.parse().ok());
        keys.extend(pipeline.map(|pipeline| (pipeline, key.clone())));
    }
    keys
}

fn of_result(result: &StageResult) -> Vec<String> {
    match result {
        StageResult::Prepare(prepared) => vec![prepared.train.clone(), prepared.test.clone()],
        StageResult::Evaluate(evaluated) => evaluated.reports.values().cloned().collect(),
        _ => Vec::new(),
    }
}

/// Every kind that some process handles.
pub const KINDS: [JobKind; 10] = [
    JobKind::Profile,
    JobKind::Advance,
    JobKind::Prepare,
    JobKind::Select,
    JobKind::Optimise,
    JobKind::Train,
    JobKind::Evaluate,
    JobKind::Deploy,
    JobKind::Trial,
    JobKind::Fold,
];
