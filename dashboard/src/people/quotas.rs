//! How much people and courses may use, and what they use.

use crate::auth::Caller;
use crate::dto::quota::{CourseQuotaView, OwnQuotaView, QuotaView};
use crate::dto::shapes;
use crate::find;
use crate::quota::quota_of;
use crate::state::Gateway;
use axum::Json;
use axum::extract::State;
use domain::access::{Action, Grantee};
use domain::quota::Quota;
use domain::{Failure, UserId};
use serde_json::json;
use service_kit::http::{ApiResult, Body, Path};

/// What the caller may use and uses, in their own name and in their courses.
#[utoipa::path(get, path = "/api/v1/quota", tag = "people",
    responses((status = 200, description = "The quotas", body = OwnQuotaView)))]
pub async fn own_quota(
    State(gateway): State<Gateway>,
    caller: Caller,
) -> ApiResult<Json<OwnQuotaView>> {
    let own = view(&gateway, Grantee::User(caller.user.id)).await?;
    let mut courses = Vec::with_capacity(caller.courses.len());
    for of in &caller.courses {
        courses.push(CourseQuotaView {
            course_id: of.course.0,
            quota: view(&gateway, Grantee::Course(of.course)).await?,
        });
    }
    Ok(Json(OwnQuotaView {
        unlimited: caller.who().is_admin(),
        own,
        courses,
    }))
}

/// What a user may use and uses.
#[utoipa::path(get, path = "/api/v1/users/{id}/quota", tag = "people",
    params(("id" = Uuid, Path, description = "The account")),
    responses((status = 200, description = "The quota", body = QuotaView)))]
pub async fn user_quota(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
) -> ApiResult<Json<QuotaView>> {
    let of = user(&gateway, &id).await?;
    Ok(Json(view(&gateway, Grantee::User(of)).await?))
}

/// Grants a user a quota of their own; what is left out is as usual.
#[utoipa::path(put, path = "/api/v1/users/{id}/quota", tag = "people",
    request_body = shapes::quota::Quota,
    params(("id" = Uuid, Path, description = "The account")),
    responses((status = 200, description = "The quota", body = QuotaView)))]
pub async fn set_user_quota(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
    Body(quota): Body<Quota>,
) -> ApiResult<Json<QuotaView>> {
    let of = user(&gateway, &id).await?;
    set(&gateway, &caller, Grantee::User(of), &quota).await
}

/// What a course may use and uses.
#[utoipa::path(get, path = "/api/v1/courses/{id}/quota", tag = "people",
    params(("id" = Uuid, Path, description = "The course")),
    responses((status = 200, description = "The quota", body = QuotaView)))]
pub async fn course_quota(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> ApiResult<Json<QuotaView>> {
    let course = find::course(&gateway, &caller, Action::See, &id).await?;
    Ok(Json(view(&gateway, Grantee::Course(course.id)).await?))
}

/// Grants a course a quota; what is left out is as usual.
#[utoipa::path(put, path = "/api/v1/courses/{id}/quota", tag = "people",
    request_body = shapes::quota::Quota,
    params(("id" = Uuid, Path, description = "The course")),
    responses((status = 200, description = "The quota", body = QuotaView)))]
pub async fn set_course_quota(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
    Body(quota): Body<Quota>,
) -> ApiResult<Json<QuotaView>> {
    let course = find::course(&gateway, &caller, Action::See, &id).await?;
    set(&gateway, &caller, Grantee::Course(course.id), &quota).await
}

async fn user(gateway: &Gateway, id: &str) -> ApiResult<UserId> {
    let none = || Failure::not_found("user", id);
    let of: UserId = id.parse().map_err(|_| none())?;
    let found = gateway.ports.store.user(of).await?;
    Ok(found.ok_or_else(none)?.id)
}

async fn set(
    gateway: &Gateway,
    caller: &Caller,
    of: Grantee,
    quota: &Quota,
) -> ApiResult<Json<QuotaView>> {
    let store = &gateway.ports.store;
    let before = store.quota(of).await?.unwrap_or_default();
    store.set_quota(of, quota).await?;
    gateway.rates.forget(of);
    let resource = format!("quota/{of}");
    let (before, after) = (json!(before), json!(quota));
    caller
        .changed(gateway, "change", resource, before, after)
        .await;
    Ok(Json(view(gateway, of).await?))
}

async fn view(gateway: &Gateway, of: Grantee) -> ApiResult<QuotaView> {
    let store = &gateway.ports.store;
    let (granted, quota) = (store.quota(of).await?, quota_of(gateway, of).await?);
    let used = store.usage(of).await?;
    Ok(QuotaView {
        granted: granted.unwrap_or_default(),
        quota,
        used,
    })
}
