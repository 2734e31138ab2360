//! Personal access tokens, for programs.

use super::caller::Caller;
use super::login::issue;
use crate::dto::user::{NewToken, NewTokenAnswer, TokenList, TokenView};
use crate::layers::RememberAs;
use crate::state::Gateway;
use crate::text;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::user::TokenKind;
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
    caller.must_have_signed_in()?;
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
    let (token, secret) =
        issue(&gateway, &caller.user, TokenKind::Personal, name, lifetime).await?;
    gateway
        .audit(
            Some(caller.user.id),
            "create",
            &format!("token/{}", token.id),
        )
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

/// The caller's personal tokens, newest first, without their secrets.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "account",
    responses((status = 200, description = "The caller's tokens", body = TokenList)))]
pub async fn list_tokens(
    State(gateway): State<Gateway>,
    caller: Caller,
) -> ApiResult<Json<TokenList>> {
    let tokens = gateway.ports.store.tokens(caller.user.id).await?;
    let personal = tokens
        .iter()
        .filter(|token| token.kind == TokenKind::Personal);
    Ok(Json(TokenList {
        items: personal.map(TokenView::from).collect(),
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
    let none = || Failure::not_found("token", &id);
    let token: TokenId = id.parse().map_err(|_| none())?;
    let ended = gateway
        .ports
        .store
        .delete_token(caller.user.id, token)
        .await?;
    gateway.known.forget_user(caller.user.id);
    if ended {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(none().into())
    }
}
