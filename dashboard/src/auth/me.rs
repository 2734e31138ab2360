//! The caller's own account.

use super::caller::Caller;
use super::password;
use crate::dto::user::{Me, NewPassword};
use crate::people::from_provider;
use crate::state::Gateway;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::{Failure, FailureKind};
use service_kit::http::{ApiResult, Body};

/// Who is calling.
#[utoipa::path(get, path = "/api/v1/me", tag = "account",
    responses((status = 200, description = "The caller's account", body = Me)))]
pub async fn me(caller: Caller) -> Json<Me> {
    Json(Me::from(&caller))
}

/// Changes the caller's password and ends all their other sessions and tokens.
#[utoipa::path(post, path = "/api/v1/me/password", tag = "account", request_body = NewPassword,
    responses(
        (status = 204, description = "Changed"),
        (status = 403, description = "`auth.wrong_password`, or a personal token was used"),
        (status = 409, description = "`user.from_provider`"),
    ))]
pub async fn change_password(
    State(gateway): State<Gateway>,
    caller: Caller,
    Body(request): Body<NewPassword>,
) -> ApiResult<StatusCode> {
    password::check_new(&request.new_password)?;
    let user = &caller.user;
    if user.subject.is_some() {
        return Err(from_provider().into());
    }
    if request.current_password.len() > password::LONGEST {
        return Err(wrong_password().into());
    }
    // A stolen session must not become a way to try passwords fast, from any number of addresses.
    let cache = gateway.ports.cache.as_ref();
    let attempt = super::lockout::enter(cache, &user.username, None).await?;
    let stored = gateway
        .ports
        .store
        .user(user.id)
        .await?
        .and_then(|user| user.password_hash);
    if !gateway
        .passwords
        .verify(request.current_password, stored)
        .await?
    {
        return Err(wrong_password().into());
    }
    attempt.succeeded(cache).await;
    let hash = gateway.passwords.hash(request.new_password).await?;
    gateway
        .ports
        .store
        .set_password(user.id, &hash, false, Some(caller.token.id))
        .await?;
    gateway.known.forget_user(user.id);
    caller
        .did(&gateway, "change_password", format!("user/{}", user.id))
        .await;
    Ok(StatusCode::NO_CONTENT)
}

fn wrong_password() -> Failure {
    let text = "The current password is wrong.";
    Failure::new(FailureKind::Forbidden, "auth.wrong_password", text).field("current_password")
}
