//! Out at both places, begun here or at the provider.

use super::claims::{Claims, Purpose};
use super::sign_in::{believed, go};
use super::{Oidc, accounts};
use crate::auth::caller::{Caller, Trust, check_csrf, identify};
use crate::auth::login::end;
use crate::auth::{cookie, no_store, secret};
use crate::layers::ClientAddress;
use crate::state::Gateway;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::Failure;
use domain::audit::{AuditEntry, AuditOutcome};
use domain::user::Token;
use serde::Deserialize;
use serde_json::json;
use service_kit::http::{ApiError, ApiResult};
use std::net::IpAddr;
use std::time::Duration;

/// How long a token that ends sessions is remembered: longer than it holds.
const REMEMBERED: Duration = Duration::from_secs(3600);

/// What a page sends along to sign out.
#[derive(Deserialize)]
struct SignOutForm {
    /// The `csrf_token` of `GET /api/v1/me`.
    #[serde(default)]
    csrf_token: String,
}

/// What the provider sends to end sessions.
#[derive(Deserialize)]
struct LogoutForm {
    /// A token that tells of sessions that have ended.
    #[serde(default)]
    logout_token: String,
}

/// Ends the browser's session here, and leads on to the provider to end it there.
pub(crate) async fn logout(
    State(gateway): State<Gateway>,
    headers: HeaderMap,
    body: Bytes,
) -> ApiResult<Response> {
    let mut to = "/login".to_owned();
    match identify(&gateway, &headers, Trust::Now).await {
        Ok(caller) => {
            may_sign_out(&caller, &headers, &body)?;
            if let Some(oidc) = &gateway.config.oidc {
                to = provider_exit(oidc, &caller.token).await.unwrap_or(to);
            }
            end(&gateway, &caller.token).await?;
        }
        // Whoever is not signed in is signed out; the cookie that did not count goes all the same.
        Err(error) if error.status() == StatusCode::UNAUTHORIZED => {}
        Err(error) => return Err(error),
    }
    let cleared = cookie::write("", Duration::ZERO, gateway.config.cookie_secure)?;
    Ok(go(&to, [cleared]))
}

/// By the header, as everything else, or by a field of a form, which is how a page leaves for another.
fn may_sign_out(caller: &Caller, headers: &HeaderMap, body: &[u8]) -> Result<(), Failure> {
    let form: Option<SignOutForm> = serde_urlencoded::from_bytes(body).ok();
    match form {
        Some(form) if secret::same(&form.csrf_token, &caller.csrf) => Ok(()),
        _ => check_csrf(caller, &Method::POST, headers),
    }
}

/// Where the provider ends the sign-in that this session came of.
async fn provider_exit(oidc: &Oidc, token: &Token) -> Option<String> {
    let sealed = token.provider.as_ref()?.sealed.as_ref()?;
    let secrets = oidc.seal().open(sealed)?;
    let provider = oidc.provider();
    // A provider that is away keeps nobody signed in here.
    let doors = provider.doors().await.ok()?;
    let config = &provider.config;
    let back = format!("{}/login", config.public_url);
    let mut fields = vec![
        ("client_id", &config.client_id),
        ("post_logout_redirect_uri", &back),
    ];
    if !secrets.id.is_empty() {
        fields.push(("id_token_hint", &secrets.id));
    }
    let url = reqwest::Url::parse_with_params(&doors.end_session_endpoint?, fields).ok()?;
    Some(url.into())
}

/// Ends sessions because the provider says so (OpenID Connect Back-Channel Logout 1.0).
pub(crate) async fn backchannel_logout(
    State(gateway): State<Gateway>,
    ClientAddress(address): ClientAddress,
    body: Bytes,
) -> Response {
    let told: Option<LogoutForm> = serde_urlencoded::from_bytes(&body).ok();
    let token = told.map(|told| told.logout_token).unwrap_or_default();
    match ended_there(&gateway, &token).await {
        Ok(ended) => {
            let details = json!({"sessions": ended});
            gateway
                .note(&entry(AuditOutcome::Done, address, details))
                .await;
            (StatusCode::OK, [no_store()]).into_response()
        }
        Err(failure) => {
            if let Some(left_out) = gateway.strangers.note(gateway.now()) {
                let details = json!({"code": failure.message.code, "left_out": left_out});
                let entry = entry(AuditOutcome::Refused, address, details);
                gateway.note(&entry).await;
            }
            let mut response = ([no_store()], ApiError::from(failure)).into_response();
            // The protocol knows one status for all that is wrong with a token.
            if response.status().is_client_error() {
                *response.status_mut() = StatusCode::BAD_REQUEST;
            }
            response
        }
    }
}

/// How many sessions ended.
async fn ended_there(gateway: &Gateway, token: &str) -> Result<usize, Failure> {
    let oidc = gateway.config.oidc.as_ref();
    let oidc = oidc.ok_or_else(|| Failure::not_found("page", "/auth/backchannel-logout"))?;
    let told = believed(gateway, oidc.provider(), token, Purpose::Logout).await?;
    once(gateway, &told).await?;
    let store = &gateway.ports.store;
    let mut sessions = Vec::new();
    if let Some(sid) = &told.sid {
        sessions = store.tokens_of_session(sid).await?;
    } else if let Some(user) = store.user_by_subject(&accounts::subject(&told)).await? {
        let tokens = store.tokens(user.id).await?.into_iter();
        sessions = tokens.filter(comes_of_sign_in).collect();
    }
    for session in &sessions {
        let ended = end(gateway, session).await;
        ended.map_err(|error| error.failure().clone())?;
    }
    Ok(sessions.len())
}

fn comes_of_sign_in(token: &Token) -> bool {
    let provider = token.provider.as_ref();
    provider.is_some_and(|provider| provider.sealed.is_some())
}

/// Each such token counts once.
async fn once(gateway: &Gateway, told: &Claims) -> Result<(), Failure> {
    let jti = told.jti.as_deref().unwrap_or_default();
    let key = format!("oidc-logout:{}", secret::hash(jti));
    let cache = &gateway.ports.cache;
    match cache.set_if_absent(&key, Bytes::new(), REMEMBERED).await? {
        true => Ok(()),
        false => {
            let text = "This token has ended sessions before.";
            Err(Failure::invalid("oidc.replayed", text))
        }
    }
}

fn entry(outcome: AuditOutcome, address: IpAddr, details: serde_json::Value) -> AuditEntry {
    AuditEntry {
        actor: None,
        actor_name: None,
        action: "sign_out".to_owned(),
        resource: "site".to_owned(),
        outcome,
        address: Some(address.to_string()),
        details: Some(details),
    }
}
