//! Where the caller is signed in.

use super::caller::Caller;
use super::login::{end, of_sign_in};
use crate::dto::user::{SessionList, SessionView};
use crate::state::Gateway;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::TokenId;
use domain::access::Action;
use domain::user::Token;
use service_kit::http::{ApiResult, Path};

/// Where the caller is signed in, newest first.
#[utoipa::path(get, path = "/api/v1/sessions", tag = "account",
    responses((status = 200, description = "The caller's sign-ins", body = SessionList)))]
pub async fn list_sessions(
    State(gateway): State<Gateway>,
    caller: Caller,
) -> ApiResult<Json<SessionList>> {
    let tokens = gateway.ports.store.tokens(caller.user.id).await?;
    Ok(Json(SessionList {
        items: sessions(&tokens, &caller.token),
        next_cursor: None,
    }))
}

/// Ends one of the caller's sign-ins, in whatever browser it is.
#[utoipa::path(delete, path = "/api/v1/sessions/{id}", tag = "account",
    params(("id" = Uuid, Path, description = "The sign-in")),
    responses((status = 204, description = "Ended"), (status = 404, description = "No such sign-in")))]
pub async fn delete_session(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    let none = || caller.missed(Action::Change, "session", &id);
    let wanted: TokenId = id.parse().map_err(|_| none())?;
    let tokens = gateway.ports.store.tokens(caller.user.id).await?;
    let mut found = tokens.iter().filter(|token| of_sign_in(token));
    let found = found.find(|token| token.id == wanted).ok_or_else(none)?;
    end(&gateway, found).await?;
    caller
        .did(&gateway, "delete", format!("session/{id}"))
        .await;
    Ok(StatusCode::NO_CONTENT)
}

/// One line for each sign-in, of which one or two tokens are left.
fn sessions(tokens: &[Token], current: &Token) -> Vec<SessionView> {
    let mut names: Vec<&str> = Vec::new();
    let mut views = Vec::new();
    for token in tokens.iter().filter(|token| of_sign_in(token)) {
        if names.contains(&token.name.as_str()) {
            continue;
        }
        names.push(&token.name);
        let siblings = tokens.iter().filter(|other| other.name == token.name);
        let used = siblings.map(|other| other.used_at).max();
        let last = Token {
            used_at: used.unwrap_or(token.used_at),
            ..token.clone()
        };
        let origin = token.origin.clone().unwrap_or_default();
        views.push(SessionView {
            id: token.id.0,
            current: token.name == current.name && of_sign_in(current),
            address: origin.address,
            agent: origin.agent,
            created_at: token.created_at.into(),
            used_at: last.used_at.into(),
            idle_ends_at: last.ends_at().into(),
            expires_at: token.expires_at.into(),
        });
    }
    views
}
