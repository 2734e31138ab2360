//! The role of administrators is given by two of them.

use super::keeper;
use super::users::told;
use crate::auth::caller::Caller;
use crate::dto::access::{RoleRequestList, RoleRequestView, UserView};
use crate::state::Gateway;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::user::{Role, RoleRequest, User, UserChange};
use domain::{Failure, FailureKind, RoleRequestId, UserId};
use ports::store::Page;
use serde_json::{Value, json};
use service_kit::http::{ApiResult, Path};
use std::time::Duration;

/// How long a wish waits for somebody who decides.
const WAITS: Duration = Duration::from_secs(7 * 24 * 3600);
/// Accounts that are read at once.
const BATCH: u32 = 200;

/// What becomes of new roles.
pub(super) enum Given {
    /// They may be given at once.
    Now,
    /// Another administrator must approve them first.
    Asked(RoleRequest),
}

/// Asks for approval where `roles` would make somebody an administrator who is none. Where there is
/// no second one who could approve, the only administrator may do it alone.
pub(super) async fn ask(
    gateway: &Gateway,
    caller: &Caller,
    user: &User,
    roles: &[Role],
) -> ApiResult<Given> {
    if user.is(Role::Admin) || !roles.contains(&Role::Admin) {
        return Ok(Given::Now);
    }
    if !is_another_admin(gateway, caller.user.id).await? {
        return Ok(Given::Now);
    }
    let store = &gateway.ports.store;
    let now = store.now().await?;
    let request = RoleRequest {
        id: RoleRequestId::new(),
        user: user.id,
        roles: roles.to_vec(),
        asked_by: caller.user.id,
        created_at: now,
        expires_at: now.after(WAITS),
    };
    store.ask_for_roles(&request).await?;
    let resource = format!("user/{}", user.id);
    let after = json!({"roles": roles});
    caller
        .changed(gateway, "ask_for_roles", resource, Value::Null, after)
        .await;
    Ok(Given::Asked(request))
}

/// Whether somebody else is an administrator and can sign in.
async fn is_another_admin(gateway: &Gateway, but: UserId) -> ApiResult<bool> {
    let mut page = Page::first(BATCH);
    loop {
        let found = gateway.ports.store.users(None, &page).await?;
        let mut others = found.items.iter().filter(|user| user.id != but);
        if others.any(|user| user.is(Role::Admin) && !user.disabled && !user.service) {
            return Ok(true);
        }
        match found.next {
            Some(next) => page.before = Some(next),
            None => return Ok(false),
        }
    }
}

/// Who is to become an administrator, and waits for the approval of another one.
#[utoipa::path(get, path = "/api/v1/role-requests", tag = "people",
    responses((status = 200, description = "What waits, newest first", body = RoleRequestList)))]
pub async fn list_role_requests(
    State(gateway): State<Gateway>,
) -> ApiResult<Json<RoleRequestList>> {
    let mut items = Vec::new();
    for request in gateway.ports.store.role_requests().await? {
        items.push(view(&gateway, request).await?);
    }
    Ok(Json(RoleRequestList {
        items,
        next_cursor: None,
    }))
}

pub(super) async fn view(gateway: &Gateway, request: RoleRequest) -> ApiResult<RoleRequestView> {
    let store = &gateway.ports.store;
    let name = |user: Option<User>| user.map(|user| user.username);
    Ok(RoleRequestView {
        id: request.id.0,
        user_id: request.user.0,
        username: name(store.user(request.user).await?),
        roles: request.roles,
        asked_by: name(store.user(request.asked_by).await?),
        created_at: request.created_at.into(),
        expires_at: request.expires_at.into(),
    })
}

/// Approves that somebody becomes an administrator. Nobody approves what they have asked for, or
/// themselves.
#[utoipa::path(post, path = "/api/v1/role-requests/{id}/approve", tag = "people",
    params(("id" = Uuid, Path, description = "The wish")),
    responses(
        (status = 200, description = "The account", body = UserView),
        (status = 409, description = "`role_request.own`"),
    ))]
pub async fn approve_role_request(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> ApiResult<Json<UserView>> {
    let none = || Failure::not_found("role_request", &id);
    let key: RoleRequestId = id.parse().map_err(|_| none())?;
    let store = &gateway.ports.store;
    let all = store.role_requests().await?;
    let request = all.into_iter().find(|request| request.id == key);
    let request = request.ok_or_else(none)?;
    if [request.asked_by, request.user].contains(&caller.user.id) {
        let text = "Another administrator must approve this.";
        return Err(Failure::new(FailureKind::Conflict, "role_request.own", text).into());
    }
    let request = store.take_role_request(key).await?.ok_or_else(none)?;
    let change = UserChange {
        roles: Some(request.roles.clone()),
        ..UserChange::default()
    };
    let user = store.user(request.user).await?.ok_or_else(none)?;
    let before = match keeper::change(&gateway, &user, &change).await {
        Ok(before) => before.ok_or_else(none)?,
        Err(error) => {
            // Whoever keeps the account did not do it: the wish waits on.
            store.ask_for_roles(&request).await?;
            return Err(error);
        }
    };
    let after = store.user(request.user).await?.ok_or_else(none)?;
    let resource = format!("user/{}", request.user);
    caller
        .changed(
            &gateway,
            "approve_roles",
            resource,
            told(&before),
            told(&after),
        )
        .await;
    Ok(Json(after.into()))
}

/// Refuses that somebody becomes an administrator, or takes one's own wish back.
#[utoipa::path(delete, path = "/api/v1/role-requests/{id}", tag = "people",
    params(("id" = Uuid, Path, description = "The wish")),
    responses((status = 204, description = "Nothing comes of it")))]
pub async fn refuse_role_request(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    let none = || Failure::not_found("role_request", &id);
    let key: RoleRequestId = id.parse().map_err(|_| none())?;
    let request = gateway.ports.store.take_role_request(key).await?;
    let request = request.ok_or_else(none)?;
    let resource = format!("user/{}", request.user);
    caller.did(&gateway, "refuse_roles", resource).await;
    Ok(StatusCode::NO_CONTENT)
}
