//! Who belongs to a course.

use crate::auth::caller::Caller;
use crate::dto::access::{MemberView, NewMember};
use crate::dto::{Page, Paging};
use crate::find;
use crate::state::Gateway;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::access::{Action, Resource};
use domain::course::CourseRole;
use domain::user::User;
use service_kit::http::{ApiResult, Body, Path, Query};

/// Who belongs to a course, for its teachers.
#[utoipa::path(get, path = "/api/v1/courses/{id}/members", tag = "people",
    params(("id" = Uuid, Path, description = "The course"), Paging),
    responses((status = 200, description = "One page", body = Page<MemberView>)))]
pub async fn list_members(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> ApiResult<Json<Page<MemberView>>> {
    let course = find::course(&gateway, &caller, Action::See, &id).await?;
    caller.may(Action::See, &Resource::Members(course.id))?;
    let store = &gateway.ports.store;
    let page = store.members(course.id, &paging.page()?).await?;
    Ok(Json(Page::of(page, |(user, role)| view(user, role))))
}

fn view(user: User, role: CourseRole) -> MemberView {
    MemberView {
        id: user.id.0,
        username: user.username,
        display_name: user.display_name,
        role,
    }
}

/// Makes somebody belong to a course, or belong to it as something else.
#[utoipa::path(put, path = "/api/v1/courses/{id}/members/{username}", tag = "people",
    request_body = NewMember,
    params(
        ("id" = Uuid, Path, description = "The course"),
        ("username" = String, Path, description = "Their user name"),
    ),
    responses(
        (status = 200, description = "The member", body = MemberView),
        (status = 404, description = "`course.not_found`, or `user.not_found`"),
    ))]
pub async fn enrol_member(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path((id, username)): Path<(String, String)>,
    Body(wish): Body<NewMember>,
) -> ApiResult<Json<MemberView>> {
    let course = find::course(&gateway, &caller, Action::Change, &id).await?;
    let user = find::person(&gateway, &username).await?;
    let role = wish.role.unwrap_or(CourseRole::Student);
    gateway.ports.store.enrol(course.id, user.id, role).await?;
    gateway.known.forget_user(user.id);
    let what = format!("enrol_{role}");
    let resource = format!("course/{id}/user/{}", user.id);
    caller.did(&gateway, &what, resource).await;
    Ok(Json(view(user, role)))
}

/// Lets somebody leave a course.
#[utoipa::path(delete, path = "/api/v1/courses/{id}/members/{username}", tag = "people",
    params(
        ("id" = Uuid, Path, description = "The course"),
        ("username" = String, Path, description = "Their user name"),
    ),
    responses((status = 204, description = "They do not belong to it")))]
pub async fn unenrol_member(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path((id, username)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    let course = find::course(&gateway, &caller, Action::Change, &id).await?;
    let user = find::person(&gateway, &username).await?;
    gateway.ports.store.unenrol(course.id, user.id).await?;
    gateway.known.forget_user(user.id);
    let resource = format!("course/{id}/user/{}", user.id);
    caller.did(&gateway, "unenrol", resource).await;
    Ok(StatusCode::NO_CONTENT)
}
