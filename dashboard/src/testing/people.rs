//! A store that knows people and tokens and nothing else.

use async_trait::async_trait;
use domain::access::{Grantee, Noun, Share};
use domain::audit::{AuditEntry, Audited};
use domain::course::{Course, CourseRole, Membership};
use domain::dataset::{Dataset, DatasetChange, DatasetState, DatasetVersion, FirstRows};
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
use ports::store::*;
use ports::{PortError, Result};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

pub fn away() -> PortError {
    PortError::Unavailable {
        port: "store",
        doing: "be asked".into(),
        source: "a test".into(),
    }
}

/// Users, tokens and remembered answers, and datasets if it is asked to; everything else is away.
#[derive(Debug, Default)]
pub struct PeopleStore {
    datasets: Option<Mutex<Vec<Dataset>>>,
    /// Whether the answers to what it stores get lost.
    loses_answers: bool,
    users: Mutex<Vec<User>>,
    tokens: Mutex<Vec<Token>>,
    remembered: Mutex<HashMap<(UserId, String), (String, String)>>,
}

impl PeopleStore {
    /// One that keeps datasets, each read at once.
    pub fn with_datasets(loses_answers: bool) -> Self {
        Self {
            datasets: Some(Mutex::default()),
            loses_answers,
            ..Self::default()
        }
    }

    fn datasets(&self) -> Result<MutexGuard<'_, Vec<Dataset>>> {
        let datasets = self.datasets.as_ref().ok_or_else(away)?;
        Ok(datasets.lock().unwrap())
    }

    fn find_dataset(&self, id: DatasetId) -> Result<Option<Dataset>> {
        let datasets = self.datasets()?;
        Ok(datasets.iter().find(|dataset| dataset.id == id).cloned())
    }

    fn find_user(&self, wanted: impl Fn(&User) -> bool) -> Option<User> {
        self.users
            .lock()
            .unwrap()
            .iter()
            .find(|user| wanted(user))
            .cloned()
    }
}

#[async_trait]
impl Users for PeopleStore {
    async fn insert_user(&self, user: &User) -> Result<()> {
        self.users.lock().unwrap().push(user.clone());
        Ok(())
    }
    async fn user_by_name(&self, username: &str) -> Result<Option<User>> {
        Ok(self.find_user(|user| user.username == username))
    }
    async fn user_by_subject(&self, _: &str) -> Result<Option<User>> {
        Err(away())
    }
    async fn users(&self, _: Option<&str>, _: &Page) -> Result<PageOf<User>> {
        Err(away())
    }
    async fn change_user(&self, _: UserId, _: &UserChange) -> Result<Option<User>> {
        Err(away())
    }
    async fn delete_tokens(&self, _: UserId, _: Option<TokenId>) -> Result<u64> {
        Err(away())
    }
    async fn user(&self, id: UserId) -> Result<Option<User>> {
        Ok(self.find_user(|user| user.id == id))
    }
    async fn count_users(&self) -> Result<u64> {
        Ok(self.users.lock().unwrap().len() as u64)
    }
    async fn set_password(
        &self,
        id: UserId,
        hash: &str,
        must_change: bool,
        keep: Option<TokenId>,
    ) -> Result<()> {
        for user in self
            .users
            .lock()
            .unwrap()
            .iter_mut()
            .filter(|user| user.id == id)
        {
            user.password_hash = Some(hash.to_owned());
            user.must_change_password = must_change;
        }
        self.tokens
            .lock()
            .unwrap()
            .retain(|token| token.user != id || Some(token.id) == keep);
        Ok(())
    }
    async fn insert_token(&self, token: &Token) -> Result<()> {
        self.tokens.lock().unwrap().push(token.clone());
        Ok(())
    }
    async fn token(&self, hash: &str) -> Result<Option<SignedIn>> {
        let found = self
            .tokens
            .lock()
            .unwrap()
            .iter()
            .find(|token| token.hash == hash)
            .cloned();
        Ok(found.and_then(|token| {
            let user = self.find_user(|user| user.id == token.user)?;
            let courses = Vec::new();
            Some(SignedIn {
                token,
                user,
                courses,
            })
        }))
    }
    async fn touch_token(&self, _: TokenId) -> Result<()> {
        Ok(())
    }
    async fn delete_token(&self, user: UserId, id: TokenId) -> Result<bool> {
        let mut tokens = self.tokens.lock().unwrap();
        let before = tokens.len();
        tokens.retain(|token| token.id != id || token.user != user);
        Ok(tokens.len() < before)
    }
    async fn tokens(&self, user: UserId) -> Result<Vec<Token>> {
        let tokens = self.tokens.lock().unwrap();
        Ok(tokens
            .iter()
            .filter(|token| token.user == user)
            .cloned()
            .collect())
    }
    async fn remember(
        &self,
        user: UserId,
        key: &str,
        fingerprint: &str,
        answer: Option<&str>,
    ) -> Result<Option<String>> {
        let mut remembered = self.remembered.lock().unwrap();
        let place = (user, key.to_owned());
        match (remembered.get(&place), answer) {
            (Some((known, _)), _) if known != fingerprint => Err(PortError::Conflict {
                doing: "remember".into(),
                what: "another request".into(),
            }),
            (Some((_, answer)), _) => Ok(Some(answer.clone())),
            (None, Some(answer)) => {
                remembered.insert(place, (fingerprint.to_owned(), answer.to_owned()));
                Ok(None)
            }
            (None, None) => Ok(None),
        }
    }
}

