//! Who is calling, and the gate that lets only known callers through.

use super::oidc::{self, Oidc};
use super::{cookie, secret};
use crate::layers::address_of;
use crate::policy::{self, Known};
use crate::state::Gateway;
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::access::{Action, Denied, Resource, Who, may};
use domain::audit::{AuditEntry, AuditOutcome};
use domain::course::Membership;
use domain::user::{Token, TokenKind, User};
use domain::{Failure, FailureKind};
use ports::store::SignedIn;
use serde_json::{Value, json};
use service_kit::http::{ApiError, ApiResult};
use std::net::IpAddr;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A token is noted as used at most this often.
const TOUCH_AFTER: Duration = Duration::from_secs(60);

/// The user on whose behalf a request is made. A handler can only get one from the [`gate`].
#[derive(Clone, Debug)]
pub struct Caller {
    identity: Arc<Identity>,
    request: Arc<Asked>,
}

/// What the policy said in one request, and from where it came.
#[derive(Debug, Default)]
struct Asked {
    address: Option<IpAddr>,
    /// Whether something was allowed.
    allowed: AtomicBool,
    /// What was refused last, with what, and the code of the refusal.
    refused: Mutex<Option<(Action, String, String)>>,
}

/// What is known of a caller.
#[derive(Debug)]
pub struct Identity {
    /// The user.
    pub user: User,
    /// What they proved it with.
    pub token: Token,
    /// The courses they belong to.
    pub courses: Vec<Membership>,
    /// The CSRF token that goes with it. Programs get one too and need not send it.
    pub csrf: String,
    /// Whether it came in a cookie, which a browser sends unasked.
    pub by_cookie: bool,
}

impl Deref for Caller {
    type Target = Identity;
    fn deref(&self) -> &Identity {
        &self.identity
    }
}

impl Caller {
    /// A caller who has proved who they are with a token whose plain text is `secret`.
    #[must_use]
    pub fn new(signed_in: SignedIn, secret: &str, by_cookie: bool) -> Self {
        let SignedIn {
            token,
            user,
            courses,
        } = signed_in;
        let identity = Identity {
            user,
            token,
            courses,
            csrf: secret::csrf(secret),
            by_cookie,
        };
        Self {
            identity: Arc::new(identity),
            request: Arc::default(),
        }
    }

    /// The same caller, of whom other things are known by now.
    #[must_use]
    pub fn known_as(&self, signed_in: SignedIn) -> Self {
        let identity = Identity {
            user: signed_in.user,
            token: signed_in.token,
            courses: signed_in.courses,
            csrf: self.csrf.clone(),
            by_cookie: self.by_cookie,
        };
        Self {
            identity: Arc::new(identity),
            request: Arc::default(),
        }
    }

