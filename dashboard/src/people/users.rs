//! Accounts, for administrators.

use super::approvals::{self, Given};
use super::keeper::{self, New};
use super::line;
use crate::auth::caller::Caller;
use crate::auth::no_store;
use crate::dto::access::{NewUser, NewUserAnswer, RoleRequestView, UserPatch, UserQuery, UserView};
use crate::dto::{Page, Paging};
use crate::layers::RememberAs;
use crate::state::Gateway;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::user::{Role, User, UserChange};
use domain::{Failure, FailureKind, UserId};
use ports::PortError;
use serde_json::{Value, json};
use service_kit::http::{ApiError, ApiResult, Body, Path, Query};

/// The longest names, in characters.
pub(super) const LONGEST: usize = 100;

/// Accounts, newest first.
#[utoipa::path(get, path = "/api/v1/users", tag = "people", params(UserQuery),
    responses((status = 200, description = "One page", body = Page<UserView>)))]
pub async fn list_users(
    State(gateway): State<Gateway>,
    Query(query): Query<UserQuery>,
) -> ApiResult<Json<Page<UserView>>> {
    let paging = Paging {
        limit: query.limit,
        cursor: query.cursor,
    };
    let search = query.search.as_deref().map(str::trim);
    let search = search.filter(|search| !search.is_empty());
    if let Some(search) = search {
        line("search", search, LONGEST)?;
    }
    let store = &gateway.ports.store;
    let page = store.users(search, &paging.page()?).await?;
    Ok(Json(Page::of(page, UserView::from)))
}

/// Makes an account with a password that is shown in this answer and never again.
#[utoipa::path(post, path = "/api/v1/users", tag = "people", request_body = NewUser,
    responses(
        (status = 201, description = "The account, with its first password; `pending` if another \
            administrator must approve a role", body = NewUserAnswer),
        (status = 409, description = "`user.name_taken`"),
    ))]
pub async fn create_user(
    State(gateway): State<Gateway>,
    caller: Caller,
    Body(wish): Body<NewUser>,
) -> ApiResult<Response> {
    let username = line("username", &wish.username, LONGEST)?;
    let display_name = match &wish.display_name {
        Some(name) => line("display_name", name, LONGEST)?,
        None => username,
    };
    let wanted = roles(wish.roles.unwrap_or_else(|| vec![Role::Student]))?;
    let mut first = wanted.clone();
    first.retain(|role| *role != Role::Admin);
    if first.is_empty() {
        first.push(Role::Teacher);
    }
    let new = New {
        username: username.to_owned(),
        display_name: display_name.to_owned(),
        roles: first,
    };
    let (mut user, password) = keeper::make(&gateway, &caller, new).await?;
    let pending = give(&gateway, &caller, &mut user, wanted).await?;
    Ok(once(StatusCode::CREATED, password, user, pending))
}

/// Gives a new account its roles, or asks for approval.
async fn give(
    gateway: &Gateway,
    caller: &Caller,
    user: &mut User,
    wanted: Vec<Role>,
) -> ApiResult<Option<RoleRequestView>> {
    if let Given::Asked(request) = approvals::ask(gateway, caller, user, &wanted).await? {
        return Ok(Some(approvals::view(gateway, request).await?));
    }
    if wanted != user.roles {
        let change = UserChange {
            roles: Some(wanted.clone()),
            ..UserChange::default()
        };
        keeper::change(gateway, user, &change).await?;
        let before = told(user);
        user.roles = wanted;
        let resource = format!("user/{}", user.id);
        caller
            .changed(gateway, "change", resource, before, told(user))
            .await;
    }
    Ok(None)
}

/// Stores a new account.
pub(super) async fn insert(gateway: &Gateway, caller: &Caller, user: &User) -> ApiResult<()> {
    let stored = gateway.ports.store.insert_user(user).await;
    stored.map_err(|error| match error {
        PortError::Conflict { .. } => ApiError::from(name_taken(&user.username)),
        other => other.into(),
    })?;
    let resource = format!("user/{}", user.id);
    let after = told(user);
    caller
        .changed(gateway, "create", resource, Value::Null, after)
        .await;
    Ok(())
}

pub(super) fn name_taken(username: &str) -> Failure {
    let text = format!("There is an account {username} already. Choose another user name.");
    let failure = Failure::new(FailureKind::Conflict, "user.name_taken", text);
    failure.field("username").with("username", username)
}

/// An answer with a password, which is not remembered for a second time.
fn once(
    status: StatusCode,
    password: String,
    user: User,
    pending: Option<RoleRequestView>,
) -> Response {
    let mut answer = NewUserAnswer {
        password: None,
        user: user.into(),
        pending,
    };
    let remember = Extension(RememberAs(json!(answer).to_string()));
    answer.password = Some(password);
    (status, remember, [no_store()], Json(answer)).into_response()
}

