//! How much somebody or a course may use, and what is used.

use super::MemoryStore;
use super::refusal::Outcome;
use super::rows::JobMark;
use super::state::State;
use super::table::Row;
use crate::store::quotas::{first_hour, hour};
use async_trait::async_trait;
use domain::access::Grantee;
use domain::pipeline::PipelineState;
use domain::quota::{Queue, Quota, Usage, Waiting};
use domain::{PipelineId, Timestamp, UserId};
use ports::Result;
use ports::store::Quotas;
use std::collections::BTreeMap;

impl Row for Quota {
    type Mark = ();
}

/// Microseconds that workers worked within an hour.
#[derive(Clone, Copy, Debug)]
pub(super) struct WorkRow(i64);

impl Row for WorkRow {
    type Mark = ();
}

/// Pipelines that are looked at to find out how many are before one.
const MOST_WAITING: usize = 1_000;

impl State {
    /// Notes that a job of `owner`, part of a pipeline or not, kept a worker busy.
    pub(super) fn worked(
        &mut self,
        owner: UserId,
        pipeline: Option<PipelineId>,
        started: Timestamp,
        now: Timestamp,
    ) {
        let us = now.0.saturating_sub(started.0);
        if us <= 0 {
            return;
        }
        let course = pipeline.and_then(|id| self.pipelines.get(&id)?.course);
        let holders = [Some(Grantee::User(owner)), course.map(Grantee::Course)];
        for holder in holders.into_iter().flatten() {
            let key = (holder, hour(now));
            let before = self.work.get(&key).map_or(0, |row| row.0);
            self.work.put(key, WorkRow(before + us));
        }
    }

    /// Forgets work that counts no longer.
    pub(super) fn forget_work(&mut self, now: Timestamp) {
        let is_old = |(_, hour): &(Grantee, i64)| *hour < first_hour(now);
        let old = self.work.iter().map(|(key, _)| *key).filter(is_old);
        let old: Vec<_> = old.collect();
        self.work.remove_all(old);
    }

    fn usage(&self, of: Grantee, now: Timestamp) -> Outcome<Usage> {
        let is_theirs = |owner: UserId, course| match of {
            Grantee::User(id) => owner == id,
            Grantee::Course(id) => course == Some(id),
        };
        let work = self.work.range((of, first_hour(now))..=(of, i64::MAX));
        let us: i64 = work.map(|(_, row)| row.0).sum();
        let files = self.versions.iter().filter(|((dataset, _), _)| {
            let row = self.datasets.get(dataset);
            row.is_some_and(|row| !row.deleted && is_theirs(row.owner, row.course))
        });
        let files: u64 = files.map(|(_, row)| row.version.bytes).sum();
        let mut models = 0;
        for (_, row) in self.models.iter() {
            if is_theirs(row.owner, row.course) {
                models += row.model.read()?.bytes;
            }
        }
        let open = self
            .pipelines
            .iter()
            .filter(|(_, row)| row.is_open() && is_theirs(row.owner, row.course));
        Ok(Usage {
            work_seconds: us.max(0).unsigned_abs() / 1_000_000,
            storage_bytes: files + models,
            pipelines: open.count() as u64,
        })
    }

    fn queue(&self) -> Queue {
        let waiting = self.pipelines.iter();
        let waiting = waiting.filter(|(_, row)| row.state == PipelineState::Queued);
        let waiting = waiting.take(MOST_WAITING).map(|(id, row)| Waiting {
            pipeline: *id,
            owner: row.owner,
        });
        let mut running: BTreeMap<UserId, u64> = BTreeMap::new();
        for (_, job) in self.jobs.find(JobMark::Running) {
            *running.entry(job.owner).or_default() += 1;
        }
        Queue {
            waiting: waiting.collect(),
            running: running.into_iter().collect(),
        }
    }
}

#[async_trait]
impl Quotas for MemoryStore {
    async fn quota(&self, of: Grantee) -> Result<Option<Quota>> {
        self.look("read a quota", |state, _| {
            Ok(state.quotas.get(&of).copied())
        })
    }

    async fn set_quota(&self, of: Grantee, quota: &Quota) -> Result<()> {
        self.change("set a quota", |state, _| {
            if quota.is_open() {
                state.quotas.remove(&of);
            } else {
                state.quotas.put(of, *quota);
            }
            Ok(())
        })
    }

    async fn usage(&self, of: Grantee) -> Result<Usage> {
        self.look("add up what is used", |state, now| state.usage(of, now))
    }

    async fn queue(&self) -> Result<Queue> {
        self.look("look at the queue", |state, _| Ok(state.queue()))
    }
}
