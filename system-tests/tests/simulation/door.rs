//! The store as one process reaches it: through the gate, and under the eyes of the watch.

use crate::gate::Verdict;
use crate::hub::Hub;
use crate::mutants::Mutant;
use async_trait::async_trait;
use domain::access::{Grantee, Noun, Share};
use domain::audit::{AuditEntry, Audited};
use domain::course::{Course, CourseRole, Membership};
use domain::dataset::{Dataset, DatasetChange, DatasetVersion, FirstRows};
use domain::deployment::Deployment;
use domain::event::Event;
use domain::job::{Job, JobKind, NewJob};
use domain::model::Model;
use domain::pipeline::{Pipeline, PipelineState, Span, StageName};
use domain::profile::Profile;
use domain::quota::{Queue, Quota, Usage};
use domain::results::StageResult;
use domain::study::Trial;
use domain::user::{RoleRequest, Sealed, Token, User, UserChange};
use domain::{
    CourseId, DatasetId, JobId, Message, ModelId, PipelineId, RoleRequestId, Timestamp, TokenId,
    UserId,
};
use ports::store::{
    Audit, AuditFilter, Claim, ClaimFilter, Commit, Committed, Courses, Datasets, DeploymentWrite,
    Deployments, Jobs, Lease, Leases, Models, NewPipeline, Outbox, OutboxRow, Page, PageOf,
    PipelineFilter, Pipelines, Progress, ProviderTokens, QueueDepth, Quotas, Repairs, Replica,
    Replicas, RoleRequests, Scope, Shares, SignedIn, Site, Upkeep, Users,
};
use ports::{PortError, Result};
use std::sync::Arc;
use std::time::Duration;

/// The way of one process to the store and the other ports.
#[derive(Clone)]
pub struct Door {
    pub hub: Arc<Hub>,
    pub process: usize,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Door({})", self.process)
    }
}

impl Door {
    /// A call, as the gate decides.
    pub async fn call<T>(
        &self,
        port: &'static str,
        operation: &'static str,
        call: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        let verdict = self.hub.gate.pass(self.process, operation, None).await;
        answer(port, operation, verdict, call).await
    }
}

async fn answer<T>(
    port: &'static str,
    operation: &'static str,
    verdict: Verdict,
    call: impl Future<Output = Result<T>> + Send,
) -> Result<T> {
    let away = || PortError::Unavailable {
        port,
        doing: operation.replace('_', " "),
        source: "a drawn fault".into(),
    };
    match verdict {
        Verdict::Made => call.await,
        Verdict::Lost => Err(away()),
        Verdict::Unanswered => {
            drop(call.await);
            Err(away())
        }
    }
}

macro_rules! through {
    ($trait:ident: $($name:ident($($arg:ident: $type:ty),*) -> $out:ty;)*) => {
        #[async_trait]
        impl $trait for Door {
            $(
                async fn $name(&self, $($arg: $type),*) -> Result<$out> {
                    let call = self.hub.store.$name($($arg),*);
                    self.call("store", stringify!($name), call).await
                }
            )*
        }
    };
}

through! { Datasets:
    insert_dataset(dataset: &Dataset, profile: &NewJob) -> ();
    add_dataset_version(dataset: DatasetId, version: &DatasetVersion, profile: &NewJob) -> u32;
    dataset(id: DatasetId) -> Option<Dataset>;
    dataset_version(id: DatasetId, version: u32) -> Option<DatasetVersion>;
    dataset_versions(id: DatasetId, before: Option<u32>, limit: u32) -> Vec<DatasetVersion>;
    datasets(scope: &Scope, page: &Page) -> PageOf<Dataset>;
    profile(id: DatasetId, version: u32) -> Option<Profile>;
    first_rows(id: DatasetId, version: u32) -> Option<FirstRows>;
    describe_dataset(id: DatasetId, change: &DatasetChange) -> bool;
    delete_dataset(id: DatasetId) -> Vec<String>;
}

