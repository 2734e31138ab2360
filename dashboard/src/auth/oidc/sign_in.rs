//! To the provider and back.

use super::Oidc;
use super::accounts::account;
use super::claims::{Claims, Expected, Purpose, verify};
use super::handshake::Handshake;
use super::provider::{Granted, Provider, Refusal};
use super::seal::Secrets;
use crate::auth::caller::{Trust, identify};
use crate::auth::login::{Wish, end, issue, origin, sign_in};
use crate::auth::{cookie, secret};
use crate::layers::ClientAddress;
use crate::state::Gateway;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::audit::{AuditEntry, AuditOutcome};
use domain::user::{ProviderSession, TokenKind, TokenScope};
use domain::{Failure, FailureKind};
use jsonwebtoken::decode_header;
use serde::Deserialize;
use serde_json::json;
use service_kit::http::ApiResult;
use std::net::IpAddr;
use std::time::Duration;

/// How long somebody may take to sign in at the provider.
const HANDSHAKE: Duration = Duration::from_secs(600);

/// Where somebody wants to go once they are signed in.
#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    next: String,
}

/// Sends a browser to the school's sign-in.
pub(crate) async fn begin(
    State(gateway): State<Gateway>,
    Query(wanted): Query<Wanted>,
) -> ApiResult<Response> {
    let Some(oidc) = &gateway.config.oidc else {
        return Err(Failure::not_found("page", "/auth/login").into());
    };
    let provider = oidc.provider();
    let handshake = Handshake::new(secret::new_token(TokenKind::Session)?, &wanted.next);
    let doors = match provider.doors().await {
        Ok(doors) => doors,
        Err(failure) => return Ok(back(&gateway, &failure.message.code)),
    };
    let config = &provider.config;
    let url = reqwest::Url::parse_with_params(
        &doors.authorization_endpoint,
        [
            ("response_type", &"code".to_owned()),
            ("client_id", &config.client_id),
            ("redirect_uri", &config.redirect_uri()),
            ("scope", &"openid profile email".to_owned()),
            ("state", &handshake.state()),
            ("nonce", &handshake.nonce()),
            ("code_challenge", &handshake.challenge()),
            ("code_challenge_method", &"S256".to_owned()),
        ],
    );
    let url = url.map_err(|_| Failure::internal("the provider's door is no URL"))?;
    let secure = gateway.config.cookie_secure;
    let keep = cookie::handshake(&handshake.to_cookie(), HANDSHAKE, secure)?;
    Ok(go(url.as_str(), [keep]))
}

/// What the provider sends a browser back with.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    error: Option<String>,
}

/// Ends a sign-in: whoever comes back with a code of the provider's gets a session of ours.
pub(crate) async fn callback(
    State(gateway): State<Gateway>,
    ClientAddress(address): ClientAddress,
    Query(answer): Query<Answer>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let secure = gateway.config.cookie_secure;
    let begun = cookie::read_handshake(&headers, secure);
    let begun = begun.as_deref().and_then(Handshake::of_cookie);
    match signed_in(&gateway, address, begun.as_ref(), &answer, &headers).await {
        Ok(response) => Ok(response),
        Err(failure) => {
            let code = failure.message.code.clone();
            tracing::info!(%code, %address, "a sign-in by the provider was refused");
            // Strangers who knock without end do not fill the audit.
            if let Some(left_out) = gateway.strangers.note(gateway.now()) {
                gateway.note(&refused(&code, address, left_out)).await;
            }
            Ok(back(&gateway, &code))
        }
    }
}

