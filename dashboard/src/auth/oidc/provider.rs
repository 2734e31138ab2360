//! What the provider is asked: where its doors are, its keys, tokens for codes, and who is still there.

use super::OidcConfig;
use super::keys::{KeyRing, Keys};
use domain::{Failure, FailureKind, Timestamp};
use reqwest::{Method, header};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, RwLock};
use tokio::time::Instant;

/// How long the provider may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// So long it is not asked again after it did not answer.
const BREATH: Duration = Duration::from_secs(1);
/// A larger answer is none of a provider's.
const LARGEST: usize = 1 << 20;

/// Where the provider's doors are (OpenID Connect Discovery 1.0).
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Discovered {
    pub issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub jwks_uri: String,
    #[serde(default)]
    pub end_session_endpoint: Option<String>,
}

/// What a code or a refresh token is exchanged for. Secrets, all of it.
#[derive(Clone, Deserialize)]
pub(super) struct Granted {
    pub access_token: String,
    #[serde(default)]
    pub id_token: Option<String>,
    #[serde(default)]
    pub refresh_token: Option<String>,
}

impl std::fmt::Debug for Granted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Granted")
    }
}

/// Why nothing was granted.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The provider says no: the code, the refresh token or the user counts no longer.
    No,
    /// The provider does not answer, or not as a provider does.
    Away(Failure),
}

/// What the administration of the provider says of a user.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Account {
    #[serde(default)]
    pub enabled: bool,
}

/// A group of the realm.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct RealmGroup {
    #[serde(default)]
    pub path: String,
}

/// A role of the realm.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct RealmRole {
    #[serde(default)]
    pub id: String,
    pub name: String,
}

/// What came of a change that was asked for.
#[derive(Clone, Debug)]
pub(super) struct Administered {
    /// The status of the answer.
    pub status: u16,
    /// Where lies what was made.
    pub location: Option<String>,
}

/// The identity provider.
#[derive(Debug)]
pub(super) struct Provider {
    pub config: OidcConfig,
    http: reqwest::Client,
    discovered: RwLock<Option<Discovered>>,
    /// When it was asked in vain, and what came of it.
    failed: Mutex<Option<(Instant, Failure)>>,
    ring: KeyRing,
}

impl Provider {
    pub fn new(config: OidcConfig) -> Result<Self, Failure> {
        // Whoever was first has decided the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .timeout(PATIENCE)
            // Nobody is sent from one door to another with a secret in hand.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| Failure::internal(format!("no HTTP client: {error}")))?;
        Ok(Self {
            config,
            http,
            discovered: RwLock::new(None),
            failed: Mutex::new(None),
            ring: KeyRing::default(),
        })
    }

    /// Where its doors are: asked once, and again until it answers.
    pub async fn doors(&self) -> Result<Discovered, Failure> {
        if let Some(known) = self.discovered.read().await.clone() {
            return Ok(known);
        }
        let mut slot = self.discovered.write().await;
        if let Some(known) = slot.clone() {
            return Ok(known);
        }
        // Whoever waited while another asked in vain has the same answer.
        let mut failed = self.failed.lock().await;
        if let Some((at, failure)) = &*failed
            && at.elapsed() < BREATH
        {
            return Err(failure.clone());
        }
        *failed = None;
        let found = self.discover().await;
        match &found {
            Ok(found) => *slot = Some(found.clone()),
            Err(failure) => *failed = Some((Instant::now(), failure.clone())),
        }
        found
    }

    async fn discover(&self) -> Result<Discovered, Failure> {
        let base = self.config.issuer.trim_end_matches('/');
        let url = format!("{base}/.well-known/openid-configuration");
        let found: Discovered = self.read(self.http.get(url)).await?;
        if found.issuer != self.config.issuer {
            let text = format!(
                "The provider calls itself {}, and oidc.issuer is {}: they must be the same, to the \
                 last slash.",
                found.issuer, self.config.issuer
            );
            return Err(Failure::new(
                FailureKind::Unavailable,
                "oidc.other_issuer",
                text,
            ));
        }
        Ok(found)
    }

    /// Its keys, asked for again where one of this name is not among them. An error only where there are
    /// none at all.
    pub async fn keys(&self, id: Option<&str>, now: Timestamp) -> Result<Arc<Keys>, Failure> {
        if let Some(id) = id
            && self.ring.should_ask(id, now)
        {
            match self.fetch_keys(now).await {
                Ok(keys) => self.ring.learn(keys, now),
                Err(failure) => tracing::warn!(%failure, "the provider's keys were not fetched"),
            }
        }
        let keys = self.ring.keys();
        match keys.is_empty() && id.is_some() {
            true => Err(strange("its keys are not known")),
            false => Ok(keys),
        }
    }