through! { Pipelines:
    insert_pipeline(new: &NewPipeline) -> ();
    pipeline(id: PipelineId) -> Option<Pipeline>;
    pipelines(filter: &PipelineFilter, page: &Page) -> PageOf<Pipeline>;
    stage_result(id: PipelineId, stage: StageName) -> Option<StageResult>;
    cancel_pipeline(id: PipelineId, told: &Message) -> bool;
    retry_pipeline(id: PipelineId, advance: &NewJob) -> bool;
    delete_pipeline(id: PipelineId) -> bool;
    events(id: PipelineId, after: u64, limit: u32) -> Vec<Event>;
    timeline(id: PipelineId) -> Vec<Span>;
    trials(id: PipelineId) -> Vec<Trial>;
}

through! { Models:
    model(id: ModelId) -> Option<Model>;
    models(scope: &Scope, page: &Page) -> PageOf<Model>;
    leaderboard(pipeline: PipelineId) -> Vec<Model>;
}

through! { Deployments:
    deploy(write: &DeploymentWrite) -> Deployment;
    deployment(name: &str) -> Option<Deployment>;
    deployments(scope: &Scope, page: &Page) -> PageOf<Deployment>;
    activate(name: &str, version: u32) -> Deployment;
    undeploy(name: &str) -> bool;
}

through! { Replicas:
    announce(replica: &Replica, holds: Duration) -> ();
    replicas() -> Vec<Replica>;
    withdraw(id: &str) -> ();
}

through! { Users:
    insert_user(user: &User) -> ();
    user_by_name(username: &str) -> Option<User>;
    user_by_subject(subject: &str) -> Option<User>;
    user(id: UserId) -> Option<User>;
    users(search: Option<&str>, page: &Page) -> PageOf<User>;
    count_users() -> u64;
    change_user(id: UserId, change: &UserChange) -> Option<User>;
    set_password(id: UserId, hash: &str, must_change: bool, keep: Option<TokenId>) -> ();
    insert_token(token: &Token) -> ();
    token(hash: &str) -> Option<SignedIn>;
    touch_token(id: TokenId) -> ();
    delete_token(user: UserId, id: TokenId) -> bool;
    delete_tokens(user: UserId, keep: Option<TokenId>) -> u64;
    tokens(user: UserId) -> Vec<Token>;
    remember(user: UserId, key: &str, fingerprint: &str, answer: Option<&str>) -> Option<String>;
}

through! { ProviderTokens:
    tokens_to_check(age: Duration, limit: u32) -> Vec<Token>;
    reseal(id: TokenId, sealed: &Sealed) -> bool;
    tokens_of_session(sid: &str) -> Vec<Token>;
    follow_groups(user: UserId, courses: &[Membership]) -> bool;
}

through! { RoleRequests:
    ask_for_roles(request: &RoleRequest) -> ();
    role_requests() -> Vec<RoleRequest>;
    take_role_request(id: RoleRequestId) -> Option<RoleRequest>;
}

through! { Quotas:
    quota(of: Grantee) -> Option<Quota>;
    set_quota(of: Grantee, quota: &Quota) -> ();
    usage(of: Grantee) -> Usage;
    queue() -> Queue;
}

through! { Courses:
    insert_course(course: &Course) -> ();
    course(id: CourseId) -> Option<Course>;
    course_by_code(code: &str) -> Option<Course>;
    courses(of: Option<UserId>, page: &Page) -> PageOf<Course>;
    name_course(id: CourseId, code: &str, title: &str) -> bool;
    enrol(course: CourseId, user: UserId, role: CourseRole) -> ();
    unenrol(course: CourseId, user: UserId) -> bool;
    members(course: CourseId, page: &Page) -> PageOf<(User, CourseRole)>;
    memberships(user: UserId) -> Vec<Membership>;
}

