//! Ports for the tests of this crate: a cache and artifacts in memory, a quiet bus, and a store
//! that knows people and tokens and nothing else. Everything that needs a real store is tested
//! with the real adapters in `system-tests`.

use crate::config::GatewayConfig;
use crate::state::Gateway;
use async_trait::async_trait;
use axum::Router;
use bytes::Bytes;
use domain::dataset::{Dataset, DatasetVersion};
use domain::deployment::Deployment;
use domain::event::Event;
use domain::job::{Job, JobKind, NewJob};
use domain::model::Model;
use domain::pipeline::{Pipeline, PipelineState, Span, StageName};
use domain::profile::Profile;
use domain::results::StageResult;
use domain::study::Trial;
use domain::user::{Token, User};
use domain::{CourseId, DatasetId, JobId, ModelId, PipelineId, Timestamp, TokenId, UserId};
use futures_util::StreamExt;
use ports::artifacts::{Artifacts, ByteStream, Stored, Written};
use ports::bus::{Bus, Notice, Watch, Watched, WorkQueue};
use ports::store::*;
use ports::{Cache, PortError, Ports, Result};
use prometheus_client::registry::Registry;
use service_kit::http::Health;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A cache that never forgets.
#[derive(Debug, Default)]
pub struct MemoryCache(Mutex<(HashMap<String, Bytes>, HashMap<String, i64>)>);

#[async_trait]
impl Cache for MemoryCache {
    async fn get(&self, key: &str) -> Result<Option<Bytes>> {
        Ok(self.0.lock().unwrap().0.get(key).cloned())
    }
    async fn set(&self, key: &str, value: Bytes, _: Duration) -> Result<()> {
        self.0.lock().unwrap().0.insert(key.to_owned(), value);
        Ok(())
    }
    async fn set_if_absent(&self, key: &str, value: Bytes, _: Duration) -> Result<bool> {
        let mut inner = self.0.lock().unwrap();
        let free = !inner.0.contains_key(key);
        inner.0.entry(key.to_owned()).or_insert(value);
        Ok(free)
    }
    async fn add(&self, key: &str, by: i64, _: Duration) -> Result<i64> {
        let mut inner = self.0.lock().unwrap();
        let count = inner.1.entry(key.to_owned()).or_default();
        *count += by;
        Ok(*count)
    }
    async fn delete(&self, key: &str) -> Result<()> {
        let mut inner = self.0.lock().unwrap();
        inner.0.remove(key);
        inner.1.remove(key);
        Ok(())
    }
    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}

/// Artifacts in memory.
#[derive(Debug, Default)]
pub struct MemoryArtifacts(Mutex<BTreeMap<String, Bytes>>);

impl MemoryArtifacts {
    pub fn keys(&self) -> Vec<String> {
        self.0.lock().unwrap().keys().cloned().collect()
    }

    fn find(&self, key: &str) -> Result<Bytes> {
        let found = self.0.lock().unwrap().get(key).cloned();
        found.ok_or_else(|| PortError::NotFound { doing: "read".into(), what: key.into() })
    }
}

#[async_trait]
impl Artifacts for MemoryArtifacts {
    async fn put(&self, key: &str, mut content: ByteStream) -> Result<Written> {
        let mut whole = Vec::new();
        while let Some(piece) = content.next().await {
            whole.extend_from_slice(&piece.map_err(|source| PortError::Unavailable {
                port: "artifacts",
                doing: format!("store {key}"),
                source: Box::new(source),
            })?);
        }
        self.put_once(key, whole.into()).await
    }
    async fn put_once(&self, key: &str, content: Bytes) -> Result<Written> {
        use sha2::Digest;
        let sha256 = crate::auth::secret::hex(&sha2::Sha256::digest(&content));
        let bytes = content.len() as u64;
        self.0.lock().unwrap().insert(key.to_owned(), content);
        Ok(Written { bytes, sha256 })
    }
    async fn get(&self, key: &str) -> Result<ByteStream> {
        let content = self.find(key)?;
        Ok(Box::pin(futures_util::stream::once(async move { Ok(content) })))
    }
    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes> {
        let content = self.find(key)?;
        let end = usize::try_from(range.end).unwrap().min(content.len());
        Ok(content.slice(usize::try_from(range.start).unwrap()..end))
    }
    async fn head(&self, key: &str) -> Result<Stored> {
        let bytes = self.find(key)?.len() as u64;
        Ok(Stored { key: key.to_owned(), bytes })
    }
    async fn list(&self, prefix: &str) -> Result<Vec<Stored>> {
        let all = self.0.lock().unwrap();
        let found = all.iter().filter(|(key, _)| key.starts_with(prefix));
        Ok(found.map(|(key, value)| Stored { key: key.clone(), bytes: value.len() as u64 }).collect())
    }
    async fn delete(&self, key: &str) -> Result<()> {
        self.0.lock().unwrap().remove(key);
        Ok(())
    }
    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}

/// A bus on which nothing ever happens.
#[derive(Debug)]
struct QuietBus;