    /// What the policy must know of them.
    #[must_use]
    pub fn who(&self) -> Who<'_> {
        Who {
            id: self.user.id,
            service: self.user.service,
            roles: &self.user.roles,
            courses: &self.courses,
            scopes: &self.token.scopes,
            only: self.token.deployment.as_deref(),
            signed_in: matches!(self.token.kind, TokenKind::Session | TokenKind::Bearer),
        }
    }

    /// Whether the policy lets them do this. What it refuses is told in the audit.
    pub fn may(&self, action: Action, resource: &Resource<'_>) -> Result<(), Failure> {
        let Err(denied) = may(&self.who(), action, resource) else {
            self.request.allowed.store(true, Ordering::Relaxed);
            return Ok(());
        };
        let failure = denied.failure(resource);
        self.refused(action, resource.to_string(), &failure);
        Err(failure)
    }

    /// Whether their token is for such things at all.
    pub fn has_scope(&self, action: Action) -> Result<(), Failure> {
        let scope = action.scope();
        if self.token.scopes.contains(&scope) {
            return Ok(());
        }
        let failure = Denied::Scope(scope).failure(&Resource::Own);
        self.refused(action, Resource::Own.to_string(), &failure);
        Err(failure)
    }

    /// Notes that they looked for something that is not there; the answer to it.
    pub(crate) fn missed(&self, action: Action, noun: &str, id: &str) -> Failure {
        let failure = Failure::not_found(noun, id);
        self.refused(action, format!("{noun}/{id:.100}"), &failure);
        failure
    }

    fn refused(&self, action: Action, resource: String, failure: &Failure) {
        let refused = &mut *lock(&self.request.refused);
        *refused = Some((action, resource, failure.message.code.clone()));
    }

    /// Notes that the policy has allowed this very request before.
    pub(crate) fn was_allowed(&self) {
        self.request.allowed.store(true, Ordering::Relaxed);
    }

    /// The same caller in another request, for which nothing was decided yet.
    fn anew(&self, address: IpAddr) -> Self {
        let request = Asked {
            address: Some(address),
            ..Asked::default()
        };
        Self {
            identity: Arc::clone(&self.identity),
            request: Arc::new(request),
        }
    }

    /// Something for the audit that they did.
    fn entry(&self, action: &str, resource: String, details: Option<Value>) -> AuditEntry {
        AuditEntry {
            actor: Some(self.user.id),
            actor_name: Some(self.user.username.clone()),
            action: action.to_owned(),
            resource,
            outcome: AuditOutcome::Done,
            address: self.request.address.map(|address| address.to_string()),
            details,
        }
    }

    /// Notes what they did for the audit.
    pub(crate) async fn did(&self, gateway: &Gateway, action: &str, resource: String) {
        gateway.note(&self.entry(action, resource, None)).await;
    }

    /// Notes what they changed for the audit: how it was before, and how it is now.
    pub(crate) async fn changed(
        &self,
        gateway: &Gateway,
        action: &str,
        resource: String,
        before: Value,
        after: Value,
    ) {
        let details = json!({"before": before, "after": after});
        let entry = self.entry(action, resource, Some(details));
        gateway.note(&entry).await;
    }

    /// What was refused in this request, for the audit.
    fn refusal(&self) -> Option<AuditEntry> {
        let (action, resource, code) = lock(&self.request.refused).take()?;
        Some(AuditEntry {
            outcome: AuditOutcome::Refused,
            ..self.entry(action.as_str(), resource, Some(json!({"code": code})))
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let caller = parts.extensions.get::<Self>().cloned();
        caller.ok_or_else(|| {
            Failure::internal("a route with a caller stands outside the gate").into()
        })
    }
}

/// How fresh the answer to "who is this" must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// The store's, now.
    Now,
    /// One from a moment ago will do, and an older one while the store is away: for predictions,
    /// which must be fast and must not depend on the store, and for looking at things.
    Recent,
}

/// The layer over everything that is not public: an unknown caller gets no further, so neither
/// path nor body nor upgrade is looked at.
pub async fn gate(State(gateway): State<Gateway>, request: Request, next: Next) -> Response {
    let trust = match request.method().is_safe() {
        true => Trust::Recent,
        false => Trust::Now,
    };
    pass(&gateway, trust, request, next).await
}

/// The same gate in front of predictions.
pub async fn serving_gate(
    State(gateway): State<Gateway>,
    request: Request,
    next: Next,
) -> Response {
    pass(&gateway, Trust::Recent, request, next).await
}

async fn pass(gateway: &Gateway, trust: Trust, request: Request, next: Next) -> Response {
    let caller = match identify(gateway, request.headers(), trust).await {
        Ok(caller) => caller.anew(address_of(gateway, &request)),
        Err(error) => {
            note_stranger(gateway, &request, &error);
            return error.into_response();
        }
    };
    let response = ask(&caller, request, next).await;
    if let Some(refusal) = caller.refusal() {
        let gateway = gateway.clone();
        // Whoever is refused need not wait until that is written down.
        gateway
            .clone()
            .spawn(async move { gateway.note(&refusal).await });
    }
    response
}

