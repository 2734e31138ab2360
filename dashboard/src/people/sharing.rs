//! Whom people let at their things.

use crate::auth::caller::Caller;
use crate::dto::access::{NewShare, ShareList, ShareView, Shareable};
use crate::find;
use crate::state::Gateway;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::access::{Action, Grantee, Level, Noun, Share};
use domain::{CourseId, Failure};
use serde_json::{Value, json};
use service_kit::http::{ApiResult, Body, Path};

/// With whom a thing is shared, for whom it belongs to.
#[utoipa::path(get, path = "/api/v1/shares/{noun}/{id}", tag = "people",
    params(
        ("noun" = inline(Shareable), Path, description = "What kind of thing"),
        ("id" = String, Path, description = "Its id; of a deployment, its name"),
    ),
    responses((status = 200, description = "With whom it is shared", body = ShareList)))]
pub async fn list_shares(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path((noun, id)): Path<(Shareable, String)>,
) -> ApiResult<Json<ShareList>> {
    let thing = found(&gateway, &caller, noun, Action::See, &id).await?;
    let shares = gateway.ports.store.shares(noun.noun(), &[thing]).await?;
    let mut items = Vec::with_capacity(shares.len());
    for share in shares {
        items.push(view(&gateway, share).await?);
    }
    Ok(Json(ShareList {
        items,
        next_cursor: None,
    }))
}

/// The id under which a thing is shared, if the caller may do this with it.
async fn found(
    gateway: &Gateway,
    caller: &Caller,
    noun: Shareable,
    action: Action,
    id: &str,
) -> ApiResult<String> {
    Ok(match noun {
        Shareable::Datasets => {
            let dataset = find::dataset(gateway, caller, action, id).await?;
            dataset.id.to_string()
        }
        Shareable::Pipelines => {
            let pipeline = find::pipeline(gateway, caller, action, id).await?;
            pipeline.id.to_string()
        }
        Shareable::Deployments => {
            let deployment = find::deployment(gateway, caller, action, id).await?;
            deployment.id.to_string()
        }
    })
}

async fn view(gateway: &Gateway, share: Share) -> ApiResult<ShareView> {
    let store = &gateway.ports.store;
    let name = match share.with {
        Grantee::User(id) => store.user(id).await?.map(|user| user.username),
        Grantee::Course(id) => store.course(id).await?.map(|course| course.code),
    };
    Ok(ShareView {
        with: share.with.to_string(),
        name,
        level: share.level,
        created_at: share.created_at.into(),
    })
}

/// Shares a thing with a person or a course, or shares it further or less far.
#[utoipa::path(post, path = "/api/v1/shares/{noun}/{id}", tag = "people", request_body = NewShare,
    params(
        ("noun" = inline(Shareable), Path, description = "What kind of thing"),
        ("id" = String, Path, description = "Its id; of a deployment, its name"),
    ),
    responses(
        (status = 200, description = "With whom it is shared now", body = ShareView),
        (status = 404, description = "Also `user.not_found` and `course.not_found`"),
    ))]
pub async fn share(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path((noun, id)): Path<(Shareable, String)>,
    Body(wish): Body<NewShare>,
) -> ApiResult<Json<ShareView>> {
    let thing = found(&gateway, &caller, noun, Action::Share, &id).await?;
    let with = match (&wish.username, wish.course_id) {
        (Some(username), None) => Grantee::User(find::person(&gateway, username).await?.id),
        // Only a course of one's own: whoever is let at something should be somebody one knows.
        (None, Some(course)) => {
            let course = CourseId(course).to_string();
            let course = find::course(&gateway, &caller, Action::See, &course).await?;
            Grantee::Course(course.id)
        }
        _ => {
            let text = "Say with whom: either a username or a course_id.";
            return Err(Failure::invalid("share.with", text)
                .field("username")
                .into());
        }
    };
    let store = &gateway.ports.store;
    let share = Share {
        noun: noun.noun(),
        thing,
        with,
        level: wish.level.unwrap_or(Level::See),
        by: caller.user.id,
        created_at: store.now().await?,
    };
    store.share(&share).await?;
    changed(&gateway, noun.noun());
    let resource = format!("{}/{id}", noun.noun());
    let after = json!({"with": with, "level": share.level});
    caller
        .changed(&gateway, "share", resource, Value::Null, after)
        .await;
    Ok(Json(view(&gateway, share).await?))
}

/// Shares a thing no longer with somebody.
#[utoipa::path(delete, path = "/api/v1/shares/{noun}/{id}/{with}", tag = "people",
    params(
        ("noun" = inline(Shareable), Path, description = "What kind of thing"),
        ("id" = String, Path, description = "Its id; of a deployment, its name"),
        ("with" = String, Path, description = "`user:ID` or `course:ID`"),
    ),
    responses((status = 204, description = "It is not shared with them")))]
pub async fn unshare(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path((noun, id, with)): Path<(Shareable, String, String)>,
) -> ApiResult<StatusCode> {
    let thing = found(&gateway, &caller, noun, Action::Share, &id).await?;
    let none = |_| Failure::not_found("share", &with);
    let grantee: Grantee = with.parse().map_err(none)?;
    let store = &gateway.ports.store;
    store.unshare(noun.noun(), &thing, grantee).await?;
    changed(&gateway, noun.noun());
    let resource = format!("{}/{id}", noun.noun());
    let before = json!({"with": grantee});
    caller
        .changed(&gateway, "unshare", resource, before, Value::Null)
        .await;
    Ok(StatusCode::NO_CONTENT)
}

/// Whoever may call a deployment is known where it is loaded.
fn changed(gateway: &Gateway, noun: Noun) {
    if noun == Noun::Deployment {
        gateway.serving.look();
    }
}