    async fn fetch_keys(&self, now: Timestamp) -> Result<Keys, Failure> {
        let doors = self.doors().await?;
        let set: Value = self.read(self.http.get(doors.jwks_uri)).await?;
        Keys::read(&set, now).ok_or_else(|| strange("its keys are no set of keys"))
    }

    /// What the provider grants for these fields of a token request.
    pub async fn grant(&self, fields: &[(&str, &str)]) -> Result<Granted, Refusal> {
        let doors = self.doors().await.map_err(Refusal::Away)?;
        let config = &self.config;
        let request = self
            .http
            .post(doors.token_endpoint)
            .basic_auth(&config.client_id, Some(config.client_secret.text()))
            .form(fields);
        let answer = request
            .send()
            .await
            .map_err(|error| Refusal::Away(away(&error)))?;
        let status = answer.status();
        match status.as_u16() {
            200 => parse(answer).await.map_err(Refusal::Away),
            400 | 401 | 403 => {
                tracing::info!(%status, "the provider refuses a grant");
                Err(Refusal::No)
            }
            _ => Err(Refusal::Away(strange(&format!("it answers {status}")))),
        }
    }

    /// What its administration says, asked with a token of the client's own service account; nothing
    /// where there is no such thing.
    pub async fn administration<T: DeserializeOwned>(
        &self,
        path: &[&str],
    ) -> Result<Option<T>, Refusal> {
        let answer = self.at_administration(Method::GET, path, None).await?;
        match answer.status().as_u16() {
            200 => parse(answer).await.map(Some).map_err(Refusal::Away),
            404 => Ok(None),
            401 | 403 => Err(Refusal::No),
            other => Err(Refusal::Away(strange(&format!("it answers {other}")))),
        }
    }

    /// Asks its administration to change something, likewise.
    pub async fn administer(
        &self,
        method: Method,
        path: &[&str],
        body: Option<&Value>,
    ) -> Result<Administered, Refusal> {
        let answer = self.at_administration(method, path, body).await?;
        let status = answer.status().as_u16();
        if matches!(status, 401 | 403) {
            return Err(Refusal::No);
        }
        let location = answer.headers().get(header::LOCATION);
        Ok(Administered {
            status,
            location: location.and_then(|url| Some(url.to_str().ok()?.to_owned())),
        })
    }

    async fn at_administration(
        &self,
        method: Method,
        path: &[&str],
        body: Option<&Value>,
    ) -> Result<reqwest::Response, Refusal> {
        let base = self.config.issuer.trim_end_matches('/');
        let Some((root, realm)) = base.split_once("/realms/") else {
            return Err(Refusal::No);
        };
        let granted = self.grant(&[("grant_type", "client_credentials")]).await?;
        let mut url = reqwest::Url::parse(root)
            .map_err(|_| Refusal::Away(strange("its issuer is no URL")))?;
        // Each part by itself: what comes from outside leads nowhere else.
        if let Ok(mut parts) = url.path_segments_mut() {
            parts.pop_if_empty().extend(["admin", "realms", realm]);
            parts.extend(path);
        }
        let mut request = self
            .http
            .request(method, url)
            .bearer_auth(granted.access_token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await;
        answer.map_err(|error| Refusal::Away(away(&error)))
    }

    async fn read<T: DeserializeOwned>(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<T, Failure> {
        let answer = request.send().await.map_err(|error| away(&error))?;
        match answer.status().is_success() {
            true => parse(answer).await,
            false => Err(strange(&format!("it answers {}", answer.status()))),
        }
    }
}

async fn parse<T: DeserializeOwned>(mut answer: reqwest::Response) -> Result<T, Failure> {
    let mut bytes = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(|error| away(&error))? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > LARGEST {
            return Err(strange("its answer is too large"));
        }
    }
    // What is wrong with it is not told: it may hold a secret.
    serde_json::from_slice(&bytes).map_err(|_| strange("its answer is not what was asked for"))
}

/// The URL of an error may hold a secret, so it is left out.
fn away(error: &reqwest::Error) -> Failure {
    let why = if error.is_timeout() {
        "in time"
    } else {
        "at all"
    };
    let text = format!("The school's sign-in does not answer {why}. Try again in a moment.");
    Failure::new(FailureKind::Unavailable, "oidc.away", text)
}

fn strange(what: &str) -> Failure {
    let text = format!("The school's sign-in answers strangely: {what}.");
    Failure::new(FailureKind::Unavailable, "oidc.strange", text)
}
