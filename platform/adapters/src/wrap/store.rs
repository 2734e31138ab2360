//! The store behind an interceptor.

use super::wrapped;
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
use ports::Store;
use ports::store::{
    Audit, AuditFilter, Claim, ClaimFilter, Commit, Committed, Courses, Datasets, DeploymentWrite,
    Deployments, Jobs, Lease, Leases, Models, NewPipeline, Outbox, OutboxRow, Page, PageOf,
    PipelineFilter, Pipelines, Progress, ProviderTokens, QueueDepth, Quotas, Repairs, Replica,
    Replicas, RoleRequests, Scope, Shares, SignedIn, Site, Upkeep, Users,
};
use std::time::Duration;

wrapped! { Datasets of Store:
    once insert_dataset(dataset: &Dataset, profile: &NewJob) -> ();
    once add_dataset_version(dataset: DatasetId, version: &DatasetVersion, profile: &NewJob) -> u32;
    again dataset(id: DatasetId) -> Option<Dataset>;
    again dataset_version(id: DatasetId, version: u32) -> Option<DatasetVersion>;
    again dataset_versions(id: DatasetId, before: Option<u32>, limit: u32) -> Vec<DatasetVersion>;
    again datasets(scope: &Scope, page: &Page) -> PageOf<Dataset>;
    again profile(id: DatasetId, version: u32) -> Option<Profile>;
    again first_rows(id: DatasetId, version: u32) -> Option<FirstRows>;
    again describe_dataset(id: DatasetId, change: &DatasetChange) -> bool;
    once delete_dataset(id: DatasetId) -> Vec<String>;
}

wrapped! { Pipelines of Store:
    once insert_pipeline(new: &NewPipeline) -> ();
    again pipeline(id: PipelineId) -> Option<Pipeline>;
    again pipelines(filter: &PipelineFilter, page: &Page) -> PageOf<Pipeline>;
    again stage_result(id: PipelineId, stage: StageName) -> Option<StageResult>;
    once cancel_pipeline(id: PipelineId, told: &Message) -> bool;
    once retry_pipeline(id: PipelineId, advance: &NewJob) -> bool;
    once delete_pipeline(id: PipelineId) -> bool;
    again events(id: PipelineId, after: u64, limit: u32) -> Vec<Event>;
    again timeline(id: PipelineId) -> Vec<Span>;
    again trials(id: PipelineId) -> Vec<Trial>;
}

wrapped! { Jobs of Store:
    once claim(filter: &ClaimFilter) -> Option<Claim>;
    again has_work(filter: &ClaimFilter) -> bool;
    again renew(job: JobId, attempt: u32, lease: Duration) -> Lease;
    once commit(commit: &Commit) -> Committed;
    once report(progress: &Progress) -> bool;
    again job(id: JobId) -> Option<Job>;
    again children(parent: JobId) -> Vec<Job>;
    again queue_depths() -> Vec<QueueDepth>;
    again next_due(kind: JobKind) -> Option<Duration>;
}

wrapped! { Models of Store:
    again model(id: ModelId) -> Option<Model>;
    again models(scope: &Scope, page: &Page) -> PageOf<Model>;
    again leaderboard(pipeline: PipelineId) -> Vec<Model>;
}

wrapped! { Deployments of Store:
    once deploy(write: &DeploymentWrite) -> Deployment;
    again deployment(name: &str) -> Option<Deployment>;
    again deployments(scope: &Scope, page: &Page) -> PageOf<Deployment>;
    once activate(name: &str, version: u32) -> Deployment;
    once undeploy(name: &str) -> bool;
}

wrapped! { Replicas of Store:
    again announce(replica: &Replica, holds: Duration) -> ();
    again replicas() -> Vec<Replica>;
    again withdraw(id: &str) -> ();
}

wrapped! { Users of Store:
    once insert_user(user: &User) -> ();
    again user_by_name(username: &str) -> Option<User>;
    again user_by_subject(subject: &str) -> Option<User>;
    again user(id: UserId) -> Option<User>;
    again users(search: Option<&str>, page: &Page) -> PageOf<User>;
    again count_users() -> u64;
    once change_user(id: UserId, change: &UserChange) -> Option<User>;
    again set_password(id: UserId, hash: &str, must_change: bool, keep: Option<TokenId>) -> ();
    once insert_token(token: &Token) -> ();
    again token(hash: &str) -> Option<SignedIn>;
    again touch_token(id: TokenId) -> ();
    once delete_token(user: UserId, id: TokenId) -> bool;
    once delete_tokens(user: UserId, keep: Option<TokenId>) -> u64;
    again tokens(user: UserId) -> Vec<Token>;
    once remember(user: UserId, key: &str, fingerprint: &str, answer: Option<&str>) -> Option<String>;
}

wrapped! { ProviderTokens of Store:
    once tokens_to_check(age: Duration, limit: u32) -> Vec<Token>;
    again reseal(id: TokenId, sealed: &Sealed) -> bool;
    again tokens_of_session(sid: &str) -> Vec<Token>;
    once follow_groups(user: UserId, courses: &[Membership]) -> bool;
}

wrapped! { RoleRequests of Store:
    once ask_for_roles(request: &RoleRequest) -> ();
    again role_requests() -> Vec<RoleRequest>;
    once take_role_request(id: RoleRequestId) -> Option<RoleRequest>;
}

wrapped! { Quotas of Store:
    again quota(of: Grantee) -> Option<Quota>;
    again set_quota(of: Grantee, quota: &Quota) -> ();
    again usage(of: Grantee) -> Usage;
    again queue() -> Queue;
}

wrapped! { Courses of Store:
    once insert_course(course: &Course) -> ();
    again course(id: CourseId) -> Option<Course>;
    again course_by_code(code: &str) -> Option<Course>;
    again courses(of: Option<UserId>, page: &Page) -> PageOf<Course>;
    again name_course(id: CourseId, code: &str, title: &str) -> bool;
    again enrol(course: CourseId, user: UserId, role: CourseRole) -> ();
    once unenrol(course: CourseId, user: UserId) -> bool;
    again members(course: CourseId, page: &Page) -> PageOf<(User, CourseRole)>;
    again memberships(user: UserId) -> Vec<Membership>;
}

wrapped! { Shares of Store:
    again share(share: &Share) -> ();
    once unshare(noun: Noun, thing: &str, with: Grantee) -> bool;
    again shares(noun: Noun, things: &[String]) -> Vec<Share>;
}

wrapped! { Audit of Store:
    once note(entry: &AuditEntry) -> ();
    again noted(filter: &AuditFilter, page: &Page) -> PageOf<Audited>;
}

wrapped! { Outbox of Store:
    again unsent(limit: u32) -> Vec<OutboxRow>;
    again sent(ids: &[String]) -> ();
}

wrapped! { Upkeep of Store:
    again now() -> Timestamp;
    once reconcile(leases: Leases) -> Repairs;
    again free_leases(worker_prefix: &str) -> u64;
    again owners_of_artifacts() -> Vec<String>;
    again site() -> Option<Site>;
    again keep_site(site: &Site) -> ();
    again pipeline_counts() -> Vec<(PipelineState, u64)>;
    check ping() -> ();
}
