//! Accounts, courses, shares and the audit on the wire.

use super::failure::ApiFailure;
use super::{Time, names};
use domain::access::{Level, Noun};
use domain::audit::{AuditOutcome, Audited};
use domain::course::{Course, CourseRole};
use domain::user::{Role, User};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// An account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub struct UserView {
    /// Its id.
    pub id: Uuid,
    /// What they sign in with.
    pub username: String,
    /// What others see.
    pub display_name: String,
    /// What they may do.
    #[schema(value_type = Vec<names::Role>)]
    pub roles: Vec<Role>,
    /// Whether a program stands behind it, and no person.
    pub service: bool,
    /// Whether they may no longer sign in.
    pub disabled: bool,
    /// Whether the password was made by the program and must be changed.
    pub must_change_password: bool,
    /// Whether the account is kept by the identity provider: what changes here changes there, but for the
    /// name.
    pub from_provider: bool,
    /// When it was made.
    pub created_at: Time,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            id: user.id.0,
            username: user.username,
            display_name: user.display_name,
            roles: user.roles,
            service: user.service,
            disabled: user.disabled,
            must_change_password: user.must_change_password,
            from_provider: user.subject.is_some(),
            created_at: user.created_at.into(),
        }
    }
}

/// A wish for an account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// What they will sign in with.
    pub username: String,
    /// What others see; the user name when not given.
    #[serde(default)]
    pub display_name: Option<String>,
    /// What they may do; `student` when not given.
    #[serde(default)]
    #[schema(value_type = Option<Vec<names::Role>>)]
    pub roles: Option<Vec<Role>>,
}

/// A new account, or one with a new password.
#[derive(Serialize, ToSchema)]
pub struct NewUserAnswer {
    /// The password, shown now and never again. They must change it when they sign in.
    #[schema(required = true)]
    pub password: Option<String>,
    /// The account.
    pub user: UserView,
    /// What another administrator must approve before they have it.
    #[schema(required = true)]
    pub pending: Option<RoleRequestView>,
}

/// That somebody is to become an administrator once another one approves.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RoleRequest)]
pub struct RoleRequestView {
    /// Its id.
    pub id: Uuid,
    /// For whom.
    pub user_id: Uuid,
    /// Their user name.
    #[schema(required = true)]
    pub username: Option<String>,
    /// All that they would be.
    #[schema(value_type = Vec<names::Role>)]
    pub roles: Vec<Role>,
    /// The user name of who asked for it.
    #[schema(required = true)]
    pub asked_by: Option<String>,
    /// When.
    pub created_at: Time,
    /// When it is forgotten.
    pub expires_at: Time,
}

/// Who is to become an administrator.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleRequestList {
    /// Newest first.
    pub items: Vec<RoleRequestView>,
    /// Always null: all of them stand on one page.
    #[schema(required = true)]
    pub next_cursor: Option<String>,
}

/// What is to change of an account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserPatch {
    /// What others see.
    #[serde(default)]
    pub display_name: Option<String>,
    /// What they may do.
    #[serde(default)]
    #[schema(value_type = Option<Vec<names::Role>>)]
    pub roles: Option<Vec<Role>>,
    /// Whether they may no longer sign in. Their sessions and tokens end at once.
    #[serde(default)]
    pub disabled: Option<bool>,
}

/// Which accounts are looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UserQuery {
    /// A part of a user name or of a shown name, in letters of any case.
    #[serde(default)]
    pub search: Option<String>,
    /// Most rows to answer, 1 to 200; 50 when not given.
    pub limit: Option<u32>,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// How a table is taken.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// Whether only to say what would be done.
    #[serde(default)]
    pub dry_run: bool,
}

/// What came of a table.
#[derive(Serialize, ToSchema)]
pub struct ImportReport {
    /// Whether it was done: not if it was only asked about, or if a row cannot be used.
    pub applied: bool,
    /// Row by row.
    pub rows: Vec<ImportRow>,
}

/// What came of a row.
#[derive(Serialize, ToSchema)]
pub struct ImportRow {
    /// Its line in the file; the header is the first.
    pub row: u64,
    /// The user name that it says.
    pub username: String,
    /// What is done with it.
    pub outcome: RowOutcome,
    /// Why it cannot be used.
    #[schema(required = true)]
    pub error: Option<ApiFailure>,
    /// The password of a new account, shown now and never again.
    #[schema(required = true)]
    pub password: Option<String>,
}

impl ImportRow {
    /// A row without a failure.
    #[must_use]
    pub fn new(row: u64, username: String, outcome: RowOutcome) -> Self {
        Self {
            row,
            username,
            outcome,
            error: None,
            password: None,
        }
    }
}

/// What is done with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowOutcome {
    /// An account is made.
    Created,
    /// The account is there already; it may belong to more courses.
    Kept,
    /// It cannot be used.
    Failed,
}

