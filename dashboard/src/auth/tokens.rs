//! Personal access tokens, for programs.

use super::caller::Caller;
use super::login::{Wish, issue, of_sign_in};
use crate::dto::user::{NewToken, NewTokenAnswer, TokenList, TokenView};
use crate::find;
use crate::layers::RememberAs;
use crate::state::Gateway;
use crate::text;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::access::Action;
use domain::user::{ProviderSession, TokenKind, TokenScope};
use domain::{Failure, TokenId};
use serde_json::json;
use service_kit::http::{ApiResult, Body, Path};
use std::time::Duration;

/// The life of a token when none is asked for, in days.
const DEFAULT_DAYS: u32 = 90;

/// Makes a personal token. It is shown in this answer and never again.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "account", request_body = NewToken,
    responses(
        (status = 201, description = "The token, shown once", body = NewTokenAnswer),
        (status = 403, description = "`auth.sign_in_needed`: a token cannot make tokens"),
    ))]
pub async fn create_token(
    State(gateway): State<Gateway>,
    caller: Caller,
    Body(request): Body<NewToken>,
) -> ApiResult<Response> {
    let name = request.name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        let text = "Name the token in 1 to 100 characters, so that you know it again.";
        return Err(Failure::invalid("token.name", text).field("name").into());
    }
    text::line("name", name)?;
    let days = request.expires_in_days.unwrap_or(DEFAULT_DAYS);
    let lifetime = Duration::from_secs(u64::from(days) * 24 * 3600);
    if days == 0 || lifetime > gateway.config.token_lifetime {
        let most = gateway.config.token_lifetime.as_secs() / (24 * 3600);
        let text = format!("A token may live for 1 to {most} days.");
        let failure = Failure::invalid("token.lifetime", text).field("expires_in_days");
        return Err(failure.with("max_days", most).into());
    }
    let wish = match &request.deployment {
        Some(deployment) => {
            if request.scopes.is_some() {
                let text = "A token for a deployment calls it, and has no other scopes.";
                return Err(Failure::invalid("token.scopes", text)
                    .field("scopes")
                    .into());
            }
            find::deployment(&gateway, &caller, Action::Call, deployment).await?;
            (TokenKind::Service, vec![TokenScope::Predict])
        }
        None => (TokenKind::Personal, scopes(&caller, &request)?),
    };
    let (kind, scopes) = wish;
    let wish = Wish {
        kind,
        name: name.to_owned(),
        scopes,
        deployment: request.deployment,
        origin: None,
        lifetime,
        idle: None,
        // The provider's administration is asked about whoever comes from there.
        provider: caller.user.subject.is_some().then(|| ProviderSession {
            sid: None,
            sealed: None,
            checked_at: gateway.now(),
        }),
    };
    let (token, secret) = issue(&gateway, &caller.user, wish).await?;
    caller
        .did(&gateway, "create", format!("token/{}", token.id))
        .await;
    let answer = NewTokenAnswer {
        token: Some(secret),
        view: TokenView::from(&token),
    };
    let without_secret = json!(NewTokenAnswer {
        token: None,
        view: TokenView::from(&token)
    });
    let remember = Extension(RememberAs(without_secret.to_string()));
    Ok((
        StatusCode::CREATED,
        remember,
        [super::no_store()],
        Json(answer),
    )
        .into_response())
}

/// What a personal token may be used for: everything but what only administrators may do, unless
/// something else is asked for.
fn scopes(caller: &Caller, request: &NewToken) -> Result<Vec<TokenScope>, Failure> {
    let Some(mut scopes) = request.scopes.clone() else {
        return Ok(vec![
            TokenScope::Read,
            TokenScope::Write,
            TokenScope::Predict,
        ]);
    };
    scopes.sort();
    scopes.dedup();
    if scopes.is_empty() {
        let text = "Say what the token may be used for, or leave `scopes` out.";
        return Err(Failure::invalid("token.scopes", text).field("scopes"));
    }
    if scopes.contains(&TokenScope::Admin) && !caller.who().is_admin() {
        let text = "Only an administrator can make a token with the scope `admin`.";
        return Err(Failure::invalid("token.scopes", text).field("scopes"));
    }
    Ok(scopes)
}

/// The caller's tokens for programs, newest first, without their secrets.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "account",
    responses((status = 200, description = "The caller's tokens", body = TokenList)))]
pub async fn list_tokens(
    State(gateway): State<Gateway>,
    caller: Caller,
) -> ApiResult<Json<TokenList>> {
    let tokens = gateway.ports.store.tokens(caller.user.id).await?;
    let made = tokens.iter().filter(|token| !of_sign_in(token));
    Ok(Json(TokenList {
        items: made.map(TokenView::from).collect(),
        next_cursor: None,
    }))
}

/// Ends one of the caller's tokens.
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", tag = "account",
    params(("id" = Uuid, Path, description = "The token")),
    responses((status = 204, description = "Ended"), (status = 404, description = "No such token")))]
pub async fn delete_token(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    let none = || caller.missed(Action::Change, "token", &id);
    let token: TokenId = id.parse().map_err(|_| none())?;
    let ended = gateway
        .ports
        .store
        .delete_token(caller.user.id, token)
        .await?;
    gateway.known.forget_user(caller.user.id);
    if ended {
        caller.did(&gateway, "delete", format!("token/{id}")).await;
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(none().into())
    }
}
