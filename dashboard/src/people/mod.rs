//! Accounts, courses, whom people let at their things, and what was done.

mod approvals;
mod audit;
mod audit_table;
mod courses;
mod import;
mod keeper;
mod members;
mod quotas;
mod sharing;
mod users;

use crate::state::Gateway;
use domain::Failure;
pub(crate) use users::from_provider;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes about people and courses.
pub fn routes() -> OpenApiRouter<Gateway> {
    OpenApiRouter::default()
        .routes(routes!(users::list_users, users::create_user))
        .routes(routes!(import::import_users))
        .routes(routes!(users::show_user, users::change_user))
        .routes(routes!(users::reset_password))
        .routes(routes!(users::sign_out_user))
        .routes(routes!(approvals::list_role_requests))
        .routes(routes!(approvals::approve_role_request))
        .routes(routes!(approvals::refuse_role_request))
        .routes(routes!(courses::list_courses, courses::create_course))
        .routes(routes!(courses::show_course, courses::change_course))
        .routes(routes!(members::list_members))
        .routes(routes!(members::enrol_member, members::unenrol_member))
        .routes(routes!(sharing::list_shares, sharing::share))
        .routes(routes!(sharing::unshare))
        .routes(routes!(quotas::own_quota))
        .routes(routes!(quotas::user_quota, quotas::set_user_quota))
        .routes(routes!(quotas::course_quota, quotas::set_course_quota))
        .routes(routes!(audit::list_audit))
        .routes(routes!(audit_table::export_audit))
}

/// A line that people write, without spaces around it, of 1 to `most` characters.
fn line<'t>(field: &str, text: &'t str, most: usize) -> Result<&'t str, Failure> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > most {
        let words = format!("Give the {field} in 1 to {most} characters.");
        let failure = Failure::invalid("http.length", words).field(field);
        return Err(failure.with("field", field).with("most", most));
    }
    crate::text::line(field, text)?;
    Ok(text)
}