/// A course.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Course)]
pub struct CourseView {
    /// Its id.
    pub id: Uuid,
    /// What the school calls it.
    pub code: String,
    /// Its title.
    pub title: String,
    /// What the caller is there; nothing for an administrator who does not belong to it.
    #[schema(value_type = Option<names::CourseRole>, required = true)]
    pub role: Option<CourseRole>,
    /// When it was made.
    pub created_at: Time,
}

impl CourseView {
    /// The course as it stands to somebody who is `role` there.
    #[must_use]
    pub fn new(course: Course, role: Option<CourseRole>) -> Self {
        Self {
            id: course.id.0,
            code: course.code,
            title: course.title,
            role,
            created_at: course.created_at.into(),
        }
    }
}

/// The words of a course.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCourse {
    /// What the school calls it, once on the site: `INF-201`.
    pub code: String,
    /// Its title.
    pub title: String,
}

/// Somebody in a course.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CourseMember)]
pub struct MemberView {
    /// Who it is.
    pub id: Uuid,
    /// What they sign in with.
    pub username: String,
    /// What others see.
    pub display_name: String,
    /// What they are there.
    #[schema(value_type = names::CourseRole)]
    pub role: CourseRole,
}

/// What somebody is to be in a course.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMember {
    /// What they are there; `student` when not given.
    #[serde(default)]
    #[schema(value_type = Option<names::CourseRole>)]
    pub role: Option<CourseRole>,
}

/// That a thing is shared with somebody.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Share)]
pub struct ShareView {
    /// With whom, to share it no longer by: `user:ID` or `course:ID`.
    pub with: String,
    /// The user name of the person, or the code of the course; nothing if it is gone.
    #[schema(required = true)]
    pub name: Option<String>,
    /// How far.
    #[schema(value_type = names::ShareLevel)]
    pub level: Level,
    /// When.
    pub created_at: Time,
}

/// With whom a thing is shared.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShareList {
    /// By whom with.
    pub items: Vec<ShareView>,
    /// Always null: all of them stand on one page.
    #[schema(required = true)]
    pub next_cursor: Option<String>,
}

/// With whom a thing is to be shared: with a person or with a course.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewShare {
    /// The user name of a person.
    #[serde(default)]
    pub username: Option<String>,
    /// A course.
    #[serde(default)]
    pub course_id: Option<Uuid>,
    /// How far; `see` when not given.
    #[serde(default)]
    #[schema(value_type = Option<names::ShareLevel>)]
    pub level: Option<Level>,
}

/// What can be shared, in the words of the paths.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Shareable {
    /// An uploaded file.
    Datasets,
    /// A run, with its models.
    Pipelines,
    /// A name under which a model answers.
    Deployments,
}

impl Shareable {
    /// What kind of thing it is.
    #[must_use]
    pub fn noun(self) -> Noun {
        match self {
            Self::Datasets => Noun::Dataset,
            Self::Pipelines => Noun::Pipeline,
            Self::Deployments => Noun::Deployment,
        }
    }
}

/// Something that was done or refused.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub struct AuditView {
    /// Its id.
    pub id: String,
    /// When.
    pub at: Time,
    /// By whom; nobody where the caller was unknown.
    #[schema(required = true)]
    pub actor_id: Option<Uuid>,
    /// Their user name then, or the name that was tried.
    #[schema(required = true)]
    pub actor_name: Option<String>,
    /// What was done.
    pub action: String,
    /// With what.
    pub resource: String,
    /// What came of it.
    #[schema(value_type = names::AuditOutcome)]
    pub outcome: AuditOutcome,
    /// From which address.
    #[schema(required = true)]
    pub address: Option<String>,
    /// How it was before and after, or why it was refused.
    #[schema(value_type = Option<Object>, required = true)]
    pub details: Option<Value>,
}

impl From<Audited> for AuditView {
    fn from(audited: Audited) -> Self {
        let entry = audited.entry;
        Self {
            id: audited.id,
            at: audited.at.into(),
            actor_id: entry.actor.map(|id| id.0),
            actor_name: entry.actor_name,
            action: entry.action,
            resource: entry.resource,
            outcome: entry.outcome,
            address: entry.address,
            details: entry.details,
        }
    }
}

/// Which entries of the audit are looked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Of whom: a user name, also one that was only tried.
    #[serde(default)]
    pub actor: Option<String>,
    /// Which action.
    #[serde(default)]
    pub action: Option<String>,
    /// With what: `dataset/ID`.
    #[serde(default)]
    pub resource: Option<String>,
    /// What came of it.
    #[serde(default)]
    #[param(value_type = Option<names::AuditOutcome>)]
    pub outcome: Option<AuditOutcome>,
    /// From this moment on, in RFC 3339.
    #[serde(default)]
    pub since: Option<String>,
    /// Before this moment, in RFC 3339.
    #[serde(default)]
    pub until: Option<String>,
    /// Most rows to answer, 1 to 200; 50 when not given.
    pub limit: Option<u32>,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
}