async fn signed_in(
    gateway: &Gateway,
    address: IpAddr,
    begun: Option<&Handshake>,
    answer: &Answer,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let failed = |code, text: &str| Failure::new(FailureKind::Unauthenticated, code, text);
    let begun = begun.filter(|begun| begun.is_answered_by(&answer.state));
    let Some(begun) = begun else {
        let text = "This sign-in did not begin in this browser, or took too long. Begin again.";
        return Err(failed("oidc.other_sign_in", text));
    };
    if answer.error.is_some() || answer.code.is_empty() {
        return Err(failed(
            "oidc.refused",
            "The school's sign-in was not completed.",
        ));
    }
    let oidc = gateway.config.oidc.as_ref();
    let oidc = oidc.ok_or_else(|| Failure::not_found("page", "/auth/callback"))?;
    let provider = oidc.provider();
    let granted = provider
        .grant(&[
            ("grant_type", "authorization_code"),
            ("code", &answer.code),
            ("redirect_uri", &provider.config.redirect_uri()),
            ("code_verifier", &begun.verifier()),
        ])
        .await
        .map_err(|refusal| match refusal {
            Refusal::No => failed("oidc.refused", "The school's sign-in was not completed."),
            Refusal::Away(failure) => failure,
        })?;
    let said = about(gateway, provider, &granted, &begun.nonce()).await?;
    let user = account(gateway, oidc, &said)
        .await
        .map_err(|error| error.failure().clone())?;
    // Whoever signs in again in the same browser leaves no session behind.
    if let Ok(earlier) = identify(gateway, headers, Trust::Now).await
        && earlier.by_cookie
    {
        let ended = end(gateway, &earlier.token).await;
        ended.map_err(|error| error.failure().clone())?;
    }
    let lifetime = gateway.config.session_lifetime;
    let wish = Wish {
        kind: TokenKind::Session,
        name: format!("sign-in {}", domain::TokenId::new()),
        scopes: TokenScope::ALL.to_vec(),
        deployment: None,
        origin: Some(origin(address, headers)),
        lifetime,
        idle: Some(gateway.config.session_idle),
        provider: Some(provider_session(gateway, oidc, said.sid, granted)?),
    };
    let issued = issue(gateway, &user, wish).await;
    let (_, session) = issued.map_err(|error| error.failure().clone())?;
    gateway.note(&sign_in(&user, address)).await;
    let secure = gateway.config.cookie_secure;
    let keep = cookie::write(&session, lifetime, secure)?;
    let drop = cookie::handshake("", Duration::ZERO, secure)?;
    Ok(go(&begun.next, [keep, drop]))
}

/// What is kept to ask the provider again. One that gives nothing to be asked with could never say that
/// somebody is gone.
fn provider_session(
    gateway: &Gateway,
    oidc: &Oidc,
    sid: Option<String>,
    granted: Granted,
) -> Result<ProviderSession, Failure> {
    let Some(refresh) = granted.refresh_token else {
        let text = "The school's sign-in gives no refresh token; its client for this site must.";
        return Err(Failure::new(FailureKind::Unavailable, "oidc.strange", text));
    };
    let id = granted.id_token.unwrap_or_default();
    Ok(ProviderSession {
        sid,
        sealed: Some(oidc.seal().close(&Secrets { refresh, id })?),
        checked_at: gateway.now(),
    })
}

/// What the provider says of whoever signed in: who they are by the ID token, what they may by the
/// access token, which Keycloak puts the roles into.
async fn about(
    gateway: &Gateway,
    provider: &Provider,
    granted: &Granted,
    nonce: &str,
) -> Result<Claims, Failure> {
    let id = granted.id_token.as_deref().unwrap_or_default();
    let nonce = Some(nonce);
    let who = believed(gateway, provider, id, Purpose::Id { nonce }).await?;
    let may = believed(gateway, provider, &granted.access_token, Purpose::Access).await?;
    if who.sub != may.sub {
        return Err(untold());
    }
    Ok(Claims {
        realm_access: may.realm_access,
        groups: may.groups,
        sid: who.sid.or(may.sid),
        ..who
    })
}

/// The claims of a token, if it may be believed.
pub(super) async fn believed(
    gateway: &Gateway,
    provider: &Provider,
    token: &str,
    purpose: Purpose<'_>,
) -> Result<Claims, Failure> {
    let now = gateway.now();
    let kid = decode_header(token).ok().and_then(|header| header.kid);
    let keys = provider.keys(kid.as_deref(), now).await?;
    let expected = Expected {
        issuer: &provider.config.issuer,
        audience: &provider.config.audience,
        client: &provider.config.client_id,
        parties: &provider.config.parties,
        now,
    };
    verify(token, &keys, purpose, &expected).map_err(|reject| {
        tracing::info!(%reject, "a token of the provider was refused");
        untold()
    })
}

fn untold() -> Failure {
    let text = "What the school's sign-in says cannot be believed. Sign in again.";
    Failure::new(FailureKind::Unauthenticated, "oidc.not_believed", text)
}

fn refused(code: &str, address: IpAddr, left_out: u64) -> AuditEntry {
    AuditEntry {
        actor: None,
        actor_name: None,
        action: "sign_in".to_owned(),
        resource: "site".to_owned(),
        outcome: AuditOutcome::Refused,
        address: Some(address.to_string()),
        details: Some(json!({"code": code, "left_out": left_out})),
    }
}

/// To the sign-in page, which says why.
fn back(gateway: &Gateway, code: &str) -> Response {
    let dropped = cookie::handshake("", Duration::ZERO, gateway.config.cookie_secure);
    go(&format!("/login?error={code}"), dropped.ok())
}

pub(super) fn go(to: &str, cookies: impl IntoIterator<Item = HeaderValue>) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    let to = HeaderValue::try_from(to).unwrap_or(HeaderValue::from_static("/"));
    headers.insert(header::LOCATION, to);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for cookie in cookies {
        headers.append(header::SET_COOKIE, cookie);
    }
    response
}