/// Notes for the audit that somebody came with what does not count. Who comes with nothing has only
/// not signed in.
fn note_stranger(gateway: &Gateway, request: &Request, error: &ApiError) {
    let headers = request.headers();
    let came_with = headers.contains_key(header::AUTHORIZATION)
        || cookie::read(headers, gateway.config.cookie_secure).is_some();
    if error.status() != StatusCode::UNAUTHORIZED || !came_with {
        return;
    }
    let Some(left_out) = gateway.strangers.note(gateway.now()) else {
        return;
    };
    let path: String = request.uri().path().chars().take(200).collect();
    let entry = AuditEntry {
        actor: None,
        actor_name: None,
        action: "authenticate".to_owned(),
        resource: path,
        outcome: AuditOutcome::Refused,
        address: Some(address_of(gateway, request).to_string()),
        details: Some(json!({"code": error.failure().message.code, "left_out": left_out})),
    };
    let shared = gateway.clone();
    gateway.spawn(async move { shared.note(&entry).await });
}

/// The answer to a known caller, if the policy lets them have it.
async fn ask(caller: &Caller, mut request: Request, next: Next) -> Response {
    if let Err(failure) = check_csrf(caller, request.method(), request.headers()) {
        caller.refused(Action::Change, Resource::Own.to_string(), &failure);
        return ApiError::from(failure).into_response();
    }
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("", |route| route.as_str());
    let rule = match policy::rule(request.method(), route) {
        Known::Route(rule) => Some(rule),
        // Another method: that is what the answer will say.
        Known::Path => None,
        Known::No => return without_policy(request.method(), route),
    };
    if let Some(Err(failure)) = rule.map(|rule| rule.check(caller)) {
        return ApiError::from(failure).into_response();
    }
    if caller.user.must_change_password && !rule.is_some_and(policy::Rule::is_of_account) {
        return ApiError::from(must_change_password()).into_response();
    }
    let method = request.method().clone();
    request.extensions_mut().insert(caller.clone());
    let response = next.run(request).await;
    match response.status().is_success() && !caller.request.allowed.load(Ordering::Relaxed) {
        true => without_policy(&method, route),
        false => response,
    }
}

/// Somebody else knows the password: until it is changed it opens nothing else.
fn must_change_password() -> Failure {
    let text = "Change your password first: POST /api/v1/me/password.";
    Failure::new(FailureKind::Forbidden, "auth.must_change_password", text)
}

/// A route that the policy does not know, or a handler that did not ask it: nobody gets its answer.
fn without_policy(method: &Method, route: &str) -> Response {
    let text = format!("{method} {route} answers without asking the policy");
    ApiError::from(Failure::internal(text)).into_response()
}

/// Who sends these headers. A bearer token counts before a cookie.
pub async fn identify(gateway: &Gateway, headers: &HeaderMap, trust: Trust) -> ApiResult<Caller> {
    let (secret, by_cookie) = presented(headers, gateway.config.cookie_secure)?;
    let hash = secret::hash(&secret);
    if trust == Trust::Recent
        && let Some(caller) = gateway.known.recent(&hash, gateway.now())
    {
        return Ok(caller);
    }
    if let Some(oidc) = gateway.config.oidc.as_ref()
        && !by_cookie
        && oidc::is_jwt(&secret)
    {
        return by_access_token(gateway, oidc, &secret, hash, trust).await;
    }
    let found = match trust {
        Trust::Now => gateway
            .ports
            .store
            .token(&hash)
            .await
            .map_err(ApiError::from),
        Trust::Recent => gateway.known.ask(gateway.ports.store.token(&hash)).await,
    };
    match found {
        // Where the school signs people in, accounts of before count no longer.
        Ok(Some(found)) if gateway.config.oidc.is_some() && found.user.subject.is_none() => {
            gateway.known.forget(&hash);
            Err(unknown().into())
        }
        Ok(Some(found)) if by_cookie == (found.token.kind == TokenKind::Session) => {
            touch(gateway, &found.token);
            let caller = Caller::new(found, &secret, by_cookie);
            gateway.known.keep(hash, caller.clone(), gateway.now());
            Ok(caller)
        }
        Ok(_) => {
            gateway.known.forget(&hash);
            Err(unknown().into())
        }
        Err(error) if trust == Trust::Recent => {
            gateway.known.older(&hash, gateway.now()).ok_or(error)
        }
        Err(error) => Err(error),
    }
}