through! { Shares:
    share(share: &Share) -> ();
    unshare(noun: Noun, thing: &str, with: Grantee) -> bool;
    shares(noun: Noun, things: &[String]) -> Vec<Share>;
}

through! { Audit:
    note(entry: &AuditEntry) -> ();
    noted(filter: &AuditFilter, page: &Page) -> PageOf<Audited>;
}

#[async_trait]
impl Outbox for Door {
    async fn unsent(&self, limit: u32) -> Result<Vec<OutboxRow>> {
        self.call("store", "unsent", self.hub.store.unsent(limit))
            .await
    }

    async fn sent(&self, ids: &[String]) -> Result<()> {
        let kept = self.hub.is(Mutant::KeepsMessages);
        let ids = if kept { &[] } else { ids };
        self.call("store", "sent", self.hub.store.sent(ids)).await
    }
}

#[async_trait]
impl Upkeep for Door {
    async fn now(&self) -> Result<Timestamp> {
        self.call("store", "now", self.hub.store.now()).await
    }

    async fn reconcile(&self, leases: Leases) -> Result<Repairs> {
        let reconcile = async {
            if self.hub.is(Mutant::NeverMends) {
                return Ok(Repairs::default());
            }
            self.hub.store.reconcile(leases).await
        };
        self.call("store", "reconcile", reconcile).await
    }

    async fn free_leases(&self, worker_prefix: &str) -> Result<u64> {
        let call = self.hub.store.free_leases(worker_prefix);
        self.call("store", "free_leases", call).await
    }

    async fn owners_of_artifacts(&self) -> Result<Vec<String>> {
        let owners = async {
            let all = self.hub.store.owners_of_artifacts().await?;
            let forgotten = self.hub.is(Mutant::SweepsTooMuch);
            Ok(if forgotten { Vec::new() } else { all })
        };
        self.call("store", "owners_of_artifacts", owners).await
    }

    async fn site(&self) -> Result<Option<Site>> {
        self.call("store", "site", self.hub.store.site()).await
    }

    async fn keep_site(&self, site: &Site) -> Result<()> {
        self.hub.store.keep_site(site).await
    }

    async fn pipeline_counts(&self) -> Result<Vec<(PipelineState, u64)>> {
        self.hub.store.pipeline_counts().await
    }

    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Jobs for Door {
    async fn claim(&self, filter: &ClaimFilter) -> Result<Option<Claim>> {
        let claim = async { self.hub.claim(filter).await };
        self.call("store", "claim", claim).await
    }

    async fn has_work(&self, filter: &ClaimFilter) -> Result<bool> {
        self.call("store", "has_work", self.hub.store.has_work(filter))
            .await
    }

    async fn renew(&self, job: JobId, attempt: u32, lease: Duration) -> Result<Lease> {
        let renew = async { self.hub.renew(job, attempt, lease).await };
        self.call("store", "renew", renew).await
    }

    async fn commit(&self, commit: &Commit) -> Result<Committed> {
        let gate = &self.hub.gate;
        let verdict = gate.pass(self.process, "commit", Some(commit)).await;
        answer("store", "commit", verdict, self.hub.commit(commit)).await
    }

    async fn report(&self, progress: &Progress) -> Result<bool> {
        self.call("store", "report", self.hub.store.report(progress))
            .await
    }

    async fn job(&self, id: JobId) -> Result<Option<Job>> {
        self.call("store", "job", self.hub.store.job(id)).await
    }

    async fn children(&self, parent: JobId) -> Result<Vec<Job>> {
        self.call("store", "children", self.hub.store.children(parent))
            .await
    }

    async fn queue_depths(&self) -> Result<Vec<QueueDepth>> {
        self.hub.store.queue_depths().await
    }

    async fn next_due(&self, kind: JobKind) -> Result<Option<Duration>> {
        self.hub.store.next_due(kind).await
    }
}
