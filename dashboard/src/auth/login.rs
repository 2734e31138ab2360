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
use domain::user::{Token, TokenKind, User};
use domain::{Failure, FailureKind, TokenId};
use service_kit::http::{ApiResult, Body};
use std::time::Duration;

/// How people sign in here.
#[utoipa::path(get, path = "/api/v1/auth/config", tag = "sign-in",
    responses((status = 200, description = "How people sign in here", body = AuthConfig)))]
pub async fn auth_config(State(gateway): State<Gateway>) -> Json<AuthConfig> {
    Json(AuthConfig {
        mode: "local",
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
        (status = 429, description = "`auth.locked`: too many wrong passwords"),
    ))]
pub async fn login(
    State(gateway): State<Gateway>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Body(request): Body<LoginRequest>,
) -> ApiResult<Response> {
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
        return Err(bad_credentials().into());
    };
    attempt.succeeded(cache).await;
    // Whoever signs in again in the same browser leaves no session behind.
    if let Ok(earlier) = identify(&gateway, &headers, Trust::Now).await
        && earlier.by_cookie
    {
        end_sign_in(&gateway, &earlier).await?;
    }
    gateway
        .audit(Some(user.id), "sign_in", &format!("user/{}", user.id))
        .await;
    begin(&gateway, &user).await
}

async fn begin(gateway: &Gateway, user: &User) -> ApiResult<Response> {
    let lifetime = gateway.config.session_lifetime;
    // The shared name is how both are found again when either signs out.
    let name = format!("sign-in {}", TokenId::new());
    let bearer = issue(gateway, user, TokenKind::Bearer, &name, lifetime)
        .await?
        .1;
    let session = issue(gateway, user, TokenKind::Session, &name, lifetime)
        .await?
        .1;
    let set_cookie = cookie::write(&session, lifetime, gateway.config.cookie_secure)?;
    let answer = LoginAnswer {
        access_token: bearer,
        token_type: "Bearer",
        expires_in: lifetime.as_secs(),
    };
    let headers = [(header::SET_COOKIE, set_cookie), super::no_store()];
    Ok((headers, Json(answer)).into_response())
}

/// Makes and stores a token; the stored form and the secret itself, which is shown only now.
pub(super) async fn issue(
    gateway: &Gateway,
    user: &User,
    kind: TokenKind,
    name: &str,
    lifetime: Duration,
) -> ApiResult<(Token, String)> {
    let secret = secret::new_token(kind)?;
    let now = gateway.ports.store.now().await?;
    let token = Token {
        id: TokenId::new(),
        hash: secret::hash(&secret),
        user: user.id,
        kind,
        name: name.to_owned(),
        created_at: now,
        used_at: now,
        expires_at: now.after(lifetime),
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
    let store = &gateway.ports.store;
    let user = caller.user.id;
    for token in store.tokens(user).await? {
        let sibling = token.kind != TokenKind::Personal && token.name == caller.token.name;
        if token.id == caller.token.id || sibling {
            store.delete_token(user, token.id).await?;
            gateway.known.forget(&token.hash);
        }
    }
    Ok(())
}

fn bad_credentials() -> Failure {
    let text = "The user name or the password is wrong.";
    Failure::new(FailureKind::Unauthenticated, "auth.bad_credentials", text)
}
