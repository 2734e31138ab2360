//! All that is stored.

use super::access::MemberRow;
use super::quotas::WorkRow;
use super::refusal::Outcome;
use super::rows::{
    DatasetRow, DeployedRow, DeploymentRow, EventRow, JobRow, Left, ModelRow, PipelineRow,
    Remembered, SpanRow, StageRow, TrialRow, VersionRow,
};
use super::table::{Journal, Table};
use domain::access::{Grantee, Noun, Share};
use domain::audit::Audited;
use domain::course::Course;
use domain::pipeline::StageName;
use domain::quota::Quota;
use domain::user::{RoleRequest, Token, User};
use domain::{
    CourseId, DatasetId, DeploymentId, Failure, JobId, ModelId, PipelineId, RoleRequestId, SpanId,
    Timestamp, TokenId, UserId,
};
use ports::bus::{DeadLetter, Notice};
use ports::store::Site;
use uuid::Uuid;

/// All that is stored: the tables of the schema.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) users: Table<UserId, User>,
    pub(super) tokens: Table<TokenId, Token>,
    pub(super) courses: Table<CourseId, Course>,
    pub(super) members: Table<(CourseId, UserId), MemberRow>,
    pub(super) quotas: Table<Grantee, Quota>,
    pub(super) work: Table<(Grantee, i64), WorkRow>,
    pub(super) shares: Table<(Noun, String, Grantee), Share>,
    pub(super) role_requests: Table<RoleRequestId, RoleRequest>,
    pub(super) audit: Table<String, Audited>,
    pub(super) remembered: Table<(UserId, String), Remembered>,
    pub(super) datasets: Table<DatasetId, DatasetRow>,
    pub(super) versions: Table<(DatasetId, u32), VersionRow>,
    pub(super) pipelines: Table<PipelineId, PipelineRow>,
    pub(super) stages: Table<(PipelineId, StageName), StageRow>,
    pub(super) jobs: Table<JobId, JobRow>,
    pub(super) trials: Table<(PipelineId, u32), TrialRow>,
    pub(super) models: Table<ModelId, ModelRow>,
    pub(super) deployments: Table<DeploymentId, DeploymentRow>,
    pub(super) deployed: Table<(DeploymentId, u32), DeployedRow>,
    pub(super) events: Table<(PipelineId, u64), EventRow>,
    pub(super) spans: Table<(PipelineId, SpanId), SpanRow>,
    pub(super) outbox: Table<String, Left>,
    pub(super) replicas: Table<String, (String, Timestamp)>,
    /// Which site this is; no change of it is refused half-way.
    pub(super) site: Option<Site>,
    /// Messages that were ever left.
    left: u64,
}

impl State {
    /// Does all of `change` or nothing of it.
    pub(super) fn transaction<T>(
        &mut self,
        change: impl FnOnce(&mut Self) -> Outcome<T>,
    ) -> Outcome<T> {
        let left = self.left;
        let outcome = change(self);
        if outcome.is_ok() {
            self.tables().into_iter().for_each(|table| table.keep());
        } else {
            self.undo();
            self.left = left;
        }
        outcome
    }

    /// Takes back what was done since the last transaction.
    pub(super) fn undo(&mut self) {
        self.tables().into_iter().for_each(|table| table.undo());
    }

    fn tables(&mut self) -> [&mut dyn Journal; 23] {
        let Self {
            users,
            tokens,
            courses,
            members,
            quotas,
            work,
            shares,
            role_requests,
            audit,
            remembered,
            datasets,
            versions,
            pipelines,
            stages,
            jobs,
            trials,
            models,
            deployments,
            deployed,
            events,
            spans,
            outbox,
            replicas,
            site: _,
            left: _,
        } = self;
        [
            users,
            tokens,
            courses,
            members,
            quotas,
            work,
            shares,
            role_requests,
            audit,
            remembered,
            datasets,
            versions,
            pipelines,
            stages,
            jobs,
            trials,
            models,
            deployments,
            deployed,
            events,
            spans,
            outbox,
            replicas,
        ]
    }

    /// Leaves a message for the bus in this change. Its id counts, so that ids sort by age.
    pub(super) fn notify(&mut self, notice: &Notice) {
        self.left += 1;
        let id = format!("{:020}", self.left);
        let left = Left {
            subject: notice.subject(),
            body: notice.body(),
        };
        self.outbox.put(id, left);
    }

    /// Leaves a dead letter in this change: the job ended with this failure for good.
    pub(super) fn mourn(&mut self, id: JobId, failure: &Failure) {
        if let Some(job) = self.jobs.get(&id) {
            let letter = DeadLetter::new(id, job.kind, job.attempt, failure);
            self.notify(&Notice::Dead(Box::new(letter)));
        }
    }
}

/// The keys of all that is told of a pipeline, whatever their second part.
pub(super) trait Within: Sized {
    /// The first and the last of them.
    const ENDS: [Self; 2];
}

impl Within for u32 {
    const ENDS: [Self; 2] = [Self::MIN, Self::MAX];
}

impl Within for u64 {
    const ENDS: [Self; 2] = [Self::MIN, Self::MAX];
}

impl Within for StageName {
    const ENDS: [Self; 2] = [Self::Prepare, Self::Deploy];
}

impl Within for SpanId {
    const ENDS: [Self; 2] = [Self(Uuid::nil()), Self(Uuid::max())];
}

/// The range of all keys that begin with `first`.
pub(super) fn of<A: Copy, B: Within>(first: A) -> std::ops::RangeInclusive<(A, B)> {
    let [from, to] = B::ENDS;
    (first, from)..=(first, to)
}
