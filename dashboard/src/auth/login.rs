//! Signing in and out in local mode.

use super::caller::{Caller, Trust, check_csrf, identify};
use super::{cookie, lockout, secret};
use crate::dto::user::{AuthConfig, LoginAnswer, LoginRequest};
use crate::layers::ClientAddress;
use crate::state::Gateway;
use crate::text;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::audit::{AuditEntry, AuditOutcome};
use domain::user::{Origin, ProviderSession, Token, TokenKind, TokenScope, User};
use domain::{Failure, FailureKind, TokenId};
use serde_json::json;
use service_kit::http::{ApiResult, Body};
use std::net::IpAddr;
use std::time::Duration;

/// How people sign in here.
#[utoipa::path(get, path = "/api/v1/auth/config", tag = "sign-in",
    responses((status = 200, description = "How people sign in here", body = AuthConfig)))]
pub async fn auth_config(State(gateway): State<Gateway>) -> Json<AuthConfig> {
    Json(AuthConfig {
        mode: match gateway.config.oidc {
            Some(_) => "oidc",
            None => "local",
        },
        version: gateway.config.version.clone(),
    })
}

/// Signs in with a password.
///
/// Answers a bearer token for programs and sets the session cookie for browsers. The two are
/// separate secrets and end together.
#[utoipa::path(post, path = "/api/v1/auth/login", tag = "sign-in", request_body = LoginRequest,
    responses(
        (status = 200, description = "Signed in; also sets the session cookie", body = LoginAnswer),
        (status = 401, description = "`auth.bad_credentials`"),
        (status = 409, description = "`auth.by_provider`: people sign in at the school's provider"),
        (status = 429, description = "`auth.locked`: too many wrong passwords"),
    ))]
pub async fn login(
    State(gateway): State<Gateway>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Body(request): Body<LoginRequest>,
) -> ApiResult<Response> {
    if gateway.config.oidc.is_some() {
        return Err(by_provider().into());
    }
    let username = request.username.trim();
    if username.is_empty()
        || username.len() > 200
        || text::line("username", username).is_err()
        || request.password.len() > super::password::LONGEST
    {
        return Err(bad_credentials().into());
    }
    let cache = gateway.ports.cache.as_ref();
    let attempt = lockout::enter(cache, username, Some(address)).await?;
    let user = gateway.ports.store.user_by_name(username).await?;
    let user = user.filter(|user| !user.disabled);
    let stored = user.as_ref().and_then(|user| user.password_hash.clone());
    let right = gateway.passwords.verify(request.password, stored).await?;
    let Some(user) = user.filter(|_| right) else {
        tracing::info!(username, %address, "a sign-in was refused");
        gateway.note(&refused_sign_in(username, address)).await;
        return Err(bad_credentials().into());
    };
    attempt.succeeded(cache).await;
    // Whoever signs in again in the same browser leaves no session behind.
    if let Ok(earlier) = identify(&gateway, &headers, Trust::Now).await
        && earlier.by_cookie
    {
        end_sign_in(&gateway, &earlier).await?;
    }
    gateway.note(&sign_in(&user, address)).await;
    begin(&gateway, &user, origin(address, &headers)).await
}

pub(super) fn sign_in(user: &User, address: IpAddr) -> AuditEntry {
    AuditEntry {
        actor: Some(user.id),
        actor_name: Some(user.username.clone()),
        action: "sign_in".to_owned(),
        resource: format!("user/{}", user.id),
        outcome: AuditOutcome::Done,
        address: Some(address.to_string()),
        details: None,
    }
}

/// Whoever tried is unknown; the name is what they said.
fn refused_sign_in(username: &str, address: IpAddr) -> AuditEntry {
    AuditEntry {
        actor: None,
        actor_name: Some(username.to_owned()),
        action: "sign_in".to_owned(),
        resource: "site".to_owned(),
        outcome: AuditOutcome::Refused,
        address: Some(address.to_string()),
        details: Some(json!({"code": "auth.bad_credentials"})),
    }
}

/// From where somebody signs in, for them to know their sessions by.
pub(super) fn origin(address: IpAddr, headers: &HeaderMap) -> Origin {
    let agent = headers.get(header::USER_AGENT);
    let agent = agent.and_then(|agent| agent.to_str().ok());
    Origin {
        address: address.to_string(),
        agent: agent.unwrap_or_default().chars().take(200).collect(),
    }
}