/// Who comes with an access token of the provider.
async fn by_access_token(
    gateway: &Gateway,
    oidc: &Oidc,
    token: &str,
    hash: String,
    trust: Trust,
) -> ApiResult<Caller> {
    match oidc::bearer(gateway, oidc, token).await {
        Ok(caller) => {
            gateway.known.keep(hash, caller.clone(), gateway.now());
            Ok(caller)
        }
        Err(error)
            if trust == Trust::Recent && error.failure().kind == FailureKind::Unavailable =>
        {
            gateway.known.older(&hash, gateway.now()).ok_or(error)
        }
        Err(error) => {
            gateway.known.forget(&hash);
            Err(error)
        }
    }
}

/// The token among the headers, and whether it came in a cookie.
fn presented(headers: &HeaderMap, secure: bool) -> Result<(String, bool), Failure> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let text = value.to_str().unwrap_or_default();
        return match text.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                Ok((token.trim().to_owned(), false))
            }
            _ => Err(unknown()),
        };
    }
    cookie::read(headers, secure)
        .map(|token| (token, true))
        .ok_or_else(unknown)
}

fn unknown() -> Failure {
    let text = "Sign in, or send a token that has not ended: Authorization: Bearer ….";
    Failure::new(FailureKind::Unauthenticated, "auth.required", text)
}

/// A page of another site can make a browser send the cookie, but not know the token.
pub fn check_csrf(caller: &Caller, method: &Method, headers: &HeaderMap) -> Result<(), Failure> {
    if !caller.by_cookie || method.is_safe() {
        return Ok(());
    }
    let sent = headers
        .get("x-csrf-token")
        .and_then(|value| value.to_str().ok());
    if sent.is_some_and(|sent| secret::same(sent, &caller.csrf)) {
        return Ok(());
    }
    let text = "Send the csrf_token of GET /api/v1/me in the header X-CSRF-Token.";
    Err(Failure::new(FailureKind::Forbidden, "auth.csrf", text))
}

/// Notes the use of a token now and then, without making the caller wait for it.
fn touch(gateway: &Gateway, token: &Token) {
    if gateway.now().since(token.used_at) < TOUCH_AFTER {
        return;
    }
    let (store, id) = (Arc::clone(&gateway.ports.store), token.id);
    gateway.spawn(async move {
        if let Err(error) = store.touch_token(id).await {
            tracing::debug!(
                error = error.chain(),
                "the use of a token could not be noted"
            );
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(pairs: &[(header::HeaderName, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn a_bearer_token_counts_before_a_cookie() {
        let cookie = (header::COOKIE, "other=1; microlearn_session=mls_a");
        let both = headers(&[(header::AUTHORIZATION, "bearer mlp_b"), cookie.clone()]);
        assert_eq!(
            presented(&both, false).unwrap(),
            ("mlp_b".to_owned(), false)
        );
        assert_eq!(
            presented(&headers(std::slice::from_ref(&cookie)), false).unwrap(),
            ("mls_a".to_owned(), true)
        );
        let basic = headers(&[(header::AUTHORIZATION, "Basic YTpi"), cookie]);
        assert_eq!(
            presented(&basic, false).unwrap_err().kind,
            FailureKind::Unauthenticated
        );
        assert!(presented(&HeaderMap::new(), false).is_err());
    }
}