#[async_trait]
impl Bus for QuietBus {
    async fn publish(&self, _: &str, _: &Notice) -> Result<()> {
        Ok(())
    }
    async fn work(&self, _: JobKind) -> Result<Box<dyn WorkQueue>> {
        Err(away())
    }
    async fn watch(&self) -> Result<Box<dyn Watch>> {
        Ok(Box::new(Nothing))
    }
    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}

struct Nothing;

#[async_trait]
impl Watch for Nothing {
    async fn next(&mut self) -> Result<Watched> {
        std::future::pending().await
    }
}

fn away() -> PortError {
    PortError::Unavailable { port: "store", doing: "be asked".into(), source: "a test".into() }
}

/// Users, tokens and remembered answers; everything else is away.
#[derive(Debug, Default)]
pub struct PeopleStore {
    users: Mutex<Vec<User>>,
    tokens: Mutex<Vec<Token>>,
    remembered: Mutex<HashMap<(UserId, String), (String, String)>>,
}

impl PeopleStore {
    fn find_user(&self, wanted: impl Fn(&User) -> bool) -> Option<User> {
        self.users.lock().unwrap().iter().find(|user| wanted(user)).cloned()
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
    async fn user(&self, id: UserId) -> Result<Option<User>> {
        Ok(self.find_user(|user| user.id == id))
    }
    async fn count_users(&self) -> Result<u64> {
        Ok(self.users.lock().unwrap().len() as u64)
    }
    async fn set_password(&self, id: UserId, hash: &str, keep: Option<TokenId>) -> Result<()> {
        for user in self.users.lock().unwrap().iter_mut().filter(|user| user.id == id) {
            user.password_hash = Some(hash.to_owned());
            user.must_change_password = false;
        }
        self.tokens.lock().unwrap().retain(|token| token.user != id || Some(token.id) == keep);
        Ok(())
    }
    async fn insert_token(&self, token: &Token) -> Result<()> {
        self.tokens.lock().unwrap().push(token.clone());
        Ok(())
    }
    async fn token(&self, hash: &str) -> Result<Option<(Token, User)>> {
        let found = self.tokens.lock().unwrap().iter().find(|token| token.hash == hash).cloned();
        Ok(found.and_then(|token| {
            let user = self.find_user(|user| user.id == token.user)?;
            Some((token, user))
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
        Ok(tokens.iter().filter(|token| token.user == user).cloned().collect())
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
            (Some((known, _)), _) if known != fingerprint => {
                Err(PortError::Conflict { doing: "remember".into(), what: "another request".into() })
            }
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

is_away!(Datasets {
    insert_dataset(&Dataset, &NewJob) -> ();
    add_dataset_version(DatasetId, &DatasetVersion, &NewJob) -> u32;
    dataset(DatasetId) -> Option<Dataset>;
    dataset_version(DatasetId, u32) -> Option<DatasetVersion>;
    datasets(&Scope, &Page) -> PageOf<Dataset>;
    profile(DatasetId, u32) -> Option<Profile>;
    describe_dataset(DatasetId, &str, &str, Option<CourseId>) -> bool;
    delete_dataset(DatasetId) -> Vec<String>;
});
is_away!(Pipelines {
    insert_pipeline(&NewPipeline) -> ();
    pipeline(PipelineId) -> Option<Pipeline>;
    pipelines(&PipelineFilter, &Page) -> PageOf<Pipeline>;
    stage_result(PipelineId, StageName) -> Option<StageResult>;
    cancel_pipeline(PipelineId) -> bool;
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
is_away!(Outbox {
    unsent(u32) -> Vec<OutboxRow>;
    sent(&[String]) -> ();
});

#[async_trait]
impl Upkeep for PeopleStore {
    async fn now(&self) -> Result<Timestamp> {
        Ok(Timestamp(1_700_000_000_000_000))
    }
    async fn reconcile(&self) -> Result<Repairs> {
        Err(away())
    }
    async fn free_leases(&self, _: &str) -> Result<u64> {
        Err(away())
    }
    async fn owners_of_artifacts(&self) -> Result<Vec<String>> {
        Err(away())
    }
    async fn audit(&self, _: Option<UserId>, _: &str, _: &str) -> Result<()> {
        Ok(())
    }
    async fn pipeline_counts(&self) -> Result<Vec<(PipelineState, u64)>> {
        Err(away())
    }
    async fn ping(&self) -> Result<()> {
        Err(away())
    }
}

/// Ports made of all of these.
pub fn ports() -> Ports {
    Ports {
        store: Arc::new(PeopleStore::default()),
        bus: Arc::new(QuietBus),
        cache: Arc::new(MemoryCache::default()),
        artifacts: Arc::new(MemoryArtifacts::default()),
    }
}

/// All routes over these ports, with the user `admin` whose password is `correct horse`.
pub async fn app() -> Router {
    let ports = ports();
    crate::ensure_admin(&ports, Some("correct horse".into())).await.unwrap();
    let mut registry = Registry::default();
    let config = GatewayConfig::default();
    let gateway = Gateway::new(ports.clone(), config, &mut registry, CancellationToken::new());
    crate::router(&gateway, &Health::new(ports, registry))
}