/// Implements a trait of the store by being away.
macro_rules! is_away {
    ($noun:ident { $($name:ident($($arg:ty),*) -> $answer:ty;)* }) => {
        #[async_trait]
        impl $noun for PeopleStore {
            $(async fn $name(&self, $(_: $arg),*) -> Result<$answer> { Err(away()) })*
        }
    };
}

#[async_trait]
impl Datasets for PeopleStore {
    async fn insert_dataset(&self, dataset: &Dataset, _: &NewJob) -> Result<()> {
        let mut dataset = dataset.clone();
        dataset.current.state = DatasetState::Ready;
        self.datasets()?.push(dataset);
        if self.loses_answers {
            return Err(away());
        }
        Ok(())
    }
    async fn dataset(&self, id: DatasetId) -> Result<Option<Dataset>> {
        self.find_dataset(id)
    }
    async fn dataset_version(&self, id: DatasetId, _: u32) -> Result<Option<DatasetVersion>> {
        let found = self.find_dataset(id)?;
        Ok(found.map(|dataset| dataset.current))
    }
    async fn add_dataset_version(
        &self,
        _: DatasetId,
        _: &DatasetVersion,
        _: &NewJob,
    ) -> Result<u32> {
        Err(away())
    }
    async fn dataset_versions(
        &self,
        _: DatasetId,
        _: Option<u32>,
        _: u32,
    ) -> Result<Vec<DatasetVersion>> {
        Err(away())
    }
    async fn datasets(&self, _: &Scope, _: &Page) -> Result<PageOf<Dataset>> {
        Err(away())
    }
    async fn profile(&self, _: DatasetId, _: u32) -> Result<Option<Profile>> {
        Err(away())
    }
    async fn first_rows(&self, _: DatasetId, _: u32) -> Result<Option<FirstRows>> {
        Err(away())
    }
    async fn describe_dataset(&self, _: DatasetId, _: &DatasetChange) -> Result<bool> {
        Err(away())
    }
    async fn delete_dataset(&self, _: DatasetId) -> Result<Vec<String>> {
        Err(away())
    }
}
is_away!(Pipelines {
    insert_pipeline(&NewPipeline) -> ();
    pipeline(PipelineId) -> Option<Pipeline>;
    pipelines(&PipelineFilter, &Page) -> PageOf<Pipeline>;
    stage_result(PipelineId, StageName) -> Option<StageResult>;
    cancel_pipeline(PipelineId, &Message) -> bool;
    retry_pipeline(PipelineId, &NewJob) -> bool;
    delete_pipeline(PipelineId) -> bool;
    events(PipelineId, u64, u32) -> Vec<Event>;
    timeline(PipelineId) -> Vec<Span>;
    trials(PipelineId) -> Vec<Trial>;
});
is_away!(Jobs {
    claim(&ClaimFilter) -> Option<Claim>;
    has_work(&ClaimFilter) -> bool;
    renew(JobId, u32, Duration) -> Lease;
    commit(&Commit) -> Committed;
    report(&Progress) -> bool;
    job(JobId) -> Option<Job>;
    children(JobId) -> Vec<Job>;
    queue_depths() -> Vec<QueueDepth>;
    next_due(JobKind) -> Option<Duration>;
});
is_away!(Models {
    model(ModelId) -> Option<Model>;
    models(&Scope, &Page) -> PageOf<Model>;
    leaderboard(PipelineId) -> Vec<Model>;
});
is_away!(Deployments {
    deploy(&DeploymentWrite) -> Deployment;
    deployment(&str) -> Option<Deployment>;
    deployments(&Scope, &Page) -> PageOf<Deployment>;
    activate(&str, u32) -> Deployment;
    undeploy(&str) -> bool;
});
is_away!(Replicas {
    announce(&Replica, Duration) -> ();
    replicas() -> Vec<Replica>;
    withdraw(&str) -> ();
});
is_away!(ProviderTokens {
    tokens_to_check(Duration, u32) -> Vec<Token>;
    reseal(TokenId, &Sealed) -> bool;
    tokens_of_session(&str) -> Vec<Token>;
    follow_groups(UserId, &[Membership]) -> bool;
});
is_away!(RoleRequests {
    ask_for_roles(&RoleRequest) -> ();
    role_requests() -> Vec<RoleRequest>;
    take_role_request(RoleRequestId) -> Option<RoleRequest>;
});
is_away!(Courses {
    insert_course(&Course) -> ();
    course(CourseId) -> Option<Course>;
    course_by_code(&str) -> Option<Course>;
    courses(Option<UserId>, &Page) -> PageOf<Course>;
    name_course(CourseId, &str, &str) -> bool;
    enrol(CourseId, UserId, CourseRole) -> ();
    unenrol(CourseId, UserId) -> bool;
    members(CourseId, &Page) -> PageOf<(User, CourseRole)>;
    memberships(UserId) -> Vec<Membership>;
});
is_away!(Quotas {
    quota(Grantee) -> Option<Quota>;
    set_quota(Grantee, &Quota) -> ();
    usage(Grantee) -> Usage;
    queue() -> Queue;
});
is_away!(Shares {
    share(&Share) -> ();
    unshare(Noun, &str, Grantee) -> bool;
    shares(Noun, &[String]) -> Vec<Share>;
});
is_away!(Audit {
    note(&AuditEntry) -> ();
    noted(&AuditFilter, &Page) -> PageOf<Audited>;
});
is_away!(Outbox {
    unsent(u32) -> Vec<OutboxRow>;
    sent(&[String]) -> ();
});

#[async_trait]
impl Upkeep for PeopleStore {
    async fn now(&self) -> Result<Timestamp> {
        Ok(Timestamp(1_700_000_000_000_000))
    }
    async fn reconcile(&self, _: Leases) -> Result<Repairs> {
        Err(away())
    }
    async fn free_leases(&self, _: &str) -> Result<u64> {
        Err(away())
    }
    async fn owners_of_artifacts(&self) -> Result<Vec<String>> {
        Err(away())
    }
    async fn site(&self) -> Result<Option<Site>> {
        Err(away())
    }
    async fn keep_site(&self, _: &Site) -> Result<()> {
        Err(away())
    }
    async fn pipeline_counts(&self) -> Result<Vec<(PipelineState, u64)>> {
        Err(away())
    }
    async fn ping(&self) -> Result<()> {
        Err(away())
    }
}
