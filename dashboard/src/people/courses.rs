//! Courses.

use super::line;
use crate::auth::caller::Caller;
use crate::dto::access::{CourseView, NewCourse};
use crate::dto::{Page, Paging};
use crate::find;
use crate::state::Gateway;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::access::{Action, Resource};
use domain::course::{Course, CourseRole};
use domain::{CourseId, Failure, FailureKind};
use ports::PortError;
use serde_json::json;
use service_kit::http::{ApiError, ApiResult, Body, Path, Query};

/// The longest code and title, in characters.
const LONGEST_CODE: usize = 40;
const LONGEST_TITLE: usize = 200;

/// The caller's courses, newest first; all of them for an administrator.
#[utoipa::path(get, path = "/api/v1/courses", tag = "people", params(Paging),
    responses((status = 200, description = "One page", body = Page<CourseView>)))]
pub async fn list_courses(
    State(gateway): State<Gateway>,
    caller: Caller,
    Query(paging): Query<Paging>,
) -> ApiResult<Json<Page<CourseView>>> {
    let of = (!caller.who().is_admin()).then_some(caller.user.id);
    let page = gateway.ports.store.courses(of, &paging.page()?).await?;
    Ok(Json(Page::of(page, |course| view(&caller, course))))
}

fn view(caller: &Caller, course: Course) -> CourseView {
    let mut of = caller.courses.iter().filter(|of| of.course == course.id);
    let role = of.next().map(|of| of.role);
    CourseView::new(course, role)
}

/// Makes a course. The teacher who makes it teaches it.
#[utoipa::path(post, path = "/api/v1/courses", tag = "people", request_body = NewCourse,
    responses(
        (status = 201, description = "The course", body = CourseView),
        (status = 409, description = "`course.code_taken`"),
    ))]
pub async fn create_course(
    State(gateway): State<Gateway>,
    caller: Caller,
    Body(wish): Body<NewCourse>,
) -> ApiResult<Response> {
    caller.may(Action::Create, &Resource::NewCourse)?;
    let (code, title) = words(&wish)?;
    let store = &gateway.ports.store;
    let course = Course {
        id: CourseId::new(),
        code: code.to_owned(),
        title: title.to_owned(),
        created_at: store.now().await?,
    };
    let stored = store.insert_course(&course).await;
    stored.map_err(|error| taken(error, code))?;
    let teaches = !caller.who().is_admin();
    if teaches {
        let (course, user) = (course.id, caller.user.id);
        store.enrol(course, user, CourseRole::Teacher).await?;
        gateway.known.forget_user(user);
    }
    let resource = format!("course/{}", course.id);
    caller.did(&gateway, "create", resource).await;
    let location = [(header::LOCATION, format!("/api/v1/courses/{}", course.id))];
    let view = CourseView::new(course, teaches.then_some(CourseRole::Teacher));
    Ok((StatusCode::CREATED, location, Json(view)).into_response())
}

fn words(wish: &NewCourse) -> Result<(&str, &str), Failure> {
    let code = line("code", &wish.code, LONGEST_CODE)?;
    Ok((code, line("title", &wish.title, LONGEST_TITLE)?))
}

fn taken(error: PortError, code: &str) -> ApiError {
    match error {
        PortError::Conflict { .. } => {
            let text = format!("There is a course {code} already. Choose another code.");
            let failure = Failure::new(FailureKind::Conflict, "course.code_taken", text);
            failure.field("code").with("code", code).into()
        }
        other => other.into(),
    }
}

/// A course.
#[utoipa::path(get, path = "/api/v1/courses/{id}", tag = "people",
    params(("id" = Uuid, Path, description = "The course")),
    responses((status = 200, description = "The course", body = CourseView)))]
pub async fn show_course(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> ApiResult<Json<CourseView>> {
    let course = find::course(&gateway, &caller, Action::See, &id).await?;
    Ok(Json(view(&caller, course)))
}

/// Gives a course another code and title.
#[utoipa::path(put, path = "/api/v1/courses/{id}", tag = "people", request_body = NewCourse,
    params(("id" = Uuid, Path, description = "The course")),
    responses(
        (status = 200, description = "The course", body = CourseView),
        (status = 409, description = "`course.code_taken`"),
    ))]
pub async fn change_course(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
    Body(wish): Body<NewCourse>,
) -> ApiResult<Json<CourseView>> {
    let before = find::course(&gateway, &caller, Action::Change, &id).await?;
    let (code, title) = words(&wish)?;
    let store = &gateway.ports.store;
    let named = store.name_course(before.id, code, title).await;
    if !named.map_err(|error| taken(error, code))? {
        return Err(Failure::not_found("course", &id).into());
    }
    let told = |course: &Course| json!({"code": course.code, "title": course.title});
    let after = Course {
        code: code.to_owned(),
        title: title.to_owned(),
        ..before.clone()
    };
    let resource = format!("course/{id}");
    caller
        .changed(&gateway, "change", resource, told(&before), told(&after))
        .await;
    Ok(Json(view(&caller, after)))
}