async fn begin(gateway: &Gateway, user: &User, origin: Origin) -> ApiResult<Response> {
    let lifetime = gateway.config.session_lifetime;
    // The shared name is how both are found again when either signs out.
    let name = format!("sign-in {}", TokenId::new());
    let wish = |kind| Wish {
        kind,
        name: name.clone(),
        scopes: TokenScope::ALL.to_vec(),
        deployment: None,
        origin: Some(origin.clone()),
        lifetime,
        idle: Some(gateway.config.session_idle),
        provider: None,
    };
    let (_, bearer) = issue(gateway, user, wish(TokenKind::Bearer)).await?;
    let (_, session) = issue(gateway, user, wish(TokenKind::Session)).await?;
    let set_cookie = cookie::write(&session, lifetime, gateway.config.cookie_secure)?;
    let answer = LoginAnswer {
        access_token: bearer,
        token_type: "Bearer",
        expires_in: lifetime.as_secs(),
    };
    let headers = [(header::SET_COOKIE, set_cookie), super::no_store()];
    Ok((headers, Json(answer)).into_response())
}

/// A token that is to be made.
pub(super) struct Wish {
    pub(super) kind: TokenKind,
    pub(super) name: String,
    pub(super) scopes: Vec<TokenScope>,
    pub(super) deployment: Option<String>,
    pub(super) origin: Option<Origin>,
    pub(super) lifetime: Duration,
    pub(super) idle: Option<Duration>,
    pub(super) provider: Option<ProviderSession>,
}

/// Makes and stores a token; the stored form and the secret itself, which is shown only now.
pub(super) async fn issue(
    gateway: &Gateway,
    user: &User,
    wish: Wish,
) -> ApiResult<(Token, String)> {
    let secret = secret::new_token(wish.kind)?;
    let now = gateway.ports.store.now().await?;
    let token = Token {
        id: TokenId::new(),
        hash: secret::hash(&secret),
        user: user.id,
        kind: wish.kind,
        name: wish.name,
        scopes: wish.scopes,
        deployment: wish.deployment,
        origin: wish.origin,
        created_at: now,
        used_at: now,
        expires_at: now.after(wish.lifetime),
        idle: wish.idle,
        provider: wish.provider.map(|provider| ProviderSession {
            checked_at: now,
            ..provider
        }),
    };
    gateway.ports.store.insert_token(&token).await?;
    Ok((token, secret))
}

/// Signs out: ends the session and the bearer token of the same sign-in.
#[utoipa::path(post, path = "/api/v1/auth/logout", tag = "sign-in",
    responses((status = 204, description = "Signed out; the cookie is cleared")))]
pub async fn logout(State(gateway): State<Gateway>, headers: HeaderMap) -> ApiResult<Response> {
    match identify(&gateway, &headers, Trust::Now).await {
        Ok(caller) => {
            check_csrf(&caller, &Method::POST, &headers)?;
            end_sign_in(&gateway, &caller).await?;
        }
        // Whoever is not signed in is signed out; the cookie that did not count goes all the same.
        Err(error) if error.status() == StatusCode::UNAUTHORIZED => {}
        Err(error) => return Err(error),
    }
    let cleared = cookie::write("", Duration::ZERO, gateway.config.cookie_secure)?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cleared)]).into_response())
}

async fn end_sign_in(gateway: &Gateway, caller: &Caller) -> ApiResult<()> {
    end(gateway, &caller.token).await
}

/// Ends a token and, if it is of a sign-in, what else came of that.
pub(super) async fn end(gateway: &Gateway, ended: &Token) -> ApiResult<()> {
    let store = &gateway.ports.store;
    for token in store.tokens(ended.user).await? {
        let sibling = of_sign_in(&token) && token.name == ended.name;
        if token.id == ended.id || sibling {
            store.delete_token(ended.user, token.id).await?;
            gateway.known.forget(&token.hash);
        }
    }
    Ok(())
}

/// Whether it came of a sign-in: the two of one share a name.
pub(super) fn of_sign_in(token: &Token) -> bool {
    matches!(token.kind, TokenKind::Session | TokenKind::Bearer)
}

fn by_provider() -> Failure {
    let text = "People sign in here by the school's own sign-in: open /auth/login in a browser. \
                Programs use a personal token, or an access token of the school's.";
    Failure::new(FailureKind::Conflict, "auth.by_provider", text)
}

fn bad_credentials() -> Failure {
    let text = "The user name or the password is wrong.";
    Failure::new(FailureKind::Unauthenticated, "auth.bad_credentials", text)
}