/// Roles once each, in order.
fn roles(mut roles: Vec<Role>) -> Result<Vec<Role>, Failure> {
    roles.sort();
    roles.dedup();
    if roles.is_empty() {
        let text = "Everybody has a role: student, teacher or admin.";
        return Err(Failure::invalid("user.roles", text).field("roles"));
    }
    Ok(roles)
}

/// What the audit keeps of an account.
pub(super) fn told(user: &User) -> Value {
    json!({
        "username": user.username,
        "display_name": user.display_name,
        "roles": user.roles,
        "disabled": user.disabled,
    })
}

/// An account.
#[utoipa::path(get, path = "/api/v1/users/{id}", tag = "people",
    params(("id" = Uuid, Path, description = "The account")),
    responses((status = 200, description = "The account", body = UserView)))]
pub async fn show_user(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
) -> ApiResult<Json<UserView>> {
    Ok(Json(found(&gateway, &id).await?.into()))
}

async fn found(gateway: &Gateway, id: &str) -> ApiResult<User> {
    let none = || Failure::not_found("user", id);
    let key: UserId = id.parse().map_err(|_| none())?;
    Ok(gateway.ports.store.user(key).await?.ok_or_else(none)?)
}

/// Changes an account. Whoever is disabled is signed out everywhere at once.
#[utoipa::path(patch, path = "/api/v1/users/{id}", tag = "people", request_body = UserPatch,
    params(("id" = Uuid, Path, description = "The account")),
    responses(
        (status = 200, description = "The account", body = UserView),
        (status = 202, description = "Another administrator must approve the role `admin`; \
            the rest is changed", body = RoleRequestView),
        (status = 409, description = "`user.own`: nobody changes their own roles; `user.from_provider`"),
    ))]
pub async fn change_user(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
    Body(patch): Body<UserPatch>,
) -> ApiResult<Response> {
    let user = found(&gateway, &id).await?;
    let mut change = UserChange {
        display_name: match &patch.display_name {
            Some(name) => Some(line("display_name", name, LONGEST)?.to_owned()),
            None => None,
        },
        roles: patch.roles.map(roles).transpose()?,
        disabled: patch.disabled,
    };
    let more = change.roles.is_some() || change.disabled.is_some();
    // So there is always somebody left who can undo it.
    if user.id == caller.user.id && more {
        let text = "Nobody changes their own roles, or disables themselves. Ask somebody else.";
        return Err(Failure::new(FailureKind::Conflict, "user.own", text).into());
    }
    let mut pending = None;
    if let Some(wanted) = &change.roles
        && let Given::Asked(request) = approvals::ask(&gateway, &caller, &user, wanted).await?
    {
        pending = Some(approvals::view(&gateway, request).await?);
        change.roles = None;
    }
    let gone = || Failure::not_found("user", &id);
    let before = keeper::change(&gateway, &user, &change)
        .await?
        .ok_or_else(gone)?;
    let after = found(&gateway, &id).await?;
    let resource = format!("user/{id}");
    caller
        .changed(&gateway, "change", resource, told(&before), told(&after))
        .await;
    Ok(match pending {
        Some(pending) => (StatusCode::ACCEPTED, Json(pending)).into_response(),
        None => Json(UserView::from(after)).into_response(),
    })
}

pub(crate) fn from_provider() -> Failure {
    let text = "The account is kept by the school's sign-in. Change this there.";
    Failure::new(FailureKind::Conflict, "user.from_provider", text)
}

/// Gives an account a new password, shown in this answer and never again, and signs it out.
#[utoipa::path(post, path = "/api/v1/users/{id}/password", tag = "people",
    params(("id" = Uuid, Path, description = "The account")),
    responses(
        (status = 200, description = "The account, with its new password", body = NewUserAnswer),
        (status = 409, description = "`user.from_provider`"),
    ))]
pub async fn reset_password(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    let user = found(&gateway, &id).await?;
    let password = keeper::new_password(&gateway, &user).await?;
    let resource = format!("user/{id}");
    caller.did(&gateway, "reset_password", resource).await;
    let user = found(&gateway, &id).await?;
    Ok(once(StatusCode::OK, password, user, None))
}

/// Ends every session and token of an account.
#[utoipa::path(post, path = "/api/v1/users/{id}/sign-out", tag = "people",
    params(("id" = Uuid, Path, description = "The account")),
    responses((status = 204, description = "Signed out everywhere")))]
pub async fn sign_out_user(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    let user = found(&gateway, &id).await?;
    gateway.ports.store.delete_tokens(user.id, None).await?;
    gateway.known.forget_user(user.id);
    caller.did(&gateway, "sign_out", format!("user/{id}")).await;
    Ok(StatusCode::NO_CONTENT)
}
